// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* H_BLOCK_REMOVE: which entries of a block go, what is said of the others, one TLB sequence. */
#include "host.h"
#include "suite.h"

#include <string.h>

#define RC 0x180ull
#define REQUEST (1ull << 62)
#define AVPN (1ull << 56)
#define END (3ull << 62)
#define STATUS(ts) ((ts) >> 59)
#define SUCCESS 0x10u
#define NOT_FOUND 0x11u
#define BAD 0x12u
#define INCONSISTENT 0x13u
#define BUSY 0x14u
#define CROSS 0x15u
#define INDEX 0x00ffffffffffffffull

static struct host host;
static uint64_t args[9];

static void setup(int kind)
{
	host_start(&host, host_kind(kind));
	host_map(&host, 0, HOST_FRAMES, true);
}

/* A call with n specifiers; the indices are `ts`. */
static long call(uint64_t avpn, const uint64_t *ts, unsigned n)
{
	args[0] = avpn;
	for (unsigned i = 0; i < 8; i++)
		args[1 + i] = i < n ? REQUEST | ts[i] : END;
	return hptp_h_block_remove(host.vcpu, args);
}

START_TEST(a_whole_block)
{
	unsigned sizes[][2] = { { 12, 12 }, { 16, 16 }, { 12, 16 }, { 16, 24 }, { 12, 24 } };

	for (unsigned s = 0; s < 5; s++) {
		uint64_t idx[8];
		unsigned syncs;

		setup(_i);
		for (unsigned i = 0; i < HOST_FRAMES; i++)
			host.page[i].shift = 24;
		for (unsigned k = 0; k < 8; k++) {
			/* one guest page of the larger sizes has several entries */
			uint64_t gfn = sizes[s][1] == 24 ? 0x1000 : k << 4;

			idx[k] = host_enter_size(&host, 0x128 + k, gfn, sizes[s][0], sizes[s][1]);
			host_touch(&host, idx[k], k & 1 ? 0x100 : k & 2 ? RC : 0);
		}
		syncs = (unsigned)host.calls[HOST_OP_tlb_flush];
		ck_assert_int_eq(call(0, idx, 8), HPTP_H_SUCCESS);
		ck_assert_uint_eq(host.calls[HOST_OP_tlb_flush], syncs + 1);
		for (unsigned k = 0; k < 8; k++) {
			uint64_t rc = k & 1 ? 0x100 : k & 2 ? RC : 0;

			ck_assert_uint_eq(args[k], 0x80ull << 56 | rc << 50 | idx[k]);
			ck_assert_int_eq(host_entry(&host, idx[k]).state, HPTP_FREE);
		}
		ck_assert_uint_eq(host_stats(&host).remove, 8);
		host_stop(&host);
	}
}
END_TEST

START_TEST(paged_out_ones_go_like_the_others)
{
	uint64_t idx[4];

	setup(_i);
	for (unsigned k = 0; k < 4; k++) {
		idx[k] = host_enter(&host, 8 + k, k);
		host_touch(&host, idx[k], RC);
	}
	host_unmap(&host, 1, 1); /* absent */
	host.page[2].present = false;
	idx[2] = host_enter(&host, 15, 2); /* an orphan */
	host_unmap(&host, 2, 1);
	ck_assert_int_eq(call(0, idx, 4), HPTP_H_SUCCESS);
	ck_assert_uint_eq(args[1], 0x80ull << 56 | RC << 50 | idx[1]);
	for (unsigned k = 0; k < 4; k++)
		ck_assert_int_eq(host_entry(&host, idx[k]).state, HPTP_FREE);
	host_check(&host);
	host_stop(&host);
}
END_TEST

/* Hardware writes C back during the flush: it is in the answer and in the log. */
START_TEST(late_c_is_told)
{
	uint8_t map = 0;
	static uint8_t log[HOST_FRAMES / 8];
	uint64_t idx;

	setup(_i);
	memset(log, 0, sizeof(log));
	ck_assert_int_eq(hptp_dirty_start(host.slot, log, sizeof(log)), 0);
	idx = host_enter(&host, 8, 5);
	host.late_idx = idx;
	host.late_rc = RC;
	ck_assert_int_eq(call(0, &idx, 1), HPTP_H_SUCCESS);
	ck_assert_uint_eq(args[0], 0x80ull << 56 | RC << 50 | idx);
	ck_assert_int_eq(hptp_dirty_harvest(host.slot, (hptp_off){ 5 }, 1, &map, 0), 0);
	ck_assert_uint_eq(map, 1);
	host_stop(&host);
}
END_TEST

