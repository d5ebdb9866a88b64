/* SPDX-License-Identifier: GPL-2.0-only */
/* What KVM's own sources see of the library. Nothing, where the option is off. */
#ifndef HPTPAGER_HOOKS_H
#define HPTPAGER_HOOKS_H

#include <linux/types.h>

struct kvm_vcpu;
struct kvmppc_ops;

#ifdef CONFIG_KVM_BOOK3S_HV_HPTPAGER
/* Once, before KVM can see the operations. */
void hptp_kvm_wrap(struct kvmppc_ops *ops);
/* A hypercall on the table, in virtual mode; registers r4 and on are the vCPU's. */
long hptp_kvm_hcall(struct kvm_vcpu *vcpu, unsigned long number);
/* True: it was answered. */
bool hptp_kvm_page_init(struct kvm_vcpu *vcpu, unsigned long *answer);
#else
static inline void hptp_kvm_wrap(struct kvmppc_ops *ops) {}

static inline bool hptp_kvm_page_init(struct kvm_vcpu *vcpu, unsigned long *answer)
{
	return false;
}
#endif

#endif
