// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * What the machine can do at best: dependent loads, loads in flight together, locked
 * operations. "L name ns" lines, read by the runner.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

enum { LINE = 64, MAX_CHAINS = 16, LOADS = 1 << 21, CONTENDED = 1 << 21 };

#define KIB(n) ((size_t)(n) << 10)
#define MIB(n) ((size_t)(n) << 20)

static char *memory;
static uint64_t state = 88172645463325252ull;

static uint64_t rnd(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}

static double cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void *huge_memory(size_t size)
{
	char *mem = mmap(NULL, size + MIB(2), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			 -1, 0);

	if (mem == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
	mem = (char *)(((uintptr_t)mem + MIB(2) - 1) & ~(uintptr_t)(MIB(2) - 1));
	(void)madvise(mem, size, MADV_HUGEPAGE);
	return memset(mem, 0, size);
}

/* One cycle through all lines, in random order. */
static void make_chain(size_t size)
{
	size_t n = size / LINE;
	uint32_t *order = malloc(n * sizeof(*order));

	if (!order)
		exit(1);
	for (size_t i = 0; i < n; i++)
		order[i] = (uint32_t)i;
	for (size_t i = n; i > 1; i--) {
		size_t j = rnd() % i;
		uint32_t t = order[i - 1];

		order[i - 1] = order[j];
		order[j] = t;
	}
	for (size_t i = 0; i < n; i++)
		*(void **)(memory + (size_t)LINE * order[i]) =
			memory + (size_t)LINE * order[(i + 1) % n];
	free(order);
}

/* ns per load with `chains` of them in flight. */
static double chase(size_t size, unsigned chains)
{
	void **at[MAX_CHAINS];
	unsigned steps = LOADS / chains;
	double from;

	for (unsigned k = 0; k < chains; k++)
		at[k] = (void **)(memory + rnd() % (size / LINE) * LINE);
	from = cpu_ns();
	for (unsigned i = 0; i < steps; i++)
		for (unsigned k = 0; k < chains; k++)
			at[k] = *(void **volatile *)at[k];
	return (cpu_ns() - from) / LOADS;
}

static double locked(size_t size)
{
	size_t lines = size / LINE;
	double from = cpu_ns();

	for (unsigned i = 0; i < LOADS; i++) {
		uint64_t *p = (uint64_t *)(memory + (rnd() >> 8) % lines * LINE), old = *p;

		(void)__atomic_compare_exchange_n(p, &old, old, false, __ATOMIC_SEQ_CST,
						  __ATOMIC_SEQ_CST);
	}
	return (cpu_ns() - from) / LOADS;
}

static void *contend(void *arg)
{
	double *ns = arg, from = cpu_ns();

	for (unsigned i = 0; i < CONTENDED; i++)
		__atomic_fetch_add((uint64_t *)memory, 1, __ATOMIC_SEQ_CST);
	*ns = (cpu_ns() - from) / CONTENDED;
	return NULL;
}

static double contended(void)
{
	pthread_t other;
	double a, b;

	if (pthread_create(&other, NULL, contend, &a))
		exit(1);
	(void)contend(&b);
	pthread_join(other, NULL);
	return (a + b) / 2;
}

int main(void)
{
	static const size_t sizes[] = { KIB(32), KIB(512), MIB(4), MIB(36), MIB(1024) };

	memory = huge_memory(sizes[4]);
	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		make_chain(sizes[i]);
		printf("L load-%zuKiB %.2f\n", sizes[i] >> 10, chase(sizes[i], 1));
	}
	make_chain(MIB(36));
	for (unsigned chains = 4; chains <= MAX_CHAINS; chains *= 2)
		printf("L load-36864KiB-%u-in-flight %.2f\n", chains, chase(MIB(36), chains));
	printf("L cas-cached-line %.2f\n", locked(LINE));
	printf("L cas-random-line-36864KiB %.2f\n", locked(MIB(36)));
	printf("L add-contended-2-threads %.2f\n", contended());
	return 0;
}
