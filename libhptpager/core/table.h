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

struct hptp_table {
	struct hptp_hpte *hpte;
	uint64_t limit;           /* indices below it may be used: n, or 0 while closed */
	uint64_t n;               /* entries; 0: there is no table */
	uint64_t groups;          /* n / 8, a power of two */
	struct hptp_sparse views; /* uint64_t by index: the guest's dword 1 of linked entries */
	struct hptp_pool pool;    /* nodes of large sets */
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

/*
 * Where the guest's view of an entry is kept while it is linked. Eight views of a group
 * share a cache line. NULL while no entry of this stretch of the table was ever linked.
 */
static inline uint64_t *hptp_view(const struct hptp_table *t, uint64_t idx)
{
	return hptp_sparse_at(&t->views, idx);
}

/* Guest's dword 1 of a locked entry that is not free, without what is pending in l->r. */
static inline uint64_t hptp_view_of(const struct hptp_locked *l)
{
	return hptp_state_of(l->v, l->r) == HPTP_ORPHAN ? l->r & ~HPTP_R_TAG : hptp_load64(l->view);
}

/* dword 0 as the guest sees it: no lock, and present or absent is all the same. */
static inline uint64_t hptp_guest_v(uint64_t v)
{
	return (v & ~(HPTP_V_HVLOCK | HPTP_V_ABSENT)) | HPTP_V_VALID;
}

static inline void hptp_group_prefetch(const struct hptp_table *t, uint64_t idx)
{
	const struct hptp_hpte *group = &t->hpte[idx & ~(uint64_t)(HPTP_PER_GROUP - 1)];

	hptp_prefetch_write(group);
	hptp_prefetch_write(group + HPTP_PER_GROUP / 2);
}

/* One attempt; `busy` are bits that must be clear besides the lock. May fail spuriously. */
bool hptp_hpte_trylock(struct hptp_table *t, uint64_t idx, uint64_t busy, struct hptp_locked *l);
/* Waits. Holds no other HPTE lock and no rmap lock meanwhile. */
void hptp_hpte_lock(struct hptp_table *t, uint64_t idx, struct hptp_locked *l,
		    struct hptp_shard *count);

/* Each of these gives the lock back, or keeps it where it says so. */
void hptp_hpte_unlock(const struct hptp_locked *l); /* unchanged dword 0 */
void hptp_hpte_free(const struct hptp_locked *l);   /* becomes free */
void hptp_hpte_set_absent(const struct hptp_locked *l, uint64_t v, uint64_t r);
void hptp_hpte_publish(const struct hptp_table *t, const struct hptp_locked *l, uint64_t v,
		       uint64_t r);
/* Valid to in transit, in one store; `absent` is what the guest's other vCPUs see
 * meanwhile. Keeps the lock. */
void hptp_hpte_transit(const struct hptp_locked *l, bool absent);
/* Clear R of a valid entry without touching C. Keeps the lock. */
void hptp_hpte_clear_r(const struct hptp_table *t, const struct hptp_locked *l);
/* Read R and C again, after the flush. */
uint64_t hptp_hpte_rc(const struct hptp_locked *l);

#endif
