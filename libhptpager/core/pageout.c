// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Page-out of one frame whose set is in its record: of a few entries, in a few steps. The
 * host's memory management mostly asks for this, one page after the other; so nothing of
 * the walk is here. After the entries have come, all that follows delays the next page.
 */
#include "pageout.h"
#include "bitmap.h"

_Static_assert(HPTP_RECORD_PLACES <= HPTP_BATCH, "a record's entries fit a batch");

/* The set, as it was when it was looked at. */
struct frame {
	const uint32_t *word, *rec;
	unsigned n, places;
	uint32_t idx[HPTP_RECORD_PLACES];
};

void hptp_pageout_tell(const struct hptp_pageout *p, uint64_t idx, uint64_t v, uint64_t r,
		       uint64_t off)
{
	struct hptp_unmapped *result = p->result;
	uint64_t frames = hptp_frames(p->slot->vm, hptp_hpte_psize(v, r).actual);

	hptp_trace(p->slot->vm, HPTP_EV_ABSENT, idx, p->slot->base + off);
	if (!result)
		return;
	result->entries++;
	result->n_young += !!(r & HPTP_R_R);
	if (!(r & HPTP_R_C))
		return;
	result->n_dirty += frames;
	hptp_bitmap_set_part(result->dirty, p->off, p->n, off, frames);
}

/* What is in transit becomes absent. */
static hptp_inline void finish(struct hptp_pageout *p)
{
	uint32_t n = p->batch.n;

	if (!n)
		return;
	hptp_batch_flush(&p->batch);
	for (uint32_t i = 0; i < n; i++) {
		struct hptp_locked l = hptp_pageout_entry(p, i, p->off);

		hptp_hpte_set_absent(&l, l.v, l.r & HPTP_R_RC);
	}
	hptp_count_add(p->batch.count, HPTP_COUNT_absent, n);
	p->batch.n = 0;
}

/* A lock that somebody else holds is waited for with none held. */
static hptp_cold struct hptp_locked wait_for(struct hptp_pageout *p, uint32_t idx)
{
	struct hptp_locked l;

	finish(p);
	hptp_hpte_lock(&p->batch.vm->table, idx, &l, p->batch.count);
	return l;
}

static hptp_inline void visit(struct hptp_pageout *p, const struct frame *f, unsigned place,
			      uint32_t idx)
{
	struct hptp_table *t = &p->batch.vm->table;
	struct hptp_locked l = { .hpte = hptp_hpte_at(t, idx), .idx = idx };

	if (!hptp_keep(HPTP_RULE_WAIT_IN_TRANSIT) && !hptp_dw_any(&l.hpte->v, HPTP_V_VALID))
		return;
	if (hptp_unlikely(!hptp_hpte_trylock_bare(t, 0, &l)))
		l = wait_for(p, idx);
	if (hptp_likely((l.v & HPTP_V_VALID) && hptp_in_place(f->word, f->rec, place, idx)))
		hptp_batch_add(&p->batch, &l, true);
	else
		hptp_hpte_unlock(&l);
}

/* Copy the set, and fetch its entries all at once. False: there is more than the record. */
static hptp_inline bool copy_set(struct frame *f, const struct hptp_pageout *p, uint32_t *word)
{
	const struct hptp_table *t = &p->batch.vm->table;
	const uint32_t *rec = hptp_record(p->slot, p->off);
	struct hptp_rmap_locked rl = hptp_rmap_lock(word);
	unsigned places = hptp_rmap_places(rl.word), n = 0;

	f->word = word;
	f->rec = rec;
	f->places = places;
	while (places) {
		f->idx[n] = hptp_load32(&rec[hptp_rmap_next_place(&places)]);
		hptp_prefetch_write(hptp_hpte_at(t, f->idx[n++]));
	}
	f->n = n;
	hptp_rmap_unlock(&rl);
	return !(rl.word & HPTP_SET_VECTOR);
}

static hptp_inline bool unmap(struct hptp_pageout *p)
{
	uint8_t *hint = hptp_slot_hint(p->slot, p->off);
	uint32_t *word = hptp_set_word(p->slot, p->off);
	struct frame f; /* its array is left as it is */

	if (!hptp_table_usable(&p->batch.vm->table) || !hint || !word || !hptp_load8(hint))
		return true;
	if (!copy_set(&f, p, word))
		return false;
	for (unsigned i = 0; i < f.n; i++)
		visit(p, &f, hptp_rmap_next_place(&f.places), f.idx[i]);
	if (!hptp_keep(HPTP_RULE_HINT_LAST))
		hptp_store8(hint, 0);
	finish(p);
	/* None of its members is valid, and none can become so in the open window. */
	hptp_store8(hint, 0);
	return true;
}

bool hptp_unmap_one(struct hptp_slot *slot, uint64_t off, struct hptp_unmapped *result)
{
	struct hptp_pageout p; /* its arrays are left as they are */
	bool done;

	/* One that begins before the frame may reach into it. */
	if (hptp_slot_any_huge(slot))
		return false;
	hptp_pageout_init(&p, slot, off, 1, result);
	hptp_port_read_begin();
	hptp_port_atomic_begin();
	done = unmap(&p);
	hptp_port_atomic_end();
	hptp_port_read_end();
	return done;
}
