// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* H_CLEAR_REF and H_CLEAR_MOD: the guest forgets, the host does not. */
#include "host.h"
#include "suite.h"

#define R 0x100ull
#define C 0x80ull

static struct host host;
static uint8_t dirty_log[HOST_FRAMES / 8];

static void setup(int kind)
{
	host_start(&host, host_kind(kind));
	host_map(&host, 0, HOST_FRAMES, true);
	ck_assert_int_eq(hptp_dirty_start(host.slot, dirty_log, sizeof(dirty_log)), 0);
}

static uint64_t guest_r(uint64_t idx)
{
	uint64_t out[8];

	ck_assert_int_eq(hptp_h_read(host.vcpu, 0, idx, out), 0);
	return out[1];
}

static bool dirty(uint64_t gfn)
{
	uint8_t map = 0;

	ck_assert_int_eq(hptp_dirty_harvest(host.slot, (hptp_off){ gfn }, 1, &map, 0), 0);
	return map;
}

START_TEST(clearing_r_keeps_it_for_the_host)
{
	uint64_t idx, out;

	setup(_i);
	idx = host_enter(&host, 7, 5);
	host_touch(&host, idx, R | C);
	host.n_flushed = 0;
	ck_assert_int_eq(hptp_h_clear_ref(host.vcpu, 0, idx, &out), 0);
	ck_assert_uint_eq(out, host_r(&host, 5, 12, 12, 2) | R | C);
	ck_assert_uint_eq(host.n_flushed, 1);
	ck_assert_uint_eq(guest_r(idx) & (R | C), C);
	ck_assert_uint_eq(host_pte(&host, idx).r & (R | C), C);
	ck_assert_int_eq(hptp_h_clear_ref(host.vcpu, 0, idx, &out), 0);
	ck_assert_uint_eq(out & (R | C), C);
	ck_assert_int_eq(hptp_test_age_range(host.slot, (hptp_off){ 5 }, 1), 1);
	ck_assert_int_eq(hptp_age_range(host.slot, (hptp_off){ 5 }, 1, NULL), 1);
	host_touch(&host, idx, R);
	ck_assert_uint_eq(guest_r(idx) & (R | C), R | C);
	host_stop(&host);
}
END_TEST

/* C may be on its way while it is not there yet: it is found by the flush. */
START_TEST(clearing_c_keeps_it_for_the_log)
{
	for (int late = 0; late < 2; late++) {
		uint64_t idx, out;

		setup(_i);
		idx = host_enter(&host, 7, 5);
		if (late) {
			host.late_idx = idx;
			host.late_rc = R | C;
		} else {
			host_touch(&host, idx, R | C);
		}
		ck_assert_int_eq(hptp_h_clear_mod(host.vcpu, 0, idx, &out), 0);
		ck_assert_uint_eq(out, host_r(&host, 5, 12, 12, 2) | R | C);
		ck_assert(host_valid(&host, idx));
		ck_assert_uint_eq(guest_r(idx) & (R | C), R);
		ck_assert_uint_eq(host_pte(&host, idx).r & C, 0);
		ck_assert(dirty(5));
		ck_assert(!dirty(5));
		host_stop(&host);
	}
}
END_TEST

START_TEST(absent_entries_give_what_is_pending)
{
	uint64_t idx, out;

	setup(_i);
	idx = host_enter(&host, 7, 5);
	host_touch(&host, idx, R | C);
	host_unmap(&host, 5, 1);
	ck_assert_int_eq(host_entry(&host, idx).state, HPTP_ABSENT);
	ck_assert_int_eq(hptp_h_clear_ref(host.vcpu, 0, idx, &out), 0);
	ck_assert_uint_eq(out & (R | C), R | C);
	ck_assert_int_eq(hptp_h_clear_mod(host.vcpu, 0, idx, &out), 0);
	ck_assert_uint_eq(out & (R | C), C);
	ck_assert_uint_eq(guest_r(idx) & (R | C), 0);
	ck_assert(dirty(5));
	ck_assert_int_eq(hptp_age_range(host.slot, (hptp_off){ 5 }, 1, NULL), 1);
	host_stop(&host);
}
END_TEST

