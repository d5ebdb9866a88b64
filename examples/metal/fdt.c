// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * One question to the device tree: how many CPUs are there? Walks the structure block
 * (Devicetree Specification 0.3, chapter 5); fields are big-endian, as we are.
 */
#include "fdt.h"

#include "string.h"

#define FDT_BEGIN_NODE 1
#define FDT_PROP 3
#define FDT_END 9

static uint64_t string_words(const char *s)
{
	uint64_t n = 0;

	while (s[n])
		n++;
	return n / 4 + 1;
}

unsigned fdt_cpus(const void *fdt)
{
	const uint32_t *header = fdt;
	const uint32_t *word = (const uint32_t *)((const char *)fdt + header[2]);
	unsigned n = 0;

	while (*word != FDT_END) {
		switch (*word++) {
		case FDT_BEGIN_NODE:
			n += memcmp(word, "PowerPC,", 8) == 0;
			word += string_words((const char *)word);
			break;
		case FDT_PROP: /* length, name, value */ word += 2 + (word[0] + 3) / 4; break;
		}
	}
	return n;
}
