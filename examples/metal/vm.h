/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* A guest: a partition of the MMU, memory of which not all has a frame, and vCPUs. */
#ifndef METAL_VM_H
#define METAL_VM_H

#include "vcpu.h"

#define FRAME_SHIFT 12
#define FRAME_SIZE (1ull << FRAME_SHIFT)

/* A page of the guest as the hypervisor knows it. `where` is read without the pager's lock. */
struct page {
	uint32_t where; /* frame number + 1, 0 while paged out */
	uint16_t holds; /* host_get without host_put: not to be evicted */
	uint16_t bytes; /* of the copy in the store; 0: none, the page is all zeros */
	void *copy;
};

struct vm {
	struct hptp_vm *hptp;
	struct hptp_slot *slot;
	uint32_t lpid;
	uint64_t vrma; /* SLB VSID word of the VRMA */
	uint64_t pages;
	struct page *page;
	uint8_t *log;    /* dirty log: one bit per page */
	struct vm *next; /* of the pager's ring */
	uint64_t hand;   /* of its clock */
	uint64_t evictions, page_ins;
	uint64_t stores, drops; /* evictions that had to store the page, that had not */
	bool pressure;          /* every tick evicts something */
	unsigned n_vcpus;
	struct vcpu *vcpu;
};

/* What a guest is made of. */
struct vm_config {
	uint32_t lpid;
	unsigned vcpus, cpus; /* its vCPUs are spread over the first `cpus` CPUs */
	uint64_t pages;       /* a multiple of 32 */
	uint8_t order;        /* of its table */
};

/* vm.c: make a guest with its image loaded and its vCPUs ready to run; end one. */
int vm_create(struct vm *vm, const struct vm_config *config);
int vm_destroy(struct vm *vm);

/* Back to where it started, whatever it did. */
void vcpu_reset(struct vcpu *vcpu);

#endif
