// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The entry as the Power ISA defines it: fixed vectors, and random cases against isa.c. */
#include "hpte.h"
#include "isa.h"
#include "suite.h"

START_TEST(format_of_isa_3_0_vector)
{
	uint64_t v = 0x4000abcde11a2b05, r = 0x1190;

	hptp_hpte_to_3_0(&v, &r);
	ck_assert_uint_eq(v, 0x0000abcde11a2b05);
	ck_assert_uint_eq(r, 0x0400000000001190);
	hptp_hpte_from_3_0(&v, &r);
	ck_assert_uint_eq(v, 0x4000abcde11a2b05);
	ck_assert_uint_eq(r, 0x1190);
}
END_TEST

START_TEST(format_conversion_agrees_with_the_definition)
{
	for (int i = 0; i < 100000; i++) {
		struct isa_pte in = { rnd(), rnd() }, out = isa_pte_to_3_0(in);
		uint64_t v = in.v, r = in.r;

		hptp_hpte_to_3_0(&v, &r);
		require(v == out.v);
		require(r == out.r);
		out = isa_pte_from_3_0(in);
		v = in.v;
		r = in.r;
		hptp_hpte_from_3_0(&v, &r);
		require(v == out.v);
		require(r == out.r);
	}
}
END_TEST

START_TEST(format_round_trip_keeps_what_3_0_has_room_for)
{
	for (int i = 0; i < 100000; i++) {
		uint64_t v0 = rnd() & 0xc00fffffffffffff, r0 = rnd() & ~0x0c00000000000000;
		uint64_t v = v0, r = r0;

		hptp_hpte_to_3_0(&v, &r);
		hptp_hpte_from_3_0(&v, &r);
		require(v == v0);
		require(r == r0);
	}
}
END_TEST

/* Every LP byte with L set; anything else is no page size and must never be a shift. */
START_TEST(page_size_of_every_lp_byte)
{
	for (unsigned lp = 0; lp < 256; lp++) {
		struct hptp_psize got = hptp_hpte_psize(0x4, (uint64_t)lp << 12 | 0xff);
		unsigned base = 0, actual = 0;

		if ((lp & 0xf) == 1)
			base = actual = 16;
		else if ((lp & 0xf) == 7)
			base = 12, actual = 16;
		else if (lp == 0x08)
			base = 16, actual = 24;
		else if (lp == 0x38)
			base = 12, actual = 24;
		else if (lp == 0x00)
			base = actual = 24;
		else if (lp == 0x03)
			base = actual = 34;
		ck_assert_msg(got.base == base && got.actual == actual,
			      "LP %02x: %u/%u, expected %u/%u", lp, got.base, got.actual, base,
			      actual);
		got = hptp_hpte_psize(0, (uint64_t)lp << 12);
		require(got.base == 12);
		require(got.actual == 12);
	}
}
END_TEST

START_TEST(page_size_ignores_other_bits)
{
	for (int i = 0; i < 20000; i++) {
		uint64_t v = rnd(), r = rnd();
		struct hptp_psize got = hptp_hpte_psize(v, r);
		unsigned base = 0, actual = 0;

		if (!isa_page_size(v, r, &base, &actual))
			base = actual = 0;
		require(got.base == base);
		require(got.actual == actual);
		got = hptp_hpte_psize_any(v, r); /* what the common sizes' short cut leaves */
		require(got.base == base);
		require(got.actual == actual);
	}
}
END_TEST

static const struct {
	uint64_t slb_v, ea, primary, secondary, value;
} searches[] = {
	{ 0x4000abcde1000110, 0x1a2b3c4d5e, 0x1e6dd, 0x1922, 0x4000abcde11a2b04 },
	{ 0x0000123456789000, 0xb3c4d5e, 0x1d44d, 0x2bb2, 0x0000123456789b00 },
	{ 0x4000abcde1000100, 0x1a2b3c4d5e, 0x1d7ca, 0x2835, 0x4000abcde11a2b04 },
	{ 0x4000abcde1000120, 0x1a2b3c4d5e, 0x1cde7, 0x3218, 0x4000abcde1180004 },
};

