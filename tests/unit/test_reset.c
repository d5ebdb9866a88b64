// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Reset: in place, into another order, to no table; what is kept, what is refused. */
#include "host.h"
#include "suite.h"

#include <string.h>

static struct host host;
static uint8_t dirty[HOST_FRAMES / 8];

/* Pages 0 and up map these frames; crowds need the node pool. */
#define VALID_GFN 0x10u
#define WRITTEN_GFN 0x20u
#define OUT_GFN 0x30u
#define NEVER_GFN 0x40u
#define CROWD_GFN 0x50u
#define HUGE_GFN 0x1000u
#define MMIO_GFN 0x100000u
#define CROWD 200u

static bool is_dirty(uint64_t gfn)
{
	return dirty[gfn / 8] >> gfn % 8 & 1;
}

/* Entries in every state, sets of every kind. */
static void fill(void)
{
	uint64_t idx;

	host_map(&host, VALID_GFN, 1, true);
	host_map(&host, WRITTEN_GFN, 1, true);
	host_map(&host, OUT_GFN, 1, true);
	host_map(&host, CROWD_GFN, 1, true);
	host_enter(&host, 1, VALID_GFN);
	host_touch(&host, host_enter(&host, 2, WRITTEN_GFN), 0x180);
	idx = host_enter(&host, 3, OUT_GFN);
	host_touch(&host, idx, 0x180);
	host_unmap(&host, OUT_GFN, 1);
	ck_assert_int_eq(host_entry(&host, idx).state, HPTP_ABSENT);
	idx = host_enter(&host, 4, NEVER_GFN);
	ck_assert_int_eq(host_entry(&host, idx).state, HPTP_ORPHAN);
	host_enter(&host, 5, MMIO_GFN);
	for (unsigned i = 0; i < CROWD; i++)
		host_enter(&host, 0x1000 + i, CROWD_GFN);
}

static void start(int kind)
{
	host_start(&host, host_kind(kind));
	fill();
	memset(dirty, 0, sizeof(dirty));
	ck_assert_int_eq(hptp_dirty_start(host.slot, dirty, sizeof(dirty)), 0);
	host_check(&host);
}

static void reset(unsigned order)
{
	unsigned n_all = host.n_flush_all;

	ck_assert_int_eq(hptp_vm_reset(host.vm, order), 0);
	hptp_vm_table(host.vm, &host.table);
	ck_assert_uint_eq(host.table.order, order);
	ck_assert_uint_eq(host.table.n, order ? 1ull << (order - 4) : 0);
	ck_assert_uint_eq(host.tables, !!order);
	ck_assert_uint_le(host.n_flush_all, n_all + 1);
	host_check(&host);
}

static void assert_empty(void)
{
	struct hptp_entry e;

	ck_assert(!hptp_entry_next(host.vm, 0, &e));
	for (uint64_t i = 0; i < 2 * host.table.n; i++)
		require(!((uint64_t *)host.table.entries)[i]);
}

/* Every order from every other; afterwards the guest begins anew. */
START_TEST(a_reset_table_is_empty_and_works)
{
	static const unsigned orders[] = { 18, 20, 18, 18, 0, 0, 19 };

	start(_i);
	for (unsigned i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		if (host.table.n)
			ck_assert_uint_gt(host_stats(&host).enter, 0);
		reset(orders[i]);
		ck_assert_uint_eq(host.n_flush_all, i < 5 ? i + 1 : 5);
		if (!orders[i])
			continue;
		assert_empty();
		fill();
		host_check(&host);
		ck_assert_int_eq(host_access(&host, 3, true), HPTP_RESUME);
		ck_assert_int_eq(host_access(&host, 0x1000 + CROWD - 1, true), HPTP_RESUME);
		host_unmap(&host, CROWD_GFN, 1);
		ck_assert_int_eq(hptp_unmap_frame(host.slot, (hptp_off){ 0 }, NULL, NULL, NULL), 0);
	}
	host_stop(&host);
}
END_TEST

