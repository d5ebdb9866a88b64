// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The explorer of tests/race on weakly ordered memory: both CPUs are coroutines, which change
 * before accesses to shared words, at random. `stride` is how many runs there are, `first`
 * the seed of the first; a run is repeated exactly by its seed.
 */
#include "../race/explored.h"
#include "hptp_port.h"
#include "memory.h"

#include <malloc.h>
#include <stdio.h>
#include <ucontext.h>
#include <unistd.h>

#define STACK_SIZE (1u << 18)
#define SPINS_MAX 100000u
#define SECONDS_MAX 600u

static const struct explore *exploring;
static ucontext_t outside, context[2];
static char stack[2][STACK_SIZE];
static int cpu;
static bool alive[2];
static unsigned quiet, depth[2], patience, spins;
static unsigned long sections[2], waited_for[2];
static bool waited[2];

int explore_cpu(void)
{
	return cpu;
}

int weak_cpu(void)
{
	return cpu;
}

bool weak_private(const void *p)
{
	return (uintptr_t)p - (uintptr_t)stack[cpu] < STACK_SIZE;
}

/* What the host does on its own is not what is tested: it sees everything. */
void explore_quiet(void)
{
	if (!quiet++)
		weak_see_all();
}

void explore_loud(void)
{
	if (!--quiet)
		weak_see_all();
}

uint64_t explore_load(const uint64_t *p)
{
	return weak_load(p, sizeof(*p), __ATOMIC_RELAXED, __func__);
}

void explore_store(uint64_t *p, uint64_t x)
{
	weak_store(p, sizeof(*p), x, __ATOMIC_RELAXED, __func__);
}

void explore_add(uint64_t *p, uint64_t x)
{
	weak_rmw(p, sizeof(*p), WEAK_ADD, x, __ATOMIC_RELAXED, __func__);
}

void explore_fence(void)
{
	weak_fence(__ATOMIC_ACQ_REL, __func__);
}

static bool reads(int other)
{
	return alive[other] && depth[other];
}

/* ... in a section for which this CPU has not waited, or that it need not wait for. */
bool explore_other_reads(void)
{
	return reads(!cpu) && !(waited[cpu] && sections[!cpu] > waited_for[cpu]);
}

void explore_yield(void) {}
void explore_pause(void) {} /* comes by itself */

static void change_cpu(void)
{
	int self = cpu;

	cpu = !self;
	swapcontext(&context[self], &context[!self]);
}

void weak_yield(void)
{
	if (alive[!cpu] && !quiet && !(weak_random() % patience))
		change_cpu();
}

/* ---- the port ---- */

void hptp_port_relax(void)
{
	if (alive[!cpu])
		change_cpu();
	if (++spins > SPINS_MAX)
		explore_fail("CPU %d waits without end", cpu);
}

void explore_wait(void)
{
	hptp_port_relax();
}

void hptp_port_read_begin(void)
{
	if (!depth[cpu]++) {
		sections[cpu]++;
		weak_section_begins();
	}
}

void hptp_port_read_end(void)
{
	if (!--depth[cpu])
		weak_section_ends();
}

void hptp_port_synchronize(void)
{
	unsigned long began = sections[!cpu];

	weak_grace_begins();
	while (reads(!cpu) && sections[!cpu] == began)
		hptp_port_relax();
	weak_grace_ended();
	waited[cpu] = true;
	waited_for[cpu] = began;
}

/* Of a table that is freed. */
int __real_munmap(void *p, size_t size);
int __wrap_munmap(void *p, size_t size);

int __wrap_munmap(void *p, size_t size)
{
	weak_forget(p, size);
	return __real_munmap(p, size);
}

/* ---- runs ---- */

static void run_cpu(int which)
{
	exploring->cpu[which]();
	alive[which] = false;
	cpu = !which;
	setcontext(alive[!which] ? &context[!which] : &outside);
}

static void start(int which)
{
	getcontext(&context[which]);
	context[which].uc_stack.ss_sp = stack[which];
	context[which].uc_stack.ss_size = STACK_SIZE;
	makecontext(&context[which], (void (*)(void))run_cpu, 1, which);
	alive[which] = true;
}

static void run_once(unsigned seed)
{
	static const unsigned patiences[] = { 2, 4, 8, 16 };

	snprintf(explored->message, sizeof(explored->message), "run %u: ", seed);
	spins = 0;
	waited[0] = waited[1] = false;
	cpu = 0;
	patience = patiences[seed % 4];
	exploring->setup();
	weak_start(seed);
	start(0);
	start(1);
	cpu = (seed / 4) % 2;
	swapcontext(&outside, &context[cpu]);
	weak_stop();
	cpu = 0;
	exploring->verdict();
}

void explore_all(const struct explore *e)
{
	alarm(SECONDS_MAX);
	/* Freed memory stays mapped: what was stored there is still compared with it. */
	mallopt(M_MMAP_MAX, 0);
	mallopt(M_TRIM_THRESHOLD, -1);
	exploring = e;
	for (; explored->places < e->stride; explored->places++)
		run_once(e->first + explored->places);
	_exit(0);
}
