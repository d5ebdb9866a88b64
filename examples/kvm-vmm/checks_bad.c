// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * What a VMM should not pass, and what it gets for it: what stock KVM answers, except in the
 * rows that say something else for a kernel with the library (docs/KVM.md lists them).
 */
#include "checks.h"

#include <errno.h>
#include <linux/kvm.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define ORDER 18
#define ENTRIES (1u << (ORDER - 4))
#define SIZE (16 * MB)
#define AREA 0x200000000000ull /* host memory of the tests' own; 4K hosts have 64 TiB */
#define ALREADY 1              /* an answer that says how long it will take */
#define UNTRIED (-9999)        /* stock KVM warns or crashes */

/* How far a guest is. */
enum state {
	FRESH, /* hash, and no table yet */
	MADE,  /* a table, and no vCPU ran */
	RAN,   /* one did */
	STATES
};

/* Answers: 0, a positive number that ALREADY stands for, or -errno. `ours` 0: as stock. */
struct row {
	const char *what;
	enum state state;
	unsigned long request;
	union {
		uint32_t order;
		struct kvm_ppc_resize_hpt resize;
		struct kvm_get_htab_fd htab;
		struct kvm_dirty_log log;
		struct kvm_userspace_memory_region region;
	} arg;
	bool nowhere; /* the argument's address is bad */
	int stock;
	bool differs;
	int ours;
};

#define ALLOCATE(n) .request = KVM_PPC_ALLOCATE_HTAB, .arg.order = (n)
#define PREPARE(n, ...)                                                                            \
	.request = KVM_PPC_RESIZE_HPT_PREPARE, .arg.resize = { .shift = (n), __VA_ARGS__ }
#define COMMIT(n, ...)                                                                             \
	.request = KVM_PPC_RESIZE_HPT_COMMIT, .arg.resize = { .shift = (n), __VA_ARGS__ }
#define HTAB(f, n) .request = KVM_PPC_GET_HTAB_FD, .arg.htab = { .flags = (f), .start_index = (n) }
#define LOG(n, at)                                                                                 \
	.request = KVM_GET_DIRTY_LOG, .arg.log = { .slot = (n), .dirty_bitmap = (void *)(at) }
#define REGION(n, f, gpa, bytes, at)                                                               \
	.request = KVM_SET_USER_MEMORY_REGION, .arg.region = { (n), (f), (gpa), (bytes), (at) }
#define OURS(n) .differs = true, .ours = (n)

