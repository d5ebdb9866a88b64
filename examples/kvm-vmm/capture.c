// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The HTAB stream of a guest with entries of many kinds, as text on the console: its first
 * pass, what it tells after changes, and the whole table as it is then. tests/vectors has what
 * stock KVM said. A line is "STREAM:" and one of
 *     r INDEX N_VALID N_INVALID    a record
 *     V R                          an entry of it
 *     =                            from here on the whole table, by another file
 */
#include "modes.h"

#include <endian.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "checks.h"

#define ORDER 18
#define SIZE (16 * MB)

static void print_records(const uint8_t *at, const uint8_t *end)
{
	while (at < end) {
		struct kvm_get_htab_header h;

		memcpy(&h, at, sizeof(h));
		printf("STREAM: r %x %x %x\n", h.index, h.n_valid, h.n_invalid);
		at += sizeof(h);
		for (unsigned i = 0; i < h.n_valid; i++, at += 16) {
			uint64_t e[2];

			memcpy(e, at, sizeof(e));
			printf("STREAM: %lx %lx\n", (unsigned long)be64toh(e[0]),
			       (unsigned long)be64toh(e[1]));
		}
	}
}

/* A read ends with the pass, or when the buffer is full: this one holds a whole table. */
static void print_pass(int fd)
{
	static uint8_t buffer[1 << (ORDER + 1)];
	ssize_t got = read(fd, buffer, sizeof(buffer));

	if (got < 0)
		die("reading the table");
	print_records(buffer, buffer + got);
}

static int open_table(struct vm *vm)
{
	struct kvm_get_htab_fd ask = { 0 };
	int fd = ioctl(vm->fd, KVM_PPC_GET_HTAB_FD, &ask);

	if (fd < 0)
		die("KVM_PPC_GET_HTAB_FD");
	return fd;
}

const char *capture(void)
{
	void *mem = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t flags = host_shift() << HOSTILE_SHIFT | HOSTILE_STAYS;
	struct vm vm;
	int fd;

	if (mem == MAP_FAILED)
		return "memory";
	vm_create(&vm, mem, SIZE, ORDER);
	vm.hostile = true;
	if (map_names(&vm, 4 * 65536))
		return "H_ENTER";
	for (unsigned i = 0; i < 30; i++)
		work(&vm.vcpus[0], WORK_HOSTILE, i + 1, 10, flags, 0);
	page_out(&vm);
	fd = open_table(&vm);
	print_pass(fd);
	for (unsigned i = 0; i < 6; i++)
		work(&vm.vcpus[0], WORK_HOSTILE, i + 101, 10, flags, 0);
	page_out(&vm);
	print_pass(fd);
	close(fd);
	printf("STREAM: =\n");
	fd = open_table(&vm);
	print_pass(fd);
	close(fd);
	vm_destroy(&vm);
	munmap(mem, SIZE);
	return NULL;
}
