/* SPDX-License-Identifier: GPL-2.0-only */
/* Xen as a host of the conformance scenarios: the processor's own MMU translates. */
#ifndef SELFTEST_XEN_HARNESS_H
#define SELFTEST_XEN_HARNESS_H

#include "harness.h"
#include "hptp_guest.h"
#include "pager.h"

struct xen_harness {
	struct harness harness;
	struct pager pager;
	struct hptp_xen_vcpu vcpu;
	struct hptp_xen_range *code;
	uint64_t sdr1;        /* of the table that the MMU was told of */
	uint64_t esid, slb_v; /* the segment that the SLB holds beside the code's */
};

/* A domain with one vCPU on this CPU. What fails is told to `on_failure`. */
int xen_harness_init(struct xen_harness *xh, struct domain *d,
		     void (*on_failure)(void *self, const char *file, int line, const char *what));

/* Check and end it. Answers how many refaults there were. */
unsigned long xen_harness_fini(struct xen_harness *xh);

#endif
