// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Both halves of a guest storage interrupt: who handles it, and what becomes of the entry. */
#include "host.h"
#include "suite.h"

#include "rmap.h"

#define RC 0x180ull
#define STORE HPTP_DSISR_STORE
#define NOHPTE HPTP_DSISR_NOHPTE

static struct host host;

static void setup(int kind)
{
	host_start(&host, host_kind(kind));
	host_map(&host, 0, HOST_FRAMES, true);
}

static struct hptp_fault fault_at(uint64_t page, bool store)
{
	struct isa_va va = host_va(page, 12);

	return host_fault_for(&va, store);
}

START_TEST(an_absent_page_comes_back)
{
	uint64_t idx;

	setup(_i);
	idx = host_enter(&host, 7, 5);
	host_unmap(&host, 5, 1);
	ck_assert_int_eq(host_access(&host, 7, false), HPTP_RESUME);
	ck_assert(host_valid(&host, idx));
	ck_assert_uint_eq(host.calls[HOST_OP_host_get], 1);
	ck_assert_uint_eq(host.calls[HOST_OP_host_put], 1);
	ck_assert_uint_eq(host_stats(&host).refault, 1);
	/* no host_get where the page is there already */
	host_unmap(&host, 5, 1);
	host_map(&host, 5, 1, true);
	ck_assert_int_eq(host_access(&host, 7, true), HPTP_RESUME);
	ck_assert_uint_eq(host.calls[HOST_OP_host_get], 1);
	host_check(&host);
	host_stop(&host);
}
END_TEST

START_TEST(pending_r_and_c_survive_the_way_back)
{
	uint64_t idx;
	uint8_t map = 0;

	setup(_i);
	idx = host_enter(&host, 7, 5);
	host_touch(&host, idx, RC);
	host_unmap(&host, 5, 1);
	ck_assert_int_eq(host_access(&host, 7, false), HPTP_RESUME);
	ck_assert_uint_eq(host_entry(&host, idx).guest & RC, RC);
	ck_assert_int_eq(hptp_age_range(host.slot, (hptp_off){ 5 }, 1, NULL), 1);
	ck_assert_int_eq(hptp_dirty_harvest(host.slot, (hptp_off){ 5 }, 1, &map, 0), 0);
	host_stop(&host);
}
END_TEST

/* A page that is read-only in the host: loads get it so, the first store upgrades it. */
START_TEST(read_only_pages_are_upgraded_by_a_store)
{
	uint64_t idx;

	setup(_i);
	host_unmap(&host, 5, 1);
	host.page[5].read_only_for_reads = true;
	idx = host_enter(&host, 7, 5);
	ck_assert_int_eq(host_access(&host, 7, false), HPTP_RESUME);
	ck_assert(!isa_pp_allows(host_pte(&host, idx).r, false, true));
	host_touch(&host, idx, 0x100);
	host.late_idx = idx;
	host.late_rc = 0x100;
	ck_assert_int_eq(host_access(&host, 7, true), HPTP_RESUME);
	ck_assert(isa_pp_allows(host_pte(&host, idx).r, false, true));
	ck_assert_uint_eq(host_pte(&host, idx).r & RC, 0x100);
	ck_assert_uint_eq(host_stats(&host).upgrade, 1);
	host_stop(&host);
}
END_TEST

/* Copy on write: the host moves the page to another frame inside host_get. */
static void copy(struct host *h)
{
	host_unmap(h, 5, 1);
	h->page[5].hfn = HOST_FIRST_HFN + 0x2000;
}

START_TEST(copy_on_write_inside_host_get)
{
	uint64_t idx, alias;

	setup(_i);
	host_protect(&host, 5, 1);
	idx = host_enter(&host, 7, 5);
	alias = host_enter(&host, 8, 5);
	host.in_get = copy;
	ck_assert_int_eq(host_access(&host, 7, true), HPTP_RESUME);
	/* the copy took the entry away under the fault: at the latest the next one repairs it */
	ck_assert_int_eq(host_access(&host, 7, true), HPTP_RESUME);
	ck_assert_uint_eq(host_pte(&host, idx).r & ~0xfffull, (uint64_t)(HOST_FIRST_HFN + 0x2000)
								      << host.frame_shift);
	ck_assert(host_valid(&host, alias)); /* it came along */
	ck_assert_uint_eq(host_pte(&host, alias).r & ~0xfffull, (uint64_t)(HOST_FIRST_HFN + 0x2000)
									<< host.frame_shift);
	host_stop(&host);
}
END_TEST