START_TEST(search_vectors)
{
	const uint64_t groups = 1ull << (24 - 7);
	struct hptp_search s = hptp_search_for(searches[_i].slb_v, searches[_i].ea);

	ck_assert_uint_eq(s.hash & (groups - 1), searches[_i].primary);
	ck_assert_uint_eq(~s.hash & (groups - 1), searches[_i].secondary);
	ck_assert_uint_eq(s.avpn & ~0x7full, searches[_i].value & ~0x7full);
	ck_assert_uint_eq(s.avpn & 0x7f, searches[_i].value & 0x04);
}
END_TEST

START_TEST(search_agrees_with_the_definition)
{
	static const uint64_t llp[] = { 0x000, 0x110, 0x100, 0x120 };

	for (int i = 0; i < 100000; i++) {
		uint64_t slb_v = (rnd() & 0x3ffffffffffff000) | llp[rnd() & 3] | (rnd() & 0xe00);
		uint64_t ea = rnd();
		struct hptp_search s;
		struct isa_va va;

		if (rnd() & 1)
			slb_v = (slb_v & ~0xfff000ull) | 1ull << 62;
		require(isa_va_of(slb_v, ea, &va));
		s = hptp_search_for(slb_v, ea);
		require(s.base == va.base);
		require((s.hash & 0xffff) == isa_pteg(&va, 16 + 7, false));
		require((~s.hash & 0x1fffffff) == isa_pteg(&va, 36, true));
		require((s.avpn & ~0x7full) == isa_avpn(&va));
		/* L is compared where the segment says large, and only there */
		require((s.mask & 0x7f) == (slb_v & 0x100 ? 4 : 0));
		require((s.mask | 0x7f) == ~0ull);
		require((s.avpn & ~s.mask) == 0);
	}
}
END_TEST

START_TEST(search_knows_no_1m_segment)
{
	ck_assert_uint_eq(hptp_search_for(0x130, 0).base, 0);
	ck_assert_uint_eq(hptp_search_for(0x030, 0).base, 12);
}
END_TEST

/* PP0:PP as a number, K=0 and K=1: RWXX, RWRX, RWRW, RXRX, RXXX. */
static const struct {
	uint64_t pp;
	const char *k0, *k1;
} rights[] = {
	{ 0, "rw", "--" },
	{ 1, "rw", "r-" },
	{ 2, "rw", "rw" },
	{ 3, "r-", "r-" },
	{ 1ull << 63 | 2, "r-", "--" },
};

START_TEST(permission_matrix)
{
	for (int key = 0; key < 2; key++) {
		const char *want = key ? rights[_i].k1 : rights[_i].k0;
		uint64_t r = rights[_i].pp | (rnd() & 0x7ffffffffffffffc);

		ck_assert_int_eq(hptp_pp_readable(r, key), want[0] == 'r');
		ck_assert_int_eq(hptp_pp_writable(r, key), want[1] == 'w');
	}
}
END_TEST

static const uint64_t all_pp[8] = {
	0, 1, 2, 3, 1ull << 63, 1ull << 63 | 1, 1ull << 63 | 2, 1ull << 63 | 3,
};

/* Taking write permission away must not give any right that was not there. */
START_TEST(read_only_takes_only_writing_away)
{
	uint64_t r = all_pp[_i] | (rnd() & 0x7ffffffffffffffc), ro = hptp_hpte_read_only(r);

	ck_assert_uint_eq((r ^ ro) & 0x7ffffffffffffffc, 0);
	ck_assert(!hptp_hpte_writable(ro));
	for (int key = 0; key < 2; key++) {
		ck_assert(!isa_pp_allows(ro, key, true));
		ck_assert(isa_pp_allows(r, key, false) || !isa_pp_allows(ro, key, false));
	}
}
END_TEST

