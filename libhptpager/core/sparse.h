/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A sparse array: elements of a power of two bytes, in zeroed chunks that appear when
 * they are first needed and stay until the array ends. A chunk is found without a lock.
 */
#ifndef HPTP_SPARSE_H
#define HPTP_SPARSE_H

#include "words.h"

struct hptp_vm;

/* Directories and chunks come from mem_alloc, which gives at most this much. */
#define HPTP_CHUNK_SHIFT 16u
#define HPTP_DIR_SHIFT (HPTP_CHUNK_SHIFT - 3)

struct hptp_sparse {
	void **first;        /* the first directory: all of it but for very large arrays */
	void ***dirs;        /* directories of 2^HPTP_DIR_SHIFT pointers to chunks */
	uint64_t chunks;     /* how many the array has when full */
	uint8_t elem_shift;  /* log2 of an element's bytes */
	uint8_t chunk_shift; /* log2 of a chunk's bytes */
};

int hptp_sparse_init(struct hptp_vm *vm, struct hptp_sparse *s, uint64_t n, unsigned elem_shift,
		     unsigned chunk_shift);
void hptp_sparse_free(struct hptp_vm *vm, struct hptp_sparse *s);

/*
 * Where a chunk is wanted: the array that `key` and `which` name and the element in it, as
 * they are in this read section; NULL: nowhere any more.
 */
typedef struct hptp_sparse *hptp_sparse_where(struct hptp_vm *vm, uint64_t key, unsigned which,
					      uint64_t *i);

/*
 * Make a chunk exist. Task context, no read section: the memory is had first, and where it
 * belongs is looked up again to put it in. False: no memory.
 */
bool hptp_sparse_provide(struct hptp_vm *vm, hptp_sparse_where *where, uint64_t key,
			 unsigned which);

/* Elements of one chunk, and where a chunk lies; NULL while it does not exist. */
static inline uint64_t hptp_sparse_per_chunk(const struct hptp_sparse *s)
{
	return (uint64_t)1 << (s->chunk_shift - s->elem_shift);
}

/* Where the pointer to a chunk is. */
static inline void **hptp_sparse_entry(const struct hptp_sparse *s, uint64_t chunk)
{
	void **dir = s->first;

	if (hptp_unlikely(chunk >> HPTP_DIR_SHIFT)) {
		void ***dirs = hptp_port_reach(s->dirs);

		dir = dirs[chunk >> HPTP_DIR_SHIFT];
		chunk &= ((uint64_t)1 << HPTP_DIR_SHIFT) - 1;
	}
	dir = hptp_port_reach(dir);
	return &dir[chunk];
}

static inline void *hptp_sparse_chunk(const struct hptp_sparse *s, uint64_t chunk)
{
	return hptp_port_reach(hptp_load_ptr(hptp_sparse_entry(s, chunk)));
}

/* Element i, whose chunk exists, of an array whose geometry the caller knows. */
static inline void *hptp_sparse_made(const struct hptp_sparse *s, uint64_t i, unsigned elem_shift,
				     unsigned chunk_shift)
{
	uint64_t at = i << elem_shift;
	char *chunk = hptp_sparse_chunk(s, at >> chunk_shift);

	return chunk + (at & (((uint64_t)1 << chunk_shift) - 1));
}

/* Element i of an array whose geometry the caller knows, best when it is compiled. */
static inline void *hptp_sparse_in(const struct hptp_sparse *s, uint64_t i, unsigned elem_shift,
				   unsigned chunk_shift)
{
	uint64_t at = i << elem_shift;
	char *chunk = hptp_sparse_chunk(s, at >> chunk_shift);

	if (hptp_unlikely(!chunk))
		return NULL;
	return chunk + (at & (((uint64_t)1 << chunk_shift) - 1));
}

/* Element i, which must be in the array; NULL while its chunk does not exist. */
static inline void *hptp_sparse_at(const struct hptp_sparse *s, uint64_t i)
{
	return hptp_sparse_in(s, i, s->elem_shift, s->chunk_shift);
}

#endif
