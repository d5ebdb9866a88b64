// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The guest's own translation: found present or absent, by its own permissions. */
#include "host.h"
#include "suite.h"

static struct host host;

START_TEST(states_and_permissions)
{
	static const uint64_t pps[] = { 0, 1, 2, 3, 1ull << 63 | 2 };

	for (unsigned c = 0; c < 5 * 2 * 2; c++) {
		uint64_t pp = pps[c % 5], idx;
		bool key = c / 5 & 1, nx = c / 10 & 1;
		struct isa_va va = host_va(7, 12);
		struct hptp_translation t;
		uint64_t slb_v = isa_slb_of(&va) | (key ? HPTP_SLB_KS : 0);

		host_start(&host, host_kind(_i));
		host_map(&host, 0, 16, true);
		ck_assert_int_eq(host_h_enter(&host, 0, host_idx(&host, &va, 0), host_v(&va, 12),
					      host_r(&host, 5, 12, 12, 0) | pp | (nx ? 4 : 0),
					      &idx),
				 0);
		for (int absent = 0; absent < 2; absent++) {
			if (absent)
				host_unmap(&host, 5, 1);
			ck_assert_int_eq(hptp_translate(host.vcpu, va.off + 0x123, slb_v,
							HPTP_MSR_DR, 0, &t),
					 0);
			ck_assert_uint_eq(t.gpa, (5ull << host.frame_shift) + 0x123);
			ck_assert_uint_eq(t.shift, 12);
			ck_assert_int_eq(t.may_read, isa_pp_allows(pp, key, false));
			ck_assert_int_eq(t.may_write, isa_pp_allows(pp, key, true));
			ck_assert_int_eq(t.may_fetch, isa_pp_allows(pp, key, false) && !nx);
		}
		host_stop(&host);
	}
}
END_TEST

START_TEST(storage_keys)
{
	struct isa_va va = host_va(7, 12);
	struct hptp_translation t;
	uint64_t idx, amr;

	host_start(&host, NULL);
	ck_assert_int_eq(host_h_enter(&host, 0, host_idx(&host, &va, 0), host_v(&va, 12),
				      host_r(&host, 5, 12, 12, 2) | 2ull << 60 | 0x400, &idx),
			 0);
	for (uint64_t pair = 0; pair < 4; pair++) {
		amr = pair << (62 - 2 * 18);
		ck_assert_int_eq(hptp_translate(host.vcpu, va.off, isa_slb_of(&va), HPTP_MSR_DR,
						amr, &t),
				 0);
		ck_assert_int_eq(t.may_read, !(pair & 1));
		ck_assert_int_eq(t.may_write, !(pair & 2));
		ck_assert(t.may_fetch);
		ck_assert_int_eq(hptp_translate(host.vcpu, va.off, isa_slb_of(&va), 0, amr, &t), 0);
		ck_assert(t.may_read && t.may_write);
	}
	host_stop(&host);
}
END_TEST

/* All page sizes, addresses inside the page, both groups. */
START_TEST(page_sizes_and_groups)
{
	static const unsigned pairs[][2] = { { 12, 12 }, { 12, 16 }, { 12, 24 }, { 16, 16 },
					     { 16, 24 }, { 24, 24 }, { 34, 34 } };

	for (unsigned k = 0; k < 7; k++) {
		for (int secondary = 0; secondary < 2; secondary++) {
			unsigned base = pairs[k][0], actual = pairs[k][1];
			struct isa_va va = host_va(1ull << (34 - base), base);
			uint64_t idx, gpa = 3ull << 34, in = (1ull << base) - 0x40;
			struct hptp_translation t;

			host_start(&host, host_kind(_i));
			ck_assert_int_eq(
				host_h_enter(
					&host, 0, isa_pteg(&va, host.table.order, secondary) * 8,
					host_v(&va, actual) | (secondary ? ISA_H : 0),
					gpa | (uint64_t)isa_lp(base, actual) << 12 | 0x12, &idx),
				0);
			ck_assert_int_eq(hptp_translate(host.vcpu, va.off + in, isa_slb_of(&va), 0,
							0, &t),
					 0);
			ck_assert_uint_eq(t.gpa, gpa + in);
			ck_assert_uint_eq(t.shift, actual);
			host_stop(&host);
		}
	}
}
END_TEST

START_TEST(no_entry)
{
	struct isa_va va = host_va(7, 12);
	struct hptp_translation t;
	uint64_t idx;

	host_start(&host, host_kind(_i));
	idx = host_enter(&host, 7, 5);
	ck_assert_int_eq(hptp_translate(host.vcpu, va.off + 0x1000, isa_slb_of(&va), 0, 0, &t),
			 HPTP_E_NOENT);
	/* the same page in another segment, or of another size */
	ck_assert_int_eq(hptp_translate(host.vcpu, va.off, isa_slb_of(&va) + (1ull << 24), 0, 0,
					&t),
			 HPTP_E_NOENT);
	ck_assert_int_eq(hptp_translate(host.vcpu, va.off, isa_slb_of(&va) | 0x110, 0, 0, &t),
			 HPTP_E_NOENT);
	ck_assert_int_eq(hptp_translate(host.vcpu, va.off, isa_slb_of(&va) | 0x130, 0, 0, &t),
			 HPTP_E_NOENT);
	ck_assert_int_eq(hptp_h_remove(host.vcpu, 0, idx, 0, (uint64_t[2]){ 0 }), 0);
	ck_assert_int_eq(hptp_translate(host.vcpu, va.off, isa_slb_of(&va), 0, 0, &t),
			 HPTP_E_NOENT);
	host_stop(&host);
}
END_TEST

SUITE("translate", LOOP(states_and_permissions, HOST_KINDS), CASE(storage_keys),
      LOOP(page_sizes_and_groups, HOST_KINDS), LOOP(no_entry, HOST_KINDS))
