// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Invalidation windows: the words, and the windows that a host opens and closes. */
#include "window.h"
#include "rmap.h"

/* A window takes at most this many granules of its level; else the next level's. */
#define WINDOW_GRANULES 4u

static uint64_t *level_words(struct hptp_windows *w, unsigned level)
{
	return level == 0 ? w->word0 : level == 1 ? w->word1 : w->word2;
}

static unsigned level_for(uint64_t first, uint64_t last)
{
	unsigned level = 0;

	while (level < HPTP_WINDOW_LEVELS &&
	       (last >> hptp_granule_shift(level)) - (first >> hptp_granule_shift(level)) >=
		       WINDOW_GRANULES)
		level++;
	return level;
}

/* Of more than one granule of the smallest kind. */
static hptp_cold void window_add_any(struct hptp_windows *w, uint64_t first, uint64_t last,
				     uint64_t x)
{
	unsigned level = level_for(first, last);

	if (level == HPTP_WINDOW_LEVELS) {
		hptp_add64_release(&w->all, x);
		return;
	}
	for (uint64_t g = first >> hptp_granule_shift(level);
	     g <= last >> hptp_granule_shift(level); g++)
		hptp_add64_release(&level_words(w, level)[hptp_window_word(level, g)], x);
}

static inline void window_add(struct hptp_windows *w, uint64_t first, uint64_t last, uint64_t x)
{
	uint64_t a = first >> hptp_granule_shift(0);

	if (a == last >> hptp_granule_shift(0))
		hptp_add64_release(&w->word0[hptp_window_word(0, a)], x);
	else
		window_add_any(w, first, last, x);
}

void hptp_windows_open(struct hptp_windows *w, uint64_t first, uint64_t last)
{
	window_add(w, first, last, 1);
	/*
	 * Against the barrier in hptp_retry_check(): either the publisher sees this window,
	 * or the walk that follows sees what the publisher put into the set. [M1]
	 */
	hptp_full_barrier_after_add();
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
bool hptp_windows_sum_any(const struct hptp_windows *w, uint64_t first, uint64_t last,
			  uint64_t *sum)
{
	uint64_t x = hptp_load64_acquire(&w->all);
	bool closed = !(x & HPTP_WINDOW_ACTIVE);

	*sum = x;
	for (unsigned level = 0; level < HPTP_WINDOW_LEVELS; level++) {
		const uint64_t *words = level_words((struct hptp_windows *)w, level);
		uint64_t a = first >> hptp_granule_shift(level),
			 n = (last >> hptp_granule_shift(level)) - a;
		bool whole = n >>
			     hptp_words_shift(level); /* more granules than words: take them all */

		for (uint64_t i = 0; i <= (whole ? hptp_mask(hptp_words_shift(level)) : n); i++) {
			x = hptp_load64_acquire(&words[whole ? i : hptp_window_word(level, a + i)]);
			closed &= !(x & HPTP_WINDOW_ACTIVE);
			*sum += x;
		}
	}
	return closed;
}

/* ---- as the host has them ---- */

#define WINDOW_MAGIC 0x77696e64u

int hptp_invalidate_begin(struct hptp_slot *slot, hptp_off off, uint64_t n,
			  struct hptp_window *window)
{
	if (!hptp_slot_has(slot, off.n, n))
		return HPTP_E_PARAM;
	hptp_frame_prefetch(slot, off.n); /* page-out comes next */
	*window = (struct hptp_window){
		.vm = slot->vm,
		.first = slot->base + off.n,
		.last = slot->base + off.n + n - 1,
		.magic = WINDOW_MAGIC,
	};
	hptp_windows_open(&slot->vm->windows, window->first, window->last);
	return HPTP_OK;
}

int hptp_invalidate_end(struct hptp_window *window)
{
	if (window->magic != WINDOW_MAGIC)
		return HPTP_E_STATE;
	window->magic = 0;
	hptp_windows_close(&window->vm->windows, window->first, window->last);
	return HPTP_OK;
}
