// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Entries of one frame that come back together with the one that faulted. */
#include "host.h"
#include "suite.h"

#include "vm.h"

#define RC 0x180ull
#define MOST 8u /* that come back beside the one that faulted */

static struct host host;

static void setup(int kind)
{
	host_start(&host, host_kind(kind));
	host_map(&host, 0, HOST_FRAMES, true);
}

/* Entries of frame 5, all absent, the host's page there again. */
static void setup_absent(int kind, uint64_t *idx, unsigned n)
{
	setup(kind);
	for (unsigned k = 0; k < n; k++)
		idx[k] = host_enter(&host, k, 5);
	host_unmap(&host, 5, 1);
	host_map(&host, 5, 1, true);
}

static unsigned valid(const uint64_t *idx, unsigned n)
{
	unsigned found = 0;

	for (unsigned k = 0; k < n; k++)
		found += host_valid(&host, idx[k]);
	return found;
}

START_TEST(they_come_back_together)
{
	static const unsigned numbers[] = { 1, 2, 3, 4, 9, 10, 16, 60 };

	for (unsigned i = 0; i < 8; i++) {
		unsigned n = numbers[i], back = n - 1 < MOST ? n - 1 : MOST;
		uint64_t idx[60], out[2];

		setup_absent(_i, idx, n);
		ck_assert_int_eq(host_access(&host, 0, true), HPTP_RESUME);
		ck_assert(host_valid(&host, idx[0]));
		ck_assert_uint_eq(valid(idx, n), 1 + back);
		ck_assert_uint_eq(host_stats(&host).alias, back);
		ck_assert_uint_eq(host_stats(&host).refault, 1);
		ck_assert_uint_eq(host.n_events[HPTP_EV_REFAULT], 1 + back);
		for (unsigned k = 0; k < n; k++)
			if (host_valid(&host, idx[k]))
				ck_assert_uint_eq(host_pte(&host, idx[k]).r & ~0xfffull,
						  host.page[5].hfn << host.frame_shift);
		host_check(&host);
		/* page-out finds all of them again, hypercalls too */
		host_unmap(&host, 5, 1);
		ck_assert_uint_eq(valid(idx, n), 0);
		host_map(&host, 5, 1, true);
		ck_assert_int_eq(host_access(&host, n - 1, false), HPTP_RESUME);
		for (unsigned k = 0; k < n; k++)
			ck_assert_int_eq(hptp_h_remove(host.vcpu, 0, idx[k], 0, out), 0);
		host_stop(&host);
	}
}
END_TEST

/* What one may do says nothing of what another may. */
START_TEST(each_by_its_own_view)
{
	uint64_t idx[5];

	setup(_i);
	for (unsigned k = 0; k < 5; k++)
		idx[k] = host_enter(&host, k, 5);
	ck_assert_int_eq(hptp_h_protect(host.vcpu, 3, idx[1], 0), 0);             /* read-only */
	ck_assert_int_eq(hptp_h_protect(host.vcpu, 1ull << 8 | 2, idx[2], 0), 0); /* RXXX */
	ck_assert_int_eq(hptp_h_protect(host.vcpu, 4 | 2, idx[3], 0), 0);         /* N */
	host_unmap(&host, 5, 1);
	/* changed while absent */
	ck_assert_int_eq(hptp_h_protect(host.vcpu, 0x3e00 | 2, idx[4], 0), 0); /* key 31 */
	host_map(&host, 5, 1, true);
	ck_assert_int_eq(host_access(&host, 0, true), HPTP_RESUME);
	ck_assert_uint_eq(valid(idx, 5), 5);
	for (unsigned k = 0; k < 5; k++)
		ck_assert_uint_eq((host_pte(&host, idx[k]).r ^ host_entry(&host, idx[k]).guest) &
					  HPTP_R_PROT,
				  0);
	ck_assert(!isa_pp_allows(host_pte(&host, idx[1]).r, false, true));
	ck_assert(!isa_pp_allows(host_pte(&host, idx[2]).r, false, true));
	host_stop(&host);
}
END_TEST

