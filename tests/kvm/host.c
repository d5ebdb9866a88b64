// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The host's memory: page table, frames, swap, and the notifiers around each change. */
#include "host.h"

struct host host;
static u64 contents[HOST_FRAMES][PAGE_SIZE / sizeof(u64)];

static pte_t make_pte(kvm_pfn_t pfn, bool write, bool dirty)
{
	return __pte(_PAGE_PRESENT | _PAGE_PTE | _PAGE_READ | _PAGE_ACCESSED | pfn << 20 |
		     (write ? _PAGE_WRITE : 0) | (dirty ? _PAGE_DIRTY : 0));
}

static bool present(unsigned int i)
{
	return pte_val(host.pte[i]) & _PAGE_PRESENT;
}

struct page *host_frame(kvm_pfn_t pfn)
{
	SHIM_REQUIRE(pfn >= HOST_PFN && pfn - HOST_PFN < HOST_FRAMES);
	return &host.frame[pfn - HOST_PFN];
}

static kvm_pfn_t pfn_of(const struct page *page)
{
	return HOST_PFN + (kvm_pfn_t)(page - host.frame);
}

static struct page *frame_new(u64 content)
{
	unsigned int i = 0;

	/* Frames are not used twice: a translation that outlived its page is noticed. */
	while (host.frame[i].data)
		SHIM_REQUIRE(++i < HOST_FRAMES);
	host.frame[i].data = memset(contents[i], 0, PAGE_SIZE);
	host.frame[i].data[0] = content;
	host.frame[i].refs = 1;
	return &host.frame[i];
}

void put_page(struct page *page)
{
	SHIM_REQUIRE(page->refs > 0);
	if (--page->refs)
		return;
	guest_check_gone(pfn_of(page));
	page->freed = true;
}

void host_check_idle(void)
{
	unsigned int i, mapped = 0, used = 0;

	for (i = 0; i < HOST_PAGES; i++)
		mapped += present(i);
	for (i = 0; i < HOST_FRAMES; i++) {
		SHIM_REQUIRE(host.frame[i].refs <= 1);
		used += host.frame[i].refs;
	}
	SHIM_REQUIRE(used == mapped);
}

void host_init(void)
{
	memset(&host, 0, sizeof(host));
	host.pgd.pte = host.pte;
	host.mm.pgd = &host.pgd;
	shim.task.mm = &host.mm;
}

/* ---- the page table ---- */

static unsigned int page_of(unsigned long hva)
{
	SHIM_REQUIRE(hva >= HOST_HVA && (hva - HOST_HVA) >> PAGE_SHIFT < HOST_PAGES);
	return (unsigned int)((hva - HOST_HVA) >> PAGE_SHIFT);
}

pte_t *find_linux_pte(pgd_t *pgd, unsigned long hva, bool *is_thp, unsigned int *shift)
{
	SHIM_REQUIRE(shim.irqs_off && pgd == &host.pgd && !is_thp);
	*shift = 0;
	host.looked = present(page_of(hva));
	return &host.pte[page_of(hva)];
}

static void unmap(unsigned int i, enum host_change change)
{
	struct page *page;
	bool dirty;

	if (!present(i) || change == HOST_LOOK_ONLY)
		return;
	page = host_frame(pte_pfn(host.pte[i]));
	dirty = pte_dirty(host.pte[i]) || page->dirty;
	if (change == HOST_SHARE) {
		host.pte[i] = make_pte(pfn_of(page), false, false);
		page->dirty = dirty;
		return;
	}
	host.pte[i] = __pte(0);
	if (change == HOST_DROP)
		host.swap[i] = 0;
	else if (dirty)
		host.swap[i] = page->data[0];
	put_page(page);
}

/* A page that is read-only because it is shared gets a frame of its own. */
static void fault_in(unsigned int i, bool write)
{
	struct page *old;
	u64 content;

	host.faults++;
	if (!present(i)) {
		host.pte[i] = make_pte(pfn_of(frame_new(host.swap[i])), !host.readonly[i], write);
	} else if (write && !__pte_write(host.pte[i])) {
		old = host_frame(pte_pfn(host.pte[i]));
		content = old->data[0];
		host_invalidate(i, 1, HOST_EVICT, NULL);
		host.pte[i] = make_pte(pfn_of(frame_new(content)), true, true);
	} else if (write) {
		host.pte[i] = make_pte(pte_pfn(host.pte[i]), true, true);
	}
}

static struct page *get_page(unsigned long hva, bool write)
{
	unsigned int i = page_of(hva);
	void (*meanwhile)(void) = host.meanwhile;
	struct page *page;

	might_sleep();
	if (host.none[i] || (write && host.readonly[i]))
		return NULL;
	fault_in(i, write);
	page = host_frame(pte_pfn(host.pte[i]));
	page->refs++;
	host.meanwhile = NULL;
	if (meanwhile)
		meanwhile();
	return page;
}

kvm_pfn_t __gfn_to_pfn_memslot(const struct kvm_memory_slot *memslot, gfn_t gfn, bool atomic,
			       bool *async, bool write, bool *writable, gva_t *hva)
{
	struct page *page;

	SHIM_REQUIRE(shim.srcu && !atomic && !async && !hva);
	page = get_page(gfn_to_hva_memslot(memslot, gfn), write);
	if (!page)
		return ~0ull;
	*writable = write;
	return pfn_of(page);
}

