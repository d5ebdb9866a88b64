// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * An entry that was valid: removal, page-out, harvest and aging, against each other and
 * against a guest CPU that sets R and C when it likes.
 *
 * remover:   remove_one(), retire(), hptp_leave(); then perhaps H_ENTER at the same index
 * page_out:  visit(), finish(), make_absent(); CROWD: make_orphan()
 * harvester: take_c(), restore(), harvest_log(); BY_TABLE: harvest_entries() without sets
 * ager:      take_r(), age_history()
 * tlb:       a guest CPU: walks, reads and writes through what it found, and writes R and C
 *            back late, at the latest when the translation is flushed or dropped
 *
 * Frame n is guest frame n. Promises: no access reaches a frame after the page-out that took
 * it, or an entry after its H_REMOVE, has returned; a written frame is in what a harvest
 * reported, in the log, or its C is where the next harvest looks; the same for R and aging;
 * the guest is told C by H_REMOVE; a harvest with the vCPUs stopped reports all of it.
 *
 * config remove          -DREMOVER -DPAGE_OUT
 * config reuse           -DREMOVER -DREUSE -DPAGE_OUT
 * config harvest         -DHARVESTER -DREMOVER
 * config harvest-reuse   -DHARVESTER -DREMOVER -DREUSE -DUSES=2
 * config harvest-table   -DHARVESTER -DBY_TABLE -DREMOVER -DREUSE -DUSES=2
 * config harvest-out     -DHARVESTER -DPAGE_OUT
 * config harvest-crowd   -DHARVESTER -DPAGE_OUT -DCROWD
 * config stopped-remove  -DHARVESTER -DSTOPPED -DREMOVER
 * config stopped-out     -DHARVESTER -DSTOPPED -DPAGE_OUT -DCROWD
 * config age             -DAGER
 * config age-remove      -DAGER -DREMOVER -DUSES=2
 * config age-table       -DAGER -DBY_TABLE -DREMOVER -DREUSE -DUSES=2
 * config age-out         -DAGER -DPAGE_OUT -DCROWD
 * long   harvest-reuse3  -DHARVESTER -DREMOVER -DREUSE
 * long   harvest-table3  -DHARVESTER -DBY_TABLE -DREMOVER -DREUSE
 * long   age-remove3     -DAGER -DREMOVER
 * long   age-table3      -DAGER -DBY_TABLE -DREMOVER -DREUSE
 * long   harvest-both    -DHARVESTER -DREMOVER -DPAGE_OUT
 * long   age-harvest     -DHARVESTER -DAGER
 *
 * witness remove told_c*host_told
 * witness reuse moved_on
 * witness harvest log_taken
 * witness harvest c_taken
 * witness harvest-table moved_on
 * witness stopped-remove log_taken
 * witness stopped-out log_taken
 * witness stopped-out c_taken
 * witness age r_taken
 * witness age-remove young_taken
 *
 * twin NO_FLUSH             remove         L1      nobody flushes
 * twin NO_PTESYNC           remove         M11     flushes lack their leading ptesync
 * twin NO_HPTE_LOCK         remove         L3      page-out does not wait for the HPTE lock
 * twin C_BEFORE_FLUSH       remove         L7      R and C are read before the flush
 * twin UNLINK_FIRST         remove         L8 L25  H_REMOVE leaves the set before the flush
 * twin R_BY_DWORD           age            L10     aging clears R by a store of all of dword 1
 * twin LOG_FIRST            stopped-remove L11     a harvest takes the log before the entries
 * twin NO_REVALIDATE        harvest-reuse  L12 L32 walkers act on what they copied
 * twin SKIP_ABSENT          harvest-out    L26     page-out passes what looks absent
 * twin PLAIN_UNLOCK         remove         M5      the HPTE lock is given back without release
 * twin LOCK_NO_ACQUIRE      remove         M20     ... and taken without acquire
 * twin NO_LOG_BARRIER       stopped-remove M8      none between entries and log, history
 * twin DEPOSIT_LATE         stopped-remove M24 M5  C and R go to the log after the entry is free
 * twin R_UNLOCKED           age-table      L3      aging clears R without the HPTE lock
 * twin AGE_NO_FLUSH         age            M13     aging does not flush at all
 */