START_TEST(what_hardware_noted_is_kept)
{
	static uint8_t young[HOST_FRAMES / 8];

	start(_i & 3);
	host.late_idx = host_enter(&host, 7, VALID_GFN); /* written back by the last flush only */
	host.late_rc = 0x180;
	reset(_i & 4 ? 19 : 18);
	ck_assert(is_dirty(WRITTEN_GFN));
	ck_assert(is_dirty(OUT_GFN));
	ck_assert(is_dirty(VALID_GFN));
	ck_assert(!is_dirty(CROWD_GFN));
	ck_assert_int_eq(hptp_age_range(host.slot, (hptp_off){ 0 }, HOST_FRAMES, young), 1);
	ck_assert_uint_eq(young[WRITTEN_GFN / 8], 1);
	ck_assert_uint_eq(young[OUT_GFN / 8], 1);
	ck_assert_uint_eq(young[CROWD_GFN / 8], 0);
	host_stop(&host);
}
END_TEST

START_TEST(bad_orders_change_nothing)
{
	uint64_t hash;

	start(0);
	hptp_vm_ready(host.vm);
	hash = host_table_hash(&host);
	for (unsigned order = 1; order < 300; order++)
		if (order < HPTP_MIN_ORDER || order > HPTP_MAX_ORDER)
			require(hptp_vm_reset(host.vm, order) == HPTP_E_PARAM);
	ck_assert_int_eq(hptp_vm_reset(host.vm, ~0u), HPTP_E_PARAM);
	ck_assert(hptp_vm_is_ready(host.vm));
	ck_assert_uint_eq(host.n_flush_all, 0);
	ck_assert_uint_eq(host_table_hash(&host), hash);
	host_stop(&host);
}
END_TEST

START_TEST(a_running_vcpu_keeps_its_table)
{
	uint64_t hash;

	start(0);
	hptp_vm_ready(host.vm);
	hash = host_table_hash(&host);
	ck_assert(hptp_vcpu_enter(host.vcpu));
	ck_assert_int_eq(hptp_vm_reset(host.vm, 18), HPTP_E_BUSY);
	ck_assert_int_eq(hptp_vm_reset(host.vm, 20), HPTP_E_BUSY);
	ck_assert_int_eq(hptp_vm_reset(host.vm, 0), HPTP_E_BUSY);
	ck_assert(hptp_vm_is_ready(host.vm));
	ck_assert_uint_eq(host_table_hash(&host), hash);
	ck_assert_uint_eq(host.n_flush_all, 0);
	/* Being stopped already, it stays so. */
	ck_assert_int_eq(hptp_vm_stop(host.vm), HPTP_E_BUSY);
	ck_assert_int_eq(hptp_vm_reset(host.vm, 18), HPTP_E_BUSY);
	ck_assert(!hptp_vm_is_ready(host.vm));
	hptp_vcpu_leave(host.vcpu);
	reset(18);
	ck_assert(!hptp_vm_is_ready(host.vm));
	host_stop(&host);
}
END_TEST

START_TEST(no_memory_for_another_order_changes_nothing)
{
	unsigned long blocks;
	int error = HPTP_E_NOMEM;
	uint64_t hash;

	start(0);
	hptp_vm_ready(host.vm);
	hash = host_table_hash(&host);
	blocks = host.blocks;
	for (long k = 1; error; k++) {
		host.fail_in = k;
		error = hptp_vm_reset(host.vm, 19);
		if (!error)
			break;
		ck_assert_int_eq(error, k == 1 ? HPTP_E_HOST(12) : HPTP_E_NOMEM);
		ck_assert_uint_eq(host.blocks, blocks);
		ck_assert_uint_eq(host.tables, 1);
		ck_assert_uint_eq(host.n_flush_all, 0);
		ck_assert_uint_eq(host_table_hash(&host), hash);
		ck_assert(hptp_vm_is_ready(host.vm));
		ck_assert_int_lt(k, 10);
	}
	host.fail_in = 1; /* in place nothing is asked for */
	ck_assert_int_eq(hptp_vm_reset(host.vm, 19), 0);
	ck_assert_int_eq(host.fail_in, 1);
	host.fail_in = 0;
	host_stop(&host);
}
END_TEST

