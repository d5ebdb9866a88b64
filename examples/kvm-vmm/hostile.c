// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Guests that mean harm, one after the other: two vCPUs call and access at random while
 * the host pages their memory, resizes, copies and describes their table, and takes memslots
 * away. Every fourth does not spare itself either. In the end what is not the guest's must be
 * what it was, and the table must be sound.
 */
#include "modes.h"

#include <errno.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "checks.h"

#define SIZE (16 * MB)
#define GUARD (4 * MB)
#define TENANT (MB / 4)
#define EPISODE 10 /* seconds */
#define ORDER 18
#define ROUNDS 200

/* What the guest can not reach: around its memory, and frames that were just its own. */
static uint8_t *world;

struct totals {
	uint64_t calls[256], good[256], accesses, done;
	uint64_t absent, refault, retry, pageouts, resized, slots, streams, logs, tenants;
	unsigned episodes, lost, checked;
};

static struct totals totals;

struct episode {
	struct vm vm;
	uint64_t seed;
	bool risks;
	volatile bool over;
	const char *wrong;
	pthread_t vcpus[VCPUS], pager, tenant, clerk;
};

struct turn {
	struct episode *e;
	unsigned cpu;
	bool lost;
};

static uint64_t canary(size_t at)
{
	return (at + 1) * 0x9e3779b97f4a7c15ull;
}

static void guard(uint8_t *mem, size_t size)
{
	for (size_t at = 0; at < size; at += 8)
		*(volatile uint64_t *)(mem + at) = canary(at);
}

static bool guarded(const uint8_t *mem, size_t size)
{
	for (size_t at = 0; at < size; at += 8)
		if (*(const volatile uint64_t *)(mem + at) != canary(at))
			return false;
	return true;
}

static void *attack(void *arg)
{
	struct turn *t = arg;
	struct episode *e = t->e;
	uint64_t seed = e->seed * VCPUS + t->cpu;
	uint64_t flags = host_shift() << HOSTILE_SHIFT | (e->risks ? HOSTILE_RISKS : 0);

	while (!e->over && !t->lost) {
		int error = work_error(&e->vm.vcpus[t->cpu], WORK_HOSTILE, seed, ROUNDS, flags, 0);

		seed = seed * 6364136223846793005ull + 1442695040888963407ull;
		if (error && !e->vm.stop) {
			t->lost = true;
			if (error != ECANCELED || !e->risks)
				e->wrong = error == ECANCELED ?
						   "a guest that spares itself was lost" :
						   strerror(error);
		}
	}
	return NULL;
}

