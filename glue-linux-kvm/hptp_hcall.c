// SPDX-License-Identifier: GPL-2.0-only
/*
 * Hypercalls in virtual mode: arguments from and results to the vCPU's registers. A call
 * that needs memory or a page runs its task half here, so KVM never sees H_TOO_HARD.
 */
#include "hptp_builtin.h"
#include "hptp_kvm.h"

#include <linux/sched/signal.h>
#include <asm/hvcall.h>
#include <asm/kvm_book3s.h>
#include <asm/kvm_ppc.h>

#define REGS 9 /* r4 to r12 */

/* Memslots live by srcu; nothing above holds it for hypercalls. */
static long call_once(struct kvm_vcpu *vcpu, unsigned long number, u64 *regs)
{
	struct hptp_vcpu *to = vcpu->arch.hptp->vcpu;
	int srcu = srcu_read_lock(&vcpu->kvm->srcu);
	long answer = hptp_hcall(to, number, regs);

	if (answer == HPTP_H_TOO_HARD)
		answer = hptp_hcall_task(to, regs);
	srcu_read_unlock(&vcpu->kvm->srcu, srcu);
	return answer;
}

/*
 * What the host can not bring now, because a memslot is on its way out, is tried again until
 * somebody wants this thread; whoever removes the memslot is not kept waiting meanwhile.
 */
long hptp_kvm_hcall(struct kvm_vcpu *vcpu, unsigned long number)
{
	u64 regs[REGS];
	unsigned int i;
	long answer;

	if (kvm_is_radix(vcpu->kvm))
		return H_FUNCTION;
	do {
		for (i = 0; i < REGS; i++)
			regs[i] = kvmppc_get_gpr(vcpu, 4 + i);
		answer = call_once(vcpu, number, regs);
		cond_resched();
	} while (answer == HPTP_H_AGAIN && !signal_pending(current));
	for (i = 0; i < REGS; i++)
		kvmppc_set_gpr(vcpu, 4 + i, regs[i]);
	return answer == HPTP_H_AGAIN ? H_HARDWARE : answer;
}

/* H_PAGE_INIT of a radix guest is KVM's own. */
bool hptp_kvm_page_init(struct kvm_vcpu *vcpu, unsigned long *answer)
{
	if (kvm_is_radix(vcpu->kvm))
		return false;
	*answer = hptp_kvm_hcall(vcpu, H_PAGE_INIT);
	return true;
}

const struct hptp_kvm_entry hptp_kvm_calls = {
	.hcall = hptp_kvm_hcall,
	.fault = hptp_kvm_classify,
};
