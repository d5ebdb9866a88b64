/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Xen port. Xen never sleeps in the hypervisor and is not preempted: a task is whoever
 * holds no lock, and atomic regions are only counted, for Xen's own assertions.
 */
#ifndef HPTP_PORT_H
#define HPTP_PORT_H

#include "hptpager/ops.h"
#include "hptp_arch.h"

#include <xen/preempt.h>
#include <xen/rcupdate.h>
#include <xen/string.h>
#include <asm/processor.h>

/* Xen's RCU knows no domains: the lock it is given is a word for the reader. */
static inline void hptp_port_read_begin(void)
{
	rcu_read_lock(NULL);
}

static inline void hptp_port_read_end(void)
{
	rcu_read_unlock(NULL);
}

void hptp_port_synchronize(void);

#define hptp_port_publish(pp, p) __atomic_store_n((pp), (p), __ATOMIC_RELEASE)
#define hptp_port_deref(pp) __atomic_load_n((pp), __ATOMIC_ACQUIRE)

static inline void hptp_port_atomic_begin(void)
{
	preempt_disable();
}

static inline void hptp_port_atomic_end(void)
{
	preempt_enable();
}

static inline void hptp_port_relax(void)
{
	cpu_relax();
}

/* Xen has no tasks that could wait meanwhile. */
static inline void hptp_port_resched(void) {}

/* Xen runs translated; its heap is one linear map. */
#define hptp_port_reach(p) (p)

#define hptp_op(vm, name, ...) ((vm)->ops->name((vm)->host, ##__VA_ARGS__))
#define hptp_op_given(vm, name) ((vm)->ops->name != NULL)

#endif
