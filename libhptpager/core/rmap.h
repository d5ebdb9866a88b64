/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The reverse map: for each frame of a slot the set of HPTE indices that are linked to
 * it, as a word and a record. The record has a few indices; the word has the set's lock,
 * which places of the record are in use, and how many members there are. A larger set
 * keeps the rest in a vector (vector.h).
 *
 * A member never moves within its record, and its view (table.h) names its place there. So
 * who leaves looks at the word only: words are dense, and often in a cache where the records
 * are not. To join, the record is stored to, and not waited for.
 *
 * A 64K frame is commonly mapped by 4K and 64K entries of several address spaces, so its
 * record is a cache line; a 4K frame has one or two entries, and a quarter of that.
 *
 * The word changes only under its lock (innermost: holding it, nothing is waited for).
 * Walkers copy members under the lock, drop it, and then lock the entries.
 */
#ifndef HPTP_RMAP_H
#define HPTP_RMAP_H

#include "rules.h"
#include "vm.h"

#define HPTP_WORD_SHIFT 2u

/* log2 of a record's bytes, by frame size: 3 or 15 places, and the vector's header. */
#define HPTP_RECORD_SHIFT(frame_shift) ((frame_shift) < 16 ? 4u : 6u)
#define HPTP_RECORD_ROOM(frame_shift)                                                              \
	((1u << (HPTP_RECORD_SHIFT(frame_shift) - HPTP_WORD_SHIFT)) - 1)
#define HPTP_RECORD_PLACES HPTP_RECORD_ROOM(16)

/* Where there is a word there is a record: it was made first, and of as many frames. */
_Static_assert(HPTP_CHUNK_SHIFT - HPTP_RECORD_SHIFT(16) >= HPTP_BYTES_CHUNK_SHIFT - HPTP_WORD_SHIFT,
	       "a chunk of words is covered by one of records");

/* Where a member is, if in no place of the record. */
#define HPTP_PLACE_VECTOR 15u
#define HPTP_PLACE_NONE 16u /* and it is no member */

#define HPTP_SET_LOCK 1u
#define HPTP_SET_VECTOR 2u
#define HPTP_SET_PLACE 4u /* the first place of the record is in use */
#define HPTP_SET_PLACES 0x1fffcu
#define HPTP_SET_MEMBER 0x20000u /* one member */
#define HPTP_SET_MANY 32767u     /* this many, or more */

/* A set with more members than this keeps none that is absent: see the walk. */
#define HPTP_CROWD 64u

/* The proof that a set is locked; `word` is stored when it is given back. */
struct hptp_rmap_locked {
	uint32_t *at;
	uint32_t word;
};

/* NULL: the chunk is not there yet. */
static inline uint32_t *hptp_set_word(const struct hptp_slot *slot, uint64_t off)
{
	return hptp_sparse_in(&slot->words, off, HPTP_WORD_SHIFT, HPTP_BYTES_CHUNK_SHIFT);
}

/* There is one where there is a word. */
static inline uint32_t *hptp_record(const struct hptp_slot *slot, uint64_t off)
{
	return hptp_sparse_in(&slot->records, off, slot->records.elem_shift, HPTP_CHUNK_SHIFT);
}

/* The n-th record after one, in the same chunk. */
static inline uint32_t *hptp_record_after(const struct hptp_sparse *records, uint32_t *rec,
					  unsigned n)
{
	return rec + ((size_t)n << (records->elem_shift - HPTP_WORD_SHIFT));
}

static inline uint32_t hptp_rmap_count(uint32_t word)
{
	return word / HPTP_SET_MEMBER;
}

/* With one member more, or one less, as far as they are counted. */
static inline uint32_t hptp_rmap_more(uint32_t word)
{
	return hptp_likely(hptp_rmap_count(word) < HPTP_SET_MANY) ? word + HPTP_SET_MEMBER : word;
}

static inline uint32_t hptp_rmap_less(uint32_t word)
{
	return hptp_likely(hptp_rmap_count(word) < HPTP_SET_MANY) ? word - HPTP_SET_MEMBER : word;
}

/* Places of a record; the vector's header follows them. */
static inline unsigned hptp_rmap_room(const struct hptp_vm *vm)
{
	return vm->frame_shift < 16 ? HPTP_RECORD_ROOM(12) : HPTP_RECORD_ROOM(16);
}

/* A bit for each place that is in use. */
static inline unsigned hptp_rmap_places(uint32_t word)
{
	return (word & HPTP_SET_PLACES) / HPTP_SET_PLACE;
}

static inline bool hptp_rmap_full(const struct hptp_vm *vm, uint32_t word)
{
	return hptp_rmap_places(word) == (1u << hptp_rmap_room(vm)) - 1;
}

