// SPDX-License-Identifier: GPL-2.0-only
/*
 * Memory without a heap: blocks of powers of two from a static arena, a list of free ones for
 * each size. Blocks are never split or merged.
 */
#include "hptp_mem.h"

#include <xen/mm.h>
#include <xen/spinlock.h>
#include <xen/string.h>

#define ARENA_SIZE MB(CONFIG_HPTPAGER_POOL_MB)
#define MIN_SHIFT 6
#define MAX_SHIFT 25

struct block {
	struct block *next;
};

static uint8_t __aligned(MB(1)) arena[ARENA_SIZE];
static struct block *free_blocks[MAX_SHIFT + 1];
static size_t used, in_use; /* bytes of the arena that were ever given out; that are now */
static DEFINE_SPINLOCK(lock);

static unsigned int shift_of(size_t size)
{
	unsigned int shift = MIN_SHIFT;

	while ((size_t)1 << shift < size)
		shift++;
	return shift;
}

static void *cut(size_t size)
{
	size_t at = (used + size - 1) & -size;

	if (at + size > ARENA_SIZE)
		return NULL;
	used = at + size;
	return arena + at;
}

void *hptp_xen_alloc(size_t size)
{
	unsigned int shift = shift_of(size);
	struct block *block;

	if (shift > MAX_SHIFT)
		return NULL;
	spin_lock(&lock);
	block = free_blocks[shift];
	if (block)
		free_blocks[shift] = block->next;
	else
		block = cut((size_t)1 << shift);
	if (block)
		in_use += (size_t)1 << shift;
	spin_unlock(&lock);
	return block ? memset(block, 0, size) : NULL;
}

void hptp_xen_free(void *mem, size_t size)
{
	unsigned int shift = shift_of(size);
	struct block *block = mem;

	if (!block)
		return;
	spin_lock(&lock);
	block->next = free_blocks[shift];
	free_blocks[shift] = block;
	in_use -= (size_t)1 << shift;
	spin_unlock(&lock);
}

size_t hptp_xen_in_use(void)
{
	return in_use;
}
