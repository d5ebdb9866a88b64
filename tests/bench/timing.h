/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Clocks, and a stop-watch that prints a result. */
#ifndef BENCH_TIMING_H
#define BENCH_TIMING_H

#include <stdint.h>

double wall_ns(void);
/* CPU time of this thread: the machine may be shared, and being preempted does not count. */
double cpu_ns(void);

void timer_start(void);
/* Print the case: ns, tlbie and TLB syncs, each divided by n. */
void timer_stop(const char *name, uint64_t n);

/* "R name value": read by the runner. */
void report(const char *name, double value);

#endif
