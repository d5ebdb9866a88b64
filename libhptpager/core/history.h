/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Who owns R and C. Hardware sets them in dword 1; from there C goes to the dirty log,
 * R to the slot's history, and both to the guest's view. Bits in dword 1 of a linked
 * entry are those that went nowhere yet.
 */
#ifndef HPTP_HISTORY_H
#define HPTP_HISTORY_H

#include "link.h"
#include "rmap.h"
#include "rules.h"

/* A linked entry that is locked, with the slot and frame it belongs to. */
struct hptp_member {
	struct hptp_slot *slot;
	uint32_t *word; /* of that frame's set, where it is known; else NULL */
	uint64_t off;   /* of its page's first frame */
	uint8_t actual; /* log2 of its page's size */
};

/*
 * Find the slot and frame of a linked entry; g is the guest's view. *m may hold a guess:
 * what the view said before the entry was locked. A slot that was not hidden then, in the
 * same read section, can not have been flushed since. m->slot NULL: no guess. False: the
 * slot can not be found, which is a broken invariant.
 */
static hptp_inline bool hptp_member_of(struct hptp_vm *vm, const struct hptp_locked *l, uint64_t g,
				       struct hptp_member *m)
{
	uint64_t gfn;

	m->actual = hptp_hpte_psize(l->v, g).actual;
	gfn = hptp_hpte_gpa(g, m->actual) >> vm->frame_shift;
	if (m->slot && gfn == m->slot->base + m->off)
		return true;
	m->word = NULL;
	m->slot = hptp_slot_of(vm, gfn, true);
	if (!m->slot) {
		hptp_bug(vm, "a linked entry's slot is gone");
		return false;
	}
	m->off = gfn - m->slot->base;
	return true;
}

/* What a linked entry is that is known to be of this slot, if it is; g is its view. */
static inline void hptp_member_at(struct hptp_slot *slot, const struct hptp_locked *l, uint64_t g,
				  struct hptp_member *m)
{
	m->slot = slot;
	m->word = NULL;
	m->actual = hptp_hpte_psize(l->v, g).actual;
	/* Of an entry of frames before the slot, beyond its end. */
	m->off = (hptp_hpte_gpa(g, m->actual) >> hptp_slot_vm(slot)->frame_shift) - slot->base;
}

/* Does the member's page reach into a range? A page lies in one slot as a whole. */
static inline bool hptp_member_reaches(const struct hptp_member *m, uint64_t off, uint64_t n)
{
	if (m->off >= off)
		return m->off < off + n;
	return m->off + hptp_frames(hptp_slot_vm(m->slot), m->actual) > off;
}

/* Is a locked entry linked, and does its page reach into a range of the slot's? */
static inline bool hptp_member_in(struct hptp_slot *slot, uint64_t off, uint64_t n,
				  const struct hptp_locked *l, uint64_t *g, struct hptp_member *m)
{
	if (!hptp_linked(l))
		return false;
	*g = hptp_view_load(l->view);
	hptp_member_at(slot, l, *g, m);
	return hptp_member_reaches(m, off, n) || !hptp_keep(HPTP_RULE_REVALIDATE);
}

void hptp_deposit_rc(struct hptp_slot *slot, uint64_t off, unsigned actual, uint64_t rc);

/* Give pending R and C to the slot's history and log. */
static inline void hptp_deposit(const struct hptp_member *m, uint64_t rc)
{
	if (rc)
		hptp_deposit_rc(m->slot, m->off, m->actual, rc);
}

/* Those of an absent entry that gets valid, which go to its view `g` too. */
void hptp_take_pending(const struct hptp_member *m, const struct hptp_locked *l, uint64_t g);

/* Give pending R and C away, and leave the frame's set: the entry is free or an orphan next. */
static hptp_inline void hptp_leave(const struct hptp_member *m, const struct hptp_locked *l,
				   uint64_t rc)
{
	struct hptp_page page = {
		.slot = m->slot,
		.word = m->word ? m->word : hptp_set_word(m->slot, m->off),
		.off = m->off,
		.frames = hptp_frames(hptp_slot_vm(m->slot), m->actual),
		.shift = m->actual,
	};

	hptp_deposit(m, rc);
	hptp_unlink(&page, hptp_view_place(l->view), l->idx);
}

#endif
