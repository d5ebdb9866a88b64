// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Resize: what each call answers, who owns what is under way, and where entries go. */
#include "host.h"
#include "suite.h"

#include <string.h>

static struct host host;

static int prepare(unsigned order)
{
	return hptp_resize_prepare(host.vm, 0, order, 0);
}

/* The worker, until there is nothing to do; how many steps that took. */
static unsigned work(void)
{
	unsigned steps = 1;

	while (hptp_resize_step(host.vm, 0) == HPTP_E_AGAIN)
		require(++steps < 100000);
	return steps;
}

static void prepared(unsigned order)
{
	ck_assert_int_gt(prepare(order), 0);
	work();
	ck_assert_int_eq(prepare(order), 0);
}

static struct hptp_resized commit(unsigned order)
{
	struct hptp_resized result = { ~0ull, ~0ull };

	ck_assert_int_eq(hptp_resize_commit(host.vm, 0, order, &result), 0);
	hptp_vm_table(host.vm, &host.table);
	ck_assert_uint_eq(host.table.order, order);
	ck_assert_uint_eq(host.tables, 1);
	host_check(&host);
	return result;
}

static struct hptp_resize_status status(void)
{
	struct hptp_resize_status s;

	hptp_resize_status(host.vm, &s);
	return s;
}

/* ---- arguments and answers ---- */

START_TEST(bad_arguments_change_nothing)
{
	static const uint64_t bad[] = { 1, 17, 37, 46, 63, 256 + 18, ~0ull, 1ull << 32 | 18 };
	uint64_t hash;

	host_start(&host, NULL);
	host_enter(&host, 1, 1);
	prepared(19);
	hash = host_table_hash(&host);
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_int_eq(hptp_resize_prepare(host.vm, 0, bad[i], 0), HPTP_E_PARAM);
		ck_assert_int_eq(hptp_resize_commit(host.vm, 0, bad[i], NULL), HPTP_E_PARAM);
	}
	ck_assert_int_eq(hptp_resize_commit(host.vm, 0, 0, NULL), HPTP_E_PARAM);
	ck_assert_int_eq(hptp_resize_prepare(host.vm, 1, 19, 0), HPTP_E_PARAM);
	ck_assert_int_eq(hptp_resize_prepare(host.vm, ~0ull, 0, 0), HPTP_E_PARAM);
	ck_assert_int_eq(hptp_resize_commit(host.vm, 1, 19, NULL), HPTP_E_PARAM);
	ck_assert_int_eq(hptp_resize_commit(host.vm, 0, 20, NULL), HPTP_E_CLOSED);
	ck_assert_uint_eq(status().order, 19);
	ck_assert_int_eq(prepare(19), 0);
	ck_assert_uint_eq(host_table_hash(&host), hash);
	ck_assert_uint_eq(host.n_flush_all, 0);
	host_stop(&host);
}
END_TEST

START_TEST(prepare_tells_how_far_it_is)
{
	host_start(&host, NULL);
	ck_assert_uint_eq(status().order, 0);
	ck_assert_int_eq(prepare(0), 0);
	ck_assert_int_eq(hptp_resize_step(host.vm, 0), 0);
	ck_assert_int_gt(prepare(20), 0);
	ck_assert_int_gt(prepare(20), 0);
	ck_assert_uint_eq(status().order, 20);
	ck_assert_int_eq(status().error, HPTP_E_AGAIN);
	ck_assert_uint_eq(host.tables, 1);
	ck_assert_int_eq(hptp_resize_commit(host.vm, 0, 20, NULL), HPTP_E_BUSY);
	work();
	ck_assert_uint_eq(host.tables, 2);
	ck_assert_int_eq(status().error, 0);
	ck_assert_int_eq(prepare(20), 0);
	ck_assert_int_eq(prepare(20), 0);
	ck_assert_int_eq(hptp_resize_step(host.vm, 0), 0);
	/* Another order: the first is given up. */
	ck_assert_int_gt(prepare(21), 0);
	ck_assert_uint_eq(host.tables, 1);
	ck_assert_int_eq(hptp_resize_commit(host.vm, 0, 20, NULL), HPTP_E_CLOSED);
	work();
	ck_assert_int_eq(prepare(0), 0);
	ck_assert_uint_eq(host.tables, 1);
	ck_assert_uint_eq(status().order, 0);
	ck_assert_int_eq(hptp_resize_commit(host.vm, 0, 21, NULL), HPTP_E_CLOSED);
	host_stop(&host);
}
END_TEST

