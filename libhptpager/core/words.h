/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Words that only CPUs look at: atomics and prefetch through the compiler's builtins, on
 * every machine. What a table walk looks at too is the arch backend's (hptp_arch.h).
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

#endif
