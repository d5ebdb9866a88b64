/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A domain's physical-to-machine map whose frames can be paged, in the states and by the
 * operations of Xen's memory paging: nominate, evict, populate, prepare, drop.
 */
#ifndef HPTP_XEN_H
#define HPTP_XEN_H

#include "hptpager/hptpager.h"

#include <xen/mm.h>
#include <xen/spinlock.h>

enum hptp_xen_type {
	HPTP_XEN_NONE,       /* no frame */
	HPTP_XEN_RAM,        /* resident */
	HPTP_XEN_PAGING_OUT, /* nominated: absent to the guest, its frame still there */
	HPTP_XEN_PAGED,      /* evicted */
	HPTP_XEN_PAGING_IN   /* asked for, not there yet */
};

struct hptp_xen_frame {
	mfn_t mfn;
	unsigned int holds; /* Xen's page references, which its PowerPC port has not yet */
	enum hptp_xen_type type;
	bool written; /* let be written since it came in: its copy on the pager's side is old */
};

/* The first argument of every callback. */
struct hptp_xen {
	struct hptp_vm *vm;
	struct hptp_slot *slot; /* all frames of the domain, from 0 */
	uint32_t lpid;
	/* The pager is to bring the frame; the vCPU that touched it is to be paused. */
	void (*populate)(struct hptp_xen *hx, gfn_t gfn);
	/* The frame is nobody's any more. */
	void (*release)(struct hptp_xen *hx, mfn_t mfn);
	/* Outside of every lock of the library. */
	spinlock_t lock;
	unsigned long n;
	struct hptp_xen_frame *p2m; /* under the lock */
};

extern const struct hptp_ops hptp_xen_ops;

/* The frame under the lock, or NULL outside the map. */
static inline struct hptp_xen_frame *hptp_xen_frame(struct hptp_xen *hx, unsigned long gfn)
{
	return gfn < hx->n ? &hx->p2m[gfn] : NULL;
}

/* All answer 0 or -errno. Before init, lpid and the two callbacks of hx are set. */
int hptp_xen_init(struct hptp_xen *hx, unsigned int table_order, unsigned long frames);
int hptp_xen_fini(struct hptp_xen *hx);

int hptp_xen_add(struct hptp_xen *hx, gfn_t gfn, mfn_t mfn);
/* *dirty: the pager must write the frame out. */
int hptp_xen_nominate(struct hptp_xen *hx, gfn_t gfn, bool *dirty);
int hptp_xen_evict(struct hptp_xen *hx, gfn_t gfn);
int hptp_xen_prepare(struct hptp_xen *hx, gfn_t gfn, mfn_t mfn);
int hptp_xen_drop(struct hptp_xen *hx, gfn_t gfn);

#endif
