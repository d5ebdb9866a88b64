// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * A resize that is under way: who frees it, and the table that its worker has made.
 *
 * worker: hptp_resize_step(): worker_begin(), the allocation, worker_end()
 * giver:  hptp_resize_drop(): it is given up
 * taker:  hptp_resize_take(): a commit, which frees it too
 *
 * Promises: it is freed once, with its table, and used by nobody after that.
 *
 * config dropped -DDROPPED
 * config taken
 *
 * witness dropped worker_frees
 * witness dropped giver_frees
 * witness taken taken
 * witness taken busy
 *
 * twin MARKED_UNLOCKED      dropped        L64     the giver marks it without the lock
 * twin NO_BUSY              dropped        L64     the worker does not say that it is inside
 * twin BUSY_TAKEN           taken          L64     a commit takes what a worker is at
 * twin PLAIN_LOCK           dropped        M26     the lock is taken without acquire
 * twin PLAIN_UNLOCK         dropped        M26     ... and given back without release
 */
#define LIST 0 /* the lock */
#define RESIZE 1
#define BUSY 2
#define GIVEN_UP 3
#define TABLE 4
#define WORDS 5
#define STORES 8

#define WORKER 0
#define GIVER 1
#define CPUS 2

#include "memory.pmh"

bool freed, worker_frees, giver_frees, taken, busy, made;

inline list_lock(r)
{
#ifdef PLAIN_LOCK
	d_step {
		!NEWEST(LIST) ->
		WITH(LIST, 1);
		c_code { replace(); };
		DONE
	}
#else
	lock(r, LIST, 1, 1)
#endif
}

inline list_unlock()
{
#ifdef PLAIN_UNLOCK
	store(LIST, 0)
#else
	store_release(LIST, 0)
#endif
}

inline release(r)
{
	MUST(!freed);
	load(r, TABLE);
	MUST(!made || r); /* else it is lost */
	freed = 1
}

proctype worker(byte me)
{
	byte r, g;

	list_lock(g);
	load(r, RESIZE);
	if
	:: r ->
#ifndef NO_BUSY
		store(BUSY, 1)
#endif
	:: else
	fi;
	list_unlock();
	if
	:: r ->
		MUST(!freed);
		store(TABLE, 1);
		made = 1;
		list_lock(g);
		MUST(!freed);
		store(BUSY, 0);
		load(g, GIVEN_UP);
		list_unlock();
		if
		:: g -> worker_frees = 1; release(r)
		:: else
		fi
	:: else
	fi
}

#ifdef DROPPED
proctype giver(byte me)
{
	byte r, b;

#ifndef MARKED_UNLOCKED
	list_lock(b);
#endif
	load(r, RESIZE);
	store(RESIZE, 0);
	load(b, BUSY);
	if
	:: b -> store(GIVEN_UP, 1)
	:: else
	fi;
#ifndef MARKED_UNLOCKED
	list_unlock();
#endif
	if
	:: !b -> giver_frees = 1; release(r)
	:: else
	fi
}
#else
proctype giver(byte me) /* or who commits */
{
	byte r, b;

	list_lock(b);
	load(r, RESIZE);
	load(b, BUSY);
#ifdef BUSY_TAKEN
	b = 0;
#endif
	if
	:: b -> busy = 1
	:: else -> store(RESIZE, 0)
	fi;
	list_unlock();
	if
	:: !b -> taken = 1; release(r)
	:: else
	fi
}
#endif

init {
	atomic {
		initial(LIST, 0);
		initial(RESIZE, 1);
		initial(BUSY, 0);
		initial(GIVEN_UP, 0);
		initial(TABLE, 0);
		run worker(WORKER);
		run giver(GIVER)
	}
	_nr_pr == 1;
#ifdef DROPPED
	MUST(freed);
#endif
#include "witness.pmh"
}
