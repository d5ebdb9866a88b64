// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Run all checks on one guest; as process 1 of a host it makes its own world first and
 * switches the host off at the end. The last line is a verdict: "kvm-vmm: N passed, ...".
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "checks.h"
#include "modes.h"
#include "world.h"

#define GUEST_SIZE (16ull << 20)
#define ORDER 20
#define SWAP (256ull << 20)

static unsigned passed, failed, skipped;

static void verdict(const char *name, const char *wrong, const struct timespec *begin)
{
	struct timespec end;

	clock_gettime(CLOCK_MONOTONIC, &end);
	printf("%-40s %s (%ld ms)\n", name, wrong ? wrong : "passed",
	       (end.tv_sec - begin->tv_sec) * 1000 + (end.tv_nsec - begin->tv_nsec) / 1000000);
	if (!wrong)
		passed++;
	else if (!strncmp(wrong, "skipped: ", 9))
		skipped++;
	else
		failed++;
}

static void suite(const char *only)
{
	void *mem =
		mmap(NULL, GUEST_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct vm vm;

	if (mem == MAP_FAILED)
		die("guest memory");
	vm_create(&vm, mem, GUEST_SIZE, ORDER);
	printf("KVM %s the library\n", vm_ours(&vm) ? "with" : "without");
	for (unsigned i = 0; i < n_checks; i++) {
		struct timespec begin;

		if (only && !strstr(checks[i].name, only))
			continue;
		clock_gettime(CLOCK_MONOTONIC, &begin);
		verdict(checks[i].name, checks[i].run(&vm), &begin);
	}
	vm_destroy(&vm);
}

static void mode(const char *name, const char *wrong)
{
	printf("%s: %s\n", name, wrong ? wrong : "passed");
	passed += !wrong;
	failed += wrong != NULL;
}

static bool is(const char *argument, const char *option)
{
	return argument && !strcmp(argument, option);
}

/*
 * kvm-vmm [--only CHECK | --hostile SECONDS | --capture | --measure]; process 1 gets what
 * follows "--" on the kernel's command line.
 */
int main(int argc, char **argv)
{
	bool modules;

	setvbuf(stdout, NULL, _IONBF, 0);
	if (getpid() == 1)
		world_make(SWAP);
	modules = world_load_kvm();
	if (is(argv[1], "--hostile") && argc == 3)
		mode("hostile guests", hostile_guests((unsigned)atoi(argv[2])));
	else if (is(argv[1], "--capture"))
		mode("capture", capture());
	else if (is(argv[1], "--measure"))
		mode("measure", measure());
	else
		suite(is(argv[1], "--only") ? argv[2] : NULL);
	vmm_end();
	if (modules)
		world_unload_kvm();
	printf("kvm-vmm: %u passed, %u failed, %u skipped\n", passed, failed, skipped);
	if (getpid() != 1)
		return failed != 0;
	world_end();
	return 1;
}
