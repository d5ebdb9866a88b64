/* SPDX-License-Identifier: GPL-2.0-only */
/* Instruction cache and SLB. */
#ifndef SELFTEST_SYNC_H
#define SELFTEST_SYNC_H

#include <xen/types.h>

#define SYNC_LINE 128
#define SYNC_SLB_VALID 0x8000000ul

/* Memory that was written may hold code: what the caches know of it is old. */
static inline void sync_instructions(const char *at, size_t n)
{
	size_t i;

	for (i = 0; i < n; i += SYNC_LINE)
		asm volatile("dcbst 0,%0" : : "r"(at + i) : "memory");
	asm volatile("sync" : : : "memory");
	for (i = 0; i < n; i += SYNC_LINE)
		asm volatile("icbi 0,%0" : : "r"(at + i) : "memory");
	asm volatile("sync; isync" : : : "memory");
}

/* Entry 0 is cleared on its own: slbia leaves it. */
static inline void slb_clear(void)
{
	asm volatile("slbmte %0,%0; slbia; isync" : : "r"(0ul) : "memory");
}

static inline void slb_set(unsigned int i, uint64_t slb_v, uint64_t esid)
{
	asm volatile("slbmte %0,%1; isync"
		     :
		     : "r"(slb_v), "r"(esid | SYNC_SLB_VALID | i)
		     : "memory");
}

#endif
