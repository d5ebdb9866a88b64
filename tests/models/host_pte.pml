// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * An entry of the host's own page table, marked by hptp_host_pte_touch() while the host
 * changes it.
 *
 * toucher:  hptp_host_pte_touch() for a writing use, whose page then goes to the guest
 * protector: the host sets a bit of the entry, and something that its busy bit protects
 * splitter: the host puts a pointer to a table in the place of the leaf
 * third:    who holds the busy bit after one of them
 *
 * BUSY: the table is of the classic kind, its busy bit a lock; else the host changes entries
 * by compare-and-swap. Promises: a mark that was made is not undone, nor undoes what the host
 * did; a pointer is not marked; who holds the bit sees what holders before him did.
 *
 * config busy  -DBUSY
 * config third -DBUSY -DTHIRD
 * config radix
 *
 * witness busy marked*protected
 * witness busy refused
 * witness third seen_late
 * witness radix marked*protected
 * witness radix refused
 *
 * twin BUSY_IGNORED         busy           L33     the busy bit is not waited for
 * twin LEAF_ONCE            busy           L34     a leaf is asked for before the first turn only
 * twin LEAF_ONCE_RADIX      radix          L34     ... where there is no busy bit, too
 * twin PLAIN_TAKE           third          M28     the busy bit is taken without acquire
 * twin PLAIN_GIVE_BACK      third          M28     ... and given back without release
 */
#define PTE 0
#define DATA 1 /* of the busy bit's holders */
#define WORDS 2
#define STORES 12

#define TOUCHER 0
#define PROTECTOR 1
#define SPLITTER 2
#define THIRD_CPU 2
#define CPUS 3

#include "memory.pmh"

#define LEAF 1
#define BUSY_BIT 2
#define DIRTY 4
#define PROT 8
#define POINTER 16

bool marked, refused, protected, split, seen_late;
byte replaced; /* by the pointer */

/* One attempt; acquire, but for the twin. */
inline exchange(done, before, after)
{
	d_step {
		done = NEWEST(PTE) == before;
		if
		:: done ->
			BOUND(PTE);
			WITH(PTE, after);
#ifdef PLAIN_TAKE
			c_code { replace(); };
#else
			c_code { replace(); learn(); };
#endif
			DONE
		:: else
		fi
	}
}

#if defined(LEAF_ONCE) || defined(LEAF_ONCE_RADIX)
#define NO_LEAF(p, turn) (!(p & LEAF) && !turn)
#else
#define NO_LEAF(p, turn) (!(p & LEAF))
#endif
#if defined(BUSY) && !defined(BUSY_IGNORED)
#define IS_BUSY(p) (p & BUSY_BIT)
#else
#define IS_BUSY(p) false
#endif

inline mark(p, done)
{
#if defined(BUSY) && !defined(BUSY_IGNORED)
	exchange(done, p, p | BUSY_BIT);
	if
	:: done ->
#ifdef PLAIN_GIVE_BACK
		store(PTE, p | DIRTY)
#else
		store_release(PTE, p | DIRTY)
#endif
	:: else
	fi
#else
	exchange(done, p, p | DIRTY)
#endif
}

proctype toucher(byte me)
{
	byte p;
	bool done, turn;

	do
	:: load(p, PTE);
		if
		:: NO_LEAF(p, turn) -> refused = 1; break
		:: else
		fi;
		turn = 1;
		if
		:: IS_BUSY(p) -> !(NEWEST(PTE) & BUSY_BIT)
		:: else ->
			mark(p, done);
			if
			:: done -> marked = 1; break
			:: else
			fi
		fi
	od
}

/* The host's own changes: of what is a leaf; under the busy bit, if there is one. */
inline change(p, done, after)
{
#ifdef BUSY
	lock(p, PTE, BUSY_BIT, BUSY_BIT);
	if
	:: p & LEAF -> store(DATA, 1); store_release(PTE, after)
	:: else -> store_release(PTE, p)
	fi
#else
	do
	:: load(p, PTE);
		if
		:: p & LEAF ->
			exchange(done, p, after);
			if
			:: done -> break
			:: else
			fi
		:: else -> break
		fi
	od
#endif
}

proctype protector(byte me)
{
	byte p;
	bool done;

	change(p, done, p | PROT);
	protected = p & LEAF
}

proctype splitter(byte me)
{
	byte p;
	bool done;

	change(p, done, POINTER);
	replaced = p;
	split = 1
}

proctype third(byte me)
{
	byte p, d;

	lock(p, PTE, BUSY_BIT, BUSY_BIT);
	load(d, DATA);
	MUST(!(p & PROT) || d);
	seen_late = seen_late || ((p & PROT) && (p & DIRTY));
	store_release(PTE, p)
}

init {
	atomic {
		initial(PTE, LEAF);
		initial(DATA, 0);
		run toucher(TOUCHER);
		run protector(PROTECTOR);
#ifdef THIRD
		run third(THIRD_CPU);
#else
		run splitter(SPLITTER);
#endif
	}
	_nr_pr == 1;
	if
	:: !split -> replaced = NEWEST(PTE)
	:: else
	fi;
	MUST(!marked || (replaced & DIRTY));
	MUST(!protected || (replaced & PROT));
	MUST(!split || NEWEST(PTE) == POINTER);
#include "witness.pmh"
}
