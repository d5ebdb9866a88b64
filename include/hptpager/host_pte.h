/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/**
 * @file host_pte.h
 * For hosts whose own page tables have 64-bit entries: mark one as used, as `host_lookup`
 * is asked to, while other CPUs change it. The host says by a constant struct which bits
 * mean what. Nothing else of the library calls this.
 */
#ifndef HPTPAGER_HOST_PTE_H
#define HPTPAGER_HOST_PTE_H

#include "hptpager/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The bits of a host's page table entry, as masks of the value in this CPU's byte order. */
struct hptp_host_pte_layout {
	uint64_t leaf;   /**< set, all of them, in a present leaf and in nothing else */
	uint64_t write;  /**< set, all of them, where the host lets a page be written */
	uint64_t young;  /**< to be set by any use */
	uint64_t dirty;  /**< to be set by a writing use */
	uint64_t busy;   /**< the lock bit of a table of the classic kind; 0: there is none */
	bool big_endian; /**< entries are big-endian in memory, whatever the CPU */
};

/**
 * Mark a page table entry young; and dirty, if the use writes and the host permits that.
 *
 * With a busy bit: wait until it is clear, take it, mark, and give it back by the store of
 * the marked entry. Without one: compare-and-swap, again as long as the entry is a leaf.
 * Either way an entry that is not a leaf at the moment of the store is never stored to: a
 * huge page that is split meanwhile leaves a pointer to a table in this place. (Power ISA
 * 3.0 Book III 5.7.10: hardware sets R and C of a radix tree's leaf by itself, too.)
 * @param pte     the entry, where the current mode reaches it; the host keeps it from being
 *                freed (interrupts off, or what its page tables ask for)
 * @param layout  which bits mean what
 * @param write   the use writes
 * @return the entry as it was left, in this CPU's byte order, without the busy bit; 0: no
 *         leaf is there. The host still looks at it for what it permits: WRITABLE is said
 *         of an entry with `write` and `dirty` only
 * @context A, R; the holder of a busy bit is waited for, so it must not be interrupted by
 *          a caller on the same CPU
 * @locks   none of the library
 * @order   the mark is visible before anything that the caller releases later; nothing more
 */
uint64_t hptp_host_pte_touch(uint64_t *pte, const struct hptp_host_pte_layout *layout, bool write);

#ifdef __cplusplus
}
#endif
#endif
