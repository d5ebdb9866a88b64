/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Stands in for the Check framework where Debian has none (big-endian ppc64): what of it the
 * tests of this project use. Tests share a process until one fails, and the rest goes on in
 * another: an emulator translates each process's code anew. A test program's own main() and
 * its closing line are as with Check.
 */
#ifndef HPTP_CROSS_CHECK_H
#define HPTP_CROSS_CHECK_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#undef R_OK /* Check's header does not bring it: tests have one of their own */

enum print_output { CK_NORMAL, CK_ENV };

typedef struct TTest {
	const char *name;
	void (*run)(int i);
} TTest;

typedef struct TCase {
	const char *name;
	struct {
		const TTest *test;
		int from, to;
	} tests[64];
	unsigned n, seconds;
	void (*set_up)(void), (*tear_down)(void);
	struct TCase *next;
} TCase;

typedef struct Suite {
	const char *name;
	TCase *first, **end;
} Suite;

typedef struct SRunner {
	Suite *suite;
	int failed;
} SRunner;

/* Shared by all processes: tests that are done, and the one that runs, as "case:test:i". */
struct hptp_cross {
	unsigned done;
	char running[128];
};
__attribute__((weak)) struct hptp_cross *hptp_cross;

/* ---- assertions ---- */

#define ck_abort_msg(...)                                                                          \
	do {                                                                                       \
		printf("%s:%d:F:%s: ", __FILE__, __LINE__, hptp_cross->running);                   \
		printf(__VA_ARGS__);                                                               \
		putchar('\n');                                                                     \
		fflush(stdout);                                                                    \
		_exit(1);                                                                          \
	} while (0)

#define ck_assert_msg(good, ...)                                                                   \
	do {                                                                                       \
		if (!(good))                                                                       \
			ck_abort_msg(__VA_ARGS__);                                                 \
	} while (0)

#define ck_assert(good) ck_assert_msg(good, "Assertion '%s' failed", #good)

