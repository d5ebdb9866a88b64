/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* A slot inside the library: its frames' records, history and log; and the look-up. */
#ifndef HPTP_CORE_SLOT_H
#define HPTP_CORE_SLOT_H

#include "hptpager/slot.h"
#include "bitmap.h"
#include "sparse.h"

/* Actual page sizes above the frame have their entries counted, so that a range that
 * begins inside such a page knows to look for its base. */
#define HPTP_HUGE_SIZES 3u

/* Chunks of what is small: words of 1024 frames, hints of 4096, R history of 32768. */
#define HPTP_BYTES_CHUNK_SHIFT 12u

struct hptp_slot {
	struct hptp_vm *vm;
	uint64_t base, n;
	void *host;
	struct hptp_sparse words;       /* uint32_t by frame: the word of its set */
	struct hptp_sparse records;     /* by frame: indices of its set */
	struct hptp_sparse hints;       /* bytes by frame: an entry of it may be valid */
	struct hptp_sparse young;       /* bytes: R history, one bit per frame */
	struct hptp_sparse pins;        /* struct hptp_pin by frame, in pinned mode */
	uint64_t huge[HPTP_HUGE_SIZES]; /* linked entries of 64K, 16M, 16G above the frame size */
	uint8_t *log;                   /* dirty log, the caller's, or NULL */
	uint8_t published, hidden;
};

/* The library's own slots, sorted by base; replaced as a whole, read under RCU. */
struct hptp_slot_table {
	uint32_t n; /* at least 1 */
	struct hptp_slot_entry {
		uint64_t base, n;
		struct hptp_slot *slot; /* NULL: removed */
	} entry[];
};

/* log2 of the page sizes that huge[] counts. */
extern const uint8_t hptp_huge_shift[HPTP_HUGE_SIZES];

static inline struct hptp_vm *hptp_slot_vm(const struct hptp_slot *slot)
{
	return hptp_port_reach(slot->vm);
}

/* Is [off, off + n) a range of the slot's? */
static inline bool hptp_slot_has(const struct hptp_slot *slot, uint64_t off, uint64_t n)
{
	return n && off < slot->n && n <= slot->n - off;
}

/* Arrays of a slot whose chunks appear on demand. */
enum hptp_slot_array {
	HPTP_SLOT_RECORDS,
	HPTP_SLOT_WORDS,
	HPTP_SLOT_HINTS,
	HPTP_SLOT_YOUNG,
	HPTP_SLOT_PINS
};

/*
 * Make the chunk of a frame exist in an array of its slot. Task context, no read section:
 * the memory is had first, and the slot looked up to put it in; it may be gone by then.
 * False: no memory.
 */
bool hptp_slot_provide(struct hptp_vm *vm, uint64_t gfn, enum hptp_slot_array array);

/*
 * Is an entry linked whose page is larger than a frame? Such are counted before they are
 * published, so page-out sees those of before its window. [M23]
 */
static inline bool hptp_slot_any_huge(const struct hptp_slot *slot)
{
	uint64_t any = 0;

	for (unsigned i = 0; i < HPTP_HUGE_SIZES; i++)
		any |= hptp_load64(&slot->huge[i]);
	return any;
}

/* The first frame from `at` on whose set has members, or `end`. */
uint64_t hptp_slot_next_linked(const struct hptp_slot *slot, uint64_t at, uint64_t end);

/* Is any entry in one of its sets? */
static inline bool hptp_slot_any_linked(const struct hptp_slot *slot)
{
	return hptp_slot_next_linked(slot, 0, slot->n) < slot->n;
}

/*
 * The hint of a frame: set before an entry of it becomes valid, and before the publisher
 * looks at the windows; cleared by page-out when all of them are absent again, and when
 * its set gets empty. Page-out passes frames without it.
 */
static inline uint8_t *hptp_slot_hint(const struct hptp_slot *slot, uint64_t off)
{
	return hptp_sparse_in(&slot->hints, off, 0, HPTP_BYTES_CHUNK_SHIFT);
}

/* The byte of R history that has a frame's bit; NULL while there is none. */
static inline uint8_t *hptp_slot_young(const struct hptp_slot *slot, uint64_t off)
{
	return hptp_sparse_in(&slot->young, off >> 3, 0, HPTP_BYTES_CHUNK_SHIFT);
}

/* What was seen of a page when an entry of it went: kept until somebody asks. */
static inline void hptp_slot_set_young(struct hptp_slot *slot, uint64_t off, uint64_t n)
{
	const uint64_t chunk = (uint64_t)8 << HPTP_BYTES_CHUNK_SHIFT;
	uint64_t left = chunk - (off & (chunk - 1));
	uint8_t *map = hptp_slot_young(slot, off);

	/* All of a page but a 16G one lies in a chunk; of that the beginning will do. */
	if (map)
		hptp_bitmap_set(map, off & 7, n < left ? n : left);
}

static inline void hptp_slot_log(struct hptp_slot *slot, uint64_t off, uint64_t n)
{
	uint8_t *log = hptp_port_reach(__atomic_load_n(&slot->log, __ATOMIC_ACQUIRE));

	if (log)
		hptp_bitmap_set(log, off, n);
}

#endif