/* A load's page that the host has read-only is so through each of its entries. */
START_TEST(the_hosts_permission_is_everybodys)
{
	uint64_t idx[3];

	setup_absent(_i, idx, 3);
	host.page[5].writable = false;
	ck_assert_int_eq(host_access(&host, 1, false), HPTP_RESUME);
	ck_assert_uint_eq(valid(idx, 3), 3);
	for (unsigned k = 0; k < 3; k++)
		ck_assert(!isa_pp_allows(host_pte(&host, idx[k]).r, false, true));
	/* a store upgrades its own entry, and no more is needed of it */
	ck_assert_int_eq(host_access(&host, 1, true), HPTP_RESUME);
	ck_assert(isa_pp_allows(host_pte(&host, idx[1]).r, false, true));
	ck_assert(!isa_pp_allows(host_pte(&host, idx[0]).r, false, true));
	host_stop(&host);
}
END_TEST

START_TEST(r_and_c_of_each_go_to_its_own_view)
{
	uint8_t map = 0;
	uint64_t idx[3];

	setup(_i);
	for (unsigned k = 0; k < 3; k++)
		idx[k] = host_enter(&host, k, 5);
	host_touch(&host, idx[1], RC);
	host_touch(&host, idx[2], 0x100);
	host_unmap(&host, 5, 1);
	ck_assert_int_eq(host_access(&host, 0, false), HPTP_RESUME);
	ck_assert_uint_eq(valid(idx, 3), 3);
	ck_assert_uint_eq(host_entry(&host, idx[0]).guest & RC, 0);
	ck_assert_uint_eq(host_entry(&host, idx[1]).guest & RC, RC);
	ck_assert_uint_eq(host_entry(&host, idx[2]).guest & RC, 0x100);
	for (unsigned k = 0; k < 3; k++) /* extras are not young by having come back */
		ck_assert_uint_eq(host_pte(&host, idx[k]).r & RC, 0);
	ck_assert_int_eq(hptp_age_range(host.slot, (hptp_off){ 5 }, 1, NULL), 1);
	ck_assert_int_eq(hptp_dirty_harvest(host.slot, (hptp_off){ 5 }, 1, &map, 0), 0);
	host_stop(&host);
}
END_TEST

/* Cache attributes that this memory can not have keep an entry out, not the others. */
START_TEST(attributes_are_each_ones_own)
{
	uint64_t idx[3], r, *view;

	setup(_i);
	host_unmap(&host, 5, 1);
	host.page[5].ci = true;
	for (unsigned k = 0; k < 3; k++) {
		struct isa_va va = host_va(k, 12);

		r = host_r(&host, 5, 12, 12, 2) & ~0x78ull;
		ck_assert_int_eq(host_h_enter(&host, 0, host_idx(&host, &va, 0), host_v(&va, 12),
					      r | 0x28, &idx[k]),
				 0);
		ck_assert_int_eq(host_access(&host, k, false), HPTP_RESUME);
	}
	host_unmap(&host, 5, 1);
	/* absent and linked; now one of them is not as this memory allows */
	view = hptp_view(&host.vm->table, idx[1]);
	hptp_store64(view, (hptp_load64(view) & HPTP_VIEW_PLACE) | r | 0x10);
	ck_assert_int_eq(host_access(&host, 0, false), HPTP_RESUME);
	ck_assert(host_valid(&host, idx[0]));
	ck_assert(!host_valid(&host, idx[1]));
	ck_assert(host_valid(&host, idx[2]));
	host_stop(&host);
}
END_TEST

START_TEST(a_locked_one_is_passed)
{
	uint64_t idx[3];
	uint8_t *lock;

	setup_absent(_i, idx, 3);
	lock = (uint8_t *)&host.table.entries[idx[1]].v + 7;
	*lock |= 0x40; /* nobody will ever unlock it */
	ck_assert_int_eq(host_access(&host, 0, false), HPTP_RESUME);
	ck_assert(host_valid(&host, idx[0]));
	ck_assert(!host_valid(&host, idx[1]));
	ck_assert(host_valid(&host, idx[2]));
	*lock &= 0xbf;
	host_stop(&host);
}
END_TEST

START_TEST(orphans_stay_orphans)
{
	uint64_t idx[2];

	setup(_i);
	idx[0] = host_enter(&host, 0, 5);
	host_unmap(&host, 5, 1);
	idx[1] = host_enter(&host, 1, 5);
	ck_assert_int_eq(host_entry(&host, idx[1]).state, HPTP_ORPHAN);
	ck_assert_int_eq(host_access(&host, 0, true), HPTP_RESUME);
	ck_assert_int_eq(host_entry(&host, idx[1]).state, HPTP_ORPHAN);
	/* and one that faults brings the members along */
	host_unmap(&host, 5, 1);
	ck_assert_int_eq(host_access(&host, 1, true), HPTP_RESUME);
	ck_assert_uint_eq(valid(idx, 2), 2);
	host_stop(&host);
}
END_TEST