/* An index that a vCPU keeps means nothing in the next table, where it may not even be. */
START_TEST(a_fault_does_not_outlive_its_table)
{
	static const unsigned orders[] = { 22, 18, 0 };
	struct hptp_fault f;
	struct isa_va va;
	uint64_t page = 0;

	host_start(&host, &(struct host_config){ .order = 22 });
	do
		va = host_va(++page, 12);
	while (isa_pteg(&va, 22, false) < host.table.n / 8 - 64);
	host_enter(&host, page, NEVER_GFN);
	f = host_fault_for(&va, true);
	ck_assert_int_eq(hptp_fault(host.vcpu, &f), HPTP_TASK);
	reset(orders[_i]);
	/* Even when the guest has made the same entry again. */
	if (orders[_i] == 22)
		host_enter(&host, page, NEVER_GFN);
	ck_assert_int_eq(hptp_refault(host.vcpu, &f), HPTP_RESUME);
	ck_assert_uint_eq(host.calls[HOST_OP_host_get], 0);
	host_stop(&host);
}
END_TEST

/* What emulated MMIO was found by an entry of the old table is forgotten with it. */
START_TEST(cached_mmio_does_not_outlive_its_table)
{
	struct isa_va va = host_va(5, 12);
	struct hptp_fault f = host_fault_for(&va, false);

	start(0);
	ck_assert_int_eq(hptp_fault(host.vcpu, &f), HPTP_MMIO);
	f = host_fault_for(&va, false);
	ck_assert_int_eq(hptp_fault(host.vcpu, &f), HPTP_MMIO);
	ck_assert_uint_eq(host_stats(&host).mmio_cached, 1);
	reset(18);
	f = host_fault_for(&va, false);
	ck_assert_int_eq(hptp_fault(host.vcpu, &f), HPTP_REFLECT);
	reset(0);
	f = host_fault_for(&va, false);
	ck_assert_int_eq(hptp_fault(host.vcpu, &f), HPTP_RESUME);
	host_stop(&host);
}
END_TEST

/* A hypercall that waits for its task half is answered for the table that is there then. */
START_TEST(a_waiting_hypercall_meets_the_new_table)
{
	struct isa_va va = host_va(1, 12);
	uint64_t idx;

	host_start(&host, &(struct host_config){ .order = 20 });
	host_map(&host, 1, 1, true);
	ck_assert_int_eq(hptp_h_enter(host.vcpu, HPTP_H_EXACT, host.table.n - 1, host_v(&va, 12),
				      host_r(&host, 1, 12, 12, 2), &idx),
			 HPTP_H_TOO_HARD);
	reset(18);
	ck_assert_int_eq(hptp_hcall_task(host.vcpu, &idx), HPTP_H_PARAMETER);
	ck_assert_int_eq(hptp_h_enter(host.vcpu, HPTP_H_EXACT, host.table.n - 1, host_v(&va, 12),
				      host_r(&host, 1, 12, 12, 2), &idx),
			 HPTP_H_TOO_HARD);
	reset(20);
	ck_assert_int_eq(hptp_hcall_task(host.vcpu, &idx), HPTP_H_SUCCESS);
	ck_assert(host_valid(&host, idx));
	host_stop(&host);
}
END_TEST

static void in_flush_unmap(struct host *h)
{
	host_unmap(h, VALID_GFN, 1);
}

/* A page-out in the middle finds what is to be found. */
START_TEST(page_out_may_come_between)
{
	start(0);
	host.in_flush = in_flush_unmap;
	reset(18);
	ck_assert_ptr_null(host.in_flush);
	fill();
	host_unmap(&host, 0, HOST_FRAMES);
	host_stop(&host);
}
END_TEST

