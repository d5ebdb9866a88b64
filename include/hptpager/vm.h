/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/**
 * @file vm.h
 * A virtual machine, its vCPUs and its hashed page table: made, looked at, ended.
 */
#ifndef HPTPAGER_VM_H
#define HPTPAGER_VM_H

#include "hptpager/error.h"
#include "hptpager/ops.h"
#include "hptpager/types.h"

#ifdef __cplusplus
extern "C" {
#endif

struct hptp_vm;
struct hptp_vcpu;

/** Orders of a table: 2^order bytes, 2^(order-4) entries. */
#define HPTP_MIN_ORDER 18u
#define HPTP_MAX_ORDER 36u

/** How a valid entry lies in memory. */
enum hptp_format {
	HPTP_FORMAT_OLD = 0, /**< ISA 2.06, 2.07: POWER7, POWER8 */
	HPTP_FORMAT_3_0 = 1  /**< ISA 3.0 and later: POWER9, POWER10 */
};

/** @name hptp_config.flags @{ */
/** The processor can not deliver guest storage interrupts to the hypervisor:
 * pages are pinned at H_ENTER, invalidation is not available. */
#define HPTP_VM_PINNED 1u
/** @} */

/** What a VM is made of. Zero it, set size, fill it in. */
struct hptp_config {
	size_t size;                /**< sizeof(struct hptp_config) */
	const struct hptp_ops *ops; /**< callbacks; must outlive the VM */
	void *host;                 /**< first argument of every callback */
	uint8_t frame_shift;        /**< log2 of the host's base page: 12 or 16 */
	uint8_t order;  /**< of the table: HPTP_MIN_ORDER..HPTP_MAX_ORDER, or 0: none yet */
	uint8_t format; /**< enum hptp_format */
	uint32_t flags; /**< HPTP_VM_... */
};

/**
 * Create a VM with an empty table, or with none: hypercalls then answer H_PARAMETER,
 * faults RESUME, and there is nothing to page out.
 * @param config  read during the call only, except ops and host
 * @param[out] vm the VM
 * @return 0; HPTP_E_VERSION, HPTP_E_OPS, HPTP_E_PARAM, HPTP_E_NOMEM or what
 *         table_alloc said; on failure nothing is left allocated and *vm is NULL
 * @context T
 * @locks   none
 * @order   the VM is published by the caller
 */
HPTP_MUST_CHECK int hptp_vm_create(const struct hptp_config *config, struct hptp_vm **vm);

/**
 * End a VM and give back all its memory, pins included.
 * @param vm  may be NULL
 * @return 0, or HPTP_E_STATE while slots, vCPUs or stream readers are left (nothing is done then)
 * @context T, Q: no other call into this VM is under way or will come
 * @locks   none
 * @order   the host has flushed the partition, or will before it reuses its id
 */
HPTP_MUST_CHECK int hptp_vm_destroy(struct hptp_vm *vm);

/** The table as hardware, a walker or a debugger needs it. */
struct hptp_table_info {
	struct hptp_hpte *entries; /**< as the library reaches it; NULL: there is no table */
	uint64_t real;             /**< as the MMU reaches it */
	uint64_t sdr1;             /**< real | (order - 18): SDR1, or a partition-table entry's */
	uint64_t n;                /**< entries */
	uint8_t order;             /**< log2 of its bytes */
	uint8_t format;            /**< enum hptp_format of valid entries */
};

/**
 * Describe the table.
 * @param vm  the VM
 * @param[out] info  filled in
 * @context any
 * @locks   none
 * @order   stable while the VM is not reset or resized
 */
void hptp_vm_table(const struct hptp_vm *vm, struct hptp_table_info *info);

/**
 * Memory that a configuration needs. Not in it: vCPUs and slots themselves, less than 4 KiB
 * each; pins; readers of the stream.
 */
struct hptp_need {
	uint64_t table;     /**< bytes of the table itself */
	uint64_t fixed;     /**< bytes beside it from the start: VM, directories */
	uint64_t half_full; /**< bytes beside it with half of the entries valid, two per frame */
	uint64_t worst;     /**< bytes beside it at most, whatever the guest does */
};

/**
 * Compute the memory need of a configuration.
 * @param config  as for hptp_vm_create(); ops may be NULL
 * @param frames  guest frames in all slots
 * @param[out] need  filled in
 * @return 0, HPTP_E_VERSION or HPTP_E_PARAM
 * @context any
 * @locks   none
 * @order   none
 */
HPTP_MUST_CHECK int hptp_vm_need(const struct hptp_config *config, uint64_t frames,
				 struct hptp_need *need);

/**
 * Create a vCPU: the place where a fault or a hypercall is remembered between its
 * two halves. Used by one thread at a time.
 * @param vm    the VM
 * @param host  cookie handed to tlb_flush
 * @param[out] vcpu  the vCPU
 * @return 0, HPTP_E_NOMEM
 * @context T
 * @locks   none
 * @order   none
 */
HPTP_MUST_CHECK int hptp_vcpu_create(struct hptp_vm *vm, void *host, struct hptp_vcpu **vcpu);

/**
 * End a vCPU. Its statistics stay in the VM's sums.
 * @param vcpu  may be NULL; no call with it is under way
 * @context T
 * @locks   none
 * @order   none
 */
void hptp_vcpu_destroy(struct hptp_vcpu *vcpu);

/**
 * Map the virtual real mode area (VRMA): bolted entries for guest real address 0
 * upwards, as real-mode accesses of the guest find them.
 * @param vcpu        any vCPU of the VM; what it remembers of a fault is kept
 * @param page_shift  12, 16 or 24: base and actual page size
 * @param bytes       at most this much, from guest real 0; ends at the slot's end,
 *                    at 1 TiB, and at one page per PTEG
 * @param[out] slb_v  the SLB VSID word of the VRMA (for VRMASD, the partition table
 *                    and hptp_fault in real mode)
 * @return 0; HPTP_E_PARAM; HPTP_E_STATE without a table; HPTP_E_NOENT without a slot at
 *         guest real 0;
 *         HPTP_E_PTEG_FULL when an entry is taken, HPTP_E_NOPAGE when the host's memory
 *         does not allow this page size (those before it stay)
 * @context T, Q
 * @locks   none
 * @order   none
 */
HPTP_MUST_CHECK int hptp_vrma_map(struct hptp_vcpu *vcpu, unsigned page_shift, uint64_t bytes,
				  uint64_t *slb_v);

/**
 * For hosts that bring their own slots: the set of slots changed (one was created,
 * moved, or had its flags changed), forget what is known of emulated MMIO. The
 * library's own slots do this themselves.
 * @param vm  the VM
 * @context A
 * @locks   none
 * @order   call it after the new slots can be found and before the guest is told
 */
void hptp_mmio_changed(struct hptp_vm *vm);

#ifdef __cplusplus
}
#endif
#endif
