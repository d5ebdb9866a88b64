/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* A virtual CPU: what the guest finds in its registers, and where it stands. */
#ifndef METAL_VCPU_H
#define METAL_VCPU_H

#include "layout.h"

#include "guest/abi.h"
#include "hptpager/hptpager.h"

struct vm;

#define SLB_ENTRIES 32

enum vcpu_state {
	VCPU_WAITING, /* for a command */
	VCPU_READY,   /* to run */
	VCPU_STOPPED, /* it went wrong: outcome and fault tell */
	VCPU_OVERDUE  /* it did not end in the ticks it had */
};

struct vcpu {
	uint64_t gpr[32];
	uint64_t lr, ctr, cr, xer;
	uint64_t pc, msr;
	uint64_t srr0, srr1;
	uint64_t hsrr0, hsrr1;
	/* from here on only C looks */
	uint64_t sprg[4], dar, dsisr; /* while another vCPU has the CPU */
	uint64_t slb[SLB_ENTRIES][2]; /* likewise: slbmte's RS and RB */
	struct hptp_vcpu *hptp;
	struct vm *vm;
	uint64_t id; /* in its VM */
	unsigned cpu;
	enum vcpu_state state;
	uint64_t patience;                  /* ticks until it is overdue; 0: it has all the time */
	uint64_t hdsi, hisi, hcalls, ticks; /* exits by kind */
	enum hptp_outcome outcome;          /* of the last fault that was not repaired */
	struct hptp_fault fault;            /* and the fault */
};

_Static_assert(offsetof(struct vcpu, lr) == VCPU_LR, "layout");
_Static_assert(offsetof(struct vcpu, ctr) == VCPU_CTR, "layout");
_Static_assert(offsetof(struct vcpu, cr) == VCPU_CR, "layout");
_Static_assert(offsetof(struct vcpu, xer) == VCPU_XER, "layout");
_Static_assert(offsetof(struct vcpu, pc) == VCPU_PC, "layout");
_Static_assert(offsetof(struct vcpu, msr) == VCPU_MSR, "layout");
_Static_assert(offsetof(struct vcpu, srr0) == VCPU_SRR0, "layout");
_Static_assert(offsetof(struct vcpu, srr1) == VCPU_SRR1, "layout");
_Static_assert(offsetof(struct vcpu, hsrr0) == VCPU_HSRR0, "layout");
_Static_assert(offsetof(struct vcpu, hsrr1) == VCPU_HSRR1, "layout");

extern struct vcpu nobody; /* takes the registers when the hypervisor itself traps */

/* start.S: run the guest until its next exit, answer the vector. */
uint64_t vcpu_enter(struct vcpu *vcpu);

/* exit.c: run until the next tick, or until the state changes; the state. */
enum vcpu_state vcpu_run(struct vcpu *vcpu);

#endif
