// SPDX-License-Identifier: GPL-2.0-only
/*
 * The map, and the operations of Xen's memory paging. A frame leaves the guest's reach in
 * nominate, inside an invalidation window; from then on a touch runs host_get, which takes it
 * back. The lock is held over each change of a frame with its window: look-ups take it too,
 * so they see the frame before or after.
 */
#include "hptp_xen.h"

#include "hptp_mem.h"

#include <xen/errno.h>
#include <xen/lib.h>

#define RESIDENT (1u << HPTP_XEN_RAM | 1u << HPTP_XEN_SHARED)
#define AWAY (1u << HPTP_XEN_PAGED | 1u << HPTP_XEN_PAGING_IN)

static int to_errno(int error)
{
	switch (error) {
	case 0: return 0;
	case HPTP_E_NOMEM: return -ENOMEM;
	case HPTP_E_OVERLAP: return -EEXIST;
	case HPTP_E_STATE:
	case HPTP_E_PINNED: return -EBUSY;
	default: return -EINVAL;
	}
}

/* ---- the domain and its ranges ---- */

int hptp_xen_init(struct hptp_xen *hx, unsigned int table_order, const struct hptp_ops *ops)
{
	struct hptp_config config = {
		.size = sizeof(config),
		.ops = ops,
		.host = hx,
		.frame_shift = PAGE_SHIFT,
		.order = table_order,
		.format = HPTP_FORMAT_3_0,
	};

	spin_lock_init(&hx->lock);
	hx->ranges = NULL;
	return to_errno(hptp_vm_create(&config, &hx->vm));
}

int hptp_xen_fini(struct hptp_xen *hx)
{
	return to_errno(hptp_vm_destroy(hx->vm));
}

static size_t range_size(unsigned long n)
{
	return sizeof(struct hptp_xen_range) + n * sizeof(struct hptp_xen_frame);
}

int hptp_xen_range_add(struct hptp_xen *hx, gfn_t first, unsigned long n, bool readonly,
		       struct hptp_xen_range **range)
{
	struct hptp_xen_range *r = hptp_xen_alloc(range_size(n));
	struct hptp_slot_config config = {
		.size = sizeof(config),
		.base = { gfn_x(first) },
		.n = n,
		.host = r,
	};
	int error;

	if (!r)
		return -ENOMEM;
	r->hx = hx;
	r->first = gfn_x(first);
	r->n = n;
	r->readonly = readonly;
	error = hptp_slot_add(hx->vm, &config, &r->slot);
	if (error) {
		hptp_xen_free(r, range_size(n));
		return to_errno(error);
	}
	spin_lock(&hx->lock);
	r->next = hx->ranges;
	hx->ranges = r;
	spin_unlock(&hx->lock);
	*range = r;
	return 0;
}

int hptp_xen_range_remove(struct hptp_xen_range *range)
{
	struct hptp_xen *hx = range->hx;
	struct hptp_xen_range **at = &hx->ranges;
	unsigned long i;
	int error = hptp_slot_remove(range->slot);

	if (error)
		return to_errno(error);
	spin_lock(&hx->lock);
	while (*at != range)
		at = &(*at)->next;
	*at = range->next;
	for (i = 0; i < range->n; i++)
		if (!mfn_eq(range->frame[i].mfn, INVALID_MFN) && range->frame[i].type)
			hx->release(hx, range->frame[i].mfn);
	spin_unlock(&hx->lock);
	hptp_xen_free(range, range_size(range->n));
	return 0;
}

/* Under the lock. NULL: no range has it. */
static struct hptp_xen_range *range_of(struct hptp_xen *hx, gfn_t gfn)
{
	struct hptp_xen_range *r = hx->ranges;

	while (r && gfn_x(gfn) - r->first >= r->n)
		r = r->next;
	return r;
}

/* ---- changes of one frame ---- */

/* Take the guest's translations away, and only then put another frame and type there. */
static int exchange(struct hptp_xen_range *r, unsigned long off, enum hptp_xen_type type, mfn_t mfn)
{
	struct hptp_window window;
	hptp_off first = { off };
	int error = hptp_invalidate_begin(r->slot, first, 1, &window);

	if (error)
		return to_errno(error);
	error = hptp_unmap_range(r->slot, first, 1, NULL);
	if (!error) {
		r->frame[off].type = type;
		r->frame[off].mfn = mfn;
	}
	if (hptp_invalidate_end(&window))
		error = HPTP_E_BUG;
	return to_errno(error);
}

