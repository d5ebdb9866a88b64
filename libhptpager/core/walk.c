// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The walk over the sets of a range of frames. */
#include "walk.h"
#include "history.h"
#include "rules.h"

/* How far ahead of the copy the nodes of large sets are fetched, in frames. */
#define LOOK_AHEAD 8u
/* Frames that one filling of the steps may span; a gap of unmapped memory ends it. */
#define SPAN ((uint64_t)1 << (HPTP_REL_PLACE_SHIFT - 1))
/* A look at an entry in the table's order costs a sixteenth of one at a frame's set. */
#define TABLE_SHARE 16u

void hptp_walk_init(struct hptp_walk *w, struct hptp_slot *slot, uint64_t off, uint64_t n,
		    bool hinted)
{
	w->slot = slot;
	w->off = w->at = w->of = off;
	w->end = off + n;
	w->cursor = 0;
	w->hinted = hinted;
	w->huge = hptp_keep(HPTP_RULE_HUGE_BASE) && hptp_slot_any_huge(slot) ? HPTP_HUGE_SIZES : 0;
	w->n = w->next = 0;
}

bool hptp_walk_by_table(const struct hptp_vm *vm, uint64_t n)
{
	return n >= vm->table.n / TABLE_SHARE;
}

/* Copy from one set; false: there is no room for all of it, or it is not finished. */
static hptp_inline bool copy_set(struct hptp_walk *w, uint32_t *word, uint64_t off, bool whole)
{
	struct hptp_vm *vm = w->slot->vm;
	uint32_t *idx = &w->idx[w->n], *rel = &w->rel[w->n], mark = (uint32_t)(off - w->origin);
	const struct hptp_table *t = &vm->table;
	struct hptp_rmap_locked rl;
	unsigned n, places;

	if (HPTP_WALK_ROOM - w->n < HPTP_RMAP_COPY)
		return false;
	/* A set that was copied in part may be empty now: this one begins at its beginning. */
	if (w->of != off && hptp_keep(HPTP_RULE_CURSOR))
		w->cursor = 0;
	w->of = off;
	rl = hptp_rmap_lock(word);
	places = w->cursor ? 0 : hptp_rmap_places(rl.word);
	n = hptp_rmap_copy(vm, rl.word, hptp_record(w->slot, off), &w->cursor, idx, HPTP_RMAP_COPY);
	hptp_rmap_unlock(&rl);
	if (hptp_rmap_count(rl.word) > HPTP_CROWD)
		mark |= HPTP_REL_CROWDED;
	for (unsigned i = 0; i < n; i++) {
		unsigned place = places ? hptp_rmap_next_place(&places) : HPTP_PLACE_VECTOR;

		hptp_prefetch_write(&t->hpte[idx[i]]);
		/* Page-out does without the view of what is in a record and stays there. */
		if (!w->hinted || place == HPTP_PLACE_VECTOR || (mark & HPTP_REL_CROWDED))
			hptp_prefetch(hptp_view(t, idx[i]));
		if (mark & HPTP_REL_CROWDED) /* page-out makes it leave */
			hptp_prefetch_write(hptp_spot(t, idx[i]));
		rel[i] = mark | place << HPTP_REL_PLACE_SHIFT;
	}
	w->n += n;
	if (w->cursor < HPTP_RMAP_DONE)
		return false;
	if (n && whole)
		rel[n - 1] |= HPTP_REL_LAST;
	w->cursor = 0;
	return true;
}

/* Pages that begin before the range and reach into it are in the set of their base. */
static bool copy_huge(struct hptp_walk *w)
{
	struct hptp_slot *slot = w->slot;
	uint64_t gfn = slot->base + w->off;

	for (; w->huge; w->huge--) {
		unsigned i = w->huge - 1;
		uint64_t base = gfn & ~(hptp_frames(slot->vm, hptp_huge_shift[i]) - 1);
		uint32_t *word;

		if (!hptp_load64(&slot->huge[i]) || base == gfn || base < slot->base)
			continue;
		word = hptp_set_word(slot, base - slot->base);
		if (word && !copy_set(w, word, base - slot->base, false))
			return false;
	}
	return true;
}

/* The first frame from `at` on whose hint is set, or `end`. */
static uint64_t next_hinted(const struct hptp_slot *slot, uint64_t at, uint64_t end)
{
	uint64_t per = hptp_sparse_per_chunk(&slot->hints);

	while (at < end) {
		const uint8_t *byte = hptp_slot_hint(slot, at);

		if (!byte)
			at = (at | (per - 1)) + 1;
		else if (!(at & 7) && !hptp_load64((const uint64_t *)byte))
			at += 8;
		else if (hptp_load8(byte))
			return at;
		else
			at++;
	}
	return end;
}

/* Fetch the records, and a little later the nodes, of frames that come soon. */
static void look_ahead(const struct hptp_walk *w, const uint32_t *word)
{
	const struct hptp_sparse *records = &w->slot->records;
	uint64_t left = hptp_sparse_per_chunk(&w->slot->words);
	uint32_t *rec = hptp_record(w->slot, w->at);

	left -= w->at & (left - 1);
	if (left > 2 * LOOK_AHEAD) {
		hptp_prefetch(hptp_record_after(records, rec, 2 * LOOK_AHEAD));
		hptp_rmap_prefetch(w->slot->vm, hptp_load32(&word[LOOK_AHEAD]),
				   hptp_record_after(records, rec, LOOK_AHEAD));
	}
}

/* Fill the steps, as far as there is room. */
static void refill(struct hptp_walk *w)
{
	const struct hptp_slot *slot = w->slot;

	w->n = w->next = 0;
	if (hptp_unlikely(w->huge)) {
		w->origin = w->off - (w->off < SPAN ? w->off : SPAN);
		if (!copy_huge(w) || w->n)
			return;
	}
	w->origin = w->at;
	for (;; w->at++) {
		uint32_t *word;

		w->at = w->hinted ? next_hinted(slot, w->at, w->end) :
				    hptp_slot_next_linked(slot, w->at, w->end);
		if (w->at >= w->end || w->at - w->origin >= SPAN)
			return;
		word = hptp_set_word(slot, w->at);
		if (!word)
			continue; /* just made, by a publisher who will find the window open */
		if (w->end - w->at > LOOK_AHEAD)
			look_ahead(w, word);
		if (!copy_set(w, word, w->at, true))
			return;
	}
}

bool hptp_walk_more(struct hptp_walk *w)
{
	do {
		if (hptp_walk_ended(w))
			return false;
		refill(w);
	} while (w->next == w->n);
	return true;
}