START_TEST(each_specifier_has_its_answer)
{
	struct isa_va va = host_va(0x10, 12);
	uint64_t ts[8];

	setup(_i);
	for (unsigned i = 0; i < HOST_FRAMES; i++)
		host.page[i].shift = 16;
	ts[0] = 5;
	ts[1] = host_enter(&host, 0x10, 1); /* the anchor */
	ts[2] = host.table.n;
	ts[3] = host_enter(&host, 0x18, 2); /* the next block */
	ts[4] = host_enter_size(&host, 3, 0x20, 16, 16);
	va.off = 0x11 << 12; /* bolted */
	ck_assert_int_eq(host_h_enter(&host, 0, host_idx(&host, &va, 0), host_v(&va, 12) | 0x10,
				      host_r(&host, 3, 12, 12, 2), &ts[5]),
			 0);
	ts[6] = host_enter(&host, 0x12, 4);
	*((uint8_t *)&host.table.entries[ts[6]].v + 7) |= 0x40; /* somebody has it */
	ts[7] = ts[1];
	ck_assert_int_eq(call(0, ts, 8), HPTP_H_PARTIAL);
	*((uint8_t *)&host.table.entries[ts[6]].v + 7) &= 0xbf;
	ck_assert_uint_eq(STATUS(args[0]), NOT_FOUND);
	ck_assert_uint_eq(STATUS(args[1]), SUCCESS);
	ck_assert_uint_eq(STATUS(args[2]), BAD);
	ck_assert_uint_eq(STATUS(args[3]), CROSS);
	ck_assert_uint_eq(STATUS(args[4]), INCONSISTENT);
	ck_assert_uint_eq(STATUS(args[5]), NOT_FOUND);
	ck_assert_uint_eq(STATUS(args[6]), BUSY);
	ck_assert_uint_eq(STATUS(args[7]), BUSY); /* named twice */
	for (unsigned i = 0; i < 8; i++) {
		ck_assert_uint_eq(args[i] & INDEX, ts[i]);
		if (i != 1 && i != 7 && i != 2 && i != 0)
			ck_assert_int_ne(host_entry(&host, ts[i]).state, HPTP_FREE);
	}
	ck_assert_int_eq(hptp_h_remove(host.vcpu, 0, ts[6], 0, args), 0);
	host_stop(&host);
}
END_TEST

/* Named twice while paged out: the answer tells nothing of that. */
START_TEST(twice_is_busy_however_the_entry_stands)
{
	uint64_t ts[2];

	setup(_i);
	for (unsigned out = 0; out < 2; out++) {
		ts[0] = ts[1] = host_enter(&host, 8, 5);
		if (out)
			host_unmap(&host, 5, 1);
		ck_assert_int_eq(call(0, ts, 2), HPTP_H_PARTIAL);
		ck_assert_uint_eq(STATUS(args[0]), SUCCESS);
		ck_assert_uint_eq(STATUS(args[1]), BUSY);
	}
	host_stop(&host);
}
END_TEST

START_TEST(the_avpn_is_compared_where_asked)
{
	struct isa_va va = host_va(8, 12);
	uint64_t idx[2];

	setup(_i);
	idx[0] = host_enter(&host, 8, 5);
	idx[1] = host_enter(&host, 9, 6);
	args[0] = host_v(&va, 12) + 0x80;
	args[1] = REQUEST | AVPN | idx[0];
	args[2] = REQUEST | idx[1]; /* absolute */
	args[3] = END;
	ck_assert_int_eq(hptp_h_block_remove(host.vcpu, args), HPTP_H_PARTIAL);
	ck_assert_uint_eq(args[0], 0x89ull << 56 | idx[0]);
	ck_assert_uint_eq(args[1] & ~(RC << 50), 0x80ull << 56 | idx[1]);
	args[0] = host_v(&va, 12) & ~0x7full;
	args[1] = REQUEST | AVPN | idx[0];
	args[2] = END;
	ck_assert_int_eq(hptp_h_block_remove(host.vcpu, args), HPTP_H_SUCCESS);
	ck_assert_uint_eq(args[0] >> 56 & 0xf9, 0x81);
	host_stop(&host);
}
END_TEST

