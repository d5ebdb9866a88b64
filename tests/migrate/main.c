// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * usage: migrate [--seconds S] [--seed N] [--frame-shift 12|16] [--from old|3.0]
 *                [--to old|3.0] [--forget page|entry]
 * Migrates again and again until the time is over. Exit status: 0 clean, 1 something was
 * lost (ThreadSanitizer's reports: 66), 2 usage.
 */
#include "migrate.h"

#include <getopt.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	WARM_STEPS = 4000,  /* of each vCPU, before the migration begins */
	AFTER_STEPS = 4000, /* on the other machine */
	LITTLE = 40,        /* pages and entries: stop the guest and move them */
	MAX_ROUNDS = 200,
};

struct migrate migrate;
static unsigned format[2];

void migrate_fail(const char *text, ...)
{
	va_list ap;

	va_start(ap, text);
	fprintf(stderr, "migrate: seed %ju: ", (uintmax_t)migrate.seed);
	vfprintf(stderr, text, ap);
	fprintf(stderr, "\n");
	va_end(ap);
	_exit(1); /* other threads still run */
}

static void machine_asserts(const char *what)
{
	migrate_fail("the machine asserts: %s", what);
}

/* ---- the host that pages, and writes like a device, all the while ---- */

static void page_one(uint64_t r)
{
	struct machine_slot *slot = migrate.slot[0][0];
	uint64_t unit = (r >> 8) % machine_slot_units(slot);
	int err = 0;

	switch (r % 8) {
	case 0: err = machine_page_move(slot, unit); break;
	case 1: err = machine_page_clean(slot, unit); break;
	case 2: err = machine_page_age(slot, unit); break;
	default: err = machine_page_out(slot, unit); break;
	}
	if (err < 0 && err != HPTP_E_AGAIN && err != HPTP_E_NOPAGE)
		migrate_fail("paging: %s", hptp_strerror(err));
	migrate.page_outs++;
}

static void device_write(uint64_t r)
{
	unsigned page = (unsigned)(r >> 20) % PAGES;
	uint64_t gpa = ((uint64_t)page << 12) + 8 * DEVICE;

	if (!machine_host_write(migrate.machine[0], gpa, &r, 8))
		migrate.device[page] = r;
}

static void *host_thread(void *arg)
{
	uint64_t random = migrate.seed + 1000;

	(void)arg;
	while (!__atomic_load_n(&migrate.host_stop, __ATOMIC_ACQUIRE)) {
		unsigned delay = __atomic_load_n(&migrate.delay, __ATOMIC_RELAXED);
		uint64_t r = machine_random(&random);

		if ((r >> 60) % 8 || __atomic_load_n(&migrate.vcpus_stop, __ATOMIC_ACQUIRE))
			page_one(r);
		else
			device_write(r);
		usleep(delay / 4 + 20);
	}
	return NULL;
}

/* ---- vCPU threads ---- */

struct run {
	pthread_t thread;
	unsigned number, where;
	uint64_t steps;
};

static void *vcpu_thread(void *arg)
{
	struct run *run = arg;

	guest_run(&migrate.guest[run->number], run->where, run->steps);
	return NULL;
}

static void start(struct run *runs, unsigned where, uint64_t steps)
{
	__atomic_store_n(&migrate.vcpus_stop, false, __ATOMIC_RELEASE);
	for (unsigned i = 0; i < VCPUS; i++) {
		runs[i] = (struct run){ .number = i, .where = where, .steps = steps };
		guest_boot(&migrate.guest[i], where);
		if (pthread_create(&runs[i].thread, NULL, vcpu_thread, &runs[i]))
			migrate_fail("no thread");
	}
}

static void join(struct run *runs)
{
	for (unsigned i = 0; i < VCPUS; i++)
		pthread_join(runs[i].thread, NULL);
}

/* ---- one migration ---- */

static void machine_make(unsigned i)
{
	struct machine_config config = {
		/* The source holds a third of the guest's small pages. */
		.frames = ((i ? 2 : 1) * SMALL_BYTES / 3 >> migrate.frame_shift) + 32,
		.seed = migrate.seed + i,
		.frame_shift = (uint8_t)migrate.frame_shift,
		.order = ORDER,
		.format = (uint8_t)format[i],
		.vcpus = VCPUS,
		.tlb_entries = 64,
		.flags = MACHINE_RECLAIM,
	};

	if (machine_create(&config, &migrate.machine[i]) ||
	    machine_slot_add(migrate.machine[i], 0, SMALL_BYTES >> migrate.frame_shift, 0, 0,
			     &migrate.slot[i][0]) ||
	    machine_slot_add(migrate.machine[i], HUGE_GPA >> migrate.frame_shift,
			     HUGE_BYTES >> migrate.frame_shift, 24, MACHINE_SLOT_FLAT,
			     &migrate.slot[i][1]))
		migrate_fail("a machine can not be made");
	for (unsigned v = 0; v < VCPUS; v++)
		machine_max_faults(machine_vcpu(migrate.machine[i], v), 0);
}

