// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Scenarios: slots that come, go and change beneath live entries. */
#include "support.h"

#define EA 0x10000000ull
#define GPA 0x1000000ull
#define SLOT_BYTES 0x100000ull
#define FRAMES 16u

static void *memory_at(struct harness *h, uint64_t gpa)
{
	return h->slot_add(h->self, gpa >> h->frame_shift, SLOT_BYTES >> h->frame_shift,
			   h->frame_shift, 0);
}

/* Valid, absent and orphan entries, aliases among them, when their slot goes. */
void scenario_slot_removed_live(struct harness *h)
{
	void *slot = memory_at(h, GPA), *beside = memory_at(h, GPA + SLOT_BYTES);
	struct page p[6], q = page_at(EA * 2, GPA + SLOT_BYTES, 12, 12);
	uint64_t value, out[2];

	expect(h, slot && beside && enter(h, &q, RW) == HPTP_H_SUCCESS && stores(h, &q, 0, 9));
	for (unsigned i = 0; i < 6; i++) {
		p[i] = page_at(EA + (uint64_t)i * 0x1000, GPA + (uint64_t)(i / 2) * 0x10000, 12,
			       12);
		expect(h, enter(h, &p[i], RW) == HPTP_H_SUCCESS && stores(h, &p[i], 8, i));
	}
	h->page_out(h->self, slot, 0);
	h->slot_remove(h->self, slot);
	for (unsigned i = 0; i < 6; i++) {
		expect(h, state(h, &p[i]) == HPTP_ORPHAN);
		expect(h, view(h, &p[i]) == page_ptel(&p[i], RW | PTE_R | PTE_C));
		expect(h, guest_load(h, &p[i], 0, &value).what == HARNESS_MMIO);
	}
	expect(h, loads(h, &q, 0, 9));
	/* All that a guest may do to an entry goes on. */
	expect(h, hptp_h_remove(h->vcpu, 0, p[0].idx, 0, out) == HPTP_H_SUCCESS);
	expect(h, hptp_h_protect(h->vcpu, PP_RXRX, p[1].idx, 0) == HPTP_H_SUCCESS);
	expect(h, hptp_h_clear_mod(h->vcpu, 0, p[2].idx, out) == HPTP_H_SUCCESS);
	/* Memory again: what the entries say now counts. */
	expect(h, memory_at(h, GPA));
	expect(h, guest_store(h, &p[1], 8, 1).what == HARNESS_REFLECTED && loads(h, &p[1], 8, 0));
	expect(h, !(view(h, &p[2]) & PTE_C) && stores(h, &p[2], 8, 4) && loads(h, &p[3], 8, 4));
}

/* The same memory at another place: entries for the old one are not entries for the new. */
void scenario_slot_elsewhere(struct harness *h)
{
	struct page p = page_at(EA, GPA, 12, 12), q = page_at(EA * 2, GPA + SLOT_BYTES / 2, 12, 12);
	void *slot = memory_at(h, GPA);
	uint64_t value;

	expect(h, slot && enter(h, &p, RW) == HPTP_H_SUCCESS && enter(h, &q, RW) == HPTP_H_SUCCESS);
	expect(h, stores(h, &p, 0, 1) && stores(h, &q, 0, 2));
	h->slot_remove(h->self, slot);
	/* Half of it overlaps where it was. */
	slot = memory_at(h, GPA + SLOT_BYTES / 2);
	expect(h, slot && guest_load(h, &p, 0, &value).what == HARNESS_MMIO);
	expect(h, loads(h, &q, 0, 0) && stores(h, &q, 0, 3));
	h->page_out(h->self, slot, 0);
	expect(h, state(h, &q) == HPTP_ABSENT && loads(h, &q, 0, 3));
}

static bool harvested(struct harness *h, struct hptp_slot *handle, unsigned want)
{
	uint8_t out[2] = { 0 };

	return !hptp_dirty_harvest(handle, (hptp_off){ 0 }, FRAMES, out, HPTP_HARVEST_STOPPED) &&
	       (out[0] | (unsigned)out[1] << 8) == want && h;
}

