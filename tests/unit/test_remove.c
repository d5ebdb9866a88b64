// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* H_REMOVE and H_BULK_REMOVE. */
#include "host.h"
#include "suite.h"

#include <string.h>

#define REQUEST 0x4000000000000000ull
#define ANDCOND 0x0100000000000000ull
#define AVPN 0x0200000000000000ull
#define END 0xc000000000000000ull
#define RC 0x180ull

static struct host host;

static void setup(int kind)
{
	host_start(&host, host_kind(kind));
	host_map(&host, 0, HOST_FRAMES, true);
}

/* An entry in each state: valid, absent and in its set, absent and in none. */
enum kind { VALID, ABSENT, ORPHAN };

static uint64_t make(enum kind kind, uint64_t page, uint64_t gfn)
{
	uint64_t idx;

	host.page[gfn].present = kind != ORPHAN;
	idx = host_enter(&host, page, gfn);
	if (kind == ABSENT)
		host_unmap(&host, gfn, 1);
	ck_assert_int_eq(host_entry(&host, idx).state, kind == VALID  ? HPTP_VALID :
						       kind == ABSENT ? HPTP_ABSENT :
									HPTP_ORPHAN);
	return idx;
}

START_TEST(what_was_entered_comes_back_in_every_state)
{
	for (enum kind kind = VALID; kind <= ORPHAN; kind++) {
		struct isa_va va = host_va(7, 12);
		uint64_t idx, out[8];

		setup(_i);
		idx = make(kind, 7, 5);
		ck_assert_int_eq(hptp_h_remove(host.vcpu, 0, idx, 0, out), 0);
		ck_assert_uint_eq(out[0], host_v(&va, 12) | 1);
		ck_assert_uint_eq(out[1], host_r(&host, 5, 12, 12, 2));
		ck_assert_int_eq(hptp_h_remove(host.vcpu, 0, idx, 0, out), HPTP_H_NOT_FOUND);
		/* both dwords are gone: no host address stays in a free entry */
		ck_assert_uint_eq(host.table.entries[idx].v.be, 0);
		ck_assert_uint_eq(host.table.entries[idx].r.be, 0);
		host_stop(&host);
	}
}
END_TEST

/* AVPN and ANDCOND, with software bits and R: present and absent answer alike. */
START_TEST(conditions_tell_nothing_of_paging)
{
	static const uint64_t and_masks[] = { 1, 2, 4, 8, 0x10, 0x20, 0x40, 0x60, 0x7e };

	for (unsigned m = 0; m < sizeof(and_masks) / sizeof(and_masks[0]); m++) {
		long answer[3], with_avpn[3];

		for (enum kind kind = VALID; kind <= ORPHAN; kind++) {
			struct isa_va va = host_va(7, 12);
			uint64_t idx, out[2];

			setup(_i);
			idx = make(kind, 7, 5);
			with_avpn[kind] = hptp_h_remove(host.vcpu, HPTP_H_AVPN, idx,
							host_v(&va, 12) ^ and_masks[m] << 7, out);
			answer[kind] =
				hptp_h_remove(host.vcpu, HPTP_H_ANDCOND, idx, and_masks[m], out);
			host_stop(&host);
		}
		ck_assert_int_eq(answer[VALID], answer[ABSENT]);
		ck_assert_int_eq(answer[VALID], answer[ORPHAN]);
		ck_assert_int_eq(answer[VALID], and_masks[m] & 1 ? HPTP_H_NOT_FOUND : 0);
		for (enum kind kind = VALID; kind <= ORPHAN; kind++)
			ck_assert_int_eq(with_avpn[kind], HPTP_H_NOT_FOUND);
	}
}
END_TEST

