// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* A frame that is given back is poisoned, so that whoever still uses it is noticed. */
#include "frames.h"

#include "heap.h"
#include "string.h"
#include "vm.h"

#define POISON 0xde

static struct {
	char *memory;
	uint32_t *list; /* of the free ones */
	uint32_t n, free;
} frames;

bool frames_init(uint32_t n)
{
	frames.memory = heap_alloc(n * FRAME_SIZE);
	frames.list = heap_alloc(n * sizeof(*frames.list));
	if (!frames.memory || !frames.list)
		return false;
	frames.n = n;
	for (frames.free = 0; frames.free < n; frames.free++)
		frames.list[frames.free] = frames.free;
	return true;
}

void frames_exit(void)
{
	heap_free(frames.memory, frames.n * FRAME_SIZE);
	heap_free(frames.list, frames.n * sizeof(*frames.list));
}

uint32_t frames_free(void)
{
	return frames.free;
}

uint32_t frames_take(void)
{
	return frames.list[--frames.free];
}

void frames_put(uint32_t frame)
{
	memset(frames_memory(frame), POISON, FRAME_SIZE);
	frames.list[frames.free++] = frame;
}

void *frames_memory(uint32_t frame)
{
	return frames.memory + frame * FRAME_SIZE;
}
