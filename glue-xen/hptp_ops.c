// SPDX-License-Identifier: GPL-2.0-only
/*
 * The library's callbacks over Xen 4.20: the map of hptp_xen.h, tlbie of ISA 3.0, and
 * Xen's heap. The contracts stand in hptpager/op_list.h. Windows and slots are the
 * library's own.
 */
#include "hptp_xen.h"

#include <xen/lib.h>
#include <xen/string.h>
#include <xen/xmalloc.h>

/*
 * C of the entries that are unmapped does not tell of those that the guest removed before,
 * so a frame counts as written from when it is first let be written. Under the lock.
 */
static uint8_t let_write(struct hptp_xen_frame *f, unsigned int how)
{
	if (how & HPTP_HOW_WRITE)
		f->written = true;
	return f->written ? HPTP_PAGE_WRITABLE : 0;
}

static bool op_host_lookup(void *host, void *slot, hptp_off off, unsigned int how,
			   struct hptp_host_page *page)
{
	struct hptp_xen *hx = host;
	struct hptp_xen_frame *f;
	bool found;

	page->shift = PAGE_SHIFT;
	spin_lock(&hx->lock);
	f = hptp_xen_frame(hx, off.n);
	found = f && f->type == HPTP_XEN_RAM;
	if (found) {
		page->hfn.n = mfn_x(f->mfn);
		page->flags = let_write(f, how);
	}
	spin_unlock(&hx->lock);
	return found;
}

/* A touch between nominate and evict takes the frame back; a paged one is asked for. */
static int op_host_get(void *host, void *slot, hptp_off off, unsigned int how,
		       struct hptp_host_page *page)
{
	struct hptp_xen *hx = host;
	struct hptp_xen_frame *f;
	bool populate = false;
	int error = HPTP_E_NOPAGE;

	spin_lock(&hx->lock);
	f = hptp_xen_frame(hx, off.n);
	if (f && (f->type == HPTP_XEN_PAGING_OUT || f->type == HPTP_XEN_RAM)) {
		f->type = HPTP_XEN_RAM;
		f->holds++;
		page->hfn.n = mfn_x(f->mfn);
		page->shift = PAGE_SHIFT;
		page->flags = let_write(f, how);
		error = 0;
	} else if (f && (f->type == HPTP_XEN_PAGED || f->type == HPTP_XEN_PAGING_IN)) {
		populate = f->type == HPTP_XEN_PAGED;
		f->type = HPTP_XEN_PAGING_IN;
		error = HPTP_E_AGAIN;
	}
	spin_unlock(&hx->lock);
	if (populate)
		hx->populate(hx, _gfn(off.n));
	return error;
}

static void op_host_put(void *host, void *slot, hptp_off off, struct hptp_host_page *page,
			bool written)
{
	struct hptp_xen *hx = host;

	spin_lock(&hx->lock);
	hx->p2m[off.n].holds--;
	spin_unlock(&hx->lock);
}

/* ISA 3.0: one hash translation, or with IS = 2 and RIC = 2 all of the partition. */
static void op_tlb_flush(void *host, const struct hptp_flush *flush)
{
	struct hptp_xen *hx = host;
	unsigned long lpid = hx->lpid, rb = 2ul << 10;
	unsigned int i;

	asm volatile("ptesync" : : : "memory");
	if (flush->all)
		asm volatile("tlbie %0, %1, 2, 0, 0" : : "r"(rb), "r"(lpid) : "memory");
	for (i = 0; !flush->all && i < flush->n; i++) {
		rb = flush->rb[i];
		asm volatile("tlbie %0, %1, 0, 0, 0" : : "r"(rb), "r"(lpid) : "memory");
	}
	asm volatile("eieio; tlbsync; ptesync" : : : "memory");
}

static int op_table_alloc(void *host, unsigned int order, struct hptp_table_mem *mem)
{
	mem->virt = alloc_xenheap_pages(order - PAGE_SHIFT, 0);
	if (!mem->virt)
		return HPTP_E_NOMEM;
	memset(mem->virt, 0, 1ul << order);
	mem->real = virt_to_maddr(mem->virt);
	return 0;
}

static void op_table_free(void *host, unsigned int order, struct hptp_table_mem *mem)
{
	free_xenheap_pages(mem->virt, order - PAGE_SHIFT);
}

static void *op_mem_alloc(void *host, size_t size)
{
	return _xzalloc(size, 64);
}

static void op_mem_free(void *host, void *mem, size_t size)
{
	xfree(mem);
}

/* Not ASSERT: that is an assumption on this architecture, and BUG is silent. */
static void op_bug(void *host, const char *what)
{
	printk(XENLOG_ERR "hptpager: %s\n", what);
}

const struct hptp_ops hptp_xen_ops = {
	.size = sizeof(struct hptp_ops),
	.host_lookup = op_host_lookup,
	.host_get = op_host_get,
	.host_put = op_host_put,
	.tlb_flush = op_tlb_flush,
	.table_alloc = op_table_alloc,
	.table_free = op_table_free,
	.mem_alloc = op_mem_alloc,
	.mem_free = op_mem_free,
	.bug = op_bug,
};
