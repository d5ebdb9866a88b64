/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What page-out of one frame and page-out of a range have in common. */
#ifndef HPTP_PAGEOUT_H
#define HPTP_PAGEOUT_H

#include "hptpager/notify.h"
#include "batch.h"
#include "rmap.h"
#include "rules.h"

struct hptp_pageout {
	struct hptp_slot *slot;
	uint64_t off, n; /* the range asked for */
	struct hptp_unmapped *result;
	bool quiet; /* nobody wants to know of each entry */
	struct hptp_batch batch;
};

static inline void hptp_pageout_init(struct hptp_pageout *p, struct hptp_slot *slot, uint64_t off,
				     uint64_t n, struct hptp_unmapped *result)
{
	p->slot = slot;
	p->off = off;
	p->n = n;
	p->result = result;
	p->quiet = !result && !hptp_op_given(slot->vm, trace);
	hptp_batch_init(&p->batch, slot->vm, NULL);
}

/* Whoever wants to know of each entry hears of one, with these dwords, of the page at off. */
hptp_apart void hptp_pageout_tell(const struct hptp_pageout *p, uint64_t idx, uint64_t v,
				  uint64_t r, uint64_t off);

/* Entry i of the flushed batch, which is about to become absent; of the page at off. */
static hptp_inline struct hptp_locked hptp_pageout_entry(const struct hptp_pageout *p, uint32_t i,
							 uint64_t off)
{
	struct hptp_locked l = hptp_batch_bare(&p->batch, i);

	if (hptp_unlikely(!p->quiet))
		hptp_pageout_tell(p, l.idx, l.v, l.r, off);
	return l;
}

/*
 * Is a locked entry still the member that was copied from this place of a record? It may
 * have been removed, and made anew for another page, since. Whether an entry is a member
 * does not change while it is locked, and as long as it is one nobody else stores to its
 * place. The view would tell as well, but is a cache line more.
 */
static hptp_inline bool hptp_in_place(const uint32_t *word, const uint32_t *rec, unsigned place,
				      uint32_t idx)
{
	if (!hptp_keep(HPTP_RULE_REVALIDATE))
		return true;
	/* With a place that was taken since comes who took it. [M9] */
	return (hptp_load32_acquire(word) & HPTP_SET_PLACE << place) &&
	       hptp_load32(&rec[place]) == idx;
}

/*
 * Page-out of one frame, the most frequent kind. False: not all of its set is in its
 * record, or there are pages larger than a frame; nothing was done, and it is to be walked.
 */
bool hptp_unmap_one(struct hptp_slot *slot, uint64_t off, struct hptp_unmapped *result);

#endif
