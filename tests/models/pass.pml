// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * What one CPU makes and another finds without a lock, each a protocol of its own.
 *
 * CHUNK  hptp_sparse_install() and hptp_sparse_chunk(); in the same way the slot table, by
 *        hptp_port_publish() and hptp_port_deref()
 * MMIO   hptp_mmio_changed() after table_publish(), and classify_found(), mmio_find()
 * LOG    hptp_dirty_start() and hptp_dirty_stop(), and hptp_slot_log() of a page-out
 * PIN    pin_store() in place of a smaller pin, and hptp_pin_find()
 * SET    hptp_rmap_add() on two CPUs, and copy_set()
 *
 * Promises: a chunk is zeroed when it is found; "no slot" is not believed when there is one;
 * a store after the log's start is logged, and none after its stop touches the bitmap; a
 * pin is found whole; a set has every member that was put into it.
 *
 * config chunk -DCHUNK
 * config mmio  -DMMIO
 * config log   -DLOG
 * config stop  -DLOG_END
 * config pin   -DPIN
 * config set   -DSET
 *
 * witness chunk found
 * witness mmio found
 * witness mmio not_found
 * witness log found
 * witness log not_found
 * witness stop found
 * witness pin found
 * witness set found
 *
 * twin PLAIN_INSTALL        chunk          M14 M15 the pointer is stored without release
 * twin PLAIN_FOLLOW         chunk          M14 M15 ... and loaded without acquire
 * twin GENERATION_FIRST     mmio           M17 L31 it is raised before the slots change
 * twin PLAIN_GENERATION     mmio           M17     ... without release
 * twin GENERATION_LATE      mmio           L31     it is read after the look for the slot
 * twin GENERATION_UNORDERED mmio           M17     ... without acquire before it
 * twin NO_GRACE_START       log            L30     hptp_dirty_start() waits for no grace period
 * twin LOG_PUBLISHED_FIRST  log            M19     ... nor stores the pointer with release
 * twin NO_GRACE_STOP        stop           L30     nor does hptp_dirty_stop()
 * twin NO_STORE_BARRIER     pin            M21     none between busy and the pin's words
 * twin PLAIN_SIZE           pin            M21     the size is stored without release
 * twin NO_FIRST_BARRIER     pin            M21     none after the size is read first
 * twin NO_SECOND_BARRIER    pin            M21     none before it is read again
 * twin NOT_BUSY             pin            M21     the old size stands while the words change
 * twin PLAIN_RMAP_UNLOCK    set            M7      the record's word is stored without release
 * twin RMAP_LOCK_PLAIN      set            M9      ... and its lock taken without acquire
 * twin NO_RMAP_LOCK         set            L4      who adds does not wait for the lock
 */
#define WORD 0 /* what tells that there is something to be found */
#define A 1    /* what is found */
#define B 2
#define WORDS 3
#define STORES 12
#define CPUS 3

#include "rcu.pmh"

bool found, not_found, done, owned;

#ifdef CHUNK
#define BEGIN 0, 0, 0
proctype maker(byte me)
{
	store(A, 1);
#ifdef PLAIN_INSTALL
	add(WORD, 1)
#else
	add_release(WORD, 1)
#endif
}

proctype finder(byte me)
{
	byte w, a;

#ifdef PLAIN_FOLLOW
	load(w, WORD);
#else
	load_acquire(w, WORD);
#endif
	if
	:: w ->
		load(a, A);
		MUST(a);
		found = 1
	:: else
	fi
}
#endif

#ifdef MMIO
#define BEGIN 1, 0, 0
proctype maker(byte me)
{
#ifdef GENERATION_FIRST
	add_release(WORD, 1);
	store_release(A, 1);
#else
	store_release(A, 1);
#ifdef PLAIN_GENERATION
	add(WORD, 1);
#else
	add_release(WORD, 1);
#endif
#endif
	hwsync(); /* the host tells the vCPU: whatever it does for that */
	done = 1
}

proctype finder(byte me)
{
	byte generation, slot, now_;

#ifdef GENERATION_LATE
	load_acquire(slot, A);
	load_acquire(generation, WORD);
#elif defined(GENERATION_UNORDERED)
	load(generation, WORD);
	load(slot, A);
#else
	load_acquire(generation, WORD);
	load(slot, A);
#endif
	if
	:: !slot ->
		not_found = 1;
		done;
		hwsync();
		load_acquire(now_, WORD);
		MUST(now_ != generation)
	:: else -> found = 1
	fi
}
#endif

