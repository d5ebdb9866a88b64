// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* H_PROTECT: the guest's view changes always, the real entry as far as the host allows. */
#include "host.h"
#include "suite.h"

#define PROT (1ull << 63 | 3ull << 60 | 0xe07ull)
#define RC 0x180ull

static struct host host;

static void setup(int kind)
{
	host_start(&host, host_kind(kind));
	host_map(&host, 0, HOST_FRAMES, true);
}

/* PP0 at flag bit 8, key at 13:12 and 11:9, N at 2, PP at 1:0. */
static uint64_t flags_of(uint64_t prot)
{
	return (prot >> 63) << 8 | (prot >> 60 & 3) << 12 | (prot & 0xe07);
}

static uint64_t guest_r(uint64_t idx)
{
	uint64_t out[8];

	ck_assert_int_eq(hptp_h_read(host.vcpu, 0, idx, out), 0);
	host_assert_guest_v(out[0]);
	host_assert_guest_r(&host, out[1]);
	return out[1];
}

static const uint64_t prots[] = {
	0, 1, 2, 3, 1ull << 63 | 2, 2 | 4, 3 | 4, 2 | 0xe00, 2 | 3ull << 60, PROT & ~4ull,
};
#define N_PROTS (sizeof(prots) / sizeof(prots[0]))

/* From each protection to each: the guest sees what it asked for, hardware no more. */
START_TEST(every_change_of_protection)
{
	setup(_i);
	for (unsigned from = 0; from < N_PROTS; from++) {
		for (unsigned to = 0; to < N_PROTS; to++) {
			struct isa_va va = host_va(7, 12);
			uint64_t idx, real, out[2], r = host_r(&host, 5, 12, 12, 0);

			ck_assert_int_eq(host_h_enter(&host, 0, host_idx(&host, &va, 0),
						      host_v(&va, 12), r | prots[from], &idx),
					 0);
			host.n_flushed = 0;
			real = host_pte(&host, idx).r;
			ck_assert_int_eq(hptp_h_protect(host.vcpu, flags_of(prots[to]), idx, 0), 0);
			ck_assert_uint_eq(guest_r(idx), r | prots[to]);
			for (int key = 0; key < 2; key++)
				for (int store = 0; store < 2; store++)
					ck_assert(
						isa_pp_allows(prots[to], key, store) ||
						!isa_pp_allows(host_pte(&host, idx).r, key, store));
			ck_assert_uint_eq(host_pte(&host, idx).r & (PROT & ~(1ull << 63 | 3)),
					  prots[to] & (PROT & ~(1ull << 63 | 3)));
			if (real != host_pte(&host, idx).r)
				ck_assert_uint_eq(host.n_flushed, 1);
			else
				ck_assert_uint_eq(host.n_flushed, 0);
			ck_assert_int_eq(hptp_h_remove(host.vcpu, 0, idx, 0, out), 0);
		}
	}
	host_stop(&host);
}
END_TEST

/* A page that the host shares read-only: PP=2 must not make it writable; a store asks. */
START_TEST(a_page_of_the_hosts_that_is_read_only_stays_so)
{
	uint64_t idx;

	setup(_i);
	host_protect(&host, 5, 1);
	idx = host_enter(&host, 7, 5);
	ck_assert(!isa_pp_allows(host_pte(&host, idx).r, false, true));
	ck_assert_int_eq(hptp_h_protect(host.vcpu, 3, idx, 0), 0);
	ck_assert_int_eq(hptp_h_protect(host.vcpu, 2, idx, 0), 0);
	ck_assert_uint_eq(guest_r(idx) & 3, 2);
	ck_assert(!isa_pp_allows(host_pte(&host, idx).r, false, true));
	ck_assert_int_eq(host_access(&host, 7, true), HPTP_RESUME);
	ck_assert(isa_pp_allows(host_pte(&host, idx).r, false, true));
	ck_assert(host.page[5].writable);
	host_stop(&host);
}
END_TEST