void kvm_release_pfn_clean(kvm_pfn_t pfn)
{
	put_page(host_frame(pfn));
}

void kvm_release_pfn_dirty(kvm_pfn_t pfn)
{
	host_frame(pfn)->dirty = true;
	put_page(host_frame(pfn));
}

int get_user_pages_fast(unsigned long hva, int n, unsigned int flags, struct page **pages)
{
	SHIM_REQUIRE(n == 1);
	*pages = get_page(hva, flags & FOLL_WRITE);
	return *pages ? 1 : -EFAULT;
}

struct page *(virt_to_page)(unsigned long virt)
{
	unsigned int i;

	for (i = 0; i < HOST_FRAMES; i++)
		if (host.frame[i].data && virt - (unsigned long)host.frame[i].data < PAGE_SIZE)
			return &host.frame[i];
	SHIM_REQUIRE(virt == (unsigned long)host.cma.data);
	return &host.cma;
}

void *page_address(const struct page *page)
{
	return page->data;
}

/* As user space, through the page table: whatever is written is dirty. */
static u64 *user(const void *hva, unsigned long n, bool write)
{
	unsigned int i = page_of((unsigned long)hva);

	might_sleep();
	SHIM_REQUIRE(offset_in_page(hva) + n <= PAGE_SIZE);
	if (host.none[i] || (write && host.readonly[i]))
		return NULL;
	fault_in(i, write);
	return host_frame(pte_pfn(host.pte[i]))->data + offset_in_page(hva) / 8;
}

unsigned long clear_user(void *to, unsigned long n)
{
	u64 *at = user(to, n, true);

	if (!at)
		return n;
	memset(at, 0, n);
	return 0;
}

unsigned long raw_copy_in_user(void *to, const void *from, unsigned long n)
{
	u64 *source = user(from, n, false), *at = user(to, n, true);

	if (!source || !at)
		return n;
	memmove(at, source, n);
	return 0;
}

/* ---- the notifiers ---- */

static bool for_slots(unsigned int first, unsigned int n,
		      bool (*handler)(struct kvm *kvm, struct kvm_gfn_range *range))
{
	unsigned long start = HOST_HVA + ((unsigned long)first << PAGE_SHIFT);
	unsigned long end = start + ((unsigned long)n << PAGE_SHIFT);
	bool any = false;
	unsigned int i;

	for (i = 0; i < SHIM_SLOTS; i++) {
		struct kvm_memory_slot *slot = host.kvm->memslots.slot[i];
		unsigned long from, to;

		if (!slot)
			continue;
		from = max_t(unsigned long, start, slot->userspace_addr);
		to = min_t(unsigned long, end, slot->userspace_addr + (slot->npages << PAGE_SHIFT));
		if (from < to) {
			struct kvm_gfn_range range = { .slot = slot };

			range.start =
				slot->base_gfn + ((from - slot->userspace_addr) >> PAGE_SHIFT);
			range.end = slot->base_gfn + ((to - slot->userspace_addr) >> PAGE_SHIFT);
			any |= handler(host.kvm, &range);
		}
	}
	return any;
}

static bool locked(unsigned int first, unsigned int n,
		   bool (*handler)(struct kvm *kvm, struct kvm_gfn_range *range), int count)
{
	int idx = srcu_read_lock(&host.kvm->srcu);
	bool any;

	spin_lock(&host.kvm->mmu_lock);
	host.kvm->mmu_invalidate_in_progress += count > 0;
	any = handler && for_slots(first, n, handler);
	host.kvm->mmu_invalidate_seq += count < 0;
	host.kvm->mmu_invalidate_in_progress -= count < 0;
	spin_unlock(&host.kvm->mmu_lock);
	srcu_read_unlock(&host.kvm->srcu, idx);
	return any;
}

void host_open(unsigned int first, unsigned int n)
{
	if (host.kvm)
		locked(first, n, kvm_unmap_gfn_range_hv, 1);
}

void host_change(unsigned int first, unsigned int n, enum host_change change)
{
	for (unsigned int i = first; i < first + n; i++)
		unmap(i, change);
}

void host_close(unsigned int first, unsigned int n)
{
	if (host.kvm)
		locked(first, n, NULL, -1);
}

void host_invalidate(unsigned int first, unsigned int n, enum host_change change,
		     void (*open)(void))
{
	host_open(first, n);
	if (open)
		open();
	host_change(first, n, change);
	host_close(first, n);
}

void host_set_spte(unsigned int page)
{
	SHIM_REQUIRE(host.kvm->mmu_invalidate_in_progress);
	locked(page, 1, shim_without("SPTE_RAISES") ? kvm_unmap_gfn_range_hv : kvm_set_spte_gfn_hv,
	       0);
}

void host_exchange(unsigned int i)
{
	struct page *old = host_frame(pte_pfn(host.pte[i])), *new = frame_new(old->data[0]);

	host_open(i, 1);
	host.pte[i] = make_pte(pfn_of(new), false, false);
	host_set_spte(i);
	host_close(i, 1);
	put_page(old);
}

bool host_age(unsigned int page, bool test_only)
{
	return locked(page, 1, test_only ? kvm_test_age_gfn_hv : kvm_age_gfn_hv, 0);
}
