/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The table: where entries lie, the lock of an entry, and its states.
 *
 * State of an entry, by V and ABSENT of dword 0 and the tag of dword 1:
 *
 *   V ABSENT tag
 *   0   0    -   free: both dwords are 0
 *   1   0    -   valid: in the table's format; guest's view in the view array; linked
 *   0   1    0   absent: dword 1 holds pending R and C only; view in the array; linked
 *   0   1    1   orphan: dword 1 is the guest's own; member of no set
 *
 * An entry that is not valid has dword 0 in the old format, whatever the table's: the
 * hardware does not look at it. A locked entry with V clear and its translations still
 * being flushed is "in transit".
 *
 * The table may be replaced (replace.h), and only while it is closed: no index is below
 * `limit`, and all read sections from before have ended. So who finds an index below it in
 * a read section may use all of the table, and the sets of all slots, until the section
 * ends; who does not touches neither. An index that was kept from an earlier section is
 * worth something in the generation that it was got in only.
 */
#ifndef HPTP_TABLE_H
#define HPTP_TABLE_H

#include "hptpager/check.h"
#include "hpte.h"
#include "pool.h"
#include "rules.h"
#include "words.h"

struct hptp_table {
	struct hptp_hpte *hpte;
	uint64_t limit;           /* indices below it may be used: n, or 0 while closed */
	uint64_t n;               /* entries; 0: there is no table */
	uint64_t groups;          /* n / 8, a power of two */
	struct hptp_sparse views; /* uint64_t by index: the guest's dword 1 of linked entries */
	struct hptp_sparse spots; /* uint32_t by index: where it is in a vector (vector.c) */
	struct hptp_pool pool;    /* nodes of vectors */
	uint64_t generation;      /* from 1, never reset: one more when indices change meaning */
	bool isa_3_0;
	uint8_t order;
	struct hptp_table_mem mem;
};

/* The proof that an entry is locked, and what was in it then. */
struct hptp_locked {
	struct hptp_hpte *hpte;
	uint64_t idx;
	uint64_t raw;   /* dword 0 as it lies there, without the lock */
	uint64_t v;     /* dword 0, old format */
	uint64_t r;     /* dword 1, old format if valid */
	uint64_t *view; /* where the guest's view is, for linked entries */
};

struct hptp_vm;
struct hptp_shard;

/* In a read section: may this index be used until it ends? */
static inline bool hptp_table_has(const struct hptp_table *t, uint64_t idx)
{
	return idx < hptp_load64(&t->limit);
}

/* In a read section: is there a table that may be used? */
static inline bool hptp_table_usable(const struct hptp_table *t)
{
	return hptp_table_has(t, 0);
}

/* In a read section: may what was got in this generation be used? */
static inline bool hptp_table_same(const struct hptp_table *t, uint64_t generation)
{
	return hptp_table_usable(t) &&
	       (hptp_load64(&t->generation) == generation || !hptp_keep(HPTP_RULE_GENERATION));
}

static inline struct hptp_hpte *hptp_hpte_at(const struct hptp_table *t, uint64_t idx)
{
	struct hptp_hpte *first = hptp_port_reach(t->hpte);

	return &first[idx];
}

static inline enum hptp_state hptp_state_of(uint64_t v, uint64_t r)
{
	if (v & HPTP_V_VALID)
		return HPTP_VALID;
	if (!(v & HPTP_V_ABSENT))
		return HPTP_FREE;
	return (r & HPTP_R_TAG) ? HPTP_ORPHAN : HPTP_ABSENT;
}

/* Is a locked entry member of its frame's set? */
static inline bool hptp_linked(const struct hptp_locked *l)
{
	enum hptp_state state = hptp_state_of(l->v, l->r);

	return state == HPTP_VALID || state == HPTP_ABSENT;
}

#define HPTP_VIEW_SHIFT 3u

/*
 * Where the guest's view of an entry is kept while it is linked. Eight views of a group
 * share a cache line. NULL while no entry of this stretch of the table was ever linked.
 */
static inline uint64_t *hptp_view(const struct hptp_table *t, uint64_t idx)
{
	return hptp_sparse_in(&t->views, idx, HPTP_VIEW_SHIFT, HPTP_CHUNK_SHIFT);
}

#define HPTP_SPOT_SHIFT 2u

