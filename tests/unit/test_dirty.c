// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The dirty log: every store is reported, by whichever way its C left the entry. */
#include "host.h"
#include "suite.h"

#include <string.h>

#define RC 0x180ull

static struct host host;
static uint8_t dirty_log[HOST_FRAMES / 8], got[HOST_FRAMES / 8];

static void setup(int kind)
{
	memset(dirty_log, 0, sizeof(dirty_log));
	host_start(&host, host_kind(kind));
	host_map(&host, 0, HOST_FRAMES, true);
	ck_assert_int_eq(hptp_dirty_start(host.slot, dirty_log, sizeof(dirty_log)), 0);
}

static unsigned harvest(uint64_t off, uint64_t n, unsigned flags)
{
	unsigned count = 0;

	memset(got, 0, sizeof(got));
	ck_assert_int_eq(hptp_dirty_harvest(host.slot, (hptp_off){ off }, n, got, flags), 0);
	for (uint64_t i = 0; i < n; i++)
		count += got[i >> 3] >> (i & 7) & 1;
	for (uint64_t i = n; i < HOST_FRAMES; i++)
		require((got[i >> 3] >> (i & 7) & 1) == 0);
	return count;
}

static bool has(uint64_t i)
{
	return got[i >> 3] >> (i & 7) & 1;
}

START_TEST(c_is_reported_once_and_the_entry_stays_valid)
{
	uint64_t idx;

	setup(_i);
	idx = host_enter(&host, 7, 5);
	ck_assert_uint_eq(harvest(0, HOST_FRAMES, 0), 0);
	host_touch(&host, idx, RC);
	ck_assert_uint_eq(harvest(0, HOST_FRAMES, 0), 1);
	ck_assert(has(5));
	ck_assert(host_valid(&host, idx));
	ck_assert_uint_eq(host_entry(&host, idx).guest & RC, RC);
	ck_assert_uint_eq(host_pte(&host, idx).r & 0x80, 0);
	ck_assert_uint_eq(harvest(0, HOST_FRAMES, 0), 0);
	host_touch(&host, idx, RC);
	ck_assert_uint_eq(harvest(5, 1, 0), 1);
	host_stop(&host);
}
END_TEST

/* No vCPU runs: a C that is still in a TLB must come out by this call. */
START_TEST(pending_c_is_reported_when_the_vcpus_stand)
{
	setup(_i);
	host.late_idx = host_enter(&host, 7, 5);
	host.late_rc = RC;
	ck_assert_uint_eq(harvest(0, HOST_FRAMES, 0), 0);
	ck_assert_uint_eq(harvest(0, HOST_FRAMES, HPTP_HARVEST_STOPPED), 1);
	ck_assert(has(5));
	ck_assert_uint_eq(harvest(0, HOST_FRAMES, HPTP_HARVEST_STOPPED), 0);
	host_stop(&host);
}
END_TEST

/* By every way an entry can change or end, the store is found afterwards. */
static void by_remove(uint64_t idx)
{
	ck_assert_int_eq(hptp_h_remove(host.vcpu, 0, idx, 0, (uint64_t[2]){ 0 }), 0);
}

static void by_page_out(uint64_t idx)
{
	(void)idx;
	host_unmap(&host, 5, 1);
}

static void by_page_out_and_remove(uint64_t idx)
{
	by_page_out(idx);
	by_remove(idx);
}

static void by_page_out_and_refault(uint64_t idx)
{
	(void)idx;
	host_unmap(&host, 5, 1);
	ck_assert_int_eq(host_access(&host, 7, false), HPTP_RESUME);
}

static void by_clear_mod(uint64_t idx)
{
	ck_assert_int_eq(hptp_h_clear_mod(host.vcpu, 0, idx, &(uint64_t){ 0 }), 0);
}

static void by_protect(uint64_t idx)
{
	ck_assert_int_eq(hptp_h_protect(host.vcpu, 3, idx, 0), 0);
}

