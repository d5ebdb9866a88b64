/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The host's frames for guest memory. The pager's lock guards them. */
#ifndef METAL_FRAMES_H
#define METAL_FRAMES_H

#include <stdbool.h>
#include <stdint.h>

/* Own n frames, all free; give them back to the heap. */
bool frames_init(uint32_t n);
void frames_exit(void);

uint32_t frames_free(void);
uint32_t frames_take(void); /* one is free */
void frames_put(uint32_t frame);

void *frames_memory(uint32_t frame);

#endif