START_TEST(what_the_host_can_not_give)
{
	static const int errors[] = { HPTP_E_NOPAGE, HPTP_E_HOST(14), HPTP_E_AGAIN };

	for (unsigned i = 0; i < 3; i++) {
		struct hptp_fault f = fault_at(7, true);
		uint64_t idx;

		setup(_i);
		host_unmap(&host, 5, 1);
		idx = host_enter(&host, 7, 5);
		host.page[5].refuse = true;
		host.get_error = errors[i];
		ck_assert_int_eq(host_fault(&host, &f),
				 errors[i] == HPTP_E_AGAIN ? HPTP_RESUME : HPTP_NOPAGE);
		if (errors[i] != HPTP_E_AGAIN)
			ck_assert_int_eq(f.error, errors[i]);
		ck_assert(!host_valid(&host, idx));
		ck_assert_uint_eq(host.held, 0);
		host.page[5].refuse = false;
		ck_assert_int_eq(host_access(&host, 7, true), HPTP_RESUME);
		ck_assert(host_valid(&host, idx));
		host_stop(&host);
	}
}
END_TEST

/* The page goes again between look-up and publication, each time: the guest looks anew. */
static void take_again(struct host *h)
{
	host_unmap(h, 5, 1);
	h->in_lookup = take_again;
}

START_TEST(a_page_that_never_stays)
{
	uint64_t idx;

	setup(_i);
	idx = host_enter(&host, 7, 5);
	host_unmap(&host, 5, 1);
	host.in_lookup = take_again;
	ck_assert_int_eq(host_access(&host, 7, true), HPTP_RESUME);
	ck_assert(!host_valid(&host, idx));
	host.in_lookup = NULL;
	ck_assert_int_eq(host_access(&host, 7, true), HPTP_RESUME);
	ck_assert(host_valid(&host, idx));
	host_stop(&host);
}
END_TEST

/* Absent from host_lookup for a moment after host_get: never an error. */
static void vanish(struct host *h)
{
	h->page[5].present = false;
	h->in_get = NULL;
}

START_TEST(a_transient_absence_is_no_error)
{
	struct hptp_fault f;

	setup(_i);
	host_unmap(&host, 5, 1);
	(void)host_enter(&host, 7, 5);
	host.in_get = vanish;
	f = fault_at(7, true);
	ck_assert_int_eq(host_fault(&host, &f), HPTP_RESUME);
	host_stop(&host);
}
END_TEST

START_TEST(inside_a_window_the_guest_looks_anew)
{
	struct hptp_window window;
	uint64_t idx;

	setup(_i);
	idx = host_enter(&host, 7, 5);
	host_unmap(&host, 5, 1);
	host_map(&host, 5, 1, true);
	ck_assert_int_eq(hptp_invalidate_begin(host.slot, (hptp_off){ 5 }, 1, &window), 0);
	ck_assert_int_eq(host_access(&host, 7, true), HPTP_RESUME);
	ck_assert(!host_valid(&host, idx));
	ck_assert_int_eq(hptp_invalidate_end(&window), 0);
	ck_assert_int_eq(host_access(&host, 7, true), HPTP_RESUME);
	ck_assert(host_valid(&host, idx));
	host_stop(&host);
}
END_TEST

