// SPDX-License-Identifier: GPL-2.0-only
/*
 * What KVM's memory management and its dirty log ask: the host's page tables change, pages
 * age, memslots go away. KVM has counted an invalidation before it calls here, under mmu_lock.
 */
#include "hptp_kvm.h"
#include "trace_hptp.h"

#include <asm/kvm_book3s.h>
#include <asm/kvm_ppc.h>
#include "book3s.h"

/* For a negative control: pages go, and the guest keeps its translations. */
#ifndef HPTPAGER_WITHOUT_UNMAP
#define HPTPAGER_WITHOUT_UNMAP 0
#endif

/* The slot of a range, NULL for a guest that has no handle for it. */
static struct hptp_slot *slot_of(const struct kvm_gfn_range *range, hptp_off *off, u64 *n)
{
	const struct hptp_kvm_slot *slot = range->slot->arch.hptp;

	if (!slot)
		return NULL;
	off->n = range->start - slot->base;
	*n = range->end - range->start;
	return slot->handle;
}

static void unmap(struct kvm *kvm, const struct kvm_gfn_range *range)
{
	struct hptp_unmapped gone = { .dirty = NULL };
	struct hptp_slot *slot;
	hptp_off off;
	gfn_t gfn;
	u64 n;

	if (kvm_is_radix(kvm)) {
		for (gfn = range->start; gfn < range->end; gfn++)
			kvm_unmap_radix(kvm, range->slot, gfn);
		return;
	}
	slot = slot_of(range, &off, &n);
	if (!slot || HPTPAGER_WITHOUT_UNMAP)
		return;
	WARN_ON_ONCE(hptp_unmap_range(slot, off, n, &gone));
	trace_hptp_unmap(kvm->arch.lpid, range->start, n, gone.entries, gone.n_dirty);
}

/* Of a radix guest too: it may become a hash guest while the invalidation is open. */
bool kvm_unmap_gfn_range_hv(struct kvm *kvm, struct kvm_gfn_range *range)
{
	hptp_kvm_invalidate(kvm, range->start, range->end - 1);
	unmap(kvm, range);
	return false;
}

/*
 * A changed host page table entry is an unmap: the next access looks it up. An invalidation
 * of it is open, has stamped it, and may not be the first of its chain any more.
 */
bool kvm_set_spte_gfn_hv(struct kvm *kvm, struct kvm_gfn_range *range)
{
	unmap(kvm, range);
	return false;
}

bool kvm_age_gfn_hv(struct kvm *kvm, struct kvm_gfn_range *range)
{
	struct hptp_slot *slot;
	bool young = false;
	hptp_off off;
	gfn_t gfn;
	u64 n;

	if (kvm_is_radix(kvm)) {
		for (gfn = range->start; gfn < range->end; gfn++)
			young |= kvm_age_radix(kvm, range->slot, gfn);
		return young;
	}
	slot = slot_of(range, &off, &n);
	return slot && hptp_age_range(slot, off, n, NULL) > 0;
}

bool kvm_test_age_gfn_hv(struct kvm *kvm, struct kvm_gfn_range *range)
{
	struct hptp_slot *slot;
	hptp_off off;
	u64 n;

	if (kvm_is_radix(kvm))
		return kvm_test_age_radix(kvm, range->slot, range->start);
	slot = slot_of(range, &off, &n);
	return slot && hptp_test_age_range(slot, off, n) > 0;
}

/* KVM has marked the memslot invalid and waited for kvm->srcu: slot_find misses it. */
void kvmppc_core_flush_memslot_hv(struct kvm *kvm, struct kvm_memory_slot *memslot)
{
	struct hptp_kvm_slot *slot = memslot->arch.hptp;

	if (kvm_is_radix(kvm)) {
		kvmppc_radix_flush_memslot(kvm, memslot);
	} else if (slot) {
		mutex_lock(&kvm->arch.mmu_setup_lock);
		WARN_ON_ONCE(hptp_slot_flush(slot->handle));
		mutex_unlock(&kvm->arch.mmu_setup_lock);
	}
}

/* slots_lock is held, so harvests of a slot come one at a time. */
long kvmppc_hv_get_dirty_log_hpt(struct kvm *kvm, struct kvm_memory_slot *memslot,
				 unsigned long *map)
{
	struct hptp_kvm_slot *slot = memslot->arch.hptp;
	struct hptp_kvm_quiet quiet;
	int error;

	if (!slot)
		return 0;
	hptp_kvm_quiesce(kvm, &quiet);
	error = hptp_dirty_harvest(slot->handle, (hptp_off){ 0 }, memslot->npages, (u8 *)map,
				   quiet.stopped ? HPTP_HARVEST_STOPPED : 0);
	hptp_kvm_resume(kvm, &quiet);
	return hptp_kvm_errno(error);
}

/* What the host wrote into a vCPU's registered areas, found dirty when it unpins them. */
void kvmppc_harvest_vpa_dirty(struct kvmppc_vpa *vpa, struct kvm_memory_slot *memslot,
			      unsigned long *map)
{
	unsigned long gfn = vpa->gpa >> PAGE_SHIFT;

	if (!vpa->dirty || !vpa->pinned_addr || gfn < memslot->base_gfn ||
	    gfn - memslot->base_gfn >= memslot->npages)
		return;
	vpa->dirty = false;
	if (map)
		__set_bit_le(gfn - memslot->base_gfn, map);
}

/* Guest memory that KVM itself uses: pinned through the host's address. */
void *kvmppc_pin_guest_page(struct kvm *kvm, unsigned long gpa, unsigned long *nb)
{
	int srcu = srcu_read_lock(&kvm->srcu);
	struct kvm_memory_slot *memslot = gfn_to_memslot(kvm, gpa >> PAGE_SHIFT);
	struct page *page = NULL;

	if (memslot && !(memslot->flags & KVM_MEMSLOT_INVALID)) {
		unsigned long hva = gfn_to_hva_memslot(memslot, gpa >> PAGE_SHIFT);

		if (get_user_pages_fast(hva, 1, FOLL_WRITE, &page) < 1)
			page = NULL;
	}
	srcu_read_unlock(&kvm->srcu, srcu);
	if (!page)
		return NULL;
	if (nb)
		*nb = PAGE_SIZE - offset_in_page(gpa);
	return page_address(page) + offset_in_page(gpa);
}

void kvmppc_unpin_guest_page(struct kvm *kvm, void *va, unsigned long gpa, bool dirty)
{
	struct kvm_memory_slot *memslot;
	int srcu;

	put_page(virt_to_page(va));
	if (!dirty)
		return;
	srcu = srcu_read_lock(&kvm->srcu);
	memslot = gfn_to_memslot(kvm, gpa >> PAGE_SHIFT);
	if (memslot)
		kvmppc_update_dirty_map(memslot, gpa >> PAGE_SHIFT, PAGE_SIZE);
	srcu_read_unlock(&kvm->srcu, srcu);
}
