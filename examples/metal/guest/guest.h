/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
#ifndef METAL_GUEST_H
#define METAL_GUEST_H

#include "abi.h"

/* sort.c: DO_SORT by vCPU `id` of so many; the checksum. */
uint64_t sort(uint64_t id, uint64_t vcpus);

#endif
