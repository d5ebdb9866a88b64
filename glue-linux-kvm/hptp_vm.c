// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lifetimes: a guest, its vCPUs and its memslots come and go through struct kvmppc_ops,
 * whose functions are called around ours. Every guest gets a VM without a table when it is
 * made, because memslots come before anyone knows which MMU the guest will use.
 */
#include "hptp_builtin.h"
#include "hptp_kvm.h"

#include <linux/slab.h>
#include <asm/cputable.h>
#include <asm/kvm_ppc.h>

/* KVM's own functions, which do everything that is not the library's. */
static struct kvmppc_ops stock;

static int vm_create(struct kvm *kvm)
{
	struct hptp_kvm *hk = kzalloc(sizeof(*hk), GFP_KERNEL_ACCOUNT);
	struct hptp_config config = {
		.size = sizeof(config),
		.ops = &hptp_kvm_ops,
		.host = hk,
		.frame_shift = PAGE_SHIFT,
		.order = 0,
		.format = cpu_has_feature(CPU_FTR_ARCH_300) ? HPTP_FORMAT_3_0 : HPTP_FORMAT_OLD,
	};
	int error;

	if (!hk)
		return -ENOMEM;
	hk->kvm = kvm;
	error = hptp_vm_create(&config, &hk->vm);
	if (error) {
		kfree(hk);
		return hptp_kvm_errno(error);
	}
	hptp_kvm_resize_init(hk);
	kvm->arch.hptp = hk;
	return 0;
}

/*
 * Handles come and go under mmu_setup_lock, which is taken inside slots_lock: a table that
 * is replaced finds them all.
 */
static void slot_free(struct kvm_memory_slot *memslot)
{
	struct hptp_kvm_slot *slot = memslot->arch.hptp;
	struct mutex *lock;

	if (!slot)
		return;
	lock = &slot->kvm->arch.mmu_setup_lock;
	memslot->arch.hptp = NULL;
	mutex_lock(lock);
	WARN_ON(hptp_slot_flush(slot->handle));
	WARN_ON(hptp_slot_free(slot->handle));
	mutex_unlock(lock);
	kfree(slot);
}

/* KVM frees memslots after the guest; the library wants it the other way round. */
static void vm_destroy(struct kvm *kvm)
{
	struct hptp_kvm *hk = kvm->arch.hptp;
	struct kvm_memory_slot *memslot;
	int bucket;

	kvm->arch.hptp = NULL;
	cancel_work_sync(&hk->resize);
	mutex_lock(&kvm->slots_lock);
	kvm_for_each_memslot(memslot, bucket, __kvm_memslots(kvm, 0))
		slot_free(memslot);
	mutex_unlock(&kvm->slots_lock);
	WARN_ON(hptp_vm_destroy(hk->vm));
	kfree(hk);
}

static int init_vm(struct kvm *kvm)
{
	int error = stock.init_vm(kvm);

	if (error)
		return error;
	error = vm_create(kvm);
	if (error)
		stock.destroy_vm(kvm);
	return error;
}

static void destroy_vm(struct kvm *kvm)
{
	stock.destroy_vm(kvm);
	if (kvm->arch.hptp)
		vm_destroy(kvm);
}

static int vcpu_create(struct kvm_vcpu *vcpu)
{
	struct hptp_kvm *hk = vcpu->kvm->arch.hptp;
	struct hptp_kvm_vcpu *hv = kzalloc(sizeof(*hv), GFP_KERNEL_ACCOUNT);
	int error;

	if (!hv)
		return -ENOMEM;
	error = hptp_kvm_errno(hptp_vcpu_create(hk->vm, vcpu, &hv->vcpu));
	if (error)
		goto free;
	vcpu->arch.hptp = hv;
	error = stock.vcpu_create(vcpu);
	if (!error)
		return 0;
	vcpu->arch.hptp = NULL;
	hptp_vcpu_destroy(hv->vcpu);
free:
	kfree(hv);
	return error;
}

static void vcpu_free(struct kvm_vcpu *vcpu)
{
	struct hptp_kvm_vcpu *hv = vcpu->arch.hptp;

	stock.vcpu_free(vcpu);
	hptp_vcpu_destroy(hv->vcpu);
	kfree(hv);
}

