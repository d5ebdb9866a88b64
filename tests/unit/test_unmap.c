// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Page-out of ranges: nothing stays valid, nothing of R and C is lost, one flush for many. */
#include "host.h"
#include "suite.h"

#include "vm.h"

#include <string.h>

#define RC 0x180ull

static struct host host;

static void setup(int kind)
{
	host_start(&host, host_kind(kind));
	host_map(&host, 0, HOST_FRAMES, true);
}

static int unmap(uint64_t off, uint64_t n, struct hptp_unmapped *result)
{
	struct hptp_window window;
	int error, ended;

	error = hptp_invalidate_begin(host.slot, (hptp_off){ off }, n, &window);
	if (error)
		return error;
	error = hptp_unmap_range(host.slot, (hptp_off){ off }, n, result);
	ended = hptp_invalidate_end(&window);
	return error ? error : ended;
}

START_TEST(entries_of_the_range_become_absent_and_only_those)
{
	uint64_t idx[30];

	setup(_i);
	for (unsigned k = 0; k < 30; k++)
		idx[k] = host_enter(&host, k, k);
	ck_assert_int_eq(unmap(10, 10, NULL), 0);
	for (unsigned k = 0; k < 30; k++) {
		bool inside = k >= 10 && k < 20;

		ck_assert_int_eq(host_valid(&host, idx[k]), !inside);
		ck_assert_int_eq(host_entry(&host, idx[k]).state,
				 inside ? HPTP_ABSENT : HPTP_VALID);
		ck_assert_uint_eq(host_entry(&host, idx[k]).guest, host_r(&host, k, 12, 12, 2));
		if (inside) {
			struct isa_va va = host_va(k, 12);

			ck_assert(host_was_flushed(&host, isa_rb(&va, 12, 0)));
		}
	}
	host_check(&host);
	host_stop(&host);
}
END_TEST

START_TEST(the_result_tells_what_was_found)
{
	uint8_t dirty[8] = { 0 };
	struct hptp_unmapped result = { .dirty = dirty };
	uint64_t idx;

	setup(_i);
	for (unsigned k = 0; k < 30; k++) {
		idx = host_enter(&host, k, k);
		if (k % 3 == 0)
			host_touch(&host, idx, 0x100);
		if (k % 5 == 0)
			host_touch(&host, idx, RC);
	}
	ck_assert_int_eq(unmap(8, 20, &result), 0);
	ck_assert_uint_eq(result.entries, 20);
	ck_assert_uint_eq(result.n_dirty, 4);  /* 10, 15, 20, 25 */
	ck_assert_uint_eq(result.n_young, 10); /* those and 9, 12, 18, 21, 24, 27 */
	for (unsigned i = 0; i < 64; i++)
		ck_assert_int_eq(dirty[i >> 3] >> (i & 7) & 1, i < 20 && (i + 8) % 5 == 0);
	memset(dirty, 0, sizeof(dirty));
	result = (struct hptp_unmapped){ .dirty = dirty };
	ck_assert_int_eq(unmap(8, 20, &result), 0);
	ck_assert_uint_eq(result.entries, 0);
	ck_assert_uint_eq(result.n_dirty, 0);
	host_stop(&host);
}
END_TEST

/* Hardware writes C back during the flush. */
START_TEST(late_c_is_found)
{
	uint8_t dirty[1] = { 0 };
	struct hptp_unmapped result = { .dirty = dirty };

	setup(_i);
	host.late_idx = host_enter(&host, 7, 5);
	host.late_rc = RC;
	ck_assert_int_eq(unmap(5, 1, &result), 0);
	ck_assert_uint_eq(dirty[0], 1);
	ck_assert_uint_eq(host_entry(&host, host.late_idx).guest & RC, RC);
	ck_assert_int_eq(hptp_age_range(host.slot, (hptp_off){ 5 }, 1, NULL), 1);
	host_stop(&host);
}
END_TEST

