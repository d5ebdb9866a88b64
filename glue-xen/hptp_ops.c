// SPDX-License-Identifier: GPL-2.0-only
/*
 * The library's callbacks over Xen 4.20 and the map of hptp_xen.h. The contracts stand in
 * hptpager/op_list.h. Windows and slots are the library's own.
 */
#include "hptp_mem.h"
#include "hptp_xen.h"

#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/shutdown.h>
#include <xen/string.h>

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
	struct hptp_xen_range *range = slot;
	struct hptp_xen_frame *f = &range->frame[off.n];
	bool found;

	page->shift = PAGE_SHIFT;
	spin_lock(&range->hx->lock);
	found = f->type == HPTP_XEN_RAM || f->type == HPTP_XEN_SHARED;
	if (found) {
		page->hfn.n = mfn_x(f->mfn);
		page->flags = f->type == HPTP_XEN_SHARED || range->readonly ? 0 : let_write(f, how);
	}
	spin_unlock(&range->hx->lock);
	return found;
}

static int op_host_get(void *host, void *slot, hptp_off off, unsigned int how,
		       struct hptp_host_page *page)
{
	struct hptp_xen_range *range = slot;
	mfn_t mfn;
	int error = hptp_xen_hold(range, off.n, how, &mfn);

	if (error == -EAGAIN)
		return HPTP_E_AGAIN;
	if (error)
		return error == -ENOMEM ? HPTP_E_HOST(ENOMEM) : HPTP_E_NOPAGE;
	page->hfn.n = mfn_x(mfn);
	page->shift = PAGE_SHIFT;
	return 0;
}

static void op_host_put(void *host, void *slot, hptp_off off, struct hptp_host_page *page,
			bool written)
{
	struct hptp_xen_range *range = slot;

	spin_lock(&range->hx->lock);
	range->frame[off.n].holds--;
	spin_unlock(&range->hx->lock);
}

static void op_page_init(void *host, const struct hptp_part *to, const struct hptp_part *from,
			 size_t bytes)
{
	void *at = mfn_to_virt(to->page.hfn.n) + to->at;

	if (from)
		memmove(at, mfn_to_virt(from->page.hfn.n) + from->at, bytes);
	else
		memset(at, 0, bytes);
}

static int op_table_alloc(void *host, unsigned int order, struct hptp_table_mem *mem)
{
	mem->virt = hptp_xen_alloc((size_t)1 << order);
	if (!mem->virt)
		return HPTP_E_NOMEM;
	mem->real = virt_to_maddr(mem->virt);
	return 0;
}

static void op_table_free(void *host, unsigned int order, struct hptp_table_mem *mem)
{
	hptp_xen_free(mem->virt, (size_t)1 << order);
}

static void *op_mem_alloc(void *host, size_t size)
{
	return hptp_xen_alloc(size);
}

static void op_mem_free(void *host, void *mem, size_t size)
{
	hptp_xen_free(mem, size);
}

/* Not ASSERT: that is an assumption on this architecture, and BUG is silent. */
static void op_bug(void *host, const char *what)
{
	struct hptp_xen *hx = host;

	printk(XENLOG_ERR "hptpager: %pd: %s\n", hx->d, what);
	machine_halt();
}

const struct hptp_ops hptp_xen_ops = {
	.size = sizeof(struct hptp_ops),
	.host_lookup = op_host_lookup,
	.host_get = op_host_get,
	.host_put = op_host_put,
	.page_init = op_page_init,
	.tlb_flush = hptp_xen_tlb_flush,
	.table_alloc = op_table_alloc,
	.table_free = op_table_free,
	.mem_alloc = op_mem_alloc,
	.mem_free = op_mem_free,
	.bug = op_bug,
};