/* A guest page larger than what the host maps: told, not fatal, and repaired by the host. */
START_TEST(a_split_host_mapping)
{
	struct isa_va va = host_va(3, 24);
	struct hptp_fault f = host_fault_for(&va, true);
	uint64_t idx;

	setup(_i);
	for (unsigned i = 0; i < HOST_FRAMES; i++)
		host.page[i].shift = 24;
	idx = host_enter_size(&host, 3, 0x1000, 24, 24);
	host_unmap(&host, 0x1000, 0x1000);
	host_map(&host, 0x1000, 0x1000, true);
	for (unsigned i = 0x1000; i < 0x2000; i++)
		host.page[i].shift = 0;
	ck_assert_int_eq(host_fault(&host, &f), HPTP_TOO_LARGE);
	ck_assert(!host_valid(&host, idx));
	for (unsigned i = 0x1000; i < 0x2000; i++)
		host.page[i].shift = 24;
	f = host_fault_for(&va, true);
	ck_assert_int_eq(host_fault(&host, &f), HPTP_RESUME);
	ck_assert(host_valid(&host, idx));
	host_stop(&host);
}
END_TEST

/* A host mapping that is large enough and lies elsewhere modulo the page's size. */
START_TEST(a_shifted_host_mapping)
{
	struct isa_va va = host_va(3, 24);
	struct hptp_fault f = host_fault_for(&va, true);
	uint64_t idx, mask = ((1ull << 24) >> host_kind(_i)->frame_shift) - 1;

	setup(_i);
	for (unsigned i = 0; i < HOST_FRAMES; i++)
		host.page[i].shift = 24;
	idx = host_enter_size(&host, 3, 0x1000, 24, 24);
	host_unmap(&host, 0x1000, mask + 1);
	for (unsigned i = 0; i <= mask; i++)
		host.page[0x1000 + i].hfn++;
	host_map(&host, 0x1000, mask + 1, true);
	ck_assert_int_eq(host_fault(&host, &f), HPTP_TOO_LARGE);
	ck_assert(!host_valid(&host, idx));
	ck_assert_uint_eq(host.held, 0);
	host_stop(&host);
}
END_TEST

START_TEST(an_access_inside_a_huge_page_finds_its_base)
{
	struct isa_va va = host_va(3, 24);
	struct hptp_fault f;
	uint64_t idx;

	setup(_i);
	for (unsigned i = 0; i < HOST_FRAMES; i++)
		host.page[i].shift = 24;
	idx = host_enter_size(&host, 3, 0x1000, 24, 24);
	host_unmap(&host, 0x1000, 0x1000);
	f = host_fault_for(&va, true);
	f.ea += 0x7f1234;
	host_map(&host, 0x1000, 0x1000, true);
	ck_assert_int_eq(host_fault(&host, &f), HPTP_RESUME);
	ck_assert_uint_eq(host_pte(&host, idx).r & 0x0ffffffffffff000,
			  (uint64_t)(HOST_FIRST_HFN + 0x1000) << host.frame_shift);
	host_check(&host);
	host_stop(&host);
}
END_TEST

/* 16M pages of a 4K and of a 64K segment are searched by the segment's size. */
START_TEST(mixed_page_sizes_are_found)
{
	static const unsigned pairs[][2] = { { 12, 16 }, { 12, 24 }, { 16, 24 } };

	setup(_i);
	for (unsigned i = 0; i < HOST_FRAMES; i++)
		host.page[i].shift = 24;
	for (unsigned k = 0; k < 3; k++) {
		struct isa_va va = host_va(0x500ull << (24 - pairs[k][0]), pairs[k][0]);
		struct hptp_fault f = host_fault_for(&va, true);
		uint64_t idx, out[2];

		host_unmap(&host, 0x1000, 0x1000);
		ck_assert_int_eq(
			host_h_enter(&host, 0, host_idx(&host, &va, 0), host_v(&va, pairs[k][1]),
				     host_r(&host, 0x1000, pairs[k][0], pairs[k][1], 2), &idx),
			0);
		host_map(&host, 0x1000, 0x1000, true);
		ck_assert_int_eq(host_fault(&host, &f), HPTP_RESUME);
		ck_assert(host_valid(&host, idx));
		ck_assert_int_eq(hptp_h_remove(host.vcpu, 0, idx, 0, out), 0);
	}
	host_stop(&host);
}
END_TEST

