/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The harness over the userspace machine: an example of what an embedder writes. */
#ifndef MACHINE_HARNESS_H
#define MACHINE_HARNESS_H

#include "harness.h"
#include "machine.h"

struct machine_harness {
	struct harness harness;
	struct machine *m;
};

/** `fail` is called with the machine_harness. */
int machine_harness_init(struct machine_harness *mh, unsigned frame_shift, unsigned format,
			 void (*fail)(void *self, const char *file, int line, const char *what));
void machine_harness_exit(struct machine_harness *mh);

#endif