/* In this order; what succeeds is in force for the rows after it. */
static const struct row rows[] = {
	{ "a table of order 0", FRESH, ALLOCATE(0), .stock = UNTRIED, OURS(-EINVAL) },
	{ "of order 17", FRESH, ALLOCATE(17), .stock = -EINVAL },
	{ "of order 47", FRESH, ALLOCATE(47), .stock = -EINVAL },
	{ "of order 46", FRESH, ALLOCATE(46), .stock = -ENOMEM, OURS(-EINVAL) },
	{ "of order 36", FRESH, ALLOCATE(36), .stock = -ENOMEM },
	{ "of order 2^32 - 1", FRESH, ALLOCATE(~0u), .stock = -EINVAL },
	{ "an order from nowhere", FRESH, ALLOCATE(18), .nowhere = true, .stock = -EFAULT },
	{ "commit without a table", FRESH, COMMIT(18), .stock = UNTRIED, OURS(-EIO) },
	{ "prepare without a table", FRESH, PREPARE(19), .stock = ALREADY, OURS(-EINVAL) },
	{ "give up without a table", FRESH, PREPARE(0), .stock = 0 },
	{ "log without logging", FRESH, LOG(0, AREA), .stock = -ENOENT },

	{ "of order 17 instead of another", MADE, ALLOCATE(17), .stock = -EINVAL },
	{ "again", MADE, ALLOCATE(18), .stock = 0 },
	{ "commit before the first run", MADE, COMMIT(18), .stock = UNTRIED, OURS(-EIO) },
	{ "commit before that, flags", MADE, COMMIT(18, .flags = 1), .stock = -EINVAL },
	{ "commit before that, order 17", MADE, COMMIT(17), .stock = -EINVAL },

	{ "prepare with flags", RAN, PREPARE(18, .flags = 1), .stock = -EINVAL },
	{ "prepare order 1", RAN, PREPARE(1), .stock = -EINVAL },
	{ "prepare order 17", RAN, PREPARE(17), .stock = -EINVAL },
	{ "prepare order 47", RAN, PREPARE(47), .stock = -EINVAL },
	{ "prepare order 46", RAN, PREPARE(46), .stock = ALREADY, OURS(-EINVAL) },
	{ "prepare order 2^32 - 1", RAN, PREPARE(~0u), .stock = -EINVAL },
	{ "prepare from nowhere", RAN, PREPARE(18), .nowhere = true, .stock = -EFAULT },
	{ "give up what is not", RAN, PREPARE(0), .stock = 0 },
	{ "commit with flags", RAN, COMMIT(18, .flags = 1), .stock = -EINVAL },
	{ "commit order 0", RAN, COMMIT(0), .stock = -ENXIO },
	{ "commit order 17", RAN, COMMIT(17), .stock = -EINVAL },
	{ "commit order 46", RAN, COMMIT(46), .stock = -ENXIO },
	{ "commit order 47", RAN, COMMIT(47), .stock = -EINVAL },
	{ "commit what was not prepared", RAN, COMMIT(19), .stock = -ENXIO },
	{ "commit from nowhere", RAN, COMMIT(19), .nowhere = true, .stock = -EFAULT },
	{ "prepare", RAN, PREPARE(19), .stock = ALREADY },
	{ "commit another", RAN, COMMIT(20), .stock = -ENXIO },
	{ "which has given it up", RAN, COMMIT(19), .stock = -ENXIO },

	{ "a file with flags", RAN, HTAB(4, 0), .stock = -EINVAL },
	{ "a file from nowhere", RAN, HTAB(0, 0), .nowhere = true, .stock = -EFAULT },

	{ "log of a slot too high", RAN, LOG(0x7fff, AREA), .stock = -EINVAL },
	{ "log of no slot", RAN, LOG(9, AREA), .stock = -ENOENT },
	{ "log of a slot without", RAN, LOG(0, AREA), .stock = -ENOENT },
	{ "log from nowhere", RAN, LOG(0, AREA), .nowhere = true, .stock = -EFAULT },
	{ "a slot with a log", RAN, REGION(1, 1, 0x40000000, MB, AREA), .stock = 0 },
	{ "its log to nowhere", RAN, LOG(1, 16), .stock = -EFAULT },
	{ "its log", RAN, LOG(1, AREA), .stock = 0 },

	{ "a slot from nowhere", RAN, REGION(2, 0, 0, MB, AREA), .nowhere = true,
	  .stock = -EFAULT },
	{ "a slot, flags", RAN, REGION(2, 0x80, 0x50000000, MB, AREA), .stock = -EINVAL },
	{ "a slot's odd size", RAN, REGION(2, 0, 0x50000000, MB + 1, AREA), .stock = -EINVAL },
	{ "a slot's odd frame", RAN, REGION(2, 0, 0x50000001, MB, AREA), .stock = -EINVAL },
	{ "a slot's odd memory", RAN, REGION(2, 0, 0x50000000, MB, AREA + 8), .stock = -EINVAL },
	{ "a slot over another", RAN, REGION(2, 0, 0x40000000, MB, AREA), .stock = -EEXIST },
	{ "a slot past the end", RAN, REGION(2, 0, ~0ull << 16, MB, AREA), .stock = -EINVAL },
	{ "a slot of 2^62 bytes", RAN, REGION(2, 0, 0, 1ull << 62, AREA), .stock = -EINVAL },
	{ "a slot too high", RAN, REGION(0x8000, 0, 0x50000000, MB, AREA), .stock = -EINVAL },
	{ "a slot's new size", RAN, REGION(1, 1, 0x40000000, 2 * MB, AREA), .stock = -EINVAL },
	{ "a slot's new memory", RAN, REGION(1, 1, 0x40000000, MB, AREA + MB), .stock = -EINVAL },
	{ "a slot moves", RAN, REGION(1, 1, 0x70000000, MB, AREA), .stock = 0 },
	{ "and its log", RAN, LOG(1, AREA), .stock = 0 },
	{ "it goes", RAN, REGION(1, 0, 0, 0, 0), .stock = 0 },
	{ "it goes again", RAN, REGION(1, 0, 0, 0, 0), .stock = -EINVAL },
	{ "its log is gone", RAN, LOG(1, AREA), .stock = -ENOENT },
};

static unsigned wrongs;
static void *volatile nowhere = (void *)8;

