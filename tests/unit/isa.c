// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "isa.h"

#include <stddef.h>

/* Power ISA 2.07 Book III-S 5.7.7.1: pairs of page sizes; `mask` is the part of LP that
 * must match, the rest belongs to the real page number. */
static const struct {
	unsigned base, actual, lp, mask;
} sizes[] = {
	{ 16, 16, 0x01, 0x0f }, { 12, 16, 0x07, 0x0f }, { 16, 24, 0x08, 0xff },
	{ 12, 24, 0x38, 0xff }, { 24, 24, 0x00, 0xff }, { 34, 34, 0x03, 0xff },
};
#define N_SIZES (sizeof(sizes) / sizeof(sizes[0]))

static uint64_t load_be64(const unsigned char *p)
{
	uint64_t x = 0;

	for (unsigned i = 0; i < 8; i++)
		x = x << 8 | p[i];
	return x;
}

/* B moves between dword 0 bits 0:1 and dword 1 bits 4:5 (big-endian bit numbers). */
struct isa_pte isa_pte_from_3_0(struct isa_pte pte)
{
	uint64_t b = pte.r >> 58 & 3;

	pte.v = (pte.v & (~0ull >> 12)) | b << 62;
	pte.r &= ~(3ull << 58);
	return pte;
}

struct isa_pte isa_pte_to_3_0(struct isa_pte pte)
{
	uint64_t b = pte.v >> 62;

	pte.v &= ~0ull >> 12;
	pte.r = (pte.r & ~(3ull << 58)) | b << 58;
	return pte;
}

struct isa_pte isa_pte_load(const void *table, uint64_t idx, bool isa3)
{
	const unsigned char *p = (const unsigned char *)table + idx * 16;
	struct isa_pte pte = { load_be64(p), load_be64(p + 8) };

	/* an entry that is not valid is software's, in the old format */
	return isa3 && (pte.v & ISA_V) ? isa_pte_from_3_0(pte) : pte;
}

bool isa_page_size(uint64_t v, uint64_t r, unsigned *base, unsigned *actual)
{
	if (!(v & ISA_L)) {
		*base = *actual = 12;
		return true;
	}
	for (size_t i = 0; i < N_SIZES; i++) {
		if ((r >> 12 & sizes[i].mask) == sizes[i].lp) {
			*base = sizes[i].base;
			*actual = sizes[i].actual;
			return true;
		}
	}
	return false;
}

unsigned isa_lp(unsigned base, unsigned actual)
{
	for (size_t i = 0; i < N_SIZES; i++)
		if (sizes[i].base == base && sizes[i].actual == actual)
			return sizes[i].lp;
	return 0;
}

bool isa_va_of(uint64_t slb_v, uint64_t ea, struct isa_va *va)
{
	unsigned b = slb_v >> 62;

	va->seg_1t = b == 1;
	va->vsid = (slb_v & (~0ull >> 2)) >> (va->seg_1t ? 24 : 12);
	va->off = ea & (va->seg_1t ? (1ull << 40) - 1 : (1ull << 28) - 1);
	switch (slb_v & 0x130) {
	case 0x000:
	case 0x010:
	case 0x020:
	case 0x030: va->base = 12; break;
	case 0x110: va->base = 16; break;
	case 0x100: va->base = 24; break;
	case 0x120: va->base = 34; break;
	default: return false;
	}
	return b < 2;
}

uint64_t isa_slb_of(const struct isa_va *va)
{
	uint64_t llp = va->base == 16 ? 0x110 : va->base == 24 ? 0x100 : va->base == 34 ? 0x120 : 0;

	return (va->seg_1t ? 1ull << 62 : 0) | va->vsid << (va->seg_1t ? 24 : 12) | llp;
}

static unsigned __int128 whole_va(const struct isa_va *va)
{
	return ((unsigned __int128)va->vsid << (va->seg_1t ? 40 : 28)) | va->off;
}

uint64_t isa_avpn(const struct isa_va *va)
{
	unsigned drop = va->base > 23 ? va->base : 23; /* VA bits that AVPN leaves out */
	uint64_t avpn = (uint64_t)(whole_va(va) >> drop << drop >> 16) & (~0ull >> 2);

	return avpn | (va->seg_1t ? 1ull << 62 : 0);
}

