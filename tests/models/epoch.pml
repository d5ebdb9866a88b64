// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The retry callbacks of a host that has Linux's invalidation fields: a count of open
 * invalidations and a sequence, both of the whole VM and changed under one lock, and a
 * handler at the beginning of each, but none at its end.
 *
 * The epoch scheme: the handler that opens the first of some overlapping invalidations sets
 * the epoch to sequence + 1, and each stamps the frames it covers with the epoch.
 * SPTE: the host changes a page within its open invalidation; this stamps nothing.
 * retry_begin takes epoch and count; retry_check asks for a newer stamp, or for the same
 * one if an invalidation was open then. RANGE: no epochs, but the fields of the host's one
 * range, and the sequence last.
 *
 * ours:      an invalidation of the frame; it meets two slots, so its handler runs twice
 * elsewhere: one of another frame, which may overlap it
 * publisher: as in publish.pml, of an entry that is in its set and hinted already
 *
 * config alone
 * config overlap   -DELSEWHERE
 * config spte      -DELSEWHERE -DSPTE
 * config range     -DRANGE
 * config range2    -DRANGE -DELSEWHERE
 * long   twice     -DTIMES=2 -DELSEWHERE
 *
 * witness alone published
 * witness alone overtaken
 * witness overlap published*overlapped
 * witness spte published*overlapped
 * witness range published
 * witness range2 overtaken
 *
 * twin COUNT_FIRST          overlap        L5      the count is read before the epoch
 * twin EPOCH_COUNTS         alone          L5      each handler raises the epoch by one
 * twin SPTE_RAISES          spte           L5      so does the change of a page within
 * twin NO_STAMP             alone          L5      the handler stamps nothing
 * twin BEGIN_UNORDERED      alone          M3      nothing orders epoch, count, host's page
 * twin NO_BARRIER_CHECK     alone          M1      no full barrier before retry_check
 * twin NO_BARRIER_HANDLER   alone          M1      none in hptp_unmap_range()
 * twin SEQUENCE_FIRST       range2         L5      RANGE: the sequence is read before the range
 * twin RANGE_UNORDERED      range2         M3      RANGE: nothing orders range and sequence
 * twin PLAIN_EPOCH          alone          M3      the epoch is stored without release
 * twin END_UNORDERED        range2         M2      RANGE: nothing orders sequence and count
 */
#define MMU_LOCK 0
#define COUNT 1
#define SEQUENCE 2
#define EPOCH 3 /* RANGE: the frame that the host's one range covers */
#define STAMP 4
#define PTE 5
#define V 6
#define HINT 7
#define WORDS 8
#ifdef TIMES
#define STORES 16
#else
#define STORES 12
#endif
#ifndef TIMES
#define TIMES 1
#endif

#define PUBLISHER 0
#define OURS 1
#define OTHER 2
#ifdef ELSEWHERE
#define CPUS 3
#else
#define CPUS 2
#endif

#include "memory.pmh"

#define VALID 1
#define ABSENT 2
#define LOCKED 4
#define FRAME 1
#define ANOTHER 2

bool published, overtaken, overlapped;

/*
 * Who holds the lock passes on what its last holder did before he gave it back: POWER's
 * barriers are cumulative in that direction without one here, which C11's are not.
 */
inline host_lock(r)
{
	lock(r, MMU_LOCK, 1, 1);
	lwsync()
}
inline host_unlock()
{
	store_release(MMU_LOCK, 0)
}

/* The handler that stamps: for each slot that the range meets. */
inline handler(n, q, frame)
{
#ifdef RANGE
	load(q, EPOCH);
	store(EPOCH, (n == 1 -> frame : FRAME + ANOTHER)) /* one range covers all that are open */
#else
#ifdef EPOCH_COUNTS
	load(q, EPOCH);
#else
	load(q, SEQUENCE);
#endif
	if
#ifdef PLAIN_EPOCH
	:: n == 1 -> store(EPOCH, q + 1)
#else
	:: n == 1 -> store_release(EPOCH, q + 1) /* who has the epoch has the count */
#endif
	:: else
	fi;
#ifndef NO_STAMP
	load(q, EPOCH);
	if
	:: frame == FRAME -> store(STAMP, q)
	:: else
	fi
#endif
#endif
}

