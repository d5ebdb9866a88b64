// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Scenarios: the table gets another size under a guest that goes on. */
#include "small.h"

#define PAGES 8u
#define STEPS_MAX 10000u

static uint64_t gpa_of(const struct harness *h, unsigned i)
{
	return GPA + ((uint64_t)i << h->frame_shift);
}

/* The guest's work, a step of it: a sum over its pages, carried from one to the next. */
struct work {
	struct page p[PAGES];
	unsigned at;
	uint64_t sum[PAGES]; /* what must be in them */
};

static bool go_on(struct harness *h, struct work *w)
{
	unsigned next = (w->at + 1) % PAGES;
	uint64_t value = 0;

	if (guest_load(h, &w->p[w->at], 8, &value).what != HARNESS_DONE || value != w->sum[w->at])
		return false;
	w->sum[next] += value + next + 1;
	w->at = next;
	return stores(h, &w->p[next], 8, w->sum[next]);
}

/* To the end, the guest working between the steps; what prepare says then. */
static int prepared(struct harness *h, unsigned order, struct work *w)
{
	int left = hptp_resize_prepare(h->vm, 0, order, 0);

	for (unsigned i = 0; left > 0 && i < STEPS_MAX; i++) {
		int more = hptp_resize_step(h->vm, i);

		if ((more && more != HPTP_E_AGAIN) || (w && !go_on(h, w)))
			return HPTP_E_BUG;
		left = hptp_resize_prepare(h->vm, 0, order, i);
	}
	return left;
}

/* Where an entry is in the table of now. */
static void moved(struct harness *h, struct page *p)
{
	p->idx = page_pteg(h, p) * 8 + p->idx % 8;
}

/* Bits that hardware may have brought in meanwhile do not count, but none goes. */
static bool same_view(uint64_t before, uint64_t now)
{
	return !((before ^ now) & ~(PTE_R | PTE_C)) && !(before & ~now);
}

static void resize_once(struct harness *h, struct work *w, unsigned order, struct page *other,
			unsigned n)
{
	uint64_t before = entries_in(h->vm), views[PAGES + 4], i;
	struct hptp_resized result;

	expect(h, !prepared(h, order, w));
	before = entries_in(h->vm);
	for (i = 0; i < PAGES; i++)
		views[i] = view(h, &w->p[i]);
	for (i = 0; i < n; i++)
		views[PAGES + i] = view(h, &other[i]);
	expect(h, !hptp_resize_commit(h->vm, 0, order, &result));
	expect(h, result.kept == before && !result.dropped && order_of(h->vm) == order);
	expect(h, entries_in(h->vm) == before);
	for (i = 0; i < PAGES; i++) {
		moved(h, &w->p[i]);
		expect(h, same_view(views[i], view(h, &w->p[i])));
	}
	for (i = 0; i < n; i++) {
		moved(h, &other[i]);
		expect(h, same_view(views[PAGES + i], view(h, &other[i])));
	}
	for (i = 0; i < 2 * PAGES; i++)
		expect(h, go_on(h, w));
}

void scenario_resize_kept(struct harness *h)
{
	static const unsigned orders[] = { 20, 18, 19, 18 };
	/* Read-only, of no slot, never touched, in a segment of 1T. */
	struct page other[4] = { page_at(2 * EA, gpa_of(h, 9), 12, 12),
				 page_at(2 * EA + 0x1000, GPA << 2, 12, 12),
				 page_at(2 * EA + 0x2000, gpa_of(h, 10), 12, 12),
				 page_in_1t(1ull << 40, gpa_of(h, 11), 12, 12) };
	void *slot = memory(h);
	struct work w = { .at = 0 };
	uint64_t value;

	expect(h, slot);
	for (unsigned i = 0; i < PAGES; i++) {
		w.p[i] = page_at(EA + 0x1000ull * i, gpa_of(h, i), 12, 12);
		w.p[i].secondary = i & 1;
		expect(h, !(i & 2 ? enter_bolted(h, &w.p[i], RW) : enter(h, &w.p[i], RW)));
	}
	h->page_out(h->self, slot, 10);
	expect(h, !enter(h, &other[0], RO) && !enter(h, &other[1], RW));
	expect(h, !enter(h, &other[2], RW) && !enter_bolted(h, &other[3], RW));
	expect(h, stores(h, &other[3], 0, 99) && loads(h, &other[0], 0, 0));
	for (unsigned i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		h->page_out(h->self, slot, i);
		resize_once(h, &w, orders[i], other, 4);
		expect(h, loads(h, &other[3], 0, 99) && loads(h, &other[0], 0, 0));
		expect(h, guest_store(h, &other[0], 0, 1).what == HARNESS_REFLECTED);
		expect(h, guest_load(h, &other[1], 0, &value).what == HARNESS_MMIO);
		h->page_out(h->self, slot, 11);
	}
}

