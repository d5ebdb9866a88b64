/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The guest: its kernel, which maps pages with H_ENTER when an access finds none, and the
 * loads and stores of its processes, one per vCPU. All of them share the memory, each has
 * an address space (VSID) of its own, so a page that is paged out has several entries.
 */
#ifndef OVERCOMMIT_GUEST_H
#define OVERCOMMIT_GUEST_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "machine.h"

struct guest {
	struct machine *machine;
	struct machine_slot *slot;
	unsigned page_shift, order;
	uint64_t size;               /* bytes of memory */
	atomic_bool stop;            /* everybody leaves as soon as possible */
	_Atomic(const char *) why;   /* why, when it is a failure */
	atomic_uint_least64_t bytes; /* loaded and stored */
};

struct cpu {
	struct guest *guest;
	struct machine_vcpu *vcpu;
	unsigned id;
	uint64_t slb_v;
	uint64_t random;
	uint64_t entered, replaced; /* H_ENTER; of them: another entry had to go */
};

/* Stop the guest; `why` is kept if it is the first reason. */
void guest_stop(struct guest *g, const char *why);

/* Where the guest's memory begins in each address space. */
#define GUEST_BASE (1ull << 40)

void guest_cpu_init(struct cpu *cpu, struct guest *g, unsigned id);

/* Memory by its offset. False: the guest was stopped; the values are then meaningless. */
bool guest_load(struct cpu *cpu, uint64_t at, void *to, size_t n);
bool guest_store(struct cpu *cpu, uint64_t at, const void *from, size_t n);

static inline uint64_t guest_get64(struct cpu *cpu, uint64_t at)
{
	uint64_t value = 0;

	guest_load(cpu, at, &value, sizeof(value));
	return value;
}

static inline void guest_set64(struct cpu *cpu, uint64_t at, uint64_t value)
{
	guest_store(cpu, at, &value, sizeof(value));
}

#endif