START_TEST(read_only_codes)
{
	ck_assert_uint_eq(hptp_hpte_read_only(0), 1ull << 63 | 2);
	ck_assert_uint_eq(hptp_hpte_read_only(1), 3);
	ck_assert_uint_eq(hptp_hpte_read_only(2), 3);
	ck_assert_uint_eq(hptp_hpte_read_only(3), 3);
	ck_assert_uint_eq(hptp_hpte_read_only(1ull << 63 | 2), 1ull << 63 | 2);
	/* reserved codes count as writable, so the host is always asked for permission */
	for (unsigned pp = 0; pp < 4; pp++)
		ck_assert_int_eq(hptp_hpte_writable(1ull << 63 | pp), pp != 2);
	ck_assert(!hptp_hpte_writable(3));
}
END_TEST

START_TEST(storage_keys)
{
	uint64_t r = (uint64_t)(_i >> 3) << 60 | (uint64_t)(_i & 7) << 9;

	ck_assert_uint_eq(hptp_key_denies(r, 0), 0);
	ck_assert_uint_eq(hptp_key_denies(r, 1ull << (62 - 2 * _i)), 1);
	ck_assert_uint_eq(hptp_key_denies(r, 2ull << (62 - 2 * _i)), 2);
	ck_assert_uint_eq(hptp_key_denies(r, ~(3ull << (62 - 2 * _i))), 0);
	for (int i = 0; i < 100; i++) {
		uint64_t any = r | (rnd() & 0x8ffffffffffff1ff), amr = rnd();

		ck_assert_int_eq(!(hptp_key_denies(any, amr) & 1), isa_amr_allows(any, amr, false));
		ck_assert_int_eq(!(hptp_key_denies(any, amr) & 2), isa_amr_allows(any, amr, true));
	}
}
END_TEST

/* All WIMG combinations: what the guest may have on cacheable and on inhibited memory. */
START_TEST(wimg_rule)
{
	bool w = _i & 8, i = _i & 4;
	uint64_t rest = 0x8000000000345183, r = rest | (uint64_t)_i << 3;

	ck_assert(hptp_hpte_wimg(&r, false));
	if (_i == 0xe || _i == 2) /* strong access order, or exactly M: as asked */
		ck_assert_uint_eq(r, rest | (uint64_t)_i << 3);
	else
		ck_assert_uint_eq(r, rest | 0x10);
	r = rest | (uint64_t)_i << 3;
	ck_assert_int_eq(hptp_hpte_wimg(&r, true), i && !w);
	ck_assert_uint_eq(r, rest | (uint64_t)_i << 3);
}
END_TEST

START_TEST(guest_real_address_has_no_lp_bits)
{
	ck_assert_uint_eq(hptp_hpte_gpa(0xfeedcba987654321, 12), 0x0eedcba987654000);
	ck_assert_uint_eq(hptp_hpte_gpa(0xfeedcba987651321, 16), 0x0eedcba987650000);
	ck_assert_uint_eq(hptp_hpte_gpa(0xfeedcba987608321, 24), 0x0eedcba987000000);
	ck_assert_uint_eq(hptp_hpte_gpa(0xfeedcba987603321, 34), 0x0eedcba800000000);
}
END_TEST

