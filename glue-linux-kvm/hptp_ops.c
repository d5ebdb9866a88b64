// SPDX-License-Identifier: GPL-2.0-only
/*
 * The library's callbacks over Linux 6.1: KVM's memslots, the host's page
 * tables, and memory from the linear map. The contracts stand in
 * hptpager/op_list.h. Callers of the library hold kvm->srcu.
 */
#include "hptp_kvm.h"

#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <asm/kvm_ppc.h>
#include <asm/pte-walk.h>

/* Until KVM has flushed an invalid memslot, it is the active one of its frames. */
static struct hptp_slot *op_slot_find(void *host, hptp_gfn gfn, bool hidden_too)
{
	struct hptp_kvm *hk = host;
	struct kvm_memory_slot *memslot = gfn_to_memslot(hk->kvm, gfn.n);

	if (!memslot || !memslot->arch.hptp ||
	    (!hidden_too && (memslot->flags & KVM_MEMSLOT_INVALID)))
		return NULL;
	return memslot->arch.hptp->handle;
}

/*
 * The host's leaf entries, as the library marks them young and dirty. Only a hash host has
 * a busy bit; both kinds are big-endian in memory.
 */
static const struct hptp_host_pte_layout radix_pte = {
	.leaf = _PAGE_PRESENT | _PAGE_PTE | _PAGE_READ,
	.write = _PAGE_WRITE,
	.young = _PAGE_ACCESSED,
	.dirty = _PAGE_DIRTY,
	.big_endian = true,
};

static const struct hptp_host_pte_layout hash_pte = {
	.leaf = _PAGE_PRESENT | _PAGE_PTE | _PAGE_READ,
	.write = _PAGE_WRITE,
	.young = _PAGE_ACCESSED,
	.dirty = _PAGE_DIRTY,
	.busy = H_PAGE_BUSY,
	.big_endian = true,
};

static pte_t touch_leaf(pte_t *ptep, unsigned int how)
{
	const struct hptp_host_pte_layout *layout = radix_enabled() ? &radix_pte : &hash_pte;

	return __pte(hptp_host_pte_touch((u64 *)ptep, layout, how & HPTP_HOW_WRITE));
}

/* Interrupts off: the page table is freed only after this CPU has taken an interrupt. */
static bool walk(struct hptp_kvm *hk, unsigned long hva, unsigned int how,
		 struct hptp_host_page *page)
{
	unsigned int shift;
	pte_t *ptep = find_linux_pte(hk->kvm->mm->pgd, hva, NULL, &shift);
	pte_t pte;

	if (!ptep)
		return false;
	page->shift = shift ? shift : PAGE_SHIFT;
	pte = touch_leaf(ptep, how);
	if (!pte_val(pte))
		return false;
	page->hfn.n = pte_pfn(pte) + ((hva & ((1ul << page->shift) - 1)) >> PAGE_SHIFT);
	/* A clean page that the guest may write would be dropped as clean. */
	if (__pte_write(pte) && pte_dirty(pte))
		page->flags |= HPTP_PAGE_WRITABLE;
	if (pte_ci(pte))
		page->flags |= HPTP_PAGE_CI;
	return true;
}

static bool op_host_lookup(void *host, void *slot, hptp_off off, unsigned int how,
			   struct hptp_host_page *page)
{
	struct hptp_kvm *hk = host;
	struct hptp_kvm_slot *s = slot;
	unsigned long irq;
	bool found;

	page->shift = 0;
	page->flags = 0;
	/* Page tables of another process are not kept for this CPU. */
	if (current->mm != hk->kvm->mm)
		return false;
	local_irq_save(irq);
	found = walk(hk, s->hva + (off.n << PAGE_SHIFT), how, page);
	local_irq_restore(irq);
	return found;
}

static int op_host_get(void *host, void *slot, hptp_off off, unsigned int how,
		       struct hptp_host_page *page)
{
	struct hptp_kvm *hk = host;
	struct hptp_kvm_slot *s = slot;
	struct kvm_memory_slot *memslot = gfn_to_memslot(hk->kvm, s->base + off.n);
	bool writable;
	kvm_pfn_t pfn;

	if (!memslot || (memslot->flags & KVM_MEMSLOT_INVALID))
		return HPTP_E_AGAIN;
	pfn = __gfn_to_pfn_memslot(memslot, s->base + off.n, false, NULL, how & HPTP_HOW_WRITE,
				   &writable, NULL);
	if (is_error_noslot_pfn(pfn))
		return HPTP_E_HOST(EFAULT);
	page->hfn.n = pfn;
	page->shift = PAGE_SHIFT;
	page->flags = writable ? HPTP_PAGE_WRITABLE : 0;
	page->hold = (void *)pfn;
	return 0;
}