START_TEST(orphans_have_the_guests_own_bits)
{
	struct isa_va va = host_va(7, 12);
	uint64_t idx, out;

	setup(_i);
	host.page[5].present = false;
	ck_assert_int_eq(host_h_enter(&host, 0, host_idx(&host, &va, 0), host_v(&va, 12),
				      host_r(&host, 5, 12, 12, 2) | R | C, &idx),
			 0);
	ck_assert_int_eq(hptp_h_clear_ref(host.vcpu, 0, idx, &out), 0);
	ck_assert_uint_eq(out & (R | C), R | C);
	ck_assert_int_eq(hptp_h_clear_mod(host.vcpu, 0, idx, &out), 0);
	ck_assert_uint_eq(out, host_r(&host, 5, 12, 12, 2) | C);
	ck_assert_uint_eq(guest_r(idx), host_r(&host, 5, 12, 12, 2));
	ck_assert(!dirty(5)); /* the guest said so, no store was made */
	host_stop(&host);
}
END_TEST

/* A huge page's C stands for all its frames. */
START_TEST(a_huge_page_dirties_all_of_itself)
{
	uint64_t frames = (1ull << 24) >> host_kind(_i)->frame_shift, idx, out;
	static uint8_t map[HOST_FRAMES / 8];

	setup(_i);
	memset(map, 0, sizeof(map));
	for (unsigned i = 0; i < HOST_FRAMES; i++)
		host.page[i].shift = 24;
	idx = host_enter_size(&host, 3, 0x1000, 24, 24);
	ck_assert(host_valid(&host, idx));
	host_touch(&host, idx, R | C);
	ck_assert_int_eq(hptp_h_clear_mod(host.vcpu, 0, idx, &out), 0);
	ck_assert_int_eq(hptp_dirty_harvest(host.slot, (hptp_off){ 0 }, HOST_FRAMES, map, 0), 0);
	for (uint64_t i = 0; i < HOST_FRAMES; i++)
		ck_assert_int_eq(map[i >> 3] >> (i & 7) & 1, i >= 0x1000 && i < 0x1000 + frames);
	host_stop(&host);
}
END_TEST

START_TEST(free_entries_are_not_found_and_flags_are_ignored)
{
	uint64_t idx, out = 42, hash;

	setup(_i);
	idx = host_enter(&host, 7, 5);
	hash = host_table_hash(&host);
	ck_assert_int_eq(hptp_h_clear_ref(host.vcpu, 0, idx + 1, &out), HPTP_H_NOT_FOUND);
	ck_assert_int_eq(hptp_h_clear_mod(host.vcpu, 0, idx + 1, &out), HPTP_H_NOT_FOUND);
	ck_assert_uint_eq(out, 42);
	ck_assert_uint_eq(host_table_hash(&host), hash);
	ck_assert_int_eq(hptp_h_clear_ref(host.vcpu, ~0ull, idx, &out), 0);
	ck_assert_int_eq(hptp_h_clear_mod(host.vcpu, ~0ull, idx, &out), 0);
	host_assert_guest_r(&host, out);
	ck_assert_uint_eq(host_table_hash(&host), hash);
	host_stop(&host);
}
END_TEST

SUITE("clear", LOOP(clearing_r_keeps_it_for_the_host, HOST_KINDS),
      LOOP(clearing_c_keeps_it_for_the_log, HOST_KINDS),
      LOOP(absent_entries_give_what_is_pending, HOST_KINDS),
      LOOP(orphans_have_the_guests_own_bits, HOST_KINDS),
      LOOP(a_huge_page_dirties_all_of_itself, HOST_KINDS),
      LOOP(free_entries_are_not_found_and_flags_are_ignored, HOST_KINDS))
