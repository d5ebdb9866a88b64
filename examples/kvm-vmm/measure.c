// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The same work on either kernel, and what it took: instructions that this process made the
 * kernel complete (PMC5, by perf); then, by another guest, since probes cost instructions,
 * calls of the kernel's functions that handle faults and make TLB sequences (kprobes).
 */
#include "modes.h"

#include <fcntl.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "checks.h"

#define ORDER 20
#define SIZE (16 * MB)

/*
 * Faults, and TLB sequences: with the library they are all made by one callback. Stock KVM's
 * do_tlbies() is inlined into its callers, each of which makes one sequence for each entry
 * that was valid, as those of these workloads are.
 */
static const char *const probes[] = {
	"kvmppc_hpte_hv_fault",  "kvmppc_book3s_hv_page_fault", "kvmppc_invalidate_hpte",
	"kvmppc_clear_ref_hpte", "kvmppc_do_h_remove",          "hptp_kvm_tlb_flush",
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

static void count_instructions(void)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_HARDWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_HW_INSTRUCTIONS,
		.exclude_user = true,
	};

	instructions = (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0);
	if (instructions < 0)
		die("perf_event_open");
}

static void count_calls(void)
{
	char text[128];

	for (unsigned i = 0; i < PROBES; i++) {
		snprintf(text, sizeof(text), "p:%s %s", probes[i], probes[i]);
		if (!append(TRACING "kprobe_events", text))
			continue; /* the other kernel's */
		snprintf(text, sizeof(text), TRACING "events/kprobes/%s/enable", probes[i]);
		probed[i] = append(text, "1");
	}
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
			if (!strcmp(name, probes[i]))
				hits[i] = n;
	}
	if (file)
		fclose(file);
}

static uint64_t completed(void)
{
	uint64_t n = 0;

	if (read(instructions, &n, sizeof(n)) != sizeof(n))
		die("the counter of instructions");
	return n;
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

static const struct work_item {
	const char *what;
	void (*run)(struct vm *vm);
} workload[] = {
	{ "H_ENTER", enter },  { "first touch", touch }, { "page out", take },
	{ "page in", touch },  { "drop", drop },         { "touch after drop", touch },
	{ "H_REMOVE", unmap },
};

static void instructions_of(struct vm *vm, const struct work_item *w)
{
	uint64_t began = completed();

	w->run(vm);
	printf("MEASURE %s: %lu instructions\n", w->what, (unsigned long)(completed() - began));
}

static void calls_of(struct vm *vm, const struct work_item *w)
{
	uint64_t before[PROBES], after[PROBES];
	uint64_t sync = vm_counter(vm, "sync"), tlbie = vm_counter(vm, "tlbie");

	read_hits(before);
	w->run(vm);
	read_hits(after);
	printf("MEASURE %s:", w->what);
	for (unsigned i = 0; i < PROBES; i++)
		if (probed[i])
			printf(" %lu %s", (unsigned long)(after[i] - before[i]), probes[i]);
	if (vm_ours(vm))
		printf(" %lu sync %lu tlbie", (unsigned long)(vm_counter(vm, "sync") - sync),
		       (unsigned long)(vm_counter(vm, "tlbie") - tlbie));
	printf("\n");
}

static const char *all(void (*look)(struct vm *vm, const struct work_item *w))
{
	void *mem = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct vm vm;

	if (mem == MAP_FAILED)
		return "memory";
	vm_create(&vm, mem, SIZE, ORDER);
	if (map_names(&vm, 0))
		return "segments";
	for (unsigned i = 0; i < sizeof(workload) / sizeof(*workload); i++)
		look(&vm, &workload[i]);
	vm_destroy(&vm);
	munmap(mem, SIZE);
	return NULL;
}

const char *measure(void)
{
	const char *wrong = NULL;

	count_instructions();
	/* The host's own interrupts are in each; the least of three has the fewest. */
	for (unsigned i = 0; i < 3 && !wrong; i++)
		wrong = all(instructions_of);
	if (wrong)
		return wrong;
	count_calls();
	return all(calls_of);
}
