/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/**
 * @file harness.h
 * What a host offers to the conformance scenarios: one VM with one vCPU, slots that it
 * backs with memory, accesses by its guest, and page-out. An embedder fills this struct
 * in over its own callbacks and calls each scenario; what fails, it got wrong.
 */
#ifndef HPTP_SCENARIOS_HARNESS_H
#define HPTP_SCENARIOS_HARNESS_H

#include "hptpager/hptpager.h"

/** @name Flags of slot_add @{ */
#define HARNESS_READONLY 1u /**< the host never lets it be written: a store ends in NOPAGE */
#define HARNESS_COW 2u      /**< comes in read-only; the first store gets another host frame */
#define HARNESS_RESIDENT 4u /**< never paged out; its mappings may be large */
#define HARNESS_ASKEW                                                                              \
	8u /**< resident, each mapping's memory one frame behind where it should
				  begin: not congruent with the guest's */
/** @} */

/** An access of the guest to 8 aligned bytes (a fetch: to the first 4 of them). */
struct harness_access {
	uint64_t ea, slb_v, msr, amr;
	enum harness_kind { HARNESS_LOAD, HARNESS_STORE, HARNESS_FETCH } kind;
	uint64_t value; /**< in: to store; out: loaded */
};

/** What came of it, all faults handled. */
struct harness_end {
	enum harness_what {
		HARNESS_DONE,
		HARNESS_REFLECTED, /**< status */
		HARNESS_MMIO,      /**< gpa, store */
		HARNESS_NOPAGE,    /**< error */
		HARNESS_TOO_LARGE,
		HARNESS_ELSE
	} what;
	uint32_t status;
	uint64_t gpa;
	bool store;
	int error;
};

/** An end that a fault came to. */
static inline struct harness_end harness_end(enum harness_what what, const struct hptp_fault *fault)
{
	return (struct harness_end){ what, fault->status, fault->gpa, fault->store, fault->error };
}

struct harness {
	void *self;         /**< first argument of every function */
	struct hptp_vm *vm; /**< order 18, freshly made for each scenario */
	struct hptp_vcpu *vcpu;
	unsigned frame_shift;
	unsigned max_unit_shift; /**< largest mapping that slot_add can make */
	const char *left_out;    /**< out: why this host can not show what the scenario is about */

	/** A slot whose memory is mapped in units of 2^unit_shift bytes. NULL: it can not. */
	void *(*slot_add)(void *self, uint64_t gfn, uint64_t n, unsigned unit_shift,
			  unsigned flags);
	void (*slot_remove)(void *self, void *slot);
	struct hptp_slot *(*slot_handle)(void *self, void *slot);
	/** hptp_slot_move(), with the memory; what that says. NULL: it can not. */
	int (*slot_move)(void *self, void *slot, uint64_t gfn);
	/** Another VM of order 18 over the same callbacks, that nobody runs. */
	int (*vm_create)(void *self, struct hptp_vm **vm);

	/** Let the guest do it, in a segment that slb_v translates (real mode: the VRMA's), by
	 * the table that the VM has now: a scenario may reset or resize it. */
	struct harness_end (*access)(void *self, struct harness_access *access);

	/** Take the unit that holds the frame away, keeping its contents. */
	void (*page_out)(void *self, void *slot, uint64_t off);
	/** The host's own look at guest memory. */
	uint64_t (*host_read)(void *self, uint64_t gpa);
	void (*host_write)(void *self, uint64_t gpa, uint64_t value);
	/** Calls of tlb_flush so far. */
	uint64_t (*flushes)(void *self);

	/** An expectation does not hold. Returns; the scenario then ends. */
	void (*fail)(void *self, const char *file, int line, const char *what);
};

