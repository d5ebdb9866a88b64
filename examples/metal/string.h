/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The memory functions of string.c. */
#ifndef METAL_STRING_H
#define METAL_STRING_H

#include <stddef.h>

void *memcpy(void *to, const void *from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int byte, size_t n);
int memcmp(const void *a, const void *b, size_t n);

#endif
