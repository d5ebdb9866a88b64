// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* H_ENTER: what is refused, what is stored, where, and what of it is the host's. */
#include "host.h"
#include "suite.h"

#include "rmap.h"
#include "vm.h"

#define REAL_BASE(host) ((uint64_t)HOST_FIRST_HFN << (host).frame_shift)
#define R_M 0x10ull
#define RC 0x180ull

static struct host host;

static void setup(int kind)
{
	host_start(&host, host_kind(kind));
	host_map(&host, 0, HOST_FRAMES, true);
}

START_TEST(a_present_page_becomes_valid_with_the_hosts_address)
{
	struct hptp_entry e;
	uint64_t idx;

	setup(_i);
	idx = host_enter(&host, 7, 5);
	e = host_entry(&host, idx);
	ck_assert_int_eq(e.state, HPTP_VALID);
	ck_assert_uint_eq(e.real, (REAL_BASE(host) + (5ull << host.frame_shift)) | R_M | 2);
	ck_assert_uint_eq(e.guest, 5ull << host.frame_shift | R_M | 2);
	ck_assert_uint_eq(host_pte(&host, idx).r, e.real);
	ck_assert(host.young_asked);
	host_check(&host);
	host_stop(&host);
}
END_TEST

/* A 4K page of a 64K frame lies at the same place in it on both sides. */
START_TEST(small_pages_of_a_large_frame)
{
	setup(2);
	for (uint64_t sub = 0; sub < 16; sub++) {
		struct isa_va va = host_va(sub, 12);
		uint64_t idx, r = 5ull << 16 | sub << 12 | R_M | 2;

		ck_assert_int_eq(host_h_enter(&host, 0, host_idx(&host, &va, 0), host_v(&va, 12), r,
					      &idx),
				 0);
		ck_assert_uint_eq(host_pte(&host, idx).r, REAL_BASE(host) + r);
	}
	host_stop(&host);
}
END_TEST

START_TEST(an_absent_page_is_entered_all_the_same)
{
	struct hptp_entry e;
	uint64_t idx;

	host_start(&host, host_kind(_i));
	idx = host_enter(&host, 7, 5);
	e = host_entry(&host, idx);
	ck_assert_int_eq(e.state, HPTP_ORPHAN);
	ck_assert_uint_eq(e.guest, 5ull << host.frame_shift | R_M | 2);
	ck_assert_uint_eq(e.v & 1, 1); /* present, to the guest */
	ck_assert(!host_valid(&host, idx));
	ck_assert_uint_eq(host_stats(&host).enter_absent, 1);
	host_stop(&host);
}
END_TEST

/* B, size encodings: every LP byte that is no size is refused, and nothing changes. */
START_TEST(bad_page_sizes_and_segments_are_refused)
{
	uint64_t hash, out = 42;

	setup(_i);
	hash = host_table_hash(&host);
	for (uint64_t lp = 0; lp < 256; lp++) {
		unsigned base, actual;

		if (isa_page_size(ISA_L, lp << 12, &base, &actual))
			continue;
		ck_assert_int_eq(host_h_enter(&host, 0, 8, 0x1000 | ISA_L, lp << 12 | R_M | 2,
					      &out),
				 HPTP_H_PARAMETER);
	}
	for (uint64_t b = 2; b < 4; b++)
		ck_assert_int_eq(host_h_enter(&host, 0, 8, b << 62 | 0x1000, R_M | 2, &out),
				 HPTP_H_PARAMETER);
	ck_assert_uint_eq(host_table_hash(&host), hash);
	ck_assert_uint_eq(out, 42);
	host_stop(&host);
}
END_TEST