#define V 0    /* dword 0 */
#define R 1    /* dword 1: byte 14 with R, and the frame */
#define C 2    /* dword 1: byte 15 with C */
#define VIEW 3 /* the guest's view: the guest frame */
#define REC 4  /* the set of guest frame 1 */
#define LOG 5
#define YOUNG 6
#define WORDS 7
#define STORES 8

#ifdef REMOVER
#define REMOVERS 1
#else
#define REMOVERS 0
#endif
#ifdef PAGE_OUT
#define PAGE_OUTS 1
#else
#define PAGE_OUTS 0
#endif
#ifdef AGER
#define AGERS 1
#else
#define AGERS 0
#endif
#ifdef HARVESTER
#define HARVESTERS 1
#else
#define HARVESTERS 0
#endif

/* Only those that there are: others would see nothing, and keep all stores from being forgotten. */
#define TLB 0
#define REMOVER_CPU 1
#define PAGE_OUT_CPU (1 + REMOVERS)
#define AGER_CPU (1 + REMOVERS + PAGE_OUTS)
#define WALKER_CPU (1 + REMOVERS + PAGE_OUTS + AGERS)
#define CPUS (1 + REMOVERS + PAGE_OUTS + AGERS + HARVESTERS)

#include "memory.pmh"

/* dword 0 */
#define VALID 1
#define ABSENT 2
#define LOCKED 4
/* byte 14 */
#define RBIT 1
#define TAG 2
#define FRAME(r) ((r) >> 2)
#define RPN(f) ((f) << 2)
/* the record */
#define REC_LOCK 1
#define MEMBER 2

#define BIT(g) (1 << (g))

/* the view: a guest frame, and C as the guest was not told by now */
#define GFN(g) ((g) & 3)
#define VIEW_C 4

/* confirm(), hptp_member_in() */
#ifdef NO_REVALIDATE
#define OURS(g) true
#else
#define OURS(g) (GFN(g) == 1)
#endif

bool gone[3], removed;		       /* what may not be reached any more */
byte written, referenced;	       /* by the guest: bits by frame */
byte reported, aged;		       /* by harvests, by aging */
bool told_c, host_told, log_taken, c_taken, r_taken, young_taken, moved_on;

/* ---- hardware ---- */

/* Accesses of the guest; two are enough to use the entry before and after its reuse. */
#ifndef USES
#define USES 3
#endif
bool tlb_on, tlb_r, tlb_c, late_r, late_c, tlb_ended;
byte tlb_frame, uses;

c_code {
	/* Into dword 1, whatever the entry is by now; atomic, each byte. */
	static void write_back(void)
	{
		int cpu = now.cpu_, word = now.word_, arg = now.arg_;

		now.cpu_ = TLB;
		if (now.late_r) {
			now.word_ = R;
			now.arg_ = now.value[R * STORES + now.stored[R] - 1] | RBIT;
			replace();
		}
		if (now.late_c) {
			now.word_ = C;
			now.arg_ = 1;
			replace();
		}
		now.late_r = now.late_c = 0;
		now.cpu_ = cpu;
		now.word_ = word;
		now.arg_ = arg;
	}
	static void drop(void)
	{
		now.tlb_on = now.tlb_frame = now.tlb_r = now.tlb_c = 0;
	}
	/* ptesync: what came before is seen by walks after it; so is R and C by who flushed */
	static void ptesync(void)
	{
		full();
		raise_view(&now.view[TLB * WORDS], now.barred);
	}
	static void written_back(void)
	{
		raise_view(of_cpu(now.view), &now.view[TLB * WORDS]);
	}
}

#define ROOM BOUND(R); BOUND(C)

inline flush()
{
	d_step {
#ifndef NO_FLUSH
		ROOM;
		WITH(0, 0);
#ifndef NO_PTESYNC
		c_code { ptesync(); };
#endif
		c_code {
			if (now.tlb_on) {
				write_back();
				drop();
			}
			written_back();
		};
		DONE
#else
		skip
#endif
	}
}

