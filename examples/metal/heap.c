// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * A heap of powers of two: a list of free blocks for each size, and fresh memory cut
 * off the end when the list is empty. Blocks are never split or merged.
 */
#include "heap.h"

#include "lock.h"

#include "string.h"

#define MIN_SHIFT 6
#define MAX_SHIFT 24

struct block {
	struct block *next;
};

static struct {
	struct lock lock;
	struct block *list[MAX_SHIFT + 1];
	uint64_t fresh, in_use;
} heap;

static unsigned shift_of(size_t size)
{
	unsigned shift = MIN_SHIFT;

	while (1ull << shift < size)
		shift++;
	return shift;
}

static struct block *cut(uint64_t size)
{
	uint64_t at = heap.fresh ? heap.fresh : HEAP_BASE;

	at = (at + size - 1) & -size;
	if (at + size > HEAP_END)
		return NULL;
	heap.fresh = at + size;
	return (struct block *)at;
}

void *heap_alloc(size_t size)
{
	unsigned shift = shift_of(size);
	struct block *block;

	if (shift > MAX_SHIFT)
		return NULL;
	lock_take(&heap.lock);
	block = heap.list[shift];
	if (block)
		heap.list[shift] = block->next;
	else
		block = cut(1ull << shift);
	if (block)
		heap.in_use += 1ull << shift;
	lock_drop(&heap.lock);
	return block ? memset(block, 0, 1ull << shift) : NULL;
}

void heap_free(void *memory, size_t size)
{
	unsigned shift = shift_of(size);
	struct block *block = memory;

	if (!block)
		return;
	lock_take(&heap.lock);
	block->next = heap.list[shift];
	heap.list[shift] = block;
	heap.in_use -= 1ull << shift;
	lock_drop(&heap.lock);
}

uint64_t heap_in_use(void)
{
	return heap.in_use;
}