START_TEST(wild_indices_are_refused)
{
	static const uint64_t wild[] = { 0, 1, 0x80000000, 0x100000000, 1ull << 55, ~0ull };
	uint64_t out[8], args[8] = { 0 };

	setup(0);
	for (unsigned i = 0; i < sizeof(wild) / sizeof(wild[0]); i++) {
		uint64_t idx = wild[i] < 2 ? host.table.n + wild[i] : wild[i];
		struct hptp_vcpu *vcpu = host.vcpu;

		ck_assert_int_eq(hptp_h_enter(vcpu, 0, idx, 0x1000, R_M | 2, out),
				 HPTP_H_PARAMETER);
		ck_assert_int_eq(hptp_h_enter(vcpu, HPTP_H_EXACT, idx, 0x1000, R_M | 2, out),
				 HPTP_H_PARAMETER);
		ck_assert_int_eq(hptp_h_remove(vcpu, 0, idx, 0, out), HPTP_H_PARAMETER);
		ck_assert_int_eq(hptp_h_protect(vcpu, 0, idx, 0), HPTP_H_PARAMETER);
		ck_assert_int_eq(hptp_h_read(vcpu, 0, idx, out), HPTP_H_PARAMETER);
		ck_assert_int_eq(hptp_h_read(vcpu, HPTP_H_READ_4, idx, out), HPTP_H_PARAMETER);
		ck_assert_int_eq(hptp_h_clear_ref(vcpu, 0, idx, out), HPTP_H_PARAMETER);
		ck_assert_int_eq(hptp_h_clear_mod(vcpu, 0, idx, out), HPTP_H_PARAMETER);
		args[0] = 0x4000000000000000 | (idx & 0x00ffffffffffffff);
		ck_assert_int_eq(hptp_h_bulk_remove(vcpu, args), HPTP_H_PARAMETER);
		ck_assert_uint_eq(args[0] >> 56, 0xa0);
	}
	host_stop(&host);
}
END_TEST

/* Software's bits and reserved ones that the guest sets go nowhere. */
START_TEST(reserved_bits_are_dropped)
{
	struct isa_va va = host_va(3, 12);
	uint64_t idx, out[8];

	setup(_i);
	for (int absent = 0; absent < 2; absent++) {
		if (absent)
			host.page[5].present = false;
		ck_assert_int_eq(host_h_enter(&host, 0, host_idx(&host, &va, 0),
					      host_v(&va, 12) | 0x61,
					      host_r(&host, 5, 12, 12, 2) | 1ull << 62, &idx),
				 0);
		ck_assert_int_eq(hptp_h_read(host.vcpu, 0, idx, out), 0);
		ck_assert_uint_eq(out[0], host_v(&va, 12) | 1);
		ck_assert_uint_eq(out[1], host_r(&host, 5, 12, 12, 2));
		ck_assert_int_eq(hptp_h_remove(host.vcpu, 0, idx, 0, out), 0);
		ck_assert_uint_eq(out[1], host_r(&host, 5, 12, 12, 2));
	}
	host_stop(&host);
}
END_TEST

/* First free entry in index order; absent ones are in use; full is full, exact or not. */
START_TEST(the_first_free_entry_of_the_group_is_taken)
{
	struct isa_va va = host_va(0, 12);
	uint64_t first, out;

	setup(_i);
	first = host_idx(&host, &va, 0);
	for (uint64_t k = 0; k < 8; k++) {
		host.page[k].present = k & 1;
		ck_assert_int_eq(host_h_enter(&host, 0, first + (k * 5 & 7), host_v(&va, 12),
					      host_r(&host, k, 12, 12, 2), &out),
				 0);
		ck_assert_uint_eq(out, first + k);
	}
	ck_assert_int_eq(host_h_enter(&host, 0, first, host_v(&va, 12), host_r(&host, 9, 12, 12, 2),
				      &out),
			 HPTP_H_PTEG_FULL);
	for (uint64_t k = 0; k < 8; k++)
		ck_assert_int_eq(host_h_enter(&host, HPTP_H_EXACT, first + k, host_v(&va, 12),
					      host_r(&host, 9, 12, 12, 2), &out),
				 HPTP_H_PTEG_FULL);
	ck_assert_int_eq(hptp_h_remove(host.vcpu, 0, first + 3, 0, (uint64_t[2]){ 0 }), 0);
	ck_assert_int_eq(host_h_enter(&host, HPTP_H_EXACT, first + 3, host_v(&va, 12),
				      host_r(&host, 9, 12, 12, 2), &out),
			 0);
	ck_assert_uint_eq(out, first + 3);
	host_stop(&host);
}
END_TEST

