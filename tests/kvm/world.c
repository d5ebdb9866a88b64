// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The rest of KVM, around the glue. */
#include "world.h"

#include "hptp_builtin.h"

#include <check.h>

struct world w;
static struct kvmppc_ops ops;

/* ---- what is KVM's own ---- */

static int stock_init_vm(struct kvm *kvm)
{
	mutex_init(&kvm->arch.mmu_setup_lock);
	kvm->arch.mmu_setup_lock.order = 2;
	kvm->arch.radix = shim.radix_host;
	kvm->arch.mmu_ready = shim.radix_host;
	kvm->arch.lpid = 7;
	return 0;
}

static void stock_destroy_vm(struct kvm *kvm)
{
	if (!kvm->arch.radix)
		kvmppc_free_hpt(&kvm->arch.hpt);
	kvm->arch.lpid = 0;
}

static int stock_vcpu_create(struct kvm_vcpu *vcpu)
{
	kvmppc_mmu_book3s_hv_init(vcpu);
	return w.stock_error;
}

static void stock_vcpu_free(struct kvm_vcpu *vcpu)
{
	(void)vcpu;
}

static int stock_prepare(struct kvm *kvm, const struct kvm_memory_slot *old,
			 struct kvm_memory_slot *new, enum kvm_mr_change change)
{
	(void)kvm;
	if (w.stock_error)
		return w.stock_error;
	if (change == KVM_MR_CREATE) {
		new->arch.rmap = shim_alloc(new->npages * sizeof(*new->arch.rmap));
		return new->arch.rmap ? 0 : -ENOMEM;
	}
	if (change != KVM_MR_DELETE)
		new->arch.rmap = old->arch.rmap;
	return 0;
}

static void stock_commit(struct kvm *kvm, struct kvm_memory_slot *old,
			 const struct kvm_memory_slot *new, enum kvm_mr_change change)
{
	(void)kvm, (void)old, (void)new, (void)change;
}

static void stock_free_memslot(struct kvm_memory_slot *slot)
{
	shim_free(slot->arch.rmap);
	slot->arch.rmap = NULL;
}

struct kvm_memory_slot *gfn_to_memslot(struct kvm *kvm, gfn_t gfn)
{
	struct kvm_memory_slot *slot;
	int i;

	kvm_for_each_memslot(slot, i, __kvm_memslots(kvm, 0))
		if (gfn >= slot->base_gfn && gfn - slot->base_gfn < slot->npages)
			return slot;
	return NULL;
}

void kvmppc_setup_partition_table(struct kvm *kvm)
{
	w.table_at_0 = !kvm->arch.sdr1;
}

void kvmppc_update_lpcr(struct kvm *kvm, unsigned long lpcr, unsigned long mask)
{
	SHIM_REQUIRE(kvm->arch.mmu_setup_lock.held);
	kvm->arch.lpcr = (kvm->arch.lpcr & ~mask) | lpcr;
}

int kvmppc_switch_mmu_to_hpt(struct kvm *kvm)
{
	SHIM_REQUIRE(kvm->arch.mmu_setup_lock.held);
	kvmppc_rmap_reset(kvm);
	spin_lock(&kvm->mmu_lock);
	kvm->arch.radix = false;
	spin_unlock(&kvm->mmu_lock);
	return 0;
}

void hptp_kvm_tlb_flush(void *opaque, const struct hptp_flush *flush)
{
	struct hptp_kvm *hk = opaque;

	SHIM_REQUIRE(hk->kvm == &w.kvm && w.kvm.arch.lpid && (flush->all || flush->n));
	if (!shim_without("FLUSH"))
		memset(w.tlb, 0, sizeof(w.tlb));
	w.flushes++;
	w.partition_flushes += flush->all;
}

/* ---- guests, vCPUs ---- */

int vm_new(enum processor cpu)
{
	int error;

	shim = (struct shim){ .radix_host = cpu == POWER9, .msr = MSR_IR | MSR_DR };
	shim.features = MMU_FTR_LOCKLESS_TLBIE | CPU_FTR_HVMODE |
			(cpu == POWER9 ? CPU_FTR_ARCH_300 : 0);
	host_init();
	memset(&w, 0, sizeof(w));
	w.cpu = cpu;
	ops = (struct kvmppc_ops){ stock_init_vm,     stock_destroy_vm, stock_vcpu_create,
				   stock_vcpu_free,   stock_prepare,    stock_commit,
				   stock_free_memslot };
	hptp_kvm_wrap(&ops);
	w.kvm.mm = &host.mm;
	w.kvm.users = 1;
	mutex_init(&w.kvm.slots_lock);
	w.kvm.slots_lock.order = 1;
	error = ops.init_vm(&w.kvm);
	if (error)
		return error;
	host.kvm = &w.kvm;
	kvmppc_mmu_debugfs_init(&w.kvm);
	return 0;
}