/* The log starts, stops and starts again beneath entries that are in use. */
void scenario_log_toggled(struct harness *h)
{
	uint64_t frame = 1ull << h->frame_shift, out[2];
	static uint8_t log[SLOT_BYTES >> 15];
	void *slot = memory_at(h, GPA);
	struct hptp_slot *handle;
	struct page p[3];

	expect(h, slot);
	handle = h->slot_handle(h->self, slot);
	for (unsigned i = 0; i < 3; i++) {
		p[i] = page_at(EA + i * 0x10000, GPA + i * frame, 12, 12);
		expect(h, enter(h, &p[i], RW) == HPTP_H_SUCCESS && stores(h, &p[i], 0, 1));
	}
	/* Without a log what leaves an entry is told to nobody; what is still there is. */
	expect(h, hptp_h_remove(h->vcpu, 0, p[0].idx, 0, out) == HPTP_H_SUCCESS);
	for (unsigned i = 0; i < sizeof(log); i++)
		log[i] = 0;
	expect(h, !hptp_dirty_start(handle, log, sizeof(log)));
	expect(h, hptp_dirty_start(handle, log, sizeof(log)) == HPTP_E_STATE);
	expect(h, harvested(h, handle, 6));
	/* With one, whatever ends the entry. */
	expect(h, stores(h, &p[1], 0, 2) && stores(h, &p[2], 0, 2));
	h->page_out(h->self, slot, 1);
	expect(h, hptp_h_remove(h->vcpu, 0, p[1].idx, 0, out) == HPTP_H_SUCCESS);
	expect(h, hptp_h_remove(h->vcpu, 0, p[2].idx, 0, out) == HPTP_H_SUCCESS);
	expect(h, harvested(h, handle, 6) && harvested(h, handle, 0));
	expect(h, !hptp_dirty_stop(handle));
	expect(h, enter(h, &p[0], RW) == HPTP_H_SUCCESS && stores(h, &p[0], 0, 3));
	expect(h, !hptp_dirty_start(handle, log, sizeof(log)));
	expect(h, harvested(h, handle, 1));
	expect(h, !hptp_dirty_stop(handle) && hptp_dirty_stop(handle) == HPTP_E_STATE);
}

/* A slot that begins or ends inside a large page can not hold that page. */
void scenario_slot_misplaced(struct harness *h)
{
	unsigned shift = h->frame_shift < 16 ? 16 : 24;
	struct page p = page_at(EA * 2, GPA, shift, shift), q = page_at(EA * 3, GPA, shift, shift);
	struct harness_end end;
	uint64_t value;

	expect(h, enter(h, &p, RW) == HPTP_H_SUCCESS); /* no slot yet */
	expect(h, h->slot_add(h->self, GPA >> h->frame_shift, 24, h->frame_shift, 0));
	end = guest_load(h, &p, 0, &value);
	expect(h, end.what == HARNESS_TOO_LARGE || end.what == HARNESS_NOPAGE);
	expect(h, state(h, &p) == HPTP_ORPHAN && enter(h, &q, RW) == HPTP_H_PARAMETER);
	q = page_at(EA * 3, GPA, 12, 12);
	expect(h, enter(h, &q, RW) == HPTP_H_SUCCESS && stores(h, &q, 0, 1));
}

/* Large pages where guest and host real address do not agree. */
void scenario_slot_askew(struct harness *h)
{
	unsigned shift = h->frame_shift < 16 ? 16 : 24;
	struct page p = page_at(EA * 2, GPA, shift, shift), q = page_at(EA * 3, GPA, 12, 12);
	uint64_t last = GPA + (1ull << shift) - 8, value;
	struct harness_end end;
	struct page r;

	expect(h, enter(h, &p, RW) == HPTP_H_SUCCESS); /* no slot yet */
	if (shift > h->max_unit_shift ||
	    !h->slot_add(h->self, GPA >> h->frame_shift, frames_in(h, shift), shift, HARNESS_ASKEW))
		leave_out(h, "the host has no such mappings");
	end = guest_load(h, &p, 0, &value);
	expect(h, end.what == HARNESS_TOO_LARGE || end.what == HARNESS_NOPAGE);
	r = page_at(p.ea + (1ull << shift), GPA, shift, shift);
	expect(h, enter(h, &r, RW) == HPTP_H_PARAMETER && state(h, &p) == HPTP_ORPHAN);
	/* Small ones lead to the right memory. */
	expect(h, enter(h, &q, RW) == HPTP_H_SUCCESS && stores(h, &q, 8, 1));
	r = page_at(EA * 3 + 0x1000, last & ~0xfffull, 12, 12);
	expect(h, enter(h, &r, RW) == HPTP_H_SUCCESS && stores(h, &r, 0xff8, 2));
	expect(h, h->host_read(h->self, GPA + 8) == 1 && h->host_read(h->self, last) == 2);
}

