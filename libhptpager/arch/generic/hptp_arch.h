/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Generic arch backend: C11 atomics through the compiler's builtins. Each function
 * says what it orders; docs/MEMORY-ORDER.md says against whom. The names are the
 * contract of every backend; arch/ppc64 gives the same in instructions.
 *
 * On a machine whose MMU walks the table, this backend lacks what only ptesync
 * gives (ordering against table walks); use arch/ppc64 there. Accesses that need no
 * backend are in core/words.h.
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

#ifdef HPTP_TSAN
/* ThreadSanitizer does not see fences; a read-modify-write of one word orders the same. */
extern uint64_t hptp_tsan_fence_word;
static inline void hptp_full_barrier(void)
{
	__atomic_fetch_add(&hptp_tsan_fence_word, 0, __ATOMIC_SEQ_CST);
}
static inline void hptp_read_barrier(void)
{
	hptp_full_barrier();
}
static inline void hptp_store_barrier(void)
{
	hptp_full_barrier();
}
#else
/* hwsync: everything before, against everything after, stores against loads too. */
static inline void hptp_full_barrier(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/* Loads before, against loads after. */
static inline void hptp_read_barrier(void)
{
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
}

/* Stores before, against stores after. */
static inline void hptp_store_barrier(void)
{
	__atomic_thread_fence(__ATOMIC_RELEASE);
}
#endif

/* hwsync, right after an atomic addition: which is a full barrier on x86 by itself. */
static inline void hptp_full_barrier_after_add(void)
{
#if defined(__x86_64__) && !defined(HPTP_TSAN)
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
#else
	hptp_full_barrier();
#endif
}

/*
 * ptesync, before a hypercall or a fault returns to the guest: but here no hardware walks
 * the table, and a software walker that sees an update late only faults once more.
 */
static inline void hptp_walk_barrier(void)
{
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

/* ---- doublewords of the table ---- */

/* A load that later loads stay behind. */
static inline uint64_t hptp_dw_load_acquire(const hptp_be64 *p)
{
	return hptp_be64_to_cpu((hptp_be64){ __atomic_load_n(&p->be, __ATOMIC_ACQUIRE) });
}

/* A store that all earlier accesses stay before: unlocks, and publishes dword 1. */
static inline void hptp_dw_store_release(hptp_be64 *p, uint64_t x)
{
	__atomic_store_n(&p->be, hptp_cpu_to_be64(x).be, __ATOMIC_RELEASE);
}

/*
 * Set `set` in *p if none of `clear` is set in it. One attempt, may fail spuriously.
 * Acquire: what the lock protects is read after it. And what is stored under the lock is
 * seen by others after the lock is, for those who read without it. [M6]
 */
static inline bool hptp_dw_trylock(hptp_be64 *p, uint64_t clear, uint64_t set, uint64_t *seen)
{
	uint64_t old = __atomic_load_n(&p->be, __ATOMIC_RELAXED);
	uint64_t v = hptp_be64_to_cpu((hptp_be64){ old });

	*seen = v;
	if (v & clear)
		return false;
	if (!__atomic_compare_exchange_n(&p->be, &old, hptp_cpu_to_be64(v | set).be, true,
					 __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return false;
	hptp_store_barrier();
	return true;
}

/* ---- entries of the host's own page table, as they lie in memory ---- */

/*
 * Store new_ where old is. One attempt, may fail spuriously. Acquire: old may have been
 * without a busy bit that new_ has. [M28]
 */
static inline bool hptp_pte_cas(uint64_t *p, uint64_t old, uint64_t new_)
{
	return __atomic_compare_exchange_n(p, &old, new_, true, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

/* Gives a busy bit back. [M28] */
static inline void hptp_pte_store_release(uint64_t *p, uint64_t x)
{
	__atomic_store_n(p, x, __ATOMIC_RELEASE);
}

#endif
