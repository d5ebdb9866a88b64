// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Run all checks on one guest; as process 1 of a host it makes its own world first and
 * switches the host off at the end. The last line is a verdict: "kvm-vmm: N passed, ...".
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "checks.h"

#define GUEST_SIZE (16ull << 20)
#define ORDER 20

/* A swap area is a page with a name in its last ten bytes and a header behind 1 KiB. */
static void swap_on(const char *path, size_t bytes)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint8_t *header = calloc(1, page);
	uint32_t info[3] = { 1, (uint32_t)(bytes / page) - 1, 0 };
	int fd = open(path, O_RDWR | O_CLOEXEC);

	memcpy(header + 1024, info, sizeof(info));
	memcpy(header + page - 10, "SWAPSPACE2", 10);
	if (fd < 0 || pwrite(fd, header, page, 0) != (ssize_t)page || swapon(path, 0))
		die(path);
	close(fd);
	free(header);
}

static void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		die(path);
	close(fd);
}

static void make_world(void)
{
	if (mount("none", "/proc", "proc", 0, NULL) || mount("none", "/sys", "sysfs", 0, NULL) ||
	    (mount("none", "/dev", "devtmpfs", 0, NULL) && errno != EBUSY))
		die("mount");
	mount("none", "/sys/kernel/debug", "debugfs", 0, NULL);
	write_text("/sys/block/zram0/disksize", "268435456");
	swap_on("/dev/zram0", 268435456);
}

/* KVM as modules, if they were brought along. False: built in. */
static bool load_kvm(void)
{
	static const char *const files[] = { "/kvm.ko", "/kvm-hv.ko" };

	for (unsigned i = 0; i < 2; i++) {
		int fd = open(files[i], O_RDONLY | O_CLOEXEC);

		if (fd < 0)
			return false;
		if (syscall(SYS_finit_module, fd, "", 0))
			die(files[i]);
		close(fd);
	}
	return true;
}

static void unload_kvm(void)
{
	vmm_end();
	if (syscall(SYS_delete_module, "kvm_hv", 0) || syscall(SYS_delete_module, "kvm", 0))
		die("unloading KVM");
	printf("KVM's modules were unloaded\n");
}

int main(void)
{
	bool modules;
	unsigned passed = 0, failed = 0, skipped = 0;
	struct vm vm;
	void *mem;

	setvbuf(stdout, NULL, _IONBF, 0);
	if (getpid() == 1)
		make_world();
	modules = load_kvm();
	mem = mmap(NULL, GUEST_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (mem == MAP_FAILED)
		die("guest memory");
	vm_create(&vm, mem, GUEST_SIZE, ORDER);
	for (unsigned i = 0; i < n_checks; i++) {
		struct timespec begin, end;
		const char *wrong;

		clock_gettime(CLOCK_MONOTONIC, &begin);
		wrong = checks[i].run(&vm);
		clock_gettime(CLOCK_MONOTONIC, &end);
		printf("%-40s %s (%ld ms)\n", checks[i].name, wrong ? wrong : "passed",
		       (end.tv_sec - begin.tv_sec) * 1000 +
			       (end.tv_nsec - begin.tv_nsec) / 1000000);
		if (!wrong)
			passed++;
		else if (!strncmp(wrong, "skipped: ", 9))
			skipped++;
		else
			failed++;
	}
	vm_destroy(&vm);
	if (modules)
		unload_kvm();
	printf("kvm-vmm: %u passed, %u failed, %u skipped\n", passed, failed, skipped);
	if (getpid() != 1)
		return failed != 0;
	sync();
	reboot(RB_POWER_OFF);
	return 1;
}
