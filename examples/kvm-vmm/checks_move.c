// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* A guest moves, table and memory, while it runs and its host pages. */
#include "checks.h"

#include <linux/kvm.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define PASSES 4 /* while the guest runs */

struct move {
	struct vm *from, to;
	int out, in; /* the two HTAB files */
	uint8_t buffer[65536];
};

struct writer {
	struct vm *vm;
	volatile bool stop;
	uint64_t seed;
};

static void *write_on(void *arg)
{
	struct writer *w = arg;

	while (!w->stop)
		work(&w->vm->vcpus[0], WORK_FILL, EA_4K, SPAN, ++w->seed, 0);
	return NULL;
}

static int open_htab(struct vm *vm, unsigned flags)
{
	struct kvm_get_htab_fd ask = { .flags = flags };
	int fd = ioctl(vm->fd, KVM_PPC_GET_HTAB_FD, &ask);

	if (fd < 0)
		die("KVM_PPC_GET_HTAB_FD");
	return fd;
}

/* One record at a time: stock KVM goes wrong with more. */
static const char *pass_on(struct move *m, size_t used)
{
	for (size_t at = 0; at < used;) {
		struct kvm_get_htab_header h;
		size_t n;

		memcpy(&h, m->buffer + at, sizeof(h));
		n = sizeof(h) + h.n_valid * 16;
		if (write(m->in, m->buffer + at, n) != (ssize_t)n)
			return "writing the table";
		at += n;
	}
	return NULL;
}

/* Until nothing is new, or so many reads. */
static const char *move_table(struct move *m, unsigned reads)
{
	const char *wrong = NULL;
	ssize_t got = 1;

	while (reads-- && got && !wrong) {
		got = read(m->out, m->buffer, sizeof(m->buffer));
		wrong = got < 0 ? "reading the table" : pass_on(m, (size_t)got);
	}
	return wrong;
}

static const char *move_memory(struct move *m)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), pages = m->from->size / page;
	uint8_t *map = calloc(1, (pages + 63) / 64 * 8);
	struct kvm_dirty_log log = { .slot = 0, .dirty_bitmap = map };
	int failed = ioctl(m->from->fd, KVM_GET_DIRTY_LOG, &log);

	for (size_t i = 0; !failed && i < pages; i++)
		if (map[i / 8] >> (i % 8) & 1)
			memcpy(m->to.mem + i * page, m->from->mem + i * page, page);
	free(map);
	return failed ? "KVM_GET_DIRTY_LOG" : NULL;
}

/* The guest runs; then it stands still, and what is left follows. */
static const char *move(struct move *m, struct writer *w)
{
	const char *wrong = NULL;
	pthread_t thread;

	pthread_create(&thread, NULL, write_on, w);
	memcpy(m->to.mem, m->from->mem, m->from->size);
	for (unsigned i = 0; i < PASSES && !wrong; i++) {
		page_out(m->from);
		wrong = move_table(m, 32);
		if (!wrong)
			wrong = move_memory(m);
	}
	w->stop = true;
	pthread_join(thread, NULL);
	if (!wrong)
		wrong = move_memory(m);
	if (!wrong)
		wrong = move_table(m, 10000);
	return wrong;
}

const char *check_move(struct vm *vm)
{
	struct move *m = calloc(1, sizeof(*m));
	struct writer w = { .vm = vm };
	const char *wrong;
	void *mem =
		mmap(NULL, vm->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	w.seed = fill(vm, EA_4K);
	m->from = vm;
	vm_create(&m->to, mem, vm->size, vm->order);
	m->out = open_htab(vm, 0);
	m->in = open_htab(&m->to, KVM_GET_HTAB_WRITE);
	wrong = vm_memory(vm, 0, 0, vm->mem, vm->size, true) ? "KVM_MEM_LOG_DIRTY_PAGES" :
							       move(m, &w);
	vm_memory(vm, 0, 0, vm->mem, vm->size, false);
	close(m->out);
	close(m->in);
	if (!wrong)
		wrong = map_names(&m->to, 0);
	if (!wrong && !holds(&m->to, 1, EA_4K, w.seed))
		wrong = "memory is not the same after the move";
	vm_destroy(&m->to);
	munmap(mem, vm->size);
	free(m);
	return wrong;
}
