// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Entering an entry, or bringing it back, against page-out of its frame.
 *
 * publisher: try_enter(), attempt() of refault.c: hptp_retry_begin(), the host's page, the
 *            HPTE lock, hptp_join(), hptp_hpte_publish()
 * page_out:  hptp_windows_open(), hptp_unmap_one() or unmap_walk(), the host's own change,
 *            hptp_windows_close()
 * other:     a second publisher of the same frame, up to its check: its hint is seen
 * tlb:       a guest CPU: walks whenever it likes, keeps what it found until flushed
 *
 * Round n takes frame n away and puts frame n + 1 in its place. Promise: no access reaches
 * a frame after the page-out that took it has returned, and page-out misses no entry.
 *
 * config enter    -DENTER
 * config refault
 * config other    -DENTER -DOTHER
 * config again    -DROUNDS=2 -DATTEMPTS=2 -DHINTED
 * long   enter2   -DENTER -DROUNDS=2
 * long   refault2 -DROUNDS=2 -DATTEMPTS=2
 *
 * witness enter published
 * witness enter overtaken
 * witness enter taken
 * witness enter passed
 * witness refault published*taken
 * witness again published*taken
 *
 * twin NO_BARRIER_PUBLISHER enter          M1      no full barrier in hptp_retry_check()
 * twin NO_BARRIER_REFAULT   refault        M1      ... nor where the entry is a member already
 * twin NO_BARRIER_PAGE_OUT  enter          M1      none in hptp_windows_open()
 * twin BARRIER_IF_HINTING   other          M1      left out where the hint is set already
 * twin PLAIN_CLOSE          enter          M2      hptp_windows_close() without release
 * twin SNAPSHOT_UNORDERED   enter          M3      nothing orders snapshot and host's page
 * twin PLAIN_PUBLISH        enter          M4      dword 0 is stored without release
 * twin NO_FLUSH             enter          L1      page-out does not flush
 * twin NO_CHECK             enter          L5      no look at the windows
 * twin CHECK_FIRST          enter          L6      the check comes before the entry is in its set
 * twin CHECK_UNLOCKED       again          L6      ... before its lock is taken
 * twin LINK_LAST            enter          L9 L25  the entry joins its set after it is valid
 * twin HINT_LAST            enter          L16     the hint is set after the check
 * twin SNAPSHOT_LAST        enter          L18     the host's page is looked up before the snapshot
 * twin HINT_CLEARED_LATE    again          L19     page-out clears the hint after its window
 * twin CLEANER              enter          L19     who finds the set empty clears the hint
 * twin COPY_FIRST           enter          L6 M1   the set is copied before the window opens
 * twin HOST_LATE            enter          M2      the host's page table changes after it
 * twin NO_SEQUENCE          enter          L5      a window leaves no trace when it closes
 * twin NO_HPTE_LOCK         enter          L3      page-out does not wait for the HPTE lock
 * twin NO_PTESYNC           enter          M11     tlb_flush without its leading ptesync
 */
#ifndef ROUNDS
#define ROUNDS 1
#endif
#ifndef ATTEMPTS
#define ATTEMPTS 1
#endif
#define STORES 12

/* Words: window, host's page table, hint, the record (lock and members), dwords 0 and 1. */
#define WINDOW 0
#define PTE 1
#define HINT 2
#define REC 3
#define V 4
#define R 5
#define WORDS 6

#define PUBLISHER 0
#define PAGE_OUT 1
#define THIRD 2
#if defined(OTHER) || defined(CLEANER)
#define TLB PAGE_OUT /* nobody walks: what is valid in the end says enough */
#else
#define TLB THIRD
#endif
#define CPUS 3

#define FRAMES (ROUNDS + 2)

#include "memory.pmh"
#include "entry.pmh"
#include "set.pmh"

bool published, overtaken, taken, passed;

inline window_closed(r) { load_acquire(r, WINDOW) }

/* hptp_retry_check(): stale says whether the page may have been invalidated */
inline check(stale, r, snap)
{
#ifdef BARRIER_IF_HINTING
	if
	:: !r -> hwsync()
	:: else -> acquire()
	fi;
#elif !defined(NO_BARRIER_PUBLISHER) && !defined(NO_BARRIER_REFAULT)
	hwsync();
#endif
	window_closed(r);
#ifdef NO_SEQUENCE
	stale = r & ACTIVE;
#else
	stale = (r & ACTIVE) || r != snap;
#endif
	overtaken = overtaken || stale
}

