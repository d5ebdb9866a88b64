// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Page-out of a range: every entry of its frames becomes absent. Entries are gathered in
 * transit and flushed by one TLB sequence for many; then each becomes absent, with its
 * R and C left in place for whoever asks.
 */
#include "unmap.h"
#include "change.h"
#include "history.h"
#include "pageout.h"
#include "walk.h"

/* What is known of an entry in the batch. */
#define LEAVES 1u /* it leaves its set */
#define LAST 2u   /* the last one of its set */

struct unmap {
	struct hptp_pageout out;
	struct hptp_walk walk;
	bool unlink; /* all of it: the slot goes */
	/* The set that was last looked at. */
	uint64_t of;
	const uint32_t *word, *rec;
	uint8_t flags[HPTP_BATCH];
	uint64_t off[HPTP_BATCH]; /* first frame of the page */
};

/* An absent entry leaves its set and keeps the guest's view in itself. */
static void make_orphan(struct unmap *u, struct hptp_locked l, uint64_t off)
{
	struct hptp_vm *vm = u->out.batch.vm;
	uint64_t g = hptp_view_load(l.view), rc = l.r & HPTP_R_RC;
	struct hptp_member m = { u->walk.slot, NULL, off, hptp_hpte_psize(l.v, g).actual };

	/* Pending R and C go to the view: a reader could not tell any more that they are new. */
	if (rc & ~g)
		hptp_changed(vm, l.idx);
	hptp_leave(&m, &l, rc);
	hptp_count_add(u->out.batch.count, HPTP_COUNT_orphan, 1);
	hptp_trace(vm, HPTP_EV_ORPHAN, l.idx, m.slot->base + off);
	hptp_hpte_set_absent(&l, l.v, g | rc | HPTP_R_TAG);
}

/* No member of this frame is valid now, and none can become so in the open window. */
static void clear_hint(struct unmap *u, uint64_t off)
{
	hptp_store8(hptp_slot_hint(u->walk.slot, off), 0);
}

/* The end of one entry's transit; its translations are flushed. */
static void make_absent(struct unmap *u, uint32_t i)
{
	struct hptp_locked l = hptp_pageout_entry(&u->out, i, u->off[i]);

	if (hptp_likely(!(u->flags[i] & LEAVES)))
		hptp_hpte_set_absent(&l, l.v, l.r & HPTP_R_RC);
	else
		make_orphan(u, hptp_batch_entry(&u->out.batch, i), u->off[i]);
	if (u->flags[i] & LAST)
		clear_hint(u, u->off[i]);
}

static void finish(struct unmap *u)
{
	if (!u->out.batch.n)
		return;
	hptp_batch_flush(&u->out.batch);
	for (uint32_t i = 0; i < u->out.batch.n; i++)
		make_absent(u, i);
	hptp_count_add(u->out.batch.count, HPTP_COUNT_absent, u->out.batch.n);
	u->out.batch.n = 0;
}

/* All members of a set were visited: its hint goes, with the batch if one is in there. */
static void set_done(struct unmap *u, uint64_t off)
{
	uint32_t n = u->out.batch.n;

	if (n && u->off[n - 1] == off && hptp_keep(HPTP_RULE_HINT_LAST))
		u->flags[n - 1] |= LAST;
	else
		clear_hint(u, off);
}

/*
 * Take a valid member into transit. Of a set that is large, it does not stay a member
 * when it is absent: a guest that maps one frame a million times and touches it once
 * would otherwise make each later page-out of the frame look at a million entries.
 */
static void add(struct unmap *u, const struct hptp_step *s, const struct hptp_locked *l)
{
	uint32_t i = u->out.batch.n;

	u->off[i] = s->off;
	u->flags[i] = u->unlink || s->crowded ? LEAVES : 0;
	hptp_batch_add(&u->out.batch, l, true);
}

/* Does the view of a locked entry say that it is still the member that was copied? */
static bool is_by_view(const struct hptp_walk *w, const struct hptp_step *s,
		       const struct hptp_locked *l)
{
	struct hptp_member m;

	if (!hptp_linked(l))
		return false;
	hptp_member_at(w->slot, l, hptp_view_load(l->view), &m);
	if (!hptp_keep(HPTP_RULE_REVALIDATE))
		return true;
	/* A set of the range's own holds what reaches into it. */
	return m.off == s->off &&
	       (s->off >= w->off || hptp_member_reaches(&m, w->off, w->end - w->off));
}