/* A specifier of another type: an error, and nothing at all is done. */
START_TEST(bad_types)
{
	uint64_t idx, before[9];

	setup(0);
	idx = host_enter(&host, 8, 5);
	for (unsigned type = 0; type < 4; type += 2) {
		for (unsigned at = 0; at < 8; at++) {
			for (unsigned i = 0; i < 9; i++)
				args[i] = REQUEST | idx;
			args[1 + at] = (uint64_t)type << 62 | idx;
			memcpy(before, args, sizeof(args));
			ck_assert_int_eq(hptp_h_block_remove(host.vcpu, args), HPTP_H_PARAMETER);
			ck_assert_mem_eq(before, args, sizeof(args));
			ck_assert(host_valid(&host, idx));
		}
	}
	/* behind the end nothing is looked at; an end at once is fine */
	args[1] = REQUEST | idx;
	args[2] = END;
	args[3] = 0;
	ck_assert_int_eq(hptp_h_block_remove(host.vcpu, args), HPTP_H_SUCCESS);
	ck_assert_int_eq(call(0, NULL, 0), HPTP_H_SUCCESS);
	host_stop(&host);
}
END_TEST

/* Blocks in the secondary group, in 256M and 1T segments: told by the virtual address. */
START_TEST(blocks_follow_the_virtual_address)
{
	for (unsigned c = 0; c < 8; c++) {
		unsigned base = c & 1 ? 16 : 12;
		bool secondary = c & 2, one_t = c & 4;
		uint64_t ts[3];

		setup(_i);
		for (unsigned i = 0; i < HOST_FRAMES; i++)
			host.page[i].shift = 24;
		for (unsigned k = 0; k < 3; k++) {
			struct isa_va va = { .vsid = 0x77000 + c,
					     .off = (0x257 + k) << base, /* .. 7 | 8, 9 */
					     .seg_1t = one_t,
					     .base = base };
			uint64_t at = isa_pteg(&va, host.table.order, secondary) * 8;

			ck_assert_int_eq(host_h_enter(&host, 0, at,
						      host_v(&va, base) | (secondary ? 2 : 0),
						      host_r(&host, 16 * k, base, base, 2), &ts[k]),
					 0);
		}
		ck_assert_int_eq(call(0, ts + 1, 2), HPTP_H_SUCCESS);
		for (unsigned k = 1; k < 3; k++)
			ck_assert_uint_eq(STATUS(args[k - 1]), SUCCESS);
		ck_assert_int_eq(call(0, ts, 1), HPTP_H_SUCCESS);
		host_stop(&host);
	}
}
END_TEST

START_TEST(neighbours_across_a_boundary)
{
	uint64_t ts[2];

	setup(_i);
	for (unsigned k = 0; k < 16; k++) {
		ts[0] = host_enter(&host, 0x400 + k, 1);
		ts[1] = host_enter(&host, 0x401 + k, 2);
		ck_assert_int_eq(call(0, ts, 2), k % 8 == 7 ? HPTP_H_PARTIAL : HPTP_H_SUCCESS);
		ck_assert_uint_eq(STATUS(args[1]), k % 8 == 7 ? CROSS : SUCCESS);
		if (k % 8 == 7)
			ck_assert_int_eq(call(0, ts + 1, 1), HPTP_H_SUCCESS);
	}
	host_stop(&host);
}
END_TEST

SUITE("block", LOOP(a_whole_block, HOST_KINDS), LOOP(paged_out_ones_go_like_the_others, HOST_KINDS),
      LOOP(late_c_is_told, HOST_KINDS), LOOP(each_specifier_has_its_answer, HOST_KINDS),
      LOOP(twice_is_busy_however_the_entry_stands, HOST_KINDS),
      LOOP(the_avpn_is_compared_where_asked, HOST_KINDS), CASE(bad_types),
      LOOP(blocks_follow_the_virtual_address, HOST_KINDS),
      LOOP(neighbours_across_a_boundary, HOST_KINDS))
