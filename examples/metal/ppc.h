/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The processor: registers by number (Power ISA 2.07 and 3.0), and the instructions
 * that C has no words for.
 */
#ifndef METAL_PPC_H
#define METAL_PPC_H

#include <stdbool.h>
#include <stdint.h>

#define SPR_DSISR 18
#define SPR_DAR 19
#define SPR_DEC 22
#define SPR_SDR1 25
#define SPR_AMR 29
#define SPR_TB 268
#define SPR_SPRG(n) (272 + (n))
#define SPR_PVR 287
#define SPR_HSPRG0 304
#define SPR_HDSISR 306
#define SPR_HDAR 307
#define SPR_HDEC 310
#define SPR_HRMOR 313
#define SPR_LPCR 318
#define SPR_LPIDR 319
#define SPR_PTCR 464
#define SPR_PMC5 791
#define SPR_MMCR0 795
#define SPR_HID0 1008

#define MSR_SF (1ull << 63)
#define MSR_ME 0x1000ull
#define MSR_RI 0x2ull

#define SLB_VALID 0x8000000ull /* in slbmte's RB */

#define TB_PER_US 512

#define mfspr(spr)                                                                                 \
	({                                                                                         \
		uint64_t value_;                                                                   \
		__asm__ volatile("mfspr %0,%1" : "=r"(value_) : "i"(spr) : "memory");              \
		value_;                                                                            \
	})
#define mtspr(spr, value)                                                                          \
	__asm__ volatile("mtspr %0,%1" : : "i"(spr), "r"((uint64_t)(value)) : "memory")

/* POWER9 and later: partition table, and HPTEs in the ISA 3.0 format. */
static inline bool cpu_is_isa3(void)
{
	uint32_t version = mfspr(SPR_PVR) >> 16;

	return version != 0x4b && version != 0x4c && version != 0x4d; /* POWER8E, 8NVL, 8 */
}

static inline uint64_t timebase(void)
{
	return mfspr(SPR_TB);
}

/* One turn of a wait loop: give the other threads of the core the machine. */
static inline void cpu_relax(void)
{
	__asm__ volatile("or 31,31,31\n\tor 2,2,2" : : : "memory");
}

/* Instructions are fetched from what was stored: it may be code. */
static inline void cache_sync(const void *memory, uint64_t bytes)
{
	const char *at = memory;

	for (uint64_t i = 0; i < bytes; i += 128)
		__asm__ volatile("dcbst 0,%0" : : "r"(at + i) : "memory");
	__asm__ volatile("sync" : : : "memory");
	for (uint64_t i = 0; i < bytes; i += 128)
		__asm__ volatile("icbi 0,%0" : : "r"(at + i) : "memory");
	__asm__ volatile("sync\n\tisync" : : : "memory");
}

/* Device registers: cache-inhibited whatever the mode. */
static inline void ci_store8(uint64_t address, uint8_t value)
{
	__asm__ volatile("stbcix %0,0,%1\n\teieio" : : "r"(value), "r"(address) : "memory");
}

static inline uint8_t ci_load8(uint64_t address)
{
	uint64_t value;

	__asm__ volatile("lbzcix %0,0,%1\n\teieio" : "=r"(value) : "r"(address) : "memory");
	return (uint8_t)value;
}

static inline void ci_store64(uint64_t address, uint64_t value)
{
	__asm__ volatile("stdcix %0,0,%1\n\teieio" : : "r"(value), "r"(address) : "memory");
}

static inline uint64_t ci_load64(uint64_t address)
{
	uint64_t value;

	__asm__ volatile("ldcix %0,0,%1\n\teieio" : "=r"(value) : "r"(address) : "memory");
	return value;
}

#endif