static void by_remove_and_enter(uint64_t idx)
{
	by_remove(idx);
	(void)host_enter(&host, 7, 5);
}

static void by_age(uint64_t idx)
{
	(void)idx;
	ck_assert_int_eq(hptp_age_range(host.slot, (hptp_off){ 5 }, 1, NULL), 1);
}

static void by_move(uint64_t idx)
{
	(void)idx;
	host.slots[0].base = 0;
	ck_assert_int_eq(hptp_slot_move(&host.slots[0].slot, (hptp_gfn){ 0x100000 }), 0);
	host.slot = host.slots[0].slot;
}

static void by_reset(uint64_t idx)
{
	(void)idx;
	ck_assert_int_eq(hptp_vm_reset(host.vm, 18), 0);
}

static void by_resize(uint64_t idx)
{
	(void)idx;
	ck_assert_int_gt(hptp_resize_prepare(host.vm, 0, 19, 0), 0);
	while (hptp_resize_step(host.vm, 0) == HPTP_E_AGAIN)
		;
	ck_assert_int_eq(hptp_resize_commit(host.vm, 0, 19, NULL), 0);
	hptp_vm_table(host.vm, &host.table);
}

/* A stream writes another entry in its place. */
static void by_stream(uint64_t idx)
{
	struct hptp_stream_header h = { (uint32_t)idx, 0, 1 };
	struct hptp_stream_written w = { 0 };

	ck_assert_int_eq(hptp_stream_write(host.vm, &h, sizeof(h), &w), 0);
}

static void (*const ways[])(uint64_t idx) = {
	by_remove,
	by_page_out,
	by_page_out_and_remove,
	by_page_out_and_refault,
	by_clear_mod,
	by_protect,
	by_remove_and_enter,
	by_age,
	by_move,
	by_reset,
	by_resize,
	by_stream,
};
#define N_WAYS 12

START_TEST(no_way_out_loses_c)
{
	for (int kind = 0; kind < HOST_KINDS; kind++) {
		uint64_t idx;

		setup(kind);
		idx = host_enter(&host, 7, 5);
		host_touch(&host, idx, RC);
		ways[_i](idx);
		ck_assert_uint_eq(harvest(0, HOST_FRAMES, 0), 1);
		ck_assert(has(5));
		ck_assert_uint_eq(harvest(0, HOST_FRAMES, HPTP_HARVEST_STOPPED), 0);
		host_stop(&host);
	}
}
END_TEST

/* Whatever ends or changes the entry of a huge page, all frames of it are told of. */
START_TEST(all_of_a_huge_page_wherever_it_goes)
{
	for (int kind = 0; kind < HOST_KINDS; kind++) {
		uint64_t frames = (1ull << 24) >> host_kind(kind)->frame_shift, idx;

		setup(kind);
		for (unsigned i = 0; i < HOST_FRAMES; i++)
			host.page[i].shift = 24;
		idx = host_enter_size(&host, 3, 0x1000, 24, 24);
		host.late_idx = idx; /* written, and the TLB tells of it at the flush */
		host.late_rc = RC;
		if (_i == 0)
			by_remove(idx);
		else if (_i == 1)
			by_clear_mod(idx);
		else if (_i == 2)
			host_unmap(&host, 0x1000 + frames / 2, 1);
		else
			by_protect(idx);
		ck_assert_uint_eq(harvest(0, HOST_FRAMES, 0), frames);
		ck_assert(has(0x1000) && has(0x1000 + frames - 1));
		host_stop(&host);
	}
}
END_TEST

