/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A vCPU that a hashed table translates for: its registers, the way in and out
 * (hptp_entry.S), the partition that it runs in, and what its exits mean to the library.
 */
#ifndef HPTP_GUEST_H
#define HPTP_GUEST_H

#include "hptp_entry.h"
#include "hptp_xen.h"

struct hptp_xen_vcpu {
	uint64_t gpr[32];
	uint64_t lr, ctr, cr, xer;
	uint64_t pc, msr;
	uint64_t srr0, srr1, dar, dsisr, amr;
	uint64_t hdar, hdsisr, asdr; /* of the last exit */
	uint64_t guest_lpcr;
	uint64_t host_lpcr, host_msr, host_sp;
	/* from here on only C looks */
	struct hptp_vcpu *hptp;
	struct hptp_xen *hx;
	uint32_t status; /* of the last exit: the bits of SRR1 or HSRR1 that are not the MSR */
	struct hptp_fault fault; /* the last one */
};

/* hptp_partition.c: this CPU's MMU walks the domain's table for guests, or nobody's. */
void hptp_xen_partition_enter(struct hptp_xen *hx);
void hptp_xen_partition_leave(struct hptp_xen *hx);

/* hptp_partition.c: run to the next exit, answer its vector. */
unsigned int hptp_xen_run(struct hptp_xen_vcpu *v);

/* A vCPU of the domain, at guest real 0, translation off. 0 or -errno. */
int hptp_xen_vcpu_init(struct hptp_xen *hx, struct hptp_xen_vcpu *v);
void hptp_xen_vcpu_fini(struct hptp_xen_vcpu *v);

/* A storage interrupt (HDSI, HISI): both halves. RESUME: run again. */
enum hptp_outcome hptp_xen_fault(struct hptp_xen_vcpu *v, unsigned int vector);

/* Deliver the storage interrupt of v->fault to the guest. */
void hptp_xen_reflect(struct hptp_xen_vcpu *v);

/* A hypercall on the table: r3 is its number and takes the answer. False: it is none. */
bool hptp_xen_hypercall(struct hptp_xen_vcpu *v);

#endif
