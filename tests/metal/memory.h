/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The host's memory behind the scenarios' slots: units of one mapping each, in, out, or
 * shared read-only until the first store.
 */
#ifndef METAL_MEMORY_H
#define METAL_MEMORY_H

#include "harness.h"

struct unit {
	void *frame;  /* NULL while it is out */
	void *stored; /* its contents meanwhile; NULL: zeros */
	bool own;     /* may be written: not, or no more, copy on write */
};

struct memory {
	struct memory *next;
	struct hptp_slot *handle;
	uint64_t first, n; /* frames */
	unsigned frame_shift, unit_shift, flags;
	struct unit *unit;
};

extern const struct hptp_ops memory_ops;

/* Called by the callbacks: tlb_flush calls, pages taken out. */
extern uint64_t memory_flushes, memory_page_outs;

struct memory *memory_add(struct hptp_vm *vm, struct memory *description);
void memory_remove(struct memory *memory);

/* Take the unit of a frame out, keeping its contents. */
void memory_page_out(struct memory *memory, uint64_t off);

/* Where the host sees a byte of the slot; brings it in, for writing if asked. */
void *memory_reach(struct memory *memory, uint64_t byte, bool write);

#endif
