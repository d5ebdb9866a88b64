// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Scenarios: resident, absent, refault. */
#include "support.h"

#define EA 0x10000000ull
#define GPA 0x1000000ull /* of the slot most scenarios use */
#define SLOT_BYTES 0x100000ull

static void *memory(struct harness *h)
{
	return h->slot_add(h->self, GPA >> h->frame_shift, SLOT_BYTES >> h->frame_shift,
			   h->frame_shift, 0);
}

void scenario_enter_touch(struct harness *h)
{
	struct page p = page_at(EA, GPA, 12, 12);
	void *slot = memory(h);

	expect(h, slot);
	h->host_write(h->self, GPA + 8, 0x1122334455667788);
	h->page_out(h->self, slot, 0);
	expect(h, enter(h, &p, RW) == HPTP_H_SUCCESS);
	expect(h, state(h, &p) != HPTP_VALID);
	expect(h, view(h, &p) == page_ptel(&p, RW));
	expect(h, loads(h, &p, 8, 0x1122334455667788));
	expect(h, state(h, &p) == HPTP_VALID);
	expect(h, stores(h, &p, 16, 42));
	expect(h, h->host_read(h->self, GPA + 16) == 42);
}

void scenario_page_out_refault(struct harness *h)
{
	struct page p = page_at(EA, GPA, 12, 12);
	void *slot = memory(h);
	uint64_t before;

	expect(h, slot && enter(h, &p, RW) == HPTP_H_SUCCESS);
	for (unsigned i = 0; i < 4; i++) {
		expect(h, stores(h, &p, 8 * i, 1000 + i));
		before = view(h, &p);
		h->page_out(h->self, slot, 0);
		expect(h, state(h, &p) == HPTP_ABSENT || state(h, &p) == HPTP_ORPHAN);
		/* Late R and C may have come in, nothing else may change. */
		expect(h, (view(h, &p) & ~(PTE_R | PTE_C)) == (before & ~(PTE_R | PTE_C)));
		expect(h, loads(h, &p, 8 * i, 1000 + i));
	}
}

void scenario_page_out_flush(struct harness *h)
{
	struct page near = page_at(EA, GPA, 12, 12);
	struct page far = page_at(EA + 0x20000, GPA + 0x20000, 12, 12);
	void *slot = memory(h);
	uint64_t flushes;

	expect(h, slot && enter(h, &near, RW) == HPTP_H_SUCCESS);
	expect(h, enter(h, &far, RW) == HPTP_H_SUCCESS);
	expect(h, stores(h, &near, 0, 1) && stores(h, &far, 0, 2));
	flushes = h->flushes(h->self);
	h->page_out(h->self, slot, 0);
	expect(h, h->flushes(h->self) == flushes + 1);
	expect(h, state(h, &near) != HPTP_VALID && state(h, &far) == HPTP_VALID);
	/* What is absent already needs no flush, and no more is done. */
	flushes = h->flushes(h->self);
	h->page_out(h->self, slot, 0);
	expect(h, h->flushes(h->self) == flushes);
	expect(h, loads(h, &near, 0, 1) && loads(h, &far, 0, 2));
}

void scenario_aliases(struct harness *h)
{
	struct page p[12];
	void *slot = memory(h);

	expect(h, slot);
	for (unsigned i = 0; i < 12; i++) {
		p[i] = page_at(EA + (uint64_t)i * 0x1000, GPA, 12, 12);
		expect(h, enter(h, &p[i], i % 3 == 2 ? RO : RW) == HPTP_H_SUCCESS);
	}
	expect(h, stores(h, &p[0], 0, 7));
	for (unsigned i = 0; i < 12; i++)
		expect(h, loads(h, &p[i], 0, 7));
	h->page_out(h->self, slot, 0);
	for (unsigned i = 0; i < 12; i++)
		expect(h, state(h, &p[i]) != HPTP_VALID);
	expect(h, stores(h, &p[3], 0, 8));
	expect(h, guest_store(h, &p[2], 0, 9).what == HARNESS_REFLECTED);
	for (unsigned i = 0; i < 12; i++)
		expect(h, loads(h, &p[i], 0, 8));
}

void scenario_secondary(struct harness *h)
{
	struct page p = page_at(EA, GPA, 12, 12), other;
	void *slot = memory(h);
	uint64_t out[2];

	expect(h, slot);
	/* Fill the primary group with pages of other segments that hash to it. */
	for (unsigned i = 1; i <= 8; i++) {
		other = page_at(EA * (i + 1), GPA, 12, 12);
		other.slb_v = p.slb_v + ((uint64_t)i << (HPTP_SLB_SHIFT + 20));
		expect(h, page_pteg(h, &other) == page_pteg(h, &p));
		expect(h, enter(h, &other, RW) == HPTP_H_SUCCESS);
	}
	expect(h, enter(h, &p, RW) == HPTP_H_PTEG_FULL);
	p.secondary = true;
	expect(h, enter(h, &p, RW) == HPTP_H_SUCCESS);
	expect(h, stores(h, &p, 0, 5));
	h->page_out(h->self, slot, 0);
	expect(h, loads(h, &p, 0, 5));
	expect(h, hptp_h_remove(h->vcpu, HPTP_H_AVPN, p.idx, page_pteh(&p) & ~0x7full, out) ==
			  HPTP_H_SUCCESS);
	expect(h, guest_load(h, &p, 0, out).what == HARNESS_REFLECTED);
}

