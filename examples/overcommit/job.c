// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "job.h"

#include <string.h>

static uint64_t divide_up(uint64_t n, uint64_t by)
{
	return (n + by - 1) / by;
}

uint64_t layout_runs(const struct layout *l)
{
	return divide_up(l->size, RUN);
}

uint64_t layout_blocks(const struct layout *l)
{
	return divide_up(l->size, BLOCK);
}

static uint64_t area(uint64_t *end, uint64_t bytes, unsigned page_shift)
{
	uint64_t at = *end, page = 1ull << page_shift;

	*end += (bytes + page - 1) & ~(page - 1);
	return at;
}

void layout_make(struct layout *l, uint64_t size, unsigned vcpus, unsigned page_shift)
{
	l->size = size;
	l->end = 0;
	l->text = area(&l->end, size, page_shift);
	l->spare = area(&l->end, size, page_shift);
	l->tree = area(&l->end, 16 * (layout_blocks(l) + FAN_OUT), page_shift);
	l->runs = area(&l->end, 8 * (layout_runs(l) + 1), page_shift);
	l->scratch = area(&l->end, (uint64_t)vcpus * RUN * 4, page_shift);
}

void job_text(const struct job *job, uint64_t at, void *to, size_t n)
{
	for (size_t done = 0; done < n;) {
		uint64_t from = (at + done) % job->source_size;
		size_t piece = job->source_size - from;

		piece = piece < n - done ? piece : n - done;
		memcpy((char *)to + done, job->source + from, piece);
		done += piece;
	}
	if (at + n == job->layout.size)
		((char *)to)[n - 1] = '\n';
}

static bool load_block(struct cpu *cpu, struct job *job, const struct phase *phase, uint64_t task)
{
	uint64_t end = (task + 1) * BLOCK;
	char piece[4096];

	end = end < job->layout.size ? end : job->layout.size;
	for (uint64_t at = task * BLOCK; at < end && !stopped(cpu); at += sizeof(piece)) {
		size_t n = end - at < sizeof(piece) ? end - at : sizeof(piece);

		job_text(job, at, piece, n);
		guest_store(cpu, phase->to + at, piece, n);
	}
	return !stopped(cpu);
}

static struct phase *add(struct job *job, const char *name, uint64_t tasks,
			 bool (*run)(struct cpu *, struct job *, const struct phase *, uint64_t))
{
	struct phase *p = &job->phase[job->n_phases++];

	*p = (struct phase){ .name = name, .tasks = tasks, .run = run };
	return p;
}

static void add_tree(struct job *job, const char *name, uint64_t *result)
{
	add(job, name, layout_blocks(&job->layout), checksum_leaf)->from = job->layout.text;
	add(job, name, 1, checksum_root)->result = result;
}

void job_plan(struct job *job)
{
	const struct layout *l = &job->layout;
	uint64_t from = l->spare, to = l->text, runs = layout_runs(l);
	struct phase *p;

	add(job, "load", layout_blocks(l), load_block)->to = l->text;
	add_tree(job, "checksum", &job->before);
	p = add(job, "sort", runs, sort_run);
	p->from = l->text;
	p->to = l->spare;
	for (uint64_t width = 1; width < runs; width *= 2) {
		uint64_t pairs = divide_up(runs, 2 * width);

		p = add(job, "merge", pairs * divide_up(MERGE_TASKS, pairs), merge_part);
		p->from = from;
		p->to = to;
		p->width = width;
		from = p->to;
		to = p->from;
	}
	if (from != l->text) {
		p = add(job, "copy", layout_blocks(l), copy_block);
		p->from = from;
		p->to = l->text;
	}
	add_tree(job, "checksum", &job->after);
}

void job_vcpu(struct job *job, unsigned id)
{
	struct cpu *cpu = &job->cpu[id];

	for (unsigned i = 0; i < job->n_phases; i++) {
		const struct phase *p = &job->phase[i];
		uint64_t task = atomic_fetch_add(&job->next, 1);

		while (task < p->tasks && p->run(cpu, job, p, task))
			task = atomic_fetch_add(&job->next, 1);
		/* One of them prepares the next phase while the others wait. */
		if (pthread_barrier_wait(&job->barrier) == PTHREAD_BARRIER_SERIAL_THREAD) {
			atomic_store(&job->next, 0);
			atomic_store(&job->now, i + 1);
		}
		pthread_barrier_wait(&job->barrier);
	}
}
