// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * stress --case NAME [--seconds S] [--vcpus N] [--seed N], or --list. Exit status: 0 clean,
 * 1 something is wrong (ThreadSanitizer's reports: 66), 2 usage.
 */
#include "stress.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct stress stress;

#ifdef __SANITIZE_THREAD__
/* The first report ends the program. */
const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
	return "halt_on_error=1";
}
#endif

static const struct stress_case cases[] = {
	{ .name = "paging",
	  .text = "vCPUs against pagers",
	  .pagers = 2,
	  .hot = SLOT_PAGES,
	  .aliases = 4,
	  .page_shift = 12 },
	{ .name = "hot",
	  .text = "few pages",
	  .pagers = 2,
	  .agers = 1,
	  .hot = 2,
	  .aliases = 4,
	  .page_shift = 12 },
	{ .name = "crowd",
	  .text = "few pages with many entries each",
	  .pagers = 1,
	  .agers = 1,
	  .hot = 1,
	  .aliases = ALIASES_MAX,
	  .page_shift = 12 },
	{ .name = "large",
	  .text = "64K pages on 4K frames, the dirty log beside",
	  .pagers = 1,
	  .agers = 1,
	  .harvest = true,
	  .hot = 8,
	  .aliases = 8,
	  .page_shift = 16 },
	{ .name = "windows",
	  .text = "the host's own invalidation state",
	  .pagers = 2,
	  .hot = SLOT_PAGES,
	  .aliases = 4,
	  .page_shift = 12,
	  .flags = MACHINE_OWN_WINDOWS },
	{ .name = "age",
	  .text = "aging beside paging",
	  .pagers = 1,
	  .agers = 2,
	  .hot = SLOT_PAGES,
	  .aliases = 4,
	  .page_shift = 12 },
	{ .name = "dirty",
	  .text = "the dirty log against every store",
	  .pagers = 1,
	  .agers = 1,
	  .harvest = true,
	  .hot = SLOT_PAGES,
	  .aliases = 4,
	  .page_shift = 12 },
	{ .name = "harvest",
	  .text = "the dirty log without paging",
	  .harvest = true,
	  .hot = 8,
	  .aliases = 4,
	  .page_shift = 12 },
	{ .name = "slots",
	  .text = "slots removed and made again under load",
	  .pagers = 1,
	  .agers = 1,
	  .slots = true,
	  .hot = SLOT_PAGES,
	  .aliases = 4,
	  .page_shift = 12 },
	{ .name = "own-slots",
	  .text = "the host's own slots, likewise",
	  .pagers = 1,
	  .agers = 1,
	  .slots = true,
	  .hot = SLOT_PAGES,
	  .aliases = 4,
	  .page_shift = 12,
	  .flags = MACHINE_OWN_SLOTS },
};
enum { CASES = sizeof(cases) / sizeof(cases[0]), THREADS_MAX = 8, HANG_SECONDS = 60 };

void stress_fail(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	fprintf(stderr, "stress %s: ", stress.what ? stress.what->name : "");
	vfprintf(stderr, format, ap);
	fprintf(stderr, "\n");
	va_end(ap);
	_exit(1); /* other threads still run */
}

static void machine_asserts(const char *what)
{
	stress_fail("the machine asserts: %s", what);
}

/* ---- set-up ---- */

static void make(const struct stress_case *what, uint64_t seed)
{
	struct machine_config config = {
		.frames = (PAGES / 2 + 16) * stress_frames(),
		.seed = seed,
		.frame_shift = 12,
		.order = ORDER,
		.format = seed & 1,
		.vcpus = (uint8_t)stress.n_vcpus,
		.tlb_entries = 64,
		.flags = MACHINE_RECLAIM | what->flags,
	};
	int err = machine_create(&config, &stress.m);

	if (err)
		stress_fail("the machine can not be made: %s", hptp_strerror(err));
	for (unsigned i = 0; i < SLOTS; i++) {
		struct stress_slot *s = &stress.slot[i];

		pthread_rwlock_init(&s->lock, NULL);
		err = stress_slot_add(i);
		if (!err && what->harvest)
			err = hptp_dirty_start(machine_slot_handle(s->slot), s->log,
					       SLOT_PAGES * stress_frames() / 8);
		if (err)
			stress_fail("slot: %s", hptp_strerror(err));
	}
	for (unsigned i = 0; i < stress.n_vcpus; i++) {
		stress.vcpu[i].vcpu = machine_vcpu(stress.m, i);
		stress.vcpu[i].number = i;
		stress.vcpu[i].random = seed * 100 + i;
		machine_max_faults(stress.vcpu[i].vcpu, 0);
	}
}

static void spawn(pthread_t *thread, void *(*run)(void *), void *arg)
{
	if (pthread_create(thread, NULL, run, arg))
		stress_fail("no thread");
}

