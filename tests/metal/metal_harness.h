/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Bare metal as a host of the conformance scenarios: the processor's own MMU translates. */
#ifndef METAL_HARNESS_H
#define METAL_HARNESS_H

#include "memory.h"
#include "vm.h"

struct metal_harness {
	struct harness harness;
	struct vm vm; /* what partition.c looks at: lpid, hptp, vrma */
	struct vcpu vcpu;
	struct memory *slots;
	struct memory *code;
	uint64_t sdr1;        /* of the table that the MMU knows */
	uint64_t esid, slb_v; /* the segment that the SLB holds beside the code's */
	uint64_t exits;       /* storage interrupts */
};

/* A VM with one vCPU on this CPU. What fails is told to `on_failure`. */
int metal_harness_init(struct metal_harness *mh, unsigned frame_shift,
		       void (*on_failure)(void *self, const char *file, int line,
					  const char *what));

/* Check and end it; its statistics are added to *sum. */
void metal_harness_exit(struct metal_harness *mh, struct hptp_stats *sum);

#endif
