/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A guest of KVM's: what the rest of KVM does around the glue, in KVM's order and under its
 * locks; a vCPU whose accesses are looked up in the table as it lies there, and kept in a TLB
 * until they are flushed; and its ioctls.
 */
#ifndef KVM_WORLD_H
#define KVM_WORLD_H

#include "host.h"
#include "hptp_kvm.h"

#define VSID 0x123ull
#define PAGES 16u /* of the memslot at guest real 0, which is the host's page 0 */
#define ORDER 18
#define MMIO_PAGE 40u                /* in no memslot */
#define VRMA_64K (HPTP_SLB_L | 0x10) /* base pages, as the SLB names their size */
#define SLB_V (VSID << HPTP_SLB_SHIFT)

enum processor { POWER8, POWER9 };

extern struct world {
	struct kvm kvm;
	struct kvm_vcpu vcpu[2];
	struct kvm_memory_slot *slot[SHIM_SLOTS];
	enum processor cpu;
	u64 idx[64]; /* where the guest entered each page */
	struct {
		kvm_pfn_t pfn; /* 0: none */
		bool writable;
	} tlb[64];
	unsigned int flushes, partition_flushes, mmio;
	int stock_error; /* what KVM's own prepare_memory_region says next */
	bool table_at_0; /* a vCPU would enter with no table */
} w;

/* ---- KVM ---- */

int vm_new(enum processor cpu);
void vm_put(void);
int vcpu_new(unsigned int i);
void vcpu_end(unsigned int i);
/* Slot `id`: made, moved, its flags changed, or deleted (n == 0). */
int region(int id, gfn_t base, unsigned long n, unsigned int page, u32 flags);
/* What KVM_RUN does before it enters a guest whose MMU is not ready. */
int first_run(void);
long dirty_log(int id, unsigned long *map);
int htab_fd(u64 flags);
long resize(u32 shift); /* prepare, work, prepare, commit */

/* ---- the guest ---- */

/* Registers r4 and on are args and results; as hcall_real_table and then virtual mode. */
long hcall(unsigned long number, unsigned long *r);
long enter(unsigned int page, u64 pteh, u64 ptel);
long enter_page(unsigned int page);
/* One access: NULL with what KVM made of it in *result; -1: executed again. */
u64 *access_once(unsigned int page, bool store, int *result);
/* Until it works. */
u64 *touch(unsigned int page, bool store);

/* A guest with memory, which is a radix guest on a POWER9; with a table besides, in which it
 * has entered its first n pages; and its end, with everything looked at. */
void begin_without_table(enum processor cpu);
void begin(enum processor cpu, unsigned int n);
void end(void);
void check(void);

#endif
