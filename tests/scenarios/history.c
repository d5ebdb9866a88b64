// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Scenarios: R and C are never lost, and reported no more than once too often. */
#include "small.h"

void scenario_remove_rc(struct harness *h)
{
	struct page p = frame(h, 1), q = frame(h, 2);
	uint8_t log[FRAMES / 8] = { 0 };
	void *slot = memory(h);
	uint64_t out[2];

	expect(h, slot && !hptp_dirty_start(h->slot_handle(h->self, slot), log, sizeof(log)));
	expect(h, enter(h, &p, RW) == HPTP_H_SUCCESS && enter(h, &q, RW) == HPTP_H_SUCCESS);
	expect(h, stores(h, &p, 0, 1) && loads(h, &q, 0, 0));
	expect(h, hptp_h_remove(h->vcpu, 0, p.idx, 0, out) == HPTP_H_SUCCESS);
	expect(h, out[1] == page_ptel(&p, RW | PTE_R | PTE_C));
	expect(h, hptp_h_remove(h->vcpu, 0, q.idx, 0, out) == HPTP_H_SUCCESS);
	expect(h, out[1] == page_ptel(&q, RW | PTE_R));
	expect(h, harvest(h, slot) == 1u << 1);
	expect(h, !hptp_dirty_stop(h->slot_handle(h->self, slot)));
}

void scenario_page_out_rc(struct harness *h)
{
	struct page p = frame(h, 1), q = frame(h, 2);
	uint8_t log[FRAMES / 8] = { 0 };
	void *slot = memory(h);

	expect(h, slot && !hptp_dirty_start(h->slot_handle(h->self, slot), log, sizeof(log)));
	expect(h, enter(h, &p, RW) == HPTP_H_SUCCESS && enter(h, &q, RW) == HPTP_H_SUCCESS);
	expect(h, stores(h, &p, 0, 1) && loads(h, &q, 0, 0));
	h->page_out(h->self, slot, 1);
	h->page_out(h->self, slot, 2);
	expect(h, view(h, &p) == page_ptel(&p, RW | PTE_R | PTE_C));
	expect(h, view(h, &q) == page_ptel(&q, RW | PTE_R));
	expect(h, harvest(h, slot) == 1u << 1);
	/* An old C in the guest's view is not a new write. */
	expect(h, loads(h, &p, 0, 1));
	expect(h, harvest(h, slot) == 0);
	expect(h, !hptp_dirty_stop(h->slot_handle(h->self, slot)));
}

void scenario_protect_rc(struct harness *h)
{
	struct page p = frame(h, 3);
	uint8_t log[FRAMES / 8] = { 0 };
	void *slot = memory(h);
	struct harness_end end;

	expect(h, slot && !hptp_dirty_start(h->slot_handle(h->self, slot), log, sizeof(log)));
	expect(h, enter(h, &p, RW) == HPTP_H_SUCCESS && stores(h, &p, 0, 1));
	expect(h, hptp_h_protect(h->vcpu, HPTP_H_AVPN | PP_RXRX, p.idx, page_pteh(&p) & ~0x7full) ==
			  HPTP_H_SUCCESS);
	expect(h, view(h, &p) == page_ptel(&p, RO | PTE_R | PTE_C));
	end = guest_store(h, &p, 0, 2);
	expect(h, end.what == HARNESS_REFLECTED && end.status & HPTP_DSISR_PROT);
	expect(h, loads(h, &p, 0, 1));
	expect(h, harvest(h, slot) == 1u << 3);
	expect(h, hptp_h_protect(h->vcpu, PP_RWRW, p.idx, 0) == HPTP_H_SUCCESS);
	expect(h, stores(h, &p, 0, 2) && loads(h, &p, 0, 2));
	expect(h, hptp_h_protect(h->vcpu, HPTP_H_AVPN, p.idx, ~0ull) == HPTP_H_NOT_FOUND);
	expect(h, !hptp_dirty_stop(h->slot_handle(h->self, slot)));
}