START_TEST(secondary_groups_are_searched)
{
	struct isa_va va = host_va(7, 12);
	struct hptp_fault f = host_fault_for(&va, true);
	uint64_t idx;

	setup(_i);
	host_unmap(&host, 5, 1);
	ck_assert_int_eq(host_h_enter(&host, 0, isa_pteg(&va, host.table.order, true) * 8,
				      host_v(&va, 12) | ISA_H, host_r(&host, 5, 12, 12, 2), &idx),
			 0);
	ck_assert_int_eq(host_fault(&host, &f), HPTP_RESUME);
	ck_assert(host_valid(&host, idx));
	host_stop(&host);
}
END_TEST

/* ---- permission: the guest's own view decides, and what it gets is its own ---- */

START_TEST(every_protection_and_access)
{
	static const uint64_t pps[] = { 0, 1, 2, 3, 1ull << 63 | 2 };

	setup(_i);
	for (unsigned c = 0; c < 5 * 2 * 2 * 2; c++) {
		uint64_t pp = pps[c % 5], idx, out[2], r = host_r(&host, 5, 12, 12, 0) | pp;
		bool store = c / 5 & 1, pr = c / 10 & 1, key = c / 20 & 1;
		struct isa_va va = host_va(7, 12);
		struct hptp_fault f = host_fault_for(&va, store);
		bool allowed = isa_pp_allows(pp, key, store);

		host_unmap(&host, 5, 1);
		ck_assert_int_eq(host_h_enter(&host, 0, host_idx(&host, &va, 0), host_v(&va, 12), r,
					      &idx),
				 0);
		f.msr |= pr ? HPTP_MSR_PR : 0;
		f.slb_v |= key ? (pr ? HPTP_SLB_KP : HPTP_SLB_KS) :
				 (pr ? HPTP_SLB_KS : HPTP_SLB_KP);
		ck_assert_int_eq(host_fault(&host, &f), allowed ? HPTP_RESUME : HPTP_REFLECT);
		ck_assert_int_eq(host_valid(&host, idx), allowed);
		if (!allowed)
			ck_assert_uint_eq(f.status, HPTP_DSISR_PROT | (store ? STORE : 0));
		ck_assert_int_eq(hptp_h_remove(host.vcpu, 0, idx, 0, out), 0);
	}
	host_stop(&host);
}
END_TEST

START_TEST(storage_keys_count_for_data_with_translation_on)
{
	setup(0);
	for (unsigned c = 0; c < 8; c++) {
		bool store = c & 1, dr = c & 2, deny_store = c & 4;
		struct isa_va va = host_va(7, 12);
		struct hptp_fault f = host_fault_for(&va, store);
		uint64_t key = 9, idx, out[2], r = host_r(&host, 5, 12, 12, 2);
		bool denied = dr && store == deny_store;

		host_unmap(&host, 5, 1);
		ck_assert_int_eq(host_h_enter(&host, 0, host_idx(&host, &va, 0), host_v(&va, 12),
					      r | (key >> 3) << 60 | (key & 7) << 9, &idx),
				 0);
		f.msr = dr ? HPTP_MSR_DR : 0;
		f.amr = (deny_store ? 2ull : 1ull) << (62 - 2 * key);
		ck_assert_int_eq(host_fault(&host, &f), denied ? HPTP_REFLECT : HPTP_RESUME);
		if (denied)
			ck_assert_uint_eq(f.status, HPTP_DSISR_KEY | (store ? STORE : 0));
		ck_assert_int_eq(hptp_h_remove(host.vcpu, 0, idx, 0, out), 0);
	}
	host_stop(&host);
}
END_TEST

