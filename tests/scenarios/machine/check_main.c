// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Every scenario on the machine, with both frame sizes and both table formats, under Check. */
#include "all.h"
#include "machine_harness.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>

static void failed(void *self, const char *file, int line, const char *what)
{
	(void)self;
	ck_abort_msg("%s:%d: %s", file, line, what);
}

/* _i: scenario * 4 + 3.0 format * 2 + large frames */
START_TEST(run)
{
	const struct scenario *s = &scenarios[_i / 4];
	struct machine_harness mh;

	ck_assert_int_eq(machine_harness_init(&mh, _i & 1 ? 16 : 12, _i >> 1 & 1, failed), 0);
	s->run(&mh.harness);
	machine_harness_exit(&mh);
	if (mh.harness.left_out)
		printf("note: left out: %s, frames of 2^%u: %s\n", s->name, _i & 1 ? 16 : 12,
		       mh.harness.left_out);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("scenarios");
	SRunner *runner;
	int n_failed;

	for (unsigned i = 0; i < N_SCENARIOS; i++) {
		TCase *tc = tcase_create(scenarios[i].name);

		tcase_set_timeout(tc, 60);
		tcase_add_loop_test(tc, run, (int)i * 4, (int)i * 4 + 4);
		suite_add_tcase(suite, tc);
	}
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	n_failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return n_failed != 0;
}
