/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* A CPU of the machine, and what it is doing. HSPRG0 holds its address. */
#ifndef METAL_CPU_H
#define METAL_CPU_H

#include "layout.h"
#include "lock.h"

#include <stddef.h>

struct vcpu;

#define MAX_RUN 8 /* vCPUs on one CPU */

/* See meter.h. */
enum account {
	OTHER,           /* guests, and what is not below */
	REFAULT,         /* the hypervisor's part of a storage interrupt */
	REFAULT_LIBRARY, /* the library's */
	PAGE_OUT,        /* the hypervisor's part of taking a page: compressing it */
	PAGE_OUT_LIBRARY,
	ACCOUNTS
};

struct cpu {
	struct vcpu *vcpu;
	uint64_t host_sp;
	uint64_t r11, r12;
	/* from here on only C looks */
	uint64_t read_sections; /* begun plus ended: odd inside one (port.c) */
	uint64_t read_nest;
	struct lock lock;          /* held while one of `run` has its turn (schedule.c) */
	uint32_t next;             /* whose turn it is */
	struct vcpu *run[MAX_RUN]; /* the vCPUs that live here, NULL for none */
	struct vcpu *loaded;       /* whose segments and partition the CPU holds now */
	enum account account;
	uint32_t counted; /* PMC5 when the account began */
	uint64_t charged[ACCOUNTS];
} __attribute__((aligned(CPU_SIZE)));

_Static_assert(sizeof(struct cpu) == CPU_SIZE, "start.S steps by CPU_SIZE");
_Static_assert(offsetof(struct cpu, vcpu) == CPU_VCPU, "layout");
_Static_assert(offsetof(struct cpu, host_sp) == CPU_HOST_SP, "layout");
_Static_assert(offsetof(struct cpu, r11) == CPU_R11, "layout");
_Static_assert(offsetof(struct cpu, r12) == CPU_R12, "layout");

extern struct cpu cpus[MAX_CPUS]; /* zeroed; start.S gives each CPU its own */

static inline struct cpu *this_cpu(void)
{
	return (struct cpu *)mfspr(SPR_HSPRG0);
}

#endif
