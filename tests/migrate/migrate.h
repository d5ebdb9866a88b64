/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A guest that runs is moved from one machine to another, as a hypervisor does it: its
 * memory by the dirty log, its table by the migration stream, round by round, until what is
 * left is little; then it is stopped, the rest is moved, and it goes on over there.
 */
#ifndef MIGRATE_H
#define MIGRATE_H

#include "machine.h"

enum {
	VCPUS = 4,
	ORDER = 18,
	PAGES = 256,  /* guest pages of 4K, in the first slot */
	HUGE = 2,     /* guest pages of 16M, in the second */
	VIEWS = 64,   /* virtual pages of a vCPU, and as many of huge ones */
	DEVICE = 511, /* word of each page that the host writes, as a device does */
};

#define HUGE_GPA 0x10000000ull
#define SMALL_BYTES ((uint64_t)PAGES << 12)
#define HUGE_BYTES ((uint64_t)HUGE << 24)

/* A vCPU's program and registers: what is moved of it is this. */
struct guest {
	unsigned number;
	uint64_t random, steps, stores, faults, hypercalls;
	struct view {
		bool entered, read_only;
		uint64_t idx, pteh;
		uint64_t value; /* stored last, in this view's own word */
	} view[2][VIEWS];
};

struct migrate {
	struct machine *machine[2]; /* from, to */
	struct machine_slot *slot[2][2];
	unsigned frame_shift;
	uint64_t seed;
	struct guest guest[VCPUS];
	uint64_t device[PAGES]; /* what the device wrote last */
	unsigned delay;         /* microseconds per step of a vCPU: the brake */
	bool vcpus_stop, host_stop;
	enum { FORGET_NOTHING, FORGET_PAGE, FORGET_ENTRY } forget; /* on purpose */
	uint64_t page_outs, rounds, pages_sent, records_sent, entries_sent;
};

extern struct migrate migrate;

void migrate_fail(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* guest.c: a vCPU's thread on machine `where`; and what it knows of memory. */
void guest_boot(struct guest *g, unsigned where);
void guest_run(struct guest *g, unsigned where, uint64_t steps);
void guest_check(const struct guest *g, unsigned where);

/* move.c */
void move_start(void);
/* Another round; how much was moved: pages and entries. */
uint64_t move_round(bool last);
void move_end(void);

/* check.c: both machines at rest, or only the second. */
void check_all(void);

#endif