/* The lowest of some bits, which is taken out of them. */
static inline unsigned hptp_rmap_next_place(unsigned *places)
{
	unsigned place = (unsigned)__builtin_ctz(*places);

	*places &= *places - 1;
	return place;
}

static inline struct hptp_rmap_locked hptp_rmap_lock(uint32_t *at)
{
	for (;;) {
		uint32_t word = hptp_load32(at);

		if (!hptp_keep(HPTP_RULE_RMAP_LOCK) ||
		    (!(word & HPTP_SET_LOCK) && hptp_cas32(at, word, word | HPTP_SET_LOCK)))
			return (struct hptp_rmap_locked){ at, word & ~HPTP_SET_LOCK };
		hptp_port_relax();
	}
}

static inline void hptp_rmap_unlock(const struct hptp_rmap_locked *l)
{
	hptp_store32_release(l->at, l->word); /* [M7] */
}

/*
 * What follows has the usual case here, a set that is in its record as a whole, and calls
 * the function after it for what is in the vector, or goes there.
 */

/* The word then. HPTP_SET_LOCK: there is no node or no spot; nothing changed. */
uint32_t hptp_rmap_add_vector(struct hptp_vm *vm, uint32_t word, uint32_t *rec, uint32_t idx);

/* The place that idx has now. HPTP_PLACE_NONE: memory is missing; nothing changed. */
static inline unsigned hptp_rmap_add(struct hptp_vm *vm, struct hptp_rmap_locked *l, uint32_t *rec,
				     uint64_t idx)
{
	unsigned places = ~hptp_rmap_places(l->word) & ((1u << hptp_rmap_room(vm)) - 1), place;
	uint32_t word = l->word;

	if (!places) {
		word = hptp_rmap_add_vector(vm, word, rec, (uint32_t)idx);
		if (word == HPTP_SET_LOCK)
			return HPTP_PLACE_NONE;
		l->word = word;
		return HPTP_PLACE_VECTOR;
	}
	place = hptp_rmap_next_place(&places);
	hptp_store32(&rec[place], (uint32_t)idx);
	l->word = hptp_rmap_more(word | HPTP_SET_PLACE << place);
	return place;
}

/* The word then. HPTP_SET_LOCK: idx is in no vector. */
uint32_t hptp_rmap_del_vector(struct hptp_vm *vm, uint32_t word, uint32_t *rec, uint32_t idx);

/* Free a place of the record. False: nobody has it. */
static hptp_inline bool hptp_rmap_del(struct hptp_rmap_locked *l, unsigned place)
{
	uint32_t word = l->word, bit = HPTP_SET_PLACE << place;

	if (hptp_unlikely(!(word & bit)))
		return false;
	l->word = hptp_rmap_less(word & ~bit);
	return true;
}

/* Where idx is, or HPTP_PLACE_NONE. */
unsigned hptp_rmap_find(struct hptp_vm *vm, uint32_t word, const uint32_t *rec, uint64_t idx);

/*
 * Copy members into `out` (room for at least HPTP_RMAP_COPY). Begin with *cursor 0 and go
 * on until it is HPTP_RMAP_DONE; between two calls the set may change. A member that
 * stays is copied at least once, and may be copied twice.
 */
#define HPTP_RMAP_COPY 48u
#define HPTP_RMAP_DONE ((uint64_t)1 << 32)

unsigned hptp_rmap_copy_vector(struct hptp_vm *vm, uint32_t word, const uint32_t *rec,
			       uint64_t *cursor, uint32_t *out, unsigned room);

static inline unsigned hptp_rmap_copy(struct hptp_vm *vm, uint32_t word, const uint32_t *rec,
				      uint64_t *cursor, uint32_t *out, unsigned room)
{
	unsigned places = hptp_rmap_places(word), n = 0;

	if ((word & HPTP_SET_VECTOR) || *cursor)
		return hptp_rmap_copy_vector(vm, word, rec, cursor, out, room);
	while (places)
		out[n++] = hptp_load32(&rec[hptp_rmap_next_place(&places)]);
	*cursor = HPTP_RMAP_DONE;
	return n;
}

/* Fetch what page-out of a frame begins with. */
static inline void hptp_frame_prefetch(const struct hptp_slot *slot, uint64_t off)
{
	hptp_prefetch(hptp_record(slot, off));
	hptp_prefetch_write(hptp_set_word(slot, off));
	hptp_prefetch_write(hptp_slot_hint(slot, off));
}

/* Fetch what a look at a set's vector begins with. */
void hptp_rmap_prefetch_vector(struct hptp_vm *vm, const uint32_t *rec);

static inline void hptp_rmap_prefetch(struct hptp_vm *vm, uint32_t word, const uint32_t *rec)
{
	if (hptp_unlikely(word & HPTP_SET_VECTOR))
		hptp_rmap_prefetch_vector(vm, rec);
}

#endif