START_TEST(fetches)
{
	static const struct {
		uint64_t bits; /* of dword 1 */
		bool key;
		enum hptp_outcome outcome;
		uint32_t status;
	} cases[] = {
		{ 2, false, HPTP_RESUME, 0 },
		{ 2 | 4, false, HPTP_REFLECT, HPTP_DSISR_NOEXEC }, /* N */
		{ 2 | 8, false, HPTP_REFLECT, HPTP_DSISR_NOEXEC }, /* G */
		{ 0, true, HPTP_REFLECT, HPTP_DSISR_PROT },
		{ 3, true, HPTP_RESUME, 0 },
	};

	setup(_i);
	for (unsigned c = 0; c < 5; c++) {
		struct isa_va va = host_va(7, 12);
		struct hptp_fault f = host_fault_for(&va, false);
		uint64_t idx, out[2];

		host_unmap(&host, 5, 1);
		ck_assert_int_eq(host_h_enter(&host, 0, host_idx(&host, &va, 0), host_v(&va, 12),
					      host_r(&host, 5, 12, 12, 0) | cases[c].bits, &idx),
				 0);
		f.fetch = true;
		f.slb_v |= cases[c].key ? HPTP_SLB_KS : 0;
		ck_assert_int_eq(host_fault(&host, &f), cases[c].outcome);
		if (cases[c].outcome == HPTP_REFLECT)
			ck_assert_uint_eq(f.status, cases[c].status);
		ck_assert_int_eq(hptp_h_remove(host.vcpu, 0, idx, 0, out), 0);
	}
	host_stop(&host);
}
END_TEST

START_TEST(faults_that_are_the_guests_own)
{
	struct hptp_fault f = fault_at(7, true);

	setup(_i);
	ck_assert_int_eq(host_fault(&host, &f), HPTP_REFLECT); /* no entry at all */
	ck_assert_uint_eq(f.status, NOHPTE | STORE);
	f.status = 0x00400000; /* neither of ours */
	ck_assert_int_eq(host_fault(&host, &f), HPTP_REFLECT);
	ck_assert_uint_eq(f.status, 0x00400000);
	f.fetch = true;
	f.status = HPTP_DSISR_PROT; /* of a fetch: the guest's */
	ck_assert_int_eq(host_fault(&host, &f), HPTP_REFLECT);
	f.slb_v |= 0x130; /* no such page size */
	f.status = NOHPTE;
	ck_assert_int_eq(host_fault(&host, &f), HPTP_REFLECT);
	ck_assert_uint_eq(host_stats(&host).reflect, 4);
	host_stop(&host);
}
END_TEST

START_TEST(faults_that_went_away)
{
	struct hptp_fault f = fault_at(7, true);
	uint64_t idx;

	setup(_i);
	f.status = HPTP_HDSISR_CANARY; /* not updated by the processor */
	ck_assert_int_eq(host_fault(&host, &f), HPTP_RESUME);
	f.status = HPTP_DSISR_PROT | STORE; /* its entry has gone */
	ck_assert_int_eq(host_fault(&host, &f), HPTP_RESUME);
	(void)host_enter(&host, 7, 5);
	f.status = NOHPTE | STORE; /* another vCPU brought it */
	ck_assert_int_eq(host_fault(&host, &f), HPTP_RESUME);
	/* the task half of another address, or of none, does nothing */
	host_unmap(&host, 5, 1);
	idx = host_idx(&host, &(struct isa_va){ HOST_VSID, 7 << 12, true, 12 }, 0);
	f = fault_at(7, true);
	ck_assert_int_eq(hptp_fault(host.vcpu, &f), HPTP_TASK);
	f.ea += 0x1000;
	ck_assert_int_eq(hptp_refault(host.vcpu, &f), HPTP_RESUME);
	f.ea -= 0x1000;
	ck_assert_int_eq(hptp_refault(host.vcpu, &f), HPTP_RESUME);
	ck_assert_int_eq(hptp_refault(host.vcpu, &f), HPTP_RESUME); /* once only */
	ck_assert(host_valid(&host, idx));
	host_stop(&host);
}
END_TEST

