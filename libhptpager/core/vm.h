/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* A VM and a vCPU inside the library. */
#ifndef HPTP_CORE_VM_H
#define HPTP_CORE_VM_H

#include "hptpager/fault.h"
#include "hptpager/hcall.h"
#include "hptpager/notify.h"
#include "hptpager/vm.h"
#include "find.h"
#include "slot.h"
#include "stats.h"
#include "table.h"
#include "window.h"

struct hptp_vm {
	const struct hptp_ops *ops;
	void *host;
	struct hptp_table table;
	struct hptp_slot_table *slots;
	size_t slots_size;
	uint64_t slots_alive;        /* handles that were not freed */
	struct hptp_stream *streams; /* open readers, under streams_lock; read under RCU */
	uint32_t streams_lock;
	uint64_t mmio_generation; /* from 1, never reset: the set of slots */
	uint32_t flags;
	uint8_t frame_shift;
	struct hptp_resize *resize; /* under vcpus_lock; NULL: none is under way */
	uint32_t ready;             /* may vCPUs enter the guest? See ready.c */
	struct hptp_vcpu *vcpus;    /* under vcpus_lock, as are retired counters */
	uint32_t vcpus_lock;
	uint64_t bytes;
	struct hptp_shard host_count; /* calls without a vCPU */
	struct hptp_windows windows;
};

/* What the fault's two halves hand over: the entry as it was. */
struct hptp_saved {
	struct hptp_peek entry;
	uint64_t ea;
	uint64_t generation; /* of the table */
	bool valid;
};

/* Emulated MMIO is looked up again and again: entries that were found to be that. */
#define HPTP_MMIO_CACHE 4u

struct hptp_mmio {
	struct hptp_peek entry;
	uint64_t slb_v, page; /* address, in pages of the segment's base size */
	uint64_t generation;  /* 0: empty */
};

/* The arguments of a hypercall between its two halves. */
struct hptp_enter_args {
	uint64_t flags, ptex, pteh, ptel;
};

struct hptp_page_init_args {
	uint64_t flags, dest, src;
};

enum hptp_waiting { HPTP_WAITS_NOTHING, HPTP_WAITS_ENTER, HPTP_WAITS_PAGE_INIT };

struct hptp_vcpu {
	struct hptp_vm *vm;
	void *host;
	uint32_t running; /* between hptp_vcpu_enter() and hptp_vcpu_leave() */
	struct hptp_shard count;
	struct hptp_saved saved;
	enum hptp_waiting waiting; /* for its task half */
	struct hptp_enter_args enter;
	struct hptp_page_init_args page_init;
	struct hptp_mmio mmio[HPTP_MMIO_CACHE];
	uint32_t mmio_next;
	struct hptp_vcpu *next;
};

void *hptp_mem_alloc(struct hptp_vm *vm, size_t size);
void hptp_mem_free(struct hptp_vm *vm, void *mem, size_t size);
hptp_cold void hptp_bug(struct hptp_vm *vm, const char *what);

/* 0: no table. */
static inline bool hptp_order_ok(unsigned order)
{
	return !order || (order >= HPTP_MIN_ORDER && order <= HPTP_MAX_ORDER);
}

static inline struct hptp_vm *hptp_vcpu_vm(const struct hptp_vcpu *vcpu)
{
	return hptp_port_reach(vcpu->vm);
}

static inline bool hptp_pinned(const struct hptp_vm *vm)
{
	return vm->flags & HPTP_VM_PINNED;
}

static inline void hptp_trace(struct hptp_vm *vm, enum hptp_event event, uint64_t a, uint64_t b)
{
	if (hptp_unlikely(hptp_op_given(vm, trace)))
		hptp_op(vm, trace, event, a, b);
}

/*
 * Between two batches of a long walk, with no lock held: let the CPU be had by others.
 * False: the table was replaced or is being so, and the walk's indices mean nothing; all
 * its entries were made absent, and their R and C were handed on.
 */
HPTP_MUST_CHECK static inline bool hptp_yield_point(const struct hptp_vm *vm)
{
	uint64_t generation = hptp_load64(&vm->table.generation);

	hptp_port_atomic_end();
	hptp_port_read_end();
	hptp_port_read_begin();
	hptp_port_atomic_begin();
	return hptp_table_same(&vm->table, generation);
}

/* Entries of the table that a walk over it looks at between two yield points. */
#define HPTP_SCAN_SLICE 4096u

/*
 * The slot of a frame, in a read section. hidden_too: also one that is being removed,
 * for entries that are members of its sets.
 */
static inline struct hptp_slot *hptp_slot_of(struct hptp_vm *vm, uint64_t gfn, bool hidden_too)
{
	const struct hptp_slot_table *t;
	const struct hptp_slot_entry *e;
	struct hptp_slot *slot;

	if (hptp_op_given(vm, slot_find))
		return hptp_port_reach(hptp_op(vm, slot_find, (hptp_gfn){ gfn }, hidden_too));
	t = hptp_port_reach(hptp_port_deref(&vm->slots));
	if (!t)
		return NULL;
	/* The last entry that begins at or before the frame, or the first. */
	e = t->entry;
	for (uint32_t n = t->n; n > 1; n -= n / 2)
		if (e[n / 2].base <= gfn)
			e += n / 2;
	/* What a removed slot left may hide one that was moved to where it was. */
	while (!(slot = hptp_port_reach(hptp_port_deref(&e->slot)))) {
		if (e == t->entry)
			return NULL;
		e--;
	}
	if (gfn - e->base >= e->n)
		return NULL;
	return hidden_too || !__atomic_load_n(&slot->hidden, __ATOMIC_ACQUIRE) ? slot : NULL;
}

/*
 * Is a slot, found earlier in the same read section, still what hptp_slot_of() finds? The
 * library's own stay where they are, and once they are hidden they are never shown again.
 */
static inline bool hptp_slot_still(struct hptp_vm *vm, const struct hptp_slot *slot, uint64_t gfn)
{
	if (hptp_op_given(vm, slot_find))
		return hptp_slot_of(vm, gfn, false) == slot;
	return !__atomic_load_n(&slot->hidden, __ATOMIC_ACQUIRE);
}

/* Frames that a page of this size covers. */
static inline uint64_t hptp_frames(const struct hptp_vm *vm, unsigned shift)
{
	return shift > vm->frame_shift ? (uint64_t)1 << (shift - vm->frame_shift) : 1;
}

/* Frame that an entry with this guest's view belongs to: the first one of its page. */
static inline uint64_t hptp_base_gfn(const struct hptp_vm *vm, uint64_t v, uint64_t g)
{
	return hptp_hpte_gpa(g, hptp_hpte_psize(v, g).actual) >> vm->frame_shift;
}

#endif
