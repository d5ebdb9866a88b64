/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What the user asked for, with every default filled in and everything checked.
 */
#ifndef OVERCOMMIT_OPTIONS_H
#define OVERCOMMIT_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

struct options {
	const char *file; /* to be computed on */
	uint64_t guest;   /* bytes of guest memory; 0: what the file needs */
	uint64_t host;    /* bytes of host memory; 0: a quarter of guest */
	uint64_t swap;    /* room in the swap file; 0: as needed */
	const char *swap_dir;
	unsigned vcpus;
	unsigned page_shift; /* of host frames and guest pages */
	uint64_t limit;      /* use at most this much of the file; 0: all */
};

/* Read the command line; on a mistake say what is wrong and exit with 2. */
void options_read(struct options *o, int argc, char **argv);

/* "128 MiB", into a buffer that is overwritten by the eighth call from now. */
const char *size_text(uint64_t bytes);

#endif