/* A huge page is in the set of its base: a range that begins inside it must find it. */
START_TEST(a_huge_page_that_begins_before_the_range)
{
	unsigned sizes[] = { 16, 24 };

	for (unsigned s = 0; s < 2; s++) {
		unsigned shift = sizes[s];
		uint64_t frames = (1ull << shift) >> host_kind(_i)->frame_shift;
		struct hptp_unmapped result = { 0 };
		uint64_t idx;

		setup(_i);
		for (unsigned i = 0; i < HOST_FRAMES; i++)
			host.page[i].shift = 24;
		idx = host_enter_size(&host, 3, 0x1000, shift, shift);
		ck_assert(host_valid(&host, idx));
		host_touch(&host, idx, RC);
		if (frames > 1) {
			ck_assert_int_eq(unmap(0x1000 + frames, 1, NULL), 0);
			ck_assert(host_valid(&host, idx));
		}
		ck_assert_int_eq(unmap(0x1000 + frames - 1, 1, &result), 0);
		ck_assert(!host_valid(&host, idx));
		ck_assert_uint_eq(result.entries, 1);
		ck_assert_uint_eq(result.n_dirty, frames);
		host_stop(&host);
	}
}
END_TEST

/* The slot begins where a large page could not, and before that there is nothing to look at. */
START_TEST(a_slot_that_begins_inside_a_large_page)
{
	struct isa_va va = host_va(1, 16);
	struct hptp_fault f = host_fault_for(&va, true);
	struct hptp_window window;
	uint64_t idx;

	host_start(&host, &(struct host_config){ .no_slot = true, .isa3 = _i });
	for (unsigned i = 0; i < HOST_FRAMES; i++)
		host.page[i].shift = 16;
	idx = host_enter_size(&host, 1, 16, 16, 16); /* no slot yet */
	ck_assert_int_eq(host_add_slot(&host, 0, 8, 56), 0);
	host.slot = host.slots[0].slot;
	host_map(&host, 8, 56, true);
	ck_assert_int_eq(host_fault(&host, &f), HPTP_RESUME);
	ck_assert(host_valid(&host, idx));
	ck_assert_int_eq(hptp_invalidate_begin(host.slot, (hptp_off){ 0 }, 56, &window), 0);
	ck_assert_int_eq(hptp_unmap_range(host.slot, (hptp_off){ 2 }, 6, NULL), 0);
	ck_assert(host_valid(&host, idx));
	ck_assert_int_eq(hptp_unmap_range(host.slot, (hptp_off){ 23 }, 1, NULL), 0);
	ck_assert(!host_valid(&host, idx));
	ck_assert_int_eq(hptp_invalidate_end(&window), 0);
	host_stop(&host);
}
END_TEST

/* So many entries of the huge page that its set is copied in pieces. */
START_TEST(a_huge_page_of_many_entries)
{
	uint64_t frames = (1ull << 24) >> host_kind(_i)->frame_shift, idx[200];
	struct hptp_unmapped result = { 0 };

	setup(_i);
	for (unsigned i = 0; i < HOST_FRAMES; i++)
		host.page[i].shift = 24;
	for (unsigned k = 0; k < 200; k++)
		idx[k] = host_enter_size(&host, k, 0x1000, 24, 24);
	ck_assert_int_eq(unmap(0x1000 + frames / 2, 1, &result), 0);
	ck_assert_uint_eq(result.entries, 200);
	for (unsigned k = 0; k < 200; k++)
		ck_assert(!host_valid(&host, idx[k]));
	host_stop(&host);
}
END_TEST