START_TEST(wrong_states)
{
	host_start(&host, NULL);
	ck_assert_int_eq(hptp_resize_commit(host.vm, 0, 18, NULL), HPTP_E_CLOSED);
	prepared(19);
	hptp_vm_ready(host.vm);
	ck_assert_int_eq(hptp_resize_commit(host.vm, 0, 19, NULL), HPTP_E_BUSY);
	ck_assert(hptp_vcpu_enter(host.vcpu));
	ck_assert_int_eq(hptp_vm_stop(host.vm), HPTP_E_BUSY);
	ck_assert_int_eq(hptp_resize_commit(host.vm, 0, 19, NULL), HPTP_E_BUSY);
	hptp_vcpu_leave(host.vcpu);
	ck_assert_uint_eq(host.n_flush_all, 0);
	ck_assert_int_eq(prepare(19), 0);
	commit(19);
	ck_assert_int_eq(hptp_resize_commit(host.vm, 0, 19, NULL), HPTP_E_CLOSED); /* twice */
	ck_assert(!hptp_vm_is_ready(host.vm));
	/* Reset gives up what was prepared. */
	prepared(20);
	ck_assert_int_eq(hptp_vm_reset(host.vm, 19), 0);
	ck_assert_int_eq(hptp_resize_commit(host.vm, 0, 20, NULL), HPTP_E_CLOSED);
	ck_assert_uint_eq(host.tables, 1);
	ck_assert_int_eq(hptp_vm_reset(host.vm, 0), 0);
	ck_assert_int_eq(prepare(20), HPTP_E_STATE);
	ck_assert_int_eq(prepare(0), 0);
	ck_assert_int_eq(hptp_resize_commit(host.vm, 0, 20, NULL), HPTP_E_STATE);
	host_stop(&host);
}
END_TEST

START_TEST(a_processor_that_needs_pins_can_not)
{
	host_start(&host, &(struct host_config){ .pinned = true });
	ck_assert_int_eq(prepare(20), HPTP_E_PINNED);
	ck_assert_int_eq(hptp_resize_commit(host.vm, 0, 20, NULL), HPTP_E_CLOSED);
	host_stop(&host);
}
END_TEST