static void expect(const char *what, int got, int wanted)
{
	if (got == wanted || (got > 0 && wanted == ALREADY))
		return;
	wrongs++;
	printf("  %s: %d (%s), expected %d\n", what, got, strerror(got < 0 ? -got : 0), wanted);
}

/* A guest that far, and its rows. */
static void try_rows(struct vm *vm, enum state state, bool ours)
{
	struct kvm_ppc_mmuv3_cfg hash = { 0 };

	if (state != FRESH) {
		memset(vm->mem, 0, vm->size);
		vm_create(vm, vm->mem, SIZE, ORDER);
	} else {
		vm->fd = vm_bare();
		(void)ioctl(vm->fd, KVM_PPC_CONFIGURE_V3_MMU, &hash);
	}
	if (state == RAN)
		expect("a first run", (int)(intptr_t)map_names(vm, 0), 0);
	for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct row *r = &rows[i];
		int got;

		if (r->state != state)
			continue;
		if (!ours && r->stock == UNTRIED) {
			printf("  %s: not tried on stock KVM, which warns or crashes\n", r->what);
			continue;
		}
		got = ioctl(vm->fd, r->request, r->nowhere ? nowhere : (void *)&r->arg);
		expect(r->what, got < 0 ? -errno : got, ours && r->differs ? r->ours : r->stock);
	}
	if (state != FRESH)
		vm_destroy(vm);
	else
		close(vm->fd);
}

/* ---- the file ---- */

/* One write: a record of up to two entries, of which so many bytes are there. */
#define BE(x) __builtin_bswap64(x)

static const struct write_row {
	const char *what;
	struct kvm_get_htab_header header;
	uint64_t dwords[4];
	size_t bytes;
	int stock;
	bool differs;
	int ours;
} writes[] = {
	{ "no bytes", .bytes = 0, .stock = 0 },
	{ "half a header", .bytes = 4, .stock = 0 },
	{ "a header of nothing", .bytes = 8, .stock = 8 },
	{ "an entry without its bytes", { 0, 1, 0 }, { 0 }, .bytes = 8, .stock = 0 },
	{ "half an entry", { 0, 1, 0 }, { 0 }, .bytes = 15, .stock = 0 },
	{ "an entry that is not valid", { 0, 1, 0 }, { 0 }, .bytes = 24, .stock = -EINVAL },
	{ "of no page size", { 0, 1, 0 }, { BE(5), BE(0xf000) }, .bytes = 24, .stock = -EINVAL },
	{ "beyond the table", { ENTRIES, 0, 1 }, { 0 }, .bytes = 8, .stock = -EINVAL },
	{ "nothing, beyond the table", { ENTRIES, 0, 0 }, { 0 }, .bytes = 8, .stock = -EINVAL },
	{ "across the table's end", { ENTRIES - 1, 0, 2 }, { 0 }, .bytes = 8, .stock = -EINVAL },
	{ "the last index there is", { ~0u, 0xffff, 0xffff }, { 0 }, .bytes = 8, .stock = 0 },
	{ "the last index, all of it", { ~0u, 1, 0xffff }, { 0 }, .bytes = 24, .stock = -EINVAL },
};

static int answer(ssize_t n)
{
	return n < 0 ? -errno : (int)n;
}

static int open_htab(struct vm *vm, uint64_t flags, uint64_t first)
{
	struct kvm_get_htab_fd ask = { .flags = flags, .start_index = first };

	return ioctl(vm->fd, KVM_PPC_GET_HTAB_FD, &ask);
}

static void bad_writes(struct vm *vm, bool ours)
{
	int fd = open_htab(vm, KVM_GET_HTAB_WRITE, 0);

	for (unsigned i = 0; i < sizeof(writes) / sizeof(*writes); i++) {
		const struct write_row *r = &writes[i];

		expect(r->what, answer(write(fd, &r->header, r->bytes)),
		       ours && r->differs ? r->ours : r->stock);
	}
	expect("a write from nowhere", answer(write(fd, nowhere, 8)), -EFAULT);
	expect("a read of a file to write", answer(read(fd, (void *)AREA, 8)), -EBADF);
	close(fd);
}

