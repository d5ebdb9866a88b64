// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * usage: weak [OPTION...] [WORD...]   the races of tests/race on weak memory; only those
 *                                     with all words in a line
 *   --runs N            of each, with other changes of CPU and other stale loads (300)
 *   --first N           seed of the first (1)
 *   --without FUNCTION[:BY],...  leave out the orders that it asks for (by load, store, cas, add,
 *                       full_barrier, ...), and end at the first failure
 */
#include "../race/cases.h"
#include "../race/world.h"
#include "memory.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct race_case *now;
static bool own;
static unsigned runs = 300, first = 1, passed, failed;

static void setup(void)
{
	memset(&world, 0, sizeof(world));
	world_start(false, own);
	race_part(race_states, now->state)();
}

static bool wanted(char **words)
{
	char line[120];

	snprintf(line, sizeof(line), "%s %s %s | %s %s", now->rules, now->state, now->cpu0,
		 now->cpu1, own ? "own" : "");
	for (; *words; words++)
		if (!strstr(line, *words))
			return false;
	return true;
}

static void run(void)
{
	struct explore e = {
		.setup = setup,
		.cpu = { race_part(race_ops, now->cpu0), race_part(race_ops, now->cpu1) },
		.verdict = world_verdict,
		.stride = runs,
		.first = first,
	};
	struct explored result;

	explore(&e, &result);
	printf("%-12s %-13s %-15s | %-15s %-4s ", now->rules, now->state, now->cpu0, now->cpu1,
	       own ? "own" : "");
	if (result.failed)
		printf("FAILED: %s\n", result.message);
	else
		printf("%u runs\n", result.places);
	fflush(stdout);
	*(result.failed ? &failed : &passed) += 1;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "runs", required_argument, NULL, 'r' },
		{ "first", required_argument, NULL, 'f' },
		{ "without", required_argument, NULL, 'w' },
		{ 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'r')
			runs = (unsigned)atoi(optarg);
		else if (option == 'f')
			first = (unsigned)atoi(optarg);
		else if (option == 'w')
			weak_without = optarg;
		else
			return 2;
	}
	for (unsigned kind = 0; kind < 2; kind++) {
		own = kind;
		for (now = race_cases; now->rules; now++)
			if (wanted(argv + optind) && !(weak_without && failed))
				run();
	}
	printf("%u passed, %u failed\n", passed, failed);
	return failed || !passed;
}
