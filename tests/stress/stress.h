/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Threads on the machine. Every guest page holds one stamp per vCPU, which only that vCPU
 * writes, so a stale translation shows as a wrong stamp; every store is counted, so a
 * lost C shows as a page that the dirty log never names.
 */
#ifndef STRESS_H
#define STRESS_H

#include <pthread.h>

#include "machine.h"

enum {
	VCPUS_MAX = 8,
	SLOTS = 4,
	SLOT_PAGES = 48,
	PAGES = SLOTS * SLOT_PAGES,
	ALIASES_MAX = 64, /* entries that each page can have */
	SEGMENTS = 8,
	ORDER = 18,
	PAGE_SHIFT_MAX = 16,
	LOG_BYTES = (SLOT_PAGES << (PAGE_SHIFT_MAX - 12)) / 8,
};

/** What runs beside the vCPUs. */
struct stress_case {
	const char *name;
	const char *text;
	unsigned pagers, agers;
	bool harvest, slots;
	unsigned hot;        /**< so many pages of each slot are used */
	unsigned aliases;    /**< entries that each page can have */
	unsigned page_shift; /**< 12 or 16; frames are of 4K */
	uint32_t flags;      /**< of the machine */
};

struct stress_slot {
	pthread_rwlock_t lock; /**< the host's own users of the slot against its removal */
	struct machine_slot *slot;
	uint64_t generation; /**< atomic; changes before its memory goes */
	uint8_t log[LOG_BYTES];
};

struct stress_vcpu {
	pthread_t thread;
	struct machine_vcpu *vcpu;
	unsigned number;
	uint64_t random;
	uint64_t stamp[PAGES], generation[PAGES]; /**< what was stored last, and in which memory */
	uint64_t accesses, enters, removes, protects, reads, clears;
};

struct stress {
	const struct stress_case *what;
	struct machine *m;
	unsigned n_vcpus;
	struct stress_vcpu vcpu[VCPUS_MAX];
	struct stress_slot slot[SLOTS];
	uint64_t begun[PAGES];   /**< atomic: the last store's number */
	uint64_t done[PAGES];    /**< atomic: the last number that is complete */
	uint64_t covered[PAGES]; /**< numbers that a harvest may have reported */
	bool stop, pause;        /**< atomic */
	unsigned paused;         /**< atomic */
	uint64_t harvests, ages, removals, page_outs, quiet; /**< atomic */
};

extern struct stress stress;

/** Something is wrong: say what, end the program with status 1. */
void stress_fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

static inline bool stress_stopped(void)
{
	return __atomic_load_n(&stress.stop, __ATOMIC_RELAXED);
}

static inline void stress_count(uint64_t *counter)
{
	__atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

/** Frames in a page. */
static inline unsigned stress_frames(void)
{
	return 1u << (stress.what->page_shift - 12);
}

/* Threads. */
void *stress_guest(void *vcpu);
void *stress_pager(void *seed);
void *stress_ager(void *seed);
void *stress_harvester(void *seed);
void *stress_slotter(void *seed);

/** All stores reported? With no vCPU in the guest. */
void stress_check_log(void);
int stress_slot_add(unsigned i);

#endif
