/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A KVM guest's part in the library: its VM, and a handle for each of its memslots.
 */
#ifndef HPTP_KVM_H
#define HPTP_KVM_H

#include "hptpager/hptpager.h"

#include <linux/kvm_host.h>
#include <linux/xarray.h>

/* The first argument of every callback. */
struct hptp_kvm {
	struct kvm *kvm;
	struct hptp_vm *vm;
	struct xarray slots; /* struct hptp_kvm_slot by memslot id */
};

/*
 * What callbacks know of a slot. It outlives struct kvm_memory_slot, which KVM replaces
 * at each change of flags.
 */
struct hptp_kvm_slot {
	struct rcu_head rcu;
	struct hptp_slot *handle;
	unsigned long hva; /* host address of the first frame */
	gfn_t base;
};

extern const struct hptp_ops hptp_kvm_ops;

/* Task context; -errno. The order is the table's. */
int hptp_kvm_create(struct kvm *kvm, unsigned int order, struct hptp_kvm **hk);
void hptp_kvm_destroy(struct hptp_kvm *hk);

/* Under slots_lock: a memslot is made; and is gone, its readers waited for. */
int hptp_kvm_slot_add(struct hptp_kvm *hk, const struct kvm_memory_slot *memslot);
void hptp_kvm_slot_flush(struct hptp_kvm *hk, const struct kvm_memory_slot *memslot);
void hptp_kvm_slot_free(struct hptp_kvm *hk, const struct kvm_memory_slot *memslot);

/* Under mmu_lock, as KVM's own. */
bool hptp_kvm_unmap_gfn_range(struct hptp_kvm *hk, struct kvm_gfn_range *range);
bool hptp_kvm_age_gfn(struct hptp_kvm *hk, struct kvm_gfn_range *range);

#endif