/* Flags that are not EXACT have no effect, in any combination. */
START_TEST(other_flags_are_ignored)
{
	struct isa_va va = host_va(0, 12);
	uint64_t first, out, pair[2];

	setup(0);
	first = host_idx(&host, &va, 0);
	for (unsigned bit = 0; bit < 64; bit++) {
		if (1ull << bit == HPTP_H_EXACT)
			continue;
		ck_assert_int_eq(host_h_enter(&host, 1ull << bit, first + 5, host_v(&va, 12),
					      host_r(&host, 9, 12, 12, 2), &out),
				 0);
		ck_assert_uint_eq(out, first);
		ck_assert_int_eq(hptp_h_remove(host.vcpu, 0, out, 0, pair), 0);
	}
	ck_assert_int_eq(host_h_enter(&host, ~0ull, first + 5, host_v(&va, 12),
				      host_r(&host, 9, 12, 12, 2), &out),
			 0);
	ck_assert_uint_eq(out, first + 5);
	host_stop(&host);
}
END_TEST

/* All keys, key 31 too, on memory that is there and that is not: never emulated MMIO. */
START_TEST(storage_keys_reach_the_real_entry_and_mean_nothing_else)
{
	struct isa_va va = host_va(4, 12);

	setup(0);
	for (uint64_t key = 0; key < 32; key++) {
		uint64_t r = host_r(&host, 6, 12, 12, 2) | (key >> 3) << 60 | (key & 7) << 9;
		uint64_t idx, out[2];

		for (int present = 0; present < 2; present++) {
			struct hptp_fault f = host_fault_for(&va, false);

			host.page[6].present = present;
			ck_assert_int_eq(host_h_enter(&host, 0, host_idx(&host, &va, 0),
						      host_v(&va, 12), r, &idx),
					 0);
			ck_assert_int_eq(host_valid(&host, idx), present);
			if (!present)
				ck_assert_int_eq(host_fault(&host, &f), HPTP_RESUME);
			ck_assert(host_valid(&host, idx));
			ck_assert_uint_eq(isa_key(host_pte(&host, idx).r), key);
			ck_assert_int_eq(hptp_h_remove(host.vcpu, 0, idx, 0, out), 0);
			ck_assert_uint_eq(out[1] & ~RC, r);
		}
	}
	host_stop(&host);
}
END_TEST

START_TEST(a_read_only_host_page_is_never_writable_to_hardware)
{
	static const uint64_t pp[] = { 0, 1, 2, 3, 1ull << 63 | 2 };
	struct isa_va va = host_va(4, 12);
	uint64_t idx, out[2];

	setup(_i);
	host_protect(&host, 6, 1);
	for (unsigned i = 0; i < 5; i++) {
		uint64_t r = host_r(&host, 6, 12, 12, 0) | pp[i];

		ck_assert_int_eq(host_h_enter(&host, 0, host_idx(&host, &va, 0), host_v(&va, 12), r,
					      &idx),
				 0);
		for (int key = 0; key < 2; key++) {
			ck_assert(!isa_pp_allows(host_pte(&host, idx).r, key, true));
			ck_assert(isa_pp_allows(r, key, false) ||
				  !isa_pp_allows(host_pte(&host, idx).r, key, false));
		}
		ck_assert_int_eq(hptp_h_remove(host.vcpu, 0, idx, 0, out), 0);
		ck_assert_uint_eq(out[1], r);
	}
	host_stop(&host);
}
END_TEST

