// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Page sizes, permissions, hash and tlbie operand of a hashed page table entry. */
#include "hpte.h"

struct lp_encoding {
	uint8_t mask, lp; /* of dword 1 bits 19:12 */
	struct hptp_psize size;
};

/* ISA 2.07 Book III-S 5.7.7.2 with the encodings that POWER7..10 implement. */
static const struct lp_encoding lp_encodings[] = {
	{ 0x0f, 0x01, { 16, 16 } }, /* the upper nibble belongs to the RPN */
	{ 0x0f, 0x07, { 12, 16 } }, { 0xff, 0x08, { 16, 24 } }, { 0xff, 0x38, { 12, 24 } },
	{ 0xff, 0x00, { 24, 24 } }, { 0xff, 0x03, { 34, 34 } },
};

struct hptp_psize hptp_hpte_psize_any(uint64_t v, uint64_t r)
{
	unsigned lp = (r >> 12) & 0xff;

	if (!(v & HPTP_V_LARGE))
		return (struct hptp_psize){ 12, 12 };
	for (unsigned i = 0; i < sizeof(lp_encodings) / sizeof(lp_encodings[0]); i++)
		if ((lp & lp_encodings[i].mask) == lp_encodings[i].lp)
			return lp_encodings[i].size;
	return (struct hptp_psize){ 0, 0 };
}

bool hptp_pp_readable(uint64_t r, bool key)
{
	uint64_t pp = r & (HPTP_R_PP0 | HPTP_R_PP);

	return !key || (pp >= HPTP_PP_RWRX && pp <= HPTP_PP_RXRX);
}

bool hptp_pp_writable(uint64_t r, bool key)
{
	uint64_t pp = r & (HPTP_R_PP0 | HPTP_R_PP);

	return key ? pp == HPTP_PP_RWRW : pp <= HPTP_PP_RWRW;
}

unsigned hptp_key_denies(uint64_t r, uint64_t amr)
{
	unsigned key = (unsigned)((r & HPTP_R_KEY_HI) >> 57 | (r & HPTP_R_KEY_LO) >> 9);

	return (amr >> (62 - 2 * key)) & 3;
}

uint64_t hptp_tlbie_rb_any(struct hptp_psize size, uint64_t v, uint64_t r, uint64_t idx)
{
	return hptp_tlbie_rb_for(size, v, r, idx);
}

bool hptp_hpte_same_block(uint64_t v1, uint64_t idx1, uint64_t v2, uint64_t idx2, unsigned base)
{
	uint64_t page = hptp_va_low(v1, idx1) ^ hptp_va_low(v2, idx2);

	/* AVPN begins at bit 23 of the virtual address; dword 0 has that at its bit 7. */
	if (base > 20)
		return !((v1 ^ v2) & (HPTP_V_B | HPTP_V_AVPN) & ~hptp_mask(base + 3u - 16u));
	return !((v1 ^ v2) & (HPTP_V_B | HPTP_V_AVPN)) && !(page >> 3 & hptp_mask(20u - base));
}

uint64_t hptp_hpte_moved(uint64_t v, uint64_t r, uint64_t idx, uint64_t groups, uint64_t new_groups)
{
	unsigned base = hptp_hpte_psize(v, r).base;
	uint64_t va = v & HPTP_V_AVPN, hash;

	/* Bits of the address below the AVPN's are below `groups`. */
	if (v & HPTP_V_1T)
		hash = (va >> 24) ^ (va >> 24) << 25 ^ ((va << 16) & hptp_mask(40)) >> base;
	else
		hash = (va >> 12) ^ ((va << 16) & hptp_mask(28)) >> base;
	if (v & HPTP_V_SECONDARY)
		hash = ~hash;
	hash = (hash & ~(groups - 1)) | idx / HPTP_PER_GROUP;
	return (hash & (new_groups - 1)) * HPTP_PER_GROUP + idx % HPTP_PER_GROUP;
}

static unsigned slb_base_shift(uint64_t slb_v)
{
	static const uint8_t by_lp[4] = { 24, 16, 34, 0 };

	return (slb_v & HPTP_SLB_L) ? by_lp[(slb_v & HPTP_SLB_LP) >> 4] : 12;
}

struct hptp_search hptp_search_for(uint64_t slb_v, uint64_t ea)
{
	bool one_t = slb_v & HPTP_SLB_B_1T;
	unsigned segment = one_t ? 40 : 28;
	uint64_t off = ea & hptp_mask(segment);
	uint64_t vsid = (slb_v & ~HPTP_SLB_B) >> (one_t ? HPTP_SLB_SHIFT_1T : HPTP_SLB_SHIFT);
	struct hptp_search s = { .base = (uint8_t)slb_base_shift(slb_v) };
	unsigned drop = s.base >= 24 ? s.base - 16u : 7;

	s.hash = vsid ^ (off >> s.base);
	if (one_t)
		s.hash ^= vsid << 25;
	s.avpn = ((slb_v & ~hptp_mask(segment - 16)) | off >> 16) & ~hptp_mask(drop);
	s.mask = HPTP_V_B | HPTP_V_AVPN;
	/* An entry of a 4K segment may be a larger actual page, so L says nothing there. */
	if (slb_v & HPTP_SLB_L) {
		s.avpn |= HPTP_V_LARGE;
		s.mask |= HPTP_V_LARGE;
	}
	return s;
}
