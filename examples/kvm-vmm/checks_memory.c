// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What a host does to its own memory. */
#include "checks.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *one_dontneed(struct vm *vm, uint64_t ea)
{
	fill(vm, ea);
	if (madvise(play(vm), SPAN, MADV_DONTNEED))
		return "MADV_DONTNEED";
	return work(&vm->vcpus[1], WORK_ZEROES, ea, SPAN, 0, 0) ?
		       "memory that was dropped is not zero" :
		       NULL;
}

const char *check_dontneed(struct vm *vm)
{
	return by_each_name(vm, one_dontneed);
}

/* How many of the pages are in memory. */
static size_t resident(struct vm *vm)
{
	unsigned char map[SPAN / 4096];
	size_t n = 0, pages = SPAN / (size_t)sysconf(_SC_PAGESIZE);

	if (mincore(play(vm), SPAN, map))
		die("mincore");
	for (size_t i = 0; i < pages; i++)
		n += map[i] & 1;
	return n;
}

static const char *one_pageout(struct vm *vm, uint64_t ea)
{
	uint64_t seed = fill(vm, ea);
	for (unsigned round = 0; round < 3; round++) {
		size_t before = resident(vm);

		page_out(vm);
		if (resident(vm) >= before)
			return "nothing was paged out";
		if (!holds(vm, round & 1, ea, seed))
			return "memory that came back from swap is not what it was";
	}
	return NULL;
}

const char *check_pageout(struct vm *vm)
{
	return by_each_name(vm, one_pageout);
}

static const char *one_mprotect(struct vm *vm, uint64_t ea)
{
	int error;

	uint64_t seed = fill(vm, ea);
	if (mprotect(play(vm), SPAN, PROT_READ))
		return "mprotect";
	if (!holds(vm, 0, ea, seed))
		return "read-only memory is not what it was";
	error = work_error(&vm->vcpus[0], WORK_STORE, ea, 1, 0, 0);
	if (error != EFAULT)
		return "a store into read-only memory did not fail";
	if (mprotect(play(vm), SPAN, PROT_READ | PROT_WRITE))
		return "mprotect back";
	/* The store is executed again, then the guest is idle. */
	while (ioctl(vm->vcpus[0].fd, KVM_RUN, 0))
		if (errno != EINTR)
			return "the store fails still";
	if (work(&vm->vcpus[1], WORK_LOAD, ea, 0, 0, 0) != 1)
		return "the store was lost";
	return NULL;
}

const char *check_mprotect(struct vm *vm)
{
	return by_each_name(vm, one_mprotect);
}

static const char *one_map_fixed(struct vm *vm, uint64_t ea)
{
	fill(vm, ea);
	if (mmap(play(vm), SPAN, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
		 -1, 0) == MAP_FAILED)
		return "mmap";
	return work(&vm->vcpus[0], WORK_ZEROES, ea, SPAN, 0, 0) ? "new memory is not zero" : NULL;
}

const char *check_map_fixed(struct vm *vm)
{
	return by_each_name(vm, one_map_fixed);
}

static const char *one_mremap(struct vm *vm, uint64_t ea)
{
	void *away;

	uint64_t seed = fill(vm, ea);
	away = mremap(play(vm), SPAN, SPAN, MREMAP_MAYMOVE | MREMAP_DONTUNMAP);
	if (away == MAP_FAILED)
		return "mremap";
	if (work(&vm->vcpus[0], WORK_ZEROES, ea, SPAN, 0, 0))
		return "memory that was moved away is still there";
	if (mremap(away, SPAN, SPAN, MREMAP_MAYMOVE | MREMAP_FIXED, play(vm)) == MAP_FAILED)
		return "mremap back";
	return holds(vm, 1, ea, seed) ? NULL : "memory that was moved back is not what it was";
}

const char *check_mremap(struct vm *vm)
{
	return by_each_name(vm, one_mremap);
}

static const char *one_fork(struct vm *vm, uint64_t ea)
{
	int pipes[2], status;
	pid_t child;
	char go;

	uint64_t seed = fill(vm, ea);
	if (pipe(pipes))
		return "pipe";
	child = fork();
	if (!child) {
		/* The child keeps the old pages until the guest has written its own. */
		static uint8_t copy[SPAN];

		memcpy(copy, play(vm), SPAN);
		if (read(pipes[0], &go, 1) != 1)
			_exit(2);
		_exit(memcmp(copy, play(vm), SPAN) ? 1 : 0);
	}
	seed = fill(vm, ea);
	if (write(pipes[1], "", 1) != 1 || waitpid(child, &status, 0) != child)
		return "the child";
	close(pipes[0]);
	close(pipes[1]);
	if (status)
		return "the guest wrote into the child's pages";
	return holds(vm, 1, ea, seed) ? NULL : "memory is not what was written after fork";
}

const char *check_fork(struct vm *vm)
{
	return by_each_name(vm, one_fork);
}

static unsigned long number(const char *path)
{
	char text[32] = "";
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
		text[0] = 0;
	close(fd);
	return strtoul(text, NULL, 10);
}

#define KSM "/sys/kernel/mm/ksm/"

static const char *merge(struct vm *vm)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	/* Pages that are all alike. */
	for (size_t at = page; at < SPAN; at += page)
		memcpy(play(vm) + at, play(vm), page);
	put(KSM "sleep_millisecs", "1");
	put(KSM "pages_to_scan", "10000");
	put(KSM "run", "1");
	for (unsigned tries = 0; tries < 300; tries++) {
		if (number(KSM "pages_sharing") >= SPAN / page / 2)
			return NULL;
		usleep(20000);
	}
	return "nothing was merged";
}

