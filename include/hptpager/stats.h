/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/**
 * @file stats.h
 * Statistics: counted where they happen, in one shard per vCPU and one for the host's
 * calls; summed when they are read.
 */
#ifndef HPTPAGER_STATS_H
#define HPTPAGER_STATS_H

#include "hptpager/vm.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The one list of counters: name, what it counts. */
#define HPTP_STATS(X)                                                                              \
	X(enter, "H_ENTER answered with success")                                                  \
	X(enter_absent, "of them: entered absent, the host had no page")                           \
	X(remove, "entries removed by the guest")                                                  \
	X(protect, "H_PROTECT answered with success")                                              \
	X(hcall_task, "hypercalls that needed their task half")                                    \
	X(fault, "faults classified")                                                              \
	X(reflect, "of them: reflected to the guest")                                              \
	X(mmio, "of them: emulated MMIO")                                                          \
	X(mmio_cached, "of those: answered from the cache")                                        \
	X(refault, "entries made valid by a fault")                                                \
	X(upgrade, "of them: read-only ones made writable")                                        \
	X(alias, "absent entries made valid beside one that faulted")                              \
	X(retry, "faults and enters that an invalidation came between")                            \
	X(changed, "faults whose entry had changed meanwhile")                                     \
	X(absent, "valid entries made absent (page-out)")                                          \
	X(orphan, "entries that left their set while absent")                                      \
	X(aged, "entries whose R was cleared by aging")                                            \
	X(harvested, "entries whose C was harvested")                                              \
	X(tlbie, "translations invalidated")                                                       \
	X(sync, "TLB sequences that did it")                                                       \
	X(contended, "waits for an HPTE lock")                                                     \
	X(nomem, "allocations that failed")

/** The sums. */
struct hptp_stats {
#define HPTP_STAT(name, text) uint64_t name; /**< text */
	HPTP_STATS(HPTP_STAT)
#undef HPTP_STAT
	uint64_t bytes; /**< memory beside the table that the VM holds now */
};

/**
 * Sum the statistics.
 * @param vm  the VM
 * @param[out] stats  filled in; counters that move meanwhile may miss the last events
 * @context A
 * @locks   none
 * @order   exact when nothing else calls into the VM
 */
void hptp_stats_read(struct hptp_vm *vm, struct hptp_stats *stats);

#ifdef __cplusplus
}
#endif
#endif
