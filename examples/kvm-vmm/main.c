// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Run all checks on one guest; as process 1 of a host it makes its own world first and
 * switches the host off at the end. The last line is a verdict: "kvm-vmm: N passed, ...".
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "checks.h"

#define GUEST_SIZE (16ull << 20)
#define ORDER 20
#define SWAP (256ull << 20)

int main(void)
{
	bool modules;
	unsigned passed = 0, failed = 0, skipped = 0;
	struct vm vm;
	void *mem;

	setvbuf(stdout, NULL, _IONBF, 0);
	if (getpid() == 1)
		world_make(SWAP);
	modules = world_load_kvm();
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
	vmm_end();
	if (modules)
		world_unload_kvm();
	printf("kvm-vmm: %u passed, %u failed, %u skipped\n", passed, failed, skipped);
	if (getpid() != 1)
		return failed != 0;
	world_end();
	return 1;
}
