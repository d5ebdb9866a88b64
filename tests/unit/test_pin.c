// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Pinned mode: pages are pinned once, by H_ENTER's task half or a fault, and all unpinned. */
#include "host.h"
#include "suite.h"

static struct host host;

static void setup(int kind)
{
	struct host_config config = *host_kind(kind);

	config.pinned = true;
	host_start(&host, &config);
	for (unsigned i = 0; i < HOST_FRAMES; i++)
		host.page[i].shift = 24;
}

START_TEST(h_enter_pins_in_its_task_half)
{
	struct isa_va va = host_va(7, 12);
	uint64_t idx = 42, hash;

	setup(_i);
	hash = host_table_hash(&host);
	ck_assert_int_eq(hptp_h_enter(host.vcpu, 0, host_idx(&host, &va, 0), host_v(&va, 12),
				      host_r(&host, 5, 12, 12, 2), &idx),
			 HPTP_H_TOO_HARD);
	ck_assert_uint_eq(host_table_hash(&host), hash);
	ck_assert_uint_eq(host.pinned, 0);
	ck_assert_int_eq(hptp_hcall_task(host.vcpu, &idx), 0);
	ck_assert(host_valid(&host, idx));
	ck_assert_uint_eq(host.pinned, 1);
	ck_assert_uint_eq(host_pte(&host, idx).r, host_r(&host, HOST_FIRST_HFN + 5, 12, 12, 2));
	/* the pin lives as long as the slot: the next entry of the page needs no task half */
	ck_assert_int_eq(hptp_h_remove(host.vcpu, 0, idx, 0, (uint64_t[2]){ 0 }), 0);
	ck_assert_int_eq(hptp_h_enter(host.vcpu, 0, host_idx(&host, &va, 0), host_v(&va, 12),
				      host_r(&host, 5, 12, 12, 2), &idx),
			 0);
	ck_assert_uint_eq(host.calls[HOST_OP_pin], 1);
	ck_assert_uint_eq(host.calls[HOST_OP_host_get] + host.calls[HOST_OP_host_lookup], 0);
	host_stop(&host);
}
END_TEST

/* A small page first, then a large one of the same frame: all of it has to be pinned. */
START_TEST(a_larger_page_of_a_pinned_frame_is_pinned_anew)
{
	uint64_t idx;

	setup(_i);
	(void)host_enter(&host, 7, 0x1000);
	ck_assert_uint_eq(host.pinned, 1);
	idx = host_enter_size(&host, 3, 0x1000, 24, 24);
	ck_assert(host_valid(&host, idx));
	ck_assert_uint_eq(host.calls[HOST_OP_pin], 2);
	ck_assert_uint_eq(host.pinned, 1);  /* the small pin was given back */
	(void)host_enter(&host, 8, 0x1000); /* covered by the large one */
	ck_assert_uint_eq(host.calls[HOST_OP_pin], 2);
	host_stop(&host);
}
END_TEST

START_TEST(a_page_that_can_not_be_pinned)
{
	struct isa_va va = host_va(7, 12);
	uint64_t idx = 42;

	setup(_i);
	host.page[5].refuse = true;
	ck_assert_int_eq(host_h_enter(&host, 0, host_idx(&host, &va, 0), host_v(&va, 12),
				      host_r(&host, 5, 12, 12, 2), &idx),
			 HPTP_H_PARAMETER);
	ck_assert_uint_eq(host_entry(&host, host_idx(&host, &va, 0)).state, HPTP_FREE);
	ck_assert_uint_eq(idx, 42);
	host_stop(&host);
}
END_TEST

START_TEST(every_allocation_and_pin_fails_once)
{
	bool valid = false;

	for (long n = 1; !valid; n++) {
		struct isa_va va = host_va(7, 12);
		uint64_t idx;
		long ret;

		setup(_i);
		host.fail_in = n;
		ret = host_h_enter(&host, 0, host_idx(&host, &va, 0), host_v(&va, 12),
				   host_r(&host, 5, 12, 12, 2), &idx);
		host.fail_in = 0;
		ck_assert(ret == 0 || ret == HPTP_H_PARAMETER);
		valid = !ret && host_valid(&host, idx);
		ck_assert_int_lt(n, 20);
		host_stop(&host);
	}
}
END_TEST