/* Between the halves the entry is removed, replaced, or protected. */
START_TEST(an_entry_that_changes_between_the_halves)
{
	for (int how = 0; how < 3; how++) {
		struct hptp_fault f = fault_at(7, true);
		uint64_t idx, out[2];

		setup(_i);
		idx = host_enter(&host, 7, 5);
		host_unmap(&host, 5, 1);
		ck_assert_int_eq(hptp_fault(host.vcpu, &f), HPTP_TASK);
		if (how < 2)
			ck_assert_int_eq(hptp_h_remove(host.vcpu, 0, idx, 0, out), 0);
		else
			ck_assert_int_eq(hptp_h_protect(host.vcpu, 3, idx, 0), 0);
		if (how == 1) {
			host.page[9].present = false;
			(void)host_enter(&host, 7, 9);
		}
		ck_assert_int_eq(hptp_refault(host.vcpu, &f), HPTP_RESUME);
		ck_assert(!host_valid(&host, idx));
		ck_assert_uint_eq(host_stats(&host).changed, 1);
		host_stop(&host);
	}
}
END_TEST

/* ---- emulated MMIO ---- */

START_TEST(a_page_in_no_slot_is_emulated)
{
	for (unsigned c = 0; c < 8; c++) {
		bool store = c & 1, ir = c & 2, key31 = c & 4;
		struct isa_va va = host_va(7, 12);
		struct hptp_fault f = host_fault_for(&va, store);
		uint64_t idx, gpa = 0x7000000000ull;

		setup(_i);
		ck_assert_int_eq(host_h_enter(&host, 0, host_idx(&host, &va, 0), host_v(&va, 12),
					      gpa | 0x2a | (key31 ? 0x3000000000000e00 : 0), &idx),
				 0);
		ck_assert(!host_valid(&host, idx));
		f.ea += 0x123;
		f.msr = HPTP_MSR_DR | (ir ? HPTP_MSR_IR : 0);
		for (int again = 0; again < 2; again++) { /* the second time from the cache */
			f.status = NOHPTE | (store ? STORE : 0);
			ck_assert_int_eq(host_fault(&host, &f), HPTP_MMIO);
			ck_assert_uint_eq(f.gpa, gpa + 0x123);
			ck_assert_int_eq(f.store, store);
			ck_assert_int_eq(f.need_insn, ir);
		}
		ck_assert_uint_eq(host_stats(&host).mmio, 2);
		ck_assert_uint_eq(host_stats(&host).mmio_cached, 1);
		host_stop(&host);
	}
}
END_TEST

START_TEST(the_mmio_cache_forgets_what_changed)
{
	struct isa_va va = host_va(7, 12);
	struct hptp_fault f = host_fault_for(&va, false);
	uint64_t gpa = 0x7000000000ull, idx, out[2];

	setup(_i);
	ck_assert_int_eq(host_h_enter(&host, 0, host_idx(&host, &va, 0), host_v(&va, 12),
				      gpa | 0x2a, &idx),
			 0);
	ck_assert_int_eq(host_fault(&host, &f), HPTP_MMIO);
	/* the guest takes its permission away */
	ck_assert_int_eq(hptp_h_protect(host.vcpu, 0, idx, 0), 0);
	f = host_fault_for(&va, false);
	f.slb_v |= HPTP_SLB_KS;
	ck_assert_int_eq(host_fault(&host, &f), HPTP_REFLECT);
	/* another page takes the entry's place */
	ck_assert_int_eq(hptp_h_remove(host.vcpu, 0, idx, 0, out), 0);
	f = host_fault_for(&va, false);
	ck_assert_int_eq(host_fault(&host, &f), HPTP_REFLECT);
	ck_assert_int_eq(host_h_enter(&host, 0, host_idx(&host, &va, 0), host_v(&va, 12),
				      (gpa + 0x10000) | 0x2a, &idx),
			 0);
	f = host_fault_for(&va, false);
	ck_assert_int_eq(host_fault(&host, &f), HPTP_MMIO);
	ck_assert_uint_eq(f.gpa, gpa + 0x10000);
	/* a slot comes: memory from now on */
	ck_assert_int_eq(hptp_h_remove(host.vcpu, 0, idx, 0, out), 0);
	ck_assert_int_eq(host_h_enter(&host, 0, host_idx(&host, &va, 0), host_v(&va, 12),
				      (uint64_t)HOST_FRAMES << host.frame_shift | 0x2a, &idx),
			 0);
	f = host_fault_for(&va, false);
	ck_assert_int_eq(host_fault(&host, &f), HPTP_MMIO);
	ck_assert_int_eq(hptp_slot_remove(host.slots[0].slot), 0);
	ck_assert_int_eq(host_add_slot(&host, 0, HOST_FRAMES, 16), 0);
	host.slots[0].base = 0; /* callbacks: offset is the frame of the array */
	f = host_fault_for(&va, false);
	f.msr = 0;
	ck_assert_int_ne(host_fault(&host, &f), HPTP_MMIO);
	host_stop(&host);
}
END_TEST

