// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Scenarios: what the host has behind guest memory, and where it has nothing. */
#include "support.h"

#define EA 0x10000000ull
#define GPA 0x1000000ull
#define SLOT_BYTES 0x100000ull

static void *memory(struct harness *h, unsigned flags)
{
	return h->slot_add(h->self, GPA >> h->frame_shift, SLOT_BYTES >> h->frame_shift,
			   h->frame_shift, flags);
}

void scenario_read_only(struct harness *h)
{
	struct page p = page_at(EA, GPA, 12, 12);
	uint64_t value;

	expect(h, memory(h, HARNESS_READONLY));
	expect(h, enter(h, &p, RO) == HPTP_H_SUCCESS);
	expect(h, loads(h, &p, 0, 0));
	expect(h, state(h, &p) == HPTP_VALID);
	/* The guest may ask to write, and sees that it may; the host never lets it. */
	expect(h, hptp_h_protect(h->vcpu, PP_RWRW, p.idx, 0) == HPTP_H_SUCCESS);
	expect(h, (view(h, &p) & ~PTE_R) == page_ptel(&p, RW));
	expect(h, guest_store(h, &p, 0, 1).what == HARNESS_NOPAGE);
	expect(h, loads(h, &p, 0, 0));
	expect(h, guest_load(h, &p, 8, &value).what == HARNESS_DONE && value == 0);
}

void scenario_write_upgrade(struct harness *h)
{
	struct page p = page_at(EA, GPA, 12, 12), q = page_at(EA + 0x1000, GPA, 12, 12);
	void *slot = memory(h, HARNESS_COW);

	expect(h, slot);
	expect(h, enter(h, &p, RW) == HPTP_H_SUCCESS && enter(h, &q, RW) == HPTP_H_SUCCESS);
	expect(h, loads(h, &p, 0, 0) && loads(h, &q, 0, 0)); /* both map the shared frame */
	expect(h, stores(h, &p, 0, 6));
	expect(h, loads(h, &q, 0, 6)); /* the old frame would show 0 */
	h->page_out(h->self, slot, 0);
	expect(h, loads(h, &q, 0, 6));
	expect(h, stores(h, &q, 0, 7) && loads(h, &p, 0, 7));
}

static bool is_mmio(struct harness_end end, uint64_t gpa, bool store)
{
	return end.what == HARNESS_MMIO && end.gpa == gpa && end.store == store;
}

void scenario_mmio(struct harness *h)
{
	struct page p = page_at(EA, GPA, 12, 12);
	uint64_t value, out[2];

	expect(h, enter(h, &p, RW) == HPTP_H_SUCCESS);
	expect(h, view(h, &p) == page_ptel(&p, RW));
	for (unsigned i = 0; i < 3; i++) {
		expect(h, is_mmio(guest_load(h, &p, 8 * i, &value), GPA + 8 * i, false));
		expect(h, is_mmio(guest_store(h, &p, 8 * i, 1), GPA + 8 * i, true));
	}
	/* No write where the guest itself forbids it. */
	expect(h, hptp_h_protect(h->vcpu, PP_RXRX, p.idx, 0) == HPTP_H_SUCCESS);
	expect(h, guest_store(h, &p, 0, 1).what == HARNESS_REFLECTED);
	expect(h, hptp_h_protect(h->vcpu, PP_RWRW, p.idx, 0) == HPTP_H_SUCCESS);
	expect(h, memory(h, 0));
	expect(h, stores(h, &p, 8, 3) && loads(h, &p, 8, 3));
	expect(h, hptp_h_remove(h->vcpu, 0, p.idx, 0, out) == HPTP_H_SUCCESS);
	expect(h, guest_load(h, &p, 0, &value).what == HARNESS_REFLECTED);
}