/* All entries of a frame go, however many; one flush serves many of them. */
START_TEST(aliases_by_the_hundred)
{
	struct hptp_unmapped result = { 0 };
	static uint64_t idx[600];

	setup(_i);
	for (unsigned k = 0; k < 600; k++)
		idx[k] = host_enter(&host, k, 5);
	host.calls[HOST_OP_tlb_flush] = 0;
	ck_assert_int_eq(unmap(5, 1, &result), 0);
	ck_assert_uint_eq(result.entries, 600);
	ck_assert_uint_le(host.calls[HOST_OP_tlb_flush], 600 / HPTP_BATCH + 8);
	for (unsigned k = 0; k < 600; k++) {
		ck_assert(!host_valid(&host, idx[k]));
		ck_assert_uint_eq(host_entry(&host, idx[k]).guest, host_r(&host, 5, 12, 12, 2));
	}
	host_check(&host);
	for (unsigned k = 0; k < 600; k += 7)
		ck_assert_int_eq(host_access(&host, k, true), HPTP_RESUME);
	host_check(&host);
	ck_assert_int_eq(unmap(5, 1, NULL), 0);
	for (unsigned k = 0; k < 600; k++)
		ck_assert(!host_valid(&host, idx[k]));
	host_stop(&host);
}
END_TEST

/*
 * Members that were copied and wait for their turn are removed by the guest, and their
 * places taken for another page: page-out must look again before it takes them.
 */
static uint64_t alias_idx[45];
static bool replaced[45];

static void replace_those_not_locked(struct host *h)
{
	for (unsigned k = 0; k < 45; k++) {
		uint64_t out[2], idx = alias_idx[k];
		struct isa_va va = host_va(k, 12);

		if (!host_valid(h, idx))
			continue; /* in transit */
		ck_assert_int_eq(hptp_h_remove(h->vcpu, 0, idx, 0, out), 0);
		ck_assert_int_eq(host_h_enter(h, HPTP_H_EXACT, idx, host_v(&va, 12),
					      host_r(h, 0x1009, 12, 12, 2), &idx),
				 0);
		replaced[k] = true;
	}
}

START_TEST(entries_that_became_another_pages_are_left_alone)
{
	unsigned left = 0;

	setup(_i);
	memset(replaced, 0, sizeof(replaced));
	for (unsigned k = 0; k < 45; k++)
		alias_idx[k] = host_enter(&host, k, 5);
	(void)host_enter(&host, 100, 0x1009);
	host.in_flush = replace_those_not_locked;
	ck_assert_int_eq(unmap(5, 1, NULL), 0);
	for (unsigned k = 0; k < 45; k++) {
		ck_assert_int_eq(host_valid(&host, alias_idx[k]), replaced[k]);
		left += replaced[k];
	}
	ck_assert_uint_ge(left, 45 - HPTP_BATCH);
	host_stop(&host);
}
END_TEST

/* Three of one frame; while page-out waits for the second, the third gets another page's. */
static void replace_the_third(struct host *h)
{
	struct hptp_hpte *second = &h->table.entries[alias_idx[1]];
	struct isa_va va = host_va(2, 12);
	uint64_t out[2];

	ck_assert_int_eq(hptp_h_remove(h->vcpu, 0, alias_idx[2], 0, out), 0);
	ck_assert_int_eq(host_h_enter(h, HPTP_H_EXACT, alias_idx[2], host_v(&va, 12),
				      host_r(h, 0x1009, 12, 12, 2), out),
			 0);
	hptp_dw_store_release(&second->v, hptp_dw_load(&second->v) & ~HPTP_V_HVLOCK);
}

START_TEST(an_entry_that_became_another_pages_while_one_was_waited_for)
{
	struct hptp_unmapped result = { 0 };
	struct hptp_hpte *second;

	setup(_i);
	for (unsigned k = 0; k < 3; k++)
		alias_idx[k] = host_enter(&host, k, 5);
	(void)host_enter(&host, 100, 0x1009);
	second = &host.table.entries[alias_idx[1]];
	hptp_dw_store(&second->v, hptp_dw_load(&second->v) | HPTP_V_HVLOCK);
	host.in_flush = replace_the_third;
	ck_assert_int_eq(unmap(5, 1, &result), 0);
	ck_assert_uint_eq(result.entries, 2);
	for (unsigned k = 0; k < 3; k++)
		ck_assert_int_eq(host_valid(&host, alias_idx[k]), k == 2);
	host_check(&host);
	host_stop(&host);
}
END_TEST

