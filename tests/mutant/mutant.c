// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The environment's HPTP_WITHOUT names the rule of core/rules.h that the library is to do
 * without; absent: none. One build serves all of them.
 */
#include "rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	unsigned rule;
} rules[] = {
	{ "NONE", HPTP_RULE_NONE },
#include "rule_names.h" /* made from rules.h */
};

unsigned hptp_mutant = HPTP_RULE_NONE;

__attribute__((constructor)) static void choose(void)
{
	const char *name = getenv("HPTP_WITHOUT");

	if (!name)
		return;
	for (unsigned i = 0; i < sizeof(rules) / sizeof(*rules); i++)
		if (!strcmp(rules[i].name, name)) {
			hptp_mutant = rules[i].rule;
			return;
		}
	fprintf(stderr, "HPTP_WITHOUT: no rule '%s' in core/rules.h\n", name);
	exit(2);
}
