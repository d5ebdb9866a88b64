// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The workload: make 30 MiB of records, sort them in runs of 1 MiB from area A to area B,
 * merge the runs back into A, sum. vCPUs share every step, and wait for each other between
 * steps on a word in (paged) memory.
 */
#include "guest.h"
#include "records.h"

#define RUN 8192ull /* records */
#define RUNS (RECORDS / RUN)

struct head {
	uint64_t key;
	const struct record *record, *end;
};

static struct record *const a = (struct record *)SORT_A;
static struct record *const b = (struct record *)SORT_B;

static uint64_t arrived, sums[2];

static void barrier(uint64_t vcpus)
{
	uint64_t ticket = __atomic_fetch_add(&arrived, 1, __ATOMIC_ACQ_REL);

	while (__atomic_load_n(&arrived, __ATOMIC_ACQUIRE) < (ticket / vcpus + 1) * vcpus)
		pause();
}

/* ---- runs ---- */

static void sift(struct head *heap, uint64_t root, uint64_t n)
{
	struct head head = heap[root];
	uint64_t child;

	while ((child = 2 * root + 1) < n) {
		if (child + 1 < n && heap[child + 1].key > heap[child].key)
			child++;
		if (heap[child].key <= head.key)
			break;
		heap[root] = heap[child];
		root = child;
	}
	heap[root] = head;
}

/* Heap sort of keys and places; the records move once. */
static void sort_run(struct head *heap, const struct record *from, struct record *to)
{
	for (uint64_t i = 0; i < RUN; i++)
		heap[i] = (struct head){ .key = from[i].key, .record = &from[i] };
	for (uint64_t i = RUN / 2; i--;)
		sift(heap, i, RUN);
	for (uint64_t n = RUN; n--;) {
		to[n] = *heap[0].record;
		heap[0] = heap[n];
		sift(heap, 0, n);
	}
}

/* ---- merging ---- */

/* The first record of a run whose key is not below `key`. */
static const struct record *find(const struct record *run, uint64_t key)
{
	uint64_t low = 0, high = RUN;

	while (low < high) {
		uint64_t middle = (low + high) / 2;

		if (run[middle].key < key)
			low = middle + 1;
		else
			high = middle;
	}
	return run + low;
}

/* Every vCPU merges the records of its range of keys; those below lie before them. */
static void merge(uint64_t id, uint64_t vcpus)
{
	const uint64_t range = ~0ull / vcpus, key = id * range;
	struct head head[RUNS];
	struct record *to = a;

	for (uint64_t r = 0; r < RUNS; r++) {
		const struct record *run = b + r * RUN;

		head[r].record = find(run, key);
		head[r].end = id + 1 < vcpus ? find(run, key + range) : run + RUN;
		head[r].key = head[r].record < head[r].end ? head[r].record->key : ~0ull;
		to += head[r].record - run;
	}
	for (;;) {
		struct head *least = &head[0];

		for (uint64_t r = 1; r < RUNS; r++)
			if (head[r].key < least->key)
				least = &head[r];
		if (least->record == least->end)
			return;
		*to++ = *least->record++;
		least->key = least->record < least->end ? least->record->key : ~0ull;
	}
}

uint64_t sort(uint64_t id, uint64_t vcpus)
{
	struct head *heap = (struct head *)SORT_SCRATCH + id * RUN;
	uint64_t first = id * RECORDS / vcpus, end = (id + 1) * RECORDS / vcpus;

	for (uint64_t i = first; i < end; i++)
		record_make(&a[i], i);
	barrier(vcpus);
	for (uint64_t r = id; r < RUNS; r += vcpus)
		sort_run(heap, a + r * RUN, b + r * RUN);
	barrier(vcpus);
	merge(id, vcpus);
	barrier(vcpus);
	for (uint64_t half = id; half < 2; half += vcpus)
		sums[half] = records_sum(a + half * (RECORDS / 2), RECORDS / 2);
	barrier(vcpus);
	return records_join(sums[0], sums[1]);
}
