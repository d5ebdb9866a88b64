// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest storage interrupts, software translation, and emulated MMIO.
 */
#include "hptp_builtin.h"
#include "hptp_kvm.h"
#include "trace_hptp.h"

#include <linux/ktime.h>
#include <asm/kvm_book3s.h>
#include <asm/kvm_ppc.h>
#include <asm/reg.h>

/* The first half: is it the guest's own business, the host's, or a device's? */
static void classify(struct kvm_vcpu *vcpu)
{
	struct hptp_kvm_vcpu *hv = vcpu->arch.hptp;
	int srcu = srcu_read_lock(&vcpu->kvm->srcu);

	hv->fault.msr = vcpu->arch.shregs.msr;
	hv->fault.amr = vcpu->arch.amr;
	hv->outcome = hptp_fault(hv->vcpu, &hv->fault);
	hv->pending = HPTP_KVM_CLASSIFIED;
	srcu_read_unlock(&vcpu->kvm->srcu, srcu);
}

/* KVM's answers: 0 execute again, -1 to the page fault, -2 with the instruction first. */
long hptp_kvm_classify(struct kvm_vcpu *vcpu, unsigned long ea, unsigned long slb_v,
		       unsigned int status, bool data)
{
	struct hptp_kvm_vcpu *hv = vcpu->arch.hptp;

	hv->fault = (struct hptp_fault){
		.ea = ea,
		.slb_v = slb_v,
		.status = status,
		.fetch = !data,
	};
	classify(vcpu);
	if (hv->outcome == HPTP_RESUME && !vcpu->kvm->vm_dead)
		return 0;
	if (hv->outcome == HPTP_REFLECT)
		return hv->fault.status;
	return hv->outcome == HPTP_MMIO && hv->fault.need_insn ? -2 : -1;
}

/* For a fault that real mode passed on unseen, the status is still to be reflected. */
static int reflect(struct kvm_vcpu *vcpu, const struct hptp_fault *fault)
{
	if (fault->fetch)
		kvmppc_core_queue_inst_storage(vcpu, fault->status);
	else
		kvmppc_core_queue_data_storage(vcpu, fault->ea, fault->status);
	return RESUME_GUEST;
}

/* The clock is read only for those who look. */
static enum hptp_outcome refault(struct kvm_vcpu *vcpu)
{
	struct hptp_kvm_vcpu *hv = vcpu->arch.hptp;
	u64 since = trace_hptp_refault_enabled() ? ktime_get_ns() : 0;
	enum hptp_outcome outcome = hptp_refault(hv->vcpu, &hv->fault);

	if (since)
		trace_hptp_refault(vcpu->kvm->arch.lpid, vcpu->vcpu_id, hv->fault.ea,
				   hv->fault.status & HPTP_DSISR_STORE, outcome,
				   ktime_get_ns() - since);
	return outcome;
}

/*
 * The second half. KVM holds kvm->srcu. What a VMM gets for a page that the host does not
 * have, or has in smaller pieces than the guest's page, is stock KVM's answer.
 */
int kvmppc_book3s_hv_page_fault(struct kvm_vcpu *vcpu, unsigned long ea, unsigned long dsisr)
{
	struct hptp_kvm_vcpu *hv = vcpu->arch.hptp;
	struct hptp_fault *fault = &hv->fault;
	enum hptp_kvm_pending pending = hv->pending;

	if (kvm_is_radix(vcpu->kvm))
		return kvmppc_book3s_radix_page_fault(vcpu, ea, dsisr);
	if (vcpu->kvm->vm_dead)
		return -EIO;
	hv->pending = HPTP_KVM_NOTHING;
	if (pending == HPTP_KVM_NOTHING || ea != fault->ea)
		return RESUME_GUEST;
	if (pending == HPTP_KVM_UNSEEN)
		classify(vcpu);
	hv->pending = HPTP_KVM_NOTHING;
	if (hv->outcome == HPTP_TASK)
		hv->outcome = refault(vcpu);
	switch (hv->outcome) {
	case HPTP_REFLECT: return reflect(vcpu, fault);
	case HPTP_MMIO: return kvmppc_hv_emulate_mmio(vcpu, fault->gpa, ea, fault->store);
	case HPTP_NOPAGE:
	case HPTP_TOO_LARGE: return -EFAULT;
	case HPTP_NO_MEMORY: return -ENOMEM;
	default: return RESUME_GUEST;
	}
}

