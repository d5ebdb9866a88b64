/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A unit test's main(): SUITE("name", CASE(a), LOOP(b, 8)) runs the tests named, LOOP
 * ones with _i from 0. Each runs in a process of its own (Check's default). With
 * HPTP_TEST_ONLY in the environment, the one of that name alone.
 */
#ifndef TEST_SUITE_H
#define TEST_SUITE_H

#include <check.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* For loops: Check writes a mark at each of its own assertions, passed or not. */
#define require(cond)                                                                              \
	do {                                                                                       \
		if (!(cond))                                                                       \
			ck_abort_msg("%s", #cond);                                                 \
	} while (0)

/* splitmix64, from the same state in each test. */
static inline uint64_t rnd(void)
{
	static uint64_t state;
	uint64_t x = state += 0x9e3779b97f4a7c15ull;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return x ^ x >> 31;
}

struct suite_test {
	const TTest *test;
	int times;
};

#define CASE(test)                                                                                 \
	{                                                                                          \
		test, 1                                                                            \
	}
#define LOOP(test, times)                                                                          \
	{                                                                                          \
		test, times                                                                        \
	}

static inline int suite_run(const char *name, const struct suite_test *tests, size_t n)
{
	Suite *suite = suite_create(name);
	TCase *tcase = tcase_create(name);
	SRunner *runner = srunner_create(suite);
	const char *only = getenv("HPTP_TEST_ONLY");
	int failed;

	tcase_set_timeout(tcase, 120);
	for (size_t i = 0; i < n; i++)
		if (!only || !strcmp(only, tests[i].test->name))
			tcase_add_loop_test(tcase, tests[i].test, 0, tests[i].times);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#define SUITE(name, ...)                                                                           \
	int main(void)                                                                             \
	{                                                                                          \
		const struct suite_test tests[] = { __VA_ARGS__ };                                 \
                                                                                                   \
		return suite_run(name, tests, sizeof(tests) / sizeof(tests[0]));                   \
	}

#endif
