// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The benchmark's operations through Linux's own code. */
#include "shim.h"
#include <asm/kvm_book3s.h>
#include "gen/book3s.h"

#include "backend.h"

#include <stdio.h>

extern void abort(void) __attribute__((noreturn));

#define HVA_BASE 0x100000000000ul
#define PFN0 0x100000ul
#define MAX_VCPUS 16

const char *const be_name = "Linux";
const unsigned be_page_shift = PAGE_SHIFT;

__thread unsigned long shim_ctr_tlbie, shim_ctr_tlbsync;
struct mm_struct init_mm;
struct mmu_psize_def mmu_psize_defs[MMU_PAGE_COUNT];
static struct kvm_vcore_ vcore;
struct paca_struct shim_paca = { .kvm_hstate.kvm_vcore = &vcore };

static struct {
	unsigned order;
	unsigned long frames;
	struct kvm *kvm;
	struct kvm_memory_slot *slot;
	struct kvm_vcpu *vcpu[MAX_VCPUS];
	struct mm_struct mm;
	pte_t *pte; /* the process's page table, flat */
	struct page *pages;
} host;

void shim_warn(const char *file, int line)
{
	fprintf(stderr, "warning at %s:%d\n", file, line);
}

void shim_bug(const char *what)
{
	fprintf(stderr, "bug: %s\n", what);
	abort();
}

void *shim_alloc(size_t n)
{
	return be_memory(n);
}

void shim_free(void *p)
{
	(void)p;
}

/* ---- the host's pages ---- */

static pte_t pte_up(unsigned long frame)
{
	return __pte(SHIM_PTE_PRESENT | SHIM_PTE_WRITE | (PFN0 + frame) << PAGE_SHIFT);
}

pte_t *__find_linux_pte(pgd_t *pgd, unsigned long ea, bool *is_thp, unsigned *shift)
{
	if (shift)
		*shift = 0;
	return &host.pte[(ea - HVA_BASE) >> PAGE_SHIFT];
}

struct page *pfn_to_page(unsigned long pfn)
{
	return &host.pages[pfn - PFN0];
}

bool get_user_page_fast_only(unsigned long hva, unsigned flags, struct page **page)
{
	pte_t pte = READ_ONCE(*__find_linux_pte(NULL, hva, NULL, NULL));

	if (!pte_present(pte) || !pte_write(pte))
		return false;
	*page = pfn_to_page(pte_pfn(pte));
	atomic_inc(&(*page)->refcount);
	return true;
}

int get_user_pages_fast(unsigned long hva, int n, unsigned flags, struct page **pages)
{
	shim_bug("get_user_pages_fast");
}

kvm_pfn_t __gfn_to_pfn_memslot(const struct kvm_memory_slot *slot, gfn_t gfn, bool atomic,
			       bool *async, bool write, bool *writable, hva_t *hva)
{
	WRITE_ONCE(host.pte[gfn].pte, pte_up(gfn).pte);
	*writable = true;
	atomic_inc(&pfn_to_page(PFN0 + gfn)->refcount);
	return PFN0 + gfn;
}

void set_page_dirty_lock(struct page *page)
{
	if (!(READ_ONCE(page->flags) & 1))
		__atomic_fetch_or(&page->flags, 1, __ATOMIC_RELAXED);
}

struct kvm_memory_slot *gfn_to_memslot(struct kvm *kvm, gfn_t gfn)
{
	return __gfn_to_memslot(kvm_memslots(kvm), gfn);
}

/* ---- the benchmark's operations ---- */

static void make_slot(struct kvm *kvm)
{
	struct kvm_memory_slot *slot = shim_alloc(sizeof(*slot));
	struct kvm_memslots *slots = &kvm->__memslots[0][0];

	slot->npages = host.frames;
	slot->userspace_addr = HVA_BASE;
	slot->arch.rmap = shim_alloc(host.frames * sizeof(*slot->arch.rmap));
	kvm->memslots[0] = slots;
	slots->gfn_tree.rb_node = &slot->gfn_node[0];
	atomic_long_set(&slots->last_used_slot, (long)slot);
	host.slot = slot;
}

void be_create(unsigned order, uint64_t frames, unsigned vcpus)
{
	struct kvm *kvm = shim_alloc(sizeof(*kvm));
	struct kvm_hpt_info info;

	host.order = order;
	host.frames = frames;
	host.kvm = kvm;
	kvm->mm = &host.mm;
	if (kvmppc_allocate_hpt(&info, order))
		shim_bug("kvmppc_allocate_hpt");
	kvmppc_set_hpt(kvm, &info);
	kvm->arch.mmu_ready = 1;
	kvm->arch.online_vcores = 2; /* so that every tlbie is a global one */
	kvm->arch.lpid = 1;
	make_slot(kvm);
	host.pte = shim_alloc(frames * sizeof(*host.pte));
	host.pages = shim_alloc(frames * sizeof(*host.pages));
	for (unsigned i = 0; i < vcpus; i++) {
		host.vcpu[i] = shim_alloc(sizeof(struct kvm_vcpu));
		host.vcpu[i]->kvm = kvm;
	}
	be_reset();
}

void be_reset(void)
{
	memset((void *)host.kvm->arch.hpt.virt, 0, 1ul << host.order);
	memset(host.kvm->arch.hpt.rev, 0, sizeof(struct revmap_entry) << (host.order - 4));
	kvmppc_rmap_reset(host.kvm);
	memset(host.pages, 0, host.frames * sizeof(*host.pages));
	be_mapin(0, host.frames);
}