/* Loads and stores differ in one bit, in the primary or, for opcode 31, the extended one. */
static bool insn_stores(u32 insn)
{
	return insn & (insn >> 26 == 31 ? 0x100 : 0x10000000);
}

/*
 * The instruction is read again here, and the guest may have changed it since it trapped:
 * one that goes the other way than the access that was checked is executed anew.
 */
int kvmppc_hv_emulate_mmio(struct kvm_vcpu *vcpu, unsigned long gpa, gva_t ea, int is_store)
{
	u32 insn;

	if (is_store) {
		int srcu = srcu_read_lock(&vcpu->kvm->srcu);
		int missed = kvm_io_bus_write(vcpu, KVM_FAST_MMIO_BUS, gpa, 0, NULL);

		srcu_read_unlock(&vcpu->kvm->srcu, srcu);
		if (!missed) {
			kvmppc_set_pc(vcpu, kvmppc_get_pc(vcpu) + 4);
			return RESUME_GUEST;
		}
	}
	if (kvmppc_get_last_inst(vcpu, INST_GENERIC, &insn) != EMULATE_DONE ||
	    insn_stores(insn) != !!is_store)
		return RESUME_GUEST;
	vcpu->arch.paddr_accessed = gpa;
	vcpu->arch.vaddr_accessed = ea;
	return kvmppc_emulate_mmio(vcpu);
}

/* The SLB VSID word that translates an address, 0 without one. */
static u64 slb_of(const struct kvm_vcpu *vcpu, u64 ea)
{
	int i;

	for (i = 0; i < vcpu->arch.slb_nr; i++) {
		const struct kvmppc_slb *slb = &vcpu->arch.slb[i];
		unsigned int shift = slb->origv & SLB_VSID_B_1T ? SID_SHIFT_1T : SID_SHIFT;

		if ((slb->orige & SLB_ESID_V) && slb->orige >> shift == ea >> shift)
			return slb->origv;
	}
	return 0;
}

/* The guest's own translation, for KVM's emulation. */
static int xlate(struct kvm_vcpu *vcpu, gva_t ea, struct kvmppc_pte *pte, bool data, bool store)
{
	struct hptp_kvm_vcpu *hv = vcpu->arch.hptp;
	u64 msr = vcpu->arch.shregs.msr;
	bool translated = msr & (data ? MSR_DR : MSR_IR);
	u64 slb_v = translated ? slb_of(vcpu, ea) : vcpu->kvm->arch.vrma_slb_v;
	struct hptp_translation t;

	if (kvm_is_radix(vcpu->kvm))
		return kvmppc_mmu_radix_xlate(vcpu, ea, pte, data, store);
	if (!slb_v)
		return -EINVAL;
	if (!data)
		msr &= ~MSR_DR; /* keys are of data accesses */
	if (hptp_translate(hv->vcpu, ea, slb_v, msr, vcpu->arch.amr, &t))
		return -ENOENT;
	pte->eaddr = ea;
	pte->vpage = ea >> 12; /* of the guest's own; nobody looks at it under HV */
	pte->raddr = t.gpa;
	pte->may_read = t.may_read;
	pte->may_write = t.may_write;
	pte->may_execute = t.may_fetch;
	return 0;
}

void kvmppc_mmu_book3s_hv_init(struct kvm_vcpu *vcpu)
{
	vcpu->arch.slb_nr = 32;
	vcpu->arch.mmu.xlate = xlate;
	vcpu->arch.hflags |= BOOK3S_HFLAG_SLB;
}
