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
