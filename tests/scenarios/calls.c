// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Scenarios: hypercalls that remove many entries or fill memory. */
#include "support.h"

#define EA 0x10000000ull
#define GPA 0x1000000ull
#define SLOT_BYTES 0x100000ull
#define REQUEST (1ull << 62)
#define END (3ull << 62)
#define V_BOLTED 0x10ull

static void *memory(struct harness *h, unsigned flags)
{
	return h->slot_add(h->self, GPA >> h->frame_shift, SLOT_BYTES >> h->frame_shift,
			   h->frame_shift, flags);
}

/* Eight pages of one block: the even ones written, two of those paged out. */
void scenario_block_remove(struct harness *h)
{
	uint64_t args[9] = { 0 }, value;
	void *slot = memory(h, 0);
	struct page p[8];

	expect(h, slot);
	for (unsigned i = 0; i < 8; i++) {
		p[i] = page_at(EA + (uint64_t)i * 0x1000, GPA + (uint64_t)i * 0x10000, 12, 12);
		expect(h, enter(h, &p[i], RW) == HPTP_H_SUCCESS);
		if (!(i & 1))
			expect(h, stores(h, &p[i], 0, i));
		args[1 + i] = REQUEST | p[i].idx;
	}
	h->page_out(h->self, slot, 0x20000 >> h->frame_shift);
	h->page_out(h->self, slot, 0x40000 >> h->frame_shift);
	value = h->flushes(h->self);
	expect(h, hptp_h_block_remove(h->vcpu, args) == HPTP_H_SUCCESS);
	expect(h, h->flushes(h->self) == value + 1);
	for (unsigned i = 0; i < 8; i++) {
		uint64_t rc = i & 1 ? 0 : 3ull << 57;

		expect(h, args[i] == (0x80ull << 56 | rc | p[i].idx));
		expect(h, guest_load(h, &p[i], 0, &value).what == HARNESS_REFLECTED);
	}
	for (unsigned i = 0; i < 8; i++)
		args[1 + i] = i < 2 ? REQUEST | p[i].idx : END;
	expect(h, hptp_h_block_remove(h->vcpu, args) == HPTP_H_PARTIAL);
	expect(h, args[0] >> 56 == 0x88 && args[1] >> 56 == 0x88);
}

/*
 * An answer other than that the page is filled: none of what the guest asked for happened.
 * A host that brings pages later lets the guest ask again.
 */
static long page_init(struct harness *h, uint64_t flags, uint64_t dest, uint64_t src)
{
	long ret = HPTP_H_AGAIN;

	for (unsigned i = 0; i < 10 && ret == HPTP_H_AGAIN; i++) {
		ret = hptp_h_page_init(h->vcpu, flags, dest, src);
		if (ret == HPTP_H_TOO_HARD)
			ret = hptp_hcall_task(h->vcpu, NULL);
	}
	return ret;
}

void scenario_page_init(struct harness *h)
{
	uint64_t last = GPA + SLOT_BYTES - 0x1000, other = GPA + 4 * SLOT_BYTES;
	struct page p = page_at(EA, GPA + 0x10000, 12, 12);
	void *slot = memory(h, 0);

	expect(h, slot && enter(h, &p, RW) == HPTP_H_SUCCESS && stores(h, &p, 0x18, 11));
	h->host_write(h->self, GPA + 0x20000, 22);
	h->host_write(h->self, last + 0x18, 33);
	expect(h, page_init(h, HPTP_H_ZERO_PAGE, last, 0) == HPTP_H_SUCCESS);
	expect(h, h->host_read(h->self, last + 0x18) == 0);
	expect(h, page_init(h, HPTP_H_COPY_PAGE, last, p.gpa) == HPTP_H_SUCCESS);
	expect(h, h->host_read(h->self, last + 0x18) == 11);
	/* Through an entry that is there, and one that was paged out. */
	expect(h, page_init(h, HPTP_H_COPY_PAGE, p.gpa, GPA + 0x20000) == HPTP_H_SUCCESS);
	expect(h, loads(h, &p, 0, 22) && loads(h, &p, 0x18, 0));
	h->page_out(h->self, slot, 0x10000 >> h->frame_shift);
	expect(h, page_init(h, HPTP_H_ZERO_PAGE, p.gpa, 0) == HPTP_H_SUCCESS);
	expect(h, loads(h, &p, 0, 0));
	/* Only 4 KiB, whatever the frame. */
	h->host_write(h->self, GPA + 0x31000, 44);
	expect(h, page_init(h, HPTP_H_ZERO_PAGE, GPA + 0x30000, 0) == HPTP_H_SUCCESS);
	expect(h, h->host_read(h->self, GPA + 0x31000) == 44);
	/* What the host does not let be written, and what is no memory. */
	expect(h, h->slot_add(h->self, other >> h->frame_shift, SLOT_BYTES >> h->frame_shift,
			      h->frame_shift, HARNESS_READONLY));
	expect(h, page_init(h, HPTP_H_ZERO_PAGE, other, 0) == HPTP_H_PARAMETER);
	expect(h, page_init(h, HPTP_H_COPY_PAGE, p.gpa, other) == HPTP_H_SUCCESS);
	expect(h, page_init(h, HPTP_H_ZERO_PAGE, GPA + SLOT_BYTES, 0) == HPTP_H_PARAMETER);
	expect(h, page_init(h, HPTP_H_COPY_PAGE, GPA, GPA + SLOT_BYTES) == HPTP_H_PARAMETER);
}

void scenario_zero_flag(struct harness *h)
{
	struct page p = page_at(EA, GPA + 0x10000, 12, 12), large = page_at(EA * 2, 0, 24, 24);
	void *slot = memory(h, 0);
	long ret;

	expect(h, slot);
	h->host_write(h->self, p.gpa + 0x100, 55);
	ret = hptp_h_enter(h->vcpu, HPTP_H_ZERO_PAGE, page_pteg(h, &p) * 8, page_pteh(&p),
			   page_ptel(&p, RW), &p.idx);
	ret = ret == HPTP_H_TOO_HARD ? hptp_hcall_task(h->vcpu, &p.idx) : ret;
	expect(h, ret == HPTP_H_SUCCESS);
	expect(h, loads(h, &p, 0x100, 0) && h->host_read(h->self, p.gpa + 0x100) == 0);
	/* Of what is no memory nothing is zeroed. */
	large.gpa = 1ull << 44;
	expect(h, hptp_h_enter(h->vcpu, HPTP_H_ZERO_PAGE, page_pteg(h, &large) * 8,
			       page_pteh(&large), page_ptel(&large, RW), &p.idx) == HPTP_H_SUCCESS);
}
