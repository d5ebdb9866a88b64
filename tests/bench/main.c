// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The benchmark's command line. One process is one round: "R case value tlbie sync" lines. */
#define _GNU_SOURCE
#include "guest.h"
#include "serial.h"
#include "threads.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { VCPUS = 8 };

/* Aligned as a table of 16 MiB wants it. */
void *be_memory(size_t size)
{
	const size_t align = (size_t)16 << 20, huge = (size_t)2 << 20;
	size_t len = (size + huge - 1) & ~(huge - 1);
	char *mem =
		mmap(NULL, len + align, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (mem == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
	mem = (char *)(((uintptr_t)mem + align - 1) & ~(uintptr_t)(align - 1));
	(void)madvise(mem, len, MADV_HUGEPAGE);
	return memset(mem, 0, len);
}

static const struct option options[] = {
	{ "order", required_argument, NULL, 'o' },   { "frames", required_argument, NULL, 'f' },
	{ "aliases", required_argument, NULL, 'a' }, { "threads", required_argument, NULL, 't' },
	{ "seconds", required_argument, NULL, 's' }, { "seed", required_argument, NULL, 'S' },
	{ "sequential", no_argument, NULL, 'q' },    { "apart", no_argument, NULL, 'p' },
	{ "run", required_argument, NULL, 'r' },     { NULL, 0, NULL, 0 },
};

static void usage(const char *name)
{
	fprintf(stderr,
		"usage: %s [--run serial,hot,threads,mixed] [--order N] [--frames N]\n"
		"       [--aliases N] [--threads N] [--seconds S] [--seed N] [--sequential]\n"
		"       [--apart]\n",
		name);
	exit(2);
}

static const char *parse(int argc, char **argv)
{
	const char *run = "serial";
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'o': setup.order = (unsigned)atoi(optarg); break;
		case 'f': setup.frames = strtoull(optarg, NULL, 0); break;
		case 'a': setup.aliases = (unsigned)atoi(optarg); break;
		case 't': setup.threads = (unsigned)atoi(optarg); break;
		case 's': setup.seconds = atof(optarg); break;
		case 'S': setup.seed = strtoull(optarg, NULL, 0); break;
		case 'q': setup.sequential = true; break;
		case 'p': setup.apart = true; break;
		case 'r': run = optarg; break;
		default: usage(argv[0]);
		}
	}
	if (setup.order < 18 || setup.order > 36 || setup.frames < 64 || !setup.aliases ||
	    !setup.threads || setup.threads > VCPUS || optind < argc)
		usage(argv[0]);
	/* A state of 0 would stay 0. */
	setup.seed = (setup.seed + 1) * 0x9e3779b97f4a7c15ull;
	return run;
}

int main(int argc, char **argv)
{
	const char *run = parse(argc, argv);
	uint64_t most = setup.frames * setup.aliases;

	maps = be_memory((most > 65536 ? most : 65536) * sizeof(*maps));
	be_create(setup.order, setup.frames, VCPUS);
	if (strstr(run, "serial"))
		run_serial();
	if (strstr(run, "hot"))
		run_hot();
	if (strstr(run, "threads"))
		run_threads();
	if (strstr(run, "mixed"))
		run_mixed();
	return 0;
}
