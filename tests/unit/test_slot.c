// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _POSIX_C_SOURCE 200809L /* nanosleep */
/* Slots: found, hidden, flushed, gone; moved; and all that can be done out of order. */
#include "host.h"
#include "suite.h"

#include "hptp_port.h"

#include <pthread.h>
#include <sched.h>
#include <time.h>

static struct host host;

static void setup(bool with_slot)
{
	host_start(&host, &(struct host_config){ .no_slot = !with_slot });
	host_map(&host, 0, HOST_FRAMES, true);
}

static struct hptp_slot_config config_at(uint64_t base, uint64_t n)
{
	return (struct hptp_slot_config){
		.size = sizeof(struct hptp_slot_config),
		.base = { base },
		.n = n,
		.host = &host.slots[3],
	};
}

static struct hptp_slot *find(uint64_t gfn)
{
	return hptp_slot_find(host.vm, (hptp_gfn){ gfn });
}

START_TEST(bad_configurations)
{
	const uint64_t frames = 1ull << (56 - 12);
	static const struct {
		uint64_t base, n;
	} ranges[] = { { 0, 0 }, { ~0ull, 1 }, { 1, ~0ull }, { 1ull << 44, 1 }, { 1, 1ull << 44 } };
	struct hptp_slot_config c;
	struct hptp_slot *slot = (struct hptp_slot *)&host;

	setup(false);
	for (unsigned i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		c = config_at(ranges[i].base, ranges[i].n);
		ck_assert_int_eq(hptp_slot_add(host.vm, &c, &slot), HPTP_E_PARAM);
		ck_assert_ptr_null(slot);
	}
	c = config_at(5, 5);
	c.flags = 1;
	ck_assert_int_eq(hptp_slot_create(host.vm, &c, &slot), HPTP_E_PARAM);
	c = config_at(5, 5);
	c.size = 8;
	ck_assert_int_eq(hptp_slot_create(host.vm, &c, &slot), HPTP_E_VERSION);
	ck_assert_ptr_null(slot);
	c = config_at(frames - 1, 1); /* the last frame there is */
	ck_assert_int_eq(hptp_slot_add(host.vm, &c, &slot), 0);
	ck_assert_ptr_eq(find(frames - 1), slot);
	ck_assert_int_eq(hptp_slot_remove(slot), 0);
	host_stop(&host);
}
END_TEST

START_TEST(overlaps_are_refused)
{
	static const struct {
		uint64_t base, n;
		bool ok;
	} others[] = {
		{ 100, 50, false }, { 149, 1, false }, { 100, 1, false },  { 90, 11, false },
		{ 0, 1000, false }, { 120, 5, false }, { 149, 99, false }, { 150, 1, true },
		{ 99, 1, true },    { 0, 99, true },
	};
	struct hptp_slot *slot;

	setup(false);
	ck_assert_int_eq(host_add_slot(&host, 0, 100, 50), 0);
	for (unsigned i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct hptp_slot_config c = config_at(others[i].base, others[i].n);

		ck_assert_int_eq(hptp_slot_add(host.vm, &c, &slot),
				 others[i].ok ? 0 : HPTP_E_OVERLAP);
		if (others[i].ok)
			ck_assert_int_eq(hptp_slot_remove(slot), 0);
		else
			ck_assert_ptr_null(slot);
		ck_assert_ptr_eq(find(100), host.slots[0].slot);
	}
	host_stop(&host);
}
END_TEST

/* Many slots with holes between them, added and removed in a mixed order. */
START_TEST(frames_find_their_slot)
{
	struct hptp_slot *slots[64] = { NULL };

	setup(false);
	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i < 64; i++) {
			unsigned k = i * 29 % 64;
			struct hptp_slot_config c = config_at(k * 100 + 10, 1 + k);

			if (!slots[k])
				ck_assert_int_eq(hptp_slot_add(host.vm, &c, &slots[k]), 0);
		}
		for (uint64_t gfn = 0; gfn < 6500; gfn++) {
			uint64_t k = gfn / 100, at = gfn % 100;
			bool inside = k < 64 && at >= 10 && at < 11 + k;

			ck_assert_ptr_eq(find(gfn), inside ? slots[k] : NULL);
		}
		for (unsigned k = round; k < 64; k += 3) {
			ck_assert_int_eq(hptp_slot_remove(slots[k]), 0);
			slots[k] = NULL;
			ck_assert_ptr_null(find(k * 100 + 10));
		}
	}
	for (unsigned k = 0; k < 64; k++)
		if (slots[k])
			ck_assert_int_eq(hptp_slot_remove(slots[k]), 0);
	ck_assert_ptr_null(find(0));
	host_stop(&host);
}
END_TEST

