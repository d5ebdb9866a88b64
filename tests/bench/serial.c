// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* One thread: every operation on a table that is half full, and on one hot page. */
#include "serial.h"
#include "guest.h"
#include "timing.h"

#include <string.h>

#define HOT_ENTRIES 32768u
#define HOT_PASSES 5u

static uint32_t *frames; /* in the order in which they are visited */
static uint8_t *bitmap;

static void order_frames(void)
{
	for (uint32_t i = 0; i < setup.frames; i++)
		frames[i] = i;
	for (uint64_t i = setup.sequential ? 0 : setup.frames; i > 1; i--) {
		uint64_t j = rnd(&setup.seed) % i;
		uint32_t t = frames[i - 1];

		frames[i - 1] = frames[j];
		frames[j] = t;
	}
}

static void time_enter(void)
{
	double empty = (double)be_bytes();

	report("memory-empty", empty);
	timer_start();
	for (uint64_t i = 0; i < n_maps; i++) {
		(void)map_enter(0, &maps[i]);
		call_ends();
	}
	timer_stop("enter", n_maps);
	maps_drop_failed();
	report("memory-half-full", (double)be_bytes());
	report("entries", (double)n_maps);
}

static void time_protect(void)
{
	int bad = 0;

	maps_shuffle();
	timer_start();
	for (uint64_t i = 0; i < n_maps; i++) {
		bad |= be_protect(0, H_AVPN | 3, maps[i].idx, map_avpn(&maps[i]));
		call_ends();
	}
	timer_stop("protect", n_maps);
	check(!bad, "protect");
	timer_start();
	for (uint64_t i = 0; i < n_maps; i++) {
		bad |= be_protect(0, H_AVPN | 2, maps[i].idx, map_avpn(&maps[i]));
		call_ends();
	}
	timer_stop("protect-back", n_maps);
	check(!bad, "protect back");
}

static void time_age_frames(const char *name, int (*age)(uint64_t), int expect)
{
	int young = 0;

	timer_start();
	for (uint64_t i = 0; i < setup.frames; i++) {
		young += age(frames[i]);
		call_ends();
	}
	timer_stop(name, setup.frames);
	/* A frame may have lost all its mappings to full groups. */
	check(expect ? young >= (int)(setup.frames - setup.frames / 16) : !young, name);
}

static int age_one(uint64_t frame)
{
	return be_age(frame, frame + 1);
}

static void time_age(void)
{
	maps_touch(2);
	order_frames();
	time_age_frames("test-age-young", be_test_age, 1);
	time_age_frames("age-frame-young", age_one, 1);
	time_age_frames("age-frame-idle", age_one, 0);
	maps_touch(0);
	timer_start();
	check(be_age(0, setup.frames), "age of a young range");
	timer_stop("age-young", setup.frames);
	timer_start();
	check(!be_age(0, setup.frames), "age of an idle range");
	timer_stop("age-idle", setup.frames);
}

static uint64_t bulk_remove(uint64_t from, uint64_t to)
{
	const uint64_t request_avpn = 0x42ull << 56;
	uint64_t args[8], n = 0;

	for (uint64_t i = from; i + 4 <= to; i += 4, n += 4) {
		for (unsigned k = 0; k < 4; k++) {
			args[2 * k] = maps[i + k].idx | request_avpn;
			args[2 * k + 1] = map_avpn(&maps[i + k]);
		}
		check(!be_bulk_remove(0, args), "bulk remove");
		call_ends();
	}
	return n;
}

static void time_remove(void)
{
	uint64_t half = n_maps / 2, n;
	int bad = 0;

	maps_shuffle();
	timer_start();
	for (uint64_t i = 0; i < half; i++) {
		bad |= map_remove(0, &maps[i]);
		call_ends();
	}
	timer_stop("remove", half);
	timer_start();
	n = bulk_remove(half, n_maps);
	timer_stop("bulk-remove", n);
	for (uint64_t i = half + n; i < n_maps; i++)
		bad |= map_remove(0, &maps[i]);
	check(!bad, "remove");
}

static void time_enter_exact(void)
{
	int bad = 0;

	maps_shuffle();
	timer_start();
	for (uint64_t i = 0; i < n_maps; i++) {
		struct mapping *m = &maps[i];
		uint64_t v = map_v(m) | V_VALID | (m->idx >> 3 == map_hash(m) ? 0 : V_SECONDARY);

		bad |= be_enter(0, H_EXACT, m->idx, v, map_r(m), &m->idx);
		call_ends();
	}
	timer_stop("enter-exact", n_maps);
	check(!bad, "exact enter");
}

static uint64_t count_bits(void)
{
	uint64_t n = 0;

	for (uint64_t i = 0; i < setup.frames / 8; i++)
		n += (uint64_t)__builtin_popcount(bitmap[i]);
	memset(bitmap, 0, setup.frames / 8);
	return n;
}

static void time_harvest(const char *name, bool vcpus_run, uint64_t at_least, uint64_t at_most)
{
	uint64_t n;

	timer_start();
	be_harvest(bitmap, vcpus_run);
	timer_stop(name, setup.frames);
	n = count_bits();
	check(n >= at_least && n <= at_most, name);
}

