/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
#ifndef METAL_GUEST_H
#define METAL_GUEST_H

#include "abi.h"

/* One turn of a wait loop. */
static inline void pause(void)
{
	__asm__ volatile("or 31,31,31\n\tor 2,2,2" : : : "memory");
}

/* sort.c: DO_SORT by vCPU `id` of so many; the checksum. */
uint64_t sort(uint64_t id, uint64_t vcpus);

#endif
