// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* hptp_check() finds each invariant that is broken here by hand; the iterator misses nothing. */
#include "host.h"
#include "suite.h"

#include "rmap.h"
#include "vm.h"

static struct host host;
static uint64_t valid, absent, orphan, unused;

/* Raw dwords, big-endian in memory. */
static void poke(uint64_t idx, unsigned dword, uint64_t set, uint64_t clear)
{
	uint8_t *p = (uint8_t *)&host.table.entries[idx] + 8 * dword;

	for (unsigned i = 0; i < 8; i++) {
		p[i] |= (uint8_t)(set >> (56 - 8 * i));
		p[i] &= (uint8_t) ~(clear >> (56 - 8 * i));
	}
}

static uint32_t *word_of(uint64_t gfn)
{
	return hptp_set_word(host.slot, gfn);
}

static void join(uint64_t gfn, uint64_t idx)
{
	struct hptp_rmap_locked l = hptp_rmap_lock(word_of(gfn));

	require(hptp_rmap_add(host.vm, &l, hptp_record(host.slot, gfn), idx) != HPTP_PLACE_NONE);
	hptp_rmap_unlock(&l);
}

static void locked(void)
{
	poke(unused, 0, 0x40, 0);
}

static void valid_and_absent(void)
{
	poke(valid, 0, 0x20, 0);
}

static void member_missing(void)
{
	struct hptp_rmap_locked l = hptp_rmap_lock(word_of(1));

	(void)hptp_rmap_del(&l, hptp_view_place(hptp_view(&host.vm->table, valid)));
	hptp_rmap_unlock(&l);
}

static void absent_member_missing(void)
{
	struct hptp_rmap_locked l = hptp_rmap_lock(word_of(2));

	(void)hptp_rmap_del(&l, hptp_view_place(hptp_view(&host.vm->table, absent)));
	hptp_rmap_unlock(&l);
}

static void tag_in_view(void)
{
	*hptp_view(&host.vm->table, valid) |= 1ull << 62;
}

static void another_place_in_view(void)
{
	*hptp_view(&host.vm->table, valid) ^= 1ull << 57;
}

static void frame_not_hinted(void)
{
	*hptp_slot_hint(host.slot, 1) = 0;
}

static void more_rights_than_the_guest(void)
{
	*hptp_view(&host.vm->table, valid) |= 3;
}

static void something_in_a_free_entry(void)
{
	poke(unused, 1, 0x1000, 0);
}

static void something_in_an_absent_entry(void)
{
	poke(absent, 1, 0x1000, 0);
}

static void wrong_count(void)
{
	*word_of(1) += HPTP_SET_MEMBER;
}

static void stranger_in_a_set(void)
{
	join(1, orphan);
}

static void record_locked(void)
{
	*word_of(5) |= HPTP_SET_LOCK;
}

static void frame_without_a_record(void)
{
	*hptp_view(&host.vm->table, valid) = 0x3000000 | 0x12; /* in the slot, never entered */
}

static void frame_without_a_slot(void)
{
	*hptp_view(&host.vm->table, valid) = 0x7000000000 | 0x12;
}

/* Sets with more members than their records have places. */
enum { LARGE = 10, OTHER = 11, MEMBERS = 5 };
static uint64_t in_vector[2]; /* a member of each that is in its vector */

static uint32_t *spot(uint64_t idx)
{
	return hptp_spot(&host.vm->table, idx);
}

static uint32_t *leaf_word(uint64_t idx)
{
	return &hptp_pool_node(&host.vm->table.pool, *spot(idx) >> 3)->w[*spot(idx) & 7];
}

static void another_index_in_a_leaf(void)
{
	*leaf_word(in_vector[0]) = (uint32_t)orphan;
}

static void another_word_in_a_spot(void)
{
	*spot(in_vector[0]) ^= 1;
}

static void no_word_in_a_spot(void)
{
	*spot(in_vector[0]) = 0;
}

static void no_node_in_a_spot(void)
{
	*spot(in_vector[0]) = ~7u;
}

/* Each is where its spot says, and in the other's set. */
static void members_in_each_others_vectors(void)
{
	uint32_t at = *spot(in_vector[0]);

	*spot(in_vector[0]) = *spot(in_vector[1]);
	*spot(in_vector[1]) = at;
	for (unsigned i = 0; i < 2; i++)
		*leaf_word(in_vector[i]) = (uint32_t)in_vector[i];
}

static void stranger_in_a_vector(void)
{
	join(LARGE, orphan);
}

static void member_of_another_frame(void)
{
	join(2, valid);
}

static void member_twice(void)
{
	join(1, valid);
}

static void entry_beyond_the_table(void)
{
	join(1, host.table.n);
}