START_TEST(no_slot_at_all)
{
	setup(false);
	ck_assert_ptr_null(find(0));
	ck_assert_ptr_null(find(~0ull));
	host_stop(&host);
}
END_TEST

START_TEST(a_handle_tells_what_it_is)
{
	setup(false);
	ck_assert_int_eq(host_add_slot(&host, 0, 100, 50), 0);
	ck_assert_uint_eq(hptp_slot_base(host.slots[0].slot).n, 100);
	ck_assert_uint_eq(hptp_slot_frames(host.slots[0].slot), 50);
	ck_assert_ptr_eq(hptp_slot_host(host.slots[0].slot), &host.slots[0]);
	host_stop(&host);
}
END_TEST

/* The four steps of a removal, each tried before its time. */
START_TEST(steps_out_of_order)
{
	struct hptp_slot_config c = config_at(0, 100);
	struct hptp_slot *slot;
	uint64_t idx;

	setup(false);
	ck_assert_int_eq(hptp_slot_free(NULL), 0);
	ck_assert_int_eq(hptp_slot_create(host.vm, &c, &slot), 0);
	ck_assert_ptr_null(find(5));
	ck_assert_int_eq(hptp_slot_hide(slot), HPTP_E_STATE);
	ck_assert_int_eq(hptp_slot_remove(slot), HPTP_E_STATE);
	ck_assert_int_eq(hptp_slot_move(&slot, (hptp_gfn){ 200 }), HPTP_E_STATE);
	ck_assert_int_eq(hptp_slot_publish(slot), 0);
	ck_assert_int_eq(hptp_slot_publish(slot), HPTP_E_STATE);
	ck_assert_int_eq(hptp_slot_flush(slot), HPTP_E_STATE);
	ck_assert_int_eq(hptp_slot_free(slot), HPTP_E_STATE);
	host.slots[3].base = 0;
	idx = host_enter(&host, 7, 5);
	ck_assert(host_valid(&host, idx));
	ck_assert_int_eq(hptp_slot_hide(slot), 0);
	ck_assert_int_eq(hptp_slot_hide(slot), HPTP_E_STATE);
	ck_assert_int_eq(hptp_slot_remove(slot), HPTP_E_STATE);
	ck_assert_int_eq(hptp_slot_publish(slot), HPTP_E_STATE);
	ck_assert_ptr_null(find(5));
	hptp_slot_wait(slot);
	ck_assert_int_eq(hptp_slot_free(slot), HPTP_E_STATE); /* an entry is in its sets */
	ck_assert(host_valid(&host, idx));
	ck_assert_int_eq(hptp_slot_flush(slot), 0);
	ck_assert(!host_valid(&host, idx));
	ck_assert_int_eq(host_entry(&host, idx).state, HPTP_ORPHAN);
	ck_assert_int_eq(hptp_slot_flush(slot), 0);
	ck_assert_int_eq(hptp_slot_free(slot), 0);
	host_stop(&host);
}
END_TEST

/* Entries of a slot that is being removed can still be paged out, removed, protected. */
START_TEST(a_hidden_slots_entries_are_still_served)
{
	uint64_t idx[3], out[2];
	struct hptp_fault f;
	struct isa_va va = host_va(1, 12);

	setup(true);
	for (unsigned k = 0; k < 3; k++)
		idx[k] = host_enter(&host, k, k);
	ck_assert_int_eq(hptp_slot_hide(host.slot), 0);
	host_unmap(&host, 0, 1);
	ck_assert(!host_valid(&host, idx[0]));
	ck_assert_int_eq(hptp_h_remove(host.vcpu, 0, idx[0], 0, out), 0);
	ck_assert_int_eq(hptp_h_protect(host.vcpu, 3, idx[1], 0), 0);
	ck_assert_int_eq(hptp_h_clear_mod(host.vcpu, 0, idx[1], out), 0);
	ck_assert_int_eq(hptp_h_remove(host.vcpu, 0, idx[2], 0, out), 0);
	/* but nothing new becomes valid there */
	ck_assert(!host_valid(&host, host_enter(&host, 9, 9)));
	f = host_fault_for(&va, true);
	f.status = HPTP_DSISR_PROT | HPTP_DSISR_STORE;
	ck_assert_int_ne(host_fault(&host, &f), HPTP_TASK);
	hptp_slot_wait(host.slot);
	ck_assert_int_eq(hptp_slot_flush(host.slot), 0);
	ck_assert(!host_valid(&host, idx[1]));
	ck_assert_int_eq(hptp_slot_free(host.slot), 0);
	host.slots[0].slot = NULL;
	host_stop(&host);
}
END_TEST