void scenario_resize_dropped(struct harness *h)
{
	void *slot = memory(h);
	struct hptp_resize_status status;
	struct hptp_resized result;
	struct page p[4];
	uint64_t before, value, out[2];

	expect(h, slot && !hptp_vm_reset(h->vm, 20));
	/* Pages whose groups differ in what a smaller table does not look at. */
	for (unsigned i = 0; i < 4; i++) {
		p[i] = page_at(EA + (0x800000ull * i), gpa_of(h, i), 12, 12);
		expect(h, !(i > 1 ? enter_bolted(h, &p[i], RW) : enter(h, &p[i], RW)));
		expect(h, stores(h, &p[i], 0, 20 + i));
	}
	/* Two bolted ones that meet: found while it is prepared, told once, nothing has changed. */
	expect(h, prepared(h, 18, NULL) == HPTP_E_PTEG_FULL);
	hptp_resize_status(h->vm, &status);
	expect(h, !status.order && hptp_resize_commit(h->vm, 0, 18, NULL) == HPTP_E_CLOSED);
	/* ... or by the commit, if one came later. */
	expect(h, !hptp_h_remove(h->vcpu, 0, p[3].idx, 0, out) && !prepared(h, 18, NULL));
	expect(h, !enter_bolted(h, &p[3], RW) && stores(h, &p[3], 0, 23));
	expect(h, hptp_resize_commit(h->vm, 0, 18, &result) == HPTP_E_PTEG_FULL);
	for (unsigned i = 0; i < 4; i++)
		expect(h, order_of(h->vm) == 20 && loads(h, &p[i], 0, 20 + i));
	/* With one of them gone the other stays, and of all it is told what becomes. */
	expect(h, !hptp_h_remove(h->vcpu, 0, p[3].idx, 0, out) && !prepared(h, 18, NULL));
	hptp_resize_status(h->vm, &status);
	expect(h, status.meet == 2 && status.done == status.todo);
	before = entries_in(h->vm);
	expect(h, !hptp_resize_commit(h->vm, 0, 18, &result));
	expect(h, result.kept == before - 2 && result.dropped == 2);
	expect(h, entries_in(h->vm) == result.kept && loads(h, &p[2], 0, 22));
	for (unsigned i = 0; i < 2; i++)
		expect(h, guest_load(h, &p[i], 0, &value).what == HARNESS_REFLECTED);
	/* The guest makes them again, and nothing of their memory was lost. */
	for (unsigned i = 0; i < 2; i++)
		expect(h, !enter(h, &p[i], RW) && loads(h, &p[i], 0, 20 + i));
}

void scenario_resize_prepare(struct harness *h)
{
	struct page p = page_at(EA, GPA, 12, 12);
	struct hptp_resize_status status;
	void *slot = memory(h);

	expect(h, slot && !enter(h, &p, RW) && stores(h, &p, 0, 5));
	expect(h, hptp_resize_commit(h->vm, 0, 19, NULL) == HPTP_E_CLOSED);
	expect(h, hptp_resize_prepare(h->vm, 0, 19, 0) > 0);
	expect(h, hptp_resize_prepare(h->vm, 0, 19, 0) > 0);
	expect(h, hptp_resize_commit(h->vm, 0, 19, NULL) == HPTP_E_BUSY);
	expect(h, !prepared(h, 19, NULL) && !hptp_resize_prepare(h->vm, 0, 19, 0));
	expect(h, hptp_resize_commit(h->vm, 0, 20, NULL) == HPTP_E_CLOSED);
	expect(h, hptp_resize_commit(h->vm, 1, 19, NULL) == HPTP_E_PARAM);
	expect(h, hptp_resize_prepare(h->vm, 0, 17, 0) == HPTP_E_PARAM);
	expect(h, hptp_resize_prepare(h->vm, 4, 20, 0) == HPTP_E_PARAM);
	hptp_resize_status(h->vm, &status);
	expect(h, status.order == 19 && !status.error);
	/* Another order: the first is given up. */
	expect(h, hptp_resize_prepare(h->vm, 0, 20, 0) > 0);
	expect(h, hptp_resize_commit(h->vm, 0, 19, NULL) == HPTP_E_CLOSED);
	expect(h, !prepared(h, 20, NULL) && !hptp_resize_prepare(h->vm, 0, 0, 0));
	hptp_resize_status(h->vm, &status);
	expect(h, !status.order && !hptp_resize_step(h->vm, 0));
	expect(h, hptp_resize_commit(h->vm, 0, 20, NULL) == HPTP_E_CLOSED);
	expect(h, state(h, &p) == HPTP_VALID && loads(h, &p, 0, 5) && order_of(h->vm) == 18);
	/* To the size that it has. */
	expect(h, !prepared(h, 18, NULL) && !hptp_resize_commit(h->vm, 0, 18, NULL));
	expect(h, loads(h, &p, 0, 5));
	/* A reset gives up, too. */
	expect(h, !prepared(h, 19, NULL) && !hptp_vm_reset(h->vm, 18));
	expect(h, hptp_resize_commit(h->vm, 0, 19, NULL) == HPTP_E_CLOSED);
	expect(h, !enter(h, &p, RW) && loads(h, &p, 0, 5));
}