/** Each scenario: name, what it shows. */
#define HPTP_SCENARIOS(X)                                                                          \
	X(enter_touch, "an entry for a page that is out is faulted in by the first access")        \
	X(page_out_refault, "page-out keeps the guest's view; the next access brings data back")   \
	X(page_out_flush, "page-out flushes what was mapped, and nothing else")                    \
	X(remove_rc, "H_REMOVE tells R and C, the dirty log keeps C")                              \
	X(page_out_rc, "R and C survive page-out")                                                 \
	X(protect_rc, "R and C survive H_PROTECT; the new protection holds at once")               \
	X(clear_rc, "H_CLEAR_REF and H_CLEAR_MOD clear the guest's view, not the host's history")  \
	X(read_only, "a page that the host keeps read-only is never written")                      \
	X(write_upgrade, "copy on write: a store after a load goes to the new frame")              \
	X(mmio, "an entry without a slot is emulated MMIO; a slot that comes later is memory")     \
	X(aliases, "several entries for one frame leave and return together")                      \
	X(secondary, "an entry in the secondary group")                                            \
	X(page_64k, "64K pages, and 64K pages in a 4K segment")                                    \
	X(page_16m, "16M pages, and in 4K and 64K segments; unmapping a frame inside one")         \
	X(segment_1t, "pages of all sizes in 1T segments, primary and secondary group")            \
	X(fetch, "instructions are fetched from pages that were out")                              \
	X(enter_in_window, "H_ENTER inside an invalidation window")                                \
	X(unmap_orders, "unmap before, after and without the host's change")                       \
	X(remove_absent, "H_REMOVE and H_BULK_REMOVE of entries that are paged out")               \
	X(slot_recreated, "a slot that goes and comes again has new memory, entries stay")         \
	X(dirty_log, "every written frame is reported once, none else")                            \
	X(vrma, "real mode goes through the VRMA")                                                 \
	X(vrma_64k, "which can have pages of 64K")                                                 \
	X(age, "age tells what was referenced since it was last asked")                            \
	X(permissions, "PP, N and storage keys are the guest's own, present or not")               \
	X(stream_restore, "a table that is saved, wiped and restored is as it was")                \
	X(stream_follow, "a reader of the stream tells of each change once, and not of paging")    \
	X(wild_arguments, "bad arguments are answered, and nothing changes")                       \
	X(block_remove, "H_BLOCK_REMOVE takes eight pages with one flush, paged out or not")       \
	X(page_init, "H_PAGE_INIT fills 4 KiB, the last of a slot too, and no read-only page")     \
	X(zero_flag, "H_ENTER's zero flag clears the page before it is mapped")                    \
	X(slot_removed_live, "a slot goes beneath valid, absent and orphan entries")               \
	X(slot_elsewhere, "memory that comes back at another place")                               \
	X(log_toggled, "the dirty log starts and stops beneath live entries")                      \
	X(slot_misplaced, "a slot with part of a large page can not hold it")                      \
	X(slot_askew, "host memory that is not congruent with the guest's has no large pages")     \
	X(slot_moved, "a slot moves beneath live entries, with memory and dirty log")              \
	X(slot_flags, "memory becomes read-only and writable again beneath live entries")          \
	X(page_inside, "any part of a large page that goes takes the page along")                  \
	X(stream_moved, "a table that is written to another VM is the same there")                 \
	X(stream_corrupt, "bad records are refused as a whole, and it is told where")              \
	X(reset_same, "a table that is reset is empty for every TLB; the guest begins anew")       \
	X(reset_order, "reset to other orders, and to no table")                                   \
	X(reset_refused, "not while a vCPU runs, and nothing has changed")                         \
	X(reset_vrma, "the VRMA is built again in a table that was reset")                         \
	X(table_log, "the dirty log outlives resets and resizes")                                  \
	X(resize_kept, "every entry is kept, while the guest computes across the pivot")           \
	X(resize_dropped, "shrinking tells what it drops; bolted entries stay, or it fails")       \
	X(resize_prepare, "a resize is prepared again, changed, given up; commit wants its own")

#define HPTP_SCENARIO(name, text) void scenario_##name(struct harness *h);
HPTP_SCENARIOS(HPTP_SCENARIO)
#undef HPTP_SCENARIO

#endif
