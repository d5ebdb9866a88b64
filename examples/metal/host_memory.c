// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Blocks of the heap are aligned to their size, as the MMU wants its table; they are zeroed;
 * and the hypervisor runs untranslated, so a table's address is the real one.
 */
#include "host_memory.h"

#include "heap.h"
#include "verdict.h"

int host_table_alloc(void *host, unsigned order, struct hptp_table_mem *mem)
{
	(void)host;
	mem->virt = heap_alloc(1ull << order);
	mem->real = (uint64_t)mem->virt;
	return mem->virt ? 0 : HPTP_E_NOMEM;
}

void host_table_free(void *host, unsigned order, struct hptp_table_mem *mem)
{
	(void)host;
	heap_free(mem->virt, 1ull << order);
}

void *host_mem_alloc(void *host, size_t size)
{
	(void)host;
	return heap_alloc(size);
}

void host_mem_free(void *host, void *mem, size_t size)
{
	(void)host;
	heap_free(mem, size);
}

_Noreturn void host_bug(void *host, const char *what)
{
	(void)host;
	check(false, what);
	finish();
}
