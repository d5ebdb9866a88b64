/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Linux port, for virtual mode. Read sections are plain RCU: they do not sleep, they
 * are entered several times per hypercall, and they know no VM whose SRCU domain they
 * could take. KVM's memslots live by kvm->srcu besides: whoever calls into the library
 * holds it.
 */
#ifndef HPTP_PORT_H
#define HPTP_PORT_H

#include "hptpager/ops.h"
#include "hptp_arch.h"

#include <linux/compiler.h>
#include <linux/preempt.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <asm/barrier.h>
#include <asm/processor.h>

static inline void hptp_port_read_begin(void)
{
	rcu_read_lock();
}

static inline void hptp_port_read_end(void)
{
	rcu_read_unlock();
}

static inline void hptp_port_synchronize(void)
{
	synchronize_rcu();
}

/* As rcu_assign_pointer and rcu_dereference: readers depend on the address they loaded. */
#define hptp_port_publish(pp, p) smp_store_release((pp), (p))
#define hptp_port_deref(pp) READ_ONCE(*(pp))

/* A holder of an HPTE lock that is preempted would be spun for, preemption off. */
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

static inline void hptp_port_resched(void)
{
	cond_resched();
}

/*
 * The library's memory comes from the linear map, whose addresses are the real ones with
 * high bits that real mode ignores: one pointer serves both modes.
 */
#define hptp_port_reach(p) (p)

/* Indirect calls: not for real mode, where the table may lie in a module. */
#define hptp_op(vm, name, ...) ((vm)->ops->name((vm)->host, ##__VA_ARGS__))
#define hptp_op_given(vm, name) ((vm)->ops->name != NULL)

#endif
