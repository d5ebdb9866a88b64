// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The four memory functions that compilers emit calls to. Doublewords where both
 * sides are aligned, as pages are; bytes otherwise.
 */
#include <stddef.h>
#include <stdint.h>

static int aligned(const void *a, const void *b, size_t n)
{
	return (((uintptr_t)a | (uintptr_t)b | n) & 7) == 0;
}

void *memcpy(void *to, const void *from, size_t n)
{
	if (aligned(to, from, n)) {
		for (size_t i = 0; i < n / 8; i++)
			((uint64_t *)to)[i] = ((const uint64_t *)from)[i];
		return to;
	}
	for (size_t i = 0; i < n; i++)
		((uint8_t *)to)[i] = ((const uint8_t *)from)[i];
	return to;
}

void *memmove(void *to, const void *from, size_t n)
{
	if ((uintptr_t)to <= (uintptr_t)from)
		return memcpy(to, from, n);
	while (n--)
		((uint8_t *)to)[n] = ((const uint8_t *)from)[n];
	return to;
}

void *memset(void *to, int byte, size_t n)
{
	uint64_t dword = (uint8_t)byte * 0x0101010101010101ull;

	if (aligned(to, to, n)) {
		for (size_t i = 0; i < n / 8; i++)
			((uint64_t *)to)[i] = dword;
		return to;
	}
	for (size_t i = 0; i < n; i++)
		((uint8_t *)to)[i] = (uint8_t)byte;
	return to;
}

int memcmp(const void *a, const void *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int difference = ((const uint8_t *)a)[i] - ((const uint8_t *)b)[i];

		if (difference)
			return difference;
	}
	return 0;
}