static void in_alloc_reset(struct host *h)
{
	ck_assert_int_eq(hptp_vm_reset(h->vm, 0), 0);
}

/* The memory that a first map asked for has no table to go to any more. */
START_TEST(memory_that_comes_too_late_is_given_back)
{
	struct isa_va va = host_va(1, 12);
	unsigned long blocks;
	uint64_t idx;

	host_start(&host, NULL);
	host_map(&host, 1, 1, true);
	for (unsigned i = 0; i < 5; i++) { /* history, hints, records, views, nodes */
		reset(18);
		ck_assert_int_eq(hptp_h_enter(host.vcpu, 0, host_idx(&host, &va, 0),
					      host_v(&va, 12), host_r(&host, 1, 12, 12, 2), &idx),
				 HPTP_H_TOO_HARD);
		host.in_alloc = in_alloc_reset;
		ck_assert_int_eq(hptp_hcall_task(host.vcpu, &idx), HPTP_H_PARAMETER);
		ck_assert_ptr_null(host.in_alloc);
		hptp_vm_table(host.vm, &host.table);
	}
	blocks = host.blocks;
	reset(0);
	ck_assert_uint_eq(host.blocks, blocks);
	host_stop(&host);
}
END_TEST

START_TEST(the_vrma_is_built_anew)
{
	uint64_t slb = 0, again = 1;

	start(_i);
	reset(18);
	ck_assert_int_eq(hptp_vrma_map(host.vcpu, 12, 1 << 20, &slb), 0);
	reset(20);
	assert_empty();
	ck_assert_int_eq(hptp_vrma_map(host.vcpu, 12, 1 << 20, &again), 0);
	ck_assert_uint_eq(slb, again);
	reset(0);
	ck_assert_int_eq(hptp_vrma_map(host.vcpu, 12, 1 << 20, &again), HPTP_E_STATE);
	host_stop(&host);
}
END_TEST

START_TEST(vrma_page_sizes)
{
	for (unsigned shift = 0; shift < 64; shift++)
		ck_assert_uint_eq(hptp_vrma_page_shift(shift), shift >= 24 ? 24 :
							       shift >= 16 ? 16 :
							       shift >= 12 ? 12 :
									     0);
}
END_TEST

/* Pins are the slot's, and stay with it. */
START_TEST(pinned_pages_stay_pinned)
{
	unsigned long pinned;
	uint64_t idx;

	host_start(&host, &(struct host_config){ .pinned = true });
	host_map(&host, VALID_GFN, 1, true);
	idx = host_enter(&host, 1, VALID_GFN);
	ck_assert(host_valid(&host, idx));
	pinned = host.pinned;
	ck_assert_uint_eq(pinned, 1);
	reset(18);
	assert_empty();
	ck_assert_uint_eq(host.pinned, pinned);
	ck_assert_uint_eq(host_enter(&host, 1, VALID_GFN), idx);
	ck_assert_uint_eq(host.pinned, pinned);
	host_stop(&host);
}
END_TEST

SUITE("reset", LOOP(a_reset_table_is_empty_and_works, HOST_KINDS),
      LOOP(what_hardware_noted_is_kept, 8), CASE(bad_orders_change_nothing),
      CASE(a_running_vcpu_keeps_its_table), CASE(no_memory_for_another_order_changes_nothing),
      LOOP(a_fault_does_not_outlive_its_table, 3), CASE(cached_mmio_does_not_outlive_its_table),
      CASE(a_waiting_hypercall_meets_the_new_table), CASE(page_out_may_come_between),
      CASE(memory_that_comes_too_late_is_given_back), LOOP(the_vrma_is_built_anew, HOST_KINDS),
      CASE(vrma_page_sizes), CASE(pinned_pages_stay_pinned))
