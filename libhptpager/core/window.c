// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Invalidation windows: the words and who shares them. */
#include "window.h"
#include "hpte.h"

/* log2 of a granule's frames, log2 of the words, by level. */
static const uint8_t granule_shift[HPTP_WINDOW_LEVELS] = { 4, 10, 16 };
static const uint8_t words_shift[HPTP_WINDOW_LEVELS] = { 12, 8, 6 };

/* A window takes at most this many granules of its level; else the next level's. */
#define WINDOW_GRANULES 4u

static uint64_t *level_words(struct hptp_windows *w, unsigned level)
{
	return level == 0 ? w->word0 : level == 1 ? w->word1 : w->word2;
}

static uint64_t word_of(unsigned level, uint64_t granule)
{
	return (granule * 0x9e3779b97f4a7c15ull) >> (64 - words_shift[level]);
}

static unsigned level_for(uint64_t first, uint64_t last)
{
	unsigned level = 0;

	while (level < HPTP_WINDOW_LEVELS &&
	       (last >> granule_shift[level]) - (first >> granule_shift[level]) >= WINDOW_GRANULES)
		level++;
	return level;
}

static void window_add(struct hptp_windows *w, uint64_t first, uint64_t last, uint64_t x)
{
	unsigned level = level_for(first, last);

	if (level == HPTP_WINDOW_LEVELS) {
		hptp_add64_release(&w->all, x);
		return;
	}
	for (uint64_t g = first >> granule_shift[level]; g <= last >> granule_shift[level]; g++)
		hptp_add64_release(&level_words(w, level)[word_of(level, g)], x);
}

void hptp_windows_open(struct hptp_windows *w, uint64_t first, uint64_t last)
{
	window_add(w, first, last, 1);
	/*
	 * Against the barrier in hptp_retry_check(): either the publisher sees this window,
	 * or the walk that follows sees what the publisher put into the set. [M1]
	 */
	hptp_full_barrier();
}

void hptp_windows_close(struct hptp_windows *w, uint64_t first, uint64_t last)
{
	/* Release: whoever sees the window closed sees the host's new state. [M2] */
	window_add(w, first, last, HPTP_WINDOW_ACTIVE);
}

/*
 * With no window open every word only grows, so the sum is unchanged exactly when each
 * word is: a page of many granules needs no array of snapshots.
 */
static bool sum_any(const struct hptp_windows *w, uint64_t first, uint64_t last, uint64_t *sum)
{
	uint64_t x = hptp_load64_acquire(&w->all);
	bool closed = !(x & HPTP_WINDOW_ACTIVE);

	*sum = x;
	for (unsigned level = 0; level < HPTP_WINDOW_LEVELS; level++) {
		const uint64_t *words = level_words((struct hptp_windows *)w, level);
		uint64_t a = first >> granule_shift[level], n = (last >> granule_shift[level]) - a;
		bool whole = n >> words_shift[level]; /* more granules than words: take them all */

		for (uint64_t i = 0; i <= (whole ? hptp_mask(words_shift[level]) : n); i++) {
			x = hptp_load64_acquire(&words[whole ? i : word_of(level, a + i)]);
			closed &= !(x & HPTP_WINDOW_ACTIVE);
			*sum += x;
		}
	}
	return closed;
}

bool hptp_windows_sum(const struct hptp_windows *w, uint64_t first, uint64_t last, uint64_t *sum)
{
	uint64_t all, x0, x1, x2;

	/* Nearly all pages lie in one granule of the smallest kind, and so of each. */
	if (first >> granule_shift[0] != last >> granule_shift[0])
		return sum_any(w, first, last, sum);
	all = hptp_load64_acquire(&w->all);
	x2 = hptp_load64_acquire(&w->word2[word_of(2, first >> granule_shift[2])]);
	x1 = hptp_load64_acquire(&w->word1[word_of(1, first >> granule_shift[1])]);
	x0 = hptp_load64_acquire(&w->word0[word_of(0, first >> granule_shift[0])]);
	*sum = all + x0 + x1 + x2;
	return !((all | x0 | x1 | x2) & HPTP_WINDOW_ACTIVE);
}