/* The last reference: notifiers, vCPUs, what the processor's part has, then memslots. */
void kvm_put_kvm(struct kvm *kvm)
{
	unsigned int i;

	if (--kvm->users)
		return;
	debugfs_gone();
	host.kvm = NULL;
	for (i = 0; i < 2; i++)
		vcpu_end(i);
	ops.destroy_vm(kvm);
	for (i = 0; i < SHIM_SLOTS; i++) {
		struct kvm_memory_slot *slot = kvm->memslots.slot[i];

		if (!slot)
			continue;
		ops.free_memslot(slot);
		shim_free(slot->dirty_bitmap);
		shim_free(slot);
	}
}

void vm_put(void)
{
	kvm_put_kvm(&w.kvm);
}

int vcpu_new(unsigned int i)
{
	w.vcpu[i].kvm = &w.kvm;
	return ops.vcpu_create(&w.vcpu[i]);
}

void vcpu_end(unsigned int i)
{
	if (w.vcpu[i].arch.hptp)
		ops.vcpu_free(&w.vcpu[i]);
	w.vcpu[i].arch.hptp = NULL;
}

/* ---- memslots: as kvm_set_memslot() ---- */

/* Who looks at memslots from before has ended when this returns. */
static void activate(int id, struct kvm_memory_slot *slot)
{
	SHIM_REQUIRE(w.kvm.slots_lock.held && !shim.srcu);
	SHIM_REQUIRE(!w.kvm.mmu_invalidate_in_progress);
	w.kvm.memslots.slot[id] = slot;
}

static int bitmap_new(struct kvm_memory_slot *new)
{
	new->dirty_bitmap = shim_alloc(2 * DIV_ROUND_UP(new->npages, 64) * 8);
	return new->dirty_bitmap ? 0 : -ENOMEM;
}

static int prepare(struct kvm_memory_slot *old, struct kvm_memory_slot *new,
		   enum kvm_mr_change change)
{
	bool fresh = new && (new->flags &KVM_MEM_LOG_DIRTY_PAGES) && !(old && old->dirty_bitmap);
	int error = 0;

	if (fresh)
		error = bitmap_new(new);
	else if (new && (new->flags &KVM_MEM_LOG_DIRTY_PAGES))
		new->dirty_bitmap = old->dirty_bitmap;
	if (error)
		return error;
	error = ops.prepare_memory_region(&w.kvm, old, new, change);
	if (error && fresh) {
		/* Nobody writes to it any more. */
		shim_free(new->dirty_bitmap);
	}
	return error;
}

static void commit(struct kvm_memory_slot *old, struct kvm_memory_slot *new,
		   enum kvm_mr_change change)
{
	ops.commit_memory_region(&w.kvm, old, new, change);
	if (change == KVM_MR_DELETE) {
		ops.free_memslot(old);
		shim_free(old->dirty_bitmap);
	} else if (old && old->dirty_bitmap && !new->dirty_bitmap) {
		shim_free(old->dirty_bitmap);
	}
	shim_free(old);
}

static int set_memslot(int id, struct kvm_memory_slot *old, struct kvm_memory_slot *new,
		       enum kvm_mr_change change)
{
	bool goes = change == KVM_MR_DELETE || change == KVM_MR_MOVE;
	struct kvm_memory_slot invalid;
	int error;

	if (goes) {
		invalid = *old;
		invalid.flags |= KVM_MEMSLOT_INVALID;
		activate(id, &invalid);
		kvmppc_core_flush_memslot_hv(&w.kvm, old);
	}
	error = prepare(old, new, change);
	if (error) {
		if (goes)
			activate(id, old);
		return error;
	}
	activate(id, new);
	commit(old, new, change);
	return 0;
}

int region(int id, gfn_t base, unsigned long n, unsigned int page, u32 flags)
{
	struct kvm_memory_slot *old = w.kvm.memslots.slot[id], *new = NULL;
	enum kvm_mr_change change = KVM_MR_DELETE;
	int error;

	if (n) {
		new = shim_alloc(sizeof(*new));
		if (!new)
			return -ENOMEM;
		new->base_gfn = base;
		new->npages = n;
		new->userspace_addr = HOST_HVA + ((unsigned long)page << PAGE_SHIFT);
		new->flags = flags;
		change = !old                  ? KVM_MR_CREATE :
			 old->base_gfn != base ? KVM_MR_MOVE :
						 KVM_MR_FLAGS_ONLY;
	}
	mutex_lock(&w.kvm.slots_lock);
	error = set_memslot(id, old, new, change);
	mutex_unlock(&w.kvm.slots_lock);
	if (error)
		shim_free(new);
	return error;
}

/* ---- KVM_RUN, and the ioctls ---- */

