// SPDX-License-Identifier: GPL-2.0-only
/*
 * A KVM guest's VM and slots in the library, and what KVM's memory management asks of
 * them. KVM's memslots stay the only truth: a slot's handle is found by its memslot.
 */
#include "hptp_kvm.h"

#include <linux/module.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <asm/cputable.h>

static int to_errno(int error)
{
	if (!error)
		return 0;
	return error == HPTP_E_NOMEM ? -ENOMEM : -EINVAL;
}

int hptp_kvm_create(struct kvm *kvm, unsigned int order, struct hptp_kvm **hk)
{
	struct hptp_kvm *new = kzalloc(sizeof(*new), GFP_KERNEL_ACCOUNT);
	struct hptp_config config = {
		.size = sizeof(config),
		.ops = &hptp_kvm_ops,
		.host = new,
		.frame_shift = PAGE_SHIFT,
		.order = order,
		.format = cpu_has_feature(CPU_FTR_ARCH_300) ? HPTP_FORMAT_3_0 : HPTP_FORMAT_OLD,
		.seed = get_random_u64(),
	};
	int error;

	if (!new)
		return -ENOMEM;
	new->kvm = kvm;
	xa_init(&new->slots);
	error = hptp_vm_create(&config, &new->vm);
	if (error) {
		kfree(new);
		return to_errno(error);
	}
	*hk = new;
	return 0;
}

void hptp_kvm_destroy(struct hptp_kvm *hk)
{
	WARN_ON(!xa_empty(&hk->slots));
	WARN_ON(hptp_vm_destroy(hk->vm));
	xa_destroy(&hk->slots);
	kfree(hk);
}

int hptp_kvm_slot_add(struct hptp_kvm *hk, const struct kvm_memory_slot *memslot)
{
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
	slot->hva = memslot->userspace_addr;
	slot->base = memslot->base_gfn;
	error = hptp_slot_create(hk->vm, &config, &slot->handle);
	if (error) {
		kfree(slot);
		return to_errno(error);
	}
	error = xa_insert(&hk->slots, memslot->id, slot, GFP_KERNEL_ACCOUNT);
	if (error) {
		WARN_ON(hptp_slot_free(slot->handle));
		kfree(slot);
		return error;
	}
	hptp_mmio_changed(hk->vm);
	return 0;
}

/* KVM has marked the memslot invalid and waited for kvm->srcu: slot_find misses it. */
void hptp_kvm_slot_flush(struct hptp_kvm *hk, const struct kvm_memory_slot *memslot)
{
	struct hptp_kvm_slot *slot = xa_load(&hk->slots, memslot->id);

	if (slot)
		WARN_ON(hptp_slot_flush(slot->handle));
}

void hptp_kvm_slot_free(struct hptp_kvm *hk, const struct kvm_memory_slot *memslot)
{
	struct hptp_kvm_slot *slot = xa_erase(&hk->slots, memslot->id);

	if (!slot)
		return;
	WARN_ON(hptp_slot_free(slot->handle));
	kfree_rcu(slot, rcu);
}

static struct hptp_kvm_slot *range_slot(struct hptp_kvm *hk, const struct kvm_gfn_range *range,
					hptp_off *off)
{
	struct hptp_kvm_slot *slot = xa_load(&hk->slots, range->slot->id);

	if (slot)
		off->n = range->start - slot->base;
	return slot;
}

/* The window is KVM's: mmu_invalidate_in_progress was raised before this call. */
bool hptp_kvm_unmap_gfn_range(struct hptp_kvm *hk, struct kvm_gfn_range *range)
{
	hptp_off off;
	struct hptp_kvm_slot *slot = range_slot(hk, range, &off);

	if (slot)
		WARN_ON(hptp_unmap_range(slot->handle, off, range->end - range->start, NULL));
	return false;
}

bool hptp_kvm_age_gfn(struct hptp_kvm *hk, struct kvm_gfn_range *range)
{
	hptp_off off;
	struct hptp_kvm_slot *slot = range_slot(hk, range, &off);

	return slot && hptp_age_range(slot->handle, off, range->end - range->start, NULL) > 0;
}

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Paging of guests with hashed page tables");
