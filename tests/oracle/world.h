/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The world that the random operations act on: a machine with its slots, windows and
 * vCPUs; the oracle; the truth about memory; the record of what was done and seen.
 */
#ifndef WORLD_H
#define WORLD_H

#include "machine.h"
#include "mirror.h"
#include "oracle.h"
#include "truth.h"

enum {
	WORLD_ORDER = 18, /**< of the table at first, and at least */
	WORLD_ORDER_MAX = 20,
	WORLD_SLOTS = 8,
	WORLD_VCPUS = 2,
	WORLD_WINDOWS = 2,
	WORLD_SEGMENTS = 28,
	WORLD_LINES = 20, /**< operations that a failure shows */
	WORLD_LINE = 240,
};

/** A slot, there or not. */
struct world_slot {
	struct machine_slot *slot; /**< NULL: not there */
	uint64_t serial;           /**< never used twice: names its memory's contents */
	uint64_t base, n;          /**< guest frames */
	unsigned unit_shift, flags;
	uint8_t *log;           /**< the library's dirty bitmap, NULL: not logging */
	struct bits must, ever; /**< written: not yet reported; since the slot was made */
	struct bits young_must, young_may;
	bool *unwritable; /**< per unit */
};

struct world_window {
	bool open;
	struct hptp_window window;
	unsigned slot;
	uint64_t gfn, n;
};

/** A reader of the migration stream, and what it told. */
struct world_stream {
	struct hptp_stream *reader; /**< NULL: none is open */
	unsigned flags;
	bool stale; /**< the table is another by now */
	struct mirror mirror;
};

/** A resize that was asked for. */
struct world_resize {
	unsigned order; /**< 0: none is under way */
	bool ended;
	int error; /**< which it ended with */
};

/** Where a well-formed entry was made for. */
struct world_va {
	uint64_t ea;
	uint8_t segment;
};

/** What was seen, by name. A needed name that stays below the limit fails the run. */
struct tally {
	const char *name;
	uint64_t n;
	bool info; /**< may be zero */
};

struct world {
	struct machine *m;
	struct oracle o;
	unsigned frame_shift, format;
	uint64_t random, seed, step;
	struct world_slot slot[WORLD_SLOTS];
	struct world_window window[WORLD_WINDOWS];
	unsigned n_windows;
	struct world_stream stream;
	uint64_t serial;
	unsigned starve; /**< so many accesses more find no memory */
	struct cells memory;
	unsigned order; /**< of the table */
	struct world_resize resize;
	struct world_va va[1 << (WORLD_ORDER_MAX - 4)];
	uint64_t slb[WORLD_VCPUS][WORLD_SEGMENTS];
	uint64_t vrma;
	struct tally *tally;
	unsigned n_tally;
	char line[WORLD_LINES][WORLD_LINE];
};

struct world_config {
	unsigned frame_shift, format;
	uint64_t seed;
};

bool world_init(struct world *w, const struct world_config *config);
void world_exit(struct world *w);

/** Write down the operation that comes next; more can be added to its line. */
void world_note(struct world *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
void world_add(struct world *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** Print seed, step, operation, what differs and the last operations; end the program. */
void world_fail(struct world *w, const char *format, ...)
	__attribute__((format(printf, 2, 3), noreturn));
/** Count a thing that was seen. */
void world_saw(struct world *w, const char *format, ...) __attribute__((format(printf, 2, 3)));

uint64_t world_random(struct world *w, uint64_t below);
static inline bool world_chance(struct world *w, unsigned one_in)
{
	return !world_random(w, one_in);
}

/* slots */
/** Where slot i is planned to lie. */
void world_plan(unsigned i, uint64_t *gpa, uint64_t *bytes);
void world_slot_add(struct world *w, unsigned i, bool vary);
void world_slot_remove(struct world *w, unsigned i);
struct world_slot *world_slot_at(struct world *w, uint64_t gfn);
/** R and C of all translations reach the table. */
void world_evict_tlbs(struct world *w);
/** The guest wrote, or accessed, this page. */
void world_accessed(struct world *w, uint64_t page, unsigned shift, bool store);
uint64_t world_cell(struct world *w, uint64_t gpa);
/** Compare every entry of the table with the oracle's. */
void world_compare(struct world *w);

/* segments */
#define WORLD_EA(segment) ((uint64_t)((segment) + 1) << 40)
void world_slbmte(struct world *w, unsigned vcpu, unsigned segment, uint64_t flags);
unsigned world_segment_base(unsigned segment);
bool world_segment_1t(unsigned segment);

/* operations, each one random step (guest.c, host.c) */
void op_enter(struct world *w);
void op_enter_wild(struct world *w);
void op_remove(struct world *w);
void op_bulk(struct world *w);
void op_block(struct world *w);
void op_page_init(struct world *w);
void op_protect(struct world *w);
void op_read(struct world *w);
void op_clear(struct world *w);
void op_access(struct world *w);
void op_translate(struct world *w);
void op_slb(struct world *w);
void op_vrma(struct world *w);
void op_page(struct world *w);
void op_unmap(struct world *w);
void op_window(struct world *w);
void op_age(struct world *w);
void op_harvest(struct world *w);
void op_logging(struct world *w);
void op_slot(struct world *w);
void op_host_memory(struct world *w);
void op_evict(struct world *w);
void op_stream(struct world *w);
void op_stream_restore(struct world *w);
void op_stream_write(struct world *w);
void op_reset(struct world *w);
void op_resize(struct world *w);
/** The reader, if there is one. */
void world_stream_close(struct world *w);

#endif
