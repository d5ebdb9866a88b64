// SPDX-License-Identifier: GPL-2.0-only
/*
 * The operations of Xen's memory paging. A frame leaves the guest's reach in nominate,
 * inside an invalidation window; from then on a touch runs host_get, which takes it back.
 */
#include "hptp_xen.h"

#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/random.h>
#include <xen/xmalloc.h>

static int to_errno(int error)
{
	if (!error)
		return 0;
	if (error == HPTP_E_NOMEM)
		return -ENOMEM;
	return error == HPTP_E_STATE || error == HPTP_E_PINNED ? -EBUSY : -EINVAL;
}

int hptp_xen_init(struct hptp_xen *hx, unsigned int table_order, unsigned long frames)
{
	struct hptp_config config = {
		.size = sizeof(config),
		.ops = &hptp_xen_ops,
		.host = hx,
		.frame_shift = PAGE_SHIFT,
		.order = table_order,
		.format = HPTP_FORMAT_3_0,
		.seed = get_random(),
	};
	struct hptp_slot_config slot = { .size = sizeof(slot), .n = frames, .host = hx };
	int error;

	spin_lock_init(&hx->lock);
	hx->n = frames;
	hx->p2m = xzalloc_array(struct hptp_xen_frame, frames);
	if (!hx->p2m)
		return -ENOMEM;
	error = hptp_vm_create(&config, &hx->vm);
	if (error)
		goto free_p2m;
	error = hptp_slot_add(hx->vm, &slot, &hx->slot);
	if (!error)
		return 0;
	if (hptp_vm_destroy(hx->vm))
		printk(XENLOG_ERR "hptpager: a VM without slots did not end\n");
free_p2m:
	xfree(hx->p2m);
	return to_errno(error);
}

int hptp_xen_fini(struct hptp_xen *hx)
{
	int error = hptp_slot_remove(hx->slot);

	if (!error)
		error = hptp_vm_destroy(hx->vm);
	if (!error)
		xfree(hx->p2m);
	return to_errno(error);
}

/* Under the lock nobody takes a hold, so that one look at the holds is enough. */
static int unmap(struct hptp_xen *hx, unsigned long gfn, bool *dirty)
{
	struct hptp_window window;
	hptp_off off = { gfn };
	int error = hptp_invalidate_begin(hx->slot, off, 1, &window);

	if (error)
		return to_errno(error);
	error = hptp_unmap_range(hx->slot, off, 1, NULL);
	*dirty = hx->p2m[gfn].written;
	if (!error)
		hx->p2m[gfn].type = HPTP_XEN_PAGING_OUT;
	if (hptp_invalidate_end(&window))
		error = HPTP_E_BUG;
	return to_errno(error);
}

int hptp_xen_nominate(struct hptp_xen *hx, gfn_t gfn, bool *dirty)
{
	struct hptp_xen_frame *f;
	int error = -EINVAL;

	*dirty = false;
	spin_lock(&hx->lock);
	f = hptp_xen_frame(hx, gfn_x(gfn));
	if (f && f->type == HPTP_XEN_RAM)
		error = f->holds ? -EBUSY : unmap(hx, gfn_x(gfn), dirty);
	spin_unlock(&hx->lock);
	return error;
}

/* From one of the types in the mask to another; the frame it had goes to *old. */
static int change(struct hptp_xen *hx, gfn_t gfn, unsigned int from, enum hptp_xen_type to,
		  mfn_t mfn, mfn_t *old)
{
	struct hptp_xen_frame *f;
	int error = -EBUSY;

	spin_lock(&hx->lock);
	f = hptp_xen_frame(hx, gfn_x(gfn));
	if (!f) {
		error = -EINVAL;
	} else if ((from & (1u << f->type)) && !f->holds) {
		*old = f->mfn;
		f->mfn = mfn;
		f->type = to;
		f->written = false;
		error = 0;
	}
	spin_unlock(&hx->lock);
	return error;
}

#define AWAY (1u << HPTP_XEN_PAGED | 1u << HPTP_XEN_PAGING_IN)

int hptp_xen_add(struct hptp_xen *hx, gfn_t gfn, mfn_t mfn)
{
	return change(hx, gfn, 1u << HPTP_XEN_NONE, HPTP_XEN_RAM, mfn, &mfn);
}

/* The page was written to the store. A touch since nominate has cancelled this. */
int hptp_xen_evict(struct hptp_xen *hx, gfn_t gfn)
{
	mfn_t old;
	int error = change(hx, gfn, 1u << HPTP_XEN_PAGING_OUT, HPTP_XEN_PAGED, INVALID_MFN, &old);

	if (!error)
		hx->release(hx, old);
	return error;
}

/* The frame is filled. No entry names it yet: the next touch finds it by host_lookup. */
int hptp_xen_prepare(struct hptp_xen *hx, gfn_t gfn, mfn_t mfn)
{
	return change(hx, gfn, AWAY, HPTP_XEN_RAM, mfn, &mfn);
}

/* The guest gave a paged frame back; entries that name it find nothing from now on. */
int hptp_xen_drop(struct hptp_xen *hx, gfn_t gfn)
{
	mfn_t old;

	return change(hx, gfn, AWAY, HPTP_XEN_NONE, INVALID_MFN, &old);
}
