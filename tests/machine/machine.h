/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/**
 * @file machine.h
 * A POWER machine in userspace: a host that pages (frames, a page table, a swap file)
 * and vCPUs whose every access goes through SLB, hashed page table and a TLB that keeps
 * a stale translation until it is flushed. Tests and examples run the library on it.
 *
 * It is stricter than hardware: every callback asserts its contract from op_list.h, a
 * tlbie operand flushes exactly the translation it names, R and C may reach the table
 * as late as the flush, a frame that is freed while a TLB still holds it is an error.
 * It shares no code with the library, only the public headers.
 *
 * Without threads it is deterministic: same seed, same calls, same result. With
 * threads each vCPU belongs to one thread, host functions may be called from any.
 */
#ifndef MACHINE_H
#define MACHINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hptpager/hptpager.h"

struct machine;
struct machine_slot;
struct machine_vcpu;

/* ---- life ---- */

/** @name machine_config.flags @{ */
#define MACHINE_PINNED 1u      /**< VM in pinned mode */
#define MACHINE_OWN_SLOTS 2u   /**< the host brings slot_find */
#define MACHINE_OWN_WINDOWS 4u /**< the host brings retry_begin and retry_check */
#define MACHINE_RECLAIM                                                                            \
	8u /**< host_get evicts by itself when no frame is free, instead of
				     HPTP_E_AGAIN: no pager thread is needed */
#define MACHINE_LENIENT                                                                            \
	16u /**< no assertion that a broken flush would trip: the damage
				     shows in the guest's data (for rule mutants) */
/** @} */

struct machine_config {
	uint64_t frames;      /**< host frames */
	uint64_t swap_frames; /**< room in the swap file, in frames; 0: as needed */
	const char *swap_dir; /**< where the (unlinked) swap file lies; NULL: $TMPDIR or /tmp */
	uint64_t seed;        /**< of all choices: late R/C, TLB replacement, reclaim */
	uint8_t frame_shift;  /**< 12 or 16 */
	uint8_t order;        /**< of the table */
	uint8_t format;       /**< enum hptp_format */
	uint8_t vcpus;        /**< created with the machine, at least 1 */
	uint16_t tlb_entries; /**< per vCPU; 0: 256 */
	uint32_t flags;       /**< MACHINE_... */
};

/** Make a machine, its VM and its vCPUs. Returns 0 or an HPTP_E_... of the library;
 * HPTP_E_HOST(errno) when the swap file can not be made. Nothing is left on failure. */
int machine_create(const struct machine_config *config, struct machine **m);

/** End it: slots and vCPUs too. Asserts that the library gave all memory back. */
void machine_destroy(struct machine *m);

struct hptp_vm *machine_vm(struct machine *m);
/** The table was reset or resized: the MMU uses it as it is now. No vCPU runs. */
void machine_table_changed(struct machine *m);
/** One more VM of the same kind, without vCPUs; the caller ends it. */
int machine_vm_create(struct machine *m, struct hptp_vm **vm);
const struct machine_config *machine_conf(const struct machine *m);

/** Told when an assertion fails; default prints and aborts. `what` says what and where. */
extern void (*machine_failed)(const char *what);

/** splitmix64: any state is good, and threads may share it. */
uint64_t machine_random(uint64_t *state);

/* ---- calling the library directly ---- */

enum machine_context { MACHINE_CTX_NONE, MACHINE_CTX_A, MACHINE_CTX_T };
enum machine_context machine_context_enter(enum machine_context context);
void machine_context_leave(enum machine_context before);

/** Evaluate a call into the library in context A (or T), so that callbacks which need
 * T are caught: err = machine_in_a(hptp_unmap_range(slot, off, n, NULL)). */
#define machine_in(context, call)                                                                  \
	__extension__({                                                                            \
		enum machine_context before_ = machine_context_enter(context);                     \
		__auto_type ret_ = (call);                                                         \
		machine_context_leave(before_);                                                    \
		ret_;                                                                              \
	})
#define machine_in_a(call) machine_in(MACHINE_CTX_A, call)
#define machine_in_t(call) machine_in(MACHINE_CTX_T, call)

/* ---- slots: guest memory on the host's side ---- */

/** @name flags of a slot @{ */
/** host_get for writing says HPTP_E_NOPAGE */
#define MACHINE_SLOT_READONLY 1u
/** a device: cache-inhibited, always present, never paged */
#define MACHINE_SLOT_CI 2u
/** always present, contiguous and mapped as one piece of unit_shift, up to 16 GiB (memory is
 * taken on touch) */