static void time_harvests(void)
{
	uint64_t most = setup.frames - setup.frames / 16;

	maps_touch(2);
	time_harvest("harvest-half", true, setup.frames / 4, setup.frames);
	time_harvest("harvest-clean", true, 0, 0);
	maps_touch(1);
	time_harvest("harvest-dirty", true, most, setup.frames);
	time_harvest("harvest-clean-stopped", false, 0, 0);
}

/* A store of the guest: it faults where the hardware finds no valid entry. */
static int access(const struct mapping *m)
{
	return be_valid(m->idx) ? 0 : be_fault(0, map_ea(m), map_slb_v(m), true);
}

static void time_refault(void)
{
	int bad = 0;

	be_mapin(0, setup.frames);
	maps_shuffle();
	timer_start();
	for (uint64_t i = 0; i < n_maps; i++) {
		bad |= be_lookup(0, map_ea(&maps[i]), map_slb_v(&maps[i]), true) != -1;
		call_ends();
	}
	timer_stop("fault-classify", n_maps);
	timer_start();
	for (uint64_t i = 0; i < n_maps; i++) {
		bad |= access(&maps[i]);
		call_ends();
	}
	timer_stop("refault", n_maps);
	for (uint64_t i = 0; i < n_maps; i++)
		bad |= !be_valid(maps[i].idx);
	check(!bad, "refault");
}

static void time_unmap(void)
{
	bool any = false;

	maps_touch(2);
	order_frames();
	timer_start();
	for (uint64_t i = 0; i < setup.frames; i++) {
		be_unmap(frames[i], frames[i] + 1);
		call_ends();
	}
	timer_stop("unmap-frame", setup.frames);
	time_refault();
	maps_touch(2);
	timer_start();
	be_unmap(0, setup.frames);
	timer_stop("unmap-range", setup.frames);
	for (uint64_t i = 0; i < n_maps; i++)
		any |= be_valid(maps[i].idx);
	check(!any, "range unmap");
	timer_start();
	be_unmap_absent(0, setup.frames);
	timer_stop("unmap-range-absent", setup.frames);
}

static void time_remove_absent(void)
{
	int bad = 0;

	maps_shuffle();
	timer_start();
	for (uint64_t i = 0; i < n_maps; i++) {
		bad |= map_remove(0, &maps[i]);
		call_ends();
	}
	timer_stop("remove-absent", n_maps);
	check(!bad, "remove of absent entries");
	timer_start();
	be_unmap_absent(0, setup.frames);
	timer_stop("unmap-range-empty", setup.frames);
	timer_start();
	be_unmap_host(0, setup.frames);
	timer_stop("unmap-host", setup.frames);
}

/* What the driver itself costs, in every number of an operation on one mapping. */
static void time_driver(void)
{
	uint64_t sink = 0;

	timer_start();
	for (uint64_t i = 0; i < n_maps; i++) {
		sink += map_hash(&maps[i]) ^ map_v(&maps[i]) ^ map_r(&maps[i]);
		maps[i].idx = (uint32_t)sink;
	}
	timer_stop("driver", n_maps);
}

void run_serial(void)
{
	frames = be_memory(setup.frames * sizeof(*frames));
	bitmap = be_memory(setup.frames / 8);
	maps_build(setup.frames, setup.aliases);
	maps_shuffle();
	time_driver();
	time_enter();
	time_protect();
	time_age();
	time_remove();
	time_enter_exact();
	time_harvests();
	time_unmap();
	time_remove_absent();
}

static void time_hot_enter(const char *name)
{
	shuffle(maps, n_maps);
	timer_start();
	for (uint64_t i = 0; i < n_maps; i++) {
		(void)map_enter(0, &maps[i]);
		call_ends();
	}
	timer_stop(name, n_maps);
	maps_drop_failed();
}

/* One pass is short: how much of it caches keep is the doing of whoever shares them. */
static int time_hot_pass(void)
{
	int bad = 0;

	time_hot_enter("hot-enter");
	shuffle(maps, n_maps);
	maps_touch(2);
	timer_start();
	be_unmap(7, 8);
	timer_stop("hot-unmap", n_maps);
	be_mapin(7, 8);
	timer_start();
	for (uint64_t i = 0; i < n_maps; i++) {
		bad |= access(&maps[i]);
		call_ends();
	}
	timer_stop("hot-refault", n_maps);
	shuffle(maps, n_maps);
	timer_start();
	for (uint64_t i = 0; i < n_maps; i++) {
		bad |= map_remove(0, &maps[i]);
		call_ends();
	}
	timer_stop("hot-remove", n_maps);
	return bad;
}

/*
 * Few entries all over a large table: in a new one, nearly each is the first of those that
 * share the library's memory for them. So the page is mapped more than once.
 */
void run_hot(void)
{
	int bad = 0;

	be_reset();
	maps_build_hot(HOT_ENTRIES);
	time_hot_enter("hot-enter-new");
	for (uint64_t i = 0; i < n_maps; i++)
		bad |= map_remove(0, &maps[i]);
	for (unsigned pass = 0; pass < HOT_PASSES; pass++)
		bad |= time_hot_pass();
	check(!bad, "the hot page");
}
