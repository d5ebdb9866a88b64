/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * ppc64 arch backend, big- and little-endian: the contract of arch/generic in
 * instructions. Doublewords of the table are walked by the MMU and locked by other
 * CPUs, so each of their barriers is spelled out here. Accesses that need no backend are
 * in core/words.h.
 *
 * Sources: Power ISA 2.07 Book II 4.4 (sync, eieio), B.2 (lock and unlock), Book III-S
 * 5.10 (page table updates).
 */
#ifndef HPTP_ARCH_H
#define HPTP_ARCH_H

#include "hptpager/types.h"

#define HPTP_ARCH_LE (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)

static inline uint64_t hptp_be64_to_cpu(hptp_be64 x)
{
	return HPTP_ARCH_LE ? __builtin_bswap64(x.be) : x.be;
}

static inline hptp_be64 hptp_cpu_to_be64(uint64_t x)
{
	return (hptp_be64){ HPTP_ARCH_LE ? __builtin_bswap64(x) : x };
}

/* ---- barriers ---- */

/* hwsync: everything before, against everything after; the only one of them that keeps
 * an earlier store before a later load. */
static inline void hptp_full_barrier(void)
{
	__asm__ volatile("sync" : : : "memory");
}

/* The same, right after an atomic addition, which orders nothing here. */
static inline void hptp_full_barrier_after_add(void)
{
	hptp_full_barrier();
}

/* Loads before, against loads after. lwsync: isync would need a dependent branch first. */
static inline void hptp_read_barrier(void)
{
	__asm__ volatile("lwsync" : : : "memory");
}

/* Stores before, against stores after. lwsync: the cheapest that is cumulative, so what
 * this CPU saw of others' stores stays in order too. */
static inline void hptp_store_barrier(void)
{
	__asm__ volatile("lwsync" : : : "memory");
}

/* ptesync: table updates before it are seen by every table walk after it. hwsync orders
 * the accesses of instructions only; a walk is not one. */
static inline void hptp_walk_barrier(void)
{
	__asm__ volatile("ptesync" : : : "memory");
}

/* ---- doublewords of the table ---- */

/* A load that later loads and stores stay behind. lwsync is enough: no earlier store of
 * ours has to be visible first. */
static inline uint64_t hptp_dw_load_acquire(const hptp_be64 *p)
{
	hptp_be64 x = { __atomic_load_n(&p->be, __ATOMIC_RELAXED) };
	uint64_t v = hptp_be64_to_cpu(x);

	__asm__ volatile("lwsync" : : : "memory");
	return v;
}

/*
 * A store that all earlier accesses stay before: unlocks, and publishes dword 1.
 * lwsync: what was read and written under the lock stays inside it; eieio would let
 *         loads slip out. hwsync is not needed, nothing is loaded on the strength of it.
 * eieio:  dword 1 reaches memory before V does for a table walk too; it is the barrier
 *         that the ISA names for this update, lwsync is defined between CPUs.
 */
static inline void hptp_dw_store_release(hptp_be64 *p, uint64_t x)
{
	__asm__ volatile("lwsync\n\teieio" : : : "memory");
	__atomic_store_n(&p->be, hptp_cpu_to_be64(x).be, __ATOMIC_RELAXED);
}

/*
 * Set `set` in *p if none of `clear` is set in it. One attempt, may fail spuriously.
 * The masks are swapped instead of the doubleword: the reservation is held for a few
 * instructions on either byte order.
 * lwsync: keeps what the lock protects from being read before the lock is held, and what
 *         is stored under it from being seen before the lock is: those who read without
 *         the lock rely on the second, which isync does not give.
 */
static inline bool hptp_dw_trylock(hptp_be64 *p, uint64_t clear, uint64_t set, uint64_t *seen)
{
	uint64_t old, tmp, won;

	__asm__ volatile("	ldarx	%[old],0,%[p]\n"
			 "	li	%[won],0\n"
			 "	and.	%[tmp],%[old],%[clear]\n"
			 "	bne-	1f\n"
			 "	or	%[tmp],%[old],%[set]\n"
			 "	stdcx.	%[tmp],0,%[p]\n"
			 "	bne-	1f\n"
			 "	lwsync\n"
			 "	li	%[won],1\n"
			 "1:"
			 : [old] "=&r"(old), [tmp] "=&r"(tmp), [won] "=&r"(won)
			 : [p] "r"(&p->be), [clear] "r"(hptp_cpu_to_be64(clear).be),
			   [set] "r"(hptp_cpu_to_be64(set).be)
			 : "cr0", "memory");
	*seen = hptp_be64_to_cpu((hptp_be64){ old });
	return won;
}

/* ---- entries of the host's own page table, as they lie in memory ---- */

/*
 * Store new_ where old is. One attempt, may fail spuriously. The reservation makes it one
 * with the load: a walk that sets R or C in between, or a CPU that puts a pointer to a
 * table there, makes stdcx. fail.
 * isync: acquire, after the branch that depends on stdcx. What a busy bit protects is not
 *        read before it is held. lwsync is not needed: nobody looks at what is stored
 *        under a busy bit without it. [M28]
 */
static inline bool hptp_pte_cas(uint64_t *p, uint64_t old, uint64_t new_)
{
	uint64_t seen, won;

	__asm__ volatile("	ldarx	%[seen],0,%[p]\n"
			 "	li	%[won],0\n"
			 "	cmpd	%[seen],%[old]\n"
			 "	bne-	1f\n"
			 "	stdcx.	%[new_],0,%[p]\n"
			 "	bne-	1f\n"
			 "	isync\n"
			 "	li	%[won],1\n"
			 "1:"
			 : [seen] "=&r"(seen), [won] "=&r"(won)
			 : [p] "r"(p), [old] "r"(old), [new_] "r"(new_)
			 : "cr0", "memory");
	return won;
}

/* Gives a busy bit back. lwsync: what was read and written under it stays before. [M28] */
static inline void hptp_pte_store_release(uint64_t *p, uint64_t x)
{
	__asm__ volatile("lwsync" : : : "memory");
	__atomic_store_n(p, x, __ATOMIC_RELAXED);
}

#endif
