// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The host's threads: they page, age, harvest, and take whole slots away. */
#include "stress.h"

#include <sched.h>
#include <string.h>
#include <unistd.h>

static void tolerate(int err, const char *what)
{
	if (err && err != HPTP_E_AGAIN && err != HPTP_E_NOPAGE)
		stress_fail("%s: %s", what, hptp_strerror(err));
}

/* A unit of a slot that stays while it is looked at. */
static void page_one(uint64_t *random)
{
	uint64_t r = machine_random(random);
	struct stress_slot *s = &stress.slot[r % SLOTS];
	uint64_t unit = (r >> 8) % stress.what->hot;

	pthread_rwlock_rdlock(&s->lock);
	switch ((r >> 16) % 8) {
	case 0: tolerate(machine_page_move(s->slot, unit), "page move"); break;
	case 1: tolerate(machine_page_clean(s->slot, unit), "page clean"); break;
	default:
		tolerate(machine_page_out(s->slot, unit), "page out");
		stress_count(&stress.page_outs);
	}
	pthread_rwlock_unlock(&s->lock);
}

void *stress_pager(void *seed)
{
	uint64_t random = (uint64_t)(uintptr_t)seed;

	while (!stress_stopped())
		page_one(&random);
	return NULL;
}

void *stress_ager(void *seed)
{
	uint64_t random = (uint64_t)(uintptr_t)seed;
	uint8_t young[LOG_BYTES];
	uint64_t n = SLOT_PAGES * stress_frames();

	while (!stress_stopped()) {
		uint64_t r = machine_random(&random);
		struct stress_slot *s = &stress.slot[r % SLOTS];
		struct hptp_slot *handle;
		int ret;

		pthread_rwlock_rdlock(&s->lock);
		handle = machine_slot_handle(s->slot);
		memset(young, 0, sizeof(young));
		if (r >> 8 & 1)
			ret = machine_in_a(hptp_test_age_range(handle, (hptp_off){ 0 }, n));
		else
			ret = machine_in_a(
				hptp_age_range(handle, (hptp_off){ (r >> 16) % 8 }, n - 8, young));
		pthread_rwlock_unlock(&s->lock);
		if (ret < 0)
			stress_fail("age: %s", hptp_strerror(ret));
		stress_count(&stress.ages);
		sched_yield();
	}
	return NULL;
}

/* ---- the dirty log against the count of stores ---- */

/*
 * A report of a page covers every store that was complete when it was asked for, and
 * perhaps those that overlap it. What begins later must be in a later report.
 */
static void harvest(unsigned i, unsigned flags)
{
	uint8_t out[LOG_BYTES] = { 0 };
	unsigned frames = stress_frames();
	int err;

	err = machine_in_a(hptp_dirty_harvest(machine_slot_handle(stress.slot[i].slot),
					      (hptp_off){ 0 }, SLOT_PAGES * frames, out, flags));
	if (err)
		stress_fail("harvest: %s", hptp_strerror(err));
	for (unsigned p = 0; p < SLOT_PAGES; p++) {
		unsigned page = i * SLOT_PAGES + p;

		if (out[p * frames >> 3] >> (p * frames & 7) & 1)
			stress.covered[page] =
				__atomic_load_n(&stress.begun[page], __ATOMIC_ACQUIRE);
	}
	stress_count(&stress.harvests);
}

void stress_check_log(void)
{
	for (unsigned i = 0; i < SLOTS; i++)
		harvest(i, HPTP_HARVEST_STOPPED);
	for (unsigned p = 0; p < PAGES; p++) {
		uint64_t done = __atomic_load_n(&stress.done[p], __ATOMIC_ACQUIRE);

		if (stress.covered[p] < done)
			stress_fail("page %u: store %ju is done, the dirty log told of %ju", p,
				    (uintmax_t)done, (uintmax_t)stress.covered[p]);
	}
	stress_count(&stress.quiet);
}

static void wait_for_vcpus(void)
{
	__atomic_store_n(&stress.pause, true, __ATOMIC_RELEASE);
	while (__atomic_load_n(&stress.paused, __ATOMIC_ACQUIRE) < stress.n_vcpus) {
		if (stress_stopped())
			return;
		sched_yield();
	}
	stress_check_log();
}

void *stress_harvester(void *seed)
{
	uint64_t random = (uint64_t)(uintptr_t)seed;

	while (!stress_stopped()) {
		for (unsigned i = 0; i < 16 && !stress_stopped(); i++) {
			harvest(machine_random(&random) % SLOTS, 0);
			usleep(200);
		}
		wait_for_vcpus();
		__atomic_store_n(&stress.pause, false, __ATOMIC_RELEASE);
		while (__atomic_load_n(&stress.paused, __ATOMIC_ACQUIRE) && !stress_stopped())
			sched_yield();
	}
	return NULL;
}

/* ---- slots ---- */

int stress_slot_add(unsigned i)
{
	uint64_t n = SLOT_PAGES * stress_frames();

	return machine_slot_add(stress.m, i * n, n, stress.what->page_shift, 0,
				&stress.slot[i].slot);
}

void *stress_slotter(void *seed)
{
	uint64_t random = (uint64_t)(uintptr_t)seed;

	while (!stress_stopped()) {
		unsigned i = machine_random(&random) % SLOTS;
		struct stress_slot *s = &stress.slot[i];
		int err;

		pthread_rwlock_wrlock(&s->lock);
		__atomic_fetch_add(&s->generation, 1, __ATOMIC_ACQ_REL);
		err = machine_slot_remove(s->slot);
		if (err)
			stress_fail("slot remove: %s", hptp_strerror(err));
		__atomic_fetch_add(&s->generation, 1, __ATOMIC_ACQ_REL);
		err = stress_slot_add(i);
		if (err)
			stress_fail("slot add: %s", hptp_strerror(err));
		pthread_rwlock_unlock(&s->lock);
		stress_count(&stress.removals);
		usleep(100);
	}
	return NULL;
}