START_TEST(without_a_window_nothing_is_done)
{
	uint64_t idx;

	setup(0);
	idx = host_enter(&host, 7, 5);
	ck_assert_int_eq(hptp_unmap_range(host.slot, (hptp_off){ 5 }, 1, NULL), HPTP_E_WINDOW);
	ck_assert(host_valid(&host, idx));
	host_stop(&host);
}
END_TEST

START_TEST(bad_ranges_are_refused)
{
	static const struct {
		uint64_t off, n;
	} bad[] = { { 0, 0 },     { HOST_FRAMES, 1 }, { 0, HOST_FRAMES + 1 }, { 1, HOST_FRAMES },
		    { 5, ~0ull }, { ~0ull, 1 },       { ~0ull, ~0ull } };
	uint8_t map[4];

	setup(0);
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		hptp_off off = { bad[i].off };

		ck_assert_int_eq(hptp_unmap_range(host.slot, off, bad[i].n, NULL), HPTP_E_PARAM);
		ck_assert_int_eq(hptp_age_range(host.slot, off, bad[i].n, NULL), HPTP_E_PARAM);
		ck_assert_int_eq(hptp_test_age_range(host.slot, off, bad[i].n), HPTP_E_PARAM);
		ck_assert_int_eq(hptp_dirty_harvest(host.slot, off, bad[i].n, map, 0),
				 HPTP_E_PARAM);
	}
	ck_assert_int_eq(hptp_unmap_frame(host.slot, (hptp_off){ HOST_FRAMES }, NULL, NULL, NULL),
			 HPTP_E_PARAM);
	host_stop(&host);
}
END_TEST

/* The change comes when the frame is in no TLB any more, and inside the window. */
static void change(void *arg)
{
	uint64_t *idx = arg, late;

	ck_assert(!host_valid(&host, *idx));
	late = host_enter(&host, 9, 5);
	ck_assert(!host_valid(&host, late));
	*idx = late;
}

START_TEST(one_frame_in_one_call)
{
	struct hptp_unmapped result = { 0 };
	uint64_t idx;

	setup(_i);
	idx = host_enter(&host, 7, 5);
	ck_assert_int_eq(hptp_unmap_frame(host.slot, (hptp_off){ 5 }, change, &idx, &result), 0);
	ck_assert_uint_eq(result.entries, 1);
	ck_assert(!host_valid(&host, idx));
	ck_assert_int_eq(host_access(&host, 9, true), HPTP_RESUME);
	ck_assert(host_valid(&host, idx));
	ck_assert_int_eq(hptp_unmap_frame(host.slot, (hptp_off){ 5 }, NULL, NULL, NULL), 0);
	ck_assert(!host_valid(&host, idx));
	host_stop(&host);
}
END_TEST

/* The whole slot, with sets that need the look ahead and chunks that do not exist. */
START_TEST(all_of_a_large_slot)
{
	struct hptp_unmapped result = { 0 };

	setup(_i);
	for (unsigned k = 0; k < 1500; k++)
		(void)host_enter(&host, k, (k * 37) % HOST_FRAMES);
	for (unsigned k = 1500; k < 1600; k++)
		(void)host_enter(&host, k, 0x3fff);
	ck_assert_int_eq(unmap(0, HOST_FRAMES, &result), 0);
	ck_assert_uint_eq(result.entries, 1600);
	for (uint64_t i = 0; i < host.table.n; i++)
		ck_assert(!host_valid(&host, i));
	ck_assert_uint_eq(host_stats(&host).absent, 1600);
	ck_assert_uint_eq(host.n_events[HPTP_EV_ABSENT], 1600);
	host_stop(&host);
}
END_TEST