START_TEST(removal_and_creation_keep_the_guests_view)
{
	uint64_t idx[200];

	setup(true);
	for (unsigned k = 0; k < 200; k++) {
		idx[k] = host_enter(&host, k, k % 50);
		host_touch(&host, idx[k], 0x180);
	}
	for (int round = 0; round < 3; round++) {
		ck_assert_int_eq(hptp_slot_remove(host.slots[0].slot), 0);
		for (unsigned k = 0; k < 200; k++) {
			ck_assert(!host_valid(&host, idx[k]));
			ck_assert_uint_eq(host_entry(&host, idx[k]).guest,
					  host_r(&host, k % 50, 12, 12, 2) | 0x180);
		}
		ck_assert_int_eq(host_add_slot(&host, 0, 0, HOST_FRAMES), 0);
		for (unsigned k = 0; k < 200; k++)
			ck_assert_int_eq(host_access(&host, k, true), HPTP_RESUME);
		for (unsigned k = 0; k < 200; k++)
			ck_assert(host_valid(&host, idx[k]));
	}
	host_stop(&host);
}
END_TEST

START_TEST(a_move)
{
	static uint8_t log[HOST_FRAMES / 8];
	uint64_t idx;
	uint8_t map = 0;

	setup(false);
	ck_assert_int_eq(host_add_slot(&host, 0, 0, 100), 0);
	ck_assert_int_eq(host_add_slot(&host, 1, 500, 100), 0);
	ck_assert_int_eq(hptp_dirty_start(host.slots[0].slot, log, sizeof(log)), 0);
	idx = host_enter(&host, 7, 5);
	host_touch(&host, idx, 0x180);
	ck_assert_int_eq(hptp_slot_move(&host.slots[0].slot, (hptp_gfn){ 550 }), HPTP_E_OVERLAP);
	ck_assert_int_eq(hptp_slot_move(&host.slots[0].slot, (hptp_gfn){ ~0ull }), HPTP_E_PARAM);
	ck_assert(host_valid(&host, idx)); /* where it was */
	ck_assert_ptr_eq(find(5), host.slots[0].slot);
	host.slots[0].base = 50;
	ck_assert_int_eq(hptp_slot_move(&host.slots[0].slot, (hptp_gfn){ 50 }), 0);
	ck_assert_ptr_null(find(5));
	ck_assert_ptr_eq(find(149), host.slots[0].slot);
	ck_assert(!host_valid(&host, idx));
	ck_assert_int_eq(hptp_dirty_harvest(host.slots[0].slot, (hptp_off){ 0 }, 8, &map, 0), 0);
	ck_assert_uint_eq(map, 1 << 5);
	host_stop(&host);
}
END_TEST

/* Each allocation of each step fails in turn: an error, and all is as it was. */
START_TEST(no_memory)
{
	for (int step = 0; step < 3; step++) {
		int error = HPTP_E_NOMEM;

		for (long n = 1; error; n++) {
			unsigned long blocks;
			uint64_t idx;

			setup(false);
			ck_assert_int_eq(host_add_slot(&host, 0, 0, 100), 0);
			idx = host_enter(&host, 7, 5);
			blocks = host.blocks;
			host.fail_in = n;
			if (step == 0) {
				error = host_add_slot(&host, 1, 1000, 100);
			} else if (step == 1) {
				error = hptp_slot_move(&host.slots[0].slot, (hptp_gfn){ 2000 });
			} else {
				error = hptp_slot_remove(host.slots[0].slot);
				if (!error)
					host.slots[0].slot = NULL;
			}
			host.fail_in = 0;
			if (error) {
				ck_assert_int_eq(error, HPTP_E_NOMEM);
				ck_assert_uint_eq(host.blocks, blocks);
				ck_assert_ptr_eq(find(5), host.slots[0].slot);
				ck_assert(host_valid(&host, idx));
			}
			ck_assert_int_lt(n, 50);
			host_stop(&host);
		}
	}
}
END_TEST

/* ---- grace periods: a look-up that began before a call still uses what the call takes away */

static bool reading, read_over;

