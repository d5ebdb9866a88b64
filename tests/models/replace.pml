// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Reset and resize, against a vCPU and the host's notifiers.
 *
 * replacer: hptp_vm_stop(), hptp_table_close(), hptp_table_retire(), hptp_table_swap(),
 *           hptp_table_open(), hptp_table_end(); then the host's flush of the partition and
 *           hptp_vm_ready()
 * vcpu:     hptp_vcpu_enter(), the guest, hptp_vcpu_leave(); the guest's CPU walks the table
 *           that the last flush pointed it to, and keeps what it found
 * caller:   a hypercall or a fault in two read sections: an index and its generation in the
 *           first, what is done with them in the second
 * page_out: hptp_unmap_range(): it does nothing while the table is closed
 *
 * Promises: no table is used that is freed, or that changes; an index is used with the table
 * that it was got from; no access reaches a frame after the page-out that took it.
 *
 * config caller     -DCALLER
 * config vcpu       -DVCPU
 * config page-out   -DVCPU -DPAGE_OUT
 * config fails      -DVCPU -DPAGE_OUT -DFAILS
 *
 * In `fails` two bolted entries meet, and the old table is opened again.
 *
 * witness caller used_old
 * witness caller used_new
 * witness caller refused
 * witness caller outdated
 * witness vcpu ran_old
 * witness vcpu ran_new
 * witness vcpu busy
 * witness vcpu kept_out
 * witness page-out passed
 * witness page-out taken
 * witness fails passed*ran_old
 *
 * twin NO_GRACE_CLOSE       caller         L61     the table is changed without a grace period
 * twin NO_GRACE_OPEN        caller         M60     the limit is raised without one
 * twin NO_LIMIT             caller         L61     the limit stays as it was
 * twin NO_GENERATION        caller         L60     an index is used in whatever table there is
 * twin LOOK_FIRST           vcpu           L62 M61 a vCPU looks before it says that it runs
 * twin NO_BARRIER_VCPU      vcpu           M61     no full barrier between the two
 * twin NO_BARRIER_STOP      vcpu           M61     none in hptp_vm_stop()
 * twin NOT_RETIRED          page-out       L61     the entries stay as they were
 * twin STILL_VALID          fails          L63     what stays in the old table stays as it was
 * twin NO_FLUSH             page-out       L1      nobody flushes after a reset
 */
#define LIMIT 0
#define GENERATION 1
#define TABLE 2   /* which; its fields */
#define READY 3
#define RUNNING 4
#define V 5       /* of an entry; a reset keeps the table, and empties it */
#define WORDS 6
#define STORES 12

/* How often the vCPU enters: beside a page-out that is needed once. */
#ifdef PAGE_OUT
#define RUNS 1
#else
#define RUNS 2
#endif

#define REPLACER 0
#define CPU 1
#define NOTIFIER 2
#define CPUS 3

#include "rcu.pmh"

#define VALID 1
#define LOCKED 4

bool freed[3], changing, gone, tlb_on;
bool used_old, used_new, refused, outdated, ran_old, ran_new, busy, kept_out, passed, taken;

c_code {
	static void ptesync(void)
	{
		full();
		raise_view(&now.view[CPU * WORDS], now.barred);
	}
}

inline flush()
{
	d_step {
#ifndef NO_FLUSH
		WITH(0, 0);
		c_code { ptesync(); };
		DONE;
		tlb_on = 0
#else
		skip
#endif
	}
}

inline use(t)
{
	load(t, TABLE);
	MUST(!freed[t] && !changing);
	used_old = used_old || t == 1;
	used_new = used_new || t == 2
}

proctype caller(byte me)
{
	byte limit, t, was, generation, g;

	read_begin();
	load(limit, LIMIT);
	if
	:: limit ->
		load(generation, GENERATION);
		use(was)
	:: else -> refused = 1
	fi;
	read_end();
	if
	:: limit ->
		read_begin();
		load(limit, LIMIT); /* hptp_table_same() */
		load(g, GENERATION);
		if
#ifdef NO_GENERATION
		:: limit ->
#else
		:: limit && g == generation ->
#endif
			use(t);
			MUST(t == was)
		:: else -> outdated = 1
		fi;
		read_end()
	:: else
	fi
}

inline guest(v)
{
	atomic { /* a flush waits for walks */
		load(v, V);
		tlb_on = tlb_on || v == VALID
	};
	d_step {
		MUST(!tlb_on || !gone)
	}
}

proctype vcpu(byte me)
{
	byte ready, v, t, n;

	do
	:: n < RUNS ->
		n++;
#ifdef LOOK_FIRST
		load_acquire(ready, READY);
#endif
		store(RUNNING, 1);
#ifndef NO_BARRIER_VCPU
		hwsync();
#endif
#ifndef LOOK_FIRST
		load_acquire(ready, READY);
#endif
		if
		:: ready ->
			load(t, TABLE); /* where its MMU points */
			MUST(!freed[t] && !changing);
			ran_old = ran_old || t == 1;
			ran_new = ran_new || t == 2;
			guest(v);
			MUST(!freed[t] && !changing)
		:: else -> kept_out = 1
		fi;
		store_release(RUNNING, 0)
	:: else -> break
	od
}

proctype page_out(byte me)
{
	byte limit, v;

	hwsync();
	read_begin();
	load(limit, LIMIT);
	if
	:: limit ->
		lock(v, V, LOCKED, LOCKED);
		if
		:: v & VALID ->
			taken = 1;
			store(V, LOCKED);
			flush();
			store_release(V, 0)
		:: else -> store_release(V, v)
		fi
	:: else -> passed = 1
	fi;
	read_end();
	gone = 1
}

inline replace_table(g)
{
#ifndef NO_LIMIT
	store(LIMIT, 0);
#endif
#ifndef NO_GRACE_CLOSE
	synchronize();
#endif
	changing = 1;
#if !defined(NOT_RETIRED) && !defined(STILL_VALID)
	store(V, 0);
#endif
#ifndef FAILS
	store(TABLE, 2);
	load(g, GENERATION);
	store(GENERATION, g + 1);
#endif
	changing = 0;
#ifndef NO_GRACE_OPEN
	synchronize();
#endif
	store(LIMIT, 1);
#ifndef FAILS
	freed[1] = 1 /* hptp_table_end() */
#endif
}

proctype replacer(byte me)
{
	byte running, g;

	store(READY, 0);
#ifndef NO_BARRIER_STOP
	hwsync();
#endif
	load_acquire(running, RUNNING);
	if
	:: running -> busy = 1
	:: else ->
		replace_table(g);
		flush()
	fi;
	store_release(READY, 1)
}

init {
	atomic {
		initial(LIMIT, 1);
		initial(GENERATION, 1);
		initial(TABLE, 1);
		initial(READY, 1);
		initial(RUNNING, 0);
		initial(V, VALID);
		run replacer(REPLACER);
#ifdef CALLER
		run caller(CPU);
#endif
#ifdef VCPU
		run vcpu(CPU);
#endif
#ifdef PAGE_OUT
		run page_out(NOTIFIER);
#endif
	}
	_nr_pr == 1;
#include "witness.pmh"
}