/* The hint that makes page-out look at a frame: there while an entry may be valid. */
START_TEST(frames_without_valid_entries_are_skipped)
{
	uint64_t idx[2], out[2];

	setup(_i);
	idx[0] = host_enter(&host, 7, 5);
	ck_assert_uint_ne(*hptp_slot_hint(host.slot, 5), 0);
	ck_assert_int_eq(unmap(5, 1, NULL), 0);
	ck_assert_uint_eq(*hptp_slot_hint(host.slot, 5), 0);
	ck_assert_int_eq(host_access(&host, 7, true), HPTP_RESUME);
	ck_assert_uint_ne(*hptp_slot_hint(host.slot, 5), 0);
	idx[1] = host_enter(&host, 8, 5);
	ck_assert_int_eq(hptp_h_remove(host.vcpu, 0, idx[0], 0, out), 0);
	ck_assert_uint_ne(*hptp_slot_hint(host.slot, 5), 0);
	ck_assert_int_eq(hptp_h_remove(host.vcpu, 0, idx[1], 0, out), 0);
	ck_assert_uint_eq(*hptp_slot_hint(host.slot, 5), 0);
	host_stop(&host);
}
END_TEST

/* A host with its own retry state has no windows of the library: it needs none to unmap. */
static bool own_retry_open(void *h, void *slot, hptp_off off, uint64_t n,
			   struct hptp_snapshot *snap)
{
	(void)h;
	(void)slot;
	(void)off;
	(void)n;
	snap->word[0] = 5;
	return true;
}

static unsigned own_checks;
static bool own_retry_check(void *h, void *slot, hptp_off off, uint64_t n,
			    const struct hptp_snapshot *snap)
{
	(void)h;
	(void)slot;
	(void)off;
	(void)n;
	ck_assert_uint_eq(snap->word[0], 5);
	return own_checks++ == 0;
}

START_TEST(a_host_with_its_own_retry_state)
{
	static const struct host_config defaults;
	struct hptp_config config;
	uint64_t idx;

	host_init(&host);
	host.ops.retry_begin = own_retry_open;
	host.ops.retry_check = own_retry_check;
	config = host_vm_config(&host, &defaults);
	host.frame_shift = 12;
	ck_assert_int_eq(hptp_vm_create(&config, &host.vm), 0);
	hptp_vm_table(host.vm, &host.table);
	ck_assert_int_eq(hptp_vcpu_create(host.vm, &host, &host.vcpu), 0);
	ck_assert_int_eq(host_add_slot(&host, 0, 0, HOST_FRAMES), 0);
	host.slot = host.slots[0].slot;
	host_map(&host, 0, 16, true);
	idx = host_enter(&host, 7, 5);
	ck_assert(!host_valid(&host, idx)); /* the first check said: invalidated */
	ck_assert_uint_eq(own_checks, 1);
	ck_assert_int_eq(host_access(&host, 7, true), HPTP_RESUME);
	ck_assert(host_valid(&host, idx));
	ck_assert_int_eq(hptp_unmap_range(host.slot, (hptp_off){ 5 }, 1, NULL), 0);
	ck_assert(!host_valid(&host, idx));
	host_stop(&host);
}
END_TEST

SUITE("unmap", LOOP(entries_of_the_range_become_absent_and_only_those, HOST_KINDS),
      LOOP(the_result_tells_what_was_found, HOST_KINDS), LOOP(late_c_is_found, HOST_KINDS),
      LOOP(a_huge_page_that_begins_before_the_range, HOST_KINDS),
      LOOP(a_slot_that_begins_inside_a_large_page, 2),
      LOOP(a_huge_page_of_many_entries, HOST_KINDS), LOOP(aliases_by_the_hundred, HOST_KINDS),
      LOOP(entries_that_became_another_pages_are_left_alone, HOST_KINDS),
      LOOP(an_entry_that_became_another_pages_while_one_was_waited_for, HOST_KINDS),
      CASE(without_a_window_nothing_is_done), CASE(bad_ranges_are_refused),
      LOOP(one_frame_in_one_call, HOST_KINDS), LOOP(all_of_a_large_slot, HOST_KINDS),
      LOOP(frames_without_valid_entries_are_skipped, HOST_KINDS),
      CASE(a_host_with_its_own_retry_state))
