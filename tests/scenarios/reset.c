// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Scenarios: the table is emptied, replaced, taken away. */
#include "small.h"

static bool no_entry(struct harness_end end)
{
	return end.what == HARNESS_REFLECTED && end.status & HPTP_DSISR_NOHPTE;
}

void scenario_reset_same(struct harness *h)
{
	struct page p = frame(h, 1), q = frame(h, 2), r = frame(h, 3), m = frame(h, FRAMES);
	struct hptp_table_info before, after;
	void *slot = memory(h);
	uint64_t flushes, value;

	expect(h, slot && !enter(h, &p, RW) && !enter(h, &q, RW) && !enter(h, &m, RW));
	expect(h, stores(h, &p, 0, 11) && stores(h, &q, 0, 12));
	expect(h, guest_load(h, &m, 0, &value).what == HARNESS_MMIO);
	h->page_out(h->self, slot, 2);
	h->page_out(h->self, slot, 3);
	expect(h, !enter(h, &r, RW) && state(h, &r) == HPTP_ORPHAN);
	expect(h, loads(h, &p, 0, 11)); /* some TLB has it */
	hptp_vm_table(h->vm, &before);
	flushes = h->flushes(h->self);
	expect(h, !hptp_vm_reset(h->vm, before.order));
	expect(h, h->flushes(h->self) == flushes + 1);
	hptp_vm_table(h->vm, &after);
	expect(h, after.sdr1 == before.sdr1 && after.n == before.n && !entries_in(h->vm));
	expect(h, no_entry(guest_load(h, &p, 0, &value)) && no_entry(guest_store(h, &q, 0, 1)));
	expect(h, no_entry(guest_load(h, &r, 0, &value)) && no_entry(guest_load(h, &m, 0, &value)));
	/* The guest begins anew, memory is what it was. */
	expect(h, !enter(h, &p, RO) && !enter(h, &q, RW) && !enter(h, &m, RW));
	expect(h, loads(h, &p, 0, 11) && loads(h, &q, 0, 12) && stores(h, &q, 0, 13));
	expect(h, guest_store(h, &p, 0, 1).what == HARNESS_REFLECTED);
	expect(h, guest_load(h, &m, 0, &value).what == HARNESS_MMIO);
	h->page_out(h->self, slot, 1);
	h->page_out(h->self, slot, 2);
	expect(h, loads(h, &p, 0, 11) && loads(h, &q, 0, 13));
}

/* No guest runs now. */
static void without_table(struct harness *h, void *slot)
{
	struct hptp_table_info info;
	struct hptp_stream *s;
	uint64_t out[8];

	hptp_vm_table(h->vm, &info);
	expect(h, !info.entries && !info.n && !entries_in(h->vm));
	expect(h, hptp_h_enter(h->vcpu, 0, 0, V_VALID, GPA | RW, out) == HPTP_H_PARAMETER);
	expect(h, hptp_h_remove(h->vcpu, 0, 0, 0, out) == HPTP_H_PARAMETER);
	expect(h, hptp_h_read(h->vcpu, 0, 0, out) == HPTP_H_PARAMETER);
	expect(h, hptp_stream_open(h->vm, 0, 0, &s) == HPTP_E_STATE && !s);
	expect(h, hptp_vrma_map(h->vcpu, 12, 1 << 20, out) == HPTP_E_STATE);
	expect(h, hptp_resize_prepare(h->vm, 0, 18, 0) == HPTP_E_STATE);
	h->page_out(h->self, slot, 1);
	expect(h,
	       hptp_age_range(h->slot_handle(h->self, slot), (hptp_off){ 0 }, FRAMES, NULL) >= 0);
}

void scenario_reset_order(struct harness *h)
{
	static const unsigned orders[] = { 19, 20, 0, 18, 0, 0, 20, 18, 18 };
	void *slot = memory(h);
	uint64_t value = 100;

	expect(h, slot);
	h->host_write(h->self, GPA + (1ull << h->frame_shift), value);
	for (unsigned i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		struct page p = frame(h, 1), q = frame(h, 2 + i % 8);
		struct hptp_table_info info;
		uint64_t out[8];

		expect(h, !hptp_vm_reset(h->vm, orders[i]) && order_of(h->vm) == orders[i]);
		if (!orders[i]) {
			without_table(h, slot);
			continue;
		}
		hptp_vm_table(h->vm, &info);
		expect(h, info.n == 1ull << (orders[i] - 4) && !entries_in(h->vm));
		expect(h, hptp_h_read(h->vcpu, 0, info.n, out) == HPTP_H_PARAMETER);
		expect(h, !enter(h, &p, RW) && !enter(h, &q, RW));
		expect(h, loads(h, &p, 0, value) && stores(h, &p, 0, ++value));
		h->page_out(h->self, slot, 1);
		h->page_out(h->self, slot, 2 + i % 8);
		expect(h, state(h, &p) != HPTP_VALID && stores(h, &q, 0, i) && loads(h, &q, 0, i));
	}
}

