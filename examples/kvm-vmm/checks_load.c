// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Two vCPUs that write, and a host that does not let them. */
#include "checks.h"

#include <glob.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define ROUNDS 200

struct load {
	struct vm *vm;
	unsigned cpu;
	uint64_t ea, seed;
	unsigned rounds;
	bool wrong;
};

static void *writer(void *arg)
{
	struct load *l = arg;
	struct vcpu *vcpu = &l->vm->vcpus[l->cpu];

	for (unsigned i = 0; i < l->rounds && !l->wrong; i++) {
		work(vcpu, WORK_FILL, l->ea, SPAN / 2, l->seed + i, 0);
		l->wrong = work(vcpu, WORK_CHECK, l->ea, SPAN / 2, l->seed + i, 0) != 0;
	}
	return NULL;
}

static volatile bool loaded;

/* Page out and protect, over and over, what the two vCPUs write. */
static void *disturber(void *arg)
{
	struct vm *vm = arg;

	for (unsigned i = 0; loaded; i++) {
		madvise(play(vm) + (i * 0x30000) % SPAN, 0x20000, MADV_PAGEOUT);
		if (i % 4 == 3)
			mremap(play(vm), SPAN, SPAN, 0);
		usleep(10000);
	}
	return NULL;
}

static const char *both_write(struct vm *vm, unsigned rounds, void *(*other)(void *))
{
	struct load loads[VCPUS] = { { vm, 0, EA_4K, 7000, rounds, false },
				     { vm, 1, EA_HOST + SPAN / 2, 9000, rounds, false } };
	pthread_t threads[VCPUS], extra;

	loaded = true;
	pthread_create(&extra, NULL, other, vm);
	for (unsigned n = 0; n < VCPUS; n++)
		pthread_create(&threads[n], NULL, writer, &loads[n]);
	for (unsigned n = 0; n < VCPUS; n++)
		pthread_join(threads[n], NULL);
	loaded = false;
	pthread_join(extra, NULL);
	return loads[0].wrong || loads[1].wrong ? "a vCPU did not read what it wrote" : NULL;
}

const char *check_stress(struct vm *vm)
{
	return both_write(vm, ROUNDS, disturber);
}

/* Of the library's counters; 0 where there is no library. */
static unsigned long counter(const char *name)
{
	unsigned long value, sum = 0;
	char line[32];
	glob_t files;

	if (glob("/sys/kernel/debug/kvm/*/hptpager", 0, NULL, &files))
		return 0;
	for (size_t i = 0; i < files.gl_pathc; i++) {
		FILE *file = fopen(files.gl_pathv[i], "r");

		while (file && fscanf(file, "%31s %lu", line, &value) == 2)
			if (!strcmp(line, name))
				sum += value;
		if (file)
			fclose(file);
	}
	globfree(&files);
	return sum;
}

/* What the vCPUs write is unmapped, a page at a time: execution is nothing that they ask for. */
static void *one_by_one(void *arg)
{
	struct vm *vm = arg;
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	for (size_t i = 0; loaded; i += page)
		mprotect(play(vm) + i % SPAN, page,
			 PROT_READ | PROT_WRITE | (i / SPAN % 2 ? 0 : PROT_EXEC));
	mprotect(play(vm), SPAN, PROT_READ | PROT_WRITE);
	return NULL;
}

/* Told beside it: faults that repaired nothing, for an invalidation was open or came between. */
const char *check_one_by_one(struct vm *vm)
{
	unsigned long faults = counter("fault"), refaults = counter("refault");
	const char *wrong = both_write(vm, 60, one_by_one);

	faults = counter("fault") - faults;
	refaults = counter("refault") - refaults;
	printf("  %lu faults brought %lu pages back\n", faults, refaults);
	return wrong;
}

/* A memslot comes and goes while the vCPUs run. */
static void *slot_churner(void *arg)
{
	struct vm *vm = arg;
	void *mem = mmap(NULL, SPAN, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	while (loaded) {
		if (vm_memory(vm, 2, SLOT_REAL, mem, SPAN, false) ||
		    vm_memory(vm, 2, SLOT_REAL, NULL, 0, false))
			die("a memslot that comes and goes");
		usleep(5000);
	}
	munmap(mem, SPAN);
	return NULL;
}

const char *check_slots(struct vm *vm)
{
	return both_write(vm, ROUNDS / 2, slot_churner);
}

/*
 * The same, and it is the memslot that a vCPU writes into: while there is none, its accesses are
 * a device's.
 */
const char *check_slot_in_use(struct vm *vm)
{
	const uint64_t pages = SPAN >> host_shift();
	const char *wrong = NULL;
	void *mem = mmap(NULL, SPAN, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pthread_t thread;

	if (mem == MAP_FAILED)
		return "memory";
	if (work(&vm->vcpus[0], WORK_MAP, EA_SLOT, SLOT_REAL, SPAN, how(vm, host_shift(), 2)))
		return "H_ENTER";
	vm->hostile = true; /* devices are everywhere */
	loaded = true;
	pthread_create(&thread, NULL, slot_churner, vm);
	for (unsigned i = 0; i < 2000; i++)
		work(&vm->vcpus[0], WORK_STORE, EA_SLOT + (i % pages << host_shift()), i, 0, 0);
	loaded = false;
	pthread_join(thread, NULL);
	vm->hostile = false;
	if (vm_memory(vm, 2, SLOT_REAL, mem, SPAN, false))
		wrong = "a memslot";
	else if (!holds(vm, 0, EA_SLOT, fill(vm, EA_SLOT)))
		wrong = "a slot that came back does not hold what is written";
	if (work(&vm->vcpus[0], WORK_UNMAP, EA_SLOT, SPAN, host_shift(), 0) == ~0ull)
		wrong = "H_REMOVE";
	if (vm_memory(vm, 2, SLOT_REAL, NULL, 0, false))
		wrong = "deleting a memslot";
	munmap(mem, SPAN);
	return wrong;
}