int be_enter(unsigned vcpu, uint64_t flags, uint64_t ptex, uint64_t v, uint64_t r, uint32_t *idx)
{
	long code = kvmppc_h_enter(host.vcpu[vcpu], flags, ptex, v, r);

	*idx = host.vcpu[vcpu]->arch.regs.gpr[4];
	return code == H_SUCCESS ? 0 : code == H_PTEG_FULL ? 1 : -1;
}

int be_remove(unsigned vcpu, uint64_t flags, uint64_t ptex, uint64_t avpn)
{
	return kvmppc_h_remove(host.vcpu[vcpu], flags, ptex, avpn);
}

int be_bulk_remove(unsigned vcpu, uint64_t args[8])
{
	memcpy(&host.vcpu[vcpu]->arch.regs.gpr[4], args, 64);
	return kvmppc_h_bulk_remove(host.vcpu[vcpu]);
}

int be_protect(unsigned vcpu, uint64_t flags, uint64_t ptex, uint64_t avpn)
{
	return kvmppc_h_protect(host.vcpu[vcpu], flags, ptex, avpn);
}

void be_unmap_host(uint64_t from, uint64_t to)
{
	for (uint64_t i = from; i < to; i++)
		__atomic_exchange_n(&host.pte[i].pte, 0, __ATOMIC_RELAXED);
}

/* In the order in which KVM and the kernel's memory management do it. */
static void invalidate(uint64_t from, uint64_t to, bool present)
{
	struct kvm_gfn_range range = { .slot = host.slot, .start = from, .end = to };
	struct kvm *kvm = host.kvm;

	spin_lock(&kvm->mmu_lock);
	kvm->mmu_invalidate_in_progress++;
	kvm_unmap_gfn_range_hv(kvm, &range);
	spin_unlock(&kvm->mmu_lock);
	if (present)
		be_unmap_host(from, to);
	spin_lock(&kvm->mmu_lock);
	kvm->mmu_invalidate_seq++;
	smp_wmb();
	kvm->mmu_invalidate_in_progress--;
	spin_unlock(&kvm->mmu_lock);
}

void be_unmap(uint64_t from, uint64_t to)
{
	invalidate(from, to, true);
}

void be_unmap_absent(uint64_t from, uint64_t to)
{
	invalidate(from, to, false);
}

void be_mapin(uint64_t from, uint64_t to)
{
	for (uint64_t i = from; i < to; i++)
		WRITE_ONCE(host.pte[i].pte, pte_up(i).pte);
}

static int with_lock(bool (*notifier)(struct kvm *, struct kvm_gfn_range *), uint64_t from,
		     uint64_t to)
{
	struct kvm_gfn_range range = { .slot = host.slot, .start = from, .end = to };
	int r;

	spin_lock(&host.kvm->mmu_lock);
	r = notifier(host.kvm, &range);
	spin_unlock(&host.kvm->mmu_lock);
	return r;
}

int be_age(uint64_t from, uint64_t to)
{
	return with_lock(kvm_age_gfn_hv, from, to);
}

int be_test_age(uint64_t frame)
{
	return with_lock(kvm_test_age_gfn_hv, frame, frame + 1);
}

void be_harvest(uint8_t *bitmap, bool vcpus_run)
{
	host.kvm->arch.vcpus_running.counter = vcpus_run;
	kvmppc_hv_get_dirty_log_hpt(host.kvm, host.slot, (unsigned long *)bitmap);
	host.kvm->arch.vcpus_running.counter = 0;
}

static long classify(unsigned vcpu, uint64_t ea, uint64_t slb_v, unsigned dsisr)
{
	return kvmppc_hpte_hv_fault(host.vcpu[vcpu], ea, slb_v, dsisr, true);
}

int be_lookup(unsigned vcpu, uint64_t ea, uint64_t slb_v, bool store)
{
	return classify(vcpu, ea, slb_v, DSISR_NOHPTE | (store ? DSISR_ISSTORE : 0));
}

int be_fault(unsigned vcpu, uint64_t ea, uint64_t slb_v, bool store)
{
	unsigned dsisr = DSISR_NOHPTE | (store ? DSISR_ISSTORE : 0);
	long r = classify(vcpu, ea, slb_v, dsisr);

	if (r != -1)
		return r ? -2 : 0;
	r = kvmppc_book3s_hv_page_fault(host.vcpu[vcpu], ea, dsisr);
	return r == RESUME_GUEST ? 0 : -3;
}

bool be_valid(uint32_t idx)
{
	__be64 *hpte = (__be64 *)host.kvm->arch.hpt.virt + 2ul * idx;

	return READ_ONCE(*hpte) & cpu_to_be64(HPTE_V_VALID);
}

/* R and C lie in bytes 6 and 7 of dword 1; hardware stores them as bytes. */
void be_touch(uint32_t idx, unsigned rc)
{
	volatile u8 *r = (u8 *)host.kvm->arch.hpt.virt + 16ul * idx + 8;

	if ((rc >> 8) & ~r[6])
		r[6] |= rc >> 8;
	if ((rc & 0xff) & ~r[7])
		r[7] |= rc & 0xff;
}

struct be_counters be_counters(void)
{
	return (struct be_counters){ shim_ctr_tlbie, shim_ctr_tlbsync };
}

uint64_t be_bytes(void)
{
	return (sizeof(struct revmap_entry) << (host.order - 4)) +
	       host.frames * sizeof(*host.slot->arch.rmap);
}