void scenario_slot_recreated(struct harness *h)
{
	struct page p = page_at(EA, GPA, 12, 12), q = page_at(EA + 0x1000, GPA + 0x10000, 12, 12);
	void *slot = memory(h, 0);
	uint64_t value;

	expect(h, slot && enter(h, &p, RW) == HPTP_H_SUCCESS && stores(h, &p, 0, 1));
	expect(h, enter(h, &q, RW) == HPTP_H_SUCCESS);
	h->slot_remove(h->self, slot);
	expect(h, state(h, &p) == HPTP_ORPHAN);
	expect(h, is_mmio(guest_load(h, &p, 0, &value), GPA, false));
	expect(h, is_mmio(guest_load(h, &q, 0, &value), GPA + 0x10000, false));
	slot = memory(h, 0);
	expect(h, slot && loads(h, &p, 0, 0) && stores(h, &p, 0, 2) && stores(h, &q, 0, 3));
	h->page_out(h->self, slot, 0);
	expect(h, loads(h, &p, 0, 2) && loads(h, &q, 0, 3));
	expect(h, hptp_slot_free(h->slot_handle(h->self, slot)) == HPTP_E_STATE);
}

void scenario_vrma(struct harness *h)
{
	struct harness_access a = { .ea = 0x2008, .kind = HARNESS_STORE, .value = 77 };
	uint64_t slb_v = 0;

	expect(h, hptp_vrma_map(h->vcpu, 12, 0x10000, &slb_v) == HPTP_E_NOENT);
	expect(h, h->slot_add(h->self, 0, SLOT_BYTES >> h->frame_shift, h->frame_shift, 0));
	expect(h, hptp_vrma_map(h->vcpu, 13, 0x10000, &slb_v) == HPTP_E_PARAM);
	expect(h, hptp_vrma_map(h->vcpu, 12, 0x10000, &slb_v) == 0);
	expect(h, slb_v == (HPTP_SLB_B_1T | HPTP_VRMA_VSID << HPTP_SLB_SHIFT_1T));
	a.slb_v = slb_v;
	expect(h, h->access(h->self, &a).what == HARNESS_DONE);
	expect(h, h->host_read(h->self, 0x2008) == 77);
	a.kind = HARNESS_LOAD;
	a.value = 0;
	expect(h, h->access(h->self, &a).what == HARNESS_DONE && a.value == 77);
	a.ea = 0x10000; /* behind its end */
	expect(h, h->access(h->self, &a).what == HARNESS_REFLECTED);
	expect(h, hptp_vrma_map(h->vcpu, 12, 0x10000, &slb_v) == HPTP_E_PTEG_FULL);
}

/* ---- page sizes ---- */

static void check_size(struct harness *h, void *slot, uint64_t ea, unsigned base, unsigned actual,
		       bool paged)
{
	uint64_t size = 1ull << actual;
	struct page p = page_at(ea, GPA, base, actual);
	struct page sub = page_at(ea + (1ull << base), GPA, base, actual);

	expect(h, enter(h, &p, RW) == HPTP_H_SUCCESS);
	expect(h, stores(h, &p, 8, base) && h->host_read(h->self, GPA + 8) == base);
	if (base < actual) { /* each base page of the large page has its own entry */
		expect(h, enter(h, &sub, RW) == HPTP_H_SUCCESS);
		expect(h, stores(h, &sub, 0, actual));
		expect(h, h->host_read(h->self, GPA + (1ull << base)) == actual);
	} else {
		expect(h, stores(h, &p, size - 8, actual));
		expect(h, h->host_read(h->self, GPA + size - 8) == actual);
	}
	if (!paged)
		return;
	h->page_out(h->self, slot, 0);
	expect(h, state(h, &p) != HPTP_VALID && loads(h, &p, 8, base));
}

void scenario_page_64k(struct harness *h)
{
	unsigned unit = h->frame_shift > 16 ? h->frame_shift : 16;
	void *slot =
		h->slot_add(h->self, GPA >> h->frame_shift, SLOT_BYTES >> h->frame_shift, unit, 0);
	struct page p = page_at(0x40000000, GPA + (SLOT_BYTES << 1), 16, 16);
	uint64_t value;

	expect(h, slot);
	check_size(h, slot, 0x10000000, 16, 16, true);
	check_size(h, slot, 0x20000000, 12, 16, true);
	/* Behind a host page that is smaller, such a page is refused. */
	if (h->frame_shift >= 16)
		return;
	expect(h, enter(h, &p, RW) == HPTP_H_SUCCESS); /* no slot yet */
	expect(h, h->slot_add(h->self, p.gpa >> h->frame_shift, SLOT_BYTES >> h->frame_shift,
			      h->frame_shift, 0));
	h->host_write(h->self, p.gpa, 1);
	expect(h, guest_load(h, &p, 0, &value).what == HARNESS_TOO_LARGE);
	p.ea += 1 << 16;
	expect(h, enter(h, &p, RW) == HPTP_H_PARAMETER);
}

