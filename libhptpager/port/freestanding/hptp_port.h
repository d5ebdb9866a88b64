/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Port template: copy this directory into your hypervisor and fill it in. It is found
 * by include path; the library's sources include it and nothing else of yours.
 * As it stands it suits one CPU without preemption, which is where a port begins.
 */
#ifndef HPTP_PORT_H
#define HPTP_PORT_H

#include "hptpager/ops.h"
#include "hptp_arch.h"

/* 1. Memory functions; compilers emit calls to them, and to memmove(), anyway. */
void *memcpy(void *to, const void *from, size_t n);
void *memset(void *to, int byte, size_t n);
int memcmp(const void *a, const void *b, size_t n);

/*
 * 2. Read sections: what a look-up found stays until the section ends. They nest; in
 * real mode they may be empty if your grace period waits for CPUs there.
 */
static inline void hptp_port_read_begin(void) {}
static inline void hptp_port_read_end(void) {}

/* Wait until every read section that was open at the call has ended. Task context. */
static inline void hptp_port_synchronize(void) {}

/* A pointer to a structure that readers follow: publish with release, follow with acquire. */
#define hptp_port_publish(pp, p) __atomic_store_n((pp), (p), __ATOMIC_RELEASE)
#define hptp_port_deref(pp) __atomic_load_n((pp), __ATOMIC_ACQUIRE)

/* 3. While an HPTE lock is held the thread is not preempted. Nests. */
static inline void hptp_port_atomic_begin(void) {}
static inline void hptp_port_atomic_end(void) {}

/*
 * 4. One turn of a wait loop: lower the thread's priority, serve what must be served. And
 * between two pieces of long work in task context, nothing held: let others have the CPU.
 */
static inline void hptp_port_relax(void) {}
static inline void hptp_port_resched(void) {}

/*
 * 5. Memory of the library as the current mode reaches it (real mode: the real address).
 * What is reached already is left as it is, NULL stays NULL, p is evaluated once.
 */
#define hptp_port_reach(p) (p)

/*
 * 6. How a callback is called. Through the table, as here; or, where an indirect call is
 * not possible, bound at link time: #define hptp_op(vm, name, ...) my_##name(...)
 */
#define hptp_op(vm, name, ...) ((vm)->ops->name((vm)->host, ##__VA_ARGS__))
#define hptp_op_given(vm, name) ((vm)->ops->name != NULL)

#endif
