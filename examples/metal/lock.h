/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* A spin lock. Zeroed memory is an open one. */
#ifndef METAL_LOCK_H
#define METAL_LOCK_H

#include "ppc.h"

struct lock {
	uint32_t taken;
};

static inline void lock_take(struct lock *lock)
{
	while (__atomic_exchange_n(&lock->taken, 1, __ATOMIC_ACQUIRE))
		cpu_relax();
}

static inline void lock_drop(struct lock *lock)
{
	__atomic_store_n(&lock->taken, 0, __ATOMIC_RELEASE);
}

#endif
