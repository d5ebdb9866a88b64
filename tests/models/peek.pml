// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Reading an entry without its lock: hptp_peek(), against those who change it.
 *
 * The entry is an orphan whose view is 3; where linked entries have their view stands 1, of
 * nobody. Dword 0 is the same whenever the entry is absent or an orphan.
 *
 * holder: REMOVED: H_REMOVE and H_ENTER make it an orphan with view 2. Then commit() of
 *         hptp_refault() makes it valid, and page-out absent, with R pending.
 *         PROTECTED: it is valid to begin with, and H_PROTECT takes it into transit.
 *         REUSED: it is absent with view 3 to begin with; H_REMOVE, and H_ENTER of another
 *         page with view 2
 * reader: hptp_peek() on another CPU, and hptp_confirm() where it is found absent
 * walker: the table walk of the CPU that refaulted
 *
 * Promises: whoever accepts what he read has the view of the entry, of then or now; if it is
 * not removed meanwhile even without hptp_confirm(); a bolted page is never missing; a walk
 * that begins after the refault returned finds the entry.
 *
 * config host
 * config guest       -DREMOVED
 * config reuse       -DREUSED
 * config protect     -DPROTECTED -DWALK
 *
 * witness host absent
 * witness host orphan
 * witness host valid
 * witness host refused
 * witness guest absent
 * witness guest orphan
 * witness guest refused
 * witness reuse absent
 * witness reuse valid
 * witness protect valid
 * witness protect walked
 *
 * twin PLAIN_FIRST          reuse          M6      dword 0 is read without acquire
 * twin PLAIN_SECOND         host           M6      so is dword 1
 * twin NO_READ_BARRIER      reuse          M6      none before dword 0 is read again
 * twin NO_SECOND_LOOK       reuse          M6      dword 0 is read once
 * twin NO_TYPE_CHECK        host           M6      a valid entry's dword 1 is an absent one's
 * twin UNCONFIRMED          guest          L65 M6  without hptp_confirm()
 * twin PLAIN_UNLOCK         reuse          M5      dword 0 is stored without release
 * twin TWO_STORES           protect        L13     valid to in transit takes two stores
 * twin NO_WALK_BARRIER      protect        M10     no ptesync after dword 0
 */
#define V 0
#define R 1
#define VIEW 2
#define WORDS 3
#define STORES 12

#define HOLDER 0
#define READER 1
#define WALKER 2
#define CPUS 3

#include "memory.pmh"

/* dword 0 */
#define VALID 1
#define ABSENT 2
#define LOCKED 4
#define OTHER 8 /* the page it is for */
/* dword 1: a view and TAG, or a frame, or R that is pending */
#define TAG 8
#define FRAME 4
#define PENDING 1

bool absent, orphan, valid, refused, walked, returned;

c_code {
	static void walks_follow(void)
	{
		full();
		raise_view(&now.view[WALKER * WORDS], now.barred);
	}
}

/* ptesync [M10] */
inline walk_barrier()
{
	d_step {
#ifndef NO_WALK_BARRIER
		WITH(0, 0);
		c_code { walks_follow(); };
		DONE
#else
		skip
#endif
	}
}

inline lock_entry() { lock(v, V, LOCKED, LOCKED) }
inline unlock_entry(v)
{
#ifdef PLAIN_UNLOCK
	store(V, v)
#else
	store_release(V, v)
#endif
}

proctype holder(byte me)
{
	byte v, g;

	g = 3;
#ifdef REMOVED
	lock_entry();
	store(R, 0);
	unlock_entry(0); /* hptp_hpte_free() */
	g = 2;
	lock_entry();
	store(R, g | TAG);
	unlock_entry(ABSENT); /* enter_orphan() */
#endif
#ifdef REUSED
	lock_entry();
	store(R, 0);
	unlock_entry(0);
	lock_entry();
	store(VIEW, 2);
	store(R, FRAME);
	unlock_entry(VALID | OTHER)
#elif defined(PROTECTED)
	lock_entry();
	store(VIEW, 2);
#ifdef TWO_STORES
	store(V, LOCKED);
#endif
	store(V, LOCKED | ABSENT);
	hwsync(); /* of the flush */
	store(R, FRAME | 2);
	unlock_entry(VALID);
	walk_barrier();
	returned = 1
#else
	lock_entry();
	store(VIEW, g);
	store(R, FRAME);
	unlock_entry(VALID);
	lock_entry();
	store(V, LOCKED | ABSENT);
	hwsync(); /* of the flush */
	store(R, PENDING);
	unlock_entry(ABSENT)
#endif
}

/* hptp_confirm(): is it absent, and is that its view? */
inline confirm(same, v, r, g)
{
	lock_entry();
	load(r, R);
	same = (v == ABSENT && !(r & TAG));
	load(r, VIEW);
	same = same && r == g;
	unlock_entry(v)
}

inline accept(same, v, r, g)
{
	if
	:: v == ABSENT && (r & TAG) ->
		g = r & ~TAG;
		orphan = 1
	:: v == ABSENT && !(r & TAG) ->
#if defined(REMOVED) && !defined(UNCONFIRMED)
		confirm(same, v, r, g);
#endif
		absent = absent || same
	:: v & VALID -> valid = 1
	:: else -> same = 0
	fi;
#ifdef REUSED
	MUST(!same || g == (v & OTHER -> 2 : 3));
	MUST(!same || (v & VALID) == (r & FRAME) / FRAME)
#elif defined(PROTECTED)
	MUST(!same || g == 2 || g == 3);
	MUST(!same || !(r & 2) || g == 2) /* dword 1 of now, with the view of now */
#elif defined(REMOVED)
	MUST(!same || g == 2 || g == 3)
#else
	MUST(!same || g == 3)
#endif
}

proctype reader(byte me)
{
	byte v, r, g, again;
	bool same;

#ifdef PLAIN_FIRST
	load(v, V);
#else
	load_acquire(v, V);
#endif
#ifdef PROTECTED
	MUST(v & (VALID | ABSENT));
#endif
#ifdef PLAIN_SECOND
	load(r, R);
#else
	load_acquire(r, R);
#endif
	load(g, VIEW);
#ifndef NO_READ_BARRIER
	acquire();
#endif
#ifdef NO_SECOND_LOOK
	again = v;
#else
	load(again, V);
#endif
	same = (again == v && !(v & LOCKED));
#ifndef NO_TYPE_CHECK
	same = same && !(v == ABSENT && !(r & TAG) && (r & FRAME));
#endif
	if
	:: same -> accept(same, v, r, g)
	:: else -> refused = 1
	fi
}

proctype walker(byte me)
{
	byte v;

	returned;
	load(v, V);
	MUST(v & VALID);
	walked = 1
}

init {
	atomic {
#ifdef REUSED
		initial(V, ABSENT);
		initial(R, 0);
		initial(VIEW, 3);
#elif defined(PROTECTED)
		initial(V, VALID);
		initial(R, FRAME);
		initial(VIEW, 3);
#else
		initial(V, ABSENT);
		initial(R, 3 | TAG);
		initial(VIEW, 1);
#endif
		run holder(HOLDER);
		run reader(READER);
#ifdef WALK
		run walker(WALKER);
#endif
	}
	_nr_pr == 1;
#include "witness.pmh"
}