START_TEST(notifiers_do_nothing_and_say_so)
{
	struct hptp_window window;
	uint64_t idx, hash;
	uint8_t map = 0;

	setup(_i);
	idx = host_enter(&host, 7, 5);
	host_touch(&host, idx, 0x180);
	hash = host_table_hash(&host);
	ck_assert_int_eq(hptp_invalidate_begin(host.slot, (hptp_off){ 5 }, 1, &window), 0);
	ck_assert_int_eq(hptp_unmap_range(host.slot, (hptp_off){ 5 }, 1, NULL), HPTP_E_PINNED);
	ck_assert_int_eq(hptp_invalidate_end(&window), 0);
	ck_assert_int_eq(hptp_unmap_frame(host.slot, (hptp_off){ 5 }, NULL, NULL, NULL),
			 HPTP_E_PINNED);
	ck_assert_int_eq(hptp_age_range(host.slot, (hptp_off){ 5 }, 1, NULL), HPTP_E_PINNED);
	ck_assert_int_eq(hptp_test_age_range(host.slot, (hptp_off){ 5 }, 1), HPTP_E_PINNED);
	ck_assert_uint_eq(host_table_hash(&host), hash);
	/* the dirty log works all the same */
	ck_assert_int_eq(hptp_dirty_harvest(host.slot, (hptp_off){ 0 }, 8, &map, 0), 0);
	ck_assert_uint_eq(map, 1 << 5);
	host_stop(&host);
}
END_TEST

/* An entry made before its slot came is absent; a fault, where the processor has one, pins. */
START_TEST(a_fault_pins_too)
{
	struct host_config config = *host_kind(_i);
	struct isa_va va = host_va(7, 12);
	struct hptp_fault f = host_fault_for(&va, true);
	uint64_t idx;

	config.pinned = config.no_slot = true;
	host_start(&host, &config);
	idx = host_enter(&host, 7, 5);
	ck_assert(!host_valid(&host, idx));
	ck_assert_int_eq(host_add_slot(&host, 0, 0, HOST_FRAMES), 0);
	ck_assert_int_eq(host_fault(&host, &f), HPTP_RESUME);
	ck_assert(host_valid(&host, idx));
	ck_assert_uint_eq(host.pinned, 1);
	ck_assert_int_eq(hptp_h_remove(host.vcpu, 0, idx, 0, (uint64_t[2]){ 0 }), 0);
	ck_assert_int_eq(hptp_slot_remove(host.slots[0].slot), 0);
	ck_assert_uint_eq(host.pinned, 0);
	idx = host_enter(&host, 7, 5);
	ck_assert_int_eq(host_add_slot(&host, 0, 0, HOST_FRAMES), 0);
	host.page[5].refuse = true;
	f = host_fault_for(&va, true);
	ck_assert_int_eq(host_fault(&host, &f), HPTP_NOPAGE);
	host_stop(&host);
}
END_TEST

/* What happens while the host pins: the slot goes; goes and comes elsewhere; a second vCPU. */
static struct hptp_vcpu *second;

static void remove_slot(struct host *h)
{
	ck_assert_int_eq(hptp_slot_remove(h->slots[0].slot), 0);
	h->slots[0].slot = NULL;
}

static void replace_slot(struct host *h)
{
	remove_slot(h);
	ck_assert_int_eq(host_add_slot(h, 0, 0, HOST_FRAMES - 1), 0);
}

static void pin_as_second(struct host *h)
{
	struct hptp_vcpu *first = h->vcpu;

	h->vcpu = second;
	(void)host_enter(h, 9, 5);
	h->vcpu = first;
}

static const struct {
	void (*meanwhile)(struct host *h);
	enum hptp_state state;
	unsigned pinned;
} races[] = {
	{ remove_slot, HPTP_ORPHAN, 0 },
	{ replace_slot, HPTP_VALID, 1 }, /* pinned anew */
	{ pin_as_second, HPTP_VALID, 1 },
};

