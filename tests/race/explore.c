// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * CPU 0 is single-stepped by the trap flag, CPU 1 is a coroutine. The functions of the
 * userspace port are replaced (linker option --wrap), so that waiting is a change of CPU.
 */
#include "explored.h"
#include "hptp_port.h"

#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <ucontext.h>
#include <unistd.h>

#define TRAP_FLAG 0x100
#define STACK_SIZE (1u << 18)
#define SPINS_MAX 1000000u /* for a lock that the other CPU does not hold */
#define SECONDS_MAX 20u    /* for a copy */
#define PAUSE_MAX 64u      /* instructions of CPU 0 that may come between CPU 1's two parts */
#define WHOLE_SECONDS_MAX 600u

static const struct explore *exploring;
static int cpu;
static bool alive[2], copy, paused;
static ucontext_t context[2];
static unsigned quiet, counted;
static unsigned depth[2];
static unsigned long sections[2]; /* begun so far */

/* Where CPU 0 stands, for a failure that may follow. */
static void note_place(const void *pc)
{
	const char *name = pc ? "a static function" : "a yield point";
	unsigned long in = 0;
	Dl_info info;

	if (pc && dladdr(pc, &info) && info.dli_sname) {
		name = info.dli_sname;
		in = (unsigned long)((const char *)pc - (const char *)info.dli_saddr);
	}
	snprintf(explored->message, sizeof(explored->message), "place %u, %s+%#lx: ", counted, name,
		 in);
}

/* ---- two CPUs ---- */

int explore_cpu(void)
{
	return cpu;
}

void explore_quiet(void)
{
	quiet++;
}

void explore_loud(void)
{
	quiet--;
}

bool explore_other_reads(void)
{
	return alive[!cpu] && depth[!cpu];
}

static void change_cpu(void)
{
	int self = cpu;

	cpu = !self;
	swapcontext(&context[self], &context[!self]);
}

static void run_cpu1(void)
{
	exploring->cpu[1]();
	alive[1] = false;
	cpu = 0;
	setcontext(&context[0]);
}

static void start_cpu1(void)
{
	static char stack[STACK_SIZE];

	getcontext(&context[1]);
	context[1].uc_stack.ss_sp = stack;
	context[1].uc_stack.ss_size = sizeof(stack);
	makecontext(&context[1], run_cpu1, 0);
	alive[1] = true;
	change_cpu();
}

/* CPU 0 has ended: so does CPU 1, and then it is looked at what came out. */
_Noreturn static void conclude(bool started)
{
	alive[0] = false;
	copy = true;
	if (!started)
		start_cpu1();
	else if (alive[1])
		change_cpu();
	exploring->verdict();
	_exit(0);
}

/* ---- the port, as the two CPUs have it ---- */

void __wrap_hptp_port_relax(void);
void __wrap_hptp_port_synchronize(void);
void __wrap_hptp_port_read_begin(void);
void __wrap_hptp_port_read_end(void);

static void interrupt(const void *pc);

void explore_wait(void)
{
	__wrap_hptp_port_relax();
}

void explore_pause(void)
{
	if (!exploring || exploring->where != EXPLORE_PAUSES || !alive[0])
		return;
	paused = true;
	change_cpu();
}

void __wrap_hptp_port_relax(void)
{
	static unsigned spins;

	if (alive[0] && alive[1])
		change_cpu();
	else if (++spins > SPINS_MAX)
		explore_fail("CPU %d waits for a lock that nobody holds", cpu);
}

uint64_t explore_load(const uint64_t *p)
{
	return *p;
}

void explore_store(uint64_t *p, uint64_t x)
{
	*p = x;
}

void explore_add(uint64_t *p, uint64_t x)
{
	*p += x;
}

void explore_fence(void) {}

/* A place of EXPLORE_YIELDS. */
void explore_yield(void)
{
	if (!cpu && !depth[0] && exploring && exploring->where == EXPLORE_YIELDS)
		interrupt(NULL);
}

void __wrap_hptp_port_synchronize(void)
{
	unsigned long began;

	explore_must(!depth[cpu], "a grace period is waited for in a read section");
	explore_yield();
	began = sections[!cpu];
	while (explore_other_reads() && sections[!cpu] == began)
		__wrap_hptp_port_relax();
	explore_yield();
}

void __wrap_hptp_port_read_begin(void)
{
	explore_yield();
	if (!depth[cpu]++)
		sections[cpu]++;
}

void __wrap_hptp_port_read_end(void)
{
	depth[cpu]--;
}

/* ---- copies of the process ---- */

/* Go on in a copy, where this is true; false when it has ended. */
static bool in_copy(const void *pc)
{
	pid_t pid;

	note_place(pc);
	explored->places++;
	pid = fork();
	if (pid) {
		if (pid < 0 || !explored_well(pid))
			_exit(1);
		explored->message[0] = '\0';
		return false;
	}
	copy = true;
	alarm(SECONDS_MAX);
	return true;
}

/* CPU 1's second part, here in a copy, or after more instructions, or at the end. */
static void resume(const void *pc)
{
	static unsigned since;

	if (++since > PAUSE_MAX) {
		paused = false;
	} else if (since % exploring->stride == 0 && in_copy(pc)) {
		paused = false;
		change_cpu();
	}
}

/* Let CPU 1 run here, in a copy; in the copy this returns when CPU 1 has to wait. */
static void interrupt(const void *pc)
{
	if (quiet)
		return;
	if (paused)
		resume(pc);
	else if (!copy && counted++ % exploring->stride == exploring->first % exploring->stride &&
		 in_copy(pc))
		start_cpu1();
}

static void on_trap(int signal, siginfo_t *info, void *uc)
{
	greg_t *regs = ((ucontext_t *)uc)->uc_mcontext.gregs;

	(void)signal;
	(void)info;
	interrupt((const void *)regs[REG_RIP]);
	if (copy && !paused)
		regs[REG_EFL] &= ~TRAP_FLAG;
}

static void step(bool on)
{
	if (on)
		__asm__ volatile("pushfq; orq $0x100, (%%rsp); popfq" ::: "memory", "cc");
	else
		__asm__ volatile("pushfq; andq $~0x100, (%%rsp); popfq" ::: "memory", "cc");
}

void explore_all(const struct explore *e)
{
	struct sigaction action = { .sa_sigaction = on_trap, .sa_flags = SA_SIGINFO | SA_NODEFER };
	bool stepping = e->where != EXPLORE_YIELDS;

	alarm(WHOLE_SECONDS_MAX);
	sigaction(SIGTRAP, &action, NULL);
	e->setup();
	alive[0] = true;
	exploring = e;
	if (stepping)
		step(true);
	e->cpu[0]();
	if (stepping)
		step(false);
	conclude(copy);
}
