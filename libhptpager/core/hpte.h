/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The hashed page table entry as the Power ISA and PAPR define it: bits, page sizes,
 * hash, permissions, tlbie operand. Pure functions: no state, no port.
 *
 * Everything here is in the ISA 2.07 ("old") format, which guests use on every
 * processor; the 3.0 format exists only in valid entries of a 3.0 table, and only
 * hptp_hpte_to_3_0() and hptp_hpte_from_3_0() know it.
 */
#ifndef HPTP_HPTE_H
#define HPTP_HPTE_H

#include "compiler.h"
#include "hptpager/types.h"

/* dword 0 */
#define HPTP_V_B 0xc000000000000000ull /* segment size; the upper bit is reserved */
#define HPTP_V_B_RESERVED 0x8000000000000000ull
#define HPTP_V_1T 0x4000000000000000ull
#define HPTP_V_AVPN 0x3fffffffffffff80ull
#define HPTP_V_LOW 0x7full    /* below B and AVPN */
#define HPTP_V_HVLOCK 0x40ull /* software: the hypervisor's lock */
#define HPTP_V_ABSENT 0x20ull /* software: the guest's entry, not hardware's */
#define HPTP_V_BOLTED 0x10ull
#define HPTP_V_LARGE 0x04ull
#define HPTP_V_SECONDARY 0x02ull
#define HPTP_V_VALID 0x01ull
#define HPTP_V_3_0 0x000fffffffffffffull /* what the 3.0 format keeps of dword 0 */

/* dword 1 */
#define HPTP_R_PP0 0x8000000000000000ull
#define HPTP_R_TAG 0x4000000000000000ull /* reserved to the hypervisor; ours: see table.h */
#define HPTP_R_KEY_HI 0x3000000000000000ull
#define HPTP_R_RPN 0x0ffffffffffff000ull /* LP included */
#define HPTP_R_KEY_LO 0x0e00ull
#define HPTP_R_R 0x0100ull
#define HPTP_R_C 0x0080ull
#define HPTP_R_RC (HPTP_R_R | HPTP_R_C)
#define HPTP_R_W 0x0040ull
#define HPTP_R_I 0x0020ull
#define HPTP_R_M 0x0010ull
#define HPTP_R_G 0x0008ull
#define HPTP_R_WIMG 0x0078ull
#define HPTP_R_N 0x0004ull
#define HPTP_R_PP 0x0003ull
#define HPTP_R_PROT (HPTP_R_PP0 | HPTP_R_KEY_HI | HPTP_R_KEY_LO | HPTP_R_N | HPTP_R_PP)
#define HPTP_R_3_0_B 0x0c00000000000000ull /* where the 3.0 format keeps B */

/* PP0:PP, ISA 2.07 Book III-S 5.7.8 */
#define HPTP_PP_RWXX 0ull
#define HPTP_PP_RWRX 1ull
#define HPTP_PP_RWRW 2ull
#define HPTP_PP_RXRX 3ull
#define HPTP_PP_RXXX (HPTP_R_PP0 | 2ull)

#define HPTP_PER_GROUP 8u

static inline uint64_t hptp_mask(unsigned shift)
{
	return ((uint64_t)1 << shift) - 1;
}

/* log2 of the two sizes of a page: base (hash, AVPN) and actual (translation). 0: invalid */
struct hptp_psize {
	uint8_t base, actual;
};

hptp_cold struct hptp_psize hptp_hpte_psize_any(uint64_t v, uint64_t r);

/* The two sizes that nearly all entries have are told here, without a call. */
static inline struct hptp_psize hptp_hpte_psize(uint64_t v, uint64_t r)
{
	if (!(v & HPTP_V_LARGE))
		return (struct hptp_psize){ 12, 12 };
	if ((r & 0xf000) == 0x1000)
		return (struct hptp_psize){ 16, 16 };
	return hptp_hpte_psize_any(v, r);
}

/* The permission that the guest's PP gives; key = Kp or Ks of the SLB entry. */
static inline bool hptp_pp_readable(uint64_t r, bool key)
{
	uint64_t pp = r & (HPTP_R_PP0 | HPTP_R_PP);

	return !key || (pp >= HPTP_PP_RWRX && pp <= HPTP_PP_RXRX);
}

static inline bool hptp_pp_writable(uint64_t r, bool key)
{
	uint64_t pp = r & (HPTP_R_PP0 | HPTP_R_PP);

	return key ? pp == HPTP_PP_RWRW : pp <= HPTP_PP_RWRW;
}

/* The two bits of the AMR for the storage key of r: 1 forbids loads, 2 stores. */
static inline unsigned hptp_key_denies(uint64_t r, uint64_t amr)
{
	unsigned key = (unsigned)((r & HPTP_R_KEY_HI) >> 57 | (r & HPTP_R_KEY_LO) >> 9);

	return (amr >> (62 - 2 * key)) & 3;
}

/* Do two entries of a base page size translate pages of one aligned block of eight? */
bool hptp_hpte_same_block(uint64_t v1, uint64_t idx1, uint64_t v2, uint64_t idx2, unsigned base);

/*
 * Where an entry goes in a table of another size: the same slot of the group that its
 * address hashes to. Its own group's number is the low bits of that, so a larger table
 * never has two for one place; an entry outside the groups of its own hash, which no walk
 * finds, keeps these bits too.
 */
uint64_t hptp_hpte_moved(uint64_t v, uint64_t r, uint64_t idx, uint64_t groups,
			 uint64_t new_groups);

