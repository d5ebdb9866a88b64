/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the library's part of KVM keeps for a guest, for each of its vCPUs and memslots,
 * and what the files of this glue ask of each other. The functions that the rest of KVM
 * calls are declared in its own headers.
 */
#ifndef HPTP_KVM_H
#define HPTP_KVM_H

#include "hooks.h"
#include "hptpager/hptpager.h"

#include <linux/kvm_host.h>
#include <linux/workqueue.h>

#define HPTP_KVM_LEVELS 3
#define HPTP_KVM_STAMPS 256

/* Which frames were invalidated when: hptp_epoch.c. Written under mmu_lock. */
struct hptp_kvm_epochs {
	u64 epoch; /* of the invalidations that overlap now, or did last */
	u64 all;   /* stamp of every frame */
	u64 stamp[HPTP_KVM_LEVELS][HPTP_KVM_STAMPS];
};

/* kvm->arch.hptp, and the first argument of every callback. */
struct hptp_kvm {
	struct kvm *kvm;
	struct hptp_vm *vm;
	/* A table of KVM's that the library shall have: the next that table_alloc hands out. */
	struct kvm_hpt_info spare;
	struct work_struct resize; /* prepares one; hptp_resize.c */
	struct hptp_kvm_epochs epochs;
};

/* vcpu->arch.hptp. What the fault's first half found is kept for the second. */
struct hptp_kvm_vcpu {
	struct hptp_vcpu *vcpu;
	struct hptp_fault fault;
	enum hptp_kvm_pending {
		HPTP_KVM_NOTHING,
		HPTP_KVM_UNSEEN,     /* came in real mode: not classified yet */
		HPTP_KVM_CLASSIFIED, /* `outcome` says how */
	} pending;
	enum hptp_outcome outcome;
};

/*
 * memslot->arch.hptp, and the cookie of the slot. KVM replaces its struct kvm_memory_slot
 * at each change of flags; this one stays.
 */
struct hptp_kvm_slot {
	struct kvm *kvm;
	struct hptp_slot *handle;
	unsigned long hva; /* host address of the first frame */
	gfn_t base;
};

extern const struct hptp_ops hptp_kvm_ops;
extern const struct hptp_kvm_entry hptp_kvm_calls;

/* Of the library's errors those that no caller has a word of its own for. */
static inline int hptp_kvm_errno(int error)
{
	if (!error)
		return 0;
	return error == HPTP_E_NOMEM ? -ENOMEM : -EINVAL;
}

/* The guest's vCPUs kept out, for as long as mmu_setup_lock is held. */
struct hptp_kvm_quiet {
	bool was_ready;
	bool stopped; /* no vCPU is in the guest */
};

void hptp_kvm_quiesce(struct kvm *kvm, struct hptp_kvm_quiet *quiet);
void hptp_kvm_resume(struct kvm *kvm, const struct hptp_kvm_quiet *quiet);

/* The first half of a fault; KVM's answers. */
long hptp_kvm_classify(struct kvm_vcpu *vcpu, unsigned long ea, unsigned long slb_v,
		       unsigned int status, bool data);

void hptp_kvm_tlb_flush(void *host, const struct hptp_flush *flush);
void hptp_kvm_invalidate(struct kvm *kvm, gfn_t first, gfn_t last);
bool hptp_kvm_retry_begin(void *host, void *slot, hptp_off off, u64 n, struct hptp_snapshot *snap);
bool hptp_kvm_retry_check(void *host, void *slot, hptp_off off, u64 n,
			  const struct hptp_snapshot *snap);
void hptp_kvm_describe(struct kvm *kvm);
void hptp_kvm_resize_init(struct hptp_kvm *hk);
int hptp_kvm_table_alloc(unsigned int order, struct hptp_table_mem *mem);
void hptp_kvm_spare_free(struct hptp_kvm *hk);

#endif
