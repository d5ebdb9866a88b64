/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What the two CPUs do, and what they find. */
#ifndef RACE_CASES_H
#define RACE_CASES_H

#include "explore.h"

struct race_part {
	const char *name;
	void (*run)(void);
};

/* A state of page 0 and what belongs to it; then what a CPU does. Each ends with a NULL name. */
extern const struct race_part race_states[], race_ops[];
/* One of these; without it the program ends. */
void (*race_part(const struct race_part *parts, const char *name))(void);

struct race_case {
	const char *rules; /* by their numbers in core/rules.h */
	const char *state, *cpu0, *cpu1;
	enum explore_where where;
};

extern const struct race_case race_cases[]; /* ends with NULL */

#endif
