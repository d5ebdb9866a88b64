// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Does the machine notice what it is there to notice? Each test makes one mistake that a
 * library could make, or shows one property that other tests rely on.
 */
#include "impl.h"

#include <check.h>
#include <setjmp.h>
#include <stdio.h>

enum { ORDER = 18, FRAMES = 16, PAGES = 32 };
#define EA (1ull << 40)

static struct machine *m;
static struct machine_slot *slot;
static struct machine_vcpu *vcpu;
static uint64_t segment, entry;

/* ---- one machine with one guest page at EA, mapped ---- */

static void set_up_with(uint32_t flags, uint8_t format)
{
	struct machine_config config = {
		.frames = FRAMES,
		.frame_shift = 12,
		.order = ORDER,
		.format = format,
		.vcpus = 2,
		.seed = 3,
		.flags = flags,
	};

	ck_assert_int_eq(machine_create(&config, &m), 0);
	ck_assert_int_eq(machine_slot_add(m, 0, PAGES, 0, 0, &slot), 0);
	vcpu = machine_vcpu(m, 0);
	segment = machine_slb_word(0x123, 12, 40, HPTP_SLB_KP);
	machine_slbmte(vcpu, 0, EA, segment);
	machine_slbmte(machine_vcpu(m, 1), 0, EA, segment);
	ck_assert_int_eq(machine_h_enter(vcpu, 0, machine_pteg(segment, EA, ORDER, false) * 8,
					 machine_pteh(segment, EA, 12, false),
					 machine_ptel(0, 12, 12, MACHINE_PP_RWRW | MACHINE_PTE_M),
					 &entry),
			 HPTP_H_SUCCESS);
}

static void set_up(void)
{
	set_up_with(MACHINE_RECLAIM, HPTP_FORMAT_3_0);
}

static void tear_down(void)
{
	machine_destroy(m);
	m = NULL;
}

/* ---- expecting an assertion ---- */

static jmp_buf escape;
static char said[256];

static void catch (const char *what)
{
	snprintf(said, sizeof(said), "%s", what);
	longjmp(escape, 1);
}

/* The call fails an assertion whose text has `text` in it. Locks may be left held, so
 * nothing of this machine is used after it. */
#define expect_failure(call, text)                                                                 \
	do {                                                                                       \
		machine_failed = catch;                                                            \
		said[0] = 0;                                                                       \
		if (!setjmp(escape))                                                               \
			call;                                                                      \
		ck_assert_msg(strstr(said, text), "said: \"%s\"", said);                           \
	} while (0)

static uint64_t load(struct machine_vcpu *v, uint64_t ea)
{
	uint64_t value = 0;

	ck_assert_int_eq(machine_load64(v, ea, &value), MACHINE_OK);
	return value;
}

static hptp_be64 *dword(unsigned which)
{
	struct hptp_table_info table;

	hptp_vm_table(machine_vm(m), &table);
	return which ? &table.entries[entry].r : &table.entries[entry].v;
}

static uint8_t byte(unsigned which, unsigned i)
{
	return ((uint8_t *)dword(which))[i];
}

/* ---- what a TLB does ---- */

START_TEST(stale_until_flushed)
{
	uint64_t rb = machine_rb(segment, EA, 12), other = machine_rb(segment, EA + 0x1000, 12);
	struct hptp_flush flush = { .rb = &other, .n = 1 };
	hptp_be64 kept;
	uint64_t value;

	ck_assert_int_eq(machine_store64(vcpu, EA, 42), MACHINE_OK);
	kept = *dword(0);
	dword(0)->be = 0; /* a library that forgets to flush */
	ck_assert_uint_eq(load(vcpu, EA), 42);
	m->ops.tlb_flush(m, &flush); /* or flushes something else */
	ck_assert_uint_eq(load(vcpu, EA), 42);
	*dword(0) = kept;
	flush.rb = &rb;
	m->ops.tlb_flush(m, &flush);
	ck_assert_uint_eq(machine_tlb_used(vcpu), 0);
	dword(0)->be = 0;
	ck_assert_int_eq(machine_try(vcpu, EA, &value, 8, false, false), MACHINE_REFLECT);
	ck_assert_uint_eq(machine_fault(vcpu)->status, HPTP_DSISR_NOHPTE);
	*dword(0) = kept;
}
END_TEST

