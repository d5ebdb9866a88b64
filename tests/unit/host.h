/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The smallest host that the unit tests need: a flat array of frames, one slot or
 * several, callbacks that count their calls, can fail at the N-th, and account for all
 * that they give away. host_start() makes a VM, host_stop() ends it and checks that
 * nothing is left.
 */
#ifndef TEST_HOST_H
#define TEST_HOST_H

#include "hptpager/hptpager.h"
#include "isa.h"

#include <check.h>

#define HOST_FRAMES 0x4000u     /* guest frames that the array has */
#define HOST_FIRST_HFN 0x80000u /* frame g lies at host frame HOST_FIRST_HFN + g */
#define HOST_VSID 0xabcdeull
#define HOST_FLUSHED 4096u
#define HOST_SLOTS 4u

struct host_page {
	bool present, writable, ci;
	bool refuse;              /* host_get and pin fail */
	bool read_only_for_reads; /* host_get for a load brings it read-only */
	uint64_t hfn;
	uint8_t shift; /* of the mapping; 0: the frame size */
};

enum host_op {
#define HPTP_OP(kind, ret, name, args) HOST_OP_##name,
#include "hptpager/op_list.h"
#undef HPTP_OP
	HOST_OPS
};

/* What a slot's callbacks get as `slot`. */
struct host_slot {
	uint64_t base;
	struct hptp_slot *slot;
};

struct host {
	struct hptp_ops ops;
	struct hptp_vm *vm;
	struct hptp_vcpu *vcpu;
	struct hptp_slot *slot; /* of slots[0] */
	struct host_slot slots[HOST_SLOTS];
	struct hptp_table_info table;
	unsigned frame_shift;
	bool isa3;

	struct host_page page[HOST_FRAMES];
	unsigned long calls[HOST_OPS];
	unsigned long n_events[8]; /* by enum hptp_event */
	unsigned long bugs;
	const char *bug;

	long fail_in; /* counts down at callbacks that may fail; that which takes it to 0 does */
	unsigned long may_fail; /* callbacks so far that could have failed */
	unsigned long blocks, bytes, tables, held, pinned;

	uint64_t flushed[HOST_FLUSHED]; /* operands, oldest first */
	unsigned n_flushed, n_flush_all;
	uint64_t late_idx, late_rc; /* hardware's write-back at the next flush; late_rc 0: none */
	void (*in_lookup)(struct host *host); /* called once, at the end of host_lookup */
	void (*in_get)(struct host *host);    /* called once, at the begin of host_get */
	void (*in_alloc)(struct host *host);  /* called once, at the begin of mem_alloc */
	void (*in_pin)(struct host *host);    /* called once, at the end of pin */
	void (*in_flush)(struct host *host);  /* called once, at the begin of tlb_flush */
	struct hptp_part init_to, init_from;  /* of the last page_init */
	bool init_copies;
	size_t init_bytes;
	uint64_t init_gfns[16]; /* of the first ones */
	/* called at each event, as long as it is set */
	void (*in_trace)(struct host *host, enum hptp_event event);
	void *flush_vcpu; /* of the last flush */
	int get_error;    /* what host_get says of a refused page */
	bool young_asked; /* host_lookup had HPTP_HOW_YOUNG */
};

struct host_config {
	unsigned frame_shift; /* 0: 12 */
	unsigned order;       /* 0: 18 */
	bool isa3;
	bool pinned;
	bool no_slot;
	bool no_table;
};

/* The four kinds of VM that most tests run on: 4K and 64K frames, old and 3.0 format. */
#define HOST_KINDS 4
const struct host_config *host_kind(int i);

/* The table of callbacks and nothing else; then a VM, a slot of all frames, a vCPU. */
void host_init(struct host *host);
void host_start(struct host *host, const struct host_config *config);
void host_stop(struct host *host);
struct hptp_config host_vm_config(struct host *host, const struct host_config *config);
int host_add_slot(struct host *host, unsigned i, uint64_t base, uint64_t n);

/* The host's page table. Pages appear without notice and go with the window protocol. */
void host_map(struct host *host, uint64_t gfn, uint64_t n, bool writable);
void host_unmap(struct host *host, uint64_t gfn, uint64_t n);
void host_protect(struct host *host, uint64_t gfn, uint64_t n);

/* Page `page` of the test segment, in pages of 2^base bytes. */
struct isa_va host_va(uint64_t page, unsigned base);
/* dword 0 of an entry for it (V clear), and its index: slot `k` of its PTEG. */
uint64_t host_v(const struct isa_va *va, unsigned actual);
uint64_t host_idx(const struct host *host, const struct isa_va *va, unsigned k);
/* dword 1: cacheable, PP. */
uint64_t host_r(const struct host *host, uint64_t gfn, unsigned base, unsigned actual, unsigned pp);

/* H_ENTER with both halves. */
long host_h_enter(struct host *host, uint64_t flags, uint64_t ptex, uint64_t v, uint64_t r,
		  uint64_t *idx);
/* Enter a writable 4K (or frame-size base) page; the index. */
uint64_t host_enter(struct host *host, uint64_t page, uint64_t gfn);
uint64_t host_enter_size(struct host *host, uint64_t page, uint64_t gfn, unsigned base,
			 unsigned actual);

/* A data access that hardware does not satisfy: both halves of the fault. */
struct hptp_fault host_fault_for(const struct isa_va *va, bool store);
enum hptp_outcome host_fault(struct host *host, struct hptp_fault *fault);
enum hptp_outcome host_access(struct host *host, uint64_t page, bool store);

/* The hardware's view. */
struct isa_pte host_pte(const struct host *host, uint64_t idx);
bool host_valid(const struct host *host, uint64_t idx);
void host_touch(struct host *host, uint64_t idx, uint64_t rc);
bool host_was_flushed(const struct host *host, uint64_t rb);
/* The library's iterator on one entry; state HPTP_FREE if it is free. */
struct hptp_entry host_entry(const struct host *host, uint64_t idx);
/* An FNV hash of the whole table, to see that nothing changed. */
uint64_t host_table_hash(const struct host *host);
struct hptp_stats host_stats(const struct host *host);
void host_check(struct host *host);

/* A dword that the guest gets: nothing of the host or of paging in it. */
void host_assert_guest_v(uint64_t v);
void host_assert_guest_r(const struct host *host, uint64_t r);

#endif
