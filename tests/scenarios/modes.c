// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Scenarios: segments of the other size, and accesses that are not loads or stores of data. */
#include "support.h"

#define EA 0x30000000000ull
#define GPA 0x1000000ull
#define SLOT_BYTES 0x100000ull

/* Memory behind pages of this size; NULL: the host can not have it. */
static void *memory(struct harness *h, unsigned shift)
{
	unsigned unit = shift > h->frame_shift ? shift : h->frame_shift;

	if (unit > h->max_unit_shift)
		return NULL;
	return h->slot_add(h->self, GPA >> h->frame_shift,
			   (shift < 24 ? SLOT_BYTES : 1ull << 24) >> h->frame_shift, unit,
			   shift < 24 ? 0 : HARNESS_RESIDENT);
}

static void one_page(struct harness *h, struct page p)
{
	void *slot = memory(h, p.actual);
	struct page last = p;
	uint64_t out[2];

	if (!slot)
		return;
	last.ea += (1ull << p.actual) - (1ull << p.base); /* its last base page */
	expect(h, enter(h, &p, RW) == HPTP_H_SUCCESS && stores(h, &p, 8, p.base));
	if (p.base < p.actual)
		expect(h, enter(h, &last, RW) == HPTP_H_SUCCESS);
	expect(h, stores(h, &last, (1ull << p.base) - 8, p.actual));
	expect(h, h->host_read(h->self, GPA + 8) == p.base);
	expect(h, h->host_read(h->self, GPA + (1ull << p.actual) - 8) == p.actual);
	if (p.actual < 24) {
		h->page_out(h->self, slot, 0);
		expect(h, state(h, &p) != HPTP_VALID);
		expect(h, loads(h, &last, (1ull << p.base) - 8, p.actual));
	}
	expect(h, loads(h, &p, 8, p.base));
	expect(h, hptp_h_remove(h->vcpu, 0, p.idx, 0, out) == HPTP_H_SUCCESS);
	expect(h, guest_load(h, &p, 8, out).what == HARNESS_REFLECTED);
	h->slot_remove(h->self, slot);
}

void scenario_segment_1t(struct harness *h)
{
	static const struct {
		unsigned base, actual;
	} size[] = { { 12, 12 }, { 16, 16 }, { 12, 16 }, { 24, 24 }, { 16, 24 }, { 12, 24 } };

	for (unsigned i = 0; i < 2 * sizeof(size) / sizeof(size[0]); i++) {
		struct page p = page_in_1t(EA + ((uint64_t)i << 40), GPA, size[i / 2].base,
					   size[i / 2].actual);

		p.secondary = i & 1;
		one_page(h, p);
	}
}

static struct harness_end fetch(struct harness *h, uint64_t ea, uint64_t slb_v, uint64_t msr)
{
	struct harness_access a = { .ea = ea, .slb_v = slb_v, .msr = msr, .kind = HARNESS_FETCH };

	return h->access(h->self, &a);
}

void scenario_fetch(struct harness *h)
{
	const uint64_t supervisor = USER & ~HPTP_MSR_PR;

	for (unsigned base = 12; base <= 16; base += 4) {
		struct page p = page_at(0x10000000 * (base - 11), GPA, base, base);
		void *slot = memory(h, base);
		struct harness_end end;

		expect(h, slot && enter(h, &p, RW) == HPTP_H_SUCCESS);
		for (unsigned i = 0; i < 2; i++) {
			expect(h, fetch(h, p.ea + 8, p.slb_v, USER).what == HARNESS_DONE);
			h->page_out(h->self, slot, 0);
			expect(h, view(h, &p) == page_ptel(&p, RW | PTE_R));
			expect(h, fetch(h, p.ea + 8, p.slb_v, supervisor).what == HARNESS_DONE);
			h->page_out(h->self, slot, 0);
		}
		/* Not where the guest says no, the page being out; loads go on. */
		expect(h, !hptp_h_protect(h->vcpu, PTE_N | PP_RWRW, p.idx, 0));
		end = fetch(h, p.ea, p.slb_v, USER);
		expect(h, end.what == HARNESS_REFLECTED && end.status & HPTP_DSISR_NOEXEC);
		expect(h, loads(h, &p, 0, 0));
		h->slot_remove(h->self, slot);
	}
}

void scenario_vrma_64k(struct harness *h)
{
	struct harness_access a = { .ea = 0x2fff8, .kind = HARNESS_STORE, .value = 64 };
	unsigned unit = h->frame_shift > 16 ? h->frame_shift : 16;
	void *slot = h->slot_add(h->self, 0, SLOT_BYTES >> h->frame_shift, unit, 0);
	uint64_t slb_v;

	expect(h, slot && hptp_vrma_map(h->vcpu, 16, SLOT_BYTES, &slb_v) == 0);
	expect(h, slb_v == (HPTP_SLB_B_1T | HPTP_VRMA_VSID << HPTP_SLB_SHIFT_1T | llp(16)));
	a.slb_v = slb_v;
	expect(h, h->access(h->self, &a).what == HARNESS_DONE);
	expect(h, h->host_read(h->self, 0x2fff8) == 64);
	h->page_out(h->self, slot, 0x20000 >> h->frame_shift);
	expect(h, fetch(h, 0x20000, slb_v, 0).what == HARNESS_DONE);
	h->page_out(h->self, slot, 0x20000 >> h->frame_shift);
	a.kind = HARNESS_LOAD;
	a.value = 0;
	expect(h, h->access(h->self, &a).what == HARNESS_DONE && a.value == 64);
	expect(h, fetch(h, SLOT_BYTES, slb_v, 0).what == HARNESS_REFLECTED);
}
