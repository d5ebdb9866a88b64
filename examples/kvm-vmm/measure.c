// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The same work on either kernel, and what it took: faults and TLB sequences, counted by
 * kprobes on the kernel's functions, and instructions that this process made the kernel
 * complete (PMC5, by perf). What can not be counted is said to be "not counted".
 */
#include "modes.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "checks.h"

#define ORDER 20
#define SIZE (16 * MB)
#define TRACING "/sys/kernel/debug/tracing/"

/* What ends in TLB sequences: stock KVM's functions, and the library's callback. */
static const struct probe {
	const char *name, *function;
} probes[] = {
	{ "faults", "kvmppc_hpte_hv_fault" },
	{ "task_faults", "kvmppc_book3s_hv_page_fault" },
	{ "tlbies", "do_tlbies" },
	{ "invalidate", "kvmppc_invalidate_hpte" },
	{ "clear_ref", "kvmppc_clear_ref_hpte" },
	{ "flush", "op_tlb_flush" },
	{ "flush_too", "hptp_kvm_tlb_flush" },
};
#define PROBES (sizeof(probes) / sizeof(*probes))

static bool probed[PROBES];
static int instructions = -1;

static bool append(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) > 0;

	close(fd);
	return ok;
}

static void begin_counting(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_HARDWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_HW_INSTRUCTIONS,
		.exclude_user = true,
		.inherit = true,
	};
	char text[128];

	mount("none", TRACING, "tracefs", 0, NULL);
	for (unsigned i = 0; i < PROBES; i++) {
		snprintf(text, sizeof(text), "p:%s %s", probes[i].name, probes[i].function);
		if (!append(TRACING "kprobe_events", text))
			continue;
		snprintf(text, sizeof(text), TRACING "events/kprobes/%s/enable", probes[i].name);
		probed[i] = append(text, "1");
	}
	instructions = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
	if (instructions < 0)
		printf("instructions: %s\n", strerror(errno));
}

/* "  name   hits   misses" */
static void read_hits(uint64_t hits[PROBES])
{
	char line[256];
	FILE *file = fopen(TRACING "kprobe_profile", "re");

	memset(hits, 0, PROBES * sizeof(*hits));
	while (file && fgets(line, sizeof(line), file)) {
		char name[64];
		unsigned long n;

		if (sscanf(line, "%63s %lu", name, &n) != 2)
			continue;
		for (unsigned i = 0; i < PROBES; i++)
			if (!strcmp(name, probes[i].name))
				hits[i] = n;
	}
	if (file)
		fclose(file);
}

static uint64_t completed(void)
{
	uint64_t n = 0;

	return instructions >= 0 && read(instructions, &n, sizeof(n)) == sizeof(n) ? n : 0;
}

static void measured(struct vm *vm, const char *what, void (*run)(struct vm *vm))
{
	uint64_t before[PROBES], after[PROBES], began, ended;
	uint64_t sync = vm_counter(vm, "sync"), tlbie = vm_counter(vm, "tlbie");

	read_hits(before);
	began = completed();
	run(vm);
	ended = completed();
	read_hits(after);
	printf("MEASURE %s: instructions %lu", what, (unsigned long)(ended - began));
	for (unsigned i = 0; i < PROBES; i++)
		if (probed[i])
			printf(" %s %lu", probes[i].function,
			       (unsigned long)(after[i] - before[i]));
	if (vm_ours(vm))
		printf(" sync %lu tlbie %lu", (unsigned long)(vm_counter(vm, "sync") - sync),
		       (unsigned long)(vm_counter(vm, "tlbie") - tlbie));
	printf("\n");
}

static void enter(struct vm *vm)
{
	if (map_names(vm, SPAN))
		die("H_ENTER");
}

static void touch(struct vm *vm)
{
	(void)fill(vm, EA_4K);
	(void)fill(vm, EA_HOST);
}

static void take(struct vm *vm)
{
	page_out(vm);
}

static void drop(struct vm *vm)
{
	madvise(play(vm), SPAN, MADV_DONTNEED);
}

static void unmap(struct vm *vm)
{
	if (work(&vm->vcpus[0], WORK_UNMAP, EA_HOST, SPAN, host_shift(), 0) == ~0ull ||
	    work(&vm->vcpus[0], WORK_UNMAP, EA_4K, SPAN, 12, 0) == ~0ull)
		die("H_REMOVE");
}

const char *measure(void)
{
	void *mem = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct vm vm;

	if (mem == MAP_FAILED)
		return "memory";
	vm_create(&vm, mem, SIZE, ORDER);
	if (map_names(&vm, 0))
		return "segments";
	begin_counting();
	measured(&vm, "H_ENTER", enter);
	measured(&vm, "first touch", touch);
	measured(&vm, "page out", take);
	measured(&vm, "page in", touch);
	measured(&vm, "drop", drop);
	measured(&vm, "touch after drop", touch);
	measured(&vm, "H_REMOVE", unmap);
	vm_destroy(&vm);
	munmap(mem, SIZE);
	return NULL;
}
