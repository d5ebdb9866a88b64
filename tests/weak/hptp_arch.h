/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The generic arch backend on a memory that is as weak as C11 lets it be: every atomic
 * access and every fence of the core goes through memory.h, with the order that the code
 * asks for and the function that asks; see sites.h for who calls that.
 */
#ifndef WEAK_ARCH_H
#define WEAK_ARCH_H

#include "memory.h"

#define weak_type_(p, x) ((__typeof__(*(p)))(uintptr_t)(x))
#define weak_bits_(x) ((uint64_t)(uintptr_t)(x))

#define __atomic_load_n(p, order) weak_type_(p, weak_load((p), sizeof(*(p)), (order), __func__))
#define __atomic_store_n(p, x, order)                                                              \
	weak_store((p), sizeof(*(p)), weak_bits_(x), (order), __func__)
#define __atomic_compare_exchange_n(p, old, x, weak, order, otherwise)                             \
	weak_cas((p), sizeof(*(p)), (old), weak_bits_(x), (order), __func__)
#define __atomic_fetch_add(p, x, order)                                                            \
	weak_rmw((p), sizeof(*(p)), WEAK_ADD, weak_bits_(x), (order), __func__)
#define __atomic_fetch_or(p, x, order)                                                             \
	weak_rmw((p), sizeof(*(p)), WEAK_OR, weak_bits_(x), (order), __func__)
#define __atomic_fetch_and(p, x, order)                                                            \
	weak_rmw((p), sizeof(*(p)), WEAK_AND, weak_bits_(x), (order), __func__)
#define __atomic_thread_fence(order) weak_fence((order), __func__)

#include "../../libhptpager/arch/generic/hptp_arch.h"

#endif
