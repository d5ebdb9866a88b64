// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "fuzz.h"

#include <stdarg.h>

static const char *seed_dir;
static unsigned n_seeds;

/* The host's assertions are Check's, which has no test to end here. */
void __wrap__ck_assert_failed(const char *file, int line, const char *expr, const char *msg, ...);
void __wrap__ck_assert_failed(const char *file, int line, const char *expr, const char *msg, ...)
{
	va_list ap;

	fprintf(stderr, "%s:%d: %s: ", file, line, expr ? expr : "");
	va_start(ap, msg);
	if (msg)
		vfprintf(stderr, msg, ap);
	va_end(ap);
	fprintf(stderr, "\n");
	abort();
}

void __wrap__mark_point(const char *file, int line);
void __wrap__mark_point(const char *file, int line)
{
	(void)file;
	(void)line;
}

void fuzz_seed(const uint8_t *data, size_t size)
{
	char name[4096];
	FILE *f;

	snprintf(name, sizeof(name), "%s/seed-%02u", seed_dir, n_seeds++);
	f = fopen(name, "wb");
	fuzz_must(f && fwrite(data, 1, size, f) == size && !fclose(f), "%s", name);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	seed_dir = getenv("HPTP_FUZZ_SEEDS");
	if (seed_dir) {
		fuzz_seeds();
		exit(0);
	}
	return 0;
}