/* hptp_slot_move(): memory and log go along, entries stay where they are. */
void scenario_slot_moved(struct harness *h)
{
	struct page p = page_at(EA, GPA, 12, 12), q = page_at(EA * 2, GPA << 1, 12, 12);
	void *slot = memory_at(h, GPA), *beside = memory_at(h, GPA << 2);
	const uint64_t beyond = 1ull << (56 - h->frame_shift);
	static uint8_t log[SLOT_BYTES >> 15];
	uint64_t value;

	if (!h->slot_move)
		leave_out(h, "the host's slots do not move");
	for (unsigned i = 0; i < sizeof(log); i++)
		log[i] = 0;
	expect(h, slot && beside && !enter(h, &p, RW) && !enter(h, &q, RW) && stores(h, &p, 0, 1));
	expect(h, !hptp_dirty_start(h->slot_handle(h->self, slot), log, sizeof(log)));
	expect(h, harvested(h, h->slot_handle(h->self, slot), 1) && stores(h, &p, 0, 2));
	/* Where it can not go: nothing has changed. */
	expect(h, h->slot_move(h->self, slot, GPA << 2 >> h->frame_shift) == HPTP_E_OVERLAP);
	expect(h, h->slot_move(h->self, slot, beyond) == HPTP_E_PARAM);
	expect(h, state(h, &p) == HPTP_VALID && loads(h, &p, 0, 2));
	expect(h, guest_load(h, &q, 0, &value).what == HARNESS_MMIO);
	/* There, over itself, and back. */
	expect(h, !h->slot_move(h->self, slot, GPA << 1 >> h->frame_shift));
	expect(h, state(h, &p) == HPTP_ORPHAN);
	expect(h, guest_load(h, &p, 0, &value).what == HARNESS_MMIO && loads(h, &q, 0, 2));
	expect(h, harvested(h, h->slot_handle(h->self, slot), 1) && stores(h, &q, 0, 3));
	h->page_out(h->self, slot, 0);
	expect(h, !h->slot_move(h->self, slot, (GPA << 1 >> h->frame_shift) - 1));
	expect(h, loads(h, &q, 0, 0) &&
			  h->host_read(h->self, (GPA << 1) - (1 << h->frame_shift)) == 3);
	expect(h, !h->slot_move(h->self, slot, GPA >> h->frame_shift));
	expect(h, loads(h, &p, 0, 3) && guest_load(h, &q, 0, &value).what == HARNESS_MMIO);
	expect(h, harvested(h, h->slot_handle(h->self, slot), 1));
	expect(h, !hptp_dirty_stop(h->slot_handle(h->self, slot)));
}

/* As a host changes a slot's flags: it goes, and comes again with others. */
void scenario_slot_flags(struct harness *h)
{
	struct page p = page_at(EA, GPA, 12, 12), q = page_at(EA + 0x1000, GPA, 12, 12);
	uint64_t gfn = GPA >> h->frame_shift, n = SLOT_BYTES >> h->frame_shift;
	void *slot = memory_at(h, GPA);

	expect(h, slot && !enter(h, &p, RW) && !enter(h, &q, RO) && stores(h, &p, 0, 1));
	for (unsigned i = 0; i < 2; i++) {
		h->slot_remove(h->self, slot);
		slot = h->slot_add(h->self, gfn, n, h->frame_shift, HARNESS_READONLY);
		expect(h, slot && loads(h, &p, 0, 0) && loads(h, &q, 0, 0));
		expect(h, guest_store(h, &p, 0, 2).what == HARNESS_NOPAGE && loads(h, &p, 0, 0));
		expect(h, (view(h, &p) & ~(PTE_R | PTE_C)) == page_ptel(&p, RW));
		h->page_out(h->self, slot, 0);
		h->slot_remove(h->self, slot);
		slot = h->slot_add(h->self, gfn, n, h->frame_shift, i ? 0 : HARNESS_COW);
		expect(h, slot && loads(h, &q, 0, 0) && stores(h, &p, 0, 3 + i));
		expect(h, loads(h, &q, 0, 3 + i));
		expect(h, guest_store(h, &q, 0, 1).what == HARNESS_REFLECTED);
	}
}