#define MACHINE_SLOT_FLAT 4u
/** absent pages come in read-only; the first write copies the frame to another one (the old
 * translation is stale) */
#define MACHINE_SLOT_COW 8u
/** of a flat one: its memory begins one frame behind the boundary that it should begin at */
#define MACHINE_SLOT_ASKEW 16u
/** @} */

/**
 * Add a slot. Memory is paged in units of 2^unit_shift bytes, frame_shift..24, each mapped
 * by the host as one piece; 0 means frame_shift. base and n are multiples of the unit.
 */
int machine_slot_add(struct machine *m, uint64_t base_gfn, uint64_t n, unsigned unit_shift,
		     unsigned flags, struct machine_slot **slot);

/** Remove it; its frames and its swap space are freed, its cookie is dead. */
int machine_slot_remove(struct machine_slot *slot);

/** Move it to other guest frames, contents kept. */
int machine_slot_move(struct machine_slot *slot, uint64_t base_gfn);

struct hptp_slot *machine_slot_handle(const struct machine_slot *slot);
uint64_t machine_slot_base(const struct machine_slot *slot);
uint64_t machine_slot_units(const struct machine_slot *slot);
unsigned machine_slot_shift(const struct machine_slot *slot); /**< of a unit, in bytes */

/* ---- what a host does to a unit of a slot; all may be called from any thread ---- */

enum machine_unit_state {
	MACHINE_UNIT_NEVER,   /**< never touched: zeroes */
	MACHINE_UNIT_SWAPPED, /**< in the swap file */
	MACHINE_UNIT_CLEAN,   /**< resident, may be dropped */
	MACHINE_UNIT_DIRTY    /**< resident, must be stored first */
};
enum machine_unit_state machine_unit_state(const struct machine_slot *slot, uint64_t unit);

/** Evict: window, unmap, clear the host's PTE, store if dirty, free the frames.
 * 0, HPTP_E_AGAIN (held, pinned, being worked on), HPTP_E_NOPAGE (not resident, or never
 * paged), HPTP_E_HOST(errno): swap file full or failing; the unit is then resident. */
int machine_page_out(struct machine_slot *slot, uint64_t unit);

/** Bring in, as an access of the host would. 0, HPTP_E_AGAIN, HPTP_E_NOPAGE, HPTP_E_HOST(n). */
int machine_page_in(struct machine_slot *slot, uint64_t unit, bool write);

/** Store a dirty unit and write-protect it: the next store upgrades. Returns as page_out. */
int machine_page_clean(struct machine_slot *slot, uint64_t unit);

/** Give it another frame (compaction, NUMA balancing). Returns as page_out. */
int machine_page_move(struct machine_slot *slot, uint64_t unit);

/** Make the host's mapping read-only for good (false), or writable again (true). */
int machine_page_writable(struct machine_slot *slot, uint64_t unit, bool writable);

/** Read and clear young, of the host's PTE and of the guest's entries. 1, 0, HPTP_E_... */
int machine_page_age(struct machine_slot *slot, uint64_t unit);

/** The host's own access to guest memory by guest real address, across slots; page-ins as
 * needed, dirty log included. 0, HPTP_E_AGAIN, HPTP_E_NOPAGE, HPTP_E_HOST(errno). */
int machine_host_read(struct machine *m, uint64_t gpa, void *to, size_t n);
int machine_host_write(struct machine *m, uint64_t gpa, const void *from, size_t n);

uint64_t machine_frames_free(struct machine *m);

/** Wait until a frame is free or `seconds` are over; wakes the pager (machine_pager_wait). */
void machine_frames_wait(struct machine *m, double seconds);

/** For a pager thread: wait until frames are few or `seconds` are over. */
void machine_pager_wait(struct machine *m, double seconds);

/* ---- vCPUs ---- */

struct machine_vcpu *machine_vcpu(struct machine *m, unsigned i);
struct hptp_vcpu *machine_vcpu_handle(struct machine_vcpu *vcpu);

/** The guest's registers that translation depends on. Change them from the vCPU's thread. */
struct machine_regs {
	uint64_t msr; /**< HPTP_MSR_PR, HPTP_MSR_IR, HPTP_MSR_DR */
	uint64_t amr;
	uint64_t vrma; /**< SLB VSID word that real mode uses (hptp_vrma_map) */
};
struct machine_regs *machine_regs(struct machine_vcpu *vcpu);