/* What of a huge page lies outside the range stays in the log for a later harvest. */
START_TEST(the_rest_of_a_huge_page_comes_later)
{
	uint64_t frames = (1ull << 24) >> host_kind(_i)->frame_shift, idx;

	setup(_i);
	for (unsigned i = 0; i < HOST_FRAMES; i++)
		host.page[i].shift = 24;
	idx = host_enter_size(&host, 3, 0x1000, 24, 24);
	host_touch(&host, idx, RC);
	ck_assert_uint_eq(harvest(0x1003, 2, 0), 2);
	ck_assert_uint_eq(harvest(0x1003, 2, 0), 0);
	ck_assert_uint_eq(harvest(0, HOST_FRAMES, 0), frames - 2);
	ck_assert(has(0x1000) && !has(0x1003) && !has(0x1004) && has(0x1000 + frames - 1));
	host_stop(&host);
}
END_TEST

START_TEST(ranges_of_every_size_give_the_same_answer)
{
	static const uint64_t ranges[] = { 1, 7, 64, 900, 1024, HOST_FRAMES };

	for (unsigned i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		uint64_t n = ranges[i], off = (HOST_FRAMES - n) / 2;

		setup(_i);
		for (uint64_t k = 0; k < 1500; k++) {
			uint64_t idx = host_enter(&host, k, k * 10);

			if (k % 2)
				host_touch(&host, idx, RC);
			if (k % 3 == 0)
				host_unmap(&host, k * 10, 1);
			if (k % 5 == 0)
				by_remove(idx);
		}
		(void)harvest(off, n, i & 1 ? HPTP_HARVEST_STOPPED : 0);
		for (uint64_t g = 0; g < n; g++)
			require(has(g) == ((off + g) % 10 == 0 && (off + g) / 10 < 1500 &&
					   (off + g) / 10 % 2));
		ck_assert_uint_eq(harvest(off, n, 0), 0);
		host_stop(&host);
	}
}
END_TEST

START_TEST(the_hosts_own_stores)
{
	setup(_i);
	hptp_dirty_mark(host.slot, (hptp_off){ 3 }, 2);
	hptp_dirty_mark(host.slot, (hptp_off){ HOST_FRAMES - 1 }, 100); /* the rest is ignored */
	hptp_dirty_mark(host.slot, (hptp_off){ HOST_FRAMES }, 1);
	hptp_dirty_mark(host.slot, (hptp_off){ 8 }, 0);
	ck_assert_uint_eq(harvest(0, HOST_FRAMES, 0), 3);
	ck_assert(has(3) && has(4) && has(HOST_FRAMES - 1));
	host_stop(&host);
}
END_TEST

START_TEST(starting_and_stopping)
{
	uint64_t idx;

	setup(0);
	ck_assert_int_eq(hptp_dirty_start(host.slot, dirty_log, sizeof(dirty_log)), HPTP_E_STATE);
	idx = host_enter(&host, 7, 5);
	ck_assert_int_eq(hptp_dirty_stop(host.slot), 0);
	ck_assert_int_eq(hptp_dirty_stop(host.slot), HPTP_E_STATE);
	host_touch(&host, idx, RC);
	by_remove(idx);
	for (unsigned i = 0; i < sizeof(dirty_log); i++)
		require(dirty_log[i] == 0); /* the caller's again */
	ck_assert_int_eq(hptp_dirty_start(host.slot, NULL, sizeof(dirty_log)), HPTP_E_PARAM);
	ck_assert_int_eq(hptp_dirty_start(host.slot, dirty_log, sizeof(dirty_log) - 1),
			 HPTP_E_PARAM);
	ck_assert_int_eq(hptp_dirty_start(host.slot, dirty_log, sizeof(dirty_log)), 0);
	host_stop(&host);
}
END_TEST