static const struct {
	uint64_t vsid, off;
	bool seg_1t, secondary;
	unsigned base, actual;
	uint64_t idx; /* 0: the first of its PTEG */
	uint64_t r, rb;
} tlbies[] = {
	{ 0xabcde1, 0x1a2b3c0000, true, false, 16, 16, 0xf36eb, 0x1190, 0xabcde11a2b3c11c1 },
	{ 0xabcde1, 0x1a2b3c0000, true, true, 16, 16, 0xc913, 0x1190, 0xabcde11a2b3c11c1 },
	{ 0x123456789, 0xb3c4000, false, false, 12, 12, 0xea26b, 0x190, 0x123456789b3c4000 },
	{ 0x123456789, 0xb3c0000, false, false, 12, 16, 0xea24b, 0x7190, 0x123456789b3c00a0 },
	{ 0x123456789, 0xb000000, false, false, 12, 24, 0, 0x38190, 0x123456789b000080 },
	{ 0xabcde1, 0x1a2b000000, true, false, 16, 24, 0, 0x8190, 0xabcde11a2b008101 },
	{ 0xabcde1, 0x1a2b000000, true, false, 24, 24, 0, 0x190, 0xabcde11a2b000101 },
	{ 0xabcde1, 0x1800000000, true, false, 34, 34, 0, 0x3190, 0xabcde11800003101 },
};

START_TEST(tlbie_operand_vectors)
{
	struct isa_va va = { tlbies[_i].vsid, tlbies[_i].off, tlbies[_i].seg_1t, tlbies[_i].base };
	uint64_t v = isa_avpn(&va) | 1 | (tlbies[_i].secondary ? 2 : 0) |
		     (tlbies[_i].actual > 12 ? 4 : 0);
	uint64_t idx = isa_pteg(&va, 24, tlbies[_i].secondary) * 8;

	if (tlbies[_i].idx)
		ck_assert_uint_eq(idx >> 3, tlbies[_i].idx >> 3);
	idx = tlbies[_i].idx ? tlbies[_i].idx : idx;
	ck_assert_uint_eq(hptp_tlbie_rb(v, tlbies[_i].r, idx), tlbies[_i].rb);
	ck_assert_uint_eq(isa_rb(&va, tlbies[_i].actual, tlbies[_i].r), tlbies[_i].rb);
}
END_TEST

static const struct {
	uint8_t base, actual;
} size_pairs[] = {
	{ 12, 12 }, { 12, 16 }, { 12, 24 }, { 16, 16 }, { 16, 24 }, { 24, 24 }, { 34, 34 },
};

/* A random virtual page, in segments that can hold it. */
static struct isa_va random_va(unsigned base, unsigned actual)
{
	struct isa_va va = { .base = base, .seg_1t = actual == 34 || (rnd() & 1) };
	unsigned segment = va.seg_1t ? 40 : 28;

	va.vsid = rnd() & ((1ull << (78 - segment)) - 1);
	va.off = (rnd() & ((1ull << segment) - 1)) >> base << base;
	return va;
}

/* From the virtual address to RB, against from the entry back to RB. */
START_TEST(tlbie_operand_agrees_with_the_definition)
{
	for (int i = 0; i < 200000; i++) {
		unsigned k = rnd() % (sizeof(size_pairs) / sizeof(size_pairs[0]));
		unsigned base = size_pairs[k].base, actual = size_pairs[k].actual;
		struct isa_va va = random_va(base, actual);
		unsigned order = 18 + (unsigned)(rnd() % 19);
		bool secondary = rnd() & 1;
		uint64_t idx = isa_pteg(&va, order, secondary) * 8 + (rnd() & 7);
		uint64_t v = isa_avpn(&va) | (secondary ? 2 : 0) | (actual > 12 ? 4 : 0) |
			     (rnd() & 0x79);
		uint64_t lp_mask = actual > 20 ? 0xff000 : 0xf000;
		uint64_t r = rnd();

		if (actual > 12)
			r = (r & ~lp_mask) | (uint64_t)isa_lp(base, actual) << 12;
		ck_assert_msg(hptp_tlbie_rb(v, r, idx) == isa_rb(&va, actual, r),
			      "base %u actual %u order %u idx %lx v %lx r %lx: %lx, not %lx", base,
			      actual, order, (long)idx, (long)v, (long)r,
			      (long)hptp_tlbie_rb(v, r, idx), (long)isa_rb(&va, actual, r));
	}
}
END_TEST