/* All threads, for a while. */
static void run(double seconds, uint64_t seed)
{
	const struct stress_case *what = stress.what;
	pthread_t host[THREADS_MAX];
	unsigned n = 0;

	for (unsigned i = 0; i < stress.n_vcpus; i++)
		spawn(&stress.vcpu[i].thread, stress_guest, &stress.vcpu[i]);
	for (unsigned i = 0; i < what->pagers; i++)
		spawn(&host[n++], stress_pager, (void *)(uintptr_t)(seed * 1000 + i));
	for (unsigned i = 0; i < what->agers; i++)
		spawn(&host[n++], stress_ager, (void *)(uintptr_t)(seed * 2000 + i));
	if (what->harvest)
		spawn(&host[n++], stress_harvester, (void *)(uintptr_t)(seed * 3000));
	if (what->slots)
		spawn(&host[n++], stress_slotter, (void *)(uintptr_t)(seed * 4000));
	usleep((useconds_t)(seconds * 1e6));
	__atomic_store_n(&stress.stop, true, __ATOMIC_RELEASE);
	__atomic_store_n(&stress.pause, false, __ATOMIC_RELEASE);
	for (unsigned i = 0; i < n; i++)
		pthread_join(host[i], NULL);
	__atomic_store_n(&stress.pause, false, __ATOMIC_RELEASE);
	for (unsigned i = 0; i < stress.n_vcpus; i++)
		pthread_join(stress.vcpu[i].thread, NULL);
}

/* Quiescent: every invariant, the whole log, and what was done. */
static void finish(double seconds)
{
	struct hptp_check_result result = { 0 };
	struct hptp_stats stats;
	uint64_t accesses = 0, hcalls = 0;

	if (hptp_check(machine_vm(stress.m), &result))
		stress_fail("hptp_check: I%u, entry %jx, frame %jx: %s", result.invariant,
			    (uintmax_t)result.idx, (uintmax_t)result.gfn, result.what);
	if (stress.what->harvest)
		stress_check_log();
	hptp_stats_read(machine_vm(stress.m), &stats);
	for (unsigned i = 0; i < stress.n_vcpus; i++) {
		const struct stress_vcpu *v = &stress.vcpu[i];

		accesses += v->accesses;
		hcalls += v->enters + v->removes + v->protects + v->reads + v->clears;
	}
	printf("stress %-9s %3.0f s, %u vCPUs: %ju accesses, %ju hcalls, %ju refaults, %ju absent, "
	       "%ju retries, %ju ages, %ju harvests (%ju quiet), %ju slots removed, "
	       "%ju KiB: clean\n",
	       stress.what->name, seconds, stress.n_vcpus, (uintmax_t)accesses, (uintmax_t)hcalls,
	       (uintmax_t)stats.refault, (uintmax_t)stats.absent, (uintmax_t)stats.retry,
	       (uintmax_t)stress.ages, (uintmax_t)stress.harvests, (uintmax_t)stress.quiet,
	       (uintmax_t)stress.removals, (uintmax_t)stats.bytes / 1024);
	if (!accesses || !hcalls || (stress.what->pagers && !stats.absent))
		stress_fail("nothing happened");
}

/* ---- command line ---- */

static const struct stress_case *find_case(const char *name)
{
	for (unsigned i = 0; i < CASES; i++) {
		if (!strcmp(cases[i].name, name))
			return &cases[i];
	}
	fprintf(stderr, "stress: --case is one of:\n");
	for (unsigned i = 0; i < CASES; i++)
		fprintf(stderr, "  %-9s %s\n", cases[i].name, cases[i].text);
	exit(2);
}

static int list_cases(void)
{
	for (unsigned i = 0; i < CASES; i++)
		printf("%s\n", cases[i].name);
	return 0;
}

static double number(const char *text, double otherwise)
{
	return text && *text ? strtod(text, NULL) : otherwise;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "case", required_argument, NULL, 'c' },
		{ "seconds", required_argument, NULL, 's' },
		{ "vcpus", required_argument, NULL, 'v' },
		{ "seed", required_argument, NULL, 'r' },
		{ "list", no_argument, NULL, 'l' },
		{ NULL, 0, NULL, 0 },
	};
	double seconds = number(getenv("HPTP_TEST_SECONDS"), 5);
	uint64_t seed = (uint64_t)number(getenv("HPTP_TEST_SEED"), 1);
	const char *name = "";
	int c;

	stress.n_vcpus = 3;
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'c': name = optarg; break;
		case 's': seconds = number(optarg, 0); break;
		case 'v': stress.n_vcpus = (unsigned)number(optarg, 0); break;
		case 'l': return list_cases();
		case 'r': seed = (uint64_t)number(optarg, 0); break;
		default: return 2;
		}
	}
	stress.what = find_case(name);
	if (!stress.n_vcpus || stress.n_vcpus > VCPUS_MAX) {
		fprintf(stderr, "stress: --vcpus is 1..%d\n", VCPUS_MAX);
		return 2;
	}
	machine_failed = machine_asserts;
	alarm((unsigned)seconds + HANG_SECONDS); /* a hang ends by SIGALRM */
	make(stress.what, seed);
	run(seconds, seed);
	finish(seconds);
	machine_destroy(stress.m);
	printf("1 passed, 0 failed\n");
	return 0;
}