/* A vCPU that has seen nothing knows of no emulated page, least of all of the first. */
START_TEST(the_mmio_cache_begins_empty)
{
	struct hptp_fault f = { .msr = HPTP_MSR_IR | HPTP_MSR_DR, .status = NOHPTE };

	host_start(&host, &(struct host_config){ .no_slot = true });
	ck_assert_int_eq(host_fault(&host, &f), HPTP_REFLECT);
	ck_assert_uint_eq(host_stats(&host).mmio, 0);
	host_stop(&host);
}
END_TEST

START_TEST(a_slot_that_goes_leaves_mmio)
{
	struct hptp_fault f = fault_at(7, true);
	uint64_t idx;

	setup(_i);
	idx = host_enter(&host, 7, 5);
	ck_assert_int_eq(hptp_slot_remove(host.slots[0].slot), 0);
	host.slots[0].slot = NULL;
	ck_assert(!host_valid(&host, idx));
	ck_assert_int_eq(host_fault(&host, &f), HPTP_MMIO);
	ck_assert_uint_eq(f.gpa, 5ull << host.frame_shift);
	/* and goes between the halves */
	ck_assert_int_eq(host_add_slot(&host, 0, 0, HOST_FRAMES), 0);
	f = fault_at(7, true);
	ck_assert_int_eq(hptp_fault(host.vcpu, &f), HPTP_TASK);
	ck_assert_int_eq(hptp_slot_remove(host.slots[0].slot), 0);
	host.slots[0].slot = NULL;
	ck_assert_int_eq(hptp_refault(host.vcpu, &f), HPTP_MMIO);
	ck_assert_uint_eq(f.gpa, 5ull << host.frame_shift);
	host_stop(&host);
}
END_TEST

/* ---- memory for the reverse map ---- */

START_TEST(no_memory_for_the_reverse_map)
{
	bool resumed = false;

	for (long n = 1; !resumed; n++) {
		struct hptp_fault f = fault_at(7, true);
		enum hptp_outcome outcome;
		uint64_t idx;

		host_start(&host, host_kind(_i));
		idx = host_enter(&host, 7, 5);
		host.fail_in = n;
		outcome = host_fault(&host, &f);
		host.fail_in = 0;
		if (outcome == HPTP_RESUME)
			resumed = host_valid(&host, idx);
		else
			ck_assert(outcome == HPTP_NO_MEMORY || outcome == HPTP_NOPAGE);
		ck_assert_uint_eq(host.held, 0);
		ck_assert_int_eq(host_access(&host, 7, true), HPTP_RESUME);
		ck_assert(host_valid(&host, idx));
		ck_assert_int_lt(n, 20);
		host_stop(&host);
	}
}
END_TEST

/* A slot that came after the entry, and holds only part of its page. */
START_TEST(a_slot_with_part_of_the_page)
{
	struct isa_va va = host_va(1, 16);
	struct hptp_fault f = host_fault_for(&va, true);
	uint64_t idx;

	host_start(&host, &(struct host_config){ .no_slot = true });
	idx = host_enter_size(&host, 1, 0x20, 16, 16);
	ck_assert_int_eq(host_add_slot(&host, 0, 0x20, 8), 0);
	ck_assert_int_eq(host_fault(&host, &f), HPTP_NOPAGE);
	ck_assert_int_eq(f.error, HPTP_E_NOPAGE);
	ck_assert(!host_valid(&host, idx));
	host_stop(&host);
}
END_TEST

