// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "world.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <unistd.h>

void die(const char *what)
{
	printf("DIED: %s: %s\n", what, strerror(errno));
	exit(1);
}

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

void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		die(path);
	close(fd);
}

void world_make(size_t swap)
{
	char bytes[24];

	if (mount("none", "/proc", "proc", 0, NULL) || mount("none", "/sys", "sysfs", 0, NULL) ||
	    (mount("none", "/dev", "devtmpfs", 0, NULL) && errno != EBUSY))
		die("mount");
	mount("none", "/sys/kernel/debug", "debugfs", 0, NULL);
	mount("none", TRACING, "tracefs", 0, NULL);
	snprintf(bytes, sizeof(bytes), "%zu", swap);
	write_text("/sys/block/zram0/disksize", bytes);
	swap_on("/dev/zram0", swap);
}

bool world_load_kvm(void)
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

void world_unload_kvm(void)
{
	if (syscall(SYS_delete_module, "kvm_hv", 0) || syscall(SYS_delete_module, "kvm", 0))
		die("unloading KVM");
	printf("KVM's modules were unloaded\n");
}

void world_end(void)
{
	sync();
	reboot(RB_POWER_OFF);
}
