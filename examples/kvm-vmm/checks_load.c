// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Two vCPUs that write, and a host that does not let them. */
#include "checks.h"

#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

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
	return both_write(vm, 60, disturber);
}

/* A memslot comes and goes while the vCPUs run. */
static void *slot_churner(void *arg)
{
	struct vm *vm = arg;
	void *mem = mmap(NULL, SPAN, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	while (loaded) {
		if (vm_memory(vm, 2, 0x60000000, mem, SPAN, false) ||
		    vm_memory(vm, 2, 0x60000000, NULL, 0, false))
			die("a memslot that comes and goes");
		usleep(5000);
	}
	munmap(mem, SPAN);
	return NULL;
}

const char *check_slots(struct vm *vm)
{
	return both_write(vm, 30, slot_churner);
}
