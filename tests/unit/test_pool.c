// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The node pool: all or none, no node twice, bounded. */
#include "host.h"
#include "suite.h"
#include "vm.h"

static struct host host;

static void setup(void)
{
	host_start(&host, &(struct host_config){ .no_slot = true });
}

START_TEST(every_node_is_given_once)
{
	static bool taken[1 << 16];
	struct hptp_pool *pool;
	unsigned n = 0;
	uint32_t id;

	setup();
	pool = &host.vm->table.pool;
	ck_assert(hptp_pool_reserve(host.vm));
	while (hptp_pool_take(pool, &id, 1)) {
		ck_assert_uint_ne(id, 0);
		ck_assert_uint_lt(id, 1 << 16);
		ck_assert(!taken[id]);
		taken[id] = true;
		n++;
	}
	ck_assert_uint_ge(n, 1024);
	ck_assert_uint_eq(pool->used, n);
	for (id = 0; id < 1 << 16; id++)
		if (taken[id])
			hptp_pool_give(pool, id);
	ck_assert_uint_eq(pool->used, 0);
	host_stop(&host);
}
END_TEST

START_TEST(taking_is_all_or_none)
{
	struct hptp_pool *pool;
	uint32_t ids[16], last[16];
	unsigned n = 0, left = 0;

	setup();
	pool = &host.vm->table.pool;
	ck_assert(!hptp_pool_take(pool, ids, 1));
	ck_assert(hptp_pool_reserve(host.vm));
	while (hptp_pool_take(pool, ids, 16))
		n += 16;
	ck_assert_uint_eq(pool->used, n);
	while (hptp_pool_take(pool, &last[left], 1))
		ck_assert_uint_lt(left++, 16);
	ck_assert_uint_gt(left, 0); /* what was not enough for 16 is still there */
	host_stop(&host);
}
END_TEST

START_TEST(growth_is_bounded_and_survives_lack_of_memory)
{
	struct hptp_pool *pool;
	uint64_t chunks = 0;
	uint32_t id;

	setup();
	pool = &host.vm->table.pool;
	host.fail_in = 1;
	ck_assert(!hptp_pool_reserve(host.vm));
	ck_assert_uint_eq(pool->chunks, 0);
	while (hptp_pool_reserve(host.vm)) {
		ck_assert_uint_le(pool->chunks, chunks + 1);
		chunks = pool->chunks;
		while (hptp_pool_take(pool, &id, 1))
			;
	}
	ck_assert_uint_eq(chunks, pool->nodes.chunks);
	host_stop(&host);
}
END_TEST

START_TEST(a_reserve_that_is_there_costs_nothing)
{
	setup();
	ck_assert(hptp_pool_reserve(host.vm));
	host.may_fail = 0;
	ck_assert(hptp_pool_reserve(host.vm));
	ck_assert_uint_eq(host.may_fail, 0);
	host_stop(&host);
}
END_TEST

SUITE("pool", CASE(every_node_is_given_once), CASE(taking_is_all_or_none),
      CASE(growth_is_bounded_and_survives_lack_of_memory),
      CASE(a_reserve_that_is_there_costs_nothing))
