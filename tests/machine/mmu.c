// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The arithmetic of hashed translation, from the Power ISA's description and on its own:
 * nothing of the library's is used, so that a common mistake is unlikely.
 * A virtual address is VSID << segment shift | offset: up to 78 bits.
 */
#include "machine.h"

/* Page sizes: the LP byte is compared under `mask`; `lp` is what an encoder writes. */
static const struct encoding {
	uint8_t base, actual, lp, mask;
} encodings[] = {
	{ 16, 16, 0x01, 0x0f }, { 12, 16, 0x07, 0x0f }, { 16, 24, 0x08, 0xff },
	{ 12, 24, 0x38, 0xff }, { 24, 24, 0x00, 0xff }, { 34, 34, 0x03, 0xff },
};
enum { N_ENCODINGS = sizeof(encodings) / sizeof(encodings[0]) };

static unsigned segment_shift(uint64_t slb_v)
{
	return slb_v & HPTP_SLB_B_1T ? 40 : 28;
}

static uint64_t vsid_of(uint64_t slb_v)
{
	uint64_t field = slb_v & ~HPTP_SLB_B;

	return field >> (slb_v & HPTP_SLB_B_1T ? HPTP_SLB_SHIFT_1T : HPTP_SLB_SHIFT);
}

static uint64_t offset_of(uint64_t slb_v, uint64_t ea)
{
	return ea & ((1ull << segment_shift(slb_v)) - 1);
}

/* The virtual address without its low 16 bits: all 78 bits of it, as dword 0 has them. */
static uint64_t va_high(uint64_t slb_v, uint64_t ea)
{
	return vsid_of(slb_v) << (segment_shift(slb_v) - 16) | offset_of(slb_v, ea) >> 16;
}

/* Its low 64 bits, as tlbie's operand has them. */
static uint64_t va_low(uint64_t slb_v, uint64_t ea)
{
	return va_high(slb_v, ea) << 16 | (ea & 0xffff);
}

static uint64_t below(unsigned shift)
{
	return (1ull << shift) - 1;
}

uint64_t machine_slb_word(uint64_t vsid, unsigned base, unsigned segment, uint64_t flags)
{
	uint64_t llp = base == 16 ? 0x110 : base == 24 ? 0x100 : base == 34 ? 0x120 : 0;

	if (segment == 40)
		return HPTP_SLB_B_1T | vsid << HPTP_SLB_SHIFT_1T | llp | flags;
	return vsid << HPTP_SLB_SHIFT | llp | flags;
}

unsigned machine_slb_base(uint64_t slb_v)
{
	switch (slb_v & HPTP_SLB_LLP) {
	case 0x000: return 12;
	case 0x110: return 16;
	case 0x100: return 24;
	case 0x120: return 34;
	default: return 0;
	}
}

uint64_t machine_pteg(uint64_t slb_v, uint64_t ea, unsigned order, bool secondary)
{
	uint64_t vsid = vsid_of(slb_v);
	uint64_t hash = vsid ^ offset_of(slb_v, ea) >> machine_slb_base(slb_v);

	if (slb_v & HPTP_SLB_B_1T)
		hash ^= vsid << 25;
	return (secondary ? ~hash : hash) & below(order - 7);
}

uint64_t machine_pteh(uint64_t slb_v, uint64_t ea, unsigned actual, bool secondary)
{
	unsigned base = machine_slb_base(slb_v);
	uint64_t avpn = va_high(slb_v, ea) >> 7;

	/* AVPN bits inside a large base page are not part of the page's name. */
	if (base > 23)
		avpn &= ~below(base - 23);
	return (slb_v & HPTP_SLB_B) | (avpn << 7 & 0x3fffffffffffff80ull) | (actual > 12 ? 4 : 0) |
	       (secondary ? 2 : 0) | 1;
}

uint64_t machine_ptel(uint64_t gpa, unsigned base, unsigned actual, uint64_t low)
{
	gpa &= 0x0ffffffffffff000ull & ~below(actual);
	if (base == 12 && actual == 12)
		return gpa | low;
	for (int i = 0; i < N_ENCODINGS; i++) {
		if (encodings[i].base == base && encodings[i].actual == actual)
			return gpa | (uint64_t)encodings[i].lp << 12 | low;
	}
	return ~0ull;
}

bool machine_sizes(uint64_t pteh, uint64_t ptel, unsigned *base, unsigned *actual)
{
	uint8_t lp = (uint8_t)(ptel >> 12);

	if (!(pteh & 4)) {
		*base = *actual = 12;
		return true;
	}
	for (int i = 0; i < N_ENCODINGS; i++) {
		if ((lp & encodings[i].mask) == encodings[i].lp) {
			*base = encodings[i].base;
			*actual = encodings[i].actual;
			return true;
		}
	}
	return false;
}

uint64_t machine_rb(uint64_t slb_v, uint64_t ea, unsigned actual)
{
	unsigned base = machine_slb_base(slb_v);
	uint64_t va = va_low(slb_v, ea);
	uint64_t rb = (slb_v & HPTP_SLB_B) >> 54;

	if (base == 12) {
		uint64_t ap = actual == 16 ? 5 : actual == 24 ? 4 : 0;

		return rb | (va & ~below(12)) | ap << 5;
	}
	rb |= va & ~below(actual);
	rb |= (machine_ptel(0, base, actual, 0) & 0xff000 & below(actual)) | 1;
	if (base == 16) /* AVAL: the bits of a base page's address that fit */
		rb |= va >> 12 & 0xf0;
	return rb;
}
