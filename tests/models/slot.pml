// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The end of a slot, with its sets' memory freed after a grace period, against a publisher
 * and a remover that found it before.
 *
 * remover_of_slot: hptp_slot_hide(), hptp_slot_wait(), hptp_slot_flush(),
 *                  hptp_unmap_and_unlink(), hptp_slot_free(); then the memory is the host's
 * publisher:       hptp_retry_begin() between two looks for the slot, as in attempt() of
 *                  refault.c, then as in publish.pml
 * remover:         H_REMOVE of an entry of the slot: retire(), hptp_unlink()
 *
 * Promises: memory that was freed is not touched; when the slot is gone no entry is valid on
 * its frames, and none is in its sets.
 *
 * config enter
 * config removed    -DREMOVER
 * config linked     -DLINKED -DREMOVER
 * config unwaited   -DREMOVER -DNO_WAIT
 *
 * In `unwaited` nobody waits between hiding and flush: the window alone keeps late
 * publishers out, as the wait alone does in the others.
 *
 * witness enter published
 * witness enter missed
 * witness unwaited published
 * witness unwaited overtaken
 * witness unwaited looked_twice
 * witness linked removed
 *
 * twin NO_GRACE             enter          L2 M22  the slot's memory is freed at once
 * twin GRACE_FIRST          enter          L2      ... or dropped from the table after the wait
 * twin GRACE_NO_BARRIER     enter          M22     a grace period orders nothing
 * twin NO_WINDOW            unwaited       L27     the flush opens no window
 * twin NO_SECOND_LOOK       unwaited       L18     no look for the slot after the snapshot
 * twin FLUSH_BEFORE_HIDE    enter          L27     the slot is hidden after the flush
 * twin HIDDEN_FROM_REMOVE   linked         L27     H_REMOVE does not find a hidden slot
 */
#define SLOT 0   /* is it in the table? */
#define HIDDEN 1
#define WINDOW 2
#define REC 3
#define V 4
#define WORDS 5
#define STORES 16

#define SLOT_REMOVER 0
#define PUBLISHER 1
#define REMOVER_CPU 2
#define CPUS 3

#include "rcu.pmh"

#define VALID 1
#define ABSENT 2
#define LOCKED 4
#define TAG 8 /* an orphan: in no set */
#define REC_LOCK 1
#define MEMBER 2
#define ACTIVE 3
#define CLOSED 4

bool freed, gone;
bool published, overtaken, missed, looked_twice, removed;

/* ---- the set, in the slot's memory ---- */

inline set_lock(r)
{
	MUST(!freed);
	lock(r, REC, REC_LOCK, REC_LOCK)
}
inline set_unlock(r)
{
	MUST(!freed);
	store_release(REC, r)
}

/* hptp_slot_of(): false when it is not found */
inline find(found, r, hidden_too)
{
	load_acquire(r, SLOT);
	found = r;
	if
	:: r && !hidden_too ->
		MUST(!freed); /* `hidden` lies in it */
		load_acquire(r, HIDDEN);
		found = !r
	:: else
	fi
}

/* ---- entering, or an orphan's refault ---- */

inline commit(v, r, snap)
{
	lock(v, V, LOCKED, LOCKED);
	set_lock(r);
	set_unlock(r | MEMBER);
	hwsync();
	load_acquire(r, WINDOW);
	if
	:: (r & ACTIVE) || r != snap ->
		overtaken = 1;
		set_lock(r);
		set_unlock(r & ~MEMBER);
		store_release(V, ABSENT | TAG)
	:: else ->
		published = 1;
		store_release(V, VALID)
	fi
}

proctype publisher(byte me)
{
	byte snap, r, v;
	bool found;

	read_begin();
	find(found, r, false);
	if
	:: found ->
		load_acquire(snap, WINDOW);
		lwsync();
#ifndef NO_SECOND_LOOK
		find(found, r, false);
		looked_twice = looked_twice || !found;
#endif
		if
		:: found && !(snap & ACTIVE) -> commit(v, r, snap)
		:: else
		fi
	:: else -> missed = 1
	fi;
	read_end()
}

/* ---- H_REMOVE ---- */

proctype remover(byte me)
{
	byte v, r;
	bool found;

	read_begin();
	lock(v, V, LOCKED, LOCKED);
	if
	:: v && !(v & TAG) ->
		removed = 1;
		store(V, LOCKED);
		hwsync();
#ifdef HIDDEN_FROM_REMOVE
		find(found, r, false);
#else
		find(found, r, true);
#endif
		MUST(found); /* else: a linked entry's slot is gone */
		set_lock(r);
		set_unlock(r & ~MEMBER)
	:: else
	fi;
	store_release(V, 0);
	read_end()
}

/* ---- the slot ---- */

/* unmap_walk() with `unlink`: what is a member becomes an orphan */
inline unmap_walk(v, r)
{
	set_lock(r);
	set_unlock(r);
	if
	:: r & MEMBER ->
		lock(v, V, LOCKED, LOCKED);
		if
		:: v && !(v & TAG) ->
			store(V, LOCKED | ABSENT);
			hwsync();
			set_lock(r);
			set_unlock(r & ~MEMBER);
			store_release(V, ABSENT | TAG)
		:: else -> store_release(V, v)
		fi
	:: else
	fi
}

inline flush(v, r)
{
#ifndef NO_WINDOW
	add_release(WINDOW, 1);
	hwsync();
#endif
	do
	:: unmap_walk(v, r);
		load(r, REC); /* hptp_slot_any_linked() */
		if
		:: r & MEMBER -> !(NEWEST(REC) & MEMBER); break /* until then */
		:: else -> break
		fi
	od;
#ifndef NO_WINDOW
	add_release(WINDOW, CLOSED - 1);
#endif
	gone = 1
}

proctype remover_of_slot(byte me)
{
	byte v, r;

#ifdef FLUSH_BEFORE_HIDE
	flush(v, r);
	store_release(HIDDEN, 1);
#else
	store_release(HIDDEN, 1);
#ifndef NO_WAIT
	synchronize();
#endif
	flush(v, r);
#endif
#ifdef GRACE_FIRST
	synchronize();
	store_release(SLOT, 0);
#else
	store_release(SLOT, 0);
#ifndef NO_GRACE
	synchronize();
#endif
#endif
	MUST(!(NEWEST(REC) & MEMBER));
	freed = 1
}

init {
	atomic {
		initial(SLOT, 1);
		initial(HIDDEN, 0);
		initial(WINDOW, 0);
#ifdef LINKED
		initial(REC, MEMBER);
		initial(V, VALID);
#else
		initial(REC, 0);
		initial(V, 0);
#endif
		run remover_of_slot(SLOT_REMOVER);
#ifndef LINKED
		run publisher(PUBLISHER);
#endif
#ifdef REMOVER
		run remover(REMOVER_CPU);
#endif
	}
	_nr_pr == 1;
	MUST(!(NEWEST(V) & VALID));
#include "witness.pmh"
}
