// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Pages that are not one frame with one entry, against page-out.
 *
 * HUGE:  entering a page of two frames, while the second is paged out. It is in the set of
 *        its first frame, and counted: page-out looks there if the count is not 0.
 *        hptp_join(), hptp_huge_add(), copy_huge()
 * ALIAS: an alias comes back with the entry that faulted, which was checked before:
 *        hptp_reinstate_aliases()
 * CROWD: a page-out takes a valid entry out of its large set; it is refaulted, and its frame
 *        paged out once more: make_orphan(), commit() of refault.c
 *
 * Each page-out puts the next host frame in the place of the one that it takes.
 *
 * config huge   -DHUGE
 * config alias  -DALIAS
 * config crowd  -DCROWD
 *
 * witness huge published
 * witness huge overtaken
 * witness huge taken
 * witness huge passed
 * witness alias published*taken
 * witness alias overtaken
 * witness crowd published*taken
 *
 * twin NO_HUGE_BASE         huge           L14     page-out begins with the frames of its range
 * twin COUNT_LATE           huge           M23     the page is counted after the check
 * twin COUNT_LOOK_FIRST     huge           M23     the count is read before the window opens
 * twin ONE_FRAME            huge           L51     the check is of the first frame only
 * twin ALIAS_UNCHECKED      alias          L50     an alias has no check of its own
 * twin ALIAS_CHECK_FIRST    alias          L50     ... or before its lock is taken
 * twin ORPHAN_UNLINKED      crowd          L25     an orphan becomes valid and joins no set
 */
#define STORES 12

/* Words: a window for each frame, the host's page table, the first frame's hint. */
#define WINDOW 0
#define WINDOW2 1
#define PTE 2
#define HINT 3
#define REC 4
#define COUNTED 5
#define V 6
#define R 7
#define WORDS 8

#define PUBLISHER 0
#define PAGE_OUT 1
#define TLB 2
#define CPUS 3

#ifdef CROWD
#define ROUNDS 2
#else
#define ROUNDS 1
#endif
#define FRAMES (ROUNDS + 2)
#define TAG 8 /* an orphan */

#include "memory.pmh"
#include "entry.pmh"
#include "set.pmh"

#ifdef HUGE
#define TAKEN WINDOW2
#define LOOK COUNTED /* the second frame's own hint is 0 */
#else
#define TAKEN WINDOW
#define LOOK HINT
#endif

bool published, overtaken, taken, passed;

/* hptp_retry_check() */
inline check(stale, r, snap, snap2)
{
	hwsync();
	load_acquire(r, WINDOW);
	stale = (r & ACTIVE) || r != snap;
#if defined(HUGE) && !defined(ONE_FRAME)
	load_acquire(r, WINDOW2);
	stale = stale || (r & ACTIVE) || r != snap2;
#endif
	overtaken = overtaken || stale
}

inline join(v, r)
{
#if defined(ALIAS) || defined(ORPHAN_UNLINKED)
	member = 1;
#elif defined(CROWD)
	member = !(v & TAG);
#endif
	if
	:: !member -> set_add(r, MEMBER)
	:: else
	fi;
#if defined(HUGE) && !defined(COUNT_LATE)
	add(COUNTED, 1);
#endif
	hint(r)
}

inline leave(r)
{
	if
	:: !member ->
		set_del(r, MEMBER);
#ifdef HUGE
		add(COUNTED, -1)
#endif
	:: else
	fi
}

inline commit(frame, snap, snap2)
{
#ifdef ALIAS_CHECK_FIRST
	check(stale, r, snap, snap2);
#endif
	lock(v, V, LOCKED, LOCKED);
	if
	:: v & VALID -> store_release(V, v)
	:: else ->
		join(v, r);
#if !defined(ALIAS_UNCHECKED) && !defined(ALIAS_CHECK_FIRST)
		check(stale, r, snap, snap2);
#endif
#ifdef COUNT_LATE
		add(COUNTED, 1);
#endif
		if
		:: stale ->
			leave(r);
			store_release(V, v)
		:: else ->
			publish(v, frame);
			published = 1
		fi
	fi
}

proctype publisher(byte me)
{
	byte snap, snap2, frame, v, r;
	bool stale, member;

	load_acquire(snap, WINDOW);
#ifdef HUGE
	load_acquire(snap2, WINDOW2);
#endif
	lwsync();
	load(frame, PTE);
	stale = (snap | snap2) & ACTIVE;
#ifdef ALIAS
	if
	:: !stale -> check(stale, r, snap, snap2) /* of the entry that faulted */
	:: else
	fi;
#endif
	if
	:: !stale -> commit(frame, snap, snap2)
	:: else
	fi
}

/* visit(), make_orphan() */
inline visit_crowded(v, r)
{
	lock(v, V, LOCKED, LOCKED);
	if
	:: v & VALID ->
		taken = 1;
		store(V, LOCKED | ABSENT);
		flush();
		set_del(r, MEMBER);
		store(R, 0);
		store_release(V, ABSENT | TAG)
	:: else -> store_release(V, v)
	fi
}

inline unmap_walk(r, v, members)
{
#ifndef COUNT_LOOK_FIRST
	load(r, LOOK);
#endif
	if
#ifdef NO_HUGE_BASE
	:: true -> passed = 1
#else
	:: r ->
		set_copy(members);
		if
#ifdef CROWD
		:: members & MEMBER -> visit_crowded(v, r)
#else
		:: members & MEMBER -> visit()
#endif
		:: else
		fi;
#ifndef HUGE
		store(HINT, 0)
#endif
	:: else -> passed = 1
#endif
	fi
}

proctype page_out(byte me)
{
	byte n, r, v, members;

	n = 1;
	do
	:: n <= ROUNDS ->
#ifdef COUNT_LOOK_FIRST
		load(r, LOOK);
#endif
		add_release(TAKEN, 1);
		hwsync();
		unmap_walk(r, v, members);
		store(PTE, n + 1);
		add_release(TAKEN, CLOSED - 1);
		gone[n] = 1;
		n++
	:: else -> break
	od
}

init {
	atomic {
		initial(WINDOW, 0);
		initial(WINDOW2, 0);
		initial(PTE, 1);
		initial(COUNTED, 0);
#ifdef CROWD
		initial(HINT, 1);
		initial(REC, MEMBER);
		initial(V, VALID);
		initial(R, 1);
#elif defined(ALIAS)
		initial(HINT, 0);
		initial(REC, MEMBER);
		initial(V, ABSENT);
		initial(R, 0);
#else
		initial(HINT, 0);
		initial(REC, 0);
		initial(V, 0);
		initial(R, 0);
#endif
		run publisher(PUBLISHER);
		run page_out(PAGE_OUT);
		run tlb(TLB)
	}
	_nr_pr == 1;
#include "witness.pmh"
}