/* The address that is walked to is found again by trying: the two ways agree. */
START_TEST(entries_of_a_page_are_reachable)
{
	for (int i = 0; i < 2000; i++) {
		unsigned k = rnd() % (sizeof(size_pairs) / sizeof(size_pairs[0]));
		struct isa_va va = random_va(size_pairs[k].base, size_pairs[k].actual), back;
		bool secondary = rnd() & 1;
		struct isa_pte pte = {
			.v = isa_avpn(&va) | (secondary ? 2 : 0) |
			     (size_pairs[k].actual > 12 ? 4 : 0) | 1,
			.r = (uint64_t)isa_lp(size_pairs[k].base, size_pairs[k].actual) << 12,
		};

		ck_assert(isa_reach(pte, isa_pteg(&va, 20, secondary) * 8, 20, &back));
		ck_assert_uint_eq(back.vsid, va.vsid);
		ck_assert_uint_eq(back.off, va.off);
	}
}
END_TEST

/* Into any other size, up and down, and both hashes: to the group that a walk looks in. */
START_TEST(an_entry_moves_to_the_group_of_its_hash)
{
	for (int i = 0; i < 200000; i++) {
		unsigned k = rnd() % (sizeof(size_pairs) / sizeof(size_pairs[0]));
		unsigned actual = size_pairs[k].actual;
		struct isa_va va = random_va(size_pairs[k].base, actual);
		unsigned from = 18 + (unsigned)(rnd() % 19), to = 18 + (unsigned)(rnd() % 19);
		bool secondary = rnd() & 1;
		uint64_t slot = rnd() & 7, idx = isa_pteg(&va, from, secondary) * 8 + slot;
		uint64_t v = isa_avpn(&va) | (secondary ? 2 : 0) | (actual > 12 ? 4 : 0) |
			     (rnd() & 0x79);
		uint64_t r = actual > 12 ? (uint64_t)isa_lp(size_pairs[k].base, actual) << 12 : 0;
		uint64_t at = hptp_hpte_moved(v, r, idx, 1ull << (from - 7), 1ull << (to - 7));

		ck_assert_msg(at == isa_pteg(&va, to, secondary) * 8 + slot,
			      "base %u order %u to %u idx %lx v %lx: %lx", va.base, from, to,
			      (long)idx, (long)v, (long)at);
	}
}
END_TEST

/* Whatever stands in an entry: in a larger table no two have one place. */
START_TEST(a_larger_table_has_a_place_for_each)
{
	for (int i = 0; i < 200000; i++) {
		unsigned from = 18 + (unsigned)(rnd() % 19),
			 to = from + (unsigned)(rnd() % (37 - from));
		uint64_t idx = rnd() & ((1ull << (from - 4)) - 1);
		uint64_t v = rnd(), r = rnd() & ~0xff000ull;
		uint64_t at =
			hptp_hpte_moved(v, r | 0x1000, idx, 1ull << (from - 7), 1ull << (to - 7));

		require(at >> (to - 4) == 0);
		require((at & ((1ull << (from - 4)) - 1)) == idx);
	}
}
END_TEST

SUITE("hpte", CASE(format_of_isa_3_0_vector), CASE(format_conversion_agrees_with_the_definition),
      CASE(format_round_trip_keeps_what_3_0_has_room_for), CASE(page_size_of_every_lp_byte),
      CASE(page_size_ignores_other_bits), LOOP(search_vectors, 4),
      CASE(search_agrees_with_the_definition), CASE(search_knows_no_1m_segment),
      LOOP(permission_matrix, 5), LOOP(read_only_takes_only_writing_away, 8), CASE(read_only_codes),
      LOOP(storage_keys, 32), LOOP(wimg_rule, 16), CASE(guest_real_address_has_no_lp_bits),
      LOOP(tlbie_operand_vectors, 8), CASE(tlbie_operand_agrees_with_the_definition),
      CASE(entries_of_a_page_are_reachable), CASE(an_entry_moves_to_the_group_of_its_hash),
      CASE(a_larger_table_has_a_place_for_each))