/* take(), hptp_join(), hptp_hpte_publish(); or what undoes it */
inline commit(frame, snap, member)
{
	stale = 0;
#ifdef CHECK_UNLOCKED
	check(stale, r, snap);
#endif
	lock(v, V, LOCKED, LOCKED);
#ifdef LINK_LAST
	publish(v, frame);
#endif
#ifdef CHECK_FIRST
	check(stale, r, snap);
#endif
	if
	:: !member -> set_add(r, MEMBER)
	:: else
	fi;
#ifndef HINT_LAST
	hint(r);
#endif
#if !defined(CHECK_FIRST) && !defined(CHECK_UNLOCKED) && !defined(NO_CHECK)
	check(stale, r, snap);
#endif
#ifdef HINT_LAST
	hint(r);
#endif
	if
	:: stale ->
		if
		:: !member -> set_del(r, MEMBER)
		:: else
		fi;
		set_absent(v)
	:: else ->
#ifndef LINK_LAST
		publish(v, frame);
#endif
		published = 1
	fi
}

proctype publisher(byte me; bool member)
{
	byte snap, frame, v, r, n;
	bool stale;

	do
	:: n < ATTEMPTS && !published ->
		n++;
#ifdef SNAPSHOT_LAST
		load(frame, PTE);
		window_closed(snap);
#elif defined(SNAPSHOT_UNORDERED)
		load(snap, WINDOW);
		load(frame, PTE);
#else
		window_closed(snap);
		lwsync();
		load(frame, PTE);
#endif
		if
		:: snap & ACTIVE -> skip /* an orphan, or another round */
		:: else -> commit(frame, snap, member)
		fi
	:: else -> break
	od
}

#ifdef CLEANER
proctype cleaner(byte me)
{
	byte r;

	load(r, REC);
	if
	:: !r -> store(HINT, 0)
	:: else
	fi
}
#endif

/* It joins and looks, and goes again where it is overtaken; its entry is of no interest. */
proctype other(byte me)
{
	byte snap, r;
	bool stale;

	window_closed(snap);
	if
	:: !(snap & ACTIVE) ->
		lwsync();
		set_add(r, OTHERS);
		hint(r);
		hwsync();
		window_closed(r);
		if
		:: r != snap -> set_del(r, OTHERS)
		:: else
		fi
	:: else
	fi
}

inline window_open()
{
	add_release(WINDOW, 1);
#ifndef NO_BARRIER_PAGE_OUT
	hwsync()
#else
	skip
#endif
}

inline unmap_walk()
{
	if
	:: members & MEMBER -> visit()
	:: else
	fi;
#ifndef HINT_CLEARED_LATE
	store(HINT, 0)
#else
	skip
#endif
}

proctype page_out(byte me)
{
	byte n, r, v, members;

	n = 1;
	do
	:: n <= ROUNDS ->
#ifdef COPY_FIRST
		set_copy(members);
		window_open();
		unmap_walk();
#else
		window_open();
		load(r, HINT); /* next_hinted() */
		if
		:: r ->
			set_copy(members);
			unmap_walk()
		:: else -> passed = 1
		fi;
#endif
#ifdef HOST_LATE
		add_release(WINDOW, CLOSED - 1);
		store(PTE, n + 1);
#else
		store(PTE, n + 1);
#ifdef PLAIN_CLOSE
		add(WINDOW, CLOSED - 1);
#else
		add_release(WINDOW, CLOSED - 1);
#endif
#endif
		gone[n] = 1;
#ifdef HINT_CLEARED_LATE
		store(HINT, 0);
#endif
		n++
	:: else -> break
	od
}

init {
	byte i;

	atomic {
		initial(WINDOW, 0);
		initial(PTE, 1);
#ifdef ENTER
		initial(REC, 0);
		initial(V, 0);
#else
		initial(REC, MEMBER);
		initial(V, ABSENT);
#endif
#ifdef HINTED
		initial(HINT, 1);
#else
		initial(HINT, 0);
#endif
		initial(R, 0);
#ifdef ENTER
		run publisher(PUBLISHER, false);
#else
		run publisher(PUBLISHER, true);
#endif
		run page_out(PAGE_OUT);
#ifdef OTHER
		run other(THIRD);
#elif defined(CLEANER)
		run cleaner(THIRD);
#else
		run tlb(THIRD);
#endif
	}
	_nr_pr == 1;
	MUST(!(NEWEST(V) & VALID) || !gone[NEWEST(R)]);
#include "witness.pmh"
}