uint64_t isa_pteg(const struct isa_va *va, unsigned order, bool secondary)
{
	uint64_t hash = va->vsid ^ va->off >> va->base;

	if (va->seg_1t)
		hash ^= va->vsid << 25;
	if (secondary)
		hash = ~hash;
	return hash & ((1ull << (order - 7)) - 1);
}

/* Book III-S 5.9.3.3, tlbie with IS=0. */
uint64_t isa_rb(const struct isa_va *va, unsigned actual, uint64_t r)
{
	uint64_t addr = (uint64_t)whole_va(va);
	uint64_t rb = (va->seg_1t ? 1ull : 0) << 8;
	unsigned low;

	addr = addr >> va->base << va->base;
	if (va->base == 12) { /* L=0: AVA is VA >> 12, AP the actual size */
		unsigned ap = actual == 16 ? 5 : actual == 24 ? 4 : 0;

		return rb | addr | ap << 5;
	}
	low = actual < 20 ? actual : 20; /* LP takes bits 12..19 below the page's size */
	rb |= addr >> actual << actual;
	rb |= r & ((1ull << low) - 1) & 0xff000;
	rb |= (addr >> 13 & 0x7f) << 1; /* AVAL */
	return rb | 1;                  /* L */
}

bool isa_reach(struct isa_pte pte, uint64_t idx, unsigned order, struct isa_va *va)
{
	uint64_t avpn_va = (pte.v & 0x3fffffffffffff80ull) >> 7; /* VA >> 23 */
	unsigned actual, seg_bits;
	uint64_t tries;

	va->seg_1t = pte.v >> 62 == 1;
	if (pte.v >> 62 > 1 || !isa_page_size(pte.v, pte.r, &va->base, &actual))
		return false;
	seg_bits = va->seg_1t ? 40 : 28;
	va->vsid = avpn_va >> (seg_bits - 23);
	tries = va->base < 23 ? 1ull << (23 - va->base) : 1;
	for (uint64_t i = 0; i < tries; i++) {
		va->off = ((avpn_va << 23) & ((1ull << seg_bits) - 1)) | i << va->base;
		if (isa_pteg(va, order, pte.v & ISA_H) == idx >> 3)
			return isa_avpn(va) == (pte.v & ~0x7full);
	}
	return false;
}

bool isa_translates(struct isa_pte pte, const struct isa_va *va, bool secondary)
{
	unsigned base, actual;

	return (pte.v & ISA_V) && !(pte.v & ISA_H) == !secondary &&
	       (pte.v & ~0x7full) == isa_avpn(va) && isa_page_size(pte.v, pte.r, &base, &actual) &&
	       base == va->base;
}

int64_t isa_walk(const void *table, unsigned order, bool isa3, uint64_t slb_v, uint64_t ea)
{
	struct isa_va va;

	if (!isa_va_of(slb_v, ea, &va))
		return -1;
	for (int secondary = 0; secondary < 2; secondary++) {
		uint64_t first = isa_pteg(&va, order, secondary) * 8;

		for (uint64_t i = first; i < first + 8; i++)
			if (isa_translates(isa_pte_load(table, i, isa3), &va, secondary))
				return (int64_t)i;
	}
	return -1;
}

/* Table of page protection, PP0:PP. With PP0 only 110 is defined; the reserved codes
 * read like it and write never. */
bool isa_pp_allows(uint64_t r, bool key, bool store)
{
	static const char *const rights[2][8] = {
		{ "rw", "rw", "rw", "r-", "r-", "r-", "r-", "r-" },
		{ "--", "r-", "rw", "r-", "--", "--", "--", "--" },
	};
	unsigned pp = (unsigned)(r >> 63 << 2 | (r & 3));

	return rights[key][pp][store] != '-';
}

unsigned isa_key(uint64_t r)
{
	return (unsigned)((r >> 60 & 3) << 3 | (r >> 9 & 7));
}

bool isa_amr_allows(uint64_t r, uint64_t amr, bool store)
{
	uint64_t pair = amr << (2 * isa_key(r)) >> 62; /* even bit: no stores, odd: no loads */

	return !(pair & (store ? 2 : 1));
}
