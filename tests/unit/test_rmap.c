// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Sets of the reverse map, from one member to thousands, against an array of booleans. */
#include "host.h"
#include "rmap.h"
#include "suite.h"
#include "vm.h"

#include <string.h>

#define INDICES 16384u

static struct host host;
static struct hptp_record *rec;
static bool in_set[INDICES];
static unsigned in_set_n;

/* The record of a 4K frame holds fewer members than that of a 64K frame. */
static void setup(int kind, uint64_t seed)
{
	host_start(&host, &(struct host_config){ .frame_shift = kind ? 16 : 12, .seed = seed });
	ck_assert(hptp_slot_provide(host.vm, 0, HPTP_SLOT_RECORDS));
	rec = hptp_record(host.slot, 0);
	memset(in_set, 0, sizeof(in_set));
	in_set_n = 0;
}

static void add(uint32_t idx)
{
	struct hptp_rmap_locked l = hptp_rmap_lock(rec);

	while (!hptp_rmap_add(host.vm, &l, idx)) {
		hptp_rmap_unlock(&l);
		require(hptp_pool_reserve(host.vm));
		l = hptp_rmap_lock(rec);
	}
	hptp_rmap_unlock(&l);
	in_set[idx] = true;
	in_set_n++;
}

static void del(uint32_t idx)
{
	struct hptp_rmap_locked l = hptp_rmap_lock(rec);

	require(hptp_rmap_del(host.vm, &l, idx) == in_set[idx]);
	hptp_rmap_unlock(&l);
	in_set_n -= in_set[idx];
	in_set[idx] = false;
}

static void compare(void)
{
	static unsigned char copied[INDICES];
	struct hptp_rmap_locked l = hptp_rmap_lock(rec);
	uint64_t cursor = 0, total = 0;
	uint32_t out[HPTP_RMAP_COPY];

	memset(copied, 0, sizeof(copied));
	ck_assert_uint_eq(hptp_rmap_count(l.word), in_set_n);
	while (cursor != HPTP_RMAP_DONE) {
		unsigned n = hptp_rmap_copy(host.vm, &l, &cursor, out, HPTP_RMAP_COPY);

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
		require(hptp_rmap_has(host.vm, &l, i) == in_set[i]);
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
	ck_assert_uint_eq(rec->word, 0);
	host_stop(&host);
}

static const unsigned sizes[] = { 1,  2,  3,  4,  5,  9,  10, 11,  15,  16,
				  17, 30, 31, 32, 33, 48, 64, 100, 500, 5000 };
#define N_SIZES 20

/* Grow to a size by random members, shrink to half, grow again. */
START_TEST(sets_of_every_size)
{
	unsigned size = sizes[_i / 2];

	setup(_i & 1, 1 + (uint64_t)_i * 0x9e3779b97f4a7c15);
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
	setup(_i & 1, 42);
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
	setup(_i, 7);
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
			struct hptp_rmap_locked l = hptp_rmap_lock(rec);
			uint32_t out[HPTP_RMAP_COPY];
			unsigned n = hptp_rmap_copy(host.vm, &l, &cursor, out, HPTP_RMAP_COPY);

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
	setup(_i, 3);
	for (uint32_t i = 0; i < 200; i++) {
		add(i);
		del(8000 + i);
		compare();
	}
	finish();
}
END_TEST

/* Without nodes a set does not grow, and is what it was. */
START_TEST(no_node_leaves_the_set_as_it_was)
{
	struct hptp_rmap_locked l;
	unsigned n = 0;

	setup(_i, 5);
	for (uint32_t i = 0; i < 5000; i++) {
		l = hptp_rmap_lock(rec);
		if (hptp_rmap_add(host.vm, &l, i)) {
			in_set[i] = true;
			in_set_n++;
		} else {
			n++;
		}
		hptp_rmap_unlock(&l);
		if (i < 64)
			compare();
	}
	compare();
	ck_assert_uint_gt(n, 0);
	finish();
}
END_TEST

/* Nodes run out in the middle of what one addition needs: all or nothing. */
START_TEST(few_nodes_leave_the_set_as_it_was)
{
	static uint32_t drained[1 << 16];

	for (unsigned left = 0; left < 12; left++) {
		struct hptp_pool *pool;
		struct hptp_rmap_locked l;
		unsigned n = 0;
		bool added = true;

		setup(_i, left);
		pool = &host.vm->table.pool;
		for (uint32_t idx = 0; idx < 80; idx += 2)
			add(idx * 100);
		while (hptp_pool_take(pool, &drained[n], 1))
			n++;
		for (unsigned i = 0; i < left; i++)
			hptp_pool_give(pool, drained[--n]);
		for (uint32_t idx = 1; added; idx += 2) {
			l = hptp_rmap_lock(rec);
			added = hptp_rmap_add(host.vm, &l, idx);
			hptp_rmap_unlock(&l);
			in_set_n += added;
			in_set[idx] = added;
			compare();
		}
		while (n)
			hptp_pool_give(pool, drained[--n]);
		finish();
	}
}
END_TEST

START_TEST(a_full_count_is_refused)
{
	struct hptp_rmap_locked l;

	setup(_i, 5);
	l = hptp_rmap_lock(rec);
	l.word |= HPTP_REC_MEMBERS | HPTP_REC_TRIE;
	ck_assert(!hptp_rmap_add(host.vm, &l, 1));
	l.word &= ~(HPTP_REC_MEMBERS | HPTP_REC_TRIE);
	hptp_rmap_unlock(&l);
	finish();
}
END_TEST

START_TEST(the_lock_excludes)
{
	struct hptp_rmap_locked l;

	setup(_i, 5);
	l = hptp_rmap_lock(rec);
	ck_assert_uint_eq(rec->word & HPTP_REC_LOCK, HPTP_REC_LOCK);
	hptp_rmap_unlock(&l);
	ck_assert_uint_eq(rec->word & HPTP_REC_LOCK, 0);
	finish();
}
END_TEST

SUITE("rmap", LOOP(sets_of_every_size, 2 * N_SIZES), LOOP(members_join_and_leave_at_random, 4),
      LOOP(a_member_that_stays_is_copied_while_others_come_and_go, 2),
      LOOP(removing_a_stranger_changes_nothing, 2), LOOP(no_node_leaves_the_set_as_it_was, 2),
      LOOP(few_nodes_leave_the_set_as_it_was, 2), LOOP(a_full_count_is_refused, 2),
      LOOP(the_lock_excludes, 2))
