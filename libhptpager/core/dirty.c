// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The dirty log. C of every entry of the range is taken, present or absent, and after
 * that the log, to which whoever ended an entry meanwhile gave its C.
 */
#include "hptpager/dirty.h"
#include "batch.h"
#include "bitmap.h"
#include "change.h"
#include "history.h"
#include "rules.h"
#include "walk.h"

struct harvest {
	struct hptp_slot *slot;
	uint64_t off, n;
	uint8_t *out; /* NULL: forget it */
	uint64_t n_harvested;
	bool stopped; /* no vCPU runs: a C that is still in a TLB counts too */
	bool usable;  /* the table is there, and the one that was begun with */
	struct hptp_batch batch;
	/* Of the batch: first frame and size of the page. */
	uint64_t first[HPTP_BATCH];
	uint8_t actual[HPTP_BATCH];
};

/* Worth locking? Decides nothing: all is read again under the lock. */
static bool peek_c(const struct harvest *h, uint64_t idx)
{
	const struct hptp_hpte *e = &h->slot->vm->table.hpte[idx];

	/* Somebody's flush may be bringing its C in just now: wait for that. */
	if (h->stopped && hptp_dw_any(&e->v, HPTP_V_HVLOCK))
		return true;
	if (hptp_dw_any(&e->r, HPTP_R_C))
		return hptp_dw_any(&e->v, HPTP_V_VALID | HPTP_V_ABSENT) &&
		       !hptp_dw_any(&e->r, HPTP_R_TAG);
	return h->stopped && hptp_dw_any(&e->v, HPTP_V_VALID) &&
	       hptp_hpte_writable(hptp_dw_load(&e->r));
}

/* Report C of a page: in the range to the caller, what is left of a huge one to the log. */
static void report(struct harvest *h, const struct hptp_member *m)
{
	uint64_t frames = hptp_frames(h->slot->vm, m->actual), end = m->off + frames;

	h->n_harvested++;
	if (frames == 1) { /* in the range as a whole, or not found */
		if (h->out)
			hptp_bitmap_set_one(h->out, m->off - h->off);
		return;
	}
	hptp_bitmap_set_part(h->out, h->off, h->n, m->off, frames);
	if (m->off < h->off)
		hptp_slot_log(h->slot, m->off, h->off - m->off);
	if (end > h->off + h->n)
		hptp_slot_log(h->slot, h->off + h->n, end - h->off - h->n);
}

/* The end of one entry's transit: valid again, with C taken if it was set. */
static void restore(struct harvest *h, uint32_t i)
{
	struct hptp_locked l = hptp_batch_bare(&h->batch, i);
	struct hptp_member m = { h->slot, NULL, h->first[i], h->actual[i] };

	if (l.r & HPTP_R_C) {
		l.view = hptp_view(&h->slot->vm->table, l.idx);
		hptp_view_set(h->slot->vm, &l, hptp_view_load(l.view) | HPTP_R_C);
		report(h, &m);
	}
	/* No window check: page-out of this frame waits for the lock that is held here. */
	hptp_hpte_publish(&h->slot->vm->table, &l, l.v, l.r & ~HPTP_R_C);
}

static void finish(struct harvest *h)
{
	hptp_batch_flush(&h->batch);
	for (uint32_t i = 0; i < h->batch.n; i++)
		restore(h, i);
	h->batch.n = 0;
	if (h->n_harvested)
		hptp_count_add(&h->slot->vm->host_count, HPTP_COUNT_harvested, h->n_harvested);
	h->n_harvested = 0;
}

static void take_c(struct harvest *h, uint64_t idx)
{
	struct hptp_vm *vm = h->slot->vm;
	struct hptp_member m;
	struct hptp_locked l;
	uint64_t g;

	if (!peek_c(h, idx))
		return;
	if (hptp_unlikely(!hptp_hpte_trylock(&vm->table, idx, 0, &l))) {
		if (h->batch.n)
			finish(h);
		hptp_hpte_lock(&vm->table, idx, &l, &vm->host_count);
	}
	if (!hptp_member_in(h->slot, h->off, h->n, &l, &g, &m)) {
		hptp_hpte_unlock(&l);
	} else if (l.v & HPTP_V_VALID) {
		h->first[h->batch.n] = m.off;
		h->actual[h->batch.n] = m.actual;
		hptp_batch_add(&h->batch, &l, true);
	} else {
		if (l.r & HPTP_R_C) {
			hptp_view_change(vm, &l, g, g | HPTP_R_C);
			report(h, &m);
		}
		hptp_hpte_set_absent(&l, l.v, l.r & ~HPTP_R_C);
	}
	if (h->batch.n == HPTP_BATCH) {
		finish(h);
		h->usable = hptp_yield_point(vm);
	}
}

