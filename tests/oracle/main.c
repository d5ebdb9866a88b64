// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Random operation sequences against the oracle. After every operation its result is
 * compared, every so often the whole table; at the end everything that can happen to a
 * guest must have happened.
 */
#include "world.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int trace; /* print every operation */

enum { COMPARE_EVERY = 512, CHECK_EVERY = 4096 };

/* What has to be seen, often. */
static const char *const needed[] = {
	"entered 4K",
	"entered 64K",
	"entered 64K in 4K",
	"entered 16M",
	"entered 16M in 64K",
	"entered 16M in 4K",
	"entered 16G",
	"H_ENTER 0",
	"H_ENTER -4",
	"H_ENTER -6",
	"H_ENTER -64",
	"H_REMOVE 0",
	"H_REMOVE -4",
	"H_REMOVE -7",
	"H_BULK_REMOVE 0",
	"H_BULK_REMOVE -4",
	"bulk status 8",
	"bulk status 9",
	"bulk status a",
	"H_BLOCK_REMOVE 0",
	"H_BLOCK_REMOVE 5",
	"H_BLOCK_REMOVE -4",
	"block status 80",
	"block status 88",
	"block status 90",
	"block status 98",
	"block status a0",
	"block status a8",
	"H_PAGE_INIT 0",
	"H_PAGE_INIT -4",
	"page zeroed",
	"page copied",
	"H_PROTECT 0",
	"H_PROTECT -4",
	"H_PROTECT -7",
	"H_READ 0",
	"H_READ -4",
	"H_CLEAR_REF 0",
	"H_CLEAR_REF -4",
	"H_CLEAR_REF -7",
	"H_CLEAR_MOD 0",
	"H_CLEAR_MOD -4",
	"H_CLEAR_MOD -7",
	"load done",
	"store done",
	"fetch done",
	"reflect no entry",
	"reflect protection",
	"reflect no execute",
	"reflect key",
	"mmio load",
	"mmio store",
	"mmio fetch",
	"no page",
	"too large",
	"no memory",
	"host error",
	"retry",
	"translate 0",
	"translate -11",
	"vrma 0",
	"real mode done",
	"page out 0",
	"page out -8",
	"page in 0",
	"page clean 0",
	"page clean -8",
	"page move 0",
	"page move -8",
	"page deny 0",
	"page deny -8",
	"page allow 0",
	"page allow -8",
	"age 0",
	"age 1",
	"test age 0",
	"test age 1",
	"harvest 0",
	"harvest forgets",
	"stream opened",
	"stream told",
	"stream quiet",
	"stream compared",
	"stream stale",
	"stream restored",
	"stream write 0",
	"stream write -1",
	"reset 0",
	"reset -1",
	"reset -2",
	"reset -16",
	"prepare 0",
	"prepare -1",
	"prepare -7",
	"step 0",
	"step -7",
	"commit 0",
	"commit -1",
	"commit -13",
	"commit -16",
	"commit -17",
	"resize larger",
	"resize smaller",
	"resize drops",
	"slot made",
	"slot removed",
	"slot moved",
};

/* What may be seen. */
static const char *const also[] = {
	"H_ENTER without memory",
	"retry beside the window",
	"access unsaid",
	"vrma -11",
	"vrma -13",
	"vrma -1",
	"prepare -13",
	"resize same",
};

enum { NEEDED = sizeof(needed) / sizeof(needed[0]), ALSO = sizeof(also) / sizeof(also[0]) };

static const struct {
	void (*op)(struct world *w);
	unsigned weight;
} ops[] = {
	{ op_enter, 900 },       { op_enter_wild, 120 }, { op_remove, 160 },
	{ op_bulk, 60 },         { op_block, 60 },       { op_page_init, 30 },
	{ op_protect, 220 },     { op_read, 140 },       { op_clear, 160 },
	{ op_access, 2200 },     { op_translate, 60 },   { op_slb, 20 },
	{ op_vrma, 6 },          { op_page, 300 },       { op_unmap, 30 },
	{ op_window, 20 },       { op_age, 40 },         { op_harvest, 40 },
	{ op_logging, 4 },       { op_slot, 12 },        { op_host_memory, 40 },
	{ op_evict, 20 },        { op_stream, 100 },     { op_stream_restore, 2 },
	{ op_stream_write, 12 }, { op_reset, 8 },        { op_resize, 100 },
};