/* Cacheable memory: what is no memory attribute becomes one, and the guest sees its own. */
START_TEST(cache_attributes)
{
	struct isa_va va = host_va(4, 12);
	uint64_t idx, out[2];

	setup(0);
	for (uint64_t wimg = 0; wimg < 16; wimg++) {
		uint64_t r = (host_r(&host, 6, 12, 12, 2) & ~0x78ull) | wimg << 3;
		bool inhibited_ok = (wimg & 4) && !(wimg & 8);
		uint64_t real;

		host.page[6].ci = false;
		ck_assert_int_eq(host_h_enter(&host, 0, host_idx(&host, &va, 0), host_v(&va, 12), r,
					      &idx),
				 0);
		real = wimg == 0xe ? 0x70 : R_M;
		ck_assert_uint_eq(host_pte(&host, idx).r & 0x78, real);
		ck_assert_int_eq(hptp_h_remove(host.vcpu, 0, idx, 0, out), 0);
		ck_assert_uint_eq(out[1], r);
		host.page[6].ci = true;
		ck_assert_int_eq(host_h_enter(&host, 0, host_idx(&host, &va, 0), host_v(&va, 12), r,
					      &idx),
				 inhibited_ok ? 0 : HPTP_H_PARAMETER);
		if (inhibited_ok) {
			ck_assert_uint_eq(host_pte(&host, idx).r & 0x78, wimg << 3);
			ck_assert_int_eq(hptp_h_remove(host.vcpu, 0, idx, 0, out), 0);
		}
	}
	host_stop(&host);
}
END_TEST

/* Pages larger than a frame: inside an aligned slot, one host mapping, congruent. */
START_TEST(large_pages_need_a_large_congruent_mapping)
{
	struct isa_va va = host_va(1, 16);
	uint64_t idx, ptex, v = host_v(&va, 16);

	setup(0);
	ptex = host_idx(&host, &va, 0);
	ck_assert_int_eq(host_h_enter(&host, 0, ptex, v, host_r(&host, 16, 16, 16, 2), &idx),
			 HPTP_H_PARAMETER); /* mapped by single frames */
	for (unsigned i = 16; i < 32; i++)
		host.page[i].shift = 16;
	ck_assert_int_eq(host_h_enter(&host, 0, ptex, v, host_r(&host, 16, 16, 16, 2), &idx), 0);
	ck_assert_uint_eq(host_pte(&host, idx).r, REAL_BASE(host) + host_r(&host, 16, 16, 16, 2));
	host_unmap(&host, 16, 16);
	for (unsigned i = 16; i < 32; i++)
		host.page[i].hfn++; /* no longer congruent modulo 64K: address bits hit LP */
	host_map(&host, 16, 16, true);
	ck_assert_int_eq(host_h_enter(&host, 0, ptex, v, host_r(&host, 16, 16, 16, 2), &idx),
			 HPTP_H_PARAMETER);
	host.page[16].present = false;
	host.page[16].shift = 12; /* not there, and known to be small */
	ck_assert_int_eq(host_h_enter(&host, 0, ptex, v, host_r(&host, 16, 16, 16, 2), &idx),
			 HPTP_H_PARAMETER);
	host_stop(&host);
}
END_TEST

START_TEST(large_pages_lie_inside_their_slot)
{
	struct isa_va va = host_va(1, 16);
	uint64_t idx, ptex;

	host_start(&host, &(struct host_config){ .no_slot = true });
	ck_assert_int_eq(host_add_slot(&host, 0, 0x25, 0x50), HPTP_OK);
	ptex = host_idx(&host, &va, 0);
	ck_assert_int_eq(host_h_enter(&host, 0, ptex, host_v(&va, 16),
				      host_r(&host, 0x30, 16, 16, 2), &idx),
			 HPTP_H_PARAMETER);
	host_stop(&host);
}
END_TEST

/* The page goes between look-up and publication: the entry must not become valid. */
static void take_page_away(struct host *h)
{
	host_unmap(h, 5, 1);
}

START_TEST(an_invalidation_that_comes_between_is_noticed)
{
	uint64_t idx;

	setup(_i);
	(void)host_enter(&host, 9, 5); /* so that the frame's set exists */
	host.in_lookup = take_page_away;
	idx = host_enter(&host, 7, 5);
	ck_assert(!host_valid(&host, idx));
	ck_assert_int_eq(host_access(&host, 7, true), HPTP_RESUME);
	ck_assert(host_valid(&host, idx));
	host_stop(&host);
}
END_TEST