void scenario_page_16m(struct harness *h)
{
	uint64_t frames = frames_in(h, 24), dirty[64] = { 0 };
	struct page p = page_at(0x50000000, GPA, 24, 24);
	struct hptp_unmapped done = { .dirty = (uint8_t *)dirty };
	struct hptp_window w;
	struct hptp_slot *handle;
	void *slot;

	if (h->max_unit_shift < 24)
		leave_out(h, "the host's mappings are too small");
	slot = h->slot_add(h->self, GPA >> h->frame_shift, frames * 2, 24, HARNESS_RESIDENT);
	expect(h, slot);
	check_size(h, slot, 0x10000000, 24, 24, false);
	check_size(h, slot, 0x20000000, 16, 24, false);
	check_size(h, slot, 0x30000000, 12, 24, false);
	/* An unmap of one frame inside finds the page that begins before it. */
	handle = h->slot_handle(h->self, slot);
	expect(h, enter(h, &p, RW) == HPTP_H_SUCCESS && stores(h, &p, 0, 1));
	expect(h, !hptp_invalidate_begin(handle, (hptp_off){ frames / 2 }, 2, &w));
	expect(h, !hptp_unmap_range(handle, (hptp_off){ frames / 2 }, 2, &done));
	expect(h, state(h, &p) != HPTP_VALID);
	expect(h, !hptp_invalidate_end(&w));
	expect(h, done.entries == 6 && ((uint8_t *)dirty)[0] == 3);
	expect(h, loads(h, &p, 0, 1));
}

/* Whichever part of a large page goes, the first frame's or another: the page goes. */
void scenario_page_inside(struct harness *h)
{
	unsigned shift = h->frame_shift < 16 ? 16 : 24;
	uint64_t frames = frames_in(h, shift);
	uint64_t at[] = { 0, 1, frames / 2, frames - 2, frames - 1 };
	struct page p = page_at(0x50000000, GPA, shift, shift);
	struct page q = page_at(0x60000000, GPA, 12, 12);
	struct hptp_slot *handle;
	struct hptp_window w;
	void *slot;

	if (shift > h->max_unit_shift)
		leave_out(h, "the host's mappings are too small");
	slot = h->slot_add(h->self, GPA >> h->frame_shift, frames * 2, shift, HARNESS_RESIDENT);
	expect(h, slot && !enter(h, &p, RW) && !enter(h, &q, RW));
	handle = h->slot_handle(h->self, slot);
	for (unsigned i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		uint8_t dirty[1] = { 0 };
		struct hptp_unmapped done = { .dirty = dirty };
		bool first = !at[i];

		expect(h, stores(h, &p, 8 * i, i) && loads(h, &q, 0, 0));
		expect(h, !hptp_invalidate_begin(handle, (hptp_off){ at[i] }, 1, &w));
		expect(h, !hptp_unmap_range(handle, (hptp_off){ at[i] }, 1, &done));
		expect(h, state(h, &p) != HPTP_VALID && done.entries == 1u + first);
		expect(h, (state(h, &q) == HPTP_VALID) == !first);
		expect(h, done.n_dirty == frames && dirty[0] == 1);
		expect(h, !hptp_invalidate_end(&w) && loads(h, &p, 8 * i, i));
	}
	/* Beside it: nothing happens. */
	expect(h, !hptp_unmap_frame(handle, (hptp_off){ frames }, NULL, NULL, NULL));
	expect(h, state(h, &p) == HPTP_VALID);
}
