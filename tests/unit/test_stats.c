// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Statistics: each counter counts what it says, on whichever vCPU, and outlives it. */
#include "host.h"
#include "suite.h"

static struct host host;

START_TEST(counters_count_what_they_say)
{
	uint64_t idx[8], out[2];
	struct hptp_stats s;

	host_start(&host, host_kind(_i));
	host_map(&host, 0, 64, true);
	for (unsigned k = 0; k < 8; k++)
		idx[k] = host_enter(&host, k, k);
	host.page[20].present = false;
	(void)host_enter(&host, 20, 20);
	s = host_stats(&host);
	ck_assert_uint_eq(s.enter, 9);
	ck_assert_uint_eq(s.enter_absent, 1);
	ck_assert_uint_eq(s.tlbie, 0);
	host_touch(&host, idx[1], 0x180);
	ck_assert_int_eq(hptp_age_range(host.slot, (hptp_off){ 0 }, 8, NULL), 1);
	ck_assert_int_eq(hptp_dirty_harvest(host.slot, (hptp_off){ 0 }, 8, (uint8_t[1]){ 0 }, 0),
			 0);
	host_unmap(&host, 0, 4);
	ck_assert_int_eq(host_access(&host, 2, true), HPTP_RESUME);
	ck_assert_int_eq(hptp_h_protect(host.vcpu, 3, idx[5], 0), 0);
	ck_assert_int_eq(hptp_h_remove(host.vcpu, 0, idx[6], 0, out), 0);
	ck_assert_int_eq(host_access(&host, 40, true), HPTP_REFLECT);
	s = host_stats(&host);
	ck_assert_uint_eq(s.aged, 1);
	ck_assert_uint_eq(s.harvested, 1);
	ck_assert_uint_eq(s.absent, 4);
	ck_assert_uint_eq(s.refault, 1);
	ck_assert_uint_eq(s.protect, 1);
	ck_assert_uint_eq(s.remove, 1);
	ck_assert_uint_eq(s.fault, 2);
	ck_assert_uint_eq(s.reflect, 1);
	ck_assert_uint_eq(s.tlbie, 1 + 1 + 4 + 1 + 1);
	ck_assert_uint_eq(s.sync, 5);
	ck_assert_uint_eq(s.bytes, host.bytes);
	host_stop(&host);
}
END_TEST

START_TEST(a_vcpus_counts_outlive_it)
{
	struct hptp_vcpu *mine;
	struct isa_va va = host_va(7, 12);
	uint64_t idx;

	host_start(&host, NULL);
	mine = host.vcpu;
	for (int i = 0; i < 3; i++) {
		va.off = (uint64_t)i << 12;
		ck_assert_int_eq(hptp_vcpu_create(host.vm, NULL, &host.vcpu), 0);
		ck_assert_int_eq(host_h_enter(&host, 0, host_idx(&host, &va, 0), host_v(&va, 12),
					      host_r(&host, 5, 12, 12, 2), &idx),
				 0);
		hptp_vcpu_destroy(host.vcpu);
	}
	host.vcpu = mine;
	ck_assert_uint_eq(host_stats(&host).enter, 3);
	host_stop(&host);
}
END_TEST

/* A trace callback sees the events; without one nothing is called. */
START_TEST(events)
{
	uint64_t idx;

	for (int traced = 0; traced < 2; traced++) {
		host_start(&host, NULL);
		if (!traced)
			host.ops.trace = NULL;
		host_map(&host, 0, 8, true);
		idx = host_enter(&host, 7, 5);
		host_unmap(&host, 5, 1);
		ck_assert_int_eq(host_access(&host, 7, true), HPTP_RESUME);
		ck_assert_int_eq(hptp_slot_remove(host.slots[0].slot), 0);
		host.slots[0].slot = NULL;
		ck_assert(!host_valid(&host, idx));
		ck_assert_uint_eq(host.n_events[HPTP_EV_ABSENT], traced ? 2 : 0);
		ck_assert_uint_eq(host.n_events[HPTP_EV_REFAULT], traced);
		ck_assert_uint_eq(host.n_events[HPTP_EV_ORPHAN], traced);
		ck_assert_uint_eq(host.n_events[HPTP_EV_BATCH], traced ? 2 : 0);
		host_stop(&host);
	}
}
END_TEST

SUITE("stats", LOOP(counters_count_what_they_say, HOST_KINDS), CASE(a_vcpus_counts_outlive_it),
      CASE(events))