void scenario_reset_refused(struct harness *h)
{
	struct page p = frame(h, 1);
	void *slot = memory(h);
	uint64_t flushes;

	expect(h, slot && !enter(h, &p, RW) && stores(h, &p, 0, 7));
	flushes = h->flushes(h->self);
	hptp_vm_ready(h->vm);
	expect(h, hptp_vcpu_enter(h->vcpu));
	expect(h, hptp_vm_reset(h->vm, 18) == HPTP_E_BUSY);
	expect(h, hptp_vm_reset(h->vm, 19) == HPTP_E_BUSY);
	expect(h, hptp_vm_reset(h->vm, 0) == HPTP_E_BUSY);
	expect(h, hptp_vm_is_ready(h->vm));
	hptp_vcpu_leave(h->vcpu);
	expect(h, hptp_vm_reset(h->vm, HPTP_MIN_ORDER - 1) == HPTP_E_PARAM);
	expect(h, hptp_vm_reset(h->vm, HPTP_MAX_ORDER + 1) == HPTP_E_PARAM);
	expect(h, hptp_vm_is_ready(h->vm) && h->flushes(h->self) == flushes);
	expect(h, state(h, &p) == HPTP_VALID && loads(h, &p, 0, 7) && order_of(h->vm) == 18);
	/* And when it has left: nobody is let in until the embedder says so. */
	expect(h, !hptp_vm_reset(h->vm, 18) && !hptp_vm_is_ready(h->vm));
	expect(h, !hptp_vcpu_enter(h->vcpu));
	hptp_vm_ready(h->vm);
	expect(h, hptp_vcpu_enter(h->vcpu));
	hptp_vcpu_leave(h->vcpu);
	expect(h, !hptp_vm_stop(h->vm));
}

void scenario_reset_vrma(struct harness *h)
{
	static const unsigned orders[] = { 18, 19, 18 };
	struct harness_access a = { .ea = 0x2008, .kind = HARNESS_STORE, .value = 77 };
	void *slot = h->slot_add(h->self, 0, FRAMES, h->frame_shift, 0);
	uint64_t slb_v = 0;

	expect(h, slot && !hptp_vrma_map(h->vcpu, 12, 0x10000, &a.slb_v));
	expect(h, h->access(h->self, &a).what == HARNESS_DONE);
	a.kind = HARNESS_LOAD;
	for (unsigned i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		expect(h, !hptp_vm_reset(h->vm, orders[i]));
		expect(h, no_entry(h->access(h->self, &a)));
		h->page_out(h->self, slot, 0x2000 >> h->frame_shift);
		expect(h, !hptp_vrma_map(h->vcpu, 12, 0x10000, &slb_v) && slb_v == a.slb_v);
		a.value = 0;
		expect(h, h->access(h->self, &a).what == HARNESS_DONE && a.value == 77);
	}
}

void scenario_table_log(struct harness *h)
{
	static uint8_t log[FRAMES / 8];
	void *slot = memory(h);
	struct page p[FRAMES];
	uint64_t out[2];

	expect(h, slot);
	log[0] = log[1] = 0;
	expect(h, !hptp_dirty_start(h->slot_handle(h->self, slot), log, sizeof(log)));
	for (unsigned i = 0; i < 8; i++) {
		p[i] = frame(h, i);
		expect(h, !enter(h, &p[i], RW) && loads(h, &p[i], 0, 0));
	}
	expect(h, stores(h, &p[1], 0, 1) && stores(h, &p[2], 0, 1) && stores(h, &p[3], 0, 1));
	h->page_out(h->self, slot, 2);
	expect(h, !hptp_h_remove(h->vcpu, 0, p[3].idx, 0, out));
	expect(h, !hptp_vm_reset(h->vm, 18));
	expect(h, harvest(h, slot) == 0xe && !harvest(h, slot));
	for (unsigned i = 0; i < 8; i++)
		expect(h, !enter(h, &p[i], RW));
	expect(h, stores(h, &p[4], 0, 1) && stores(h, &p[5], 0, 1));
	h->page_out(h->self, slot, 5);
	expect(h, hptp_resize_prepare(h->vm, 0, 19, 0) > 0);
	while (hptp_resize_step(h->vm, 0))
		;
	expect(h, stores(h, &p[6], 0, 1));
	expect(h, !hptp_resize_commit(h->vm, 0, 19, NULL));
	expect(h, harvest(h, slot) == 0x70 && !harvest(h, slot));
	/* The guest's own C stays with its entries; the log is told of new stores only. */
	p[4].idx = page_pteg(h, &p[4]) * 8 + p[4].idx % 8;
	expect(h, view(h, &p[4]) & PTE_C && loads(h, &p[4], 0, 1) && !harvest(h, slot));
	expect(h, stores(h, &p[4], 0, 2) && harvest(h, slot) == 0x10);
	expect(h, !hptp_vm_reset(h->vm, 18) && !harvest(h, slot));
	expect(h, !hptp_dirty_stop(h->slot_handle(h->self, slot)));
}
