/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The library's port to this hypervisor, filled in from libhptpager/port/freestanding.
 * Several CPUs, no preemption, no interrupts while the hypervisor runs, real mode.
 */
#ifndef HPTP_PORT_H
#define HPTP_PORT_H

#include "hptpager/ops.h"
#include "hptp_arch.h"

#include "ppc.h"
#include "string.h"

/* Read sections count in the CPU's struct vcpu: port.c. */
void hptp_port_read_begin(void);
void hptp_port_read_end(void);
void hptp_port_synchronize(void);

#define hptp_port_publish(pp, p) __atomic_store_n((pp), (p), __ATOMIC_RELEASE)
#define hptp_port_deref(pp) __atomic_load_n((pp), __ATOMIC_ACQUIRE)

/* Nothing preempts the hypervisor. */
static inline void hptp_port_atomic_begin(void) {}
static inline void hptp_port_atomic_end(void) {}

static inline void hptp_port_relax(void)
{
	cpu_relax();
}

/* Nobody waits for a CPU of the hypervisor. */
static inline void hptp_port_resched(void) {}

/* All memory is reached at its real address. */
#define hptp_port_reach(p) (p)

#define hptp_op(vm, name, ...) ((vm)->ops->name((vm)->host, ##__VA_ARGS__))
#define hptp_op_given(vm, name) ((vm)->ops->name != NULL)

#endif
