// SPDX-License-Identifier: GPL-2.0-only
/* Memory from Xen's heap. */
#include "hptp_mem.h"

#include <xen/mm.h>
#include <xen/string.h>
#include <xen/xmalloc.h>

static size_t in_use;

void *hptp_xen_alloc(size_t size)
{
	unsigned int order = get_order_from_bytes(size);
	void *mem;

	if (size >= PAGE_SIZE)
		mem = alloc_xenheap_pages(order, 0);
	else
		mem = _xzalloc(size, 64);
	if (mem && size >= PAGE_SIZE)
		memset(mem, 0, PAGE_SIZE << order);
	if (mem)
		__atomic_fetch_add(&in_use, size, __ATOMIC_RELAXED);
	return mem;
}

void hptp_xen_free(void *mem, size_t size)
{
	if (!mem)
		return;
	if (size >= PAGE_SIZE)
		free_xenheap_pages(mem, get_order_from_bytes(size));
	else
		xfree(mem);
	__atomic_fetch_sub(&in_use, size, __ATOMIC_RELAXED);
}

size_t hptp_xen_in_use(void)
{
	return in_use;
}