/* The view is looked at only where the set is not in its record. */
static bool confirm(struct unmap *u, const struct hptp_step *s, struct hptp_locked *l)
{
	if (s->place == HPTP_PLACE_VECTOR || s->off < u->walk.off || !(l->v & HPTP_V_VALID)) {
		l->view = hptp_view(&u->out.batch.vm->table, l->idx);
		return is_by_view(&u->walk, s, l);
	}
	if (u->of != s->off) {
		u->of = s->off;
		u->word = hptp_set_word(u->walk.slot, s->off);
		u->rec = hptp_record(u->walk.slot, s->off);
	}
	return hptp_in_place(u->word, u->rec, s->place, s->idx);
}

static void visit(struct unmap *u, const struct hptp_step *s)
{
	struct hptp_table *t = &u->out.batch.vm->table;
	struct hptp_locked l = { .hpte = hptp_hpte_at(t, s->idx), .idx = s->idx };

	if (!hptp_keep(HPTP_RULE_WAIT_IN_TRANSIT) && !u->unlink &&
	    !hptp_dw_any(&l.hpte->v, HPTP_V_VALID))
		return;
	if (hptp_unlikely(!hptp_hpte_trylock_bare(t, 0, &l))) {
		/* A lock that somebody else holds is waited for with none held. */
		finish(u);
		hptp_hpte_lock(t, s->idx, &l, u->out.batch.count);
	}
	if ((!(l.v & HPTP_V_VALID) && !u->unlink) || !confirm(u, s, &l))
		hptp_hpte_unlock(&l);
	else if (l.v & HPTP_V_VALID)
		add(u, s, &l);
	else
		make_orphan(u, l, s->off);
}

static void unmap_walk(struct hptp_slot *slot, uint64_t off, uint64_t n, bool unlink,
		       struct hptp_unmapped *result)
{
	struct hptp_step step;
	uint64_t steps = 0;
	bool usable;
	struct unmap u; /* its arrays are left as they are */

	u.unlink = unlink;
	u.of = ~0ull; /* none */
	hptp_pageout_init(&u.out, slot, off, n, result);
	hptp_walk_init(&u.walk, slot, off, n, !unlink);
	hptp_port_read_begin();
	hptp_port_atomic_begin();
	usable = hptp_table_usable(&slot->vm->table);
	while (usable && hptp_walk_next(&u.walk, &step)) {
		visit(&u, &step);
		if (step.last)
			set_done(&u, step.off);
		if (u.out.batch.n == HPTP_BATCH || ++steps % HPTP_SCAN_SLICE == 0) {
			finish(&u);
			usable = hptp_yield_point(slot->vm);
		}
	}
	finish(&u);
	hptp_port_atomic_end();
	hptp_port_read_end();
}

/* Is the range in an open window? Looked for at its two ends. */
static bool window_open(struct hptp_slot *slot, uint64_t off, uint64_t n)
{
	const struct hptp_windows *w = &slot->vm->windows;
	uint64_t first = slot->base + off, last = first + n - 1, sum;

	return !hptp_windows_sum(w, first, first, &sum) &&
	       (n == 1 || !hptp_windows_sum(w, last, last, &sum));
}

int hptp_unmap_range(struct hptp_slot *slot, hptp_off off, uint64_t n, struct hptp_unmapped *result)
{
	struct hptp_vm *vm = slot->vm;

	if (hptp_pinned(vm))
		return HPTP_E_PINNED;
	if (!hptp_slot_has(slot, off.n, n))
		return HPTP_E_PARAM;
	if (hptp_op_given(vm, retry_begin)) {
		hptp_frame_prefetch(slot, off.n);
		/* The opening of the host's invalidation, before the look at the sets. [M1] */
		hptp_full_barrier();
	} else if (!window_open(slot, off.n, n)) {
		return HPTP_E_WINDOW;
	}
	if (n != 1 || !hptp_unmap_one(slot, off.n, result))
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
	/*
	 * A member may be copied while its entry is being removed, and while the table is
	 * being replaced it is who does that who empties the sets: look until all are gone.
	 */
	for (;;) {
		unmap_walk(slot, 0, slot->n, true, NULL);
		if (!hptp_slot_any_linked(slot))
			return;
		hptp_port_relax();
	}
}