int hptp_xen_nominate(struct hptp_xen *hx, gfn_t gfn, mfn_t *mfn, bool *dirty)
{
	struct hptp_xen_range *r;
	struct hptp_xen_frame *f;
	int error = -EINVAL;

	spin_lock(&hx->lock);
	r = range_of(hx, gfn);
	f = r ? &r->frame[gfn_x(gfn) - r->first] : NULL;
	if (f && f->type == HPTP_XEN_RAM) {
		/* Under the lock nobody takes a hold, so one look is enough. */
		error = f->holds ? -EBUSY :
				   exchange(r, gfn_x(gfn) - r->first, HPTP_XEN_PAGING_OUT, f->mfn);
		*mfn = f->mfn;
		*dirty = f->written;
	}
	spin_unlock(&hx->lock);
	return error;
}

/* From one of the types in the mask to another; the frame it had goes to *old. */
static int change(struct hptp_xen *hx, gfn_t gfn, unsigned int from, enum hptp_xen_type to,
		  mfn_t mfn, mfn_t *old)
{
	struct hptp_xen_range *r;
	struct hptp_xen_frame *f;
	int error = -EINVAL;

	spin_lock(&hx->lock);
	r = range_of(hx, gfn);
	if (r) {
		f = &r->frame[gfn_x(gfn) - r->first];
		error = -EBUSY;
		if (from & (1u << f->type)) { /* which are never held */
			*old = f->mfn;
			f->mfn = mfn;
			f->type = to;
			f->written = false;
			error = 0;
		}
	}
	spin_unlock(&hx->lock);
	return error;
}

int hptp_xen_add(struct hptp_xen *hx, gfn_t gfn, mfn_t mfn)
{
	bool paged = mfn_eq(mfn, INVALID_MFN);

	return change(hx, gfn, 1u << HPTP_XEN_NONE, paged ? HPTP_XEN_PAGED : HPTP_XEN_RAM, mfn,
		      &mfn);
}

int hptp_xen_add_shared(struct hptp_xen *hx, gfn_t gfn, mfn_t mfn)
{
	return change(hx, gfn, 1u << HPTP_XEN_NONE, HPTP_XEN_SHARED, mfn, &mfn);
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

/* ---- touches ---- */

static int unshare(struct hptp_xen_range *r, unsigned long off)
{
	struct hptp_xen *hx = r->hx;
	mfn_t old = r->frame[off].mfn, copy = hx->unshare(hx, old);
	int error;

	if (mfn_eq(copy, INVALID_MFN))
		return -ENOMEM;
	error = exchange(r, off, HPTP_XEN_RAM, copy);
	hx->release(hx, error ? copy : old);
	return error;
}

/* Make the frame usable, under the lock: 0, -EAGAIN when the pager has it, or an error. */
static int touch(struct hptp_xen_range *r, unsigned long off, bool write)
{
	struct hptp_xen_frame *f = &r->frame[off];

	if (f->type == HPTP_XEN_NONE || (write && r->readonly))
		return -EINVAL;
	if (AWAY & (1u << f->type))
		return -EAGAIN;
	if (write && f->type == HPTP_XEN_SHARED)
		return unshare(r, off);
	if (f->type == HPTP_XEN_PAGING_OUT) {
		f->type = HPTP_XEN_RAM;
		r->hx->cancelled++;
	}
	return 0;
}

int hptp_xen_hold(struct hptp_xen_range *range, unsigned long off, unsigned int how, mfn_t *mfn)
{
	struct hptp_xen_frame *f = &range->frame[off];
	struct hptp_xen *hx = range->hx;
	bool populate = false;
	int error;

	spin_lock(&hx->lock);
	error = touch(range, off, how & HPTP_HOW_WRITE);
	if (!error) {
		f->holds++;
		f->written |= (how & HPTP_HOW_WRITE) != 0;
		*mfn = f->mfn;
	} else if (error == -EAGAIN) { /* asked once, however many touch it */
		populate = f->type == HPTP_XEN_PAGED;
		f->type = HPTP_XEN_PAGING_IN;
	}
	spin_unlock(&hx->lock);
	if (populate)
		hx->populate(hx, _gfn(range->first + off));
	return error;
}

int hptp_xen_get(struct hptp_xen *hx, gfn_t gfn, bool write, mfn_t *mfn)
{
	struct hptp_xen_range *r;

	spin_lock(&hx->lock);
	r = range_of(hx, gfn);
	spin_unlock(&hx->lock);
	if (!r)
		return -EINVAL;
	return hptp_xen_hold(r, gfn_x(gfn) - r->first, write ? HPTP_HOW_WRITE : 0, mfn);
}

void hptp_xen_put(struct hptp_xen *hx, gfn_t gfn, bool written)
{
	struct hptp_xen_range *r;

	spin_lock(&hx->lock);
	r = range_of(hx, gfn);
	r->frame[gfn_x(gfn) - r->first].holds--;
	spin_unlock(&hx->lock);
	if (written)
		hptp_dirty_mark(r->slot, (hptp_off){ gfn_x(gfn) - r->first }, 1);
}