#define MACHINE_SLB_ENTRIES 32u
/** slbmte: the segment that holds ea translates through slb_v. Drops what the TLB knew by it. */
void machine_slbmte(struct machine_vcpu *vcpu, unsigned index, uint64_t ea, uint64_t slb_v);
void machine_slbia(struct machine_vcpu *vcpu);
/** The VSID word that translates ea now; false: segment interrupt. */
bool machine_slb_find(const struct machine_vcpu *vcpu, uint64_t ea, uint64_t *slb_v);

/** How a guest access ended. */
enum machine_result {
	MACHINE_OK = 0,
	MACHINE_SEGMENT, /**< no SLB entry: segment interrupt */
	MACHINE_REFLECT, /**< storage interrupt for the guest: fault.status */
	MACHINE_MMIO,    /**< to be emulated at fault.gpa */
	MACHINE_NOPAGE,  /**< fault.error */
	MACHINE_TOO_LARGE,
	MACHINE_NO_MEMORY,
	MACHINE_STUCK /**< max_faults in one access and still no translation */
};

/**
 * Guest accesses at effective addresses, any alignment, any length (piecewise by page).
 * Each loops: TLB, walk, fault, hptp_fault, hptp_refault. After anything but MACHINE_OK
 * machine_fault() tells more, and what came before the failing page is done.
 * Aligned accesses of 1, 2, 4 and 8 bytes are single and atomic; values are host-endian.
 */
enum machine_result machine_load(struct machine_vcpu *vcpu, uint64_t ea, void *to, size_t n);
enum machine_result machine_store(struct machine_vcpu *vcpu, uint64_t ea, const void *from,
				  size_t n);
enum machine_result machine_fetch(struct machine_vcpu *vcpu, uint64_t ea, uint32_t *insn);
enum machine_result machine_load64(struct machine_vcpu *vcpu, uint64_t ea, uint64_t *value);
enum machine_result machine_store64(struct machine_vcpu *vcpu, uint64_t ea, uint64_t value);

/** What the last access that did not end in MACHINE_OK was about. */
const struct hptp_fault *machine_fault(const struct machine_vcpu *vcpu);

/** Limit for MACHINE_STUCK; default 10000, 0: none. A fault that host_get answered with
 * HPTP_E_AGAIN waits for frames (threads) before it is tried again. */
void machine_max_faults(struct machine_vcpu *vcpu, unsigned max);

/** Every access that faults from now on, or is faulting, ends in MACHINE_STUCK; so that
 * threads whose pager has gone come home. */
void machine_stop(struct machine *m);

/** One access without repair: what hardware alone does. MACHINE_OK, SEGMENT, or REFLECT with
 * the interrupt's ea, slb_v and status in machine_fault(), ready for hptp_fault(). */
enum machine_result machine_try(struct machine_vcpu *vcpu, uint64_t ea, void *data, size_t n,
				bool store, bool fetch);

/** Evict the vCPU's whole TLB as capacity would: late R and C reach the table. */
void machine_tlb_evict(struct machine_vcpu *vcpu);
/** Translations in the vCPU's TLB. */
unsigned machine_tlb_used(struct machine_vcpu *vcpu);

struct machine_vcpu_stats {
	uint64_t accesses, tlb_hits, walks, faults, refaults, mmio, reflected, flushed, late_rc;
};
void machine_vcpu_stats(struct machine_vcpu *vcpu, struct machine_vcpu_stats *stats);

/* ---- hypercalls: both halves ---- */

long machine_h_enter(struct machine_vcpu *vcpu, uint64_t flags, uint64_t ptex, uint64_t pteh,
		     uint64_t ptel, uint64_t *out);
long machine_h_remove(struct machine_vcpu *vcpu, uint64_t flags, uint64_t ptex, uint64_t avpn,
		      uint64_t out[2]);