const char *check_ksm(struct vm *vm)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint64_t second = EA_HOST + page, value;
	const char *wrong;

	fill(vm, EA_HOST);
	if (madvise(play(vm), SPAN, MADV_MERGEABLE))
		return "skipped: no KSM";
	wrong = merge(vm);
	if (!wrong) {
		value = work(&vm->vcpus[0], WORK_LOAD, EA_HOST, 0, 0, 0);
		work(&vm->vcpus[0], WORK_STORE, second, ~value, 0, 0);
		if (work(&vm->vcpus[1], WORK_LOAD, EA_HOST, 0, 0, 0) != value)
			wrong = "a store changed a page that it was merged with";
		else if (work(&vm->vcpus[1], WORK_LOAD, second, 0, 0, 0) != ~value)
			wrong = "a store into a merged page was lost";
	}
	madvise(play(vm), SPAN, MADV_UNMERGEABLE);
	put(KSM "run", "0");
	return wrong;
}

/* ---- other backings ---- */
static const char *on_backing(struct vm *vm, void *mem, size_t size)
{
	const uint64_t gpa = 0x40000000, ea = EA_SLOT;
	const char *wrong = NULL;
	int error = vm_memory(vm, 1, gpa, mem, size, false);

	if (error)
		return "a second memslot";
	if (work(&vm->vcpus[0], WORK_MAP, ea, gpa, SPAN, how(vm, host_shift(), 2)))
		return "H_ENTER";
	uint64_t seed = fill(vm, ea);
	if (!holds(vm, 0, ea, seed))
		wrong = "memory is not what was written";
	madvise(mem, size / 2, MADV_DONTNEED);
	if (!wrong && work(&vm->vcpus[0], WORK_ZEROES, ea, SPAN, 0, 0))
		wrong = "memory that was dropped is not zero";
	if (work(&vm->vcpus[0], WORK_UNMAP, ea, SPAN, host_shift(), 0) == ~0ull)
		wrong = "H_REMOVE";
	return vm_memory(vm, 1, gpa, NULL, 0, false) ? "deleting a memslot" : wrong;
}

const char *check_thp(struct vm *vm)
{
	size_t size = 64 * MB, align = 16 * MB;
	uint8_t *raw = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint8_t *mem = (uint8_t *)(((uintptr_t)raw + align - 1) & ~(align - 1));
	const char *wrong;

	if (madvise(mem, 2 * align, MADV_HUGEPAGE))
		return "skipped: no transparent huge pages";
	memset(mem, 0, 2 * align);
	wrong = on_backing(vm, mem, 2 * align);
	munmap(raw, size);
	return wrong;
}

const char *check_hugetlb(struct vm *vm)
{
	const char *wrong;
	size_t size = 32 * MB;
	void *mem;

	put("/proc/sys/vm/nr_hugepages", "16");
	mem = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB,
		   -1, 0);
	if (mem == MAP_FAILED)
		return "skipped: no huge pages to be had";
	wrong = on_backing(vm, mem, size);
	munmap(mem, size);
	put("/proc/sys/vm/nr_hugepages", "0");
	return wrong;
}

/* ---- userfaultfd ---- */
struct filler {
	int fd;
	unsigned served;
	uint8_t *page;
	bool failed;
};

static void *serve(void *arg)
{
	struct filler *f = arg;
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	struct pollfd poll_fd = { .fd = f->fd, .events = POLLIN };

	while (poll(&poll_fd, 1, 2000) == 1) {
		struct uffd_msg msg;
		struct uffdio_copy copy = { .len = size, .src = (uintptr_t)f->page };

		if (read(f->fd, &msg, sizeof(msg)) != sizeof(msg))
			break;
		copy.dst = msg.arg.pagefault.address & ~(size - 1);
		if (ioctl(f->fd, UFFDIO_COPY, &copy) && errno != EEXIST)
			f->failed = true;
		f->served++;
		if (f->served == SPAN / size)
			break;
	}
	return NULL;
}

const char *check_userfaultfd(struct vm *vm)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = { .range = { (uintptr_t)play(vm), SPAN },
					 .mode = UFFDIO_REGISTER_MODE_MISSING };
	struct filler f = { .fd = (int)syscall(SYS_userfaultfd, O_CLOEXEC) };
	size_t size = (size_t)sysconf(_SC_PAGESIZE);
	const char *wrong = NULL;
	pthread_t thread;

	if (f.fd < 0 || ioctl(f.fd, UFFDIO_API, &api))
		return "skipped: no userfaultfd";
	f.page = aligned_alloc(size, size);
	memset(f.page, 0x5a, size);
	madvise(play(vm), SPAN, MADV_DONTNEED);
	if (ioctl(f.fd, UFFDIO_REGISTER, &range))
		return "UFFDIO_REGISTER";
	pthread_create(&thread, NULL, serve, &f);
	for (uint64_t at = 0; at < SPAN && !wrong; at += size)
		if (work(&vm->vcpus[0], WORK_LOAD, EA_HOST + at, 0, 0, 0) != 0x5a5a5a5a5a5a5a5aull)
			wrong = "the guest did not see what the fault handler brought";
	pthread_join(thread, NULL);
	if (!wrong && (f.failed || f.served != SPAN / size))
		wrong = "not one fault for each page";
	close(f.fd);
	free(f.page);
	return wrong;
}
