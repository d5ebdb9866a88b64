// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* H_READ: the guest's view, whatever the state, and nothing else. */
#include "host.h"
#include "suite.h"

static struct host host;

START_TEST(every_state_reads_as_the_guest_wrote_it)
{
	uint64_t idx[4], out[8];

	host_start(&host, host_kind(_i));
	host_map(&host, 0, HOST_FRAMES, true);
	for (unsigned k = 0; k < 4; k++) {
		struct isa_va va = host_va(9, 12);

		host.page[k].present = k != 2;
		ck_assert_int_eq(host_h_enter(&host, 0, host_idx(&host, &va, 0), host_v(&va, 12),
					      host_r(&host, k, 12, 12, 2), &idx[k]),
				 0);
	}
	host_unmap(&host, 1, 1);
	ck_assert_int_eq(hptp_h_remove(host.vcpu, 0, idx[3], 0, out), 0);
	ck_assert_int_eq(hptp_h_read(host.vcpu, HPTP_H_READ_4, idx[2], out), 0);
	for (unsigned k = 0; k < 3; k++) {
		struct isa_va va = host_va(9, 12);

		ck_assert_uint_eq(out[2 * k], host_v(&va, 12) | 1);
		ck_assert_uint_eq(out[2 * k + 1], host_r(&host, k, 12, 12, 2));
	}
	/* a free entry has nothing left of the page it mapped */
	ck_assert_uint_eq(out[6], 0);
	ck_assert_uint_eq(out[7], 0);
	host_stop(&host);
}
END_TEST

START_TEST(one_entry_fills_two_dwords)
{
	uint64_t idx, out[8] = { 1, 1, 77, 77, 77, 77, 77, 77 };

	host_start(&host, host_kind(_i));
	host_map(&host, 0, 10, true);
	idx = host_enter(&host, 9, 3);
	host_touch(&host, idx, 0x180);
	ck_assert_int_eq(hptp_h_read(host.vcpu, 0, idx, out), 0);
	ck_assert_uint_eq(out[1], host_r(&host, 3, 12, 12, 2) | 0x180);
	for (unsigned i = 2; i < 8; i++)
		ck_assert_uint_eq(out[i], 77);
	host_stop(&host);
}
END_TEST

START_TEST(flags_have_no_effect_but_read_4)
{
	uint64_t idx, out[8], again[8];

	host_start(&host, NULL);
	host_map(&host, 0, 10, true);
	idx = host_enter(&host, 9, 3);
	ck_assert_int_eq(hptp_h_read(host.vcpu, 0, idx, out), 0);
	for (unsigned bit = 0; bit < 64; bit++) {
		if (1ull << bit == HPTP_H_READ_4)
			continue;
		ck_assert_int_eq(hptp_h_read(host.vcpu, 1ull << bit, idx, again), 0);
		ck_assert_uint_eq(again[0], out[0]);
		ck_assert_uint_eq(again[1], out[1]);
	}
	host_stop(&host);
}
END_TEST

START_TEST(reading_changes_nothing)
{
	uint64_t out[8], hash;

	host_start(&host, host_kind(_i));
	host_map(&host, 0, 64, true);
	for (unsigned k = 0; k < 40; k++)
		(void)host_enter(&host, k, k);
	host_unmap(&host, 10, 10);
	hash = host_table_hash(&host);
	for (uint64_t i = 0; i < host.table.n; i += 4) {
		ck_assert_int_eq(hptp_h_read(host.vcpu, HPTP_H_READ_4, i + (i & 3), out), 0);
		for (unsigned k = 0; k < 8; k += 2) {
			host_assert_guest_v(out[k]);
			host_assert_guest_r(&host, out[k + 1]);
		}
	}
	ck_assert_uint_eq(host_table_hash(&host), hash);
	host_stop(&host);
}
END_TEST

SUITE("read", LOOP(every_state_reads_as_the_guest_wrote_it, HOST_KINDS),
      LOOP(one_entry_fills_two_dwords, HOST_KINDS), CASE(flags_have_no_effect_but_read_4),
      LOOP(reading_changes_nothing, HOST_KINDS))
