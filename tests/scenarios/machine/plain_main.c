// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Every scenario on the machine without a test framework: for cross builds. */
#include "all.h"
#include "machine_harness.h"

#include <stdio.h>
#include <string.h>

static unsigned n_failures, n_left_out;

static void failed(void *self, const char *file, int line, const char *what)
{
	(void)self;
	fprintf(stderr, "%s:%d: %s\n", file, line, what);
	n_failures++;
}

static bool run(const struct scenario *s, unsigned frame_shift, unsigned format)
{
	unsigned before = n_failures;
	struct machine_harness mh;

	if (machine_harness_init(&mh, frame_shift, format, failed)) {
		failed(NULL, s->name, 0, "no machine");
		return false;
	}
	s->run(&mh.harness);
	machine_harness_exit(&mh);
	if (mh.harness.left_out) {
		printf("left out: %s, frames of 2^%u: %s\n", s->name, frame_shift,
		       mh.harness.left_out);
		n_left_out++;
	}
	return n_failures == before;
}

/* usage: scenarios_plain [NAME]    all of them, or one */
int main(int argc, char **argv)
{
	unsigned passed = 0, n = 0;

	for (unsigned i = 0; i < N_SCENARIOS; i++) {
		if (argc > 1 && strcmp(argv[1], scenarios[i].name))
			continue;
		for (unsigned k = 0; k < 4; k++, n++) {
			bool ok = run(&scenarios[i], k & 1 ? 16 : 12, k >> 1);

			if (!ok)
				fprintf(stderr, "failed: %s, frames of 2^%u, %s format\n",
					scenarios[i].name, k & 1 ? 16 : 12, k >> 1 ? "3.0" : "old");
			passed += ok;
		}
	}
	printf("%u passed, %u failed, %u skipped\n", passed - n_left_out, n - passed, n_left_out);
	return passed != n || !n;
}
