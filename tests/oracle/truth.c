// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "truth.h"

#include <stdlib.h>
#include <string.h>

/* ---- sets of frames ---- */

bool bits_init(struct bits *s, uint64_t n)
{
	*s = (struct bits){ .b = calloc(1, (n + 7) / 8), .n = n };
	return s->b;
}

void bits_exit(struct bits *s)
{
	free(s->b);
	s->b = NULL;
}

bool bits_test(const struct bits *s, uint64_t i)
{
	return s->b[i >> 3] >> (i & 7) & 1;
}

/* Whole bytes in one go, the rest bit by bit. */
static void bits_fill(struct bits *s, uint64_t first, uint64_t n, bool set)
{
	uint64_t end = first + n;

	while (first < end) {
		if (!(first & 7) && end - first >= 8) {
			uint64_t bytes = (end - first) / 8;

			memset(s->b + first / 8, set ? 0xff : 0, bytes);
			first += bytes * 8;
			continue;
		}
		if (set)
			s->b[first >> 3] |= (uint8_t)(1u << (first & 7));
		else
			s->b[first >> 3] &= (uint8_t) ~(1u << (first & 7));
		first++;
	}
}

void bits_set(struct bits *s, uint64_t first, uint64_t n)
{
	if (s->all)
		return;
	bits_fill(s, first, n, true);
	s->all = n == s->n;
}

void bits_clear(struct bits *s, uint64_t first, uint64_t n)
{
	bits_fill(s, first, n, false);
	s->all = false;
}

uint64_t bits_between(const uint8_t *got, const struct bits *lower, const struct bits *upper,
		      uint64_t first, uint64_t n)
{
	for (uint64_t i = 0; i < n; i++) {
		bool bit = got[i >> 3] >> (i & 7) & 1;

		if (!(first & 7) && !(i & 7) && n - i >= 8) {
			uint8_t g = got[i >> 3], lo = lower->b[(first + i) >> 3];

			if (!(lo & ~g) && !(g & ~upper->b[(first + i) >> 3])) {
				i += 7;
				continue;
			}
		}
		if (bit ? !bits_test(upper, first + i) : bits_test(lower, first + i))
			return i;
	}
	return n;
}

/* ---- memory ---- */

enum { FIRST_CELLS = 1 << 12 };

bool cells_init(struct cells *c)
{
	*c = (struct cells){ .cell = calloc(FIRST_CELLS, sizeof(*c->cell)), .n = FIRST_CELLS };
	return c->cell;
}

void cells_exit(struct cells *c)
{
	free(c->cell);
}

/* Open addressing; key 0 is an empty place, so keys are stored plus one. */
static struct cell *cells_find(const struct cells *c, uint64_t key)
{
	uint64_t i = (key * 0x9e3779b97f4a7c15ull) >> 20;

	while (c->cell[i & (c->n - 1)].key && c->cell[i & (c->n - 1)].key != key + 1)
		i++;
	return &c->cell[i & (c->n - 1)];
}

static void cells_rehash(struct cells *c, uint64_t n, uint64_t key, unsigned shift)
{
	struct cells old = *c;

	c->cell = calloc(n, sizeof(*c->cell));
	if (!c->cell)
		abort();
	c->n = n;
	c->used = 0;
	for (uint64_t i = 0; i < old.n; i++) {
		if (old.cell[i].key && (shift > 63 || (old.cell[i].key - 1) >> shift != key))
			cells_store(c, old.cell[i].key - 1, old.cell[i].value);
	}
	free(old.cell);
}

uint64_t cells_load(const struct cells *c, uint64_t key)
{
	return cells_find(c, key)->value;
}

void cells_store(struct cells *c, uint64_t key, uint64_t value)
{
	struct cell *cell = cells_find(c, key);

	if (!cell->key && ++c->used > c->n / 2) {
		cells_rehash(c, c->n * 2, 0, 64);
		cell = cells_find(c, key);
		c->used++;
	}
	cell->key = key + 1;
	cell->value = value;
}

void cells_forget(struct cells *c, uint64_t key, unsigned shift)
{
	cells_rehash(c, c->n, key, shift);
}
