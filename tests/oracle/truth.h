/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What really happened to guest memory: which frames were written and referenced, what
 * was stored. Sequential bookkeeping; it knows of no table.
 */
#ifndef TRUTH_H
#define TRUTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** A set of frames, byte-wise as the library's bitmaps. */
struct bits {
	uint8_t *b;
	uint64_t n;
	bool all; /**< every bit is set: setting more is free */
};

bool bits_init(struct bits *s, uint64_t n);
void bits_exit(struct bits *s);
bool bits_test(const struct bits *s, uint64_t i);
void bits_set(struct bits *s, uint64_t first, uint64_t n);
void bits_clear(struct bits *s, uint64_t first, uint64_t n);
/** First i in 0..n with got[i] outside lower[first + i] <= got[i] <= upper[first + i], or n. */
uint64_t bits_between(const uint8_t *got, const struct bits *lower, const struct bits *upper,
		      uint64_t first, uint64_t n);

/** Memory: 8-byte cells that hold what was stored last, 0 before. */
struct cells {
	struct cell {
		uint64_t key, value;
	} * cell;
	uint64_t n, used;
};

bool cells_init(struct cells *c);
void cells_exit(struct cells *c);
uint64_t cells_load(const struct cells *c, uint64_t key);
void cells_store(struct cells *c, uint64_t key, uint64_t value);
/** Forget all keys with these upper bits. */
void cells_forget(struct cells *c, uint64_t key, unsigned shift);

#endif