inline walk(v, r, c)
{
	atomic {
		!tlb_on && uses < USES -> load_acquire(v, V);
		if
		:: v & VALID ->
			load(r, R);
			load(c, C);
			d_step {
				tlb_on = 1;
				tlb_frame = FRAME(r);
				tlb_r = r & RBIT;
				tlb_c = c;
				r = 0;
				c = 0
			}
		:: else
		fi;
		v = 0
	}
}

inline use(writes)
{
	MUST(tlb_frame && !gone[tlb_frame]);
	MUST(tlb_frame != 1 || !removed);
	uses++;
	late_r = late_r || !tlb_r;
	tlb_r = 1;
	referenced = referenced | BIT(tlb_frame);
	if
	:: writes ->
		late_c = late_c || !tlb_c;
		tlb_c = 1;
		written = written | BIT(tlb_frame)
	:: else
	fi
}

proctype tlb(byte me)
{
	byte v, r, c;

	do
	:: walk(v, r, c)
	:: d_step { tlb_on && uses < USES -> use(false) }
	:: d_step { tlb_on && uses < USES -> use(true) }
	:: d_step { tlb_on && (late_r || late_c) -> ROOM; c_code { write_back(); } }
	:: d_step { tlb_on -> ROOM; c_code { write_back(); drop(); } }
	:: break
	od;
	tlb_ended = 1
}

/* ---- the entry ---- */

inline lock_entry(v)
{
#ifdef LOCK_NO_ACQUIRE
	d_step {
		!(NEWEST(V) & LOCKED) ->
		v = NEWEST(V);
		WITH(V, v | LOCKED);
		c_code { replace(); };
		DONE
	}
#else
	lock(v, V, LOCKED, LOCKED)
#endif
}

inline unlock_entry(v)
{
#ifdef PLAIN_UNLOCK
	store(V, v)
#else
	store_release(V, v)
#endif
}

/* dword 1 is stored at once. */
inline store_dword1(r, c)
{
	d_step {
		ROOM;
		WITH(R, r);
		c_code { put(); };
		WITH(C, c);
		c_code { put(); };
		DONE
	}
}

/* hptp_transit_one(), hptp_batch_add() to hptp_batch_entry(): rc is R and C at the end */
inline transit(absent, r, c)
{
	store(V, LOCKED | absent);
#ifdef C_BEFORE_FLUSH
	load(r, R);
	load(c, C);
	flush()
#else
	flush();
	load(r, R);
	load(c, C)
#endif
}

/* hptp_deposit() */
inline deposit(gfn, r, c)
{
	if
	:: c -> fetch_or(LOG, BIT(gfn))
	:: else
	fi;
	if
	:: r & RBIT -> fetch_or(YOUNG, BIT(gfn))
	:: else
	fi
}

inline unlink(gfn, x)
{
	if
	:: gfn == 1 ->
		lock(x, REC, REC_LOCK, REC_LOCK);
		store_release(REC, x & ~MEMBER)
	:: else
	fi
}

/* ---- H_REMOVE ---- */

inline retire(g, r, c, x)
{
#ifdef DEPOSIT_LATE
	unlink(GFN(g), x);
	store_dword1(0, 0);
	unlock_entry(0);
	deposit(GFN(g), r, c)
#else
	deposit(GFN(g), r, c);
	unlink(GFN(g), x);
	store_dword1(0, 0);
	unlock_entry(0)
#endif
}

proctype remover(byte me)
{
	byte v, g, r, c, x, before;

	before = written;
	lock_entry(v);
	load(g, VIEW);
	load(r, R);
	load(c, C);
	if
	:: v & VALID ->
#ifdef UNLINK_FIRST
		store(V, LOCKED);
		retire(g, r, c, x);
		flush();
#else
		transit(0, r, c);
		retire(g, r, c, x);
#endif
	:: (v & ABSENT) && !(r & TAG) -> retire(g, r, c, x)
	:: else -> /* an orphan */
		store_dword1(0, 0);
		unlock_entry(0)
	fi;
	d_step {
		removed = 1;
		told_c = c || (g & VIEW_C);
		MUST(!(before & BIT(1)) || told_c)
	}
#ifdef REUSE
	/* take(), publish(): the index is guest frame 2's now */
	lock(v, V, VALID | ABSENT | LOCKED, LOCKED);
	store(VIEW, 2);
	store_dword1(RPN(2), 0);
	store_release(V, VALID)
#endif
}