#ifdef LOG
#define BEGIN 0, 1, 0 /* A: the bitmap, with what was in it; B: C of an entry */
proctype maker(byte me)
{
#ifdef LOG_PUBLISHED_FIRST
	store(WORD, 1);
	store(A, 0);
#else
	store(A, 0);
	store_release(WORD, 1);
#endif
#ifndef NO_GRACE_START
	synchronize();
#endif
	store(B, 1) /* it has returned, and the guest stores */
}

proctype finder(byte me)
{
	byte c, log, bits;

	read_begin();
	load(c, B);
	load_acquire(log, WORD);
	if
	:: log ->
		fetch_or(A, 2);
		load(bits, A);
		MUST(!(bits & 1)); /* else what lay there before counts as a store */
		found = 1
	:: else ->
		MUST(!c);
		not_found = 1
	fi;
	read_end()
}
#endif

#ifdef LOG_END
#define BEGIN 1, 0, 0
proctype maker(byte me)
{
	store_release(WORD, 0);
#ifndef NO_GRACE_STOP
	synchronize();
#endif
	owned = 1 /* the bitmap is the host's again */
}

proctype finder(byte me)
{
	byte log;

	read_begin();
	load_acquire(log, WORD);
	if
	:: log ->
		MUST(!owned);
		fetch_or(A, 1);
		found = 1
	:: else -> not_found = 1
	fi;
	read_end()
}
#endif

#ifdef PIN
#define BUSY 1
#define BEGIN 2, 2, 2 /* the size; two words of the pin */
proctype maker(byte me)
{
#ifndef NOT_BUSY
	d_step { WITH(WORD, BUSY); c_code { replace(); learn(); }; DONE };
#endif
#ifndef NO_STORE_BARRIER
	lwsync();
#endif
	store(A, 3);
	store(B, 3);
#ifdef PLAIN_SIZE
	store(WORD, 3)
#else
	store_release(WORD, 3)
#endif
}

proctype finder(byte me)
{
	byte size, a, b, again;

	load(size, WORD);
	if
	:: size != BUSY ->
#ifndef NO_FIRST_BARRIER
		acquire();
#endif
		load(a, A);
		load(b, B);
#ifndef NO_SECOND_BARRIER
		acquire();
#endif
		load(again, WORD);
		if
		:: again == size ->
			MUST(a == size && b == size);
			found = 1
		:: else -> not_found = 1
		fi
	:: else -> not_found = 1
	fi
}
#endif

#ifdef SET
#define BEGIN 0, 0, 0 /* the record's word: members and lock; two indices */
#define REC_LOCK 1
#define MEMBER 2

inline rmap_lock(w)
{
#ifdef NO_RMAP_LOCK
	load_acquire(w, WORD)
#elif defined(RMAP_LOCK_PLAIN)
	d_step {
		!(NEWEST(WORD) & REC_LOCK) ->
		w = NEWEST(WORD);
		WITH(WORD, w | REC_LOCK);
		c_code { replace(); };
		DONE
	}
#else
	lock(w, WORD, REC_LOCK, REC_LOCK)
#endif
}

inline rmap_unlock(w)
{
#ifdef PLAIN_RMAP_UNLOCK
	store(WORD, w)
#else
	store_release(WORD, w)
#endif
}

proctype maker(byte me)
{
	byte w;

	rmap_lock(w);
	if
	:: w / MEMBER == 0 -> store(A, me + 1)
	:: else -> store(B, me + 1)
	fi;
	rmap_unlock(w + MEMBER)
}

proctype finder(byte me)
{
	byte w, a, b;

	run maker(2);
	lock(w, WORD, REC_LOCK, REC_LOCK);
	load(a, A);
	load(b, B);
	store_release(WORD, w);
	MUST(w < 1 * MEMBER || a);
	MUST(w < 2 * MEMBER || b);
	found = found || w == 2 * MEMBER
}
#endif

inline begin(w, a, b)
{
	initial(WORD, w);
	initial(A, a);
	initial(B, b)
}

init {
	atomic {
		begin(BEGIN);
		run maker(0);
		run finder(1)
	}
	_nr_pr == 1;
#ifdef SET
	MUST(NEWEST(WORD) == 2 * MEMBER && NEWEST(A) && NEWEST(B));
#endif
#include "witness.pmh"
}
