// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Sort the lines of one run: a heap of line offsets in the vCPU's scratch area, then the
 * lines in that order to the other area, where they fill the same range.
 */
#include "job.h"

/* The heap: `base` is the run's text, the offsets lie at `heap`. */
struct run {
	struct cpu *cpu;
	uint64_t base, heap;
};

static uint32_t get(const struct run *r, uint64_t i)
{
	uint32_t offset = 0;

	guest_load(r->cpu, r->heap + 4 * i, &offset, sizeof(offset));
	return offset;
}

static void set(const struct run *r, uint64_t i, uint32_t offset)
{
	guest_store(r->cpu, r->heap + 4 * i, &offset, sizeof(offset));
}

static int compare(const struct run *r, uint32_t a, uint32_t b)
{
	return line_compare(r->cpu, r->base + a, r->base + b);
}

static void sift_down(const struct run *r, uint64_t i, uint64_t n)
{
	uint32_t moved = get(r, i);

	while (2 * i + 1 < n && !stopped(r->cpu)) {
		uint64_t child = 2 * i + 1;
		uint32_t below = get(r, child);

		if (child + 1 < n) {
			uint32_t other = get(r, child + 1);

			if (compare(r, below, other) < 0) {
				below = other;
				child++;
			}
		}
		if (compare(r, moved, below) >= 0)
			break;
		set(r, i, below);
		i = child;
	}
	set(r, i, moved);
}

static void heap_sort(const struct run *r, uint64_t n)
{
	for (uint64_t i = n / 2; i-- > 0;)
		sift_down(r, i, n);
	while (n-- > 1 && !stopped(r->cpu)) {
		uint32_t last = get(r, n);

		set(r, n, get(r, 0));
		set(r, 0, last);
		sift_down(r, 0, n);
	}
}

bool sort_run(struct cpu *cpu, struct job *job, const struct phase *phase, uint64_t task)
{
	const struct layout *l = &job->layout;
	uint64_t text = phase->from, end = text + l->size, n = 0, to;
	struct run r = { .cpu = cpu, .heap = l->scratch + (uint64_t)cpu->id * RUN * 4 };
	uint64_t run_end = line_start(cpu, text + (task + 1) * RUN, text, end);

	r.base = line_start(cpu, text + task * RUN, text, end);
	guest_set64(cpu, l->runs + 8 * task, r.base - text);
	if (run_end == end)
		guest_set64(cpu, l->runs + 8 * layout_runs(l), l->size);
	for (uint64_t at = r.base; at < run_end && n < RUN && !stopped(cpu); n++) {
		set(&r, n, (uint32_t)(at - r.base));
		at = line_next(cpu, at, run_end);
	}
	heap_sort(&r, n);
	to = phase->to + (r.base - text);
	for (uint64_t i = 0; i < n && !stopped(cpu); i++) {
		uint64_t line = r.base + get(&r, i), length = line_next(cpu, line, run_end) - line;

		line_copy(cpu, to, line, length);
		to += length;
	}
	return !stopped(cpu);
}
