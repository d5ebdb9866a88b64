// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Timing one case; under callgrind, counting it instead. */
#define _GNU_SOURCE
#include "timing.h"
#include "backend.h"

#include <stdio.h>
#include <time.h>

#if __has_include(<valgrind/callgrind.h>)
#include <valgrind/callgrind.h>
#else
#define CALLGRIND_ZERO_STATS ((void)0)
#define CALLGRIND_TOGGLE_COLLECT ((void)0)
#define CALLGRIND_DUMP_STATS_AT(name) ((void)(name))
#endif

static struct {
	double ns;
	struct be_counters counters;
} began;

static double clock_ns(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

double wall_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

double cpu_ns(void)
{
	return clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

void timer_start(void)
{
	began.counters = be_counters();
	CALLGRIND_ZERO_STATS;
	CALLGRIND_TOGGLE_COLLECT;
	began.ns = cpu_ns();
}

void timer_stop(const char *name, uint64_t n)
{
	double ns = cpu_ns() - began.ns;
	struct be_counters now = be_counters();
	char label[128];

	CALLGRIND_TOGGLE_COLLECT;
	snprintf(label, sizeof(label), "%s ops=%llu", name, (unsigned long long)n);
	CALLGRIND_DUMP_STATS_AT(label);
	printf("R %s %.3f %.4f %.4f\n", name, ns / (double)n,
	       (double)(now.tlbie - began.counters.tlbie) / (double)n,
	       (double)(now.sync - began.counters.sync) / (double)n);
}

void report(const char *name, double value)
{
	printf("R %s %.4f 0 0\n", name, value);
}