START_TEST(a_condition_that_fails_changes_nothing)
{
	for (enum kind kind = VALID; kind <= ORPHAN; kind++) {
		struct isa_va va = host_va(7, 12);
		uint64_t idx, hash, out[2] = { 1, 2 };

		setup(_i);
		idx = make(kind, 7, 5);
		hash = host_table_hash(&host);
		host.n_flushed = 0;
		ck_assert_int_eq(hptp_h_remove(host.vcpu, HPTP_H_AVPN, idx, host_v(&va, 12) + 0x80,
					       out),
				 HPTP_H_NOT_FOUND);
		/* B is part of the comparison */
		ck_assert_int_eq(hptp_h_remove(host.vcpu, HPTP_H_AVPN, idx,
					       host_v(&va, 12) & ~(1ull << 62), out),
				 HPTP_H_NOT_FOUND);
		ck_assert_int_eq(hptp_h_remove(host.vcpu, HPTP_H_ANDCOND, idx, host_v(&va, 12),
					       out),
				 HPTP_H_NOT_FOUND);
		ck_assert_uint_eq(host_table_hash(&host), hash);
		ck_assert_uint_eq(host.n_flushed, 0);
		ck_assert_uint_eq(out[0], 1);
		ck_assert_uint_eq(out[1], 2);
		ck_assert_int_eq(hptp_h_remove(host.vcpu, HPTP_H_AVPN | HPTP_H_ANDCOND, idx,
					       host_v(&va, 12), out),
				 HPTP_H_NOT_FOUND);
		ck_assert_int_eq(hptp_h_remove(host.vcpu, HPTP_H_AVPN, idx, host_v(&va, 12), out),
				 0);
		host_stop(&host);
	}
}
END_TEST

/* R and C that hardware writes back during the flush are in the answer and in the log. */
START_TEST(late_r_and_c_are_not_lost)
{
	uint8_t log[HOST_FRAMES / 8] = { 0 }, dirty[1] = { 0 };
	uint64_t idx, out[8], args[8] = { 0 };

	for (int bulk = 0; bulk < 2; bulk++) {
		memset(log, 0, sizeof(log));
		setup(_i);
		ck_assert_int_eq(hptp_dirty_start(host.slot, log, sizeof(log)), 0);
		idx = make(VALID, 7, 5);
		host.late_idx = idx;
		host.late_rc = RC;
		if (bulk) {
			args[0] = REQUEST | idx;
			args[2] = END;
			ck_assert_int_eq(hptp_h_bulk_remove(host.vcpu, args), 0);
			ck_assert_uint_eq(args[0], 0x8c00000000000000 | idx);
		} else {
			ck_assert_int_eq(hptp_h_remove(host.vcpu, 0, idx, 0, out), 0);
			ck_assert_uint_eq(out[1] & RC, RC);
		}
		ck_assert_int_eq(hptp_test_age_range(host.slot, (hptp_off){ 5 }, 1), 1);
		ck_assert_int_eq(hptp_age_range(host.slot, (hptp_off){ 5 }, 1, NULL), 1);
		ck_assert_int_eq(hptp_age_range(host.slot, (hptp_off){ 5 }, 1, NULL), 0);
		dirty[0] = 0;
		ck_assert_int_eq(hptp_dirty_harvest(host.slot, (hptp_off){ 0 }, 8, dirty, 0), 0);
		ck_assert_uint_eq(dirty[0], 1 << 5);
		ck_assert_int_eq(hptp_dirty_stop(host.slot), 0);
		host_stop(&host);
	}
}
END_TEST

/* What an absent entry still held of R and C is in the answer too. */
START_TEST(r_and_c_of_an_absent_entry_come_along)
{
	uint64_t idx, out[2];

	setup(_i);
	idx = make(VALID, 7, 5);
	host_touch(&host, idx, RC);
	host_unmap(&host, 5, 1);
	ck_assert_int_eq(hptp_h_remove(host.vcpu, 0, idx, 0, out), 0);
	ck_assert_uint_eq(out[1] & RC, RC);
	ck_assert_int_eq(hptp_age_range(host.slot, (hptp_off){ 5 }, 1, NULL), 1);
	host_stop(&host);
}
END_TEST

/* The operand must be that of the entry as it was valid, for each page size. */
START_TEST(the_right_translation_is_flushed)
{
	static const struct {
		unsigned base, actual;
	} sizes[] = { { 12, 12 }, { 12, 16 }, { 16, 16 }, { 12, 24 }, { 16, 24 }, { 24, 24 } };

	setup(_i);
	for (unsigned i = 0; i < HOST_FRAMES; i++)
		host.page[i].shift = 24;
	for (unsigned i = 0; i < 6; i++) {
		struct isa_va va = host_va(0x300ull << (24 - sizes[i].base), sizes[i].base);
		uint64_t idx, r = host_r(&host, 0x1000, sizes[i].base, sizes[i].actual, 2), out[2];

		ck_assert_int_eq(host_h_enter(&host, 0, host_idx(&host, &va, 3),
					      host_v(&va, sizes[i].actual), r, &idx),
				 0);
		ck_assert(host_valid(&host, idx));
		r = host_pte(&host, idx).r;
		host.n_flushed = 0;
		ck_assert_int_eq(hptp_h_remove(host.vcpu, 0, idx, 0, out), 0);
		ck_assert_uint_eq(host.n_flushed, 1);
		ck_assert_uint_eq(host.flushed[0], isa_rb(&va, sizes[i].actual, r));
	}
	host_stop(&host);
}
END_TEST