static int slot_create(struct kvm *kvm, struct kvm_memory_slot *memslot)
{
	struct hptp_kvm *hk = kvm->arch.hptp;
	struct hptp_kvm_slot *slot = kzalloc(sizeof(*slot), GFP_KERNEL_ACCOUNT);
	struct hptp_slot_config config = {
		.size = sizeof(config),
		.base = { memslot->base_gfn },
		.n = memslot->npages,
		.host = slot,
	};
	int error;

	if (!slot)
		return -ENOMEM;
	slot->kvm = kvm;
	slot->hva = memslot->userspace_addr;
	slot->base = memslot->base_gfn;
	mutex_lock(&kvm->arch.mmu_setup_lock);
	error = hptp_kvm_errno(hptp_slot_create(hk->vm, &config, &slot->handle));
	mutex_unlock(&kvm->arch.mmu_setup_lock);
	if (error) {
		kfree(slot);
		return error;
	}
	memslot->arch.hptp = slot;
	return 0;
}

static int log_start(const struct kvm_memory_slot *memslot)
{
	struct hptp_kvm_slot *slot = memslot->arch.hptp;

	return hptp_kvm_errno(hptp_dirty_start(slot->handle, (u8 *)memslot->dirty_bitmap,
					       DIV_ROUND_UP(memslot->npages, 8)));
}

static void log_stop(const struct kvm_memory_slot *memslot)
{
	struct hptp_kvm_slot *slot = memslot->arch.hptp;

	WARN_ON(hptp_dirty_stop(slot->handle));
}

/* What the library has of a memslot that is made, moved or changed; a moved one was flushed. */
static int prepare(struct kvm *kvm, const struct kvm_memory_slot *old, struct kvm_memory_slot *new,
		   enum kvm_mr_change change)
{
	bool had_log = change == KVM_MR_FLAGS_ONLY && old->dirty_bitmap;
	int error = 0;

	if (change == KVM_MR_FLAGS_ONLY)
		new->arch.hptp = old->arch.hptp;
	else
		error = slot_create(kvm, new);
	if (!error && new->dirty_bitmap && !had_log)
		error = log_start(new);
	if (error && change != KVM_MR_FLAGS_ONLY)
		slot_free(new);
	return error;
}

static void undo(const struct kvm_memory_slot *old, struct kvm_memory_slot *new,
		 enum kvm_mr_change change)
{
	if (change != KVM_MR_FLAGS_ONLY)
		slot_free(new);
	else if (new->dirty_bitmap && !old->dirty_bitmap)
		log_stop(new);
}

/* Before the memslot can be found. */
static int prepare_memory_region(struct kvm *kvm, const struct kvm_memory_slot *old,
				 struct kvm_memory_slot *new, enum kvm_mr_change change)
{
	int error = change == KVM_MR_DELETE ? 0 : prepare(kvm, old, new, change);

	if (error)
		return error;
	error = stock.prepare_memory_region(kvm, old, new, change);
	if (error && change != KVM_MR_DELETE)
		undo(old, new, change);
	return error;
}

/* KVM frees the old bitmap, and the old struct of a moved memslot, after this. */
static void commit_memory_region(struct kvm *kvm, struct kvm_memory_slot *old,
				 const struct kvm_memory_slot *new, enum kvm_mr_change change)
{
	struct hptp_kvm *hk = kvm->arch.hptp;

	stock.commit_memory_region(kvm, old, new, change);
	if (change == KVM_MR_MOVE)
		slot_free(old);
	if (change == KVM_MR_FLAGS_ONLY && old->dirty_bitmap && !new->dirty_bitmap)
		log_stop(new);
	if (change != KVM_MR_DELETE)
		hptp_mmio_changed(hk->vm);
}

static void free_memslot(struct kvm_memory_slot *memslot)
{
	slot_free(memslot);
	stock.free_memslot(memslot);
}

/* Once, before KVM can see the operations. */
void hptp_kvm_wrap(struct kvmppc_ops *ops)
{
	stock = *ops;
	ops->init_vm = init_vm;
	ops->destroy_vm = destroy_vm;
	ops->vcpu_create = vcpu_create;
	ops->vcpu_free = vcpu_free;
	ops->prepare_memory_region = prepare_memory_region;
	ops->commit_memory_region = commit_memory_region;
	ops->free_memslot = free_memslot;
	WRITE_ONCE(hptp_kvm_entry, &hptp_kvm_calls);
}