START_TEST(a_harvest_without_a_log_reports_the_entries)
{
	setup(0);
	ck_assert_int_eq(hptp_dirty_stop(host.slot), 0);
	host_touch(&host, host_enter(&host, 7, 5), RC);
	ck_assert_uint_eq(harvest(0, HOST_FRAMES, 0), 1);
	ck_assert_int_eq(hptp_dirty_harvest(host.slot, (hptp_off){ 0 }, 1, NULL, 0), HPTP_E_PARAM);
	ck_assert_int_eq(hptp_dirty_harvest(host.slot, (hptp_off){ 0 }, 1, got, 4), HPTP_E_PARAM);
	ck_assert_int_eq(hptp_dirty_harvest(host.slot, (hptp_off){ 0 }, 1, got,
					    HPTP_HARVEST_FORGET),
			 HPTP_E_PARAM);
	host_stop(&host);
}
END_TEST

START_TEST(one_flush_for_many)
{
	setup(_i);
	for (unsigned k = 0; k < 320; k++)
		host_touch(&host, host_enter(&host, k, k), RC);
	host.calls[HOST_OP_tlb_flush] = 0;
	ck_assert_uint_eq(harvest(0, 512, 0), 320);
	ck_assert_uint_eq(host.calls[HOST_OP_tlb_flush], 320 / HPTP_BATCH);
	host_stop(&host);
}
END_TEST

static void forget(uint64_t off, uint64_t n)
{
	ck_assert_int_eq(
		hptp_dirty_harvest(host.slot, (hptp_off){ off }, n, NULL, HPTP_HARVEST_FORGET), 0);
}

/* Written before the log started, by way of valid and absent entries and of the log. */
START_TEST(a_log_that_starts_clean)
{
	uint64_t idx[300];

	setup(_i);
	for (unsigned k = 0; k < 300; k++) {
		idx[k] = host_enter(&host, k, k);
		host_touch(&host, idx[k], RC);
		if (k % 3 == 1)
			host_unmap(&host, k, 1);
		if (k % 3 == 2)
			by_remove(idx[k]);
	}
	host.calls[HOST_OP_tlb_flush] = 0;
	forget(0, HOST_FRAMES);
	ck_assert_uint_eq(host.calls[HOST_OP_tlb_flush], (100 + HPTP_BATCH - 1) / HPTP_BATCH);
	ck_assert_uint_eq(harvest(0, HOST_FRAMES, HPTP_HARVEST_STOPPED), 0);
	/* The guest's own C stays, and so does what comes after. */
	ck_assert_uint_eq(host_entry(&host, idx[0]).guest & RC, RC);
	host_touch(&host, idx[3], RC);
	ck_assert_int_eq(host_access(&host, 4, true), HPTP_RESUME);
	host_touch(&host, idx[4], RC);
	ck_assert_uint_eq(harvest(0, HOST_FRAMES, 0), 2);
	ck_assert(has(3) && has(4));
	host_stop(&host);
}
END_TEST

/* A store that is still in a TLB when the log starts clean is reported, rather than lost. */
START_TEST(a_late_c_after_a_clean_start)
{
	setup(_i);
	host.late_idx = host_enter(&host, 7, 5);
	host.late_rc = RC;
	forget(0, HOST_FRAMES);
	ck_assert_uint_eq(harvest(0, HOST_FRAMES, HPTP_HARVEST_STOPPED), 1);
	ck_assert(has(5));
	host_stop(&host);
}
END_TEST

START_TEST(forgetting_a_part_of_a_huge_page)
{
	uint64_t frames = (1ull << 24) >> host_kind(_i)->frame_shift;

	setup(_i);
	for (unsigned i = 0; i < HOST_FRAMES; i++)
		host.page[i].shift = 24;
	host_touch(&host, host_enter_size(&host, 3, 0x1000, 24, 24), RC);
	forget(0x1003, 2);
	ck_assert_uint_eq(harvest(0, HOST_FRAMES, 0), frames - 2);
	ck_assert(has(0x1002) && !has(0x1003) && !has(0x1004) && has(0x1005));
	host_stop(&host);
}
END_TEST