/* ---- page-out of frame 1 ---- */

inline set_copy(member)
{
	lock(member, REC, REC_LOCK, REC_LOCK);
	store_release(REC, member);
	member = member & MEMBER
}

inline make_absent(g, r, c, x)
{
	host_told = host_told || c;
#ifdef CROWD
	deposit(1, r, c);
	unlink(1, x);
	store(VIEW, g | (c -> VIEW_C : 0)); /* which is dword 1 by now: modelled where it was */
	store_dword1(TAG, 0);
#else
	store_dword1(r & RBIT, c);
#endif
	unlock_entry(ABSENT)
}

inline visit(v, g, r, c, x)
{
#ifdef SKIP_ABSENT
	load(v, V);
#endif
	if
#ifdef SKIP_ABSENT
	:: v & ABSENT -> skip
	:: else ->
#else
	:: true ->
#endif
#ifdef NO_HPTE_LOCK
		load_acquire(v, V);
#else
		lock_entry(v);
#endif
		load(g, VIEW);
		moved_on = moved_on || GFN(g) != 1;
		if
		:: (v & VALID) && OURS(g) ->
			transit(ABSENT, r, c);
			make_absent(g, r, c, x)
		:: else -> unlock_entry(v)
		fi
	fi
}

proctype page_out(byte me)
{
	byte v, g, r, c, member;

	set_copy(member);
	if
	:: member -> visit(v, g, r, c, member)
	:: else
	fi;
	gone[1] = 1
}

/* ---- harvest of frame 1 ---- */

inline harvest_log(x)
{
#ifndef NO_LOG_BARRIER
	acquire();
#endif
	load(x, LOG);
	if
	:: x & BIT(1) ->
		fetch_and(x, LOG, 255 - BIT(1));
		d_step {
			log_taken = log_taken || (x & BIT(1));
			reported = reported | (x & BIT(1))
		}
	:: else
	fi
}

/* peek_c(): decides only not to look closer */
inline peek_c(closer, v, r, c)
{
	load(v, V);
	load(r, R);
	load(c, C);
#ifdef STOPPED
	closer = (v & (LOCKED | VALID)) || (c && v && !(r & TAG));
#else
	closer = c && (v & (VALID | ABSENT)) && !(r & TAG);
#endif
}

inline take_c(v, g, r, c)
{
	lock_entry(v);
	load(r, R);
	load(g, VIEW);
	moved_on = moved_on || GFN(g) != 1;
	if
	:: (v & VALID) && OURS(g) ->
		transit(ABSENT, r, c);
		d_step {
			c_taken = c_taken || c;
			reported = reported | (c << 1)
		}
		store(VIEW, g | (c -> VIEW_C : 0));
		store_dword1(r, 0);
		unlock_entry(VALID)
	:: (v & ABSENT) && !(r & TAG) && GFN(g) == 1 ->
		load(c, C);
		d_step {
			c_taken = c_taken || c;
			reported = reported | (c << 1)
		}
		store(VIEW, g | (c -> VIEW_C : 0));
		store_dword1(r, 0);
		unlock_entry(ABSENT)
	:: else -> unlock_entry(v)
	fi
}

proctype harvester(byte me)
{
	byte v, g, r, c;
	bool closer, member;

#ifdef STOPPED
	tlb_ended;
#endif
#ifdef LOG_FIRST
	harvest_log(v);
#endif
#ifdef BY_TABLE
	member = 1;
#else
	set_copy(v);
	member = v != 0;
#endif
	if
	:: member -> peek_c(closer, v, r, c)
	:: else
	fi;
	if
	:: closer -> take_c(v, g, r, c)
	:: else
	fi;
#ifndef LOG_FIRST
	harvest_log(v);
#endif
#ifdef STOPPED
	MUST(!(written & BIT(1)) || (reported & BIT(1)))
#endif
}

