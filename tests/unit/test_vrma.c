// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The virtual real mode area: bolted entries where hardware's real-mode walk finds them. */
#include "host.h"
#include "suite.h"

static struct host host;

static const unsigned sizes[] = { 12, 16, 24 };
static const uint64_t llp[] = { 0x000, 0x110, 0x100 };

static void setup(int kind)
{
	host_start(&host, host_kind(kind));
	for (unsigned i = 0; i < HOST_FRAMES; i++)
		host.page[i].shift = 24;
}

static uint64_t slot_bytes(void)
{
	return (uint64_t)HOST_FRAMES << host.frame_shift;
}

/* Every page is mapped, valid or not, by a bolted entry; guest real 0 upwards. */
START_TEST(each_page_is_translated)
{
	for (unsigned s = 0; s < 3; s++) {
		struct hptp_translation t;
		uint64_t slb_v, pages, bytes;

		setup(_i);
		bytes = slot_bytes() < 1ull << 30 ? slot_bytes() : 1ull << 30;
		ck_assert_int_eq(hptp_vrma_map(host.vcpu, sizes[s], bytes, &slb_v), 0);
		ck_assert_uint_eq(slb_v, 0x4001ffffff000000 | llp[s]);
		pages = bytes >> sizes[s];
		if (pages > host.table.n / 8)
			pages = host.table.n / 8;
		for (uint64_t i = 0; i < pages; i++) {
			uint64_t ea = i << sizes[s] | 0x18;

			ck_assert_int_eq(hptp_translate(host.vcpu, ea, slb_v, 0, 0, &t), 0);
			ck_assert_uint_eq(t.gpa, ea);
			ck_assert_uint_eq(t.shift, sizes[s]);
			ck_assert(t.may_read && t.may_write && t.may_fetch);
		}
		if (pages << sizes[s] < 1ull << 40)
			ck_assert_int_eq(hptp_translate(host.vcpu, pages << sizes[s], slb_v, 0, 0,
							&t),
					 HPTP_E_NOENT);
		host_stop(&host);
	}
}
END_TEST

START_TEST(entries_are_bolted_and_page_like_others)
{
	struct hptp_fault f = { .ea = 0x1000, .status = HPTP_DSISR_NOHPTE | HPTP_DSISR_STORE };
	struct hptp_entry e;
	uint64_t n = 0, from = 0;

	setup(_i);
	host_map(&host, 0, 8, true);
	ck_assert_int_eq(hptp_vrma_map(host.vcpu, 12, 0x10000, &f.slb_v), 0);
	while (hptp_entry_next(host.vm, from, &e)) {
		ck_assert_uint_eq(e.v & 0x10, 0x10);
		ck_assert_uint_eq(e.idx.n & 7, 7);
		n++;
		from = e.idx.n + 1;
	}
	ck_assert_uint_eq(n, 16);
	host_unmap(&host, 0, 16);
	ck_assert_int_eq(host_fault(&host, &f), HPTP_RESUME);
	ck_assert(isa_walk(host.table.entries, host.table.order, host.isa3, f.slb_v, f.ea) >= 0);
	host_stop(&host);
}
END_TEST

START_TEST(bounds)
{
	struct hptp_translation t;
	uint64_t slb_v;

	setup(0);
	for (unsigned shift = 0; shift < 64; shift++)
		if (shift != 12 && shift != 16 && shift != 24)
			ck_assert_int_eq(hptp_vrma_map(host.vcpu, shift, 1 << 30, &slb_v),
					 HPTP_E_PARAM);
	ck_assert_int_eq(hptp_vrma_map(host.vcpu, 12, 0, &slb_v), HPTP_E_PARAM);
	ck_assert_int_eq(hptp_vrma_map(host.vcpu, 16, 0xffff, &slb_v), HPTP_E_PARAM);
	/* no more than the slot, whatever is asked for */
	ck_assert_int_eq(hptp_vrma_map(host.vcpu, 16, ~0ull, &slb_v), 0);
	ck_assert_int_eq(hptp_translate(host.vcpu, slot_bytes() - 1, slb_v, 0, 0, &t), 0);
	ck_assert_int_eq(hptp_translate(host.vcpu, slot_bytes(), slb_v, 0, 0, &t), HPTP_E_NOENT);
	/* taken by now */
	ck_assert_int_eq(hptp_vrma_map(host.vcpu, 16, 1 << 20, &slb_v), HPTP_E_PTEG_FULL);
	host_stop(&host);
}
END_TEST

START_TEST(without_memory_at_zero)
{
	uint64_t slb_v;

	host_start(&host, &(struct host_config){ .no_slot = true });
	ck_assert_int_eq(host_add_slot(&host, 0, 16, 16), 0);
	ck_assert_int_eq(hptp_vrma_map(host.vcpu, 12, 1 << 20, &slb_v), HPTP_E_NOENT);
	host_stop(&host);
}
END_TEST

static bool absent(void *h, void *slot, hptp_off off, unsigned how, struct hptp_host_page *page)
{
	(void)h, (void)slot, (void)off, (void)how, (void)page;
	return false;
}

START_TEST(one_segment_at_most)
{
	struct hptp_translation t;
	uint64_t slb_v, last = (1ull << 40) - 1;

	host_start(&host, &(struct host_config){ .order = 24, .no_slot = true });
	host.ops.host_lookup = absent;
	ck_assert_int_eq(host_add_slot(&host, 0, 0, 1ull << 29), 0); /* 2 TiB */
	ck_assert_int_eq(hptp_vrma_map(host.vcpu, 24, ~0ull, &slb_v), 0);
	ck_assert_uint_eq(host_stats(&host).enter, 1ull << 16);
	ck_assert_int_eq(hptp_translate(host.vcpu, last, slb_v, 0, 0, &t), 0);
	ck_assert_uint_eq(t.gpa, last);
	host_stop(&host);
}
END_TEST

/* A host that maps less than the page: told, and the guest's own state is kept. */
START_TEST(mapping_too_small)
{
	uint64_t slb_v;

	setup(0);
	for (unsigned i = 0; i < HOST_FRAMES; i++)
		host.page[i].shift = 12;
	ck_assert_int_eq(hptp_vrma_map(host.vcpu, 24, 1 << 26, &slb_v), HPTP_E_NOPAGE);
	host_stop(&host);
}
END_TEST

/* What the vCPU remembers of a fault, or of a hypercall, is kept. */
START_TEST(the_vcpus_memory_is_kept)
{
	struct isa_va va = host_va(7, 12);
	struct hptp_fault f = host_fault_for(&va, true);
	uint64_t slb_v, idx;

	setup(_i);
	idx = host_enter(&host, 7, 5);
	ck_assert_int_eq(hptp_fault(host.vcpu, &f), HPTP_TASK);
	ck_assert_int_eq(hptp_vrma_map(host.vcpu, 12, 1 << 16, &slb_v), 0);
	ck_assert_int_eq(hptp_refault(host.vcpu, &f), HPTP_RESUME);
	ck_assert(host_valid(&host, idx));
	host_stop(&host);
}
END_TEST

SUITE("vrma", LOOP(each_page_is_translated, HOST_KINDS),
      LOOP(entries_are_bolted_and_page_like_others, HOST_KINDS), CASE(bounds),
      CASE(without_memory_at_zero), CASE(one_segment_at_most), CASE(mapping_too_small),
      LOOP(the_vcpus_memory_is_kept, HOST_KINDS))