static int setup_htab(struct kvm_vcpu *vcpu)
{
	struct kvm_hpt_info info;
	int error, srcu;

	if (!w.kvm.arch.hpt.virt) {
		error = kvmppc_allocate_hpt(&info, ORDER);
		if (error)
			return error;
		kvmppc_set_hpt(&w.kvm, &info);
	}
	srcu = srcu_read_lock(&w.kvm.srcu);
	w.kvm.arch.vrma_slb_v = SLB_VSID_B_1T | HPTP_VRMA_VSID << HPTP_SLB_SHIFT_1T | VRMA_64K;
	kvmppc_map_vrma(vcpu, gfn_to_memslot(&w.kvm, 0), 16);
	srcu_read_unlock(&w.kvm.srcu, srcu);
	kvmppc_setup_partition_table(&w.kvm);
	return 0;
}

int first_run(void)
{
	int error = 0;

	mutex_lock(&w.kvm.arch.mmu_setup_lock);
	if (!w.kvm.arch.mmu_ready) {
		error = setup_htab(&w.vcpu[0]);
		w.kvm.arch.mmu_ready = !error;
	}
	mutex_unlock(&w.kvm.arch.mmu_setup_lock);
	return error;
}

long dirty_log(int id, unsigned long *map)
{
	struct kvm_memory_slot *slot = w.kvm.memslots.slot[id];
	unsigned long n = DIV_ROUND_UP(slot->npages, 64), i;
	unsigned long *second = slot->dirty_bitmap + n;
	long error;

	mutex_lock(&w.kvm.slots_lock);
	memset(second, 0, n * sizeof(*second));
	error = kvmppc_hv_get_dirty_log_hpt(&w.kvm, slot, second);
	for (i = 0; i < n; i++) {
		map[i] = second[i] | slot->dirty_bitmap[i];
		slot->dirty_bitmap[i] = 0;
	}
	mutex_unlock(&w.kvm.slots_lock);
	return error;
}

int htab_fd(u64 flags)
{
	struct kvm_get_htab_fd ghf = { .flags = flags };

	return kvm_vm_ioctl_get_htab_fd(&w.kvm, &ghf);
}

long resize(u32 shift)
{
	struct kvm_ppc_resize_hpt rhpt = { .shift = shift };
	long left = kvm_vm_ioctl_resize_hpt_prepare(&w.kvm, &rhpt);

	if (left > 0) {
		work_run();
		left = kvm_vm_ioctl_resize_hpt_prepare(&w.kvm, &rhpt);
	}
	return left ? left : kvm_vm_ioctl_resize_hpt_commit(&w.kvm, &rhpt);
}

/* ---- scenes ---- */

void begin_without_table(enum processor cpu)
{
	ck_assert_int_eq(vm_new(cpu), 0);
	ck_assert_int_eq(vcpu_new(0), 0);
	ck_assert_int_eq(region(0, 0, PAGES, 0, 0), 0);
}

void begin(enum processor cpu, unsigned int n)
{
	unsigned int i;

	begin_without_table(cpu);
	ck_assert_int_eq(kvmppc_alloc_reset_hpt(&w.kvm, ORDER), 0);
	ck_assert_int_eq(first_run(), 0);
	for (i = 0; i < n; i++)
		ck_assert_int_eq(enter_page(i), HPTP_H_SUCCESS);
}

void check(void)
{
	struct hptp_check_result result;
	struct kvm_memory_slot *slot;
	struct hptp_entry e;
	int i;

	ck_assert(!shim.preempt && !shim.irqs_off && !shim.rcu && !shim.srcu && !shim.spin &&
		  !shim.mutexes);
	shim.srcu++;
	ck_assert_msg(!hptp_check(w.kvm.arch.hptp->vm, &result), "%s", result.what);
	/* No valid entry for a page that the host does not have just there. */
	for (u64 at = 0; hptp_entry_next(w.kvm.arch.hptp->vm, at, &e); at = e.idx.n + 1) {
		u64 gfn = (e.guest & 0x0ffffffffffff000ull) >> PAGE_SHIFT;

		if (e.state != HPTP_VALID)
			continue;
		slot = NULL;
		for (i = 0; i < SHIM_SLOTS && !slot; i++) {
			slot = w.kvm.memslots.slot[i];
			if (slot && (gfn < slot->base_gfn || gfn - slot->base_gfn >= slot->npages))
				slot = NULL;
		}
		ck_assert(slot);
		i = (int)((gfn_to_hva_memslot(slot, gfn) - HOST_HVA) >> PAGE_SHIFT);
		ck_assert((e.real & 0x0ffffffffffff000ull) >> PAGE_SHIFT == pte_pfn(host.pte[i]));
	}
	shim.srcu--;
}

void end(void)
{
	check();
	vm_put();
	ck_assert_int_eq(w.kvm.users, 0);
	host_check_idle();
	ck_assert_int_eq(shim_allocated, 0);
	ck_assert_int_eq(shim.errors, 0);
}
