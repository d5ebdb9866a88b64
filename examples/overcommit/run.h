/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * One run of the example: options, job, pager, and what is shown of it.
 */
#ifndef OVERCOMMIT_RUN_H
#define OVERCOMMIT_RUN_H

#include "job.h"
#include "options.h"

struct pager {
	struct guest *guest;
	uint64_t low, high; /* frames to be kept free: begins below low, ends at high */
	uint64_t hand;      /* of the clock: the next unit to look at */
	uint64_t spared;    /* atomic: units that were young when the hand came by */
};

struct run {
	struct options options;
	struct job job;
	struct pager pager;
	struct machine *machine;
	double seconds; /* of the guest's run */
};

/* pager.c: body of the pager's thread, until the guest stops or `done` is set. */
void pager_init(struct pager *p, struct guest *g, uint64_t frames, unsigned vcpus);
void pager_run(struct pager *p, const atomic_bool *done);

/* progress.c */
void progress(struct run *run, bool last);
double seconds_now(void);

/* plain.c: the same computation without a guest. Returns what is different, or NULL. */
const char *plain_compare(struct run *run);

/* report.c. True: all that the example promises was seen. */
bool report(struct run *run, const char *difference);

#endif
