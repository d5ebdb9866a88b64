// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Errors have names and pinned values; the version is the header's. */
#include "hptpager/hptpager.h"
#include "suite.h"

#include <string.h>

static const struct {
	int error, value;
} errors[] = {
	{ HPTP_OK, 0 },
	{ HPTP_E_PARAM, -1 },
	{ HPTP_E_NOMEM, -2 },
	{ HPTP_E_OPS, -3 },
	{ HPTP_E_VERSION, -4 },
	{ HPTP_E_OVERLAP, -5 },
	{ HPTP_E_STATE, -6 },
	{ HPTP_E_AGAIN, -7 },
	{ HPTP_E_NOPAGE, -8 },
	{ HPTP_E_PINNED, -9 },
	{ HPTP_E_WINDOW, -10 },
	{ HPTP_E_NOENT, -11 },
	{ HPTP_E_PTEG_FULL, -13 },
	{ HPTP_E_CHECK, -14 },
	{ HPTP_E_STALE, -15 },
	{ HPTP_E_BUSY, -16 },
	{ HPTP_E_CLOSED, -17 },
	{ HPTP_E_BUG, -99 },
};
#define N_ERRORS (sizeof(errors) / sizeof(errors[0]))

START_TEST(values_never_change)
{
	for (unsigned i = 0; i < N_ERRORS; i++)
		ck_assert_int_eq(errors[i].error, errors[i].value);
}
END_TEST

START_TEST(each_error_has_a_name_of_its_own)
{
	for (unsigned i = 0; i < N_ERRORS; i++) {
		ck_assert_ptr_nonnull(hptp_strerror(errors[i].error));
		ck_assert_str_ne(hptp_strerror(errors[i].error), "unknown error");
		for (unsigned k = 0; k < i; k++)
			ck_assert_str_ne(hptp_strerror(errors[i].error),
					 hptp_strerror(errors[k].error));
	}
}
END_TEST

START_TEST(any_number_has_a_name)
{
	static const int others[] = { 1, -18, -98, -100, -999, -2000, 0x7fffffff, -0x7fffffff - 1 };

	for (unsigned i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		ck_assert_str_eq(hptp_strerror(others[i]), "unknown error");
	ck_assert_str_eq(hptp_strerror(HPTP_E_HOST(0)), hptp_strerror(HPTP_E_HOST(999)));
	ck_assert_str_ne(hptp_strerror(HPTP_E_HOST(12)), "unknown error");
	ck_assert(HPTP_IS_HOST_ERROR(HPTP_E_HOST(0)) && HPTP_IS_HOST_ERROR(HPTP_E_HOST(999)));
	ck_assert(!HPTP_IS_HOST_ERROR(HPTP_E_NOPAGE) && !HPTP_IS_HOST_ERROR(HPTP_E_HOST(1000)));
}
END_TEST

START_TEST(the_version_is_the_headers)
{
	ck_assert_uint_eq(hptp_version(), HPTP_VERSION_MAJOR * 10000u + HPTP_VERSION_MINOR * 100u +
						  HPTP_VERSION_PATCH);
}
END_TEST

SUITE("error", CASE(values_never_change), CASE(each_error_has_a_name_of_its_own),
      CASE(any_number_has_a_name), CASE(the_version_is_the_headers))