inline begin(n, q, frame)
{
	host_lock(n);
	load(n, COUNT);
	n++;
	store(COUNT, n);
	overlapped = overlapped || n > 1;
	handler(n, q, frame)
}

inline end(n, q)
{
	host_lock(n);
	load(q, SEQUENCE);
	store(SEQUENCE, q + 1);
#ifndef END_UNORDERED
	lwsync();
#endif
	load(n, COUNT);
	store(COUNT, n - 1);
	host_unlock()
}

/* hptp_unmap_range() as publish.pml has it, for one member */
inline unmap(v)
{
#ifndef NO_BARRIER_HANDLER
	hwsync();
#endif
	load(v, HINT);
	if
	:: v ->
		lock(v, V, LOCKED, LOCKED);
		store_release(V, ABSENT)
	:: else
	fi
}

/*
 * The host changes another page of ours, in a locked section of its own. Its frame has its
 * stamp; the invalidation that set the epoch may be over, and ours counts alone by now.
 */
inline change_pte(n, q)
{
	host_lock(n);
	load(n, COUNT);
#ifdef SPTE_RAISES
	handler(n, q, ANOTHER);
#endif
	host_unlock()
}

proctype ours(byte me)
{
	byte n, q, v, i;

	do
	:: i < TIMES ->
		i++;
		begin(n, q, FRAME);
		unmap(v);
#ifndef RANGE
		handler(n, q, ANOTHER); /* the second slot: the epoch must not move */
#endif
		host_unlock();
#ifdef SPTE
		change_pte(n, q);
#endif
		store(PTE, 0);
		lwsync(); /* the host gives its page table's lock back */
		end(n, q)
	:: else -> break
	od
}

proctype elsewhere(byte me)
{
	byte n, q;

	begin(n, q, ANOTHER);
	host_unlock();
	end(n, q)
}

/* retry_begin and retry_check of the host, between them hptp_join() and the host's page */
proctype publisher(byte me)
{
	byte e, o, p, v, t, s;
	bool stale;

#ifdef RANGE
	load_acquire(s, SEQUENCE);
#elif defined(COUNT_FIRST)
	load_acquire(o, COUNT);
	load_acquire(e, EPOCH);
#elif defined(BEGIN_UNORDERED)
	load(e, EPOCH);
	load(o, COUNT);
#else
	load_acquire(e, EPOCH);
	load_acquire(o, COUNT);
#endif
	load(p, PTE);
	lock(v, V, LOCKED, LOCKED);
	store(HINT, 1);
#ifndef NO_BARRIER_CHECK
	hwsync();
#endif
#ifdef RANGE
#ifdef SEQUENCE_FIRST
	load_acquire(t, SEQUENCE);
	load(o, COUNT);
	load(e, EPOCH);
#elif defined(RANGE_UNORDERED)
	load(o, COUNT);
	load(e, EPOCH);
	load(t, SEQUENCE);
#else
	load(o, COUNT);
	load_acquire(e, EPOCH);
	load(t, SEQUENCE);
#endif
	stale = (o && (e & FRAME)) || t != s;
#else
	load(t, STAMP);
	stale = t > e || (t == e && o);
#endif
	if
	:: stale || !p ->
		overtaken = overtaken || stale;
		store_release(V, ABSENT)
	:: else ->
		published = 1;
		store_release(V, VALID)
	fi
}

init {
	atomic {
		initial(MMU_LOCK, 0);
		initial(COUNT, 0);
		initial(SEQUENCE, 0);
		initial(EPOCH, 0);
		initial(STAMP, 0);
		initial(PTE, 1);
		initial(V, ABSENT);
		initial(HINT, 0);
		run publisher(PUBLISHER);
		run ours(OURS);
#ifdef ELSEWHERE
		run elsewhere(OTHER);
#endif
	}
	_nr_pr == 1;
	/* The host's page is gone for good. */
	MUST(!(NEWEST(V) & VALID));
#include "witness.pmh"
}