/* What a host does to a process's memory, some of it at a time. */
static void *page(void *arg)
{
	struct episode *e = arg;
	unsigned seed = (unsigned)e->seed;

	while (!e->over) {
		size_t at = MB + (size_t)rand_r(&seed) % (SIZE - 2 * MB) / 65536 * 65536;
		size_t size = (size_t)(rand_r(&seed) % 16 + 1) * 65536;
		uint8_t *mem = e->vm.mem + at;

		switch (rand_r(&seed) % 8) {
		case 0: madvise(mem, size, MADV_DONTNEED); break;
		case 1:
			mprotect(mem, size, PROT_READ);
			usleep(1000);
			mprotect(mem, size, PROT_READ | PROT_WRITE);
			break;
		case 2:
			if (mmap(mem, size, PROT_READ | PROT_WRITE,
				 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
				die("memory of a hostile guest");
			break;
		default: madvise(mem, size, MADV_PAGEOUT); madvise(mem, size, MADV_PAGEOUT);
		}
		totals.pageouts++;
		usleep(5000);
	}
	return NULL;
}

/* Frames that the guest has lost are the host's next: a stale translation would show here. */
static void *settle(void *arg)
{
	struct episode *e = arg;

	while (!e->over) {
		uint8_t *mem = mmap(NULL, TENANT, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (mem == MAP_FAILED)
			die("memory beside a hostile guest");
		guard(mem, TENANT);
		usleep(100000);
		if (!guarded(mem, TENANT))
			e->wrong = "memory that was not the guest's has changed";
		munmap(mem, TENANT);
		totals.tenants++;
	}
	return NULL;
}

static void read_stream(struct vm *vm, unsigned *seed)
{
	static uint8_t buffer[65536];
	struct kvm_get_htab_fd ask = { .start_index = (uint64_t)rand_r(seed) };
	int fd = ioctl(vm->fd, KVM_PPC_GET_HTAB_FD, &ask);

	for (unsigned i = 0; i < 20; i++)
		if (read(fd, buffer, (size_t)rand_r(seed) % sizeof(buffer)) < 0)
			break;
	close(fd);
	ask.flags = KVM_GET_HTAB_WRITE;
	fd = ioctl(vm->fd, KVM_PPC_GET_HTAB_FD, &ask);
	totals.streams += write(fd, buffer, 64) >= 0; /* busy, most of the time */
	close(fd);
}

static void log_writes(struct vm *vm)
{
	static uint8_t map[SIZE / 4096 / 8];
	struct kvm_dirty_log log = { .slot = 0, .dirty_bitmap = map };

	if (vm_memory(vm, 0, 0, vm->mem, vm->size, true))
		die("logging a hostile guest's writes");
	for (unsigned i = 0; i < 5; i++) {
		usleep(5000);
		if (ioctl(vm->fd, KVM_GET_DIRTY_LOG, &log))
			die("the log of a hostile guest");
	}
	if (vm_memory(vm, 0, 0, vm->mem, vm->size, false))
		die("a log's end");
	totals.logs++;
}

static void come_and_go(struct vm *vm)
{
	void *mem = mmap(NULL, 4 * MB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (vm_memory(vm, 1, SLOT_REAL, mem, 4 * MB, false))
		die("a memslot of a hostile guest");
	usleep(20000);
	if (vm_memory(vm, 1, SLOT_REAL, NULL, 0, false))
		die("a memslot's end");
	munmap(mem, 4 * MB);
	totals.slots++;
}

/* What a VMM does meanwhile. */
static void *administer(void *arg)
{
	struct episode *e = arg;
	unsigned seed = (unsigned)e->seed + 1;
	char text[64];

	while (!e->over) {
		switch (rand_r(&seed) % 4) {
		case 0: read_stream(&e->vm, &seed); break;
		case 1: log_writes(&e->vm); break;
		case 2: come_and_go(&e->vm); break;
		default: (void)vm_debugfs(&e->vm, "htab", text, sizeof(text)); break;
		}
	}
	return NULL;
}

static void nothing(int signal)
{
	(void)signal;
}

static void stop(struct episode *e)
{
	e->over = true;
	e->vm.stop = true;
	for (unsigned n = 0; n < VCPUS; n++)
		while (pthread_tryjoin_np(e->vcpus[n], NULL)) {
			pthread_kill(e->vcpus[n], SIGUSR1);
			usleep(10000);
		}
	pthread_join(e->pager, NULL);
	pthread_join(e->tenant, NULL);
	pthread_join(e->clerk, NULL);
}

/* On stock KVM there is nothing that could be asked. */
static void judge(struct episode *e)
{
	char text[256];
	long got = vm_debugfs(&e->vm, "hptpager_check", text, sizeof(text));

	if (!guarded(world, GUARD) || !guarded(world + GUARD + SIZE, GUARD))
		e->wrong = "memory around the guest's has changed";
	if (got >= 0) {
		totals.checked++;
		if (strcmp(text, "sound\n")) {
			printf("hptpager_check: %s", text);
			e->wrong = "the table is not sound";
		}
	} else if (vm_ours(&e->vm)) {
		e->wrong = "the table could not be checked";
	}
}

static void count(struct episode *e)
{
	const struct hostile_count *c = (void *)(e->vm.mem + HOSTILE_COUNTS);

	/* What does not spare itself may have written there too. */
	for (unsigned n = 0; n < VCPUS && !e->risks; n++, c++) {
		totals.accesses += c->accesses;
		totals.done += c->done;
		for (unsigned i = 0; i < 256; i++) {
			totals.calls[i] += c->calls[i];
			totals.good[i] += c->good[i];
		}
	}
	if (vm_ours(&e->vm)) {
		totals.absent += vm_counter(&e->vm, "absent");
		totals.refault += vm_counter(&e->vm, "refault");
		totals.retry += vm_counter(&e->vm, "retry");
	}
	totals.episodes++;
}

static const char *run_episode(unsigned number, unsigned seconds)
{
	struct episode e = { .seed = number * 7919 + 1, .risks = number % 4 == 3 };
	struct turn turns[VCPUS] = { { &e, 0, false }, { &e, 1, false } };

	memset(world + GUARD, 0, SIZE);
	vm_create(&e.vm, world + GUARD, SIZE, ORDER);
	e.vm.hostile = true;
	if (map_names(&e.vm, 0))
		die("segments of a hostile guest");
	for (unsigned n = 0; n < VCPUS; n++)
		pthread_create(&e.vcpus[n], NULL, attack, &turns[n]);
	pthread_create(&e.pager, NULL, page, &e);
	pthread_create(&e.tenant, NULL, settle, &e);
	pthread_create(&e.clerk, NULL, administer, &e);
	for (unsigned i = 0; i < seconds && !e.wrong; i++)
		sleep(1);
	stop(&e);
	judge(&e);
	count(&e);
	totals.lost += turns[0].lost || turns[1].lost;
	vm_destroy(&e.vm);
	return e.wrong;
}

static void report(void)
{
	static const struct {
		unsigned number;
		const char *name;
	} names[] = {
		{ 0x08, "H_ENTER" },
		{ 0x04, "H_REMOVE" },
		{ 0x0c, "H_READ" },
		{ 0x10, "H_CLEAR_MOD" },
		{ 0x14, "H_CLEAR_REF" },
		{ 0x18, "H_PROTECT" },
		{ 0x124, "H_BULK_REMOVE" },
		{ 0x328, "H_BLOCK_REMOVE" },
		{ 0x2c, "H_PAGE_INIT" },
		{ H_RESIZE_HPT_PREPARE, "H_RESIZE_HPT_PREPARE" },
		{ H_RESIZE_HPT_COMMIT, "H_RESIZE_HPT_COMMIT" },
	};

	for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++)
		printf("%-22s %9lu calls %9lu succeeded\n", names[i].name,
		       (unsigned long)totals.calls[HOSTILE_SLOT(names[i].number)],
		       (unsigned long)totals.good[HOSTILE_SLOT(names[i].number)]);
	printf("%-22s %9lu       %9lu did not trap\n", "accesses", (unsigned long)totals.accesses,
	       (unsigned long)totals.done);
	printf("%u guests, %u lost themselves, %u tables checked; host: %lu times memory taken, "
	       "%lu times reused, %lu logs, %lu slots\n",
	       totals.episodes, totals.lost, totals.checked, (unsigned long)totals.pageouts,
	       (unsigned long)totals.tenants, (unsigned long)totals.logs,
	       (unsigned long)totals.slots);
	printf("library: %lu absent, %lu refault, %lu retry\n", (unsigned long)totals.absent,
	       (unsigned long)totals.refault, (unsigned long)totals.retry);
}

/* A run in which no call got anywhere has shown nothing. */
static const char *enough(void)
{
	static const unsigned numbers[] = { 0x04, 0x08,  0x0c,
					    0x10, 0x14,  0x18,
					    0x2c, 0x124, H_RESIZE_HPT_PREPARE };

	for (unsigned i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		if (!totals.good[HOSTILE_SLOT(numbers[i])])
			return "a hypercall never succeeded";
	return totals.done ? NULL : "no access succeeded";
}

const char *hostile_guests(unsigned seconds)
{
	struct sigaction action = { .sa_handler = nothing };
	const char *wrong = NULL;
	uint8_t *raw =
		mmap(NULL, 3 * SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	time_t end = time(NULL) + seconds;

	sigaction(SIGUSR1, &action, NULL);
	if (raw == MAP_FAILED)
		return "memory";
	/* The guest's part begins at a multiple of its size, for large pages. */
	world = (uint8_t *)(((uintptr_t)raw + GUARD + SIZE - 1) & ~(SIZE - 1)) - GUARD;
	guard(world, GUARD);
	guard(world + GUARD + SIZE, GUARD);
	for (unsigned n = 0; !wrong && time(NULL) < end; n++) {
		wrong = run_episode(n, EPISODE);
		printf("guest %u: %s\n", n, wrong ? wrong : "held");
	}
	report();
	munmap(raw, 3 * SIZE);
	return wrong ? wrong : enough();
}
