/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Accesses through the compiler's builtins, on every machine: words that only CPUs look at,
 * and doublewords of the table where nothing is ordered. What a table walk must see in order,
 * barriers and the byte order are the arch backend's (hptp_arch.h).
 */
#ifndef HPTP_WORDS_H
#define HPTP_WORDS_H

#include "compiler.h"
#include "hptp_port.h"

static inline uint32_t hptp_load32(const uint32_t *p)
{
	return __atomic_load_n(p, __ATOMIC_RELAXED);
}

static inline uint32_t hptp_load32_acquire(const uint32_t *p)
{
	return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}

static inline void hptp_store32_release(uint32_t *p, uint32_t x)
{
	__atomic_store_n(p, x, __ATOMIC_RELEASE);
}

/* Acquire on success. */
static inline bool hptp_cas32(uint32_t *p, uint32_t old, uint32_t new_)
{
	return __atomic_compare_exchange_n(p, &old, new_, false, __ATOMIC_ACQUIRE,
					   __ATOMIC_RELAXED);
}

static inline void hptp_store32(uint32_t *p, uint32_t x)
{
	__atomic_store_n(p, x, __ATOMIC_RELAXED);
}

/* Acquire and release on success. */
static inline bool hptp_cas64(uint64_t *p, uint64_t old, uint64_t new_)
{
	return __atomic_compare_exchange_n(p, &old, new_, false, __ATOMIC_ACQ_REL,
					   __ATOMIC_RELAXED);
}

static inline uint64_t hptp_load64(const uint64_t *p)
{
	return __atomic_load_n(p, __ATOMIC_RELAXED);
}

static inline uint64_t hptp_load64_acquire(const uint64_t *p)
{
	return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}

static inline void hptp_store64(uint64_t *p, uint64_t x)
{
	__atomic_store_n(p, x, __ATOMIC_RELAXED);
}

/* Relaxed, or with the order that the name says. */
static inline void hptp_add64(uint64_t *p, uint64_t x)
{
	__atomic_fetch_add(p, x, __ATOMIC_RELAXED);
}

static inline void hptp_add64_release(uint64_t *p, uint64_t x)
{
	__atomic_fetch_add(p, x, __ATOMIC_RELEASE);
}

static inline void hptp_or8(uint8_t *p, uint8_t x)
{
	__atomic_fetch_or(p, x, __ATOMIC_RELAXED);
}

static inline uint8_t hptp_and8(uint8_t *p, uint8_t x)
{
	return __atomic_fetch_and(p, x, __ATOMIC_RELAXED);
}

static inline void hptp_store8(uint8_t *p, uint8_t x)
{
	__atomic_store_n(p, x, __ATOMIC_RELAXED);
}

static inline uint8_t hptp_load8(const uint8_t *p)
{
	return __atomic_load_n(p, __ATOMIC_RELAXED);
}

/* Pointers that are published once: release when set, acquire when followed. */
static inline void *hptp_load_ptr(void *const *p)
{
	return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}

static inline bool hptp_publish_ptr(void **p, void *old, void *new_)
{
	return __atomic_compare_exchange_n(p, &old, new_, false, __ATOMIC_ACQ_REL,
					   __ATOMIC_ACQUIRE);
}

static inline void hptp_prefetch(const void *p)
{
	__builtin_prefetch(p, 0);
}

static inline void hptp_prefetch_write(const void *p)
{
	__builtin_prefetch(p, 1);
}

/* ---- doublewords of the table, without an order ---- */

static inline uint64_t hptp_dw_load(const hptp_be64 *p)
{
	return hptp_be64_to_cpu((hptp_be64){ hptp_load64(&p->be) });
}

/* Is one of these bits set? The mask is swapped, not the doubleword. */
static inline bool hptp_dw_any(const hptp_be64 *p, uint64_t mask)
{
	return hptp_load64(&p->be) & hptp_cpu_to_be64(mask).be;
}

/* Are the bits of `mask` those of `want`? Swapped, once for many, are these two. */
static inline bool hptp_dw_is(const hptp_be64 *p, uint64_t mask, uint64_t want)
{
	return (hptp_load64(&p->be) & hptp_cpu_to_be64(mask).be) == hptp_cpu_to_be64(want).be;
}

static inline void hptp_dw_store(hptp_be64 *p, uint64_t x)
{
	hptp_store64(&p->be, hptp_cpu_to_be64(x).be);
}

/*
 * Store R's byte of `dword` (byte 6, the table is big-endian on every host) without
 * touching the byte that holds C: hardware may be setting C at this moment. A store of
 * one byte is single-copy atomic.
 */
static inline void hptp_dw_store_r_byte(hptp_be64 *p, uint64_t dword)
{
	hptp_store8((uint8_t *)p + 6, (uint8_t)(dword >> 8));
}

#endif
