/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The callbacks of struct hptp_ops for memory, from the heap, and the one for bugs. */
#ifndef METAL_HOST_MEMORY_H
#define METAL_HOST_MEMORY_H

#include "hptpager/hptpager.h"

int host_table_alloc(void *host, unsigned order, struct hptp_table_mem *mem);
void host_table_free(void *host, unsigned order, struct hptp_table_mem *mem);
void *host_mem_alloc(void *host, size_t size);
void host_mem_free(void *host, void *mem, size_t size);
/* `what` should hold, and does not. */
_Noreturn void host_bug(void *host, const char *what);

#endif
