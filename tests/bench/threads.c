// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Several threads at once. */
#define _GNU_SOURCE
#include "threads.h"
#include "guest.h"
#include "timing.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

enum { MAX_THREADS = 8, TURN = 64, MAX_RETRIES = 1000 };

struct thread {
	pthread_t id;
	unsigned vcpu;
	struct mapping *maps;
	uint64_t n;
	uint64_t seed;
	double pace; /* ns between two page-outs */
	/* what came of it */
	double cpu;
	uint64_t ops, faults, retries, bad;
};

static pthread_barrier_t barrier;
static atomic_bool stop;

static struct mapping *pick(struct thread *t, uint64_t random)
{
	return &t->maps[(random >> 8) % t->n];
}

/* ---- H_ENTER ---- */

static void *enter_all(void *arg)
{
	struct thread *t = arg;
	double from;

	pthread_barrier_wait(&barrier);
	from = cpu_ns();
	for (uint64_t i = 0; i < t->n; i++)
		(void)map_enter(t->vcpu, &t->maps[i]);
	t->cpu = cpu_ns() - from;
	return NULL;
}

static void time_enter(const char *name, unsigned threads)
{
	struct thread t[MAX_THREADS];
	uint64_t share = n_maps / threads;
	double cpu = 0;

	pthread_barrier_init(&barrier, NULL, threads);
	for (unsigned i = 0; i < threads; i++) {
		t[i] = (struct thread){ .vcpu = i, .maps = maps + share * i, .n = share };
		check(!pthread_create(&t[i].id, NULL, enter_all, &t[i]), "pthread_create");
	}
	for (unsigned i = 0; i < threads; i++) {
		pthread_join(t[i].id, NULL);
		cpu += t[i].cpu;
	}
	pthread_barrier_destroy(&barrier);
	report(name, cpu / (double)(share * threads));
}

static void enter_with(unsigned threads, bool disjoint)
{
	char name[64];

	be_reset();
	maps_build(setup.frames, setup.aliases);
	if (disjoint) {
		uint64_t share = n_maps / threads;

		maps_sort_by_frame();
		for (unsigned i = 0; i < threads; i++)
			shuffle(maps + share * i, share);
	} else {
		shuffle(maps, n_maps);
	}
	snprintf(name, sizeof(name), "threads-%u-%s", threads, disjoint ? "disjoint" : "shared");
	time_enter(name, threads);
}

void run_threads(void)
{
	for (int disjoint = 1; disjoint >= 0; disjoint--) {
		enter_with(1, disjoint);
		enter_with(setup.threads, disjoint);
	}
}

/* ---- mixed ---- */

static void access_page(struct thread *t, struct mapping *m)
{
	unsigned tries = 0;

	if (!be_valid(m->idx)) {
		while (!be_valid(m->idx) && tries < MAX_RETRIES) {
			t->bad += be_fault(t->vcpu, map_ea(m), map_slb_v(m), true) != 0;
			tries++;
		}
		t->faults++;
		t->retries += tries ? tries - 1 : 0;
	}
	be_touch(m->idx, R_BIT);
}

static void *be_guest(void *arg)
{
	struct thread *t = arg;
	double from;

	pthread_barrier_wait(&barrier);
	from = cpu_ns();
	while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
		for (unsigned k = 0; k < TURN; k++) {
			uint64_t random = rnd(&t->seed);
			struct mapping *m = pick(t, random);

			if (m->idx == NO_IDX)
				continue;
			if (random & 1) {
				access_page(t, m);
			} else {
				t->bad += map_remove(t->vcpu, m) != 0;
				/* Its group may have filled up meanwhile; then it is gone. */
				(void)map_enter(t->vcpu, m);
			}
			t->ops++;
		}
	}
	t->cpu = cpu_ns() - from;
	return NULL;
}

static void *be_pager(void *arg)
{
	struct thread *t = arg;
	double next;

	pthread_barrier_wait(&barrier);
	for (next = wall_ns(); !atomic_load(&stop); next += t->pace) {
		uint64_t frame = (rnd(&t->seed) >> 8) % setup.frames;

		be_unmap(frame, frame + 1);
		be_mapin(frame, frame + 1);
		t->ops++;
		while (wall_ns() < next && !atomic_load(&stop))
			;
	}
	return NULL;
}

static void wait_seconds(double s)
{
	struct timespec t = { .tv_sec = (time_t)s };

	t.tv_nsec = (long)((s - (double)t.tv_sec) * 1e9);
	nanosleep(&t, NULL);
}

/* Page-outs per second; 0: no pager. */
static void mixed(const char *name, double per_second)
{
	struct thread guest = { .seed = setup.seed * 3 }, pager = { .seed = setup.seed * 5 };
	char label[64];

	be_reset();
	maps_build(setup.frames, setup.aliases);
	shuffle(maps, n_maps);
	maps_enter_all();
	guest.maps = maps;
	guest.n = n_maps;
	pager.vcpu = 1;
	pager.pace = per_second ? 1e9 / per_second : 0;
	atomic_store(&stop, false);
	pthread_barrier_init(&barrier, NULL, per_second ? 3 : 2);
	check(!pthread_create(&guest.id, NULL, be_guest, &guest), "pthread_create");
	if (per_second)
		check(!pthread_create(&pager.id, NULL, be_pager, &pager), "pthread_create");
	pthread_barrier_wait(&barrier);
	wait_seconds(setup.seconds);
	atomic_store(&stop, true);
	pthread_join(guest.id, NULL);
	if (per_second)
		pthread_join(pager.id, NULL);
	pthread_barrier_destroy(&barrier);
	check(!guest.bad, "the mixed run");
	snprintf(label, sizeof(label), "mixed-%s-ns", name);
	report(label, guest.ops ? guest.cpu / (double)guest.ops : 0);
	snprintf(label, sizeof(label), "mixed-%s-retries", name);
	report(label, guest.faults ? (double)guest.retries / (double)guest.faults : 0);
	if (per_second) {
		snprintf(label, sizeof(label), "mixed-%s-rate", name);
		report(label, (double)pager.ops / setup.seconds);
	}
}

void run_mixed(void)
{
	mixed("idle", 0);
	mixed("10k", 10e3);
	mixed("100k", 100e3);
}