START_TEST(a_pin_that_is_overtaken_is_undone)
{
	uint64_t idx;

	setup(_i & 3);
	ck_assert_int_eq(hptp_vcpu_create(host.vm, NULL, &second), 0);
	host.in_pin = races[_i >> 2].meanwhile;
	idx = host_enter(&host, 7, 5);
	ck_assert_int_eq(host_entry(&host, idx).state, races[_i >> 2].state);
	ck_assert_uint_eq(host.pinned, races[_i >> 2].pinned);
	hptp_vcpu_destroy(second);
	host_stop(&host);
}
END_TEST

/* Between the halves of H_ENTER the slot goes: emulated MMIO, nothing to pin. */
START_TEST(a_slot_that_goes_between_the_halves)
{
	struct isa_va va = host_va(7, 12);
	uint64_t idx;

	setup(_i);
	ck_assert_int_eq(hptp_h_enter(host.vcpu, 0, host_idx(&host, &va, 0), host_v(&va, 12),
				      host_r(&host, 5, 12, 12, 2), &idx),
			 HPTP_H_TOO_HARD);
	remove_slot(&host);
	ck_assert_int_eq(hptp_hcall_task(host.vcpu, &idx), 0);
	ck_assert_int_eq(host_entry(&host, idx).state, HPTP_ORPHAN);
	ck_assert_uint_eq(host.calls[HOST_OP_pin], 0);
	/* and while memory for the pin is got */
	ck_assert_int_eq(host_add_slot(&host, 0, 0, HOST_FRAMES), 0);
	host.in_alloc = remove_slot;
	idx = host_enter(&host, 8, 6);
	ck_assert_int_eq(host_entry(&host, idx).state, HPTP_ORPHAN);
	ck_assert_uint_eq(host.pinned, 0);
	host_stop(&host);
}
END_TEST

/* Pinned, but not for stores: a store can not be satisfied, and does not go round. */
START_TEST(a_page_pinned_read_only)
{
	struct isa_va va = host_va(7, 12);
	struct hptp_fault f = host_fault_for(&va, true);
	uint64_t idx;

	setup(_i);
	host.page[5].read_only_for_reads = true;
	idx = host_enter(&host, 7, 5);
	ck_assert(host_valid(&host, idx));
	ck_assert(!isa_pp_allows(host_pte(&host, idx).r, false, true));
	f.status = HPTP_DSISR_PROT | HPTP_DSISR_STORE;
	ck_assert_int_eq(host_fault(&host, &f), HPTP_NOPAGE);
	host_stop(&host);
}
END_TEST

START_TEST(a_slot_that_goes_unpins)
{
	setup(_i);
	for (unsigned k = 0; k < 100; k++)
		(void)host_enter(&host, k, k % 60);
	ck_assert_uint_eq(host.pinned, 60);
	ck_assert_int_eq(hptp_slot_remove(host.slots[0].slot), 0);
	host.slots[0].slot = NULL;
	ck_assert_uint_eq(host.pinned, 0);
	host_stop(&host);
}
END_TEST

SUITE("pin", LOOP(h_enter_pins_in_its_task_half, HOST_KINDS),
      LOOP(a_larger_page_of_a_pinned_frame_is_pinned_anew, HOST_KINDS),
      LOOP(a_page_that_can_not_be_pinned, HOST_KINDS),
      LOOP(every_allocation_and_pin_fails_once, HOST_KINDS),
      LOOP(notifiers_do_nothing_and_say_so, HOST_KINDS), LOOP(a_fault_pins_too, HOST_KINDS),
      LOOP(a_pin_that_is_overtaken_is_undone, 3 * HOST_KINDS),
      LOOP(a_slot_that_goes_between_the_halves, HOST_KINDS),
      LOOP(a_page_pinned_read_only, HOST_KINDS), LOOP(a_slot_that_goes_unpins, HOST_KINDS))
