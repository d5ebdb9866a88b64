/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pager of the self-test: a store in memory, so many frames for the domain and no more,
 * and the requests that a touched page makes.
 */
#ifndef SELFTEST_PAGER_H
#define SELFTEST_PAGER_H

#include "hptp_xen.h"

#define PAGER_PAGES 128

struct pager {
	struct hptp_xen hx; /* first: the callbacks come with it */
	unsigned int free;  /* frames that it may still take */
	bool prompt;        /* serves at once, not when pager_serve is called */
	unsigned int n_requests;
	gfn_t request[8];
	struct {
		gfn_t gfn;
		void *copy;
	} store[PAGER_PAGES];
	unsigned int n_stored, hand;
	unsigned long evictions, cancelled, written, populated;
};

/* The callbacks and the frames; the rest of pager->hx is the caller's. */
void pager_init(struct pager *pager, unsigned int frames);
void pager_fini(struct pager *pager);

/* Nominate, copy if it was written, evict. 0, or why not: -EBUSY when a touch cancelled it. */
int pager_page_out(struct pager *pager, gfn_t gfn);

/* The same in two halves, for a touch between them. */
int pager_begin(struct pager *pager, gfn_t gfn);
int pager_finish(struct pager *pager, gfn_t gfn);

/* Any page that is in. False: none can go. */
bool pager_evict_one(struct pager *pager);

/* Bring what was asked for. */
void pager_serve(struct pager *pager);

/* The contents of pages that were are of no use any more. */
void pager_forget(struct pager *pager, gfn_t first, unsigned long n);

/* A frame of the domain's, with a copy of the contents or zeros. INVALID_MFN: none left. */
mfn_t pager_frame(struct pager *pager, const void *contents);

/* The hypervisor's own access: the bytes at a guest real address, in, held until pager_drop. */
void *pager_reach(struct pager *pager, paddr_t gpa, bool write);
void pager_drop(struct pager *pager, paddr_t gpa, bool written);

#endif
