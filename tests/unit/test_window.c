// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Invalidation windows against a list of ranges: a window over a frame of the range is
 * always noticed; one elsewhere need not be, and as a rule is not.
 */
#include "host.h"
#include "retry.h"
#include "suite.h"
#include "window.h"

#include <string.h>

static struct host host;

/* Ranges of one frame up to the whole address space, so that each level is taken. */
static void random_range(uint64_t *first, uint64_t *last)
{
	unsigned bits = (unsigned)(rnd() % 48);

	*first = rnd() >> (16 + rnd() % 40);
	*last = *first + rnd() % (1ull << bits);
}

START_TEST(an_open_window_is_seen_by_every_range_it_meets)
{
	static struct hptp_windows w;
	uint64_t sum;

	for (int i = 0; i < 20000; i++) {
		uint64_t a, b, c, d;

		random_range(&a, &b);
		random_range(&c, &d);
		if (rnd() & 1)
			c = a + rnd() % (b - a + 1), d = c + (d - c) % 100000;
		hptp_windows_open(&w, a, b);
		if (c <= b && a <= d)
			require(!hptp_windows_sum(&w, c, d, &sum));
		hptp_windows_close(&w, a, b);
		require(hptp_windows_sum(&w, c, d, &sum));
	}
}
END_TEST

START_TEST(a_window_that_came_and_went_changes_the_sum)
{
	static struct hptp_windows w;

	for (int i = 0; i < 20000; i++) {
		uint64_t a, b, before, after;

		random_range(&a, &b);
		require(hptp_windows_sum(&w, a, b, &before));
		hptp_windows_open(&w, a, b);
		hptp_windows_close(&w, a, b);
		require(hptp_windows_sum(&w, b, b, &after));
		require(hptp_windows_sum(&w, a, b, &after));
		require(before != after);
	}
}
END_TEST

START_TEST(windows_nest_and_overlap)
{
	static struct hptp_windows w;
	uint64_t sum;

	hptp_windows_open(&w, 10, 20);
	hptp_windows_open(&w, 15, 200);
	hptp_windows_open(&w, 10, 20);
	hptp_windows_close(&w, 10, 20);
	ck_assert(!hptp_windows_sum(&w, 12, 12, &sum));
	hptp_windows_close(&w, 10, 20);
	ck_assert(!hptp_windows_sum(&w, 20, 20, &sum));
	hptp_windows_close(&w, 15, 200);
	ck_assert(hptp_windows_sum(&w, 0, 300, &sum));
}
END_TEST

/* Range-aware: of 1000 frames far away few share a word with an open window. */
START_TEST(windows_elsewhere_rarely_disturb)
{
	static struct hptp_windows w;
	unsigned disturbed = 0;
	uint64_t sum;

	hptp_windows_open(&w, 0x123450, 0x123453);
	for (uint64_t i = 0; i < 1000; i++)
		disturbed += !hptp_windows_sum(&w, 0x200000 + 16 * i, 0x200000 + 16 * i, &sum);
	ck_assert_uint_lt(disturbed, 10);
	hptp_windows_close(&w, 0x123450, 0x123453);
}
END_TEST

START_TEST(retry_check_tells_of_windows_since_the_snapshot)
{
	struct hptp_snapshot snap;
	struct hptp_window window;

	host_start(&host, NULL);
	ck_assert(hptp_retry_begin(host.slot, 5, 2, &snap));
	ck_assert(!hptp_retry_check(host.slot, 5, 2, &snap));
	ck_assert_int_eq(hptp_invalidate_begin(host.slot, (hptp_off){ 6 }, 1, &window), HPTP_OK);
	ck_assert(hptp_retry_check(host.slot, 5, 2, &snap));
	ck_assert(!hptp_retry_begin(host.slot, 5, 2, &snap));
	ck_assert_int_eq(hptp_invalidate_end(&window), HPTP_OK);
	ck_assert(hptp_retry_begin(host.slot, 5, 2, &snap));
	ck_assert(!hptp_retry_check(host.slot, 5, 2, &snap));
	host_stop(&host);
}
END_TEST

START_TEST(bad_ranges_and_unbalanced_ends_are_named)
{
	struct hptp_window window, never;

	memset(&never, 0, sizeof(never));
	host_start(&host, NULL);
	ck_assert_int_eq(hptp_invalidate_begin(host.slot, (hptp_off){ 0 }, 0, &window),
			 HPTP_E_PARAM);
	ck_assert_int_eq(hptp_invalidate_begin(host.slot, (hptp_off){ HOST_FRAMES }, 1, &window),
			 HPTP_E_PARAM);
	ck_assert_int_eq(hptp_invalidate_begin(host.slot, (hptp_off){ 1 }, HOST_FRAMES, &window),
			 HPTP_E_PARAM);
	ck_assert_int_eq(hptp_invalidate_begin(host.slot, (hptp_off){ 1 }, ~0ull, &window),
			 HPTP_E_PARAM);
	ck_assert_int_eq(hptp_invalidate_begin(host.slot, (hptp_off){ 0 }, HOST_FRAMES, &window),
			 HPTP_OK);
	ck_assert_int_eq(hptp_invalidate_end(&window), HPTP_OK);
	ck_assert_int_eq(hptp_invalidate_end(&window), HPTP_E_STATE);
	ck_assert_int_eq(hptp_invalidate_end(&never), HPTP_E_STATE);
	host_stop(&host);
}
END_TEST

SUITE("window", CASE(an_open_window_is_seen_by_every_range_it_meets),
      CASE(a_window_that_came_and_went_changes_the_sum), CASE(windows_nest_and_overlap),
      CASE(windows_elsewhere_rarely_disturb), CASE(retry_check_tells_of_windows_since_the_snapshot),
      CASE(bad_ranges_and_unbalanced_ends_are_named))
