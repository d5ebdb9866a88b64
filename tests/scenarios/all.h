/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The scenarios by number, for a program that runs them all. */
#ifndef HPTP_SCENARIOS_ALL_H
#define HPTP_SCENARIOS_ALL_H

#include "harness.h"

static const struct scenario {
	const char *name, *text;
	void (*run)(struct harness *h);
} scenarios[] = {
#define HPTP_SCENARIO(name, text) { #name, text, scenario_##name },
	HPTP_SCENARIOS(HPTP_SCENARIO)
#undef HPTP_SCENARIO
};

enum { N_SCENARIOS = sizeof(scenarios) / sizeof(scenarios[0]) };

#endif
