// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Scenarios: what a guest may ask, and what it may not learn. */
#include "support.h"

#define EA 0x10000000ull
#define GPA 0x1000000ull
#define SLOT_BYTES 0x100000ull

static void *memory(struct harness *h)
{
	return h->slot_add(h->self, GPA >> h->frame_shift, SLOT_BYTES >> h->frame_shift,
			   h->frame_shift, 0);
}

static struct harness_end with(struct harness *h, const struct page *p, enum harness_kind kind,
			       uint64_t msr, uint64_t amr)
{
	struct harness_access a = {
		.ea = p->ea, .slb_v = p->slb_v, .msr = msr, .amr = amr, .kind = kind
	};

	return h->access(h->self, &a);
}

static bool reflects(struct harness_end end, uint32_t status)
{
	return end.what == HARNESS_REFLECTED && (end.status & status) == status &&
	       !(end.status & HPTP_DSISR_NOHPTE);
}

/* The same answers with the page out and in: the guest can not tell. */
static void permissions_once(struct harness *h, void *slot, bool out)
{
	const uint64_t key1_denies = 3ull << 60, supervisor = USER & ~HPTP_MSR_PR;
	struct page p = page_at(EA, GPA, 12, 12);
	uint64_t gone[2];

	expect(h, enter(h, &p, PTE_M | PTE_N | PP_RWRX | 1ull << 9) == HPTP_H_SUCCESS);
	if (out)
		h->page_out(h->self, slot, 0);
	expect(h, reflects(with(h, &p, HARNESS_STORE, USER, 0), HPTP_DSISR_PROT));
	expect(h, reflects(with(h, &p, HARNESS_FETCH, USER, 0), HPTP_DSISR_NOEXEC));
	expect(h, reflects(with(h, &p, HARNESS_LOAD, USER, key1_denies), HPTP_DSISR_KEY));
	expect(h, reflects(with(h, &p, HARNESS_STORE, supervisor, key1_denies), HPTP_DSISR_KEY));
	expect(h, with(h, &p, HARNESS_LOAD, USER, ~key1_denies).what == HARNESS_DONE);
	expect(h, with(h, &p, HARNESS_STORE, supervisor, 0).what == HARNESS_DONE);
	/* A page without any access for problem state. */
	expect(h, hptp_h_protect(h->vcpu, PP_RWXX, p.idx, 0) == HPTP_H_SUCCESS);
	if (out)
		h->page_out(h->self, slot, 0);
	expect(h, reflects(with(h, &p, HARNESS_LOAD, USER, 0), HPTP_DSISR_PROT));
	expect(h, with(h, &p, HARNESS_FETCH, supervisor, 0).what == HARNESS_DONE);
	expect(h, hptp_h_remove(h->vcpu, 0, p.idx, 0, gone) == HPTP_H_SUCCESS);
}

void scenario_permissions(struct harness *h)
{
	void *slot = memory(h);

	expect(h, slot);
	permissions_once(h, slot, true);
	permissions_once(h, slot, false);
}

void scenario_wild_arguments(struct harness *h)
{
	struct page p = page_at(EA, GPA, 12, 12);
	struct hptp_table_info info;
	uint64_t out[8], args[8] = { 0 }, large = page_pteh(&p) | 4;

	expect(h, memory(h));
	hptp_vm_table(h->vm, &info);
	for (unsigned lp = 0; lp < 256; lp++) {
		bool known = (lp & 15) == 1 || (lp & 15) == 7 || lp == 0 || lp == 8 || lp == 0x38 ||
			     lp == 3;
		long ret = hptp_h_enter(h->vcpu, 0, 0, large,
					(1ull << 50) | (uint64_t)lp << 12 | RW, out);

		expect(h, ret == (known ? HPTP_H_SUCCESS : HPTP_H_PARAMETER));
		if (known)
			expect(h, !hptp_h_remove(h->vcpu, 0, out[0], 0, out));
	}
	expect(h, hptp_h_enter(h->vcpu, 0, 0, page_pteh(&p) | 2ull << 62, page_ptel(&p, RW), out) ==
			  HPTP_H_PARAMETER);
	expect(h, hptp_h_enter(h->vcpu, 0, info.n, page_pteh(&p), page_ptel(&p, RW), out) ==
			  HPTP_H_PARAMETER);
	expect(h, hptp_h_remove(h->vcpu, 0, info.n, 0, out) == HPTP_H_PARAMETER);
	expect(h, hptp_h_protect(h->vcpu, 0, ~0ull, 0) == HPTP_H_PARAMETER);
	expect(h, hptp_h_read(h->vcpu, HPTP_H_READ_4, info.n, out) == HPTP_H_PARAMETER);
	expect(h, hptp_h_clear_ref(h->vcpu, 0, 1ull << 63, out) == HPTP_H_PARAMETER);
	expect(h, hptp_h_clear_mod(h->vcpu, 0, info.n, out) == HPTP_H_PARAMETER);
	expect(h, hptp_h_clear_mod(h->vcpu, 0, 0, out) == HPTP_H_NOT_FOUND);
	args[0] = 1ull << 62 | 3ull << 56;
	expect(h, hptp_h_bulk_remove(h->vcpu, args) == HPTP_H_PARAMETER && args[0] >> 56 == 0xa3);
	/* Reserved bits are dropped, and never come back. */
	expect(h, hptp_h_enter(h->vcpu, HPTP_H_EXACT, 8, page_pteh(&p) | 0x60,
			       page_ptel(&p, RW) | 1ull << 62, out) == HPTP_H_SUCCESS);
	expect(h, hptp_h_read(h->vcpu, 0, 8, out) == HPTP_H_SUCCESS);
	expect(h, out[0] == page_pteh(&p) && out[1] == page_ptel(&p, RW));
	/* Software bits of the hypervisor can not be asked for by a condition. */
	expect(h, hptp_h_remove(h->vcpu, HPTP_H_ANDCOND, 8, 0x60, out) == HPTP_H_SUCCESS);
	expect(h, hptp_h_read(h->vcpu, 0, 8, out) == HPTP_H_SUCCESS && !out[0] && !out[1]);
}