/* Where it is kept where an entry is in its set's vector. NULL: no neighbour ever was in one. */
static inline uint32_t *hptp_spot(const struct hptp_table *t, uint64_t idx)
{
	return hptp_sparse_in(&t->spots, idx, HPTP_SPOT_SHIFT, HPTP_CHUNK_SHIFT);
}

/*
 * A view's bits above all memory that slots may have: the entry's place in its set (rmap.h).
 * It is stored when the entry joins, and kept as long as it is a member.
 */
#define HPTP_VIEW_PLACE 0x0f00000000000000ull
#define HPTP_VIEW_PLACE_SHIFT 56u

static inline uint64_t hptp_view_load(const uint64_t *view)
{
	return hptp_load64(view) & ~HPTP_VIEW_PLACE;
}

static inline unsigned hptp_view_place(const uint64_t *view)
{
	return (unsigned)((hptp_load64(view) & HPTP_VIEW_PLACE) >> HPTP_VIEW_PLACE_SHIFT);
}

/* Of an entry that joined its set. */
static inline void hptp_view_init(const struct hptp_locked *l, uint64_t g, unsigned place)
{
	hptp_store64(l->view, g | (uint64_t)place << HPTP_VIEW_PLACE_SHIFT);
}

/* Guest's dword 1 of a locked entry that is not free, without what is pending in l->r. */
static inline uint64_t hptp_view_of(const struct hptp_locked *l)
{
	return hptp_state_of(l->v, l->r) == HPTP_ORPHAN ? l->r & ~HPTP_R_TAG :
							  hptp_view_load(l->view);
}

/* dword 0 as the guest sees it: no lock, and present or absent is all the same. */
static inline uint64_t hptp_guest_v(uint64_t v)
{
	return (v & ~(HPTP_V_HVLOCK | HPTP_V_ABSENT)) | HPTP_V_VALID;
}

static inline void hptp_group_prefetch(const struct hptp_table *t, uint64_t idx)
{
	const struct hptp_hpte *group = hptp_hpte_at(t, idx & ~(uint64_t)(HPTP_PER_GROUP - 1));

	hptp_prefetch_write(group);
	hptp_prefetch_write(group + HPTP_PER_GROUP / 2);
}

/* ---- the lock ---- */

/*
 * Where an entry and its view lie. *l names the entry from here on, also before it is
 * locked; whoever has other things to do first fetches it with hptp_hpte_prefetch().
 */
static inline void hptp_hpte_locate(const struct hptp_table *t, uint64_t idx, struct hptp_locked *l)
{
	l->hpte = hptp_hpte_at(t, idx);
	l->idx = idx;
	l->view = hptp_view(t, idx);
}

static inline void hptp_hpte_prefetch(const struct hptp_locked *l)
{
	hptp_prefetch_write(l->hpte);
	hptp_prefetch_write(l->view);
}

/* What stands in an entry, whose dword 0 is `raw`. */
static inline void hptp_hpte_fill(const struct hptp_table *t, uint64_t raw, struct hptp_locked *l)
{
	l->raw = raw & ~HPTP_V_HVLOCK;
	l->v = l->raw;
	l->r = hptp_dw_load(&l->hpte->r);
	if (t->isa_3_0 && (l->v & HPTP_V_VALID))
		hptp_hpte_from_3_0(&l->v, &l->r);
}

/* An entry as if it were locked; of a table that is the caller's alone. */
static inline void hptp_hpte_look(const struct hptp_table *t, uint64_t idx, struct hptp_locked *l)
{
	hptp_hpte_locate(t, idx, l);
	hptp_hpte_fill(t, hptp_dw_load(&l->hpte->v), l);
}

/*
 * One attempt at an entry; `busy` are bits that must be clear besides the lock. May fail
 * spuriously. The view is not looked for.
 */
static inline bool hptp_hpte_trylock_bare(const struct hptp_table *t, uint64_t busy,
					  struct hptp_locked *l)
{
	uint64_t raw;

	if (!hptp_dw_trylock(&l->hpte->v, busy | HPTP_V_HVLOCK, HPTP_V_HVLOCK, &raw)) {
		if (hptp_keep(HPTP_RULE_HPTE_LOCK) || (raw & busy))
			return false;
	}
	hptp_hpte_fill(t, raw, l);
	return true;
}