START_TEST(no_entry_becomes_valid_inside_a_window)
{
	struct hptp_window window;
	uint64_t idx, elsewhere;

	setup(0);
	ck_assert_int_eq(hptp_invalidate_begin(host.slot, (hptp_off){ 5 }, 1, &window), 0);
	idx = host_enter(&host, 7, 5);
	ck_assert(!host_valid(&host, idx));
	elsewhere = host_enter(&host, 8, 0x2000);
	ck_assert(host_valid(&host, elsewhere)); /* range-aware: not disturbed */
	ck_assert_int_eq(hptp_invalidate_end(&window), 0);
	host_stop(&host);
}
END_TEST

/* Memory is lacking: nothing changes, and the task half answers. */
START_TEST(the_atomic_half_asks_for_memory)
{
	struct isa_va va = host_va(7, 12);
	uint64_t idx = 42, hash;

	setup(_i);
	hash = host_table_hash(&host);
	ck_assert_int_eq(hptp_h_enter(host.vcpu, 0, host_idx(&host, &va, 0), host_v(&va, 12),
				      host_r(&host, 5, 12, 12, 2), &idx),
			 HPTP_H_TOO_HARD);
	ck_assert_uint_eq(host_table_hash(&host), hash);
	ck_assert_uint_eq(idx, 42);
	ck_assert_int_eq(hptp_hcall_task(host.vcpu, &idx), 0);
	ck_assert(host_valid(&host, idx));
	ck_assert_int_eq(hptp_hcall_task(host.vcpu, &idx), HPTP_H_PARAMETER);
	ck_assert_uint_eq(host_stats(&host).hcall_task, 1);
	host_stop(&host);
}
END_TEST

/* Each allocation of the task half fails in turn: the guest gets its entry, absent. */
START_TEST(without_memory_the_entry_is_absent)
{
	bool valid = false;

	for (long n = 1; !valid; n++) {
		uint64_t idx;

		setup(_i);
		host.fail_in = n;
		idx = host_enter(&host, 7, 5);
		host.fail_in = 0;
		valid = host_valid(&host, idx);
		ck_assert_int_eq(host_access(&host, 7, true), HPTP_RESUME);
		ck_assert(host_valid(&host, idx));
		ck_assert_int_lt(n, 20);
		host_stop(&host);
	}
}
END_TEST

/* The slot goes between the halves, and while the task half gets memory. */
static void remove_slot(struct host *h)
{
	ck_assert_int_eq(hptp_slot_remove(h->slots[0].slot), 0);
	h->slots[0].slot = NULL;
}

START_TEST(a_slot_that_goes_meanwhile)
{
	for (int in_alloc = 0; in_alloc < 2; in_alloc++) {
		struct isa_va va = host_va(7, 12);
		uint64_t idx;

		setup(_i);
		ck_assert_int_eq(hptp_h_enter(host.vcpu, 0, host_idx(&host, &va, 0),
					      host_v(&va, 12), host_r(&host, 5, 12, 12, 2), &idx),
				 HPTP_H_TOO_HARD);
		if (in_alloc)
			host.in_alloc = remove_slot;
		else
			remove_slot(&host);
		ck_assert_int_eq(hptp_hcall_task(host.vcpu, &idx), 0);
		ck_assert_int_eq(host_entry(&host, idx).state, HPTP_ORPHAN);
		ck_assert_ptr_null(host.slots[0].slot);
		host_stop(&host);
	}
}
END_TEST

/* Another vCPU needs the same memory, and makes it first. */
static struct hptp_vcpu *second;
static void enter_as_second(struct host *h)
{
	struct hptp_vcpu *first = h->vcpu;

	h->vcpu = second;
	(void)host_enter(h, 9, 5);
	h->vcpu = first;
}

START_TEST(memory_that_another_made_first)
{
	setup(_i);
	ck_assert_int_eq(hptp_vcpu_create(host.vm, NULL, &second), 0);
	host.in_alloc = enter_as_second;
	ck_assert(host_valid(&host, host_enter(&host, 7, 5)));
	hptp_vcpu_destroy(second);
	host_stop(&host);
}
END_TEST

/* The slot is hidden between the look-up and the snapshot: nothing may become valid in it. */
static bool hide_at_snapshot(void *h, void *slot, hptp_off off, uint64_t n,
			     struct hptp_snapshot *snap)
{
	struct host *hst = h;

