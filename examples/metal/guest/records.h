/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The data that the sorting guest makes for itself, and the checksum that tells whether it
 * was sorted: the same text for the guest and for the reference on the build host.
 */
#ifndef METAL_GUEST_RECORDS_H
#define METAL_GUEST_RECORDS_H

#include <stdint.h>

#define RECORDS 245760ull /* of 128 bytes: 30 MiB */
#define RECORD_WORDS 16

struct record {
	uint64_t key; /* no two are equal */
	uint64_t origin;
	uint64_t text[RECORD_WORDS - 2];
};

/* One to one on 64 bits. */
static inline uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return x ^ x >> 31;
}

static inline void record_make(struct record *record, uint64_t n)
{
	record->key = mix(n + 1);
	record->origin = n;
	for (unsigned i = 0; i < RECORD_WORDS - 2; i++)
		record->text[i] = 0x202d2d2d2d2d0000ull | (record->key & 0xffff);
}

/* Depends on the order. */
static inline uint64_t records_sum(const struct record *record, uint64_t n)
{
	uint64_t sum = 0;

	for (uint64_t i = 0; i < n; i++) {
		sum = (sum << 7 | sum >> 57) + (record[i].key ^ record[i].origin);
		for (unsigned w = 0; w < RECORD_WORDS - 2; w++)
			sum += record[i].text[w];
	}
	return sum;
}

/* Of both halves, summed apart. */
static inline uint64_t records_join(uint64_t first, uint64_t second)
{
	return mix(first) + second;
}

#endif