/* The same at a located one. */
static inline bool hptp_hpte_trylock_at(const struct hptp_table *t, uint64_t busy,
					struct hptp_locked *l)
{
	if (!hptp_hpte_trylock_bare(t, busy, l))
		return false;
	/* Views of this stretch of the table may be there only since it was located. */
	if (hptp_unlikely(!l->view))
		l->view = hptp_view(t, l->idx);
	return true;
}

static inline bool hptp_hpte_trylock(const struct hptp_table *t, uint64_t idx, uint64_t busy,
				     struct hptp_locked *l)
{
	hptp_hpte_locate(t, idx, l);
	return hptp_hpte_trylock_at(t, busy, l);
}

/* Wait while somebody else has the lock. */
hptp_cold void hptp_hpte_wait(const struct hptp_hpte *hpte, struct hptp_shard *count);

/* Waits. Holds no other HPTE lock and no rmap lock meanwhile. */
static inline void hptp_hpte_lock_at(const struct hptp_table *t, struct hptp_locked *l,
				     struct hptp_shard *count)
{
	while (hptp_unlikely(!hptp_hpte_trylock_at(t, 0, l)))
		hptp_hpte_wait(l->hpte, count);
}

static inline void hptp_hpte_lock(const struct hptp_table *t, uint64_t idx, struct hptp_locked *l,
				  struct hptp_shard *count)
{
	hptp_hpte_locate(t, idx, l);
	hptp_hpte_lock_at(t, l, count);
}

/* Each of these gives the lock back, or keeps it where it says so. */

/* With dword 0 as it was. Release, for the view and the set that were read or written. [M5] */
static inline void hptp_hpte_unlock(const struct hptp_locked *l)
{
	hptp_dw_store_release(&l->hpte->v, l->raw);
}

/* The entry is free, and no host address stays behind in it. */
static inline void hptp_hpte_free(const struct hptp_locked *l)
{
	hptp_dw_store(&l->hpte->r, 0);
	hptp_dw_store_release(&l->hpte->v, 0);
}

static inline void hptp_hpte_set_absent(const struct hptp_locked *l, uint64_t v, uint64_t r)
{
	hptp_dw_store(&l->hpte->r, r);
	hptp_dw_store_release(&l->hpte->v, (v & ~HPTP_V_VALID) | HPTP_V_ABSENT);
}

static inline void hptp_hpte_publish(const struct hptp_table *t, const struct hptp_locked *l,
				     uint64_t v, uint64_t r)
{
	v = (v & ~HPTP_V_ABSENT) | HPTP_V_VALID;
	if (t->isa_3_0)
		hptp_hpte_to_3_0(&v, &r);
	hptp_dw_store(&l->hpte->r, r);
	/* A walker that sees V set sees this dword 1; unlocks as well. [M4] */
	hptp_dw_store_release(&l->hpte->v, v);
	hptp_walk_barrier();
}

/*
 * Valid to in transit, in one store: two would let a fault see a hole where a bolted page
 * is. `absent` is what the guest's other vCPUs see meanwhile. Keeps the lock.
 */
static inline void hptp_hpte_transit(const struct hptp_locked *l, bool absent)
{
	uint64_t v = (l->v & ~(HPTP_V_VALID | HPTP_V_ABSENT)) | HPTP_V_HVLOCK;

	if (!hptp_keep(HPTP_RULE_ONE_SHOT))
		hptp_dw_store(&l->hpte->v, v);
	hptp_dw_store(&l->hpte->v, v | (absent ? HPTP_V_ABSENT : 0));
}

/*
 * Clear R of a valid entry without touching C, which hardware may set at this moment: a
 * wider store would take that back. Keeps the lock.
 */
static inline void hptp_hpte_clear_r(const struct hptp_table *t, const struct hptp_locked *l)
{
	uint64_t v = l->v, r = l->r & ~HPTP_R_R;

	/* The byte that has R is the same in both formats. */
	if (hptp_keep(HPTP_RULE_R_BYTE)) {
		hptp_dw_store_r_byte(&l->hpte->r, r);
		return;
	}
	if (t->isa_3_0)
		hptp_hpte_to_3_0(&v, &r);
	hptp_dw_store(&l->hpte->r, r);
}

/* Read R and C again, after the flush. */
static inline uint64_t hptp_hpte_rc(const struct hptp_locked *l)
{
	return hptp_dw_load(&l->hpte->r) & HPTP_R_RC;
}

#endif
