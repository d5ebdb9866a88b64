/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The hypervisor's own memory: blocks of 64 bytes to 16 MiB, aligned to their size, zeroed. */
#ifndef METAL_HEAP_H
#define METAL_HEAP_H

#include <stddef.h>
#include <stdint.h>

/* Real memory: the image at 0, the device tree at 16 MiB, then this. */
#define HEAP_BASE 0x02000000ull
#define HEAP_END 0x20000000ull

void *heap_alloc(size_t size);
void heap_free(void *memory, size_t size);
uint64_t heap_in_use(void);

#endif