static void *read_for_a_while(void *arg)
{
	const struct timespec ms20 = { .tv_nsec = 20000000 };

	(void)arg;
	hptp_port_read_begin();
	__atomic_store_n(&reading, true, __ATOMIC_SEQ_CST);
	nanosleep(&ms20, NULL);
	__atomic_store_n(&read_over, true, __ATOMIC_SEQ_CST);
	hptp_port_read_end();
	return NULL;
}

static uint8_t some_log[HOST_FRAMES / 8];

static int wait_remove(void)
{
	struct hptp_slot *slot = host.slots[0].slot;

	host.slots[0].slot = NULL;
	return hptp_slot_remove(slot);
}

static int wait_hidden(void)
{
	if (hptp_slot_hide(host.slots[0].slot))
		return HPTP_E_STATE;
	hptp_slot_wait(host.slots[0].slot);
	return 0;
}

static int wait_move(void)
{
	return hptp_slot_move(&host.slots[0].slot, (hptp_gfn){ 0x100000 });
}

static int wait_add(void)
{
	return host_add_slot(&host, 1, 0x200000, 1);
}

static int wait_log_on(void)
{
	return hptp_dirty_start(host.slots[0].slot, some_log, sizeof(some_log));
}

static int wait_log_off(void)
{
	return hptp_dirty_stop(host.slots[0].slot);
}

static int (*const waits[])(void) = {
	wait_remove, wait_hidden, wait_move, wait_add, wait_log_on, wait_log_off,
};
#define N_WAITS 6

START_TEST(readers_are_waited_for)
{
	pthread_t thread;

	setup(true);
	if (waits[_i] == wait_log_off)
		ck_assert_int_eq(wait_log_on(), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, read_for_a_while, NULL), 0);
	while (!__atomic_load_n(&reading, __ATOMIC_SEQ_CST))
		sched_yield();
	ck_assert_int_eq(waits[_i](), 0);
	ck_assert(__atomic_load_n(&read_over, __ATOMIC_SEQ_CST));
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	if (waits[_i] == wait_hidden) {
		ck_assert_int_eq(hptp_slot_flush(host.slots[0].slot), 0);
		ck_assert_int_eq(hptp_slot_free(host.slots[0].slot), 0);
		host.slots[0].slot = NULL;
	}
	host_stop(&host);
}
END_TEST

/* A host with memory slots of its own: handles are made, never published. */
static struct hptp_slot *own_slot;
static struct hptp_slot *own_find(void *h, hptp_gfn gfn, bool hidden_too)
{
	(void)h;
	(void)hidden_too;
	return gfn.n < 100 ? own_slot : NULL;
}

START_TEST(a_host_with_slots_of_its_own)
{
	static const struct host_config defaults;
	struct hptp_config config;
	struct hptp_slot_config c = config_at(0, 100);
	uint64_t idx;

	host_init(&host);
	host.ops.slot_find = own_find;
	config = host_vm_config(&host, &defaults);
	host.frame_shift = 12;
	ck_assert_int_eq(hptp_vm_create(&config, &host.vm), 0);
	hptp_vm_table(host.vm, &host.table);
	ck_assert_int_eq(hptp_vcpu_create(host.vm, &host, &host.vcpu), 0);
	host_map(&host, 0, 100, true);
	ck_assert_int_eq(hptp_slot_create(host.vm, &c, &own_slot), 0);
	hptp_mmio_changed(host.vm);
	ck_assert_ptr_eq(find(5), own_slot);
	idx = host_enter(&host, 7, 5);
	ck_assert(host_valid(&host, idx));
	host_check(&host);
	ck_assert_int_eq(hptp_vm_destroy(host.vm), HPTP_E_STATE);
	hptp_slot_wait(own_slot);
	ck_assert_int_eq(hptp_slot_flush(own_slot), 0);
	ck_assert(!host_valid(&host, idx));
	ck_assert_int_eq(hptp_slot_free(own_slot), 0);
	own_slot = NULL;
	host_stop(&host);
}
END_TEST

SUITE("slot", CASE(bad_configurations), CASE(overlaps_are_refused), CASE(frames_find_their_slot),
      CASE(no_slot_at_all), CASE(a_handle_tells_what_it_is), CASE(steps_out_of_order),
      CASE(a_hidden_slots_entries_are_still_served),
      CASE(removal_and_creation_keep_the_guests_view), CASE(a_move), CASE(no_memory),
      LOOP(readers_are_waited_for, N_WAITS), CASE(a_host_with_slots_of_its_own))