START_TEST(r_and_c_survive_also_late_ones)
{
	uint64_t idx;

	setup(_i);
	idx = host_enter(&host, 7, 5);
	host_touch(&host, idx, 0x100);
	host.late_idx = idx;
	host.late_rc = RC;
	ck_assert_int_eq(hptp_h_protect(host.vcpu, 3, idx, 0), 0);
	ck_assert_uint_eq(host_pte(&host, idx).r & RC, RC);
	ck_assert_uint_eq(guest_r(idx) & RC, RC);
	host_stop(&host);
}
END_TEST

START_TEST(an_absent_entry_changes_for_the_guest_only)
{
	uint64_t idx, orphan;

	setup(_i);
	idx = host_enter(&host, 7, 5);
	host_touch(&host, idx, RC);
	host_unmap(&host, 5, 1);
	host.page[6].present = false;
	orphan = host_enter(&host, 8, 6);
	host.n_flushed = 0;
	ck_assert_int_eq(hptp_h_protect(host.vcpu, flags_of(PROT), idx, 0), 0);
	ck_assert_int_eq(hptp_h_protect(host.vcpu, flags_of(PROT), orphan, 0), 0);
	ck_assert_uint_eq(host.n_flushed, 0);
	ck_assert_uint_eq(guest_r(idx), host_r(&host, 5, 12, 12, 0) | PROT | RC);
	ck_assert_uint_eq(guest_r(orphan), host_r(&host, 6, 12, 12, 0) | PROT);
	ck_assert_int_eq(host_entry(&host, idx).state, HPTP_ABSENT);
	ck_assert_int_eq(host_entry(&host, orphan).state, HPTP_ORPHAN);
	/* what the guest asked for meanwhile is what a refault installs */
	ck_assert_int_eq(hptp_h_protect(host.vcpu, 3, idx, 0), 0);
	ck_assert_int_eq(host_access(&host, 7, false), HPTP_RESUME);
	ck_assert_uint_eq(host_pte(&host, idx).r & (PROT | 3), 3);
	host_stop(&host);
}
END_TEST

START_TEST(not_found_changes_nothing)
{
	struct isa_va va = host_va(7, 12);
	uint64_t idx, hash;

	setup(_i);
	idx = host_enter(&host, 7, 5);
	hash = host_table_hash(&host);
	ck_assert_int_eq(hptp_h_protect(host.vcpu, HPTP_H_AVPN | 3, idx, host_v(&va, 12) + 0x80),
			 HPTP_H_NOT_FOUND);
	ck_assert_int_eq(hptp_h_protect(host.vcpu, 3, idx + 1, 0), HPTP_H_NOT_FOUND);
	ck_assert_uint_eq(host_table_hash(&host), hash);
	ck_assert_uint_eq(guest_r(idx), host_r(&host, 5, 12, 12, 2));
	ck_assert_int_eq(hptp_h_protect(host.vcpu, HPTP_H_AVPN | 3, idx, host_v(&va, 12)), 0);
	host_stop(&host);
}
END_TEST

/* ANDCOND and the rest mean nothing here; AVPN alone is a condition. */
START_TEST(other_flags_are_ignored)
{
	uint64_t known = HPTP_H_AVPN | 0x3f07, idx;

	setup(0);
	idx = host_enter(&host, 7, 5);
	for (unsigned bit = 0; bit < 64; bit++) {
		if (known >> bit & 1)
			continue;
		ck_assert_int_eq(hptp_h_protect(host.vcpu, 1ull << bit | 2, idx, ~0ull), 0);
		ck_assert_uint_eq(guest_r(idx), host_r(&host, 5, 12, 12, 2));
	}
	host_stop(&host);
}
END_TEST

SUITE("protect", LOOP(every_change_of_protection, HOST_KINDS),
      LOOP(a_page_of_the_hosts_that_is_read_only_stays_so, HOST_KINDS),
      LOOP(r_and_c_survive_also_late_ones, HOST_KINDS),
      LOOP(an_absent_entry_changes_for_the_guest_only, HOST_KINDS),
      LOOP(not_found_changes_nothing, HOST_KINDS), CASE(other_flags_are_ignored))