/* ---- aging of frame 1 ---- */

inline take_r(v, g, r)
{
#ifdef R_UNLOCKED
	load_acquire(v, V);
#else
	lock_entry(v);
#endif
	load(r, R);
	load(g, VIEW);
	moved_on = moved_on || GFN(g) != 1;
	if
	:: (v & VALID) && (r & RBIT) && OURS(g) ->
		d_step {
			r_taken = 1;
			aged = aged | BIT(1)
		}
#ifdef R_BY_DWORD
		load(g, C);
		store_dword1(r & ~RBIT, g);
#else
		store(R, r & ~RBIT);
#endif
#ifndef R_UNLOCKED
		unlock_entry(v);
#endif
#ifndef AGE_NO_FLUSH
		flush()
#endif
	:: !(v & VALID) && (v & ABSENT) && (r & RBIT) && !(r & TAG) && GFN(g) == 1 ->
		d_step {
			r_taken = 1;
			aged = aged | BIT(1)
		}
		load(g, C);
		store_dword1(r & ~RBIT, g);
#ifndef R_UNLOCKED
		unlock_entry(v)
#endif
	:: else ->
#ifndef R_UNLOCKED
		unlock_entry(v)
#else
		skip
#endif
	fi
}

inline age_history(x)
{
#ifndef NO_LOG_BARRIER
	acquire();
#endif
	load(x, YOUNG);
	if
	:: x & BIT(1) ->
		fetch_and(x, YOUNG, 255 - BIT(1));
		d_step {
			young_taken = young_taken || (x & BIT(1));
			aged = aged | (x & BIT(1))
		}
	:: else
	fi
}

proctype ager(byte me)
{
	byte v, g, r;

#ifdef BY_TABLE
	v = 1;
#else
	set_copy(v);
#endif
	if
	:: v ->
		load(v, V);
		load(r, R);
		if
		:: (r & RBIT) && !(r & TAG) && v -> take_r(v, g, r)
		:: else
		fi
	:: else
	fi;
	age_history(v);
	/* What it reported is forgotten: a later access must be seen anew. */
	d_step {
		if
		:: aged & BIT(1) -> referenced = referenced & ~BIT(1); aged = 0
		:: else
		fi
	}
}

/* ---- in the end ---- */

#define IS(g, bit) ((bit) && NEWEST(V) && !(NEWEST(R) & TAG) && GFN(NEWEST(VIEW)) == (g))
#define C_IS(g) IS(g, NEWEST(C))
#define R_IS(g) IS(g, NEWEST(R) & RBIT)
#define C_KEPT(g) \
	((reported & BIT(g)) || (NEWEST(LOG) & BIT(g)) || C_IS(g) || (late_c && tlb_frame == (g)))
#define R_KEPT(g) \
	((aged & BIT(g)) || (NEWEST(YOUNG) & BIT(g)) || R_IS(g) || (late_r && tlb_frame == (g)))

init {
	atomic {
		initial(V, VALID);
		initial(R, RPN(1));
		initial(C, 0);
		initial(VIEW, 1);
		initial(REC, MEMBER);
		initial(LOG, 0);
		initial(YOUNG, 0);
		run tlb(TLB);
#ifdef REMOVER
		run remover(REMOVER_CPU);
#endif
#ifdef PAGE_OUT
		run page_out(PAGE_OUT_CPU);
#endif
#ifdef HARVESTER
		run harvester(WALKER_CPU);
#endif
#ifdef AGER
		run ager(AGER_CPU);
#endif
	}
	_nr_pr == 1;
	MUST(!(written & BIT(1)) || C_KEPT(1));
	MUST(!(written & BIT(2)) || C_KEPT(2));
	MUST(!(referenced & BIT(1)) || R_KEPT(1));
	MUST(!(referenced & BIT(2)) || R_KEPT(2));
	MUST(!(NEWEST(V) & LOCKED));
#include "witness.pmh"
}
