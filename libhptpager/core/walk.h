/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Walking the sets of a range of frames. The walk copies members under the rmap lock and
 * drops it; what is made of them happens under each entry's own lock, where everything
 * is looked at anew. Lines of many entries are fetched at once.
 */
#ifndef HPTP_WALK_H
#define HPTP_WALK_H

#include "history.h"
#include "rmap.h"
#include "rules.h"
#include "vm.h"

#define HPTP_WALK_ROOM 80u

/* One member of a set, as it was when it was copied. */
struct hptp_step {
	uint32_t idx;
	bool last;     /* of its set, and the whole set was asked for */
	bool crowded;  /* its set has more than HPTP_CROWD members */
	uint8_t place; /* in the record, or HPTP_PLACE_VECTOR */
	uint64_t off;  /* frame whose set it is in */
};

/* What stands beside a frame in rel[]. */
#define HPTP_REL_LAST 0x80000000u
#define HPTP_REL_CROWDED 0x40000000u
#define HPTP_REL_PLACE_SHIFT 26u
#define HPTP_REL_FRAME ((1u << HPTP_REL_PLACE_SHIFT) - 1)

struct hptp_walk {
	struct hptp_slot *slot;
	uint64_t off, end;   /* the range asked for */
	uint64_t at;         /* frame to go on with */
	uint64_t cursor, of; /* in the set of frame `of` */
	bool hinted;         /* only frames whose hint is set */
	unsigned huge;       /* sizes left to look for a page that begins before the range */
	unsigned n, next;    /* steps copied, taken */
	uint64_t origin;     /* of rel */
	uint32_t idx[HPTP_WALK_ROOM];
	uint32_t rel[HPTP_WALK_ROOM]; /* frame - origin, place and flags */
};

/* Walk the sets of a range: of frames that are hinted, or of all that have members. */
void hptp_walk_init(struct hptp_walk *w, struct hptp_slot *slot, uint64_t off, uint64_t n,
		    bool hinted);
/* Copy more members; false: no more. */
bool hptp_walk_more(struct hptp_walk *w);

/* Was all of the range copied? */
static inline bool hptp_walk_ended(const struct hptp_walk *w)
{
	return w->at >= w->end && !w->huge;
}

/* The next member; false: no more. */
static inline bool hptp_walk_next(struct hptp_walk *w, struct hptp_step *step)
{
	uint32_t rel;

	if (w->next == w->n && (hptp_walk_ended(w) || !hptp_walk_more(w)))
		return false;
	rel = w->rel[w->next];
	step->idx = w->idx[w->next++];
	step->off = w->origin + (rel & HPTP_REL_FRAME);
	step->last = rel & HPTP_REL_LAST;
	step->place = rel >> HPTP_REL_PLACE_SHIFT & HPTP_PLACE_VECTOR;
	step->crowded = rel & HPTP_REL_CROWDED;
	return true;
}

/* Does an entry of this cache line have one of these bits in its dword 1? */
static inline bool hptp_line_has(const struct hptp_hpte *h, uint64_t bits)
{
	return hptp_dw_any(&h[0].r, bits) || hptp_dw_any(&h[1].r, bits) ||
	       hptp_dw_any(&h[2].r, bits) || hptp_dw_any(&h[3].r, bits);
}

/*
 * In the table's order: the first entry from i on, and before `end`, with one of these bits
 * in its dword 1; or `end`, which is a multiple of 4. Decides nothing, see L32.
 */
static inline uint64_t hptp_table_next(const struct hptp_table *t, uint64_t i, uint64_t end,
				       uint64_t bits)
{
	for (; i < end; i++) {
		while (!(i & 3) && i < end && !hptp_line_has(&t->hpte[i], bits))
			i += 4;
		if (i < end && hptp_dw_any(&t->hpte[i].r, bits))
			return i;
	}
	return end;
}

/* Is one pass over the whole table cheaper than the sets of n frames? */
bool hptp_walk_by_table(const struct hptp_vm *vm, uint64_t n);

#endif
