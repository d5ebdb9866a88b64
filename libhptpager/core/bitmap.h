/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Bitmaps as callers give them: byte-wise, bit i & 7 of byte i >> 3, set by atomics. */
#ifndef HPTP_BITMAP_H
#define HPTP_BITMAP_H

#include "words.h"

static inline void hptp_bitmap_set_one(uint8_t *map, uint64_t i)
{
	uint8_t bit = (uint8_t)(1u << (i & 7));

	if (!(hptp_load8(&map[i >> 3]) & bit))
		hptp_or8(&map[i >> 3], bit);
}

static inline void hptp_bitmap_set(uint8_t *map, uint64_t first, uint64_t n)
{
	if (hptp_likely(n == 1)) {
		hptp_bitmap_set_one(map, first);
		return;
	}
	while (n) {
		unsigned bit = first & 7;
		unsigned take = n < 8 - bit ? (unsigned)n : 8 - bit;
		uint8_t bits = (uint8_t)(((1u << take) - 1) << bit);

		if ((hptp_load8(&map[first >> 3]) & bits) != bits)
			hptp_or8(&map[first >> 3], bits);
		first += take;
		n -= take;
	}
}

/* Set in the bitmap of the range [off, off + n) what [first, first + count) has of it. */
static inline void hptp_bitmap_set_part(uint8_t *map, uint64_t off, uint64_t n, uint64_t first,
					uint64_t count)
{
	uint64_t from = first > off ? first : off;
	uint64_t to = first + count < off + n ? first + count : off + n;

	if (map && from < to)
		hptp_bitmap_set(map, from - off, to - from);
}

#endif