long machine_h_bulk_remove(struct machine_vcpu *vcpu, uint64_t args[8]);
long machine_h_block_remove(struct machine_vcpu *vcpu, uint64_t args[9]);
long machine_h_protect(struct machine_vcpu *vcpu, uint64_t flags, uint64_t ptex, uint64_t avpn);
long machine_h_read(struct machine_vcpu *vcpu, uint64_t flags, uint64_t ptex, uint64_t out[8]);
long machine_h_clear_ref(struct machine_vcpu *vcpu, uint64_t flags, uint64_t ptex, uint64_t *out);
long machine_h_clear_mod(struct machine_vcpu *vcpu, uint64_t flags, uint64_t ptex, uint64_t *out);
long machine_h_page_init(struct machine_vcpu *vcpu, uint64_t flags, uint64_t dest, uint64_t src);

/* ---- callbacks: counters and injected failures ---- */

enum machine_op {
#define HPTP_OP(kind, ret, name, args) MACHINE_OP_##name,
#include "hptpager/op_list.h"
#undef HPTP_OP
	MACHINE_OPS
};
const char *machine_op_name(enum machine_op op);
uint64_t machine_op_calls(const struct machine *m, enum machine_op op);

/** Callbacks that can fail, as machine_inject counts them. */
bool machine_op_can_fail(enum machine_op op);

/**
 * Let the n-th call from now (1: the next) of an op fail; MACHINE_OPS: of all ops that
 * can fail, counted together. 0 disarms. Fails once. host_lookup: false; host_get, pin:
 * `error` (0: HPTP_E_NOPAGE); mem_alloc: NULL; table_alloc: HPTP_E_NOMEM; slot_find: NULL;
 * retry_begin: false; retry_check: true. Before machine_create() use machine_inject_create().
 */
void machine_inject(struct machine *m, enum machine_op op, uint64_t n, int error);
/** For the next machine_create() of this thread. */
void machine_inject_create(enum machine_op op, uint64_t n, int error);
/** True once: the injected failure was reached. */
bool machine_injected(struct machine *m);

/** Memory that the library holds now by mem_alloc; calls minus frees. */
uint64_t machine_mem_bytes(const struct machine *m);

/** ops->trace events seen, by enum hptp_event. */
uint64_t machine_events(const struct machine *m, enum hptp_event event);

struct machine_host_stats {
	uint64_t evictions, page_ins, swap_writes, swap_reads, dropped_clean, moves, upgrades;
	uint64_t resident; /**< frames in use now */
};
void machine_host_stats(struct machine *m, struct machine_host_stats *stats);

/* ---- the MMU's arithmetic, for guests and tests (machine_mmu.c) ---- */

/** SLB VSID word. base: 12, 16, 24, 34; shift of the segment: 28 or 40. */
uint64_t machine_slb_word(uint64_t vsid, unsigned base, unsigned segment, uint64_t flags);
/** Base page shift of a VSID word, 0 when it is not one. */
unsigned machine_slb_base(uint64_t slb_v);
/** Primary PTEG of ea in a table of 2^order bytes; the secondary is its complement. */
uint64_t machine_pteg(uint64_t slb_v, uint64_t ea, unsigned order, bool secondary);
/** dword 0 (ISA 2.07) of a valid entry for ea: AVPN, B, L, H, V. */
uint64_t machine_pteh(uint64_t slb_v, uint64_t ea, unsigned actual, bool secondary);
/** dword 1 (ISA 2.07): page number, size encoding, and `low` (PP0 key WIMG N PP bits as
 * they lie). ~0 when base and actual do not go together. */
uint64_t machine_ptel(uint64_t gpa, unsigned base, unsigned actual, uint64_t low);
/** Sizes of an entry; false: no such encoding. */
bool machine_sizes(uint64_t pteh, uint64_t ptel, unsigned *base, unsigned *actual);
/** tlbie RB of a translation: VA from (slb_v, ea), and sizes. */
uint64_t machine_rb(uint64_t slb_v, uint64_t ea, unsigned actual);

/** @name low bits of dword 1 @{ */
#define MACHINE_PP_RWXX 0x0ull
#define MACHINE_PP_RWRX 0x1ull
#define MACHINE_PP_RWRW 0x2ull
#define MACHINE_PP_RXRX 0x3ull
#define MACHINE_PP_RXXX 0x8000000000000002ull
#define MACHINE_PTE_N 0x4ull
#define MACHINE_PTE_G 0x8ull
#define MACHINE_PTE_M 0x10ull
#define MACHINE_PTE_I 0x20ull
#define MACHINE_PTE_W 0x40ull
#define MACHINE_PTE_C 0x80ull
#define MACHINE_PTE_R 0x100ull
/** @} */

#endif
