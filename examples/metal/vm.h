/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A guest and its vCPUs. vCPU n of the one guest runs on CPU n, always.
 */
#ifndef METAL_VM_H
#define METAL_VM_H

#include "lock.h"
#include "vcpu_layout.h"

#include "guest/abi.h"
#include "hptpager/hptpager.h"

#define FRAME_SHIFT 12
#define FRAME_SIZE (1ull << FRAME_SHIFT)

#define TABLE_ORDER 18
#define LPID 1

/* A page of the guest as the hypervisor knows it. `where` is read without the lock. */
struct page {
	uint32_t where; /* frame number + 1, 0 while paged out */
	uint16_t holds; /* host_get without host_put: not to be evicted */
	bool stored;    /* the store has a copy */
};

struct vm {
	struct hptp_vm *hptp;
	struct hptp_slot *slot;
	uint64_t vrma; /* SLB VSID word of the VRMA */
	uint64_t pages;
	struct page *page;
	uint8_t *log;     /* dirty log: one bit per page */
	uint64_t hand;    /* of the clock */
	struct lock lock; /* guards page[] (but reads of `where`), log, hand, counters, frames */
	uint64_t evictions, page_ins;
	uint64_t stores, drops; /* evictions that had to write the page, that had not */
	bool pressure;          /* every tick evicts something */
	bool hunting;           /* see pager_hunt() */
	uint64_t prey;          /* page + 1 that host_lookup told of, 0 once it was dealt with */
};

struct vcpu {
	uint64_t gpr[32];
	uint64_t lr, ctr, cr, xer;
	uint64_t pc, msr;
	uint64_t srr0, srr1;
	uint64_t hsrr0, hsrr1;
	uint64_t host_sp;
	/* from here on only C looks */
	struct hptp_vcpu *hptp;
	struct vm *vm;
	uint64_t id;
	uint64_t read_sections; /* begun plus ended: odd inside one */
	uint64_t read_nest;
	uint64_t hdsi, hisi, hcalls, ticks; /* exits by kind */
	enum hptp_outcome outcome;          /* of the last fault that was not repaired */
	struct hptp_fault fault;            /* and the fault */
	uint64_t letter;                    /* commands posted to it and done: odd while at work */
	uint64_t answer;
	struct command command;
	bool booted; /* the guest waits for a command */
} __attribute__((aligned(VCPU_SIZE)));

_Static_assert(sizeof(struct vcpu) == VCPU_SIZE, "start.S steps by VCPU_SIZE");
_Static_assert(offsetof(struct vcpu, lr) == VCPU_LR, "layout");
_Static_assert(offsetof(struct vcpu, ctr) == VCPU_CTR, "layout");
_Static_assert(offsetof(struct vcpu, cr) == VCPU_CR, "layout");
_Static_assert(offsetof(struct vcpu, xer) == VCPU_XER, "layout");
_Static_assert(offsetof(struct vcpu, pc) == VCPU_PC, "layout");
_Static_assert(offsetof(struct vcpu, msr) == VCPU_MSR, "layout");
_Static_assert(offsetof(struct vcpu, srr0) == VCPU_SRR0, "layout");
_Static_assert(offsetof(struct vcpu, srr1) == VCPU_SRR1, "layout");
_Static_assert(offsetof(struct vcpu, hsrr0) == VCPU_HSRR0, "layout");
_Static_assert(offsetof(struct vcpu, hsrr1) == VCPU_HSRR1, "layout");
_Static_assert(offsetof(struct vcpu, host_sp) == VCPU_HOST_SP, "layout");

extern struct vcpu vcpus[MAX_CPUS]; /* zeroed; start.S gives each CPU its own */

/* start.S: run the guest until its next exit, answer the vector. */
uint64_t vcpu_enter(struct vcpu *vcpu);

static inline struct vcpu *this_vcpu(void)
{
	return (struct vcpu *)mfspr(SPR_HSPRG0);
}

/* vm.c: a guest with `pages` pages of memory and `n` vCPUs, its image loaded. */
int vm_create(struct vm *vm, uint64_t pages, unsigned n);
int vm_destroy(struct vm *vm, unsigned n);

/* partition.c: this CPU's MMU translates for the guest from now on. */
void partition_table_init(const struct vm *vm);
void partition_enter(const struct vm *vm);
void partition_set_tick(void);
void partition_flush(void *host, const struct hptp_flush *flush);
uint64_t partition_segment_of(const struct vm *vm, uint64_t ea, bool translated);

/* exit.c: run until the guest asks for its next command. False: it went wrong. */
bool vcpu_run(struct vcpu *vcpu);

#endif
