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

/* What the host can not bring now is tried again until somebody wants this thread. */
static long call(struct hptp_vcpu *to, unsigned long number, const u64 *args, u64 *regs)
{
	long answer;

	do {
		memcpy(regs, args, REGS * sizeof(*regs));
		answer = hptp_hcall(to, number, regs);
		if (answer == HPTP_H_TOO_HARD)
			answer = hptp_hcall_task(to, regs);
		cond_resched();
	} while (answer == HPTP_H_AGAIN && !signal_pending(current));
	return answer == HPTP_H_AGAIN ? H_HARDWARE : answer;
}

/* Memslots live by srcu; nothing above holds it for hypercalls. */
long hptp_kvm_hcall(struct kvm_vcpu *vcpu, unsigned long number)
{
	u64 args[REGS], regs[REGS];
	unsigned int i;
	long answer;
	int srcu;

	if (kvm_is_radix(vcpu->kvm))
		return H_FUNCTION;
	for (i = 0; i < REGS; i++)
		args[i] = kvmppc_get_gpr(vcpu, 4 + i);
	srcu = srcu_read_lock(&vcpu->kvm->srcu);
	answer = call(vcpu->arch.hptp->vcpu, number, args, regs);
	srcu_read_unlock(&vcpu->kvm->srcu, srcu);
	for (i = 0; i < REGS; i++)
		kvmppc_set_gpr(vcpu, 4 + i, regs[i]);
	return answer;
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
