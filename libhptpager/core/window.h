/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Invalidation windows: which frames may have been invalidated since a snapshot.
 *
 * A window adds 1 to the `active` half of the words its frames share, and when it
 * closes takes that 1 back and adds 1 to the `sequence` half, in one addition; so one
 * load tells both. Words are shared by granules, at three levels of granule size, and one
 * word stands for everything: a collision makes somebody try again, never miss.
 */
#ifndef HPTP_WINDOW_H
#define HPTP_WINDOW_H

#include "words.h"

#define HPTP_WINDOW_LEVELS 3u
#define HPTP_WINDOW_ACTIVE (((uint64_t)1 << 20) - 1)

struct hptp_windows {
	uint64_t all;
	uint64_t word2[64];
	uint64_t word1[256];
	uint64_t word0[4096];
};

/* log2 of a granule's frames, log2 of the words, by level. */
static inline unsigned hptp_granule_shift(unsigned level)
{
	return 4 + 6 * level;
}

static inline unsigned hptp_words_shift(unsigned level)
{
	return level == 0 ? 12 : level == 1 ? 8 : 6;
}

/* Words go by order of granules, which begins anew where the words end. */
static inline uint64_t hptp_window_word(unsigned level, uint64_t granule)
{
	return granule & (((uint64_t)1 << hptp_words_shift(level)) - 1);
}

/* The words themselves. gfns are inclusive. */
void hptp_windows_open(struct hptp_windows *w, uint64_t first, uint64_t last);
void hptp_windows_close(struct hptp_windows *w, uint64_t first, uint64_t last);

hptp_cold bool hptp_windows_sum_any(const struct hptp_windows *w, uint64_t first, uint64_t last,
				    uint64_t *sum);

/* False: a window over one of the frames is open now. *sum changes when one closes. */
static inline bool hptp_windows_sum(const struct hptp_windows *w, uint64_t first, uint64_t last,
				    uint64_t *sum)
{
	uint64_t a = first >> hptp_granule_shift(0), all, x0, x1, x2;

	/* Nearly all pages lie in one granule of the smallest kind, and so of each. */
	if (hptp_unlikely(a != last >> hptp_granule_shift(0)))
		return hptp_windows_sum_any(w, first, last, sum);
	all = hptp_load64_acquire(&w->all);
	x2 = hptp_load64_acquire(&w->word2[hptp_window_word(2, first >> hptp_granule_shift(2))]);
	x1 = hptp_load64_acquire(&w->word1[hptp_window_word(1, first >> hptp_granule_shift(1))]);
	x0 = hptp_load64_acquire(&w->word0[hptp_window_word(0, a)]);
	*sum = all + x0 + x1 + x2;
	return !((all | x0 | x1 | x2) & HPTP_WINDOW_ACTIVE);
}

#endif
