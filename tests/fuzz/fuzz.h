/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What the fuzz targets share: a VM of the unit tests' host, and a failure that the fuzzer
 * sees. A target is LLVMFuzzerTestOneInput(); HPTP_FUZZ_SEEDS names a directory that it
 * fills with seeds, and ends.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include "host.h"
#include "mirror.h"

#include <stdio.h>
#include <stdlib.h>

#define ENTRIES (1u << 14)

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The target's seeds: one call of fuzz_seed() for each. */
void fuzz_seeds(void);
void fuzz_seed(const uint8_t *data, size_t size);

/* Unlike assert(), it says the values. */
#define fuzz_must(condition, ...)                                                                  \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: %s: ", __FILE__, __LINE__, #condition);            \
			fprintf(stderr, "" __VA_ARGS__);                                           \
			fprintf(stderr, "\n");                                                     \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

#endif
