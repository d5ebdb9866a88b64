// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Page-out: every entry of a range of frames becomes absent. Entries are gathered in
 * transit and flushed by one TLB sequence for many; then each becomes absent, with its
 * R and C left in place for whoever asks.
 */
#include "unmap.h"
#include "batch.h"
#include "bitmap.h"
#include "history.h"
#include "rules.h"
#include "walk.h"

/*
 * An absent entry stays in its frame's set only while that has this many members: a
 * guest that maps one frame a million times and touches it once would otherwise make
 * each later page-out of the frame look at a million entries.
 */
#define ABSENT_MEMBERS 64u

struct unmap {
	struct hptp_walk walk;
	struct hptp_batch batch;
	struct hptp_unmapped *result;
	bool unlink;               /* all of it: the slot goes */
	uint64_t done[HPTP_BATCH]; /* frames all of whose members were copied */
	unsigned n_done;
};

static bool crowded(const struct hptp_member *m)
{
	return hptp_rmap_count(hptp_load32(&hptp_record(m->slot, m->off)->word)) > ABSENT_MEMBERS;
}

/* An absent entry leaves its set and keeps the guest's view in itself. */
static void make_orphan(struct unmap *u, const struct hptp_locked *l, const struct hptp_member *m,
			uint64_t g, uint64_t rc)
{
	hptp_leave(m, l->idx, rc);
	hptp_count(u->batch.count, orphan);
	hptp_trace(m->slot->vm, HPTP_EV_ORPHAN, l->idx, m->slot->base + m->off);
	hptp_hpte_set_absent(l, l->v, g | HPTP_R_TAG);
}

static void report(struct unmap *u, const struct hptp_member *m, uint64_t rc)
{
	uint64_t frames = hptp_frames(m->slot->vm, m->actual);

	u->result->entries++;
	u->result->n_young += !!(rc & HPTP_R_R);
	if (!(rc & HPTP_R_C))
		return;
	u->result->n_dirty += frames;
	hptp_bitmap_set_part(u->result->dirty, u->walk.off, u->walk.end - u->walk.off, m->off,
			     frames);
}

/* The end of one entry's transit; its translations are flushed. */
static void make_absent(struct unmap *u, const struct hptp_locked *l)
{
	struct hptp_slot *slot = u->walk.slot;
	uint64_t rc = l->r & HPTP_R_RC, g = hptp_load64(hptp_view(slot->vm, l->idx));
	struct hptp_member m = {
		.slot = slot,
		.off = hptp_base_gfn(slot->vm, l->v, g) - slot->base,
		.actual = hptp_hpte_psize(l->v, g).actual,
	};

	if (u->result)
		report(u, &m, rc);
	hptp_count(u->batch.count, absent);
	hptp_trace(slot->vm, HPTP_EV_ABSENT, l->idx, slot->base + m.off);
	if (u->unlink || crowded(&m))
		make_orphan(u, l, &m, g | rc, rc);
	else
		hptp_hpte_set_absent(l, l->v, rc);
}

/* No member of these frames is valid now, and none can become so in the open window. */
static void clear_hints(struct unmap *u)
{
	for (unsigned i = 0; i < u->n_done; i++) {
		struct hptp_rmap_locked rl = hptp_rmap_lock(hptp_record(u->walk.slot, u->done[i]));

		rl.word &= ~HPTP_REC_VALID;
		hptp_rmap_unlock(&rl);
	}
	u->n_done = 0;
}

static void finish(struct unmap *u)
{
	hptp_batch_flush(&u->batch);
	for (uint32_t i = 0; i < u->batch.n; i++) {
		struct hptp_locked l = hptp_batch_entry(&u->batch, i);

		make_absent(u, &l);
	}
	u->batch.n = 0;
	clear_hints(u);
	hptp_yield_point();
}

static void visit(struct unmap *u, const struct hptp_step *s)
{
	struct hptp_table *t = &u->batch.vm->table;
	struct hptp_member m;
	struct hptp_locked l;
	uint64_t g;

	/* A lock that somebody else holds is waited for with none held. */
	if (!u->batch.n || !hptp_hpte_trylock(t, s->idx, 0, &l)) {
		finish(u);
		hptp_hpte_lock(t, s->idx, &l, u->batch.count);
	}
	if (!hptp_walk_confirm(&u->walk, s, &l, &g, &m))
		hptp_hpte_unlock(&l);
	else if (l.v & HPTP_V_VALID)
		hptp_batch_add(&u->batch, &l, true);
	else if (u->unlink)
		make_orphan(u, &l, &m, g | (l.r & HPTP_R_RC), l.r & HPTP_R_RC);
	else
		hptp_hpte_unlock(&l);
}

static void unmap_walk(struct hptp_slot *slot, uint64_t off, uint64_t n, bool unlink,
		       struct hptp_unmapped *result)
{
	struct unmap u = { .result = result, .unlink = unlink };
	struct hptp_step step;

	hptp_batch_init(&u.batch, slot->vm, NULL);
	hptp_walk_init(&u.walk, slot, off, n,
		       unlink ? HPTP_WALK_ALL | HPTP_REC_LOCK : HPTP_WALK_VALID);
	/*
	 * Where the host opens invalidations itself: its store that did so comes before
	 * the look at the sets. See [M1].
	 */
	hptp_full_barrier();
	hptp_port_read_begin();
	hptp_port_atomic_begin();
	while (hptp_walk_next(&u.walk, &step)) {
		visit(&u, &step);
		if (step.last)
			u.done[u.n_done++] = step.off;
		if (u.batch.n == HPTP_BATCH || u.n_done == HPTP_BATCH)
			finish(&u);
	}
	finish(&u);
	hptp_port_atomic_end();
	hptp_port_read_end();
}

int hptp_unmap_range(struct hptp_slot *slot, hptp_off off, uint64_t n, struct hptp_unmapped *result)
{
	struct hptp_vm *vm = slot->vm;
	uint64_t sum, last = slot->base + off.n + n - 1;

	if (hptp_pinned(vm))
		return HPTP_E_PINNED;
	if (!hptp_slot_has(slot, off.n, n))
		return HPTP_E_PARAM;
	if (!hptp_op_given(vm, retry_begin) &&
	    (hptp_windows_sum(&vm->windows, slot->base + off.n, slot->base + off.n, &sum) ||
	     hptp_windows_sum(&vm->windows, last, last, &sum)))
		return HPTP_E_WINDOW;
	unmap_walk(slot, off.n, n, false, result);
	return HPTP_OK;
}

int hptp_unmap_frame(struct hptp_slot *slot, hptp_off off, void (*change)(void *arg), void *arg,
		     struct hptp_unmapped *result)
{
	struct hptp_window window;
	int error = hptp_invalidate_begin(slot, off, 1, &window);

	if (error)
		return error;
	error = hptp_unmap_range(slot, off, 1, result);
	if (!error && change)
		change(arg);
	return hptp_invalidate_end(&window) ? HPTP_E_BUG : error;
}

void hptp_unmap_and_unlink(struct hptp_slot *slot)
{
	/* A member may be copied while its entry is being removed; look until all are gone. */
	do
		unmap_walk(slot, 0, slot->n, true, NULL);
	while (hptp_slot_any_linked(slot));
}
