/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Membership of a locked entry: joining the set of its frame on the way to becoming valid,
 * and leaving it. The memory is made beforehand, in task context, by hptp_link_prepare().
 */
#ifndef HPTP_LINK_H
#define HPTP_LINK_H

#include "retry.h"
#include "rmap.h"
#include "table.h"

/* A guest page, found in its slot. */
struct hptp_page {
	struct hptp_slot *slot;
	uint32_t *word;  /* of the set of its first frame; NULL while there is none */
	uint32_t *rec;   /* the record beside it, for who joins */
	uint8_t *hint;   /* of its first frame, likewise */
	uint64_t off;    /* of its first frame */
	uint64_t frames; /* that it covers */
	uint8_t shift;   /* log2 of its actual size */
};

enum hptp_joined {
	HPTP_JOINED,    /* the entry may be published */
	HPTP_OVERTAKEN, /* the page may have been invalidated since the snapshot; nothing joined */
	HPTP_UNPREPARED /* memory is missing; nothing joined */
};

/* Where what an entry of this page joins lies; fetched, for it will be stored to. */
static inline void hptp_page_at(struct hptp_page *page, struct hptp_slot *slot, uint64_t off)
{
	page->slot = slot;
	page->off = off;
	page->word = hptp_set_word(slot, off);
	page->rec = hptp_record(slot, off);
	page->hint = hptp_slot_hint(slot, off);
	hptp_prefetch_write(page->word);
	hptp_prefetch_write(page->rec);
	hptp_prefetch_write(page->hint);
}

/* Fetch what an entry, idx or another of its group, will need besides to join a large set. */
static inline void hptp_join_prefetch(const struct hptp_page *page, uint64_t idx)
{
	struct hptp_vm *vm = hptp_slot_vm(page->slot);

	if (hptp_likely(!page->word || !(hptp_load32(page->word) & HPTP_SET_VECTOR)))
		return;
	hptp_prefetch_write(hptp_spot(&vm->table, idx));
	hptp_rmap_prefetch_vector(vm, page->rec);
}

bool hptp_link_prepare(struct hptp_vm *vm, uint64_t gfn, uint64_t idx);
/* Count entries of a page larger than a frame. */
hptp_cold void hptp_huge_add(struct hptp_slot *slot, unsigned actual, uint64_t x);

static hptp_inline bool hptp_take_from_set(const struct hptp_page *page,
					   struct hptp_rmap_locked *rl, unsigned place,
					   uint64_t idx)
{
	uint32_t word;

	if (hptp_likely(place != HPTP_PLACE_VECTOR))
		return hptp_rmap_del(rl, place);
	word = hptp_rmap_del_vector(hptp_slot_vm(page->slot), rl->word,
				    hptp_record(page->slot, page->off), (uint32_t)idx);
	if (word == HPTP_SET_LOCK)
		return false;
	rl->word = word;
	return true;
}

/* Leave the set again. */
static hptp_inline void hptp_unlink(const struct hptp_page *page, unsigned place, uint64_t idx)
{
	struct hptp_slot *slot = page->slot;
	struct hptp_rmap_locked rl = hptp_rmap_lock(page->word);

	if (hptp_unlikely(!hptp_take_from_set(page, &rl, place, idx)))
		hptp_bug(hptp_slot_vm(slot), "a linked entry is no member of its frame's set");
	else if (hptp_unlikely(page->shift > hptp_slot_vm(slot)->frame_shift))
		hptp_huge_add(slot, page->shift, (uint64_t)-1);
	/* Whoever joins later hints after it was here. */
	if (!hptp_rmap_count(rl.word))
		hptp_store8(hptp_slot_hint(slot, page->off), 0);
	hptp_rmap_unlock(&rl);
}

static hptp_inline enum hptp_joined hptp_add_to_set(const struct hptp_page *page, uint64_t idx,
						    unsigned *place)
{
	struct hptp_vm *vm = hptp_slot_vm(page->slot);
	struct hptp_rmap_locked rl = hptp_rmap_lock(page->word);

	*place = hptp_rmap_add(vm, &rl, page->rec, idx);
	hptp_rmap_unlock(&rl);
	if (hptp_unlikely(*place == HPTP_PLACE_NONE))
		return HPTP_UNPREPARED;
	if (hptp_unlikely(page->frames > 1))
		hptp_huge_add(page->slot, page->shift, 1);
	return HPTP_JOINED;
}

/* All of it is stored before the barrier in hptp_retry_check(), which page-out pairs with. */
static hptp_inline void hptp_set_hint(const struct hptp_page *page)
{
	if (!hptp_load8(page->hint))
		hptp_store8(page->hint, 1);
}

/*
 * The last step before a locked entry becomes valid: it is in its frame's set, the frame
 * is hinted, and after that the snapshot still holds. *place: where it is in the set now;
 * NULL: it is a member already.
 */
static hptp_inline enum hptp_joined hptp_join(const struct hptp_page *page,
					      const struct hptp_locked *l, unsigned *place,
					      const struct hptp_snapshot *snap)
{
	struct hptp_slot *slot = page->slot;
	enum hptp_joined joined = HPTP_JOINED;
	bool stale = false;

	if (place && (!page->word || !page->hint || !l->view))
		return HPTP_UNPREPARED;
	if (!hptp_keep(HPTP_RULE_RETRY_UNDER_LOCK))
		stale = hptp_retry_check(slot, page->off, page->frames, snap);
	if (place)
		joined = hptp_add_to_set(page, l->idx, place);
	if (joined != HPTP_JOINED)
		return joined;
	if (hptp_keep(HPTP_RULE_HINT_BEFORE_CHECK))
		hptp_set_hint(page);
	if (hptp_keep(HPTP_RULE_RETRY_UNDER_LOCK))
		stale = hptp_retry_check(slot, page->off, page->frames, snap);
	if (!hptp_keep(HPTP_RULE_HINT_BEFORE_CHECK))
		hptp_set_hint(page);
	if (hptp_likely(!stale))
		return HPTP_JOINED;
	if (place)
		hptp_unlink(page, *place, l->idx);
	return HPTP_OVERTAKEN;
}

#endif