/* R and C reach the table at once or late, but always by the flush. */
START_TEST(rc_by_the_flush)
{
	uint64_t rb = machine_rb(segment, EA, 12);
	struct hptp_flush flush = { .rb = &rb, .n = 1 };
	unsigned at_once = 0;

	for (unsigned i = 0; i < 64; i++) {
		((uint8_t *)dword(1))[6] &= 0xfe;
		((uint8_t *)dword(1))[7] &= 0x7f;
		ck_assert_int_eq(machine_store64(vcpu, EA, i), MACHINE_OK);
		at_once += byte(1, 7) >> 7;
		m->ops.tlb_flush(m, &flush);
		ck_assert_uint_eq(byte(1, 6) & 1, 1);
		ck_assert_uint_eq(byte(1, 7) & 0x80, 0x80);
	}
	ck_assert_uint_gt(at_once, 0);
	ck_assert_uint_lt(at_once, 64);
}
END_TEST

START_TEST(load_sets_r_alone)
{
	load(vcpu, EA);
	machine_tlb_evict(vcpu);
	ck_assert_uint_eq(byte(1, 6) & 1, 1);
	ck_assert_uint_eq(byte(1, 7) & 0x80, 0);
}
END_TEST

START_TEST(both_formats_walk)
{
	tear_down();
	set_up_with(MACHINE_RECLAIM, HPTP_FORMAT_OLD);
	ck_assert_int_eq(machine_store64(vcpu, EA, 7), MACHINE_OK);
	ck_assert_uint_eq(load(machine_vcpu(m, 1), EA), 7);
}
END_TEST

/* ---- mistakes that are noticed ---- */

START_TEST(entry_changed_under_tlb)
{
	load(vcpu, EA);
	((uint8_t *)dword(1))[5] ^= 1; /* another page, without a flush */
	expect_failure(machine_tlb_evict(vcpu), "changed while a TLB still held");
}
END_TEST

START_TEST(frame_freed_under_tlb)
{
	uint64_t real;

	load(vcpu, EA);
	real = pte_frame(slot->unit[0].pte) << 12;
	expect_failure(tlb_assert_none(m, real, 4096), "still translates to it");
}
END_TEST

START_TEST(translation_to_nowhere)
{
	uint64_t value;

	load(vcpu, EA);
	machine_tlb_evict(vcpu);
	((uint8_t *)dword(1))[4] = 0x77; /* a frame far behind the last one */
	expect_failure(machine_try(vcpu, EA, &value, 8, false, false), "no memory there");
}
END_TEST

START_TEST(store_to_a_clean_page)
{
	load(vcpu, EA);
	machine_tlb_evict(vcpu);
	((uint8_t *)dword(1))[7] = (uint8_t)((byte(1, 7) & ~0x83) | 2); /* writable after all */
	expect_failure(machine_store64(vcpu, EA, 1), "has as clean");
}
END_TEST

START_TEST(contracts)
{
	static const uint64_t rb = 0x400;
	struct hptp_flush none = { .n = 0 }, bad = { .rb = &rb, .n = 1 };
	struct hptp_host_page page;
	hptp_off outside = { PAGES }, off = { 0 };
	void *mem;

	expect_failure(m->ops.tlb_flush(m, &none), "tlb_flush of 0 operands");
	expect_failure(m->ops.tlb_flush(m, &bad), "IS is not 0");
	expect_failure(m->ops.host_lookup(m, slot, off, 0, &page), "outside a read section");
	expect_failure(machine_in_a(m->ops.host_get(m, slot, off, 0, &page)), "in atomic context");
	machine_context_leave(MACHINE_CTX_NONE);
	expect_failure(m->ops.host_get(m, slot, outside, 0, &page), "outside the slot");
	expect_failure(m->ops.host_get(m, m, off, 0, &page), "not a slot's cookie");
	memset(&page, 0, sizeof(page));
	expect_failure(m->ops.host_put(m, slot, off, &page, false), "did not give");
	expect_failure(m->ops.mem_alloc(m, 65537), "mem_alloc of 65537");
	mem = m->ops.mem_alloc(m, 100);
	expect_failure(m->ops.mem_free(m, mem, 99), "mem_free of 99");
	m->ops.mem_free(m, mem, 100);
}
END_TEST

/* ---- failures on request ---- */

