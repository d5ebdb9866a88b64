// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Aging: who was referenced is told once, wherever R was kept. */
#include "host.h"
#include "suite.h"

#include <string.h>

#define R 0x100ull
#define C 0x80ull

static struct host host;

static void setup(int kind)
{
	host_start(&host, host_kind(kind));
	host_map(&host, 0, HOST_FRAMES, true);
}

static int age(uint64_t off, uint64_t n, uint8_t *young)
{
	return hptp_age_range(host.slot, (hptp_off){ off }, n, young);
}

static int test_age(uint64_t off, uint64_t n)
{
	return hptp_test_age_range(host.slot, (hptp_off){ off }, n);
}

static uint64_t guest_rc(uint64_t idx)
{
	return host_entry(&host, idx).guest & (R | C);
}

START_TEST(a_reference_is_told_once_and_the_entry_stays_valid)
{
	struct isa_va va = host_va(7, 12);
	uint64_t idx;

	setup(_i);
	idx = host_enter(&host, 7, 5);
	ck_assert_int_eq(age(5, 1, NULL), 0);
	host_touch(&host, idx, R | C);
	ck_assert_int_eq(test_age(5, 1), 1);
	ck_assert_int_eq(test_age(5, 1), 1);
	ck_assert_int_eq(test_age(4, 1), 0);
	host.n_flushed = 0;
	ck_assert_int_eq(age(5, 1, NULL), 1);
	ck_assert(host_valid(&host, idx));
	ck_assert(host_was_flushed(&host, isa_rb(&va, 12, 0)));
	ck_assert_uint_eq(host_pte(&host, idx).r & (R | C), C);
	ck_assert_uint_eq(guest_rc(idx), R | C); /* the guest's R is its own */
	ck_assert_int_eq(test_age(5, 1), 0);
	ck_assert_int_eq(age(5, 1, NULL), 0);
	ck_assert_uint_eq(host_stats(&host).aged, 1);
	host_stop(&host);
}
END_TEST

/* From the entries one by one, or in one pass over the table: the same answer. */
START_TEST(ranges_of_every_size_give_the_same_answer)
{
	static const uint64_t ranges[] = { 1, 8, 9, 100, 1000, 3000, HOST_FRAMES };

	for (unsigned i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		static uint8_t young[HOST_FRAMES / 8];
		uint64_t n = ranges[i], off = (HOST_FRAMES - n) / 2;

		memset(young, 0, sizeof(young));
		setup(_i);
		for (uint64_t k = 0; k < 1500; k++) {
			uint64_t idx = host_enter(&host, k, k * 10);

			if (k % 2)
				host_touch(&host, idx, R);
			if (k % 3 == 0)
				host_unmap(&host, k * 10, 1);
		}
		(void)age(off, n, young);
		for (uint64_t g = 0; g < n; g++) {
			uint64_t k = (off + g) / 10;
			bool want = (off + g) % 10 == 0 && k < 1500 && k % 2;

			ck_assert_int_eq(young[g >> 3] >> (g & 7) & 1, want);
		}
		ck_assert_int_eq(age(off, n, NULL), 0);
		host_stop(&host);
	}
}
END_TEST

START_TEST(r_of_absent_and_of_removed_entries_counts)
{
	uint64_t idx, out[2];

	setup(_i);
	idx = host_enter(&host, 7, 5);
	host_touch(&host, idx, R);
	host_unmap(&host, 5, 1);
	ck_assert_int_eq(test_age(5, 1), 1);
	ck_assert_int_eq(age(5, 1, NULL), 1);
	ck_assert_uint_eq(guest_rc(idx), R);
	ck_assert_int_eq(age(5, 1, NULL), 0);
	host_map(&host, 5, 1, true);
	ck_assert_int_eq(host_access(&host, 7, false), HPTP_RESUME);
	host_touch(&host, idx, R);
	ck_assert_int_eq(hptp_h_remove(host.vcpu, 0, idx, 0, out), 0);
	ck_assert_int_eq(test_age(5, 1), 1);
	ck_assert_int_eq(age(0, HOST_FRAMES, NULL), 1);
	ck_assert_int_eq(test_age(0, HOST_FRAMES), 0);
	host_stop(&host);
}
END_TEST

/*
 * A huge page referenced anywhere is young in each of its frames that is asked for; after
 * its entry's end each frame remembers by itself.
 */
START_TEST(a_huge_page_is_young_as_a_whole)
{
	uint64_t frames = (1ull << 24) >> host_kind(_i)->frame_shift, idx, out[2];

	for (int removed = 0; removed < 3; removed++) {
		uint8_t young[2] = { 0 };

		setup(_i);
		for (unsigned i = 0; i < HOST_FRAMES; i++)
			host.page[i].shift = 24;
		idx = host_enter_size(&host, 3, 0x1000, 24, 24);
		ck_assert(host_valid(&host, idx));
		if (removed == 2) /* not the last entry of the page */
			(void)host_enter_size(&host, 4, 0x1000, 24, 24);
		host_touch(&host, idx, R);
		if (removed)
			ck_assert_int_eq(hptp_h_remove(host.vcpu, 0, idx, 0, out), 0);
		ck_assert_int_eq(test_age(0x1000 + frames, 4), 0);
		ck_assert_int_eq(test_age(0x1000 + frames - 4, 8), 1);
		ck_assert_int_eq(age(0x1000 + frames - 4, 8, young), 1);
		ck_assert_uint_eq(young[0], 0x0f);
		ck_assert_int_eq(age(0x1000 + frames - 4, 8, NULL), 0);
		ck_assert_int_eq(age(0x1000, 1, NULL), removed != 0);
		host_stop(&host);
	}
}
END_TEST

/* More than a batch of operands are flushed in several sequences. */
START_TEST(many_young_aliases)
{
	setup(_i);
	for (unsigned k = 0; k < 100; k++)
		host_touch(&host, host_enter(&host, k, 5), R);
	host.n_flushed = 0;
	host.calls[HOST_OP_tlb_flush] = 0;
	ck_assert_int_eq(age(5, 1, NULL), 1);
	ck_assert_uint_eq(host.n_flushed, 100);
	ck_assert_uint_eq(host.calls[HOST_OP_tlb_flush], (100 + HPTP_BATCH - 1) / HPTP_BATCH);
	ck_assert_int_eq(age(5, 1, NULL), 0);
	host_stop(&host);
}
END_TEST

SUITE("age", LOOP(a_reference_is_told_once_and_the_entry_stays_valid, HOST_KINDS),
      LOOP(ranges_of_every_size_give_the_same_answer, HOST_KINDS),
      LOOP(r_of_absent_and_of_removed_entries_counts, HOST_KINDS),
      LOOP(a_huge_page_is_young_as_a_whole, HOST_KINDS), LOOP(many_young_aliases, HOST_KINDS))
