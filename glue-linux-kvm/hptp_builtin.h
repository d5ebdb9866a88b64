/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the part in the kernel calls in the part that may be a module. Entry points of
 * hypercalls and guest storage interrupts are called from assembly in real mode, where a
 * module can not be; they answer there that virtual mode has to do it.
 */
#ifndef HPTP_BUILTIN_H
#define HPTP_BUILTIN_H

#include <linux/kvm_host.h>

struct hptp_kvm_entry {
	/* Arguments and results are in the vCPU's registers. */
	long (*hcall)(struct kvm_vcpu *vcpu, unsigned long number);
	/* KVM's answers: 0 execute again, -1 and -2 to the page fault, else a status. */
	long (*fault)(struct kvm_vcpu *vcpu, unsigned long ea, unsigned long slb_v,
		      unsigned int status, bool data);
};

/* Of the module that came last; followed for vCPUs, which keep it loaded. */
extern const struct hptp_kvm_entry *hptp_kvm_entry;

#endif