START_TEST(injected_once)
{
	void *mem;

	machine_inject(m, MACHINE_OP_mem_alloc, 2, 0);
	mem = m->ops.mem_alloc(m, 8);
	ck_assert_ptr_nonnull(mem);
	ck_assert_ptr_null(m->ops.mem_alloc(m, 8));
	ck_assert(machine_injected(m));
	m->ops.mem_free(m, mem, 8);
	mem = m->ops.mem_alloc(m, 8);
	ck_assert_ptr_nonnull(mem);
	ck_assert(!machine_injected(m));
	m->ops.mem_free(m, mem, 8);
}
END_TEST

/* ---- paging ---- */

START_TEST(full_swap_keeps_the_page)
{
	tear_down();
	struct machine_config config = {
		.frames = FRAMES,
		.swap_frames = 1,
		.frame_shift = 12,
		.order = ORDER,
	};
	uint64_t seven = 7, got = 0;

	ck_assert_int_eq(machine_create(&config, &m), 0);
	ck_assert_int_eq(machine_slot_add(m, 0, PAGES, 0, 0, &slot), 0);
	ck_assert_int_eq(machine_host_write(m, 0, &seven, 8), 0);
	ck_assert_int_eq(machine_host_write(m, 4096, &seven, 8), 0);
	ck_assert_int_eq(machine_page_out(slot, 0), 0);
	ck_assert(HPTP_IS_HOST_ERROR(machine_page_out(slot, 1)));
	ck_assert_int_eq(machine_unit_state(slot, 1), MACHINE_UNIT_DIRTY);
	ck_assert_int_eq(machine_unit_state(slot, 0), MACHINE_UNIT_SWAPPED);
	ck_assert_int_eq(machine_host_read(m, 4096, &got, 8), 0);
	ck_assert_uint_eq(got, 7);
}
END_TEST

START_TEST(no_frame_no_page)
{
	uint64_t value = 1;

	tear_down();
	set_up_with(0, HPTP_FORMAT_3_0);
	for (unsigned i = 1; i <= FRAMES; i++)
		ck_assert_int_eq(machine_page_in(slot, i, false), 0);
	ck_assert_int_eq(machine_page_in(slot, 0, false), HPTP_E_AGAIN);
	machine_max_faults(vcpu, 3);
	ck_assert_int_eq(machine_load64(vcpu, EA, &value), MACHINE_STUCK);
	ck_assert_int_eq(machine_page_out(slot, 5), 0);
	ck_assert_uint_eq(load(vcpu, EA), 0);
}
END_TEST

START_TEST(clean_page_is_dropped)
{
	struct machine_host_stats stats;

	ck_assert_int_eq(machine_store64(vcpu, EA, 9), MACHINE_OK);
	ck_assert_int_eq(machine_page_out(slot, 0), 0);
	ck_assert_uint_eq(load(vcpu, EA), 9);
	ck_assert_int_eq(machine_page_out(slot, 0), 0);
	machine_host_stats(m, &stats);
	ck_assert_uint_eq(stats.swap_writes, 1);
	ck_assert_uint_eq(stats.dropped_clean, 1);
	ck_assert_uint_eq(load(vcpu, EA), 9);
}
END_TEST

int main(void)
{
	/* After a noticed mistake a machine is not fit to be ended: such tests are left there. */
	TCase *noticed = tcase_create("noticed"), *works = tcase_create("works");
	Suite *suite = suite_create("machine");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(noticed, set_up, NULL);
	tcase_add_test(noticed, entry_changed_under_tlb);
	tcase_add_test(noticed, frame_freed_under_tlb);
	tcase_add_test(noticed, translation_to_nowhere);
	tcase_add_test(noticed, store_to_a_clean_page);
	tcase_add_test(noticed, contracts);
	tcase_add_checked_fixture(works, set_up, tear_down);
	tcase_add_test(works, stale_until_flushed);
	tcase_add_test(works, rc_by_the_flush);
	tcase_add_test(works, load_sets_r_alone);
	tcase_add_test(works, both_formats_walk);
	tcase_add_test(works, injected_once);
	tcase_add_test(works, full_swap_keeps_the_page);
	tcase_add_test(works, no_frame_no_page);
	tcase_add_test(works, clean_page_is_dropped);
	suite_add_tcase(suite, noticed);
	suite_add_tcase(suite, works);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}
