// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Sets of the reverse map, from one member to thousands, against an array of booleans. */
#include "host.h"
#include "link.h"
#include "suite.h"
#include "vm.h"

#include <string.h>

#define INDICES 16384u

static struct host host;
static uint32_t *word, *rec;
static bool in_set[INDICES];
static unsigned char place[INDICES]; /* of those that are in the set */
static unsigned in_set_n;

/* The record of a 4K frame holds fewer members than that of a 64K frame. */
static void setup_order(int kind, unsigned order)
{
	host_start(&host, &(struct host_config){ .frame_shift = kind ? 16 : 12, .order = order });
	ck_assert(hptp_slot_provide(host.vm, 0, HPTP_SLOT_RECORDS));
	ck_assert(hptp_slot_provide(host.vm, 0, HPTP_SLOT_WORDS));
	word = hptp_set_word(host.slot, 0);
	rec = hptp_record(host.slot, 0);
	memset(in_set, 0, sizeof(in_set));
	in_set_n = 0;
}

static void setup(int kind)
{
	setup_order(kind, 18);
}

/* False: there is no node, or no spot. */
static bool try_add(uint32_t idx)
{
	struct hptp_rmap_locked l = hptp_rmap_lock(word);
	unsigned at = hptp_rmap_add(host.vm, &l, rec, idx);

	hptp_rmap_unlock(&l);
	if (at == HPTP_PLACE_NONE)
		return false;
	require(at == HPTP_PLACE_VECTOR || (at < hptp_rmap_room(host.vm) && rec[at] == idx));
	place[idx] = (unsigned char)at;
	in_set[idx] = true;
	in_set_n++;
	return true;
}

static void add(uint32_t idx)
{
	while (!try_add(idx))
		require(hptp_link_prepare(host.vm, 0, idx));
}

/* What is in no set is looked for in the vector, where it is not either. */
static void del(uint32_t idx)
{
	struct hptp_rmap_locked l = hptp_rmap_lock(word);

	if (in_set[idx] && place[idx] != HPTP_PLACE_VECTOR) {
		require(hptp_rmap_del(&l, place[idx]));
		require(!hptp_rmap_del(&l, place[idx]));
	} else {
		uint32_t now = hptp_rmap_del_vector(host.vm, l.word, rec, idx);

		require((now != HPTP_SET_LOCK) == in_set[idx]);
		if (in_set[idx])
			l.word = now;
	}
	hptp_rmap_unlock(&l);
	in_set_n -= in_set[idx];
	in_set[idx] = false;
}

static void compare(void)
{
	static unsigned char copied[INDICES];
	struct hptp_rmap_locked l = hptp_rmap_lock(word);
	uint64_t cursor = 0, total = 0;
	uint32_t out[HPTP_RMAP_COPY];

	memset(copied, 0, sizeof(copied));
	ck_assert_uint_eq(hptp_rmap_count(l.word), in_set_n);
	while (cursor != HPTP_RMAP_DONE) {
		unsigned n = hptp_rmap_copy(host.vm, l.word, rec, &cursor, out, HPTP_RMAP_COPY);

		require(n <= HPTP_RMAP_COPY);
		for (unsigned i = 0; i < n; i++) {
			require(out[i] < INDICES);
			require(in_set[out[i]]);
			total += !copied[out[i]];
			copied[out[i]] = 1;
		}
	}
	ck_assert_uint_eq(total, in_set_n);
	for (uint32_t i = 0; i < INDICES; i += 1 + i % 7)
		require(hptp_rmap_find(host.vm, l.word, rec, i) ==
			(in_set[i] ? place[i] : HPTP_PLACE_NONE));
	hptp_rmap_unlock(&l);
}

/* White box: the sets here are of no entry, so they must be empty when the VM is checked. */
static void finish(void)
{
	for (uint32_t i = 0; i < INDICES; i++)
		if (in_set[i])
			del(i);
	compare();
	ck_assert_uint_eq(host.vm->table.pool.used, 0);
	ck_assert_uint_eq(*word, 0);
	host_stop(&host);
}

static const unsigned sizes[] = { 1,  2,  3,  4,  5,  9,  10, 11,  15,  16,
				  17, 30, 31, 32, 33, 48, 64, 100, 500, 5000 };
#define N_SIZES 20

/* Grow to a size by random members, shrink to half, grow again. */
START_TEST(sets_of_every_size)
{
	unsigned size = sizes[_i / 2];

	setup(_i & 1);
	for (int round = 0; round < 3; round++) {
		while (in_set_n < size) {
			uint32_t idx = rnd() % INDICES;

			if (!in_set[idx])
				add(idx);
			if (size <= 100 || !(in_set_n % 100))
				compare();
		}
		while (in_set_n > size / 2)
			del(rnd() % INDICES);
		compare();
	}
	finish();
}
END_TEST

START_TEST(members_join_and_leave_at_random)
{
	setup(_i & 1);
	for (int i = 0; i < 60000; i++) {
		uint32_t idx = rnd() % (_i & 2 ? INDICES : 40);

		if (in_set[idx] || rnd() % 3 == 0)
			del(idx);
		else
			add(idx);
		if (i % 500 == 0)
			compare();
	}
	finish();
}
END_TEST