static void op_host_put(void *host, void *slot, hptp_off off, struct hptp_host_page *page,
			bool written)
{
	if (written)
		kvm_release_pfn_dirty((kvm_pfn_t)page->hold);
	else
		kvm_release_pfn_clean((kvm_pfn_t)page->hold);
}

/* From the contiguous area if there is room; mem->hold tells. */
int hptp_kvm_table_alloc(unsigned int order, struct hptp_table_mem *mem)
{
	unsigned long pages = 1ul << (order - PAGE_SHIFT);
	struct page *page = kvm_alloc_hpt_cma(pages);

	if (page) {
		mem->virt = page_address(page);
		memset(mem->virt, 0, pages << PAGE_SHIFT);
	} else {
		mem->virt = (void *)__get_free_pages(GFP_KERNEL_ACCOUNT | __GFP_ZERO |
							     __GFP_RETRY_MAYFAIL | __GFP_NOWARN,
						     order - PAGE_SHIFT);
	}
	if (!mem->virt)
		return HPTP_E_NOMEM;
	mem->real = __pa(mem->virt);
	mem->hold = page;
	return 0;
}

static void table_free(unsigned int order, struct hptp_table_mem *mem)
{
	if (mem->hold)
		kvm_free_hpt_cma(mem->hold, 1ul << (order - PAGE_SHIFT));
	else
		free_pages((unsigned long)mem->virt, order - PAGE_SHIFT);
}

/* What is still the spare one stays: the library could not do with it. */
static void op_table_free(void *host, unsigned int order, struct hptp_table_mem *mem)
{
	struct hptp_kvm *hk = host;

	if ((unsigned long)mem->virt != hk->spare.virt)
		table_free(order, mem);
}

static void spare_mem(const struct kvm_hpt_info *spare, struct hptp_table_mem *mem)
{
	mem->virt = (void *)spare->virt;
	mem->real = __pa(spare->virt);
	mem->hold = spare->cma ? virt_to_page(spare->virt) : NULL;
}

static void __user *part_address(const struct hptp_part *part)
{
	const struct hptp_kvm_slot *s = part->slot;

	return (void __user *)(s->hva + (part->off.n << PAGE_SHIFT) + part->at);
}

/* Through the host's addresses: the pages are held, and this thread's memory. */
static void op_page_init(void *host, const struct hptp_part *to, const struct hptp_part *from,
			 size_t bytes)
{
	unsigned long missed;

	if (from)
		missed = raw_copy_in_user(part_address(to), part_address(from), bytes);
	else
		missed = clear_user(part_address(to), bytes);
	if (missed)
		pr_debug("KVM: %lu bytes of a guest were not initialised\n", missed);
}

static int op_table_alloc(void *host, unsigned int order, struct hptp_table_mem *mem)
{
	struct hptp_kvm *hk = host;

	if (!hk->spare.virt || hk->spare.order != order)
		return hptp_kvm_table_alloc(order, mem);
	spare_mem(&hk->spare, mem);
	return 0;
}

void hptp_kvm_spare_free(struct hptp_kvm *hk)
{
	struct hptp_table_mem mem;

	if (!hk->spare.virt)
		return;
	spare_mem(&hk->spare, &mem);
	table_free(hk->spare.order, &mem);
	hk->spare.virt = 0;
}

/* Sizes that are powers of two are aligned to themselves, and lie in the linear map. */
static void *op_mem_alloc(void *host, size_t size)
{
	return kzalloc(roundup_pow_of_two(max_t(size_t, size, 64)), GFP_KERNEL_ACCOUNT);
}

static void op_mem_free(void *host, void *mem, size_t size)
{
	kfree(mem);
}

static void op_bug(void *host, const char *what)
{
	WARN_ONCE(1, "hptpager: %s\n", what);
}

const struct hptp_ops hptp_kvm_ops = {
	.size = sizeof(struct hptp_ops),
	.host_lookup = op_host_lookup,
	.host_get = op_host_get,
	.host_put = op_host_put,
	.page_init = op_page_init,
	.tlb_flush = hptp_kvm_tlb_flush,
	.table_alloc = op_table_alloc,
	.table_free = op_table_free,
	.mem_alloc = op_mem_alloc,
	.mem_free = op_mem_free,
	.slot_find = op_slot_find,
	.retry_begin = hptp_kvm_retry_begin,
	.retry_check = hptp_kvm_retry_check,
	.bug = op_bug,
};