static const struct {
	void (*damage)(void);
	unsigned invariant;
	const char *what; /* NULL: the invariant says it */
} cases[] = {
	{ locked, 1, NULL },
	{ valid_and_absent, 1, NULL },
	{ record_locked, 1, NULL },
	{ member_missing, 2, "a linked entry is in no set" },
	{ absent_member_missing, 2, "a linked entry is in no set" },
	{ another_index_in_a_leaf, 2, "a linked entry is in no set" },
	{ another_word_in_a_spot, 2, "a linked entry is in no set" },
	{ no_word_in_a_spot, 2, "a linked entry is in no set" },
	{ no_node_in_a_spot, 2, "a linked entry is in no set" },
	{ members_in_each_others_vectors, 2, "a set names an entry of another frame" },
	{ member_of_another_frame, 2, "a set names an entry of another frame" },
	{ frame_without_a_record, 2, NULL },
	{ frame_without_a_slot, 2, NULL },
	{ tag_in_view, 3, NULL },
	{ another_place_in_view, 3, NULL },
	{ frame_not_hinted, 4, NULL },
	{ more_rights_than_the_guest, 5, NULL },
	{ something_in_a_free_entry, 6, NULL },
	{ something_in_an_absent_entry, 6, NULL },
	{ wrong_count, 7, "a set's count is wrong" },
	{ stranger_in_a_set, 7, "a set names an entry that is not linked" },
	{ stranger_in_a_vector, 7, "a set names an entry that is not linked" },
	{ entry_beyond_the_table, 7, "a set names an entry beyond the table" },
	{ member_twice, 7, "members and linked entries are not as many" },
};
#define N_CASES ((int)(sizeof(cases) / sizeof(cases[0])))

static void setup(void)
{
	host_start(&host, NULL);
	host_map(&host, 0, 2, true);
	valid = host_enter(&host, 7, 1);
	host_map(&host, 2, 1, true);
	absent = host_enter(&host, 8, 2);
	host_unmap(&host, 2, 1);
	orphan = host_enter(&host, 9, 3);
	unused = valid + 1;
	host_map(&host, LARGE, 2, true);
	for (unsigned i = 0; i < 2 * MEMBERS; i++)
		in_vector[i & 1] = host_enter(&host, 20 + i, LARGE + (i & 1));
	host_check(&host);
}

/* The damage stays, so the VM is left as it is; the process ends here. */
START_TEST(each_broken_invariant_is_found)
{
	struct hptp_check_result result;

	setup();
	cases[_i].damage();
	ck_assert_int_eq(hptp_check(host.vm, &result), HPTP_E_CHECK);
	ck_assert_uint_eq(result.invariant, cases[_i].invariant);
	ck_assert_ptr_nonnull(result.what);
	if (cases[_i].what)
		ck_assert_str_eq(result.what, cases[_i].what);
	ck_assert_int_eq(hptp_check(host.vm, NULL), HPTP_E_CHECK);
}
END_TEST

START_TEST(a_whole_vm_is_whole)
{
	struct hptp_check_result result;

	setup();
	ck_assert_int_eq(hptp_check(host.vm, NULL), 0);
	ck_assert_int_eq(hptp_check(host.vm, &result), 0);
	ck_assert_uint_eq(result.invariant, 0);
	host_stop(&host);
}
END_TEST

/* A membership that is gone is reported to the host, and the call ends well. */
START_TEST(a_broken_set_is_reported_as_a_bug)
{
	uint64_t out[2];

	setup();
	member_missing();
	ck_assert_uint_eq(host.bugs, 0);
	ck_assert_int_eq(hptp_h_remove(host.vcpu, 0, valid, 0, out), 0);
	ck_assert_uint_eq(host.bugs, 1);
	ck_assert_ptr_nonnull(host.bug);
}
END_TEST

START_TEST(without_a_bug_callback_nothing_is_called)
{
	uint64_t out[2];

	setup();
	host.ops.bug = NULL;
	member_missing();
	ck_assert_int_eq(hptp_h_remove(host.vcpu, 0, valid, 0, out), 0);
	ck_assert_uint_eq(host.bugs, 0);
}
END_TEST

START_TEST(the_iterator_visits_each_entry_once)
{
	struct hptp_entry e;
	uint64_t n = 0, next = 0, last = 0;

	host_start(&host, host_kind(_i));
	host_map(&host, 0, 300, true);
	for (unsigned k = 0; k < 300; k++)
		(void)host_enter(&host, k * 7, k);
	host_unmap(&host, 100, 50);
	while (hptp_entry_next(host.vm, next, &e)) {
		ck_assert(!n || e.idx.n > last);
		ck_assert_int_eq(e.state, e.guest >> host.frame_shift >= 100 &&
							  e.guest >> host.frame_shift < 150 ?
						  HPTP_ABSENT :
						  HPTP_VALID);
		ck_assert_int_eq(e.real != 0, e.state == HPTP_VALID);
		host_assert_guest_v(e.v);
		host_assert_guest_r(&host, e.guest);
		last = e.idx.n;
		next = last + 1;
		n++;
	}
	ck_assert_uint_eq(n, 300);
	ck_assert(!hptp_entry_next(host.vm, host.table.n, &e));
	ck_assert(!hptp_entry_next(host.vm, ~0ull, &e));
	host_stop(&host);
}
END_TEST

SUITE("check", LOOP(each_broken_invariant_is_found, N_CASES), CASE(a_whole_vm_is_whole),
      CASE(a_broken_set_is_reported_as_a_bug), CASE(without_a_bug_callback_nothing_is_called),
      LOOP(the_iterator_visits_each_entry_once, HOST_KINDS))
