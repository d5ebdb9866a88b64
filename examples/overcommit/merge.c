// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Merge pairs of sorted runs into the other area. A pair is cut into parts that can be
 * merged by themselves: the first half at line starts, the second where these lines would
 * have to go. As both are contiguous, what lies before the cuts says where a part goes.
 */
#include "job.h"

struct range {
	uint64_t at, end;
};

/* The first line of a sorted range that does not come before the line at `key`. */
static uint64_t lower_bound(struct cpu *cpu, struct range r, uint64_t key)
{
	uint64_t begin = r.at;

	while (r.at < r.end && !stopped(cpu)) {
		uint64_t line = line_start(cpu, r.at + (r.end - r.at) / 2, begin, r.end);

		/* The upper half may be one line: then look at the first line of the lower. */
		if (line == r.end)
			line = r.at;
		if (line_compare(cpu, line, key) < 0)
			r.at = line_next(cpu, line, r.end);
		else
			r.end = line;
	}
	return r.at;
}

/* Where part i of n begins, in both. */
static void cut(struct cpu *cpu, struct range a, struct range b, uint64_t i, uint64_t n,
		uint64_t *at_a, uint64_t *at_b)
{
	if (i == 0) {
		*at_a = a.at;
		*at_b = b.at;
		return;
	}
	*at_a = i == n ? a.end : line_start(cpu, a.at + (a.end - a.at) * i / n, a.at, a.end);
	*at_b = *at_a == a.end ? b.end : lower_bound(cpu, b, *at_a);
}

static void merge(struct cpu *cpu, struct range a, struct range b, uint64_t to)
{
	while (a.at < a.end && b.at < b.end && !stopped(cpu)) {
		struct range *r = line_compare(cpu, a.at, b.at) <= 0 ? &a : &b;
		uint64_t next = line_next(cpu, r->at, r->end);

		line_copy(cpu, to, r->at, next - r->at);
		to += next - r->at;
		r->at = next;
	}
	if (a.at < a.end) {
		line_copy(cpu, to, a.at, a.end - a.at);
		to += a.end - a.at;
	}
	if (b.at < b.end)
		line_copy(cpu, to, b.at, b.end - b.at);
}

/* Where run i begins in the area that is merged from. */
static uint64_t run_at(struct cpu *cpu, const struct job *job, const struct phase *phase,
		       uint64_t i)
{
	uint64_t runs = layout_runs(&job->layout);
	uint64_t offset = guest_get64(cpu, job->layout.runs + 8 * (i < runs ? i : runs));

	return phase->from + (offset < job->layout.size ? offset : job->layout.size);
}

bool merge_part(struct cpu *cpu, struct job *job, const struct phase *phase, uint64_t task)
{
	uint64_t runs = layout_runs(&job->layout);
	uint64_t pairs = (runs + 2 * phase->width - 1) / (2 * phase->width);
	uint64_t parts = phase->tasks / pairs, pair = task / parts, part = task % parts;
	uint64_t first = pair * 2 * phase->width;
	struct range a = { run_at(cpu, job, phase, first),
			   run_at(cpu, job, phase, first + phase->width) };
	struct range b = { a.end, run_at(cpu, job, phase, first + 2 * phase->width) };
	uint64_t a0 = a.at, b0 = b.at, a1, b1, a2, b2;

	cut(cpu, a, b, part, parts, &a1, &b1);
	cut(cpu, a, b, part + 1, parts, &a2, &b2);
	merge(cpu, (struct range){ a1, a2 }, (struct range){ b1, b2 },
	      phase->to + (a0 - phase->from) + (a1 - a0) + (b1 - b0));
	return !stopped(cpu);
}

bool copy_block(struct cpu *cpu, struct job *job, const struct phase *phase, uint64_t task)
{
	uint64_t at = task * BLOCK, rest = job->layout.size - at;

	line_copy(cpu, phase->to + at, phase->from + at, rest < BLOCK ? rest : BLOCK);
	return !stopped(cpu);
}
