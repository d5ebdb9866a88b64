// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Memory callbacks for hosts that are processes: jemalloc, or the C library's allocator
 * (HPTP_PLAIN_ALLOC) where a sanitizer should see every allocation.
 */
#include "hptpager/userspace.h"

enum { ALIGN = 64 };

#ifdef HPTP_PLAIN_ALLOC
#include <stdlib.h>
#include <string.h>

static void *take(size_t size, size_t align)
{
	size_t whole = (size + align - 1) & ~(align - 1);
	void *mem = aligned_alloc(align, whole);

	return mem ? memset(mem, 0, whole) : NULL;
}

static void give(void *mem, size_t size, size_t align)
{
	(void)size;
	(void)align;
	free(mem);
}
#else
#include <jemalloc/jemalloc.h>

static void *take(size_t size, size_t align)
{
	return mallocx(size, MALLOCX_ALIGN(align) | MALLOCX_ZERO);
}

static void give(void *mem, size_t size, size_t align)
{
	if (mem)
		sdallocx(mem, size, MALLOCX_ALIGN(align));
}
#endif

int hptp_userspace_table_alloc(void *host, unsigned order, struct hptp_table_mem *mem)
{
	size_t size = (size_t)1 << order;

	(void)host;
	mem->virt = take(size, size);
	mem->real = (uintptr_t)mem->virt;
	mem->hold = NULL;
	return mem->virt ? HPTP_OK : HPTP_E_NOMEM;
}

void hptp_userspace_table_free(void *host, unsigned order, struct hptp_table_mem *mem)
{
	size_t size = (size_t)1 << order;

	(void)host;
	give(mem->virt, size, size);
}

void *hptp_userspace_mem_alloc(void *host, size_t size)
{
	(void)host;
	return take(size, ALIGN);
}

void hptp_userspace_mem_free(void *host, void *mem, size_t size)
{
	(void)host;
	give(mem, size, ALIGN);
}