void scenario_clear_rc(struct harness *h)
{
	struct page p = frame(h, 4);
	uint8_t log[FRAMES / 8] = { 0 };
	void *slot = memory(h);
	struct hptp_slot *handle;
	uint64_t out;

	expect(h, slot);
	handle = h->slot_handle(h->self, slot);
	expect(h, !hptp_dirty_start(handle, log, sizeof(log)));
	expect(h, enter(h, &p, RW) == HPTP_H_SUCCESS && stores(h, &p, 0, 1));
	expect(h, hptp_h_clear_mod(h->vcpu, 0, p.idx, &out) == HPTP_H_SUCCESS);
	expect(h, out == page_ptel(&p, RW | PTE_R | PTE_C));
	expect(h, view(h, &p) == page_ptel(&p, RW | PTE_R));
	expect(h, hptp_h_clear_ref(h->vcpu, 0, p.idx, &out) == HPTP_H_SUCCESS);
	expect(h, out == page_ptel(&p, RW | PTE_R));
	expect(h, view(h, &p) == page_ptel(&p, RW));
	/* The host still knows. */
	expect(h, hptp_age_range(handle, (hptp_off){ 4 }, 1, NULL) == 1);
	expect(h, harvest(h, slot) == 1u << 4);
	/* And the next access tells anew. */
	expect(h, stores(h, &p, 0, 2));
	h->page_out(h->self, slot, 4);
	expect(h, view(h, &p) == page_ptel(&p, RW | PTE_R | PTE_C));
	expect(h, !hptp_dirty_stop(handle));
}

void scenario_dirty_log(struct harness *h)
{
	uint8_t log[FRAMES / 8] = { 0 };
	void *slot = memory(h);
	struct page p[FRAMES];
	struct hptp_slot *handle;

	expect(h, slot);
	handle = h->slot_handle(h->self, slot);
	for (unsigned i = 0; i < FRAMES; i++) {
		p[i] = frame(h, i);
		expect(h, enter(h, &p[i], RW) == HPTP_H_SUCCESS);
	}
	expect(h, hptp_dirty_start(handle, log, 1) == HPTP_E_PARAM);
	expect(h, !hptp_dirty_start(handle, log, sizeof(log)));
	expect(h, hptp_dirty_start(handle, log, sizeof(log)) == HPTP_E_STATE);
	expect(h, stores(h, &p[0], 0, 1) && stores(h, &p[9], 0, 1) && stores(h, &p[15], 0, 1));
	expect(h, loads(h, &p[5], 0, 0));
	expect(h, harvest(h, slot) == (1u << 0 | 1u << 9 | 1u << 15));
	expect(h, harvest(h, slot) == 0);
	/* After a harvest the entries are still there, and tell again. */
	expect(h, stores(h, &p[9], 0, 2) && loads(h, &p[0], 0, 1));
	expect(h, harvest(h, slot) == 1u << 9);
	hptp_dirty_mark(handle, (hptp_off){ 2 }, 2);
	hptp_dirty_mark(handle, (hptp_off){ FRAMES }, 2); /* outside: ignored */
	expect(h, harvest(h, slot) == 3u << 2);
	expect(h, !hptp_dirty_stop(handle));
	expect(h, hptp_dirty_stop(handle) == HPTP_E_STATE);
}

void scenario_age(struct harness *h)
{
	struct page p = frame(h, 5), q = frame(h, 6);
	uint8_t young[FRAMES / 8] = { 0 };
	void *slot = memory(h);
	struct hptp_slot *handle;
	uint64_t out[2];

	expect(h, slot);
	handle = h->slot_handle(h->self, slot);
	expect(h, enter(h, &p, RW) == HPTP_H_SUCCESS && enter(h, &q, RW) == HPTP_H_SUCCESS);
	expect(h, hptp_age_range(handle, (hptp_off){ 0 }, FRAMES, NULL) == 0);
	expect(h, loads(h, &p, 0, 0));
	h->page_out(h->self, slot, 7); /* of no concern */
	/* A removed entry's R stays with its frame. */
	expect(h, hptp_h_remove(h->vcpu, 0, p.idx, 0, out) == HPTP_H_SUCCESS);
	expect(h, hptp_test_age_range(handle, (hptp_off){ 5 }, 1) == 1);
	expect(h, hptp_test_age_range(handle, (hptp_off){ 6 }, 1) == 0);
	expect(h, hptp_age_range(handle, (hptp_off){ 0 }, FRAMES, young) == 1);
	expect(h, young[0] == 1u << 5 && young[1] == 0);
	expect(h, hptp_age_range(handle, (hptp_off){ 0 }, FRAMES, young) == 0);
	expect(h, loads(h, &q, 0, 0));
	expect(h, hptp_h_remove(h->vcpu, 0, q.idx, 0, out) == HPTP_H_SUCCESS);
	expect(h, out[1] == page_ptel(&q, RW | PTE_R));
	expect(h, hptp_age_range(handle, (hptp_off){ 6 }, 1, NULL) == 1);
	expect(h, hptp_age_range(handle, (hptp_off){ 6 }, 1, NULL) == 0);
	expect(h, hptp_age_range(handle, (hptp_off){ FRAMES }, 1, NULL) == HPTP_E_PARAM);
}