static void harvest_sets(struct harvest *h)
{
	struct hptp_walk w;
	struct hptp_step s;

	hptp_walk_init(&w, h->slot, h->off, h->n, false);
	while (h->usable && hptp_walk_next(&w, &s))
		take_c(h, s.idx);
}

/* A stretch of the table, in its order. With vCPUs stopped, all of its entries count. */
static void harvest_slice(struct harvest *h, uint64_t i, uint64_t end)
{
	const struct hptp_table *t = &h->slot->vm->table;

	for (; h->usable; i++) {
		if (!h->stopped)
			i = hptp_table_next(t, i, end, HPTP_R_C);
		if (i == end)
			return;
		take_c(h, i);
	}
}

static void harvest_entries(struct harvest *h)
{
	struct hptp_vm *vm = h->slot->vm;

	if (!hptp_walk_by_table(vm, h->n)) {
		harvest_sets(h);
	} else {
		for (uint64_t i = 0; h->usable && i < vm->table.n; i += HPTP_SCAN_SLICE) {
			harvest_slice(h, i, i + HPTP_SCAN_SLICE);
			finish(h);
			h->usable = h->usable && hptp_yield_point(vm);
		}
	}
	finish(h);
}

/* Move the log's bits of the range to the caller's bitmap. */
static void harvest_log(struct harvest *h)
{
	uint8_t *log = __atomic_load_n(&h->slot->log, __ATOMIC_ACQUIRE);

	/* Whoever ended an entry that was seen to be gone had put its C here. [M8] */
	hptp_read_barrier();
	for (uint64_t i = h->off; log && i < h->off + h->n;) {
		uint8_t bit = (uint8_t)(1u << (i & 7)), byte = hptp_load8(&log[i >> 3]);

		if (!(i & 7) && !byte) {
			i += 8;
			continue;
		}
		if ((byte & bit) && (hptp_and8(&log[i >> 3], (uint8_t)~bit) & bit) && h->out)
			hptp_bitmap_set(h->out, i - h->off, 1);
		i++;
	}
}

int hptp_dirty_harvest(struct hptp_slot *slot, hptp_off off, uint64_t n, uint8_t *out,
		       unsigned flags)
{
	struct harvest h; /* its arrays are left as they are */

	if (!hptp_slot_has(slot, off.n, n) ||
	    (flags & ~(HPTP_HARVEST_STOPPED | HPTP_HARVEST_FORGET)) ||
	    !out != !!(flags & HPTP_HARVEST_FORGET))
		return HPTP_E_PARAM;
	h.slot = slot;
	h.off = off.n;
	h.n = n;
	h.out = out;
	h.n_harvested = 0;
	h.stopped = flags & HPTP_HARVEST_STOPPED;
	hptp_batch_init(&h.batch, slot->vm, NULL);
	hptp_port_read_begin();
	hptp_port_atomic_begin();
	h.usable = hptp_table_usable(&slot->vm->table);
	if (!hptp_keep(HPTP_RULE_LOG_LAST))
		harvest_log(&h);
	if (h.usable)
		harvest_entries(&h);
	if (hptp_keep(HPTP_RULE_LOG_LAST))
		harvest_log(&h);
	hptp_port_atomic_end();
	hptp_port_read_end();
	return HPTP_OK;
}

void hptp_dirty_mark(struct hptp_slot *slot, hptp_off off, uint64_t n)
{
	if (off.n >= slot->n)
		return;
	hptp_port_read_begin();
	hptp_slot_log(slot, off.n, n < slot->n - off.n ? n : slot->n - off.n);
	hptp_port_read_end();
}

int hptp_dirty_start(struct hptp_slot *slot, uint8_t *bitmap, size_t bytes)
{
	if (!bitmap || bytes < (slot->n + 7) / 8)
		return HPTP_E_PARAM;
	if (slot->log)
		return HPTP_E_STATE;
	__atomic_store_n(&slot->log, bitmap, __ATOMIC_RELEASE);
	/* Whoever saw no log has dropped what it took by the time this returns. */
	if (hptp_keep(HPTP_RULE_LOG_GRACE))
		hptp_port_synchronize();
	return HPTP_OK;
}

int hptp_dirty_stop(struct hptp_slot *slot)
{
	if (!slot->log)
		return HPTP_E_STATE;
	__atomic_store_n(&slot->log, NULL, __ATOMIC_RELEASE);
	if (hptp_keep(HPTP_RULE_LOG_GRACE))
		hptp_port_synchronize();
	return HPTP_OK;
}