START_TEST(an_absent_entry_needs_no_flush)
{
	uint64_t idx, out[2];

	setup(_i);
	idx = make(ABSENT, 7, 5);
	host.n_flushed = 0;
	ck_assert_int_eq(hptp_h_remove(host.vcpu, 0, idx, 0, out), 0);
	idx = make(ORPHAN, 8, 6);
	ck_assert_int_eq(hptp_h_remove(host.vcpu, 0, idx, 0, out), 0);
	ck_assert_uint_eq(host.n_flushed, 0);
	host_stop(&host);
}
END_TEST

START_TEST(bulk_answers_each_specifier)
{
	struct isa_va va = host_va(20, 12);
	uint64_t idx[4], args[8];

	setup(_i);
	for (unsigned i = 0; i < 4; i++)
		idx[i] = make(i == 2 ? ABSENT : VALID, 20 + i, 5 + i);
	host_touch(&host, idx[0], 0x100);
	args[0] = REQUEST | idx[0];
	args[1] = 0;
	args[2] = REQUEST | ANDCOND | idx[1];
	args[3] = host_v(&va, 12); /* has common bits: not this one */
	args[4] = REQUEST | AVPN | idx[2];
	va = host_va(22, 12);
	args[5] = host_v(&va, 12);
	args[6] = REQUEST | AVPN | idx[3];
	args[7] = ~0x7full;
	host.calls[HOST_OP_tlb_flush] = 0;
	ck_assert_int_eq(hptp_h_bulk_remove(host.vcpu, args), 0);
	ck_assert_uint_eq(args[0], 0x8800000000000000 | idx[0]);
	ck_assert_uint_eq(args[2], 0x9100000000000000 | idx[1]);
	ck_assert_uint_eq(args[4], 0x8200000000000000 | idx[2]);
	ck_assert_uint_eq(args[6], 0x9200000000000000 | idx[3]);
	ck_assert_uint_eq(host.calls[HOST_OP_tlb_flush], 1);
	ck_assert(!host_valid(&host, idx[0]));
	ck_assert(host_valid(&host, idx[1]));
	ck_assert(host_valid(&host, idx[3]));
	host_stop(&host);
}
END_TEST

START_TEST(bulk_makes_one_flush_of_four)
{
	uint64_t args[8] = { 0 };

	setup(_i);
	for (unsigned i = 0; i < 4; i++)
		args[2 * i] = REQUEST | make(VALID, 20 + i, 5);
	host.calls[HOST_OP_tlb_flush] = host.n_flushed = 0;
	ck_assert_int_eq(hptp_h_bulk_remove(host.vcpu, args), 0);
	ck_assert_uint_eq(host.calls[HOST_OP_tlb_flush], 1);
	ck_assert_uint_eq(host.n_flushed, 4);
	ck_assert_uint_eq(host_stats(&host).remove, 4);
	host_stop(&host);
}
END_TEST

/* Types 00 and 10, both conditions at once: the call ends there, what was before is done. */
START_TEST(bulk_stops_at_a_bad_specifier)
{
	static const uint64_t bad[] = {
		0,
		0x8000000000000000,
		REQUEST | ANDCOND | AVPN,
		REQUEST | 0x00ffffffffffffff,
	};

	setup(_i);
	for (unsigned i = 0; i < 4; i++) {
		uint64_t first = make(VALID, 20, 5), last = make(VALID, 21, 6), out[2];
		uint64_t args[8] = { REQUEST | first, 0, bad[i], 0, REQUEST | last, 0, END, 0 };

		ck_assert_int_eq(hptp_h_bulk_remove(host.vcpu, args), HPTP_H_PARAMETER);
		ck_assert_uint_eq(args[0] >> 56, 0x80);
		ck_assert_uint_eq(args[2] >> 56, 0xa0 | (bad[i] >> 56 & 3));
		ck_assert_uint_eq(args[4], REQUEST | last);
		ck_assert(!host_valid(&host, first));
		ck_assert(host_valid(&host, last));
		ck_assert_int_eq(hptp_h_remove(host.vcpu, 0, last, 0, out), 0);
	}
	host_stop(&host);
}
END_TEST

