// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * LZ4 blocks (lz4.c comes from Debian's source package at build time). A page that does
 * not get smaller is kept as it is. The caller serialises: there is one work space.
 */
#include "store.h"

#include "heap.h"
#include "string.h"

#include "lz4.h"

#define SPEED 8 /* LZ4's acceleration: 1 compresses best, more is faster */

static LZ4_stream_t work_space;

bool store_put(struct page *page, const void *frame)
{
	static char packed[FRAME_SIZE];
	int bytes = LZ4_compress_fast_extState(&work_space, frame, packed, FRAME_SIZE,
					       FRAME_SIZE - 1, SPEED);
	void *copy = heap_alloc(bytes ? (size_t)bytes : FRAME_SIZE);

	if (!copy)
		return false;
	store_forget(page);
	page->bytes = bytes ? (uint16_t)bytes : FRAME_SIZE;
	page->copy = memcpy(copy, bytes ? packed : frame, page->bytes);
	return true;
}

void store_get(const struct page *page, void *frame)
{
	if (!page->bytes)
		memset(frame, 0, FRAME_SIZE);
	else if (page->bytes == FRAME_SIZE)
		memcpy(frame, page->copy, FRAME_SIZE);
	else
		LZ4_decompress_safe(page->copy, frame, page->bytes, FRAME_SIZE);
}

void store_forget(struct page *page)
{
	heap_free(page->copy, page->bytes);
	page->copy = NULL;
	page->bytes = 0;
}