#define ck_compare(type, format, x, op, y)                                                         \
	do {                                                                                       \
		type x_ = (x);                                                                     \
		type y_ = (y);                                                                     \
		ck_assert_msg(x_ op y_, "Assertion '%s' failed: %" format ", %" format,            \
			      #x " " #op " " #y, x_, y_);                                          \
	} while (0)

#define ck_assert_int_eq(x, y) ck_compare(intmax_t, PRIdMAX, x, ==, y)
#define ck_assert_int_ne(x, y) ck_compare(intmax_t, PRIdMAX, x, !=, y)
#define ck_assert_int_lt(x, y) ck_compare(intmax_t, PRIdMAX, x, <, y)
#define ck_assert_int_le(x, y) ck_compare(intmax_t, PRIdMAX, x, <=, y)
#define ck_assert_int_gt(x, y) ck_compare(intmax_t, PRIdMAX, x, >, y)
#define ck_assert_int_ge(x, y) ck_compare(intmax_t, PRIdMAX, x, >=, y)
#define ck_assert_uint_eq(x, y) ck_compare(uintmax_t, PRIuMAX, x, ==, y)
#define ck_assert_uint_ne(x, y) ck_compare(uintmax_t, PRIuMAX, x, !=, y)
#define ck_assert_uint_lt(x, y) ck_compare(uintmax_t, PRIuMAX, x, <, y)
#define ck_assert_uint_le(x, y) ck_compare(uintmax_t, PRIuMAX, x, <=, y)
#define ck_assert_uint_gt(x, y) ck_compare(uintmax_t, PRIuMAX, x, >, y)
#define ck_assert_uint_ge(x, y) ck_compare(uintmax_t, PRIuMAX, x, >=, y)
#define ck_assert_ptr_eq(x, y) ck_compare(const void *, "p", x, ==, y)
#define ck_assert_ptr_ne(x, y) ck_compare(const void *, "p", x, !=, y)
#define ck_assert_ptr_null(x) ck_assert_ptr_eq(x, NULL)
#define ck_assert_ptr_nonnull(x) ck_assert_ptr_ne(x, NULL)
#define ck_assert_str_eq(x, y) ck_assert(!strcmp(x, y))
#define ck_assert_str_ne(x, y) ck_assert(strcmp(x, y))
#define ck_assert_mem_eq(x, y, n) ck_assert(!memcmp(x, y, n))
#define ck_assert_mem_ne(x, y, n) ck_assert(memcmp(x, y, n))

/* ---- tests ---- */

#define START_TEST(function)                                                                       \
	static void function##_run(int i);                                                         \
	static const TTest function##_test = { #function, function##_run };                        \
	static const TTest *const function = &function##_test;                                     \
	static void function##_run(int _i __attribute__((unused)))
#define END_TEST

static inline Suite *suite_create(const char *name)
{
	Suite *suite = calloc(1, sizeof(*suite));

	suite->name = name;
	suite->end = &suite->first;
	return suite;
}

static inline TCase *tcase_create(const char *name)
{
	TCase *tcase = calloc(1, sizeof(*tcase));

	tcase->name = name;
	tcase->seconds = 60;
	return tcase;
}

static inline void tcase_set_timeout(TCase *tcase, double seconds)
{
	tcase->seconds = (unsigned)seconds;
}

static inline void tcase_add_checked_fixture(TCase *tcase, void (*set_up)(void),
					     void (*tear_down)(void))
{
	tcase->set_up = set_up;
	tcase->tear_down = tear_down;
}

static inline void tcase_add_loop_test(TCase *tcase, const TTest *test, int from, int to)
{
	if (tcase->n == sizeof(tcase->tests) / sizeof(tcase->tests[0]))
		abort();
	tcase->tests[tcase->n].test = test;
	tcase->tests[tcase->n].from = from;
	tcase->tests[tcase->n++].to = to;
}

static inline void tcase_add_test(TCase *tcase, const TTest *test)
{
	tcase_add_loop_test(tcase, test, 0, 1);
}

static inline void suite_add_tcase(Suite *suite, TCase *tcase)
{
	*suite->end = tcase;
	suite->end = &tcase->next;
}

static inline SRunner *srunner_create(Suite *suite)
{
	SRunner *runner = calloc(1, sizeof(*runner));

	runner->suite = suite;
	return runner;
}

static inline void hptp_cross_run(const TCase *tcase, const TTest *test, int i)
{
	snprintf(hptp_cross->running, sizeof(hptp_cross->running), "%s:%s:%d", tcase->name,
		 test->name, i);
	alarm(tcase->seconds);
	if (tcase->set_up)
		tcase->set_up();
	test->run(i);
	if (tcase->tear_down)
		tcase->tear_down();
	fflush(stdout);
	hptp_cross->done++;
}

/* Run all tests but the first `skip`; how many there are. */
static inline unsigned hptp_cross_rest(const Suite *suite, unsigned skip)
{
	unsigned count = 0;

	for (const TCase *tcase = suite->first; tcase; tcase = tcase->next)
		for (unsigned n = 0; n < tcase->n; n++)
			for (int i = tcase->tests[n].from; i < tcase->tests[n].to; i++)
				if (count++ >= skip)
					hptp_cross_run(tcase, tcase->tests[n].test, i);
	return count;
}

static inline void srunner_run_all(SRunner *runner, enum print_output mode)
{
	unsigned checks = hptp_cross_rest(runner->suite, ~0u);
	int failures = 0, errors = 0, status;

	(void)mode;
	hptp_cross = mmap(NULL, sizeof(*hptp_cross), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (hptp_cross == MAP_FAILED)
		abort();
	printf("Running suite(s): %s\n", runner->suite->name);
	while (hptp_cross->done < checks) {
		pid_t child;

		fflush(stdout);
		child = fork();
		if (!child) {
			hptp_cross_rest(runner->suite, hptp_cross->done);
			_exit(0);
		}
		if (child < 0 || waitpid(child, &status, 0) != child)
			abort();
		if (hptp_cross->done == checks)
			break;
		if (WIFSIGNALED(status)) {
			printf("%s: E: signal %d\n", hptp_cross->running, WTERMSIG(status));
			errors++;
		} else {
			failures++;
		}
		hptp_cross->done++; /* the one that failed */
	}
	runner->failed = failures + errors;
	printf("%d%%: Checks: %u, Failures: %d, Errors: %d\n",
	       checks ? 100 * ((int)checks - runner->failed) / (int)checks : 0, checks, failures,
	       errors);
}

static inline int srunner_ntests_failed(SRunner *runner)
{
	return runner->failed;
}

/* The process ends now. */
static inline void srunner_free(SRunner *runner)
{
	(void)runner;
}

#endif