/* Where in the table an address is looked for, and with what. */
struct hptp_search {
	uint64_t hash; /* of the primary group, not masked */
	uint64_t avpn; /* B, AVPN, and L where it is compared */
	uint64_t mask; /* which bits of dword 0 are compared, H apart */
	uint8_t base;  /* log2 of the segment's base page size; 0: bad encoding */
};

static inline unsigned hptp_slb_base_shift(uint64_t slb_v)
{
	static const uint8_t by_lp[4] = { 24, 16, 34, 0 };

	return (slb_v & HPTP_SLB_L) ? by_lp[(slb_v & HPTP_SLB_LP) >> 4] : 12;
}

static hptp_inline struct hptp_search hptp_search_for(uint64_t slb_v, uint64_t ea)
{
	bool one_t = slb_v & HPTP_SLB_B_1T;
	unsigned segment = one_t ? 40 : 28;
	uint64_t off = ea & hptp_mask(segment);
	uint64_t vsid = (slb_v & ~HPTP_SLB_B) >> (one_t ? HPTP_SLB_SHIFT_1T : HPTP_SLB_SHIFT);
	struct hptp_search s = { .base = (uint8_t)hptp_slb_base_shift(slb_v) };
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

/*
 * The low 11 bits of the virtual page number at 4K granularity that the AVPN drops, got
 * back from the group the entry lies in. An entry outside the groups of its own hash
 * gives an operand for an address that no walk finds it by, and needs none.
 */
static inline uint64_t hptp_va_low(uint64_t v, uint64_t idx)
{
	uint64_t va = idx / HPTP_PER_GROUP;

	if (v & HPTP_V_SECONDARY)
		va = ~va;
	va ^= v >> ((v & HPTP_V_1T) ? 24 : 12);
	return va & 0x7ff;
}

static inline uint64_t hptp_tlbie_rb_for(struct hptp_psize size, uint64_t v, uint64_t r,
					 uint64_t idx)
{
	uint64_t low = hptp_va_low(v, idx);
	uint64_t rb = (v & ~HPTP_V_LOW) << 16 | (v & HPTP_V_B) >> 54;

	if (size.base == 12) {
		if (size.actual > 12)
			rb |= (size.actual == 16 ? 5u : 4u) << 5; /* AP */
		return rb | low << 12;
	}
	rb |= (low << size.base) & 0x7ff000;
	rb &= ~(hptp_mask(size.actual) & ~hptp_mask(12));
	rb |= (low << (size.base - 12)) & 0xfe;     /* AVAL */
	rb |= 1;                                    /* L */
	rb |= r & 0xff000 & hptp_mask(size.actual); /* LP */
	return rb;
}

hptp_cold uint64_t hptp_tlbie_rb_any(struct hptp_psize size, uint64_t v, uint64_t r, uint64_t idx);

/*
 * The tlbie RB operand for an entry at index idx, ISA 2.07 Book III-S 5.9.3.3. The sizes
 * that nearly all entries have are constants here.
 */
static hptp_inline uint64_t hptp_tlbie_rb(uint64_t v, uint64_t r, uint64_t idx)
{
	struct hptp_psize size = hptp_hpte_psize(v, r);

	if (size.actual == 12)
		return hptp_tlbie_rb_for((struct hptp_psize){ 12, 12 }, v, r, idx);
	if (size.base == 16 && size.actual == 16)
		return hptp_tlbie_rb_for((struct hptp_psize){ 16, 16 }, v, r, idx);
	return hptp_tlbie_rb_any(size, v, r, idx);
}

/* Does the guest's PP let some access write, whatever the key? */
static inline bool hptp_hpte_writable(uint64_t r)
{
	uint64_t pp = r & (HPTP_R_PP0 | HPTP_R_PP);

	return pp != HPTP_PP_RXRX && pp != HPTP_PP_RXXX;
}

/* Take write permission away without giving any that was not there. */
static inline uint64_t hptp_hpte_read_only(uint64_t r)
{
	if ((r & HPTP_R_PP0) || !(r & HPTP_R_PP))
		return (r & ~HPTP_R_PP) | HPTP_PP_RXXX;
	return r | HPTP_PP_RXRX;
}

/* First guest real address of the page. */
static inline uint64_t hptp_hpte_gpa(uint64_t r, unsigned actual)
{
	return r & HPTP_R_RPN & ~hptp_mask(actual);
}

/*
 * The WIMG bits that a page backed by cacheable (ci = false) or cache-inhibited memory
 * gets, when the guest asked for those in r. False: a combination that can not be
 * granted. Strong access order (W, I, M all set) is as good as M.
 */
static inline bool hptp_hpte_wimg(uint64_t *r, bool ci)
{
	uint64_t wimg = *r & HPTP_R_WIMG;

	if (ci)
		return (wimg & HPTP_R_I) && !(wimg & HPTP_R_W);
	if (wimg != HPTP_R_M && wimg != (HPTP_R_W | HPTP_R_I | HPTP_R_M))
		*r = (*r & ~HPTP_R_WIMG) | HPTP_R_M;
	return true;
}

/* ISA 3.0 moves B to dword 1. */
static inline void hptp_hpte_to_3_0(uint64_t *v, uint64_t *r)
{
	*r = (*r & ~HPTP_R_3_0_B) | (*v & HPTP_V_B) >> 4;
	*v &= HPTP_V_3_0;
}

static inline void hptp_hpte_from_3_0(uint64_t *v, uint64_t *r)
{
	*v = (*v & HPTP_V_3_0) | (*r & HPTP_R_3_0_B) << 4;
	*r &= ~HPTP_R_3_0_B;
}

#endif