	(void)slot, (void)off, (void)n;
	snap->word[0] = 0;
	if (hst->slots[0].slot && !hst->page[5].refuse) {
		hst->page[5].refuse = true;
		ck_assert_int_eq(hptp_slot_hide(hst->slots[0].slot), 0);
	}
	return true;
}

static bool never_stale(void *h, void *slot, hptp_off off, uint64_t n,
			const struct hptp_snapshot *snap)
{
	(void)h, (void)slot, (void)off, (void)n, (void)snap;
	return false;
}

START_TEST(a_slot_that_is_hidden_before_the_snapshot)
{
	struct isa_va va = host_va(8, 12);
	uint64_t idx;

	for (int fault = 0; fault < 2; fault++) {
		setup(_i);
		if (fault)
			host_unmap(&host, 5, 1);
		idx = fault ? host_enter(&host, 8, 5) : 0;
		host_map(&host, 5, 1, true);
		host.ops.retry_begin = hide_at_snapshot;
		host.ops.retry_check = never_stale;
		if (fault) {
			struct hptp_fault f = host_fault_for(&va, true);

			ck_assert_int_eq(host_fault(&host, &f), HPTP_RESUME);
			ck_assert(!host_valid(&host, idx));
			f = host_fault_for(&va, true);
			ck_assert_int_eq(host_fault(&host, &f), HPTP_MMIO);
		} else {
			idx = host_enter(&host, 7, 5);
		}
		ck_assert(!host_valid(&host, idx));
		ck_assert_int_eq(hptp_slot_flush(host.slot), 0);
		ck_assert_int_eq(hptp_slot_free(host.slot), 0);
		host.slots[0].slot = NULL;
		host_stop(&host);
	}
}
END_TEST

/*
 * The check for an invalidation is the last step before publication: by then page-out
 * finds the entry in its set, the frame is hinted, and hardware does not see it yet.
 */
static uint64_t checked_idx;
static unsigned checks;

static bool check_order(void *h, void *slot, hptp_off off, uint64_t n,
			const struct hptp_snapshot *snap)
{
	struct host *hst = h;
	uint32_t *rec = hptp_record(hst->slot, off.n), word = *hptp_set_word(hst->slot, off.n);

	(void)slot, (void)n, (void)snap;
	ck_assert_uint_ne(hptp_rmap_find(hst->vm, word, rec, checked_idx), HPTP_PLACE_NONE);
	ck_assert_uint_ne(*hptp_slot_hint(hst->slot, off.n), 0);
	ck_assert(!host_valid(hst, checked_idx));
	checks++;
	return false;
}

static bool always_begun(void *h, void *slot, hptp_off off, uint64_t n, struct hptp_snapshot *snap)
{
	(void)h, (void)slot, (void)off, (void)n;
	snap->word[0] = 0;
	return true;
}

START_TEST(the_check_comes_last)
{
	struct isa_va va = host_va(7, 12);

	setup(_i);
	host_unmap(&host, 5, 1);
	checked_idx = host_idx(&host, &va, 0);
	(void)host_enter(&host, 9, 4); /* memory for the frame's neighbourhood */
	host.ops.retry_begin = always_begun;
	host.ops.retry_check = check_order;
	host_map(&host, 5, 1, true);
	ck_assert_uint_eq(host_enter(&host, 7, 5), checked_idx); /* by H_ENTER */
	ck_assert_uint_ge(checks, 1);
	checks = 0;
	host_unmap(&host, 5, 1);
	ck_assert_int_eq(host_access(&host, 7, true), HPTP_RESUME); /* by a fault, in its set */
	ck_assert_int_eq(hptp_h_remove(host.vcpu, 0, checked_idx, 0, (uint64_t[2]){ 0 }), 0);
	host_unmap(&host, 5, 1);
	(void)host_enter(&host, 7, 5);
	ck_assert_int_eq(host_access(&host, 7, true), HPTP_RESUME); /* by a fault, in none */
	ck_assert_uint_eq(checks, 2);
	host_stop(&host);
}
END_TEST

