// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * A reader of the migration stream, and who changes what it tells of.
 *
 * reader:    hptp_stream_open(), a first pass and, with the guest stopped, a last one: tell()
 * changer:   a hypercall: ENTER makes an entry where none was, PROTECT changes the view of a
 *            valid one; hptp_changed()
 * hardware:  sets C of a valid entry; before the last pass it is in dword 1
 * neighbour: a change of another entry, whose note is in the same byte
 *
 * Promise: what was told last is what the guest sees in the end, and what the guest did to
 * its entry is in it.
 *
 * config enter     -DENTER
 * config protect   -DPROTECT -DHARDWARE
 * config neighbour -DPROTECT -DNEIGHBOUR
 *
 * witness enter told_free*told_again
 * witness enter told_early
 * witness protect told_again
 * witness protect told_c
 * witness neighbour told_again
 *
 * twin NO_NOTE              protect        L40     a change is noted nowhere
 * twin NO_GRACE             enter          M40     hptp_stream_open() waits for no grace period
 * twin FORGET_LATE          protect        L41     the note is forgotten after the unlock
 * twin PLAIN_NOTE           neighbour      M41     a note is a load and a store of the byte
 * twin NOTED_ONLY           protect        L42     C of dword 1 alone is not told of
 * twin VIEW_LATE            protect        L42     the view gets that C after the unlock
 */
#define LIST 0 /* of readers: ours */
#define NOTES 1
#define V 2
#define C 3
#define VIEW 4 /* what the guest gave, and C that was told of */
#define WORDS 5
#define STORES 12

#define READER 0
#define CHANGER 1
#define HARDWARE_CPU 2
#define NEIGHBOUR_CPU 2
#define CPUS 3

#include "rcu.pmh"

#define VALID 1
#define LOCKED 4
#define OURS 1 /* of the notes */
#define ANOTHER 2
#define VIEW_C 4

byte answer; /* the view that was told last; 0: free */
bool told_free, told_again, told_early, told_c;

/* ---- those who change it ---- */

inline note(mine, n)
{
	load(n, LIST);
#ifndef NO_NOTE
	if
	:: n ->
#ifdef PLAIN_NOTE
		load(n, NOTES);
		store(NOTES, n | mine)
#else
		fetch_or(NOTES, mine)
#endif
	:: else
	fi
#endif
}

proctype changer(byte me)
{
	byte v, n;

	read_begin();
	lock(v, V, LOCKED, LOCKED);
	note(OURS, n);
	load(n, VIEW);
	store(VIEW, (n & VIEW_C) | 2);
	store_release(V, VALID);
	read_end();
	hwsync() /* it is stopped: hptp_vm_stop() */
}

proctype neighbour(byte me)
{
	byte n;

	read_begin();
	note(ANOTHER, n);
	read_end();
	hwsync()
}

proctype hardware(byte me)
{
	d_step { BOUND(C); WITH(C, 1); c_code { replace(); full(); }; DONE }
}

/* ---- the reader ---- */

/* worth(), surely_free(): unlocked looks, that decide not to look closer */
inline worth(closer, first, v, n, c)
{
	load(v, V);
	load(n, NOTES);
	n = n & OURS;
	load(c, C);
	if
	:: first ->
		closer = (v & (VALID | LOCKED)) || n;
		told_free = told_free || !closer
	:: else ->
		load(closer, VIEW);
		closer = n || (c && !(closer & VIEW_C));
#ifdef NOTED_ONLY
		closer = n
#endif
	fi
}

inline tell(first, v, n, c, g)
{
	lock(v, V, LOCKED, LOCKED);
	load(n, NOTES);
	n = n & OURS;
	load(g, VIEW);
	load(c, C);
	if
	:: first || n || (c && !(g & VIEW_C)) ->
		d_step {
			answer = (v & VALID -> g | (c -> VIEW_C : 0) : 0);
			told_again = told_again || !first;
			told_early = told_early || (first && answer);
			told_c = told_c || (answer & VIEW_C)
		}
#ifdef VIEW_LATE
		store_release(V, v);
#endif
		if
		:: (v & VALID) && c && !(g & VIEW_C) -> store(VIEW, g | VIEW_C)
		:: else
		fi;
#ifdef FORGET_LATE
		store_release(V, v);
#endif
		load(n, NOTES);
		if
		:: n & OURS -> fetch_and(n, NOTES, 255 - OURS)
		:: else
		fi;
#if !defined(FORGET_LATE) && !defined(VIEW_LATE)
		store_release(V, v)
#endif
	:: else -> store_release(V, v)
	fi
}

inline pass(first, closer, v, n, c, g)
{
	worth(closer, first, v, n, c);
	if
	:: closer -> tell(first, v, n, c, g)
	:: else
	fi
}

proctype reader(byte me)
{
	byte v, n, c, g, closer;

	store_release(LIST, 1);
#ifndef NO_GRACE
	synchronize();
#endif
	pass(true, closer, v, n, c, g);
	_nr_pr == 2; /* the guest is stopped */
	hwsync();
	pass(false, closer, v, n, c, g)
}

init {
	atomic {
		initial(LIST, 0);
		initial(NOTES, 0);
		initial(C, 0);
#ifdef ENTER
		initial(V, 0);
		initial(VIEW, 0);
#else
		initial(V, VALID);
		initial(VIEW, 1);
#endif
		run reader(READER);
		run changer(CHANGER);
#ifdef HARDWARE
		run hardware(HARDWARE_CPU);
#endif
#ifdef NEIGHBOUR
		run neighbour(NEIGHBOUR_CPU);
#endif
	}
	_nr_pr == 1;
	MUST((answer & 3) == 2);
	MUST(answer == (NEWEST(VIEW) | (NEWEST(C) -> VIEW_C : 0)));
#include "witness.pmh"
}
