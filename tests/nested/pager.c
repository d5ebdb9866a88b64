// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Process 1 of a KVM host: start Debian's QEMU with a Debian guest in it, and page the
 * guest's memory out again and again while the guest checks sums of it. Between the guest's
 * first and last marker the library's counters have to show that it was the library that
 * did it. The last line is a verdict: "nested: N passed, N failed, N skipped".
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "world.h"

#define SWAP (1ull << 30)
#define ROUNDS "24"     /* of the guest's; after each its memory is paged out */
#define PERIOD 3000     /* ms between two page-outs, within a round */
#define PATIENCE 300000 /* ms that the guest may say nothing */

/* What the library has to have done between the markers. */
#define MIN_ABSENT 10000
#define MIN_REFAULT 1000

/*
 * The interrupt controller and the firmware are QEMU's own, and the host has none of the
 * mitigations that QEMU wants to promise. A host of POWER9 offers both MMUs: not radix.
 */
static char *const qemu[] = {
	"/usr/bin/qemu-system-ppc64",
	"-L",
	"/usr/share/qemu",
	"-nographic",
	"-nodefaults",
	"-serial",
	"stdio",
	"-m",
	"256M",
	"-smp",
	"2",
	"-enable-kvm",
	"-M",
	"pseries,x-vof=on,cap-cfpc=broken,cap-sbbc=broken,cap-ibs=broken,cap-ccf-assist=off,"
	"cap-nested-hv=off,kernel-irqchip=off,ic-mode=xics",
	"-kernel",
	"/guest/vmlinux",
	"-initrd",
	"/guest/initrd.gz",
	"-append",
	"console=hvc0 disable_radix panic=-1 rounds=" ROUNDS,
	"-no-reboot",
	NULL
};

struct counters {
	bool there; /* stock KVM has none */
	uint64_t absent, refault, alias, retry, contended, enter;
	uint64_t swapped; /* pages that the host wrote to swap */
	uint64_t at;      /* by the clock of now() */
};

struct nested {
	pid_t pid;
	int pidfd, console;
	char line[256];
	size_t used;
	bool begun, ended, corrupt, crashed;
	unsigned rounds, pageouts;
	uint64_t due; /* the next page-out; by the clock of now() */
	struct counters begin, end;
};

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* The number behind a name, in a file of lines "name number". */
static uint64_t counter(const char *path, const char *name)
{
	FILE *f = fopen(path, "r");
	char line[128], word[64];
	unsigned long value, found = 0;

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%63s %lu", word, &value) == 2 && !strcmp(word, name))
			found = value;
	if (f)
		fclose(f);
	return found;
}

static struct counters look(void)
{
	struct counters c = { .swapped = counter("/proc/vmstat", "pswpout"), .at = now() };
	glob_t found;

	if (glob("/sys/kernel/debug/kvm/*/hptpager", 0, NULL, &found))
		return c;
	c.there = true;
	c.absent = counter(found.gl_pathv[0], "absent");
	c.refault = counter(found.gl_pathv[0], "refault");
	c.alias = counter(found.gl_pathv[0], "alias");
	c.retry = counter(found.gl_pathv[0], "retry");
	c.contended = counter(found.gl_pathv[0], "contended");
	c.enter = counter(found.gl_pathv[0], "enter");
	globfree(&found);
	return c;
}

static void start(struct nested *n)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		die("pipe");
	n->pid = fork();
	if (!n->pid) {
		dup2(open("/dev/null", O_RDONLY), 0);
		dup2(ends[1], 1);
		dup2(ends[1], 2);
		setenv("LD_PRELOAD", "/lib/libtimebase.so", 1);
		execv(qemu[0], qemu);
		die(qemu[0]);
	}
	close(ends[1]);
	n->console = ends[0];
	n->pidfd = (int)syscall(SYS_pidfd_open, n->pid, 0);
	if (n->pidfd < 0)
		die("pidfd_open");
}

/* The guest's memory is the largest mapping without a file. */
static struct iovec guest_memory(const struct nested *n)
{
	struct iovec best = { 0 };
	char path[32], line[256];
	unsigned long from, to;
	int rest = 0;
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%d/maps", n->pid);
	maps = fopen(path, "r");
	while (maps && fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%lx-%lx %*s %*s %*s %*s %n", &from, &to, &rest) != 2 ||
		    line[rest])
			continue;
		if (to - from > best.iov_len)
			best = (struct iovec){ (void *)from, to - from };
	}
	if (maps)
		fclose(maps);
	return best;
}

