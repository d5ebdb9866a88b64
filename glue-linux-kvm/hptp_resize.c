// SPDX-License-Identifier: GPL-2.0-only
/*
 * Resizing the table: the two ioctls behind PAPR's hypercalls, and the worker that
 * prepares. Prepare, commit and reset are under mmu_setup_lock.
 */
#include "hptp_kvm.h"
#include "trace_hptp.h"

#include <linux/jiffies.h>
#include <linux/smp.h>
#include <asm/cputable.h>
#include <asm/kvm_ppc.h>

static u64 now_ms(void)
{
	return jiffies_to_msecs(get_jiffies_64());
}

static void trace_step(struct hptp_kvm *hk)
{
	struct hptp_resize_status now;

	if (!trace_hptp_resize_enabled())
		return;
	hptp_resize_status(hk->vm, &now);
	trace_hptp_resize(hk->kvm->arch.lpid, now.order, now.done, now.todo, now.error);
}

static void prepare_work(struct work_struct *work)
{
	struct hptp_kvm *hk = container_of(work, struct hptp_kvm, resize);
	int left;

	do {
		left = hptp_resize_step(hk->vm, now_ms());
		trace_step(hk);
		cond_resched();
	} while (left == HPTP_E_AGAIN);
}

void hptp_kvm_resize_init(struct hptp_kvm *hk)
{
	INIT_WORK(&hk->resize, prepare_work);
}

/* What is under way is given up: order 0 can not fail. */
static void give_up(struct hptp_kvm *hk)
{
	WARN_ON(hptp_resize_prepare(hk->vm, 0, 0, now_ms()) < 0);
}

static int to_errno(int error)
{
	switch (error) {
	case HPTP_E_CLOSED: return -ENXIO;
	case HPTP_E_BUSY: return -EBUSY;
	case HPTP_E_PTEG_FULL: return -ENOSPC;
	default: return hptp_kvm_errno(error);
	}
}

/* Milliseconds that it will still take, 0 when it is prepared. */
long kvm_vm_ioctl_resize_hpt_prepare(struct kvm *kvm, struct kvm_ppc_resize_hpt *rhpt)
{
	struct hptp_kvm *hk = kvm->arch.hptp;
	int left;

	if (kvm_is_radix(kvm))
		return -EINVAL;
	mutex_lock(&kvm->arch.mmu_setup_lock);
	left = hptp_resize_prepare(hk->vm, rhpt->flags, rhpt->shift, now_ms());
	if (left > 0)
		schedule_work(&hk->resize);
	mutex_unlock(&kvm->arch.mmu_setup_lock);
	return left < 0 ? to_errno(left) : left;
}

/* The interrupt itself takes the CPU out of the guest; it reads mmu_ready before the next entry. */
static void leave_guest(void *unused) {}

/* What stock KVM takes for an order, though no table has the higher ones. */
static bool is_order(u32 shift)
{
	return !shift || (shift >= PPC_MIN_HPT_ORDER && shift <= PPC_MAX_HPT_ORDER);
}

/* A commit that fails gives the preparation up, as the guest expects. */
long kvm_vm_ioctl_resize_hpt_commit(struct kvm *kvm, struct kvm_ppc_resize_hpt *rhpt)
{
	struct hptp_resized result = { .kept = 0 };
	struct hptp_kvm *hk = kvm->arch.hptp;
	int error, srcu;

	if (kvm_is_radix(kvm) || rhpt->flags || !is_order(rhpt->shift))
		return -EINVAL;
	mutex_lock(&kvm->arch.mmu_setup_lock);
	if (!kvm->arch.mmu_ready) {
		mutex_unlock(&kvm->arch.mmu_setup_lock);
		return -EIO;
	}
	kvm->arch.mmu_ready = 0;
	smp_mb(); /* mmu_ready before the interrupts */
	on_each_cpu(leave_guest, NULL, 1);
	srcu = srcu_read_lock(&kvm->srcu);
	error = hptp_resize_commit(hk->vm, rhpt->flags, rhpt->shift, &result);
	srcu_read_unlock(&kvm->srcu, srcu);
	if (error == HPTP_E_PARAM)
		error = HPTP_E_CLOSED; /* an order that can not have been prepared */
	if (error)
		give_up(hk);
	trace_hptp_commit(kvm->arch.lpid, rhpt->shift, result.kept, result.dropped,
			  to_errno(error));
	hptp_kvm_describe(kvm);
	if (!error && cpu_has_feature(CPU_FTR_ARCH_300))
		kvmppc_setup_partition_table(kvm);
	smp_wmb(); /* the table before mmu_ready */
	kvm->arch.mmu_ready = 1;
	mutex_unlock(&kvm->arch.mmu_setup_lock);
	return to_errno(error);
}