/* The page of a trap callback's caller goes between the first entry and the others. */
static bool gone;

static void page_goes(struct host *h, enum hptp_event event)
{
	struct hptp_window window;

	if (event != HPTP_EV_REFAULT || gone)
		return;
	gone = true;
	ck_assert_int_eq(hptp_invalidate_begin(h->slot, (hptp_off){ 5 }, 1, &window), 0);
	ck_assert_int_eq(hptp_unmap_range(h->slot, (hptp_off){ 5 }, 1, NULL), 0);
	h->page[5].present = false;
	ck_assert_int_eq(hptp_invalidate_end(&window), 0);
}

START_TEST(a_page_that_goes_meanwhile)
{
	uint64_t idx[6];

	setup_absent(_i, idx, 6);
	gone = false;
	host.in_trace = page_goes;
	ck_assert_int_eq(host_access(&host, 0, true), HPTP_RESUME);
	ck_assert(gone);
	ck_assert_uint_eq(valid(idx, 6), 0);
	host.in_trace = NULL;
	host_stop(&host);
}
END_TEST

/* An alias that is larger than the page that faulted reaches frames nobody asked about. */
START_TEST(a_larger_one_waits_for_its_own_fault)
{
	uint64_t frames = (1ull << 24) >> host_kind(_i)->frame_shift, small, large;
	struct hptp_window window;

	setup(_i);
	for (unsigned i = 0; i < HOST_FRAMES; i++)
		host.page[i].shift = 24;
	small = host_enter(&host, 7, 0x1000);
	large = host_enter_size(&host, 3, 0x1000, 24, 24);
	host_unmap(&host, 0x1000, frames);
	host_map(&host, 0x1000, frames, true);
	/* a frame inside the large one is being taken away */
	ck_assert_int_eq(
		hptp_invalidate_begin(host.slot, (hptp_off){ 0x1000 + frames / 2 }, 1, &window), 0);
	ck_assert_int_eq(host_access(&host, 7, true), HPTP_RESUME);
	ck_assert(host_valid(&host, small));
	ck_assert(!host_valid(&host, large));
	ck_assert_int_eq(hptp_invalidate_end(&window), 0);
	/* the other way round it is covered */
	host_unmap(&host, 0x1000, frames);
	host_map(&host, 0x1000, frames, true);
	{
		struct isa_va va = host_va(3, 24);
		struct hptp_fault f = host_fault_for(&va, true);

		ck_assert_int_eq(host_fault(&host, &f), HPTP_RESUME);
	}
	ck_assert(host_valid(&host, large));
	ck_assert(host_valid(&host, small));
	host_stop(&host);
}
END_TEST

/* 4K pages of one 64K frame lie at different places in it. */
START_TEST(pages_below_the_frame_size)
{
	uint64_t idx[16];

	setup(2); /* 64K frames */
	for (unsigned k = 0; k < 16; k++) {
		struct isa_va va = host_va(k, 12);

		ck_assert_int_eq(host_h_enter(&host, 0, host_idx(&host, &va, 0), host_v(&va, 12),
					      5ull << 16 | k << 12 | 0x12, &idx[k]),
				 0);
	}
	host_unmap(&host, 5, 1);
	host_map(&host, 5, 1, true);
	ck_assert_int_eq(host_access(&host, 9, true), HPTP_RESUME);
	ck_assert_uint_eq(valid(idx, 16), 1 + MOST);
	for (unsigned k = 0; k < 16; k++)
		if (host_valid(&host, idx[k]))
			ck_assert_uint_eq(host_pte(&host, idx[k]).r & ~0xfffull,
					  host.page[5].hfn << 16 | k << 12);
	host_stop(&host);
}
END_TEST

SUITE("alias", LOOP(they_come_back_together, HOST_KINDS), LOOP(each_by_its_own_view, HOST_KINDS),
      LOOP(the_hosts_permission_is_everybodys, HOST_KINDS),
      LOOP(r_and_c_of_each_go_to_its_own_view, HOST_KINDS),
      LOOP(attributes_are_each_ones_own, HOST_KINDS), LOOP(a_locked_one_is_passed, HOST_KINDS),
      LOOP(orphans_stay_orphans, HOST_KINDS), LOOP(a_page_that_goes_meanwhile, HOST_KINDS),
      LOOP(a_larger_one_waits_for_its_own_fault, HOST_KINDS), CASE(pages_below_the_frame_size))