/* The first call may find pages young, and only age them. */
static void page_out(struct nested *n)
{
	struct iovec memory = guest_memory(n);

	for (unsigned i = 0; i < 2; i++)
		syscall(SYS_process_madvise, n->pidfd, &memory, 1, MADV_PAGEOUT, 0);
	n->pageouts++;
}

static void heard(struct nested *n)
{
	const char *said = n->line;

	n->line[strcspn(n->line, "\r")] = 0;
	printf("| %s\n", said);
	if (!strcmp(said, "guest: begin")) {
		n->begin = look();
		n->begun = true;
	} else if (!strcmp(said, "guest: end")) {
		n->end = look();
		n->ended = true;
	} else if (!strcmp(said, "guest: corrupt")) {
		n->corrupt = true;
	} else if (strstr(said, "Oops: ") || strstr(said, "Kernel panic")) {
		n->crashed = true;
	} else if (!strncmp(said, "guest: round ", 13)) {
		n->rounds++;
		n->due = 0;
	}
}

/* False: the guest is gone. */
static bool listen(struct nested *n)
{
	char got[256];
	ssize_t count = read(n->console, got, sizeof(got));

	for (ssize_t i = 0; i < count; i++) {
		bool full = n->used == sizeof(n->line) - 1;

		if (got[i] != '\n' && !full) {
			n->line[n->used++] = got[i];
			continue;
		}
		n->line[n->used] = 0;
		heard(n);
		n->used = 0;
	}
	return count > 0;
}

static const char *run(struct nested *n)
{
	uint64_t heard_at = now();

	for (;;) {
		struct pollfd console = { .fd = n->console, .events = POLLIN };

		if (poll(&console, 1, 100) > 0) {
			if (!listen(n))
				return "the guest ended before its last marker";
			heard_at = now();
		}
		if (now() - heard_at > PATIENCE)
			return "the guest says nothing any more";
		if (n->ended)
			return NULL;
		if (n->begun && now() >= n->due) {
			page_out(n);
			n->due = now() + PERIOD;
		}
	}
}

static const char *judge(const struct nested *n)
{
	uint64_t absent = n->end.absent - n->begin.absent;
	uint64_t refault = n->end.refault - n->begin.refault;

	if (n->crashed)
		return "the guest's kernel crashed";
	if (n->corrupt)
		return "the guest found a wrong checksum";
	if (n->end.swapped == n->begin.swapped)
		return "nothing was paged out";
	if (n->end.there && absent < MIN_ABSENT)
		return "too few entries were made absent";
	if (n->end.there && refault < MIN_REFAULT)
		return "too few faults brought an entry back";
	return NULL;
}

static void report(const struct nested *n)
{
	printf("between the markers: %u rounds, %u page-outs, %lu pages to swap, %lu s\n",
	       n->rounds, n->pageouts, n->end.swapped - n->begin.swapped,
	       (n->end.at - n->begin.at) / 1000);
	if (n->end.there)
		printf("the library: %lu absent, %lu refault, %lu alias, %lu retry, "
		       "%lu contended, %lu enter\n",
		       n->end.absent - n->begin.absent, n->end.refault - n->begin.refault,
		       n->end.alias - n->begin.alias, n->end.retry - n->begin.retry,
		       n->end.contended - n->begin.contended, n->end.enter - n->begin.enter);
}

int main(void)
{
	struct nested n = { 0 };
	const char *wrong;

	setvbuf(stdout, NULL, _IONBF, 0);
	world_make(SWAP);
	world_load_kvm();
	start(&n);
	wrong = run(&n);
	if (!n.ended)
		n.end = look();
	kill(n.pid, SIGKILL);
	waitpid(n.pid, NULL, 0);
	if (!wrong || n.crashed)
		wrong = judge(&n);
	report(&n);
	if (wrong)
		printf("%s\n", wrong);
	printf("nested: %d passed, %d failed, 0 skipped\n", !wrong, !!wrong);
	world_end();
	return 1;
}
