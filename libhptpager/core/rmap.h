/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The reverse map: for each frame of a slot the set of HPTE indices that are linked to
 * it. A record holds a few of them; a larger set keeps the rest in a chain of 32-byte
 * nodes, which grows into a trie, three bits of a mixed index per level: joining, leaving
 * and finding stay bounded however large the set.
 *
 * A 64K frame is commonly mapped by 4K and 64K entries of several address spaces, so its
 * record is a cache line; a 4K frame has one or two entries, and a quarter of that.
 *
 * The record's word changes only under its lock (innermost: holding it, nothing is
 * waited for). Walkers copy members under the lock, drop it, and then lock the entries.
 */
#ifndef HPTP_RMAP_H
#define HPTP_RMAP_H

#include "rules.h"
#include "vm.h"

struct hptp_record {
	uint32_t word;
	uint32_t idx[]; /* the last is the trie's root where HPTP_REC_TRIE is set */
};

/* log2 of a record's bytes, by frame size; 3 or 15 indices. */
#define HPTP_RECORD_SHIFT(frame_shift) ((frame_shift) < 16 ? 4u : 6u)
#define HPTP_RECORD_IDXS 15u

#define HPTP_REC_LOCK 1u
#define HPTP_REC_TRIE 4u
#define HPTP_REC_INLINE 0x10u /* one member in idx[], which is dense */
#define HPTP_REC_INLINES 0xf0u
#define HPTP_REC_MEMBER 0x100u /* one member */
#define HPTP_REC_MEMBERS 0xffffff00u

/* A set with more members than this keeps none that is absent: see the walk. */
#define HPTP_CROWD 64u

/* The proof that a record is locked; `word` is stored when it is given back. */
struct hptp_rmap_locked {
	struct hptp_record *rec;
	uint32_t word;
};

static inline struct hptp_record *hptp_record(const struct hptp_slot *slot, uint64_t off)
{
	return hptp_sparse_in(&slot->records, off, slot->records.elem_shift, HPTP_CHUNK_SHIFT);
}

/* The n-th record after one, in the same chunk. */
static inline struct hptp_record *hptp_record_after(const struct hptp_sparse *records,
						    const struct hptp_record *rec, unsigned n)
{
	return (struct hptp_record *)((char *)rec + ((size_t)n << records->elem_shift));
}

static inline uint32_t hptp_rmap_count(uint32_t word)
{
	return word / HPTP_REC_MEMBER;
}

static inline bool hptp_rmap_full(uint32_t word)
{
	return (word & HPTP_REC_MEMBERS) == HPTP_REC_MEMBERS;
}

/* Indices of a record, the root's place included. */
static inline unsigned hptp_rmap_room(const struct hptp_vm *vm)
{
	return (1u << (HPTP_RECORD_SHIFT(vm->frame_shift) - 2)) - 1;
}

static inline unsigned hptp_rmap_inlines(uint32_t word)
{
	return (word & HPTP_REC_INLINES) / HPTP_REC_INLINE;
}

static inline struct hptp_rmap_locked hptp_rmap_lock(struct hptp_record *rec)
{
	for (;;) {
		uint32_t word = hptp_load32(&rec->word);

		if (!hptp_keep(HPTP_RULE_RMAP_LOCK) ||
		    (!(word & HPTP_REC_LOCK) && hptp_cas32(&rec->word, word, word | HPTP_REC_LOCK)))
			return (struct hptp_rmap_locked){ rec, word & ~HPTP_REC_LOCK };
		hptp_port_relax();
	}
}

static inline void hptp_rmap_unlock(const struct hptp_rmap_locked *l)
{
	hptp_store32_release(&l->rec->word, l->word); /* [M7] */
}

/*
 * What follows has the usual case here, a set that is in its record as a whole, and calls
 * the function after it for what is in the trie, or goes there.
 */

/* The word then; with as many members as before: there is no node, or the set is full. */
uint32_t hptp_rmap_add_trie(struct hptp_vm *vm, struct hptp_rmap_locked l, uint32_t idx);

/* False: no node, or the set is full; nothing changed. */
static inline bool hptp_rmap_add(struct hptp_vm *vm, struct hptp_rmap_locked *l, uint64_t idx)
{
	uint32_t word = l->word;
	unsigned n = hptp_rmap_inlines(word);

	if ((word & HPTP_REC_TRIE) || n == hptp_rmap_room(vm)) {
		l->word = hptp_rmap_add_trie(vm, *l, (uint32_t)idx);
		return hptp_rmap_count(l->word) != hptp_rmap_count(word);
	}
	hptp_store32(&l->rec->idx[n], (uint32_t)idx);
	l->word += HPTP_REC_INLINE + HPTP_REC_MEMBER;
	return true;
}

/* The word then; unchanged: it is no member. */
uint32_t hptp_rmap_del_trie(struct hptp_vm *vm, struct hptp_rmap_locked l, uint32_t idx);

/* False: it is no member. */
static hptp_inline bool hptp_rmap_del(struct hptp_vm *vm, struct hptp_rmap_locked *l, uint64_t idx)
{
	uint32_t *at = l->rec->idx, word = l->word;
	unsigned n = hptp_rmap_inlines(word);

	for (unsigned i = 0; i < n; i++) {
		if (hptp_load32(&at[i]) != (uint32_t)idx)
			continue;
		hptp_store32(&at[i], hptp_load32(&at[n - 1]));
		l->word -= HPTP_REC_INLINE + HPTP_REC_MEMBER;
		return true;
	}
	if (word & HPTP_REC_TRIE)
		l->word = hptp_rmap_del_trie(vm, *l, (uint32_t)idx);
	return l->word != word;
}

bool hptp_rmap_has(struct hptp_vm *vm, const struct hptp_rmap_locked *l, uint64_t idx);

/*
 * Copy members into `out` (room for at least HPTP_RMAP_COPY). Begin with *cursor 0 and go
 * on until it is HPTP_RMAP_DONE; between two calls the set may change. A member that
 * stays is copied at least once, and may be copied twice.
 */
#define HPTP_RMAP_COPY 48u
#define HPTP_RMAP_DONE ((uint64_t)1 << 32)

unsigned hptp_rmap_copy_trie(struct hptp_vm *vm, struct hptp_rmap_locked l, uint64_t *cursor,
			     uint32_t *out, unsigned room);

static inline unsigned hptp_rmap_copy(struct hptp_vm *vm, const struct hptp_rmap_locked *l,
				      uint64_t *cursor, uint32_t *out, unsigned room)
{
	unsigned n = hptp_rmap_inlines(l->word);

	if ((l->word & HPTP_REC_TRIE) || *cursor)
		return hptp_rmap_copy_trie(vm, *l, cursor, out, room);
	for (unsigned i = 0; i < n; i++)
		out[i] = hptp_load32(&l->rec->idx[i]);
	*cursor = HPTP_RMAP_DONE;
	return n;
}

/* Fetch what page-out of a frame begins with. */
static inline void hptp_frame_prefetch(const struct hptp_slot *slot, uint64_t off)
{
	hptp_prefetch_write(hptp_slot_hint(slot, off));
	hptp_prefetch_write(hptp_record(slot, off));
}

/* Fetch what the next look at the record will need. */
void hptp_rmap_prefetch(struct hptp_vm *vm, const struct hptp_record *rec);

#endif