/* Every frame once, in whatever order and size the ranges come, huge pages across them. */
START_TEST(range_by_range)
{
	uint64_t frames = (1ull << 24) >> host_kind(_i)->frame_shift, total = 0;

	setup(_i);
	for (uint64_t k = 0; k < 900; k++) {
		uint64_t idx = host_enter(&host, k, k * 3);

		if (k % 2)
			host_touch(&host, idx, RC);
		if (k % 5 == 1)
			host_unmap(&host, k * 3, 1);
	}
	for (unsigned i = 0; i < HOST_FRAMES; i++)
		host.page[i].shift = 24;
	for (uint64_t k = 0; k < 2; k++)
		host_touch(&host, host_enter_size(&host, 3 + k, 0x1000 + k * frames, 24, 24), RC);
	for (uint64_t at = HOST_FRAMES; at;) {
		uint64_t n = at < 777 ? at : 777;

		at -= n;
		total += harvest(at, n, 0);
		for (uint64_t i = 0; i < n; i++) {
			bool small = (at + i) % 3 == 0 && (at + i) / 3 < 900 && (at + i) / 3 % 2;
			bool huge = at + i >= 0x1000 && at + i < 0x1000 + 2 * frames;

			require(has(i) == (small || huge));
		}
	}
	ck_assert_uint_eq(total, 450 + 2 * frames);
	ck_assert_uint_eq(harvest(0, HOST_FRAMES, HPTP_HARVEST_STOPPED), 0);
	host_stop(&host);
}
END_TEST

/* Pages that are pinned for good are logged like others; their C is flushed out as well. */
START_TEST(pinned_pages)
{
	struct host_config config = { .pinned = true };
	uint64_t idx, out[2];

	memset(dirty_log, 0, sizeof(dirty_log));
	host_start(&host, &config);
	ck_assert_int_eq(hptp_dirty_start(host.slot, dirty_log, sizeof(dirty_log)), 0);
	idx = host_enter(&host, 7, 5);
	host_touch(&host, idx, RC);
	ck_assert_uint_eq(harvest(0, HOST_FRAMES, 0), 1);
	ck_assert(has(5));
	host.late_idx = idx;
	host.late_rc = RC;
	ck_assert_uint_eq(harvest(0, HOST_FRAMES, HPTP_HARVEST_STOPPED), 1);
	ck_assert(host_valid(&host, idx));
	host_touch(&host, idx, RC);
	forget(0, HOST_FRAMES);
	ck_assert_uint_eq(harvest(0, HOST_FRAMES, HPTP_HARVEST_STOPPED), 0);
	host_touch(&host, idx, RC);
	ck_assert_int_eq(hptp_h_remove(host.vcpu, 0, idx, 0, out), 0);
	hptp_dirty_mark(host.slot, (hptp_off){ 6 }, 1);
	ck_assert_uint_eq(harvest(0, HOST_FRAMES, 0), 2);
	ck_assert(has(5) && has(6));
	host_stop(&host);
}
END_TEST

SUITE("dirty", LOOP(c_is_reported_once_and_the_entry_stays_valid, HOST_KINDS),
      LOOP(pending_c_is_reported_when_the_vcpus_stand, HOST_KINDS),
      LOOP(no_way_out_loses_c, N_WAYS), LOOP(all_of_a_huge_page_wherever_it_goes, 4),
      LOOP(the_rest_of_a_huge_page_comes_later, HOST_KINDS),
      LOOP(ranges_of_every_size_give_the_same_answer, HOST_KINDS),
      LOOP(the_hosts_own_stores, HOST_KINDS), CASE(starting_and_stopping),
      CASE(a_harvest_without_a_log_reports_the_entries), LOOP(a_log_that_starts_clean, HOST_KINDS),
      LOOP(a_late_c_after_a_clean_start, HOST_KINDS),
      LOOP(forgetting_a_part_of_a_huge_page, HOST_KINDS), LOOP(range_by_range, HOST_KINDS),
      CASE(pinned_pages), LOOP(one_flush_for_many, HOST_KINDS))
