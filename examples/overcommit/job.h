/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What the guest computes: the layout of its memory, and the phases that the vCPUs go
 * through together. A phase is a number of tasks; vCPUs take them one by one and wait for
 * each other at its end.
 */
#ifndef OVERCOMMIT_JOB_H
#define OVERCOMMIT_JOB_H

#include <pthread.h>

#include "guest.h"

enum {
	BLOCK = 64 << 10, /* bytes under one leaf of the checksum tree */
	RUN = 64 << 10,   /* bytes of lines that are sorted at a time, then merged */
	FAN_OUT = 8,      /* children of a node */
	MAX_PHASES = 64
};

/* Offsets into guest memory; every area begins at a page. */
struct layout {
	uint64_t size;        /* bytes of text */
	uint64_t text, spare; /* the text, and as much room to merge into */
	uint64_t tree;        /* nodes of the checksum tree, leaves first */
	uint64_t runs;        /* where each sorted run begins, one more for the end */
	uint64_t scratch;     /* of each vCPU: the lines of a run, RUN * 4 bytes */
	uint64_t end;
};

struct job;

struct phase {
	const char *name;
	bool (*run)(struct cpu *cpu, struct job *job, const struct phase *phase, uint64_t task);
	uint64_t tasks;
	uint64_t from, to; /* areas, where the phase moves text */
	uint64_t width;    /* runs in each of the two that are merged */
	uint64_t *result;
};

struct job {
	struct guest guest;
	struct layout layout;
	const char *source; /* the file, for the load phase: the guest's disk */
	uint64_t source_size;
	struct phase phase[MAX_PHASES];
	unsigned n_phases;
	uint64_t before, after; /* roots of the checksum tree */

	atomic_uint now;            /* phase that runs; n_phases: done */
	atomic_uint_least64_t next; /* task of it that is taken next */
	unsigned vcpus;
	struct cpu *cpu;
	pthread_barrier_t barrier;
};

/* Lay out the memory of a guest that holds `size` bytes of text. */
void layout_make(struct layout *l, uint64_t size, unsigned vcpus, unsigned page_shift);

uint64_t layout_runs(const struct layout *l);
uint64_t layout_blocks(const struct layout *l);

/* The text: the source, repeated or cut, and a newline at its end. */
void job_text(const struct job *job, uint64_t at, void *to, size_t n);

void job_plan(struct job *job);
void job_vcpu(struct job *job, unsigned id); /* body of a vCPU's thread */

/* checksum.c */
uint64_t checksum_bytes(const void *from, size_t n, uint64_t sum);
bool checksum_leaf(struct cpu *cpu, struct job *job, const struct phase *phase, uint64_t task);
bool checksum_root(struct cpu *cpu, struct job *job, const struct phase *phase, uint64_t task);

/* sort.c, merge.c */
bool sort_run(struct cpu *cpu, struct job *job, const struct phase *phase, uint64_t task);
bool merge_part(struct cpu *cpu, struct job *job, const struct phase *phase, uint64_t task);
bool copy_block(struct cpu *cpu, struct job *job, const struct phase *phase, uint64_t task);
enum { MERGE_TASKS = 64 }; /* of a pass, at least */

/* lines.c: lines in guest memory. A line ends after its newline. */
uint64_t line_next(struct cpu *cpu, uint64_t at, uint64_t end);
uint64_t line_start(struct cpu *cpu, uint64_t at, uint64_t begin, uint64_t end);
int line_compare(struct cpu *cpu, uint64_t a, uint64_t b);
void line_copy(struct cpu *cpu, uint64_t to, uint64_t from, uint64_t n);

static inline bool stopped(const struct cpu *cpu)
{
	return atomic_load_explicit(&cpu->guest->stop, memory_order_relaxed);
}

#endif