/* The page-out contract: who stays while the set changes under a walk is seen by it. */
START_TEST(a_member_that_stays_is_copied_while_others_come_and_go)
{
	setup(_i);
	for (int round = 0; round < 30; round++) {
		static bool stays[INDICES], seen[INDICES];
		uint64_t cursor = 0;

		while (in_set_n < 400) {
			uint32_t idx = (uint32_t)(rnd() % INDICES);

			if (!in_set[idx])
				add(idx);
		}
		for (uint32_t i = 0; i < INDICES; i++) {
			stays[i] = in_set[i] && (i & 1);
			seen[i] = false;
		}
		while (cursor != HPTP_RMAP_DONE) {
			struct hptp_rmap_locked l = hptp_rmap_lock(word);
			uint32_t out[HPTP_RMAP_COPY];
			unsigned n =
				hptp_rmap_copy(host.vm, l.word, rec, &cursor, out, HPTP_RMAP_COPY);

			hptp_rmap_unlock(&l);
			for (unsigned i = 0; i < n; i++)
				seen[out[i]] = true;
			for (int i = 0; i < 40; i++) {
				uint32_t idx = rnd() % INDICES & ~1u;

				if (in_set[idx])
					del(idx);
				else
					add(idx);
			}
		}
		for (uint32_t i = 0; i < INDICES; i++)
			require(!stays[i] || seen[i]);
		compare();
	}
	finish();
}
END_TEST

START_TEST(removing_a_stranger_changes_nothing)
{
	setup(_i);
	for (uint32_t i = 0; i < 200; i++) {
		add(i);
		del(8000 + i);
		compare();
	}
	finish();
}
END_TEST

/* Without spots a set does not grow beyond its record, and is what it was. */
START_TEST(no_spot_leaves_the_set_as_it_was)
{
	unsigned n = 0;

	setup(_i);
	for (uint32_t i = 0; i < 5000; i++) {
		n += !try_add(i);
		if (i < 64)
			compare();
	}
	compare();
	ck_assert_uint_eq(n, 5000 - hptp_rmap_room(host.vm));
	finish();
}
END_TEST

/* Nodes run out in the middle of what one addition needs: all or nothing. */
START_TEST(few_nodes_leave_the_set_as_it_was)
{
	static uint32_t drained[1 << 16];

	for (unsigned left = 0; left < 12; left++) {
		struct hptp_pool *pool;
		unsigned n = 0;
		bool added = true;

		setup(_i);
		pool = &host.vm->table.pool;
		for (uint32_t idx = 0; idx < 80; idx += 2)
			add(idx * 100);
		while (hptp_pool_take(pool, &drained[n], 1))
			n++;
		for (unsigned i = 0; i < left; i++)
			hptp_pool_give(pool, drained[--n]);
		for (uint32_t idx = 1; added; idx += 2) {
			added = try_add(idx);
			compare();
		}
		while (n)
			hptp_pool_give(pool, drained[--n]);
		finish();
	}
}
END_TEST

/* More than the word can count: it says many as long as they are so many. */
START_TEST(more_members_than_are_counted)
{
	struct hptp_rmap_locked l;
	uint32_t n = HPTP_SET_MANY + 100, in_record = 0;

	setup_order(_i, 20);
	for (uint32_t idx = 0; idx < n; idx++) {
		ck_assert(hptp_link_prepare(host.vm, 0, idx));
		l = hptp_rmap_lock(word);
		require(hptp_rmap_add(host.vm, &l, rec, idx) != HPTP_PLACE_NONE);
		hptp_rmap_unlock(&l);
		require(hptp_rmap_count(*word) == (idx < HPTP_SET_MANY ? idx + 1 : HPTP_SET_MANY));
	}
	ck_assert_uint_eq(*word & HPTP_SET_VECTOR, HPTP_SET_VECTOR);
	l = hptp_rmap_lock(word);
	/* Out of the record and in again, while nobody knows how many there are. */
	require(hptp_rmap_del(&l, 0) && hptp_rmap_add(host.vm, &l, rec, 0) == 0);
	for (uint32_t idx = 0; idx < n; idx++) {
		unsigned at = hptp_rmap_find(host.vm, l.word, rec, idx);
		uint32_t left = n - (idx - in_record);

		require(at != HPTP_PLACE_NONE);
		require(hptp_rmap_count(l.word) == (left < HPTP_SET_MANY ? left : HPTP_SET_MANY));
		if (at == HPTP_PLACE_VECTOR)
			l.word = hptp_rmap_del_vector(host.vm, l.word, rec, idx);
		else
			in_record++;
		require(l.word != HPTP_SET_LOCK);
	}
	ck_assert_uint_eq(in_record, hptp_rmap_room(host.vm));
	ck_assert_uint_eq(hptp_rmap_count(l.word), in_record);
	for (unsigned at = 0; at < in_record; at++)
		ck_assert(hptp_rmap_del(&l, at));
	hptp_rmap_unlock(&l);
	finish();
}
END_TEST

START_TEST(the_lock_excludes)
{
	struct hptp_rmap_locked l;

	setup(_i);
	l = hptp_rmap_lock(word);
	ck_assert_uint_eq(*word & HPTP_SET_LOCK, HPTP_SET_LOCK);
	hptp_rmap_unlock(&l);
	ck_assert_uint_eq(*word & HPTP_SET_LOCK, 0);
	finish();
}
END_TEST

SUITE("rmap", LOOP(sets_of_every_size, 2 * N_SIZES), LOOP(members_join_and_leave_at_random, 4),
      LOOP(a_member_that_stays_is_copied_while_others_come_and_go, 2),
      LOOP(removing_a_stranger_changes_nothing, 2), LOOP(no_spot_leaves_the_set_as_it_was, 2),
      LOOP(few_nodes_leave_the_set_as_it_was, 2), LOOP(more_members_than_are_counted, 2),
      LOOP(the_lock_excludes, 2))
