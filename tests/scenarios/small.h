/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* A slot of a few frames, which the scenarios of several files work on. */
#ifndef SCENARIOS_SMALL_H
#define SCENARIOS_SMALL_H

#include "support.h"

#define EA 0x10000000ull
#define GPA 0x1000000ull
#define FRAMES 16u

static inline void *memory(struct harness *h)
{
	return h->slot_add(h->self, GPA >> h->frame_shift, FRAMES, h->frame_shift, 0);
}

/* The page that maps frame i. */
static inline struct page frame(const struct harness *h, unsigned i)
{
	return page_at(EA + ((uint64_t)i << h->frame_shift), GPA + ((uint64_t)i << h->frame_shift),
		       12, 12);
}

/* Frames written since the last harvest, as a bitmap. */
static inline unsigned harvest(struct harness *h, void *slot)
{
	uint8_t out[FRAMES / 8] = { 0 };

	if (hptp_dirty_harvest(h->slot_handle(h->self, slot), (hptp_off){ 0 }, FRAMES, out,
			       HPTP_HARVEST_STOPPED))
		return ~0u;
	return out[0] | (unsigned)out[1] << 8;
}

#endif
