// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Sparse arrays: chunks appear on demand, and every failed allocation is clean. */
#include "host.h"
#include "sparse.h"
#include "suite.h"

static struct host host;

/* 1000 elements of 16 bytes, 64 in a chunk of 1 KiB. */
#define N 1000u
#define ELEM 4u
#define CHUNK 10u

static void setup(struct hptp_sparse *s)
{
	host_start(&host, &(struct host_config){ .no_slot = true });
	ck_assert_int_eq(hptp_sparse_init(host.vm, s, N, ELEM, CHUNK), HPTP_OK);
}

static struct hptp_sparse *filled;

static struct hptp_sparse *where(struct hptp_vm *vm, uint64_t key, unsigned which, uint64_t *i)
{
	(void)vm, (void)which;
	*i = key;
	return filled;
}

static bool fill(struct hptp_sparse *s, uint64_t i)
{
	filled = s;
	return hptp_sparse_provide(host.vm, where, i, 0);
}

START_TEST(elements_appear_with_their_chunk_and_are_zero)
{
	struct hptp_sparse s;
	const uint8_t *p;

	setup(&s);
	ck_assert_uint_eq(hptp_sparse_per_chunk(&s), 64);
	for (unsigned i = 0; i < N; i++)
		ck_assert_ptr_null(hptp_sparse_at(&s, i));
	ck_assert(fill(&s, 130));
	for (unsigned i = 0; i < N; i++)
		ck_assert_int_eq(hptp_sparse_at(&s, i) != NULL, i >= 128 && i < 192);
	p = hptp_sparse_at(&s, 128);
	for (unsigned i = 0; i < 1024; i++)
		ck_assert_uint_eq(p[i], 0);
	hptp_sparse_free(host.vm, &s);
	host_stop(&host);
}
END_TEST

START_TEST(elements_do_not_overlap)
{
	struct hptp_sparse s;

	setup(&s);
	for (unsigned i = 0; i < N; i++) {
		uint64_t *e;

		ck_assert(fill(&s, i));
		e = hptp_sparse_at(&s, i);
		e[0] = i;
		e[1] = ~(uint64_t)i;
	}
	for (unsigned i = 0; i < N; i++) {
		const uint64_t *e = hptp_sparse_at(&s, i);

		ck_assert_uint_eq(e[0], i);
		ck_assert_uint_eq(e[1], ~(uint64_t)i);
	}
	hptp_sparse_free(host.vm, &s);
	host_stop(&host);
}
END_TEST

START_TEST(a_chunk_is_made_once)
{
	struct hptp_sparse s;
	unsigned long blocks;

	setup(&s);
	ck_assert(fill(&s, 7));
	blocks = host.blocks;
	ck_assert(fill(&s, 7));
	ck_assert(fill(&s, 63));
	ck_assert_uint_eq(host.blocks, blocks);
	hptp_sparse_free(host.vm, &s);
	host_stop(&host);
}
END_TEST

START_TEST(no_memory_for_a_chunk_changes_nothing)
{
	struct hptp_sparse s;

	setup(&s);
	host.fail_in = 1;
	ck_assert(!fill(&s, 7));
	ck_assert_ptr_null(hptp_sparse_at(&s, 7));
	ck_assert(fill(&s, 7));
	hptp_sparse_free(host.vm, &s);
	host_stop(&host);
}
END_TEST

static void forget(struct host *h)
{
	(void)h;
	filled = NULL;
}

/* It went while the memory was had, or before. */
START_TEST(a_chunk_that_nobody_wants_any_more_is_given_back)
{
	struct hptp_sparse s;
	unsigned long blocks;

	setup(&s);
	blocks = host.blocks;
	ck_assert(fill(NULL, 7));
	host.in_alloc = forget;
	ck_assert(fill(&s, 7));
	ck_assert_uint_eq(host.blocks, blocks);
	ck_assert_ptr_null(hptp_sparse_at(&s, 7));
	hptp_sparse_free(host.vm, &s);
	host_stop(&host);
}
END_TEST

/* Three directories; each of their allocations, and that of their list, fails once. */
START_TEST(no_memory_at_creation_leaves_nothing)
{
	struct hptp_sparse s = { 0 };
	unsigned long blocks;
	int error = HPTP_E_NOMEM;

	host_start(&host, &(struct host_config){ .no_slot = true });
	blocks = host.blocks;
	for (long k = 1; error; k++) {
		host.fail_in = k;
		error = hptp_sparse_init(host.vm, &s, 20000, 4, 4);
		if (!error)
			break;
		ck_assert_int_eq(error, HPTP_E_NOMEM);
		ck_assert_uint_eq(host.blocks, blocks);
		ck_assert_int_lt(k, 10);
	}
	host.fail_in = 0;
	hptp_sparse_free(host.vm, &s);
	hptp_sparse_free(host.vm, &s); /* of one that is free already: nothing */
	ck_assert_uint_eq(host.blocks, blocks);
	host_stop(&host);
}
END_TEST

START_TEST(too_large_an_array_is_refused)
{
	struct hptp_sparse s = { 0 };
	uint64_t dirs = 1ull << HPTP_DIR_SHIFT, per_dir = 1ull << HPTP_DIR_SHIFT;

	host_start(&host, &(struct host_config){ .no_slot = true });
	ck_assert_int_eq(hptp_sparse_init(host.vm, &s, dirs * per_dir + 1, 4, 4), HPTP_E_PARAM);
	host_stop(&host);
}
END_TEST

SUITE("sparse", CASE(elements_appear_with_their_chunk_and_are_zero), CASE(elements_do_not_overlap),
      CASE(a_chunk_is_made_once), CASE(no_memory_for_a_chunk_changes_nothing),
      CASE(a_chunk_that_nobody_wants_any_more_is_given_back),
      CASE(no_memory_at_creation_leaves_nothing), CASE(too_large_an_array_is_refused))