static void some_op(struct world *world)
{
	unsigned total = 0;
	uint64_t at;

	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		total += ops[i].weight;
	at = world_random(world, total);
	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		if (at < ops[i].weight) {
			ops[i].op(world);
			return;
		}
		at -= ops[i].weight;
	}
}

static void check_all(struct world *w)
{
	struct hptp_check_result result = { 0 };
	int ret = machine_in_t(hptp_check(machine_vm(w->m), &result));

	if (ret)
		world_fail(w, "hptp_check: %s; I%u, entry %jx, frame %jx: %s", hptp_strerror(ret),
			   result.invariant, (uintmax_t)result.idx, (uintmax_t)result.gfn,
			   result.what ? result.what : "");
}

/* Print what was seen. A needed thing that is missing fails; so do less than `limit`. */
static unsigned histogram(const struct world *w, uint64_t limit)
{
	unsigned missing = 0;

	for (unsigned i = 0; i < w->n_tally; i++) {
		const struct tally *t = &w->tally[i];
		bool bad = !t->info && t->n < limit;

		printf("  %-26s %9ju%s\n", t->name, (uintmax_t)t->n, bad ? "  TOO FEW" : "");
		missing += bad;
	}
	return missing;
}

static struct world w;

static void expect_names(struct world *world)
{
	static struct tally tally[NEEDED + ALSO];

	for (unsigned i = 0; i < NEEDED + ALSO; i++)
		tally[i] = (struct tally){ .name = i < NEEDED ? needed[i] : also[i - NEEDED],
					   .info = i >= NEEDED };
	world->tally = tally;
	world->n_tally = NEEDED + ALSO;
}

static void machine_asserts(const char *what)
{
	world_fail(&w, "the machine asserts: %s", what);
}

static int run(const struct world_config *config, uint64_t n)
{
	struct timespec a, b;
	unsigned missing;

	machine_failed = machine_asserts;
	clock_gettime(CLOCK_MONOTONIC, &a);
	if (!world_init(&w, config)) {
		fprintf(stderr, "oracle: the world can not be made\n");
		return 1;
	}
	expect_names(&w);
	for (w.step = 1; w.step <= n; w.step++) {
		some_op(&w);
		if (trace)
			fprintf(stderr, "%8ju %s\n", (uintmax_t)w.step,
				w.line[w.step % WORLD_LINES]);
		if (w.step % COMPARE_EVERY == 0)
			world_compare(&w);
		if (w.step % CHECK_EVERY == 0)
			check_all(&w);
	}
	world_compare(&w);
	check_all(&w);
	world_exit(&w);
	clock_gettime(CLOCK_MONOTONIC, &b);
	missing = histogram(&w, n / 10000 ? n / 10000 : 1);
	printf("oracle: %ju operations, frames of %uK, %s format, seed %ju: %.1f s, %s\n",
	       (uintmax_t)n, 1u << (config->frame_shift - 10), config->format ? "3.0" : "old",
	       (uintmax_t)config->seed,
	       (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9,
	       missing ? "agreed, but too little was seen" : "agreed");
	printf("%u passed, %u failed\n", !missing, !!missing);
	return missing != 0;
}

static uint64_t number(const char *text, uint64_t otherwise)
{
	return text && *text ? strtoull(text, NULL, 0) : otherwise;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "ops", required_argument, NULL, 'n' },
		{ "seed", required_argument, NULL, 's' },
		{ "frame-shift", required_argument, NULL, 'f' },
		{ "format", required_argument, NULL, 'v' },
		{ "trace", no_argument, &trace, 1 },
		{ NULL, 0, NULL, 0 },
	};
	struct world_config config = { .frame_shift = 12 };
	uint64_t n = number(getenv("HPTP_TEST_OPS"), 50000);
	int c;

	config.seed = number(getenv("HPTP_TEST_SEED"), 1);
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'n')
			n = number(optarg, 0);
		else if (c == 's')
			config.seed = number(optarg, 0);
		else if (c == 'f')
			config.frame_shift = (unsigned)number(optarg, 0);
		else if (c == 'v')
			config.format = strcmp(optarg, "3.0") ? HPTP_FORMAT_OLD : HPTP_FORMAT_3_0;
		else if (c)
			return 2;
	}
	if (config.frame_shift != 12 && config.frame_shift != 16) {
		fprintf(stderr, "oracle: --frame-shift is 12 or 16\n");
		return 2;
	}
	return run(&config, n);
}
