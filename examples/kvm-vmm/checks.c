// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The list of checks, and what they share. */
#include "checks.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

uint64_t fill(struct vm *vm, uint64_t ea)
{
	static uint64_t seed;

	work(&vm->vcpus[0], WORK_FILL, ea, SPAN, ++seed, 0);
	return seed;
}

bool holds(struct vm *vm, unsigned cpu, uint64_t ea, uint64_t seed)
{
	return !work(&vm->vcpus[cpu], WORK_CHECK, ea, SPAN, seed, 0);
}

const char *by_each_name(struct vm *vm, const char *(*what)(struct vm *vm, uint64_t ea))
{
	static const uint64_t names[] = { PLAY, EA_4K, EA_HOST };
	const char *wrong = NULL;

	for (unsigned i = 0; i < 3 && !wrong; i++)
		wrong = what(vm, names[i]);
	return wrong;
}

const char *map_names(struct vm *vm, uint64_t bytes)
{
	for (unsigned n = 0; n < VCPUS; n++) {
		uint64_t span = n ? 0 : bytes;

		if (work(&vm->vcpus[n], WORK_MAP, EA_4K, PLAY, span, how(vm, 12, 2)) ||
		    work(&vm->vcpus[n], WORK_MAP, EA_HOST, PLAY, span, how(vm, host_shift(), 2)))
			return "H_ENTER";
	}
	return NULL;
}

void page_out(struct vm *vm)
{
	/* The first call may find pages young, and only age them. */
	for (unsigned i = 0; i < 4; i++)
		madvise(play(vm), SPAN, MADV_PAGEOUT);
}

void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		printf("%s: %s\n", path, strerror(errno));
	close(fd);
}

const struct check checks[] = {
	{ "H_ENTER", check_enter },
	{ "memory, two vCPUs", check_memory },
	{ "emulated device", check_device },
	{ "MADV_DONTNEED", check_dontneed },
	{ "MADV_PAGEOUT to swap and back", check_pageout },
	{ "mprotect read-only and back", check_mprotect },
	{ "MAP_FIXED over it", check_map_fixed },
	{ "mremap away and back", check_mremap },
	{ "fork, copy on write", check_fork },
	{ "same page merging", check_ksm },
	{ "transparent huge pages", check_thp },
	{ "hugetlb", check_hugetlb },
	{ "userfaultfd", check_userfaultfd },
	{ "dirty log", check_dirty_log },
	{ "table resized and back", check_resize },
	{ "table and memory to another guest", check_htab },
	{ "trace events", check_trace },
	{ "writers and page-out at once", check_stress },
	{ "writers, and each page goes in turn", check_one_by_one },
	{ "writers and memslots that come and go", check_slots },
	{ "a writer's memslot comes and goes", check_slot_in_use },
	{ "moved while it runs", check_move },
	{ "H_REMOVE", check_unmap },
	{ "what a VMM should not do", check_bad },
	{ "random hypercalls", check_torture },
};
const unsigned n_checks = sizeof(checks) / sizeof(*checks);
