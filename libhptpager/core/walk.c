// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The walk over the sets of a range of frames. */
#include "walk.h"
#include "history.h"
#include "rules.h"

/* How far ahead of the copy the nodes of large sets are fetched, in frames. */
#define LOOK_AHEAD 8u
/* Frames that one filling of the steps may span; a gap of unmapped memory ends it. */
#define SPAN ((uint64_t)1 << 29)
/* Flags beside a frame in rel[]. */
#define REL_LAST 0x80000000u
#define REL_CROWDED 0x40000000u
#define REL_FRAME (REL_CROWDED - 1)
/* A look at an entry in the table's order costs a sixteenth of one at a frame's set. */
#define TABLE_SHARE 16u

void hptp_walk_init(struct hptp_walk *w, struct hptp_slot *slot, uint64_t off, uint64_t n,
		    uint32_t need)
{
	w->slot = slot;
	w->off = w->at = off;
	w->end = off + n;
	w->cursor = 0;
	w->of = off;
	w->need = need;
	w->huge = hptp_keep(HPTP_RULE_HUGE_BASE) ? HPTP_HUGE_SIZES : 0;
	w->n = w->next = 0;
}

bool hptp_walk_by_table(const struct hptp_vm *vm, uint64_t n)
{
	return n >= vm->table.n / TABLE_SHARE;
}

/* Copy from one set; false: there is no room for all of it, or it is not finished. */
static bool copy_set(struct hptp_walk *w, struct hptp_record *rec, uint64_t off, bool whole)
{
	struct hptp_vm *vm = w->slot->vm;
	uint32_t *idx = &w->idx[w->n], rel = (uint32_t)(off - w->origin);
	struct hptp_rmap_locked rl;
	unsigned n;

	if (HPTP_WALK_ROOM - w->n < HPTP_RMAP_COPY)
		return false;
	/* A set that was copied in part may be empty now: this one begins at its beginning. */
	if (w->of != off && hptp_keep(HPTP_RULE_CURSOR))
		w->cursor = 0;
	w->of = off;
	rl = hptp_rmap_lock(rec);
	n = hptp_rmap_copy(vm, &rl, &w->cursor, idx, HPTP_RMAP_COPY);
	hptp_rmap_unlock(&rl);
	if (hptp_rmap_count(rl.word) > HPTP_CROWD)
		rel |= REL_CROWDED;
	for (unsigned i = 0; i < n; i++) {
		hptp_prefetch_write(&vm->table.hpte[idx[i]]);
		hptp_prefetch(hptp_view(vm, idx[i]));
		w->rel[w->n++] = rel;
	}
	if (w->cursor < HPTP_RMAP_DONE)
		return false;
	if (n && whole)
		w->rel[w->n - 1] |= REL_LAST;
	w->cursor = 0;
	return true;
}

/* Pages that begin before the range and reach into it are in the set of their base. */
static bool copy_huge(struct hptp_walk *w)
{
	struct hptp_slot *slot = w->slot;

	while (w->huge) {
		unsigned i = w->huge - 1, shift = hptp_huge_shift[i];
		uint64_t gfn = slot->base + w->off, base;

		if (shift > slot->vm->frame_shift && hptp_load64(&slot->huge[i])) {
			base = gfn & ~(hptp_frames(slot->vm, shift) - 1);
			if (base < gfn && base >= slot->base) {
				struct hptp_record *rec = hptp_record(slot, base - slot->base);

				if (rec && (hptp_load32(&rec->word) & w->need) &&
				    !copy_set(w, rec, base - slot->base, false))
					return false;
			}
		}
		w->huge--;
	}
	return true;
}

/* Fill the steps, as far as there is room. */
static void refill(struct hptp_walk *w)
{
	const struct hptp_sparse *records = &w->slot->records;
	uint64_t per = hptp_sparse_per_chunk(records);

	w->n = w->next = 0;
	if (w->huge) {
		w->origin = w->off - (w->off < SPAN ? w->off : SPAN);
		if (!copy_huge(w) || w->n)
			return;
	}
	w->origin = w->at;
	while (w->at < w->end && w->at - w->origin < SPAN) {
		uint64_t stop = (w->at | (per - 1)) + 1;
		struct hptp_record *rec = hptp_record(w->slot, w->at);

		stop = stop < w->end ? stop : w->end;
		for (; rec && w->at < stop; w->at++, rec = hptp_record_after(records, rec, 1)) {
			if (!(hptp_load32(&rec->word) & w->need))
				continue;
			if (w->at + LOOK_AHEAD < stop)
				hptp_rmap_prefetch(w->slot->vm,
						   hptp_record_after(records, rec, LOOK_AHEAD));
			if (!copy_set(w, rec, w->at, true))
				return;
		}
		w->at = stop;
	}
}

bool hptp_walk_next(struct hptp_walk *w, struct hptp_step *step)
{
	while (w->next == w->n) {
		if (w->at >= w->end && !w->huge)
			return false;
		refill(w);
	}
	step->idx = w->idx[w->next];
	step->off = w->origin + (w->rel[w->next] & REL_FRAME);
	step->last = w->rel[w->next] & REL_LAST;
	step->crowded = w->rel[w->next] & REL_CROWDED;
	w->next++;
	return true;
}

bool hptp_walk_confirm(const struct hptp_walk *w, const struct hptp_step *s,
		       const struct hptp_locked *l, uint64_t *g, struct hptp_member *m)
{
	bool ours = hptp_member_in(w->slot, w->off, w->end - w->off, l, g, m);

	/* The entry may have been removed and made anew for another page since the copy. */
	return ours && (m->off == s->off || !hptp_keep(HPTP_RULE_REVALIDATE));
}
