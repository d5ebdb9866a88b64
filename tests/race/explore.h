/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Two CPUs in one process, and every place where the one can come between: CPU 0's part is
 * executed instruction by instruction, and after each one a copy of the process is made
 * (fork) in which CPU 1's part runs just there. Where CPU 1 has to wait for a lock, CPU 0
 * goes on until it lets go. Nothing runs at the same time, so every run is repeatable.
 *
 * What it does not show: changes of CPU that neither a lock nor explore_pause() asks for, and
 * weak ordering.
 */
#ifndef RACE_EXPLORE_H
#define RACE_EXPLORE_H

#include <stdbool.h>
#include <stdint.h>

/* Where CPU 0 is interrupted. */
enum explore_where {
	EXPLORE_INSTRUCTIONS, /* after each instruction of the library's */
	/* Each time it begins a read section, before and after it waits for a grace period,
	 * and where explore_yield() is called: cheap, for long walks. */
	EXPLORE_YIELDS,
	/* After each instruction; and CPU 1, which calls explore_pause() once, goes on after
	 * each of the next ones (n: every n-th). */
	EXPLORE_PAUSES,
};

struct explore {
	void (*setup)(void);
	void (*cpu[2])(void);
	void (*verdict)(void); /* both have ended; explore_fail() when something is wrong */
	enum explore_where where;
	unsigned stride; /* 1: interrupt everywhere; n: at every n-th place, */
	unsigned first;  /* from this one */
};

struct explored {
	unsigned places; /* where CPU 1 ran */
	bool failed;
	char message[400]; /* the first failure, and where CPU 0 was */
};

void explore(const struct explore *e, struct explored *result);

/* The CPU that runs, 0 or 1; 0 in setup and verdict. */
int explore_cpu(void);

/* A word of the host's: no order, and another CPU may see a store late. Acquire and release. */
uint64_t explore_load(const uint64_t *p);
void explore_store(uint64_t *p, uint64_t x);
void explore_add(uint64_t *p, uint64_t x);
void explore_fence(void);

/* Around what is the host's own business: CPU 0 is not interrupted there. */
void explore_quiet(void);
void explore_loud(void);

void explore_yield(void);

/* This CPU has nothing to do until the other has done something. */
void explore_wait(void);

/* CPU 1 lets CPU 0 go on for a while. */
void explore_pause(void);

/* Is the other CPU in a read section? */
bool explore_other_reads(void);

/* End this run as failed. */
_Noreturn void explore_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

#define explore_must(condition, ...)                                                               \
	do {                                                                                       \
		if (!(condition))                                                                  \
			explore_fail(__VA_ARGS__);                                                 \
	} while (0)

#endif
