/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of the self-test tell each other. */
#ifndef SELFTEST_SELFTEST_H
#define SELFTEST_SELFTEST_H

#include "pager.h"

struct counts {
	unsigned long evictions, cancelled, refaults;
};

static inline void count(struct counts *counts, const struct pager *pager, unsigned long refaults)
{
	counts->evictions += pager->evictions;
	counts->cancelled += pager->cancelled;
	counts->refaults += refaults;
}

/* Xen's heap and RCU, where Xen does not bring them up itself. False: RCU does not work. */
bool bring_up(void);

/* A guest with a kernel, on fewer frames than it has pages. */
void kernel_run(struct domain *d, struct counts *counts,
		void (*failed)(void *self, const char *file, int line, const char *what));

#endif
