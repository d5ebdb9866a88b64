/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Who owns R and C. Hardware sets them in dword 1; from there C goes to the dirty log,
 * R to the slot's history, and both to the guest's view. Bits in dword 1 of a linked
 * entry are those that went nowhere yet.
 */
#ifndef HPTP_HISTORY_H
#define HPTP_HISTORY_H

#include "vm.h"

/* A linked entry that is locked, with the slot and frame it belongs to. */
struct hptp_member {
	struct hptp_slot *slot;
	uint64_t off;   /* of its page's first frame */
	uint8_t actual; /* log2 of its page's size */
};

/* False: its slot can not be found, which is a broken invariant. */
bool hptp_member_of(struct hptp_vm *vm, const struct hptp_locked *l, uint64_t g,
		    struct hptp_member *m);

/* Is a locked entry linked, and does its page reach into a range of the slot's? */
static inline bool hptp_member_in(struct hptp_slot *slot, uint64_t off, uint64_t n,
				  const struct hptp_locked *l, uint64_t *g, struct hptp_member *m)
{
	uint64_t gfn;

	if (!hptp_linked(l))
		return false;
	*g = hptp_load64(l->view);
	m->slot = slot;
	m->actual = hptp_hpte_psize(l->v, *g).actual;
	gfn = hptp_hpte_gpa(*g, m->actual) >> slot->vm->frame_shift;
	/* A page lies in one slot as a whole, and a linked one's slot is still there. */
	m->off = gfn - slot->base;
	return gfn >= slot->base && m->off < off + n &&
	       m->off + hptp_frames(slot->vm, m->actual) > off;
}

/* Give pending R and C to the slot's history and log. */
void hptp_deposit(const struct hptp_member *m, uint64_t rc);

/* Those of an absent entry that gets valid, which go to its view `g` too. */
void hptp_take_pending(const struct hptp_member *m, const struct hptp_locked *l, uint64_t g);

/* Give pending R and C away, and leave the frame's set: the entry is free or an orphan next. */
void hptp_leave(const struct hptp_member *m, uint64_t idx, uint64_t rc);

#endif
