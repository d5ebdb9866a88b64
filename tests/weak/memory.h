/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Weakly ordered memory for code that is executed: that of tests/models/memory.pmh. Each
 * word keeps its stores; a CPU's load picks, at random, any of those that its view allows.
 * What lies in real memory is always the newest store, so code that knows nothing of this
 * reads and writes that.
 */
#ifndef WEAK_MEMORY_H
#define WEAK_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WEAK_CPUS 2u

enum weak_op { WEAK_ADD, WEAK_OR, WEAK_AND };

uint64_t weak_load(const void *p, unsigned size, int order, const char *in);
void weak_store(void *p, unsigned size, uint64_t x, int order, const char *in);
bool weak_cas(void *p, unsigned size, void *old, uint64_t x, int order, const char *in);
uint64_t weak_rmw(void *p, unsigned size, enum weak_op op, uint64_t x, int order, const char *in);
void weak_fence(int order, const char *in);
/* The function that the next of these is called for, and by what. */
void weak_from(const char *caller, const char *by);

/* Forget everything; from now on memory is weak, or, off, as it lies there. */
void weak_start(uint64_t seed);
void weak_stop(void);
/* All that there is, this CPU has seen, and the other will when it has a full barrier. */
void weak_see_all(void);
/* This memory is no more. */
void weak_forget(const void *p, size_t size);
/* Read sections and grace periods. */
void weak_section_begins(void);
void weak_section_ends(void);
void weak_grace_begins(void);
void weak_grace_ended(void);

/* Whose orders are left out: "function", or "function:by" for those by load, store, ...; a list
 * with commas. */
extern const char *weak_without;
/* Loads that returned another than the newest store; and orders that were left out. */
extern unsigned long weak_stale, weak_left_out;

/* Of the explorer: the CPU that executes; perhaps let the other one. */
int weak_cpu(void);
/* Is it on this CPU's own stack? */
bool weak_private(const void *p);
void weak_yield(void);
uint32_t weak_random(void);

#endif