START_TEST(bulk_stops_at_the_end_mark)
{
	uint64_t idx, args[8] = { END | 5, 77, 0 };

	setup(_i);
	idx = make(VALID, 20, 5);
	args[2] = REQUEST | idx;
	ck_assert_int_eq(hptp_h_bulk_remove(host.vcpu, args), 0);
	ck_assert_uint_eq(args[0], END | 5);
	ck_assert_uint_eq(args[2], REQUEST | idx);
	ck_assert(host_valid(&host, idx));
	host_stop(&host);
}
END_TEST

/* The same entry four times in one call must not wait for itself. */
START_TEST(bulk_may_name_an_entry_twice)
{
	uint64_t idx, args[8] = { 0 };

	setup(_i);
	idx = make(VALID, 20, 5);
	for (unsigned i = 0; i < 4; i++)
		args[2 * i] = REQUEST | idx;
	ck_assert_int_eq(hptp_h_bulk_remove(host.vcpu, args), 0);
	ck_assert_uint_eq(args[0] >> 56, 0x80);
	for (unsigned i = 1; i < 4; i++)
		ck_assert_uint_eq(args[2 * i], 0x9000000000000000 | idx);
	host_stop(&host);
}
END_TEST

START_TEST(bulk_conditions_tell_nothing_of_paging)
{
	for (enum kind kind = VALID; kind <= ORPHAN; kind++) {
		uint64_t idx, args[8] = { 0 };

		setup(_i);
		idx = make(kind, 20, 5);
		args[0] = REQUEST | ANDCOND | idx;
		args[1] = 0x60;
		args[2] = END;
		ck_assert_int_eq(hptp_h_bulk_remove(host.vcpu, args), 0);
		ck_assert_uint_eq(args[0], 0x8100000000000000 | idx);
		host_stop(&host);
	}
}
END_TEST

/* A guest may ask for a flush of its own CPU alone, and for whatever else has no meaning. */
START_TEST(the_scope_of_the_flush_is_the_hosts)
{
	uint64_t flags = ~(HPTP_H_AVPN | HPTP_H_ANDCOND), idx, out[2];
	struct isa_va va = host_va(7, 12);

	host_start(&host, host_kind(_i));
	host_map(&host, 0, 16, true);
	idx = host_enter(&host, 7, 5);
	host.n_flushed = 0;
	ck_assert_int_eq(hptp_h_protect(host.vcpu, flags & ~0x3f07ull, idx, 0), 0);
	ck_assert_uint_eq(host.n_flushed, 1);
	ck_assert_int_eq(hptp_h_remove(host.vcpu, flags, idx, 0, out), 0);
	ck_assert_uint_eq(host.n_flushed, 2);
	ck_assert(host_was_flushed(&host, isa_rb(&va, 12, 0)));
	ck_assert_ptr_eq(host.flush_vcpu, &host); /* who asks, and no word of how far */
	host_stop(&host);
}
END_TEST

SUITE("remove", LOOP(the_scope_of_the_flush_is_the_hosts, HOST_KINDS),
      LOOP(what_was_entered_comes_back_in_every_state, HOST_KINDS),
      LOOP(conditions_tell_nothing_of_paging, 2),
      LOOP(a_condition_that_fails_changes_nothing, HOST_KINDS),
      LOOP(late_r_and_c_are_not_lost, HOST_KINDS),
      LOOP(r_and_c_of_an_absent_entry_come_along, HOST_KINDS),
      LOOP(the_right_translation_is_flushed, HOST_KINDS), LOOP(an_absent_entry_needs_no_flush, 2),
      LOOP(bulk_answers_each_specifier, HOST_KINDS), LOOP(bulk_makes_one_flush_of_four, 2),
      LOOP(bulk_stops_at_a_bad_specifier, 2), LOOP(bulk_stops_at_the_end_mark, 2),
      LOOP(bulk_may_name_an_entry_twice, 2), LOOP(bulk_conditions_tell_nothing_of_paging, 2))
