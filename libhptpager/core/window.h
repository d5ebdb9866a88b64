/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Invalidation windows: which frames may have been invalidated since a snapshot.
 *
 * A window adds 1 to the `active` half of the words its frames hash to, and when it
 * closes takes that 1 back and adds 1 to the `sequence` half, in one addition; so one
 * load tells both. Words are hashed by granule at three levels of granule size, and one
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

/* The words themselves. gfns are inclusive. */
void hptp_windows_open(struct hptp_windows *w, uint64_t first, uint64_t last);
void hptp_windows_close(struct hptp_windows *w, uint64_t first, uint64_t last);
/* False: a window over one of the frames is open now. *sum changes when one closes. */
bool hptp_windows_sum(const struct hptp_windows *w, uint64_t first, uint64_t last, uint64_t *sum);

#endif
