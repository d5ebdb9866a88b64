/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The port for the benchmark: what read sections and preemption cost in a kernel without
 * forced preemption, nothing, as in the shim beneath Linux's code. Nobody is waited for:
 * the workload makes and ends its slots and logs while it has one thread.
 */
#ifndef HPTP_PORT_H
#define HPTP_PORT_H

#include "hptpager/ops.h"
#include "hptp_arch.h"

#include <string.h>

static inline void hptp_port_read_begin(void)
{
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

static inline void hptp_port_read_end(void)
{
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
}

static inline void hptp_port_synchronize(void) {}

#define hptp_port_publish(pp, p) __atomic_store_n((pp), (p), __ATOMIC_RELEASE)
#define hptp_port_deref(pp) __atomic_load_n((pp), __ATOMIC_ACQUIRE)

static inline void hptp_port_atomic_begin(void) {}
static inline void hptp_port_atomic_end(void) {}

/* Never more threads than CPUs: a holder of a lock runs. */
static inline void hptp_port_relax(void)
{
	__asm__ volatile("" : : : "memory");
}

static inline void hptp_port_resched(void) {}

#define hptp_port_reach(p) (p)

#define hptp_op(vm, name, ...) ((vm)->ops->name((vm)->host, ##__VA_ARGS__))
#define hptp_op_given(vm, name) ((vm)->ops->name != NULL)

#endif
