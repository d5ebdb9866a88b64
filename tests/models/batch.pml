// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Who waits for whom: entries' locks, a record's lock, and a flush. No memory order here; the
 * promise is that all of it comes to an end.
 *
 * batcher:   bulk_lock(), visit(), take_c(): the first lock of a batch is waited for, others
 *            are tried, and a miss ends the batch. Two of them, in opposite order; or one
 *            that names an entry twice
 * walker:    copy_set(), then an entry's lock
 * publisher: host_get or mem_alloc, and then hptp_join(): the record's lock under an entry's.
 *            The host may have to reclaim memory for the former: that is a page-out of its
 *            own, and a grace period
 * flush:     by tlbie; SHOOTDOWN: every other CPU is asked, and answers when it is not in the
 *            library, or in hptp_port_relax()
 *
 * config tlbie
 * config shootdown  -DSHOOTDOWN
 * config twice      -DTWICE
 *
 * witness tlbie missed
 * witness twice missed
 * witness shootdown missed
 *
 * twin WAIT_FOR_ALL         tlbie          L21     every lock of a batch is waited for
 * twin WAIT_FOR_OWN         twice          L21     ... its own too
 * twin RECORD_HELD          tlbie          L20     a walker keeps the record locked
 * twin ALLOC_LOCKED         tlbie          L23 L28 memory is allocated with an entry locked
 * twin GET_IN_SECTION       tlbie          L28     host_get is called in a read section
 * twin DEAF                 shootdown      L24     who waits for a lock answers nobody
 */
#define CPUS 4
bool entry[2], record, asked[CPUS], finished[CPUS], missed, reading;

#define ALL_FINISHED (finished[0] && finished[1] && finished[2] && finished[3])

/* hptp_hpte_lock(), hptp_rmap_lock() */
inline wait_for(what)
{
	do
	:: d_step { !what -> what = 1 }; break
#ifndef DEAF
	:: asked[me] -> asked[me] = 0
#endif
	od
}

inline flush(i)
{
#ifdef SHOOTDOWN
	i = 0;
	do
	:: i < CPUS && i != me ->
		asked[i] = 1;
		do /* the asking CPU is asked too, by another */
		:: !asked[i] -> break
		:: asked[me] -> asked[me] = 0
		od;
		i++
	:: i == me -> i++
	:: i >= CPUS -> break
	od
#else
	skip
#endif
}

/* The CPU is elsewhere now, and answers. */
inline finish()
{
	finished[me] = 1;
	do
	:: asked[me] -> asked[me] = 0
	:: ALL_FINISHED && !asked[me] -> break
	od
}

proctype batcher(byte me; byte first; byte second)
{
	byte i;
	bool got;

	wait_for(entry[first]);
#if defined(WAIT_FOR_ALL) || defined(WAIT_FOR_OWN)
	wait_for(entry[second]);
#else
	atomic {
		got = !entry[second];
		entry[second] = 1
	}
	if
	:: !got ->
		missed = 1;
		flush(i);
		entry[first] = 0;
		wait_for(entry[second])
	:: else
	fi;
#endif
	flush(i);
	atomic {
		if
		:: got -> entry[first] = 0
		:: else
		fi;
		entry[second] = 0
#if defined(WAIT_FOR_ALL) || defined(WAIT_FOR_OWN)
		;
		entry[first] = 0
#endif
	}
	finish()
}

proctype walker(byte me)
{
	byte i;

	wait_for(record);
#ifndef RECORD_HELD
	record = 0;
#endif
	wait_for(entry[0]);
	flush(i);
	entry[0] = 0;
#ifdef RECORD_HELD
	record = 0;
#endif
	finish()
}

inline reclaim()
{
	wait_for(entry[0]);
	entry[0] = 0;
	!reading
}

proctype publisher(byte me)
{
#ifdef GET_IN_SECTION
	reading = 1;
#endif
#ifndef ALLOC_LOCKED
	reclaim();
#endif
	reading = 1;
	wait_for(entry[0]);
#ifdef ALLOC_LOCKED
	reclaim();
#endif
	wait_for(record);
	record = 0;
	entry[0] = 0;
	reading = 0;
	finish()
}

init {
	atomic {
#ifdef TWICE
		run batcher(0, 1, 1);
#else
		run batcher(0, 0, 1);
#endif
		run batcher(1, 1, 0);
		run walker(2);
		run publisher(3)
	}
	_nr_pr == 1;
#include "witness.pmh"
}
