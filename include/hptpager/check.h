/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/**
 * @file check.h
 * Looking at a table: an iterator over its entries, and the check of all invariants.
 */
#ifndef HPTPAGER_CHECK_H
#define HPTPAGER_CHECK_H

#include "hptpager/vm.h"

#ifdef __cplusplus
extern "C" {
#endif

/** State of an entry. */
enum hptp_state {
	HPTP_FREE = 0,
	HPTP_VALID,  /**< hardware uses it */
	HPTP_ABSENT, /**< paged out; member of its frame's set */
	HPTP_ORPHAN  /**< absent and in no set: never backed yet, MMIO, or its slot went */
};

/** An entry as it stands. Dwords are in the ISA 2.07 format. */
struct hptp_entry {
	hptp_idx idx;
	enum hptp_state state;
	uint64_t v;     /**< dword 0 as the guest sees it, 0 when free */
	uint64_t guest; /**< dword 1 as the guest sees it, R and C merged */
	uint64_t real;  /**< dword 1 as the hardware sees it; 0 unless valid */
};

/**
 * The first entry at or after `from` that is not free.
 * @param vm    the VM
 * @param from  index to begin at
 * @param[out] entry  filled in when one is found
 * @return true: found; go on at entry->idx.n + 1. false: no more
 * @context A
 * @locks   takes one HPTE lock at a time
 * @order   each entry is consistent in itself
 */
HPTP_MUST_CHECK bool hptp_entry_next(struct hptp_vm *vm, uint64_t from, struct hptp_entry *entry);

/** Which invariant (docs/SPEC.md) is broken, where. */
struct hptp_check_result {
	unsigned invariant; /**< number n of In in docs/SPEC.md, 0 none */
	uint64_t idx;       /**< entry, or ~0 */
	uint64_t gfn;       /**< frame, or ~0 */
	const char *what;   /**< a sentence */
};

/**
 * Verify every invariant of a VM that nothing else calls into.
 * @param vm  the VM
 * @param[out] result  the first one that is broken; may be NULL
 * @return 0, HPTP_E_CHECK
 * @context T, and no other call into the VM is under way
 * @locks   none
 * @order   none
 */
HPTP_MUST_CHECK int hptp_check(struct hptp_vm *vm, struct hptp_check_result *result);

#ifdef __cplusplus
}
#endif
#endif