START_TEST(a_task_half_without_its_atomic_half_is_refused)
{
	uint64_t out = 42;

	setup(0);
	ck_assert_int_eq(hptp_hcall_task(host.vcpu, &out), HPTP_H_PARAMETER);
	ck_assert_uint_eq(out, 42);
	host_stop(&host);
}
END_TEST

/* R and C that the guest brings are its own; hardware starts clean and tells of first use. */
START_TEST(r_and_c_of_the_guest_stay_the_guests)
{
	struct isa_va va = host_va(7, 12);
	uint64_t idx, out[8];

	setup(_i);
	ck_assert_int_eq(host_h_enter(&host, 0, host_idx(&host, &va, 0), host_v(&va, 12),
				      host_r(&host, 5, 12, 12, 2) | RC, &idx),
			 0);
	ck_assert_uint_eq(host_pte(&host, idx).r & RC, 0);
	ck_assert_int_eq(hptp_h_read(host.vcpu, 0, idx, out), 0);
	ck_assert_uint_eq(out[1] & RC, RC);
	ck_assert_int_eq(hptp_age_range(host.slot, (hptp_off){ 5 }, 1, NULL), 0);
	host_stop(&host);
}
END_TEST

/* Nothing a guest passes breaks anything: random words, plausible ones among them. */
START_TEST(random_arguments)
{
	uint64_t idx, out[2];

	setup(_i);
	for (int i = 0; i < 30000; i++) {
		uint64_t v = rnd(), r = rnd(), ptex = rnd() % (host.table.n + 2);
		uint64_t flags = rnd() & 1 ? HPTP_H_EXACT : 0;
		long ret;

		if (rnd() & 3)
			v &= 0x400000ffffffff97;
		if (rnd() & 3)
			r &= 0xbffffff | 0xb000000000000000;
		ret = host_h_enter(&host, flags, ptex, v, r, &idx);
		ck_assert(ret == 0 || ret == HPTP_H_PARAMETER || ret == HPTP_H_PTEG_FULL);
		if (!ret && (rnd() & 1)) {
			ck_assert_int_eq(hptp_h_remove(host.vcpu, 0, idx, 0, out), 0);
			host_assert_guest_v(out[0]);
			ck_assert_uint_eq(out[1], r & ~(1ull << 62));
		}
		if (i % 2000 == 0)
			host_unmap(&host, rnd() % 1000, 3000);
		if (i % 2000 == 1000)
			host_map(&host, 0, HOST_FRAMES, i % 4000 == 1000);
	}
	host_stop(&host);
}
END_TEST

SUITE("enter", LOOP(a_present_page_becomes_valid_with_the_hosts_address, HOST_KINDS),
      CASE(small_pages_of_a_large_frame), LOOP(an_absent_page_is_entered_all_the_same, HOST_KINDS),
      LOOP(bad_page_sizes_and_segments_are_refused, HOST_KINDS), CASE(wild_indices_are_refused),
      LOOP(reserved_bits_are_dropped, HOST_KINDS),
      LOOP(the_first_free_entry_of_the_group_is_taken, HOST_KINDS), CASE(other_flags_are_ignored),
      CASE(storage_keys_reach_the_real_entry_and_mean_nothing_else),
      LOOP(a_read_only_host_page_is_never_writable_to_hardware, HOST_KINDS), CASE(cache_attributes),
      CASE(large_pages_need_a_large_congruent_mapping), CASE(large_pages_lie_inside_their_slot),
      LOOP(an_invalidation_that_comes_between_is_noticed, HOST_KINDS),
      CASE(no_entry_becomes_valid_inside_a_window),
      LOOP(the_atomic_half_asks_for_memory, HOST_KINDS),
      LOOP(without_memory_the_entry_is_absent, HOST_KINDS),
      LOOP(a_slot_that_goes_meanwhile, HOST_KINDS),
      LOOP(memory_that_another_made_first, HOST_KINDS),
      LOOP(a_slot_that_is_hidden_before_the_snapshot, HOST_KINDS),
      LOOP(the_check_comes_last, HOST_KINDS), CASE(a_task_half_without_its_atomic_half_is_refused),
      LOOP(r_and_c_of_the_guest_stay_the_guests, HOST_KINDS), LOOP(random_arguments, HOST_KINDS))
