// SPDX-License-Identifier: GPL-2.0-only
/*
 * The guest's hashed page table as a whole: allocated, given to the guest, replaced, ended;
 * its real mode area; and the guest's vCPUs kept out meanwhile. Under mmu_setup_lock.
 */
#include "hptp_kvm.h"

#include <asm/cputable.h>
#include <asm/kvm_book3s.h>
#include <asm/kvm_ppc.h>
#include <asm/reg.h>

/*
 * Running vCPUs go on; `stopped` tells that there are none, and none comes. While the MMU was
 * not ready no vCPU can be in the guest: those that run wait for mmu_setup_lock.
 */
void hptp_kvm_quiesce(struct kvm *kvm, struct hptp_kvm_quiet *quiet)
{
	mutex_lock(&kvm->arch.mmu_setup_lock);
	quiet->was_ready = kvm->arch.mmu_ready;
	kvm->arch.mmu_ready = 0;
	smp_mb(); /* mmu_ready before vcpus_running; a vCPU does it the other way round */
	quiet->stopped = !quiet->was_ready || !atomic_read(&kvm->arch.vcpus_running);
	if (!quiet->stopped)
		kvm->arch.mmu_ready = quiet->was_ready;
}

void hptp_kvm_resume(struct kvm *kvm, const struct hptp_kvm_quiet *quiet)
{
	smp_wmb(); /* the table before mmu_ready */
	kvm->arch.mmu_ready = quiet->was_ready;
	mutex_unlock(&kvm->arch.mmu_setup_lock);
}

/* KVM allocates first and decides then; the library takes it by table_alloc. */
int kvmppc_allocate_hpt(struct kvm_hpt_info *info, u32 order)
{
	struct hptp_table_mem mem;
	int error;

	if (order < HPTP_MIN_ORDER || order > HPTP_MAX_ORDER)
		return -EINVAL;
	error = hptp_kvm_table_alloc(order, &mem);
	if (error)
		return hptp_kvm_errno(error);
	*info = (struct kvm_hpt_info){
		.virt = (unsigned long)mem.virt,
		.order = order,
		.cma = mem.hold != NULL,
	};
	return 0;
}

/* What the rest of KVM knows of the table. */
void hptp_kvm_describe(struct kvm *kvm)
{
	struct hptp_table_info table;

	hptp_vm_table(kvm->arch.hptp->vm, &table);
	kvm->arch.hpt.virt = (unsigned long)table.entries;
	kvm->arch.hpt.order = table.entries ? table.order : 0;
	kvm->arch.sdr1 = table.sdr1;
}

/* Entries that leave their sets look for their memslots. */
static int reset(struct kvm *kvm, unsigned int order)
{
	int srcu = srcu_read_lock(&kvm->srcu);
	int error = hptp_vm_reset(kvm->arch.hptp->vm, order);

	srcu_read_unlock(&kvm->srcu, srcu);
	hptp_kvm_describe(kvm);
	return error;
}

/*
 * KVM's caller takes no error, and lets a vCPU in. So a guest that the library has no memory
 * for keeps the table, which is empty and stays so, and is dead: faults end KVM_RUN.
 */
void kvmppc_set_hpt(struct kvm *kvm, struct kvm_hpt_info *info)
{
	struct hptp_kvm *hk = kvm->arch.hptp;

	/* A worker that has not heard yet that it was given up would take the table for its own. */
	cancel_work_sync(&hk->resize);
	hk->spare = *info;
	if (!reset(kvm, info->order)) {
		hk->spare.virt = 0;
		return;
	}
	kvm_vm_dead(kvm);
	kvm->arch.hpt = *info;
	kvm->arch.sdr1 = __pa(info->virt) | (info->order - HPTP_MIN_ORDER);
}

/* Only ever called for &kvm->arch.hpt. */
void kvmppc_free_hpt(struct kvm_hpt_info *info)
{
	struct kvm *kvm = container_of(info, struct kvm, arch.hpt);

	if (!info->virt)
		return;
	WARN_ON(reset(kvm, 0));
	hptp_kvm_spare_free(kvm->arch.hptp);
}

/* A table that can not be had changes nothing, unless the guest had none. */
long kvmppc_alloc_reset_hpt(struct kvm *kvm, int order)
{
	struct hptp_kvm_quiet quiet;
	long error = -EBUSY;

	hptp_kvm_quiesce(kvm, &quiet);
	if (!quiet.stopped)
		goto out;
	error = -EINVAL;
	if (order < (int)HPTP_MIN_ORDER || order > (int)HPTP_MAX_ORDER)
		goto out;
	if (kvm_is_radix(kvm)) {
		quiet.was_ready = false;
		error = kvmppc_switch_mmu_to_hpt(kvm);
		if (error)
			goto out;
	}
	error = hptp_kvm_errno(reset(kvm, order));
	if (error)
		goto out;
	/* The next vCPU that runs maps the real mode area anew. */
	quiet.was_ready = false;
	cpumask_setall(&kvm->arch.need_tlb_flush);
out:
	hptp_kvm_resume(kvm, &quiet);
	return error;
}

/*
 * For a change of MMU. The library's sets went with the table, and memslot->arch.rmap holds
 * nothing but nested guests' entries, which are released before this.
 */
void kvmppc_rmap_reset(struct kvm *kvm) {}

void kvmppc_map_vrma(struct kvm_vcpu *vcpu, struct kvm_memory_slot *memslot, unsigned long porder)
{
	u64 slb_v;
	int error = hptp_vrma_map(vcpu->arch.hptp->vcpu, porder, (u64)memslot->npages << PAGE_SHIFT,
				  &slb_v);

	if (error)
		pr_err("KVM: real mode area of a guest: %s\n", hptp_strerror(error));
}

/* Partition ids: the highest of POWER7 and POWER8 stays free, for switching partitions. */
int kvmppc_mmu_hv_init(void)
{
	unsigned long lpids = 1ul << KVM_MAX_NESTED_GUESTS_SHIFT;

	if (!mmu_has_feature(MMU_FTR_LOCKLESS_TLBIE))
		return -EINVAL;
	if (cpu_has_feature(CPU_FTR_HVMODE)) {
		if (WARN_ON(mfspr(SPRN_LPID)))
			return -EINVAL;
		lpids = 1ul << mmu_lpid_bits;
	}
	kvmppc_init_lpid(cpu_has_feature(CPU_FTR_ARCH_300) ? lpids : lpids - 1);
	return 0;
}