START_TEST(answers_of_the_hypercalls)
{
	static const struct {
		int result;
		long answer;
	} answers[] = {
		{ 0, 0 },
		{ 1, 9900 },
		{ 9, 9900 },
		{ 10, 9901 },
		{ 99, 9901 },
		{ 100, 9902 },
		{ 999, 9902 },
		{ 1000, 9903 },
		{ 10000, 9904 },
		{ 100000, 9905 },
		{ 1000000, 9905 },
		{ INT32_MAX, 9905 },
		{ HPTP_E_PARAM, -4 },
		{ HPTP_E_PINNED, 3 },
		{ HPTP_E_NOMEM, -9 },
		{ HPTP_E_CLOSED, 2 },
		{ HPTP_E_BUSY, 1 },
		{ HPTP_E_PTEG_FULL, -6 },
		{ HPTP_E_STATE, -1 },
		{ HPTP_E_HOST(7), -1 },
	};

	for (unsigned i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
		ck_assert_int_eq(hptp_resize_answer(answers[i].result), answers[i].answer);
}
END_TEST

/* The estimate follows the clock: the rate so far, and before there is one the size. */
START_TEST(an_honest_estimate)
{
	struct hptp_resize_status s;
	int first;

	host_start(&host, &(struct host_config){ .order = 22 });
	first = hptp_resize_prepare(host.vm, 0, 30, 1000);
	ck_assert_int_eq(first, 1024);
	ck_assert_int_eq(hptp_resize_prepare(host.vm, 0, 30, 1500), 524);
	ck_assert_int_eq(hptp_resize_prepare(host.vm, 0, 30, 9000), 8000); /* worse than thought */
	ck_assert_int_eq(hptp_resize_prepare(host.vm, 0, 18, 5000), 1);
	ck_assert_int_eq(hptp_resize_step(host.vm, 5000), HPTP_E_AGAIN); /* the table */
	ck_assert_int_eq(hptp_resize_step(host.vm, 6000), HPTP_E_AGAIN); /* the search begins */
	do
		ck_assert_int_eq(hptp_resize_step(host.vm, 6000), HPTP_E_AGAIN);
	while (s = status(), s.done < s.todo / 4);
	ck_assert_uint_eq(s.todo, 1 << 18);
	ck_assert_uint_eq(s.done, s.todo / 4);
	ck_assert_int_eq(hptp_resize_prepare(host.vm, 0, 18, 6400), 1200);
	work();
	ck_assert_int_eq(hptp_resize_prepare(host.vm, 0, 18, 9000), 0);
	host_stop(&host);
}
END_TEST

/* ---- failure, and who frees what ---- */

START_TEST(a_failure_is_told_once)
{
	unsigned long blocks;
	int error = HPTP_E_NOMEM;

	host_start(&host, NULL);
	blocks = host.blocks;
	for (long k = 1; error; k++) {
		host.fail_in = k;
		error = prepare(20);
		if (error == HPTP_E_NOMEM) {
			ck_assert_uint_eq(host.blocks, blocks);
			continue;
		}
		work();
		error = prepare(20);
		if (!error)
			break;
		ck_assert_int_eq(error, k == 2 ? HPTP_E_HOST(12) : HPTP_E_NOMEM);
		ck_assert_uint_eq(host.blocks, blocks);
		ck_assert_uint_eq(host.tables, 1);
		ck_assert_uint_eq(status().order, 0);
		ck_assert_int_lt(k, 12);
	}
	host.fail_in = 0;
	commit(20);
	/* At the commit, if the guest did not ask before. */
	host.fail_in = 2;
	ck_assert_int_gt(prepare(21), 0);
	work();
	ck_assert_int_eq(status().error, HPTP_E_HOST(12));
	ck_assert_int_eq(hptp_resize_commit(host.vm, 0, 21, NULL), HPTP_E_HOST(12));
	ck_assert_int_eq(hptp_resize_commit(host.vm, 0, 21, NULL), HPTP_E_CLOSED);
	ck_assert_uint_eq(host.tables, 1);
	host_stop(&host);
}
END_TEST

static int in_step; /* what is asked for while the worker is inside; -1: reset; -2: a step */

static void in_alloc(struct host *h)
{
	ck_assert_int_eq(hptp_resize_commit(h->vm, 0, 20, NULL), HPTP_E_BUSY);
	if (in_step == -1)
		ck_assert_int_eq(hptp_vm_reset(h->vm, 19), 0);
	else if (in_step == -2)
		ck_assert_int_eq(hptp_resize_step(h->vm, 0), 0);
	else if (in_step == 0)
		ck_assert_int_eq(prepare(0), 0);
	else
		ck_assert_int_gt(prepare((unsigned)in_step), 0);
}

/* The worker that comes out frees what was given up while it was inside, and nothing else. */
START_TEST(given_up_while_the_worker_is_inside)
{
	static const int asked[] = { 0, 21, 20, -1, -2 };

	in_step = asked[_i];
	host_start(&host, NULL);
	ck_assert_int_gt(prepare(20), 0);
	host.in_alloc = in_alloc;
	ck_assert_int_eq(hptp_resize_step(host.vm, 0), HPTP_E_AGAIN);
	ck_assert_ptr_null(host.in_alloc);
	hptp_vm_table(host.vm, &host.table);
	ck_assert_uint_eq(host.tables, in_step == 20 || in_step == -2 ? 2 : 1);
	work();
	ck_assert_uint_eq(host.tables, in_step > 0 || in_step == -2 ? 2 : 1);
	ck_assert_uint_eq(status().order, in_step > 0 ? (unsigned)in_step : in_step == -2 ? 20 : 0);
	host_stop(&host);
}
END_TEST

START_TEST(a_vm_ends_with_a_resize_under_way)
{
	host_start(&host, NULL);
	ck_assert_int_gt(prepare(20), 0);
	if (_i)
		work();
	host_stop(&host);
}
END_TEST

/* ---- entries ---- */

#define PAGES 64u

/* An entry as the guest knows it. */
static struct guest {
	struct isa_va va;
	unsigned actual;
	bool secondary;
	uint64_t gfn, idx, v, r;
} guest[PAGES];

static void guest_enter(unsigned i, uint64_t flags)
{
	struct guest *g = &guest[i];
	uint64_t group = isa_pteg(&g->va, host.table.order, g->secondary);

	g->v = host_v(&g->va, g->actual) | (g->secondary ? 2 : 0) | flags;
	g->r = host_r(&host, g->gfn, g->va.base, g->actual, 2) | (uint64_t)(i & 7) << 9;
	require(host_h_enter(&host, HPTP_H_EXACT, group * 8 + i % 8, g->v, g->r, &g->idx) == 0);
	require(g->idx == group * 8 + i % 8);
}

/* All sizes that a frame of 16M can hold, both hashes; resident, paged out, never there. */
static void guest_start(unsigned order, int kind)
{
	static const uint8_t size[][2] = { { 12, 12 }, { 16, 16 }, { 12, 16 },
					   { 16, 24 }, { 12, 24 }, { 24, 24 } };
	struct host_config config = *host_kind(kind);

	config.order = order;
	host_start(&host, &config);
	for (unsigned i = 0; i < PAGES; i++) {
		struct guest *g = &guest[i];
		unsigned base = size[i % 6][0];

		g->actual = size[i % 6][1];
		g->va = (struct isa_va){ .vsid = HOST_VSID + 0x12345 * i,
					 .seg_1t = i & 1,
					 .base = base };
		g->va.off = (uint64_t)(i * 5 + 1) << g->actual & 0xfffffff;
		g->secondary = i / 2 & 1;
		g->gfn = g->actual < 24 ? i * 16 : 0x1000 * (1 + i % 3);
		host.page[g->gfn].present = i % 4 != 3;
		host.page[g->gfn].writable = true;
		host.page[g->gfn].shift = (uint8_t)(g->actual > host.frame_shift ? g->actual : 0);
		host.page[g->gfn].hfn = g->actual == 24 ? 0x1000000 : HOST_FIRST_HFN + g->gfn;
		guest_enter(i, i % 5 ? 0 : 0x10);
		if (host_valid(&host, g->idx))
			host_touch(&host, g->idx, i % 3 ? 0x100 : 0x180);
	}
	for (unsigned i = 2; i < PAGES; i += 4)
		if (guest[i].actual < 24)
			host_unmap(&host, guest[i].gfn, 1);
}

/* It is where a walk looks for it, the guest's view is what it was, and it comes back. */
static void guest_has(unsigned i, uint64_t rc)
{
	struct guest *g = &guest[i];
	uint64_t out[8];
	struct hptp_fault f = host_fault_for(&g->va, true);

	g->idx = isa_pteg(&g->va, host.table.order, g->secondary) * 8 + i % 8;
	require(hptp_h_read(host.vcpu, 0, g->idx, out) == 0);
	ck_assert_uint_eq(out[0], g->v | 1);
	ck_assert_uint_eq(out[1], g->r | rc);
	ck_assert_int_eq(host_entry(&host, g->idx).state, HPTP_ORPHAN);
	host.page[g->gfn].present = true;
	ck_assert_int_eq(host_fault(&host, &f), HPTP_RESUME);
	ck_assert_int_eq(isa_walk(host.table.entries, host.table.order, host.isa3, f.slb_v, f.ea),
			 (int64_t)g->idx);
}

static uint64_t guest_rc(unsigned i)
{
	uint64_t out[8];

	require(hptp_h_read(host.vcpu, 0, guest[i].idx, out) == 0);
	return out[1] & 0x180;
}

/* Up and down again, with room for all: every entry is kept, in all of its states. */
START_TEST(no_entry_is_lost_while_there_is_room)
{
	static const unsigned orders[] = { 23, 18, 30, 18 };
	uint64_t rc[PAGES];

	guest_start(18, _i);
	for (unsigned k = 0; k < sizeof(orders) / sizeof(orders[0]); k++) {
		struct hptp_resized result;

		if (orders[k] == 30 && _i)
			continue;
		for (unsigned i = 0; i < PAGES; i++)
			rc[i] = guest_rc(i);
		prepared(orders[k] == 30 ? 25 : orders[k]);
		result = commit(orders[k] == 30 ? 25 : orders[k]);
		ck_assert_uint_eq(result.kept, PAGES);
		ck_assert_uint_eq(result.dropped, 0);
		for (unsigned i = 0; i < PAGES; i++)
			guest_has(i, rc[i]);
		host_check(&host);
	}
	host_stop(&host);
}
END_TEST

START_TEST(what_hardware_noted_is_kept)
{
	static uint8_t dirty[HOST_FRAMES / 8], young[HOST_FRAMES / 8];
	uint64_t idx[3], out[2];
	struct isa_va va;

	host_start(&host, host_kind(_i));
	host_map(&host, 8, 3, true);
	for (unsigned i = 0; i < 3; i++)
		idx[i] = host_enter(&host, 1 + i, 8 + i);
	ck_assert_int_eq(hptp_dirty_start(host.slot, dirty, sizeof(dirty)), 0);
	host_touch(&host, idx[0], 0x180);
	host_touch(&host, idx[1], 0x180);
	host_unmap(&host, 9, 1);
	host.late_idx = idx[2]; /* written back by the last flush only */
	host.late_rc = 0x180;
	prepared(19);
	commit(19);
	ck_assert_uint_eq(dirty[1], 7);
	ck_assert_int_eq(hptp_age_range(host.slot, (hptp_off){ 0 }, HOST_FRAMES, young), 1);
	ck_assert_uint_eq(young[1], 7);
	for (unsigned i = 0; i < 3; i++) {
		va = host_va(1 + i, 12);
		ck_assert_int_eq(hptp_h_remove(host.vcpu, 0, host_idx(&host, &va, 0), 0, out), 0);
		ck_assert_uint_eq(out[1] & 0x180, 0x180);
	}
	host_stop(&host);
}
END_TEST

/* Entry i of a table that is a power of two larger than the one to be, at one place there. */
static uint64_t meeting(unsigned order, unsigned i, uint64_t flags, uint64_t gfn)
{
	struct isa_va va = { .vsid = HOST_VSID, .seg_1t = true, .base = 12 };
	uint64_t idx, want = 77, page = 0;

	/* The i-th page whose group in the smaller table is the one wanted. */
	for (;; page++) {
		va.off = page << 12;
		if (isa_pteg(&va, order, false) == want && !i--)
			break;
	}
	require(host_h_enter(&host, HPTP_H_EXACT, isa_pteg(&va, host.table.order, false) * 8 + 3,
			     host_v(&va, 12) | flags, host_r(&host, gfn, 12, 12, 2), &idx) == 0);
	return idx;
}

START_TEST(of_two_that_meet_the_bolted_one_stays)
{
	struct hptp_resized result;
	struct hptp_entry e;

	host_start(&host, &(struct host_config){ .order = 20 });
	host_map(&host, 1, 4, true);
	meeting(18, 0, _i == 0 ? 0x10 : 0, 1);
	meeting(18, 1, _i == 1 ? 0x10 : 0, 2);
	meeting(18, 2, _i == 2 ? 0x10 : 0, 3);
	ck_assert_int_gt(prepare(18), 0);
	work();
	ck_assert_uint_eq(status().meet, 2);
	ck_assert_uint_eq(status().done, status().todo);
	ck_assert_int_eq(prepare(18), 0);
	result = commit(18);
	ck_assert_uint_eq(result.kept, 1);
	ck_assert_uint_eq(result.dropped, 2);
	ck_assert(hptp_entry_next(host.vm, 0, &e));
	ck_assert_uint_eq(e.idx.n, 77 * 8 + 3);
	if (_i < 3) {
		ck_assert_uint_eq(e.v & 0x10, 0x10);
		ck_assert_uint_eq(e.guest >> 12 & 0xff, 1 + _i);
	}
	host_stop(&host);
}
END_TEST

START_TEST(two_bolted_ones_that_meet_are_found_early)
{
	uint64_t hash;

	host_start(&host, &(struct host_config){ .order = 20 });
	host_map(&host, 1, 4, true);
	meeting(18, 0, 0x10, 1);
	meeting(18, 3, 0x10, 2);
	hash = host_table_hash(&host);
	ck_assert_int_gt(prepare(18), 0);
	work();
	ck_assert_int_eq(status().error, HPTP_E_PTEG_FULL);
	ck_assert_int_eq(prepare(18), HPTP_E_PTEG_FULL);
	ck_assert_uint_eq(host.tables, 1);
	/* Half the size is enough to keep them apart, or is it? Then all is kept. */
	ck_assert_int_gt(prepare(22), 0);
	work();
	ck_assert_uint_eq(host_table_hash(&host), hash);
	ck_assert_uint_eq(commit(22).kept, 2);
	host_stop(&host);
}
END_TEST

/* Bolted after the search: the guest's table is as it was, though all of it is absent. */
START_TEST(two_bolted_ones_that_meet_at_the_commit)
{
	uint64_t idx[2], out[8], page = 5;
	struct hptp_fault f;
	struct isa_va va = host_va(page, 12);

	host_start(&host, &(struct host_config){ .order = 20, .isa3 = _i });
	host_map(&host, 1, 8, true);
	idx[0] = meeting(18, 0, 0x10, 1);
	host_enter(&host, page, 4);
	prepared(18);
	idx[1] = meeting(18, 3, 0x10, 2);
	ck_assert(host_valid(&host, idx[1]));
	ck_assert_int_eq(hptp_resize_commit(host.vm, 0, 18, NULL), HPTP_E_PTEG_FULL);
	ck_assert_uint_eq(host.tables, 1);
	host_check(&host);
	ck_assert_int_eq(hptp_resize_commit(host.vm, 0, 18, NULL), HPTP_E_CLOSED);
	for (unsigned i = 0; i < 2; i++) {
		ck_assert(!host_valid(&host, idx[i]));
		ck_assert_int_eq(hptp_h_read(host.vcpu, 0, idx[i], out), 0);
		ck_assert_uint_eq(out[0] & 0x11, 0x11);
		ck_assert_uint_eq(out[1] & ~0x180ull, host_r(&host, 1 + i, 12, 12, 2));
	}
	f = host_fault_for(&va, true);
	ck_assert_int_eq(host_fault(&host, &f), HPTP_RESUME);
	ck_assert_int_eq(host_access(&host, page, true), HPTP_RESUME);
	host_stop(&host);
}
END_TEST

/* Of the guest's that stand nowhere near their hash: kept at least where there is room. */
START_TEST(a_guest_may_put_entries_anywhere)
{
	uint64_t idx, n = 1 << 14;

	host_start(&host, host_kind(_i));
	host_map(&host, 1, 1, true);
	for (uint64_t i = 0; i < n; i++)
		require(host_h_enter(&host, HPTP_H_EXACT, i, i * 0x9e3779b97f4a7c80 & ~(1ull << 63),
				     host_r(&host, 1, 12, 12, 2), &idx) == 0);
	prepared(22);
	ck_assert_uint_eq(commit(22).kept, n);
	prepared(18);
	ck_assert_uint_eq(commit(18).kept, n);
	host_stop(&host);
}
END_TEST

/* What a vCPU kept of an entry says nothing of the next table, larger or smaller. */
START_TEST(a_fault_does_not_outlive_its_table)
{
	struct hptp_fault f;
	struct isa_va va;
	uint64_t page = 0;

	host_start(&host, &(struct host_config){ .order = 22 });
	do
		va = host_va(++page, 12);
	while (isa_pteg(&va, 22, false) < host.table.n / 8 - 64);
	host_enter(&host, page, 4);
	prepared(_i ? 18 : 23);
	f = host_fault_for(&va, true);
	ck_assert_int_eq(hptp_fault(host.vcpu, &f), HPTP_TASK);
	commit(_i ? 18 : 23);
	ck_assert_int_eq(hptp_refault(host.vcpu, &f), HPTP_RESUME);
	ck_assert_uint_eq(host.calls[HOST_OP_host_get], 0);
	ck_assert_int_eq(hptp_fault(host.vcpu, &f), HPTP_TASK);
	ck_assert_int_eq(hptp_refault(host.vcpu, &f), HPTP_RESUME);
	ck_assert_uint_eq(host.calls[HOST_OP_host_get], 1);
	host_stop(&host);
}
END_TEST

/* Emulated MMIO stays that, whatever table names it. */
START_TEST(mmio_moves_too)
{
	struct isa_va va = host_va(5, 12);
	struct hptp_fault f = host_fault_for(&va, false);

	host_start(&host, host_kind(_i));
	host_enter(&host, 5, 0x100000);
	ck_assert_int_eq(hptp_fault(host.vcpu, &f), HPTP_MMIO);
	prepared(20);
	commit(20);
	f = host_fault_for(&va, false);
	ck_assert_int_eq(hptp_fault(host.vcpu, &f), HPTP_MMIO);
	ck_assert_uint_eq(host_stats(&host).mmio_cached, 0);
	f = host_fault_for(&va, false);
	ck_assert_int_eq(hptp_fault(host.vcpu, &f), HPTP_MMIO);
	ck_assert_uint_eq(host_stats(&host).mmio_cached, 1);
	host_stop(&host);
}
END_TEST

/* The search looks at a table that is replaced under it: it begins anew, or is given up. */
START_TEST(a_search_does_not_outlive_its_table)
{
	host_start(&host, &(struct host_config){ .order = 22 });
	ck_assert_int_gt(prepare(18), 0);
	for (unsigned i = 0; i < 4; i++)
		ck_assert_int_eq(hptp_resize_step(host.vm, 0), HPTP_E_AGAIN);
	ck_assert_uint_gt(status().done, 0);
	ck_assert_int_eq(hptp_vm_reset(host.vm, 18), 0);
	ck_assert_int_eq(hptp_resize_step(host.vm, 0), 0);
	ck_assert_uint_eq(host.tables, 1);
	host_stop(&host);
}
END_TEST

SUITE("resize", CASE(bad_arguments_change_nothing), CASE(prepare_tells_how_far_it_is),
      CASE(wrong_states), CASE(a_processor_that_needs_pins_can_not),
      CASE(answers_of_the_hypercalls), CASE(an_honest_estimate), CASE(a_failure_is_told_once),
      LOOP(given_up_while_the_worker_is_inside, 5), LOOP(a_vm_ends_with_a_resize_under_way, 2),
      LOOP(no_entry_is_lost_while_there_is_room, HOST_KINDS),
      LOOP(what_hardware_noted_is_kept, HOST_KINDS), LOOP(of_two_that_meet_the_bolted_one_stays, 4),
      CASE(two_bolted_ones_that_meet_are_found_early),
      LOOP(two_bolted_ones_that_meet_at_the_commit, 2),
      LOOP(a_guest_may_put_entries_anywhere, HOST_KINDS),
      LOOP(a_fault_does_not_outlive_its_table, 2), LOOP(mmio_moves_too, HOST_KINDS),
      CASE(a_search_does_not_outlive_its_table))