/* Slower and slower, until the guest writes less than is moved. */
static void brake(void)
{
	unsigned delay = migrate.delay ? migrate.delay * 2 : 50;

	__atomic_store_n(&migrate.delay, delay < 20000 ? delay : 20000, __ATOMIC_RELAXED);
}

static void converge(void)
{
	for (unsigned round = 0; move_round(false) > LITTLE; round++) {
		if (round == MAX_ROUNDS)
			migrate_fail("it does not converge");
		if (round > 2)
			brake();
	}
}

static void migrate_once(void)
{
	struct run runs[VCPUS];
	pthread_t host;

	for (unsigned i = 0; i < VCPUS; i++)
		migrate.guest[i] = (struct guest){ .number = i, .random = migrate.seed * 100 + i };
	for (unsigned i = 0; i < 2; i++)
		machine_make(i);
	if (pthread_create(&host, NULL, host_thread, NULL))
		migrate_fail("no thread");
	start(runs, 0, WARM_STEPS);
	join(runs);
	start(runs, 0, ~0ull);
	move_start();
	converge();
	__atomic_store_n(&migrate.vcpus_stop, true, __ATOMIC_RELEASE);
	join(runs);
	(void)move_round(true); /* the host still pages */
	__atomic_store_n(&migrate.host_stop, true, __ATOMIC_RELEASE);
	pthread_join(host, NULL);
	move_end();
	check_all();
	migrate.delay = 0;
	start(runs, 1, AFTER_STEPS);
	join(runs);
	for (unsigned i = 0; i < VCPUS; i++)
		guest_check(&migrate.guest[i], 1);
	for (unsigned i = 0; i < 2; i++)
		machine_destroy(migrate.machine[i]);
}

static void report(double seconds)
{
	uint64_t stores = 0, hypercalls = 0;

	for (unsigned i = 0; i < VCPUS; i++) {
		stores += migrate.guest[i].stores;
		hypercalls += migrate.guest[i].hypercalls;
	}
	printf("seed %ju: %ju stores, %ju hypercalls, %ju page-outs; %ju rounds, %ju pages, %ju "
	       "entries; %.1f s\n",
	       (uintmax_t)migrate.seed, (uintmax_t)stores, (uintmax_t)hypercalls,
	       (uintmax_t)migrate.page_outs, (uintmax_t)migrate.rounds,
	       (uintmax_t)migrate.pages_sent, (uintmax_t)migrate.entries_sent, seconds);
	fflush(stdout);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static unsigned format_named(const char *name)
{
	if (!strcmp(name, "old"))
		return HPTP_FORMAT_OLD;
	if (!strcmp(name, "3.0"))
		return HPTP_FORMAT_3_0;
	fprintf(stderr, "migrate: format '%s'?\n", name);
	exit(2);
}

static void parse(int argc, char **argv, double *seconds)
{
	static const struct option options[] = {
		{ "seconds", required_argument, NULL, 's' },
		{ "seed", required_argument, NULL, 'r' },
		{ "frame-shift", required_argument, NULL, 'p' },
		{ "from", required_argument, NULL, 'f' },
		{ "to", required_argument, NULL, 't' },
		{ "forget", required_argument, NULL, 'x' },
		{ 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 's': *seconds = atof(optarg); break;
		case 'r': migrate.seed = strtoull(optarg, NULL, 0); break;
		case 'p': migrate.frame_shift = (unsigned)atoi(optarg); break;
		case 'f': format[0] = format_named(optarg); break;
		case 't': format[1] = format_named(optarg); break;
		case 'x': migrate.forget = *optarg == 'p' ? FORGET_PAGE : FORGET_ENTRY; break;
		default: exit(2);
		}
	}
}

int main(int argc, char **argv)
{
	double seconds = 1, began = now();
	struct migrate config;
	unsigned passed = 0;

	if (getenv("HPTP_TEST_SECONDS"))
		seconds = atof(getenv("HPTP_TEST_SECONDS"));
	migrate.seed = 1;
	migrate.frame_shift = 12;
	parse(argc, argv, &seconds);
	machine_failed = machine_asserts;
	config = migrate;
	do {
		double since = now();

		migrate = config;
		migrate.seed += passed;
		migrate_once();
		report(now() - since);
		passed++;
	} while (now() - began < seconds);
	printf("%u passed, 0 failed\n", passed);
}
