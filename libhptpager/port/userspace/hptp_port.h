/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Userspace port: read sections are liburcu's, flavour "bp" (bulletproof): threads
 * register themselves at their first read section, so an embedder's threads need no
 * call of their own, and with membarrier(2) a section costs no fence. The functions
 * live in port.c, so that the core is compiled without liburcu's headers.
 */
#ifndef HPTP_PORT_H
#define HPTP_PORT_H

#include "hptpager/ops.h"
#include "hptp_arch.h"

#include <string.h>

void hptp_port_read_begin(void);
void hptp_port_read_end(void);
void hptp_port_synchronize(void);

#define hptp_port_publish(pp, p) __atomic_store_n((pp), (p), __ATOMIC_RELEASE)
#define hptp_port_deref(pp) __atomic_load_n((pp), __ATOMIC_ACQUIRE)

/* A preempted lock holder is waited for; hptp_port_relax() yields after a while. */
static inline void hptp_port_atomic_begin(void) {}
static inline void hptp_port_atomic_end(void) {}
void hptp_port_relax(void);
static inline void hptp_port_resched(void) {}

#define hptp_port_reach(p) (p)

#define hptp_op(vm, name, ...) ((vm)->ops->name((vm)->host, ##__VA_ARGS__))
#define hptp_op_given(vm, name) ((vm)->ops->name != NULL)

#endif
