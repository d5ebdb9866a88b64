// SPDX-License-Identifier: GPL-2.0-only
/*
 * What xenpaging does in domain 0, in a few functions: frames go to a store and come back.
 * A frame that is given back is poisoned, so that whoever still uses it is noticed.
 */
#include "pager.h"

#include "hptp_mem.h"

#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/string.h>

#include "sync.h"

#define POISON 0xde

static struct pager *pager_of(struct hptp_xen *hx)
{
	return container_of(hx, struct pager, hx);
}

/* ---- frames ---- */

mfn_t pager_frame(struct pager *pager, const void *contents)
{
	void *frame = pager->free ? hptp_xen_alloc(PAGE_SIZE) : NULL;

	if (!frame)
		return INVALID_MFN;
	pager->free--;
	if (contents)
		memcpy(frame, contents, PAGE_SIZE);
	sync_instructions(frame, PAGE_SIZE);
	return _mfn(virt_to_mfn(frame));
}

static void release(struct hptp_xen *hx, mfn_t mfn)
{
	void *frame = mfn_to_virt(mfn_x(mfn));

	memset(frame, POISON, PAGE_SIZE);
	hptp_xen_free(frame, PAGE_SIZE);
	pager_of(hx)->free++;
}

static mfn_t unshare(struct hptp_xen *hx, mfn_t mfn)
{
	return pager_frame(pager_of(hx), mfn_to_virt(mfn_x(mfn)));
}

/* ---- the store ---- */

/* Where the copy of a page is; a page that never was written out is zeros. */
static void **copy_of(struct pager *pager, gfn_t gfn)
{
	unsigned int i;

	for (i = 0; i < pager->n_stored; i++)
		if (gfn_eq(pager->store[i].gfn, gfn))
			return &pager->store[i].copy;
	BUG_ON(pager->n_stored == PAGER_PAGES);
	pager->store[i].gfn = gfn;
	pager->store[i].copy = NULL;
	pager->n_stored++;
	return &pager->store[i].copy;
}

static int write_out(struct pager *pager, gfn_t gfn, mfn_t mfn)
{
	void **copy = copy_of(pager, gfn);

	if (!*copy)
		*copy = hptp_xen_alloc(PAGE_SIZE);
	if (!*copy)
		return -ENOMEM;
	memcpy(*copy, mfn_to_virt(mfn_x(mfn)), PAGE_SIZE);
	pager->written++;
	return 0;
}

void pager_forget(struct pager *pager, gfn_t first, unsigned long n)
{
	unsigned int i;

	for (i = 0; i < pager->n_stored; i++) {
		if (gfn_x(pager->store[i].gfn) - gfn_x(first) >= n)
			continue;
		hptp_xen_free(pager->store[i].copy, PAGE_SIZE);
		pager->store[i].copy = NULL;
	}
}

/* ---- page-out ---- */

int pager_begin(struct pager *pager, gfn_t gfn)
{
	bool dirty = false;
	mfn_t mfn;
	int error = hptp_xen_nominate(&pager->hx, gfn, &mfn, &dirty);

	return error || !dirty ? error : write_out(pager, gfn, mfn);
}

int pager_finish(struct pager *pager, gfn_t gfn)
{
	int error = hptp_xen_evict(&pager->hx, gfn);

	pager->evictions += !error;
	pager->cancelled += error == -EBUSY;
	return error;
}

int pager_page_out(struct pager *pager, gfn_t gfn)
{
	int error = pager_begin(pager, gfn);

	return error ? error : pager_finish(pager, gfn);
}

/* Round over all pages that were ever in. */
bool pager_evict_one(struct pager *pager)
{
	unsigned int i;

	for (i = 0; i < pager->n_stored; i++)
		if (!pager_page_out(pager, pager->store[pager->hand++ % pager->n_stored].gfn))
			return true;
	return false;
}

/* ---- page-in ---- */

static void populate(struct hptp_xen *hx, gfn_t gfn)
{
	struct pager *pager = pager_of(hx);

	BUG_ON(pager->n_requests == ARRAY_SIZE(pager->request));
	pager->request[pager->n_requests++] = gfn;
	if (pager->prompt)
		pager_serve(pager);
}

void pager_serve(struct pager *pager)
{
	while (pager->n_requests) {
		gfn_t gfn = pager->request[--pager->n_requests];
		const void *copy = *copy_of(pager, gfn);
		mfn_t mfn = pager_frame(pager, copy);

		if (mfn_eq(mfn, INVALID_MFN) && pager_evict_one(pager))
			mfn = pager_frame(pager, copy);
		BUG_ON(mfn_eq(mfn, INVALID_MFN));
		if (hptp_xen_prepare(&pager->hx, gfn, mfn))
			release(&pager->hx, mfn);
		else
			pager->populated++;
	}
}

void *pager_reach(struct pager *pager, paddr_t gpa, bool write)
{
	gfn_t gfn = gaddr_to_gfn(gpa);
	mfn_t mfn;
	int error;

	while ((error = hptp_xen_get(&pager->hx, gfn, write, &mfn)) == -EAGAIN)
		pager_serve(pager);
	return error ? NULL : (char *)mfn_to_virt(mfn_x(mfn)) + (gpa & ~PAGE_MASK);
}

void pager_drop(struct pager *pager, paddr_t gpa, bool written)
{
	hptp_xen_put(&pager->hx, gaddr_to_gfn(gpa), written);
}

/* ---- life ---- */

void pager_init(struct pager *pager, unsigned int frames)
{
	memset(pager, 0, sizeof(*pager));
	pager->free = frames;
	pager->hx.populate = populate;
	pager->hx.release = release;
	pager->hx.unshare = unshare;
}

void pager_fini(struct pager *pager)
{
	unsigned int i;

	for (i = 0; i < pager->n_stored; i++)
		hptp_xen_free(pager->store[i].copy, PAGE_SIZE);
}