static void bad_reads(struct vm *vm)
{
	int fd = open_htab(vm, 0, 0);

	expect("a read of no bytes", answer(read(fd, (void *)AREA, 0)), 0);
	expect("a read of 24 bytes", answer(read(fd, (void *)AREA, 24)), 0);
	expect("a read to nowhere", answer(read(fd, nowhere, 4096)), -EFAULT);
	expect("and then to somewhere", read(fd, (void *)AREA, 4096) > 0, true);
	expect("a write into a file to read", answer(write(fd, (void *)AREA, 8)), -EBADF);
	close(fd);
	fd = open_htab(vm, 0, ENTRIES);
	/* Its first pass is behind it; what has changed meanwhile may be told of. */
	expect("a read from the table's end", read(fd, (void *)AREA, 4096) >= 0, true);
	close(fd);
	fd = open_htab(vm, 0, ~0ull);
	expect("a read from the last index", read(fd, (void *)AREA, 4096) >= 0, true);
	close(fd);
}

/* As many frames as KVM takes: what is kept for each finds no memory. */
static void bad_slot(struct vm *vm)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	expect("a slot of 2^30 frames",
	       vm_memory(vm, 2, 1ull << 47, (void *)AREA, page << 30, false), -ENOMEM);
}

static void *spin(void *arg)
{
	work(&((struct vm *)arg)->vcpus[0], WORK_SPIN, PLAY, 0, 0, 0);
	return NULL;
}

/* A vCPU is in the guest. */
static void while_running(struct vm *vm)
{
	uint32_t order = ORDER;
	struct kvm_get_htab_header nothing = { 0 };
	int fd = open_htab(vm, KVM_GET_HTAB_WRITE, 0);
	pthread_t thread;

	*(volatile uint64_t *)play(vm) = 0;
	pthread_create(&thread, NULL, spin, vm);
	while (*(volatile uint64_t *)play(vm) != SPINNING)
		usleep(1000);
	expect("a new table while a vCPU runs",
	       ioctl(vm->fd, KVM_PPC_ALLOCATE_HTAB, &order) ? -errno : 0, -EBUSY);
	expect("a write while a vCPU runs", answer(write(fd, &nothing, 8)), -EBUSY);
	*(volatile uint64_t *)play(vm) = 0;
	pthread_join(thread, NULL);
	close(fd);
}

/* What outlives what: a file the guest's last descriptor. */
static void closed(struct vm *vm)
{
	struct kvm_get_htab_fd ask = { 0 };
	int fd = open_htab(vm, 0, 0), gone = vm->fd;

	vm_destroy(vm);
	expect("a file of a guest that was closed", read(fd, (void *)AREA, 4096) > 0, true);
	close(fd);
	expect("a read of a closed file", answer(read(fd, (void *)AREA, 4096)), -EBADF);
	expect("an ioctl on a closed guest", ioctl(gone, KVM_PPC_GET_HTAB_FD, &ask) ? -errno : 0,
	       -EBADF);
}

/* Two guests on the same memory, one of which has its table taken away under the other. */
static void two_guests(struct vm *first, struct vm *second)
{
	uint32_t order = ORDER + 1;

	vm_create(first, first->mem, SIZE, ORDER);
	vm_create(second, first->mem, SIZE, ORDER);
	expect("two guests", map_names(first, MB) || map_names(second, MB), 0);
	expect("a new table for one of them",
	       ioctl(second->fd, KVM_PPC_ALLOCATE_HTAB, &order) ? -errno : 0, 0);
	work(&first->vcpus[0], WORK_FILL, EA_4K, MB, 5, 0);
	madvise(play(first), MB, MADV_PAGEOUT);
	expect("the other one's memory", (int)work(&first->vcpus[1], WORK_CHECK, EA_4K, MB, 5, 0),
	       0);
	vm_destroy(second);
	expect("after the end of the first",
	       (int)work(&first->vcpus[1], WORK_CHECK, EA_4K, MB, 5, 0), 0);
	bad_slot(first);
	bad_writes(first, vm_ours(first));
	bad_reads(first);
	while_running(first);
	closed(first);
}

const char *check_bad(struct vm *vm)
{
	bool ours = vm_ours(vm);
	struct vm one = { .size = SIZE }, two;

	one.mem = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (one.mem == MAP_FAILED ||
	    mmap((void *)AREA, 4 * MB, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == MAP_FAILED)
		return "memory";
	wrongs = 0;
	for (enum state s = FRESH; s < STATES; s++)
		try_rows(&one, s, ours);
	two_guests(&one, &two);
	munmap(one.mem, SIZE);
	munmap((void *)AREA, 4 * MB);
	return wrongs ? "an answer that it should not be" : NULL;
}