/* The slot goes while the host is asked for the page. */
static void hide_slot(struct host *h)
{
	ck_assert_int_eq(hptp_slot_hide(h->slots[0].slot), 0);
}

START_TEST(a_slot_that_goes_before_host_get)
{
	struct hptp_fault f = fault_at(7, true);
	uint64_t idx;

	host_start(&host, host_kind(_i));
	idx = host_enter(&host, 7, 5);
	host.in_lookup = hide_slot;
	ck_assert_int_eq(host_fault(&host, &f), HPTP_RESUME);
	ck_assert_uint_eq(host.calls[HOST_OP_host_get], 0);
	ck_assert(!host_valid(&host, idx));
	ck_assert_int_eq(hptp_slot_flush(host.slot), 0);
	ck_assert_int_eq(hptp_slot_free(host.slot), 0);
	host.slots[0].slot = NULL;
	host_stop(&host);
}
END_TEST

START_TEST(cache_inhibited_memory)
{
	struct isa_va va = host_va(7, 12);
	struct hptp_fault f = host_fault_for(&va, true);
	uint64_t idx, out[2];

	setup(_i);
	host_unmap(&host, 5, 1);
	(void)host_enter(&host, 7, 5); /* M: cacheable */
	host.page[5].ci = true;
	ck_assert_int_eq(host_fault(&host, &f), HPTP_NOPAGE);
	ck_assert_uint_eq(host.held, 0);
	ck_assert_int_eq(hptp_h_remove(host.vcpu, 0, host_idx(&host, &va, 0), 0, out), 0);
	host_unmap(&host, 5, 1);
	ck_assert_int_eq(host_h_enter(&host, 0, host_idx(&host, &va, 0), host_v(&va, 12),
				      5ull << host.frame_shift | 0x2a, &idx),
			 0); /* I, G */
	f = host_fault_for(&va, true);
	ck_assert_int_eq(host_fault(&host, &f), HPTP_RESUME);
	ck_assert_uint_eq(host_pte(&host, idx).r & 0x78, 0x28);
	host_stop(&host);
}
END_TEST

SUITE("fault", LOOP(an_absent_page_comes_back, HOST_KINDS),
      LOOP(pending_r_and_c_survive_the_way_back, HOST_KINDS),
      LOOP(read_only_pages_are_upgraded_by_a_store, HOST_KINDS),
      LOOP(copy_on_write_inside_host_get, HOST_KINDS), LOOP(what_the_host_can_not_give, HOST_KINDS),
      LOOP(a_page_that_never_stays, HOST_KINDS), LOOP(a_transient_absence_is_no_error, HOST_KINDS),
      LOOP(inside_a_window_the_guest_looks_anew, HOST_KINDS),
      LOOP(a_split_host_mapping, HOST_KINDS), LOOP(a_shifted_host_mapping, HOST_KINDS),
      CASE(the_mmio_cache_begins_empty),
      LOOP(an_access_inside_a_huge_page_finds_its_base, HOST_KINDS),
      LOOP(mixed_page_sizes_are_found, HOST_KINDS), LOOP(secondary_groups_are_searched, HOST_KINDS),
      LOOP(every_protection_and_access, HOST_KINDS),
      CASE(storage_keys_count_for_data_with_translation_on), LOOP(fetches, HOST_KINDS),
      LOOP(faults_that_are_the_guests_own, HOST_KINDS), LOOP(faults_that_went_away, HOST_KINDS),
      LOOP(an_entry_that_changes_between_the_halves, HOST_KINDS),
      LOOP(a_page_in_no_slot_is_emulated, HOST_KINDS),
      LOOP(the_mmio_cache_forgets_what_changed, HOST_KINDS),
      LOOP(a_slot_that_goes_leaves_mmio, HOST_KINDS),
      LOOP(no_memory_for_the_reverse_map, HOST_KINDS), CASE(a_slot_with_part_of_the_page),
      LOOP(a_slot_that_goes_before_host_get, HOST_KINDS), LOOP(cache_inhibited_memory, HOST_KINDS))
