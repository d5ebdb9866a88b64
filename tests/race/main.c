// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * usage: race [OPTION...] [WORD...]   the known races; only those with all words in a line
 *   --stride N  interrupt CPU 0 after every N-th instruction (7; 31 if HPTP_QUICK is set)
 *   --first     end at the first failure
 */
#include "cases.h"
#include "world.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The kinds of VM that each race runs on. */
static const struct kind {
	const char *name;
	bool isa_3_0, own;
} kinds[] = { { "2.07", false, false }, { "3.0", true, false }, { "own", false, true } };
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static const struct kind *kind;
static void (*state)(void);
static unsigned stride = 7, passed, failed;
static bool first_only;
static char **words;

static void setup(void)
{
	world_start(kind->isa_3_0, kind->own);
	state();
}

static void run(const struct race_case *c)
{
	struct explore e = {
		.setup = setup,
		.cpu = { race_part(race_ops, c->cpu0), race_part(race_ops, c->cpu1) },
		.verdict = world_verdict,
		.where = c->where,
		.stride = c->where == EXPLORE_YIELDS ? 1 : stride,
		.first = passed, /* another one for each */
	};
	struct explored result;
	char line[160];

	snprintf(line, sizeof(line), "%-12s %-13s %-15s | %-15s %s", c->rules, c->state, c->cpu0,
		 c->cpu1, kind->name);
	for (char **word = words; *word; word++)
		if (!strstr(line, *word))
			return;
	if (first_only && failed)
		return;
	state = race_part(race_states, c->state);
	explore(&e, &result);
	if (result.failed)
		printf("%-67s FAILED: %s\n", line, result.message);
	else
		printf("%-67s %5u places\n", line, result.places);
	fflush(stdout);
	*(result.failed || !result.places ? &failed : &passed) += 1;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "first", no_argument, NULL, 'f' },
		{ "stride", required_argument, NULL, 's' },
		{ 0 },
	};
	int option;

	if (getenv("HPTP_QUICK"))
		stride = 31;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'f')
			first_only = true;
		else if (option != 's' || (stride = (unsigned)atoi(optarg)) < 1)
			return 2;
	}
	words = argv + optind;
	for (kind = kinds; kind < kinds + KINDS; kind++)
		for (const struct race_case *c = race_cases; c->rules; c++)
			run(c);
	printf("%u passed, %u failed\n", passed, failed);
	return failed || !passed;
}