/* ---- windows, in the orders that one thread can make ---- */

void scenario_enter_in_window(struct harness *h)
{
	struct page p = page_at(EA, GPA, 12, 12);
	void *slot = memory(h);
	struct hptp_window w;
	struct hptp_slot *handle;

	expect(h, slot);
	handle = h->slot_handle(h->self, slot);
	h->host_write(h->self, GPA, 3); /* now the host has the page */
	expect(h, !hptp_invalidate_begin(handle, (hptp_off){ 0 }, 1, &w));
	expect(h, enter(h, &p, RW) == HPTP_H_SUCCESS);
	expect(h, state(h, &p) != HPTP_VALID);
	expect(h, !hptp_unmap_range(handle, (hptp_off){ 0 }, 1, NULL));
	expect(h, !hptp_invalidate_end(&w));
	expect(h, hptp_invalidate_end(&w) == HPTP_E_STATE);
	expect(h, loads(h, &p, 0, 3));
}

void scenario_unmap_orders(struct harness *h)
{
	struct page p = page_at(EA, GPA, 12, 12);
	void *slot = memory(h);
	struct hptp_unmapped done = { 0 };
	struct hptp_window outer, inner;
	struct hptp_slot *handle;

	expect(h, slot);
	handle = h->slot_handle(h->self, slot);
	expect(h, hptp_unmap_range(handle, (hptp_off){ 0 }, 1, NULL) == HPTP_E_WINDOW);
	h->page_out(h->self, slot, 0); /* before anything is mapped */
	expect(h, enter(h, &p, RW) == HPTP_H_SUCCESS && stores(h, &p, 0, 1));
	/* An unmap without any change of the host's: the entry just comes back. */
	expect(h, !hptp_invalidate_begin(handle, (hptp_off){ 0 }, 4, &outer));
	expect(h, !hptp_invalidate_begin(handle, (hptp_off){ 0 }, 1, &inner));
	expect(h, !hptp_unmap_range(handle, (hptp_off){ 0 }, 1, &done));
	expect(h, done.entries == 1 && done.n_dirty == 1 && done.n_young == 1);
	expect(h, !hptp_unmap_range(handle, (hptp_off){ 0 }, 4, &done));
	expect(h, done.entries <= 1);            /* nothing more, however it is summed */
	expect(h, !hptp_invalidate_end(&outer)); /* windows overlap freely */
	expect(h, !hptp_invalidate_end(&inner));
	expect(h, loads(h, &p, 0, 1));
	expect(h, !hptp_unmap_frame(handle, (hptp_off){ 0 }, NULL, NULL, NULL));
	expect(h, state(h, &p) != HPTP_VALID && loads(h, &p, 0, 1));
}

void scenario_remove_absent(struct harness *h)
{
	struct page p = page_at(EA, GPA, 12, 12), q = page_at(EA + 0x1000, GPA, 12, 12);
	uint64_t out[2] = { 0 }, bulk[8] = { 0 };
	void *slot = memory(h);

	expect(h, slot && enter(h, &p, RW) == HPTP_H_SUCCESS && enter(h, &q, RW) == HPTP_H_SUCCESS);
	expect(h, stores(h, &p, 0, 1));
	expect(h, loads(h, &q, 0, 1));
	h->page_out(h->self, slot, 0);
	expect(h, hptp_h_remove(h->vcpu, 0, p.idx, 0, out) == HPTP_H_SUCCESS);
	expect(h, out[0] == page_pteh(&p));
	expect(h, out[1] == page_ptel(&p, RW | PTE_R | PTE_C));
	expect(h, hptp_h_remove(h->vcpu, 0, p.idx, 0, out) == HPTP_H_NOT_FOUND);
	bulk[0] = 1ull << 62 | q.idx;
	bulk[2] = 1ull << 62 | p.idx;
	bulk[4] = 3ull << 62;
	expect(h, hptp_h_bulk_remove(h->vcpu, bulk) == HPTP_H_SUCCESS);
	expect(h, bulk[0] == (0x80ull << 56 | 1ull << 59 | q.idx));
	expect(h, bulk[2] == (0x90ull << 56 | p.idx));
	expect(h, state(h, &p) == HPTP_FREE && state(h, &q) == HPTP_FREE);
	expect(h, guest_load(h, &p, 0, out).what == HARNESS_REFLECTED);
}
