/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The shim of <asm/kvm_book3s.h>: what the two files give each other. */
#ifndef BENCH_LINUX_SHIM_KVM_H
#define BENCH_LINUX_SHIM_KVM_H

#include "shim.h"
#include <asm/hvcall.h>
#include "gen/prototypes.h"

/*
 * The HPTE lock is inline assembly for POWER there; it is renamed away and ours has the
 * same protocol: one attempt, which may fail spuriously; acquire.
 */
#define try_lock_hpte powerpc_try_lock_hpte
#include <upstream/asm/kvm_book3s_64.h>
#undef try_lock_hpte

static inline long try_lock_hpte(__be64 *hpte, unsigned long bits)
{
	__be64 old = __atomic_load_n(hpte, __ATOMIC_RELAXED);

	if (old & cpu_to_be64(bits))
		return 0;
	return __atomic_compare_exchange_n(hpte, &old, old | cpu_to_be64(HPTE_V_HVLOCK), true,
					   __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

#endif
