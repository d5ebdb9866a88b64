// SPDX-License-Identifier: GPL-2.0-only
/*
 * The entry points that KVM's assembly calls in real mode on POWER8, in the kernel proper.
 * In real mode each hands over to virtual mode, where the guest's exit ends up anyway.
 */
#include "hptp_builtin.h"
#include "hptp_kvm.h"

#include <linux/export.h>
#include <asm/hvcall.h>
#include <asm/kvm_book3s.h>
#include <asm/kvm_ppc.h>
#include <asm/reg.h>

const struct hptp_kvm_entry *hptp_kvm_entry;
EXPORT_SYMBOL_GPL(hptp_kvm_entry);

static __always_inline bool real_mode(void)
{
	return !(mfmsr() & MSR_DR);
}

/* KVM passes the arguments beside the registers that they came in. */
static long hcall(struct kvm_vcpu *vcpu, unsigned long number)
{
	return real_mode() ? H_TOO_HARD : READ_ONCE(hptp_kvm_entry)->hcall(vcpu, number);
}

long kvmppc_h_enter(struct kvm_vcpu *vcpu, unsigned long flags, long ptex, unsigned long pteh,
		    unsigned long ptel)
{
	return hcall(vcpu, H_ENTER);
}
EXPORT_SYMBOL_GPL(kvmppc_h_enter);

long kvmppc_h_remove(struct kvm_vcpu *vcpu, unsigned long flags, unsigned long ptex,
		     unsigned long avpn)
{
	return hcall(vcpu, H_REMOVE);
}
EXPORT_SYMBOL_GPL(kvmppc_h_remove);

long kvmppc_h_bulk_remove(struct kvm_vcpu *vcpu)
{
	return hcall(vcpu, H_BULK_REMOVE);
}
EXPORT_SYMBOL_GPL(kvmppc_h_bulk_remove);

long kvmppc_h_protect(struct kvm_vcpu *vcpu, unsigned long flags, unsigned long ptex,
		      unsigned long avpn)
{
	return hcall(vcpu, H_PROTECT);
}
EXPORT_SYMBOL_GPL(kvmppc_h_protect);

long kvmppc_h_read(struct kvm_vcpu *vcpu, unsigned long flags, unsigned long ptex)
{
	return hcall(vcpu, H_READ);
}
EXPORT_SYMBOL_GPL(kvmppc_h_read);

long kvmppc_h_clear_ref(struct kvm_vcpu *vcpu, unsigned long flags, unsigned long ptex)
{
	return hcall(vcpu, H_CLEAR_REF);
}
EXPORT_SYMBOL_GPL(kvmppc_h_clear_ref);

long kvmppc_h_clear_mod(struct kvm_vcpu *vcpu, unsigned long flags, unsigned long ptex)
{
	return hcall(vcpu, H_CLEAR_MOD);
}
EXPORT_SYMBOL_GPL(kvmppc_h_clear_mod);

/* Called in real mode only: virtual mode has a function of its own. */
long kvmppc_rm_h_page_init(struct kvm_vcpu *vcpu, unsigned long flags, unsigned long dest,
			   unsigned long src)
{
	return H_TOO_HARD;
}

/*
 * The SLB entry that translates the access is known here only: the exit to virtual mode
 * keeps the address and the status. All of it lies in the linear map.
 */
long kvmppc_hpte_hv_fault(struct kvm_vcpu *vcpu, unsigned long ea, unsigned long slb_v,
			  unsigned int status, bool data)
{
	struct hptp_kvm_vcpu *hv = vcpu->arch.hptp;

	if (!real_mode())
		return READ_ONCE(hptp_kvm_entry)->fault(vcpu, ea, slb_v, status, data);
	hv->fault.ea = ea;
	hv->fault.slb_v = slb_v;
	hv->fault.status = status;
	hv->fault.fetch = !data;
	hv->pending = HPTP_KVM_UNSEEN;
	return -1;
}
EXPORT_SYMBOL_GPL(kvmppc_hpte_hv_fault);

/* For radix guests, and for what KVM itself writes: byte-wise little-endian, as ours. */
void kvmppc_update_dirty_map(const struct kvm_memory_slot *memslot, unsigned long gfn,
			     unsigned long psize)
{
	unsigned long first = gfn - memslot->base_gfn, i;

	if (!memslot->dirty_bitmap)
		return;
	for (i = 0; i < DIV_ROUND_UP(psize, PAGE_SIZE); i++)
		set_bit_le(first + i, memslot->dirty_bitmap);
}
EXPORT_SYMBOL_GPL(kvmppc_update_dirty_map);
