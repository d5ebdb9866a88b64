/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A domain's physical-to-machine map whose frames can be paged, in the states and by the
 * operations of Xen's memory paging: nominate, evict, populate, prepare, drop.
 */
#ifndef HPTP_XEN_H
#define HPTP_XEN_H

#include "hptpager/hptpager.h"

#include <xen/mm.h>
#include <xen/sched.h>
#include <xen/spinlock.h>

enum hptp_xen_type {
	HPTP_XEN_NONE,       /* no frame */
	HPTP_XEN_RAM,        /* resident */
	HPTP_XEN_SHARED,     /* resident, another's: the first store makes a copy */
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

/* A range of the domain's memory: a slot of the library. */
struct hptp_xen_range {
	struct hptp_xen_range *next;
	struct hptp_slot *slot;
	struct hptp_xen *hx;
	unsigned long first, n;
	bool readonly;
	struct hptp_xen_frame frame[]; /* under the lock */
};

/* One for each domain; the first argument of every callback. */
struct hptp_xen {
	struct domain *d;
	struct hptp_vm *vm;
	uint32_t lpid;
	uint64_t vrma; /* SLB word of the VRMA, as hptp_vrma_map() tells it */
	/* The pager is to bring the frame; the vCPU that touched it is to be paused. */
	void (*populate)(struct hptp_xen *hx, gfn_t gfn);
	/* The frame is nobody's any more. */
	void (*release)(struct hptp_xen *hx, mfn_t mfn);
	/* A copy of a frame for the first store; INVALID_MFN: no memory. Under the lock. */
	mfn_t (*unshare)(struct hptp_xen *hx, mfn_t mfn);
	/* Outside of every lock of the library. */
	spinlock_t lock;
	struct hptp_xen_range *ranges; /* under the lock */
	unsigned long cancelled;       /* nominations that a touch took back */
};

extern const struct hptp_ops hptp_xen_ops;

/* All answer 0 or -errno. Before init: d, lpid and the callbacks are set; ops: hptp_xen_ops. */
int hptp_xen_init(struct hptp_xen *hx, unsigned int table_order, const struct hptp_ops *ops);
int hptp_xen_fini(struct hptp_xen *hx);

/* A range is made without frames, and goes while no vCPU of the domain can run. */
int hptp_xen_range_add(struct hptp_xen *hx, gfn_t first, unsigned long n, bool readonly,
		       struct hptp_xen_range **range);
int hptp_xen_range_remove(struct hptp_xen_range *range);

/* Give the domain a frame, or with INVALID_MFN one that only the pager has. */
int hptp_xen_add(struct hptp_xen *hx, gfn_t gfn, mfn_t mfn);
int hptp_xen_add_shared(struct hptp_xen *hx, gfn_t gfn, mfn_t mfn);

/* *dirty: the pager must write the frame out. */
int hptp_xen_nominate(struct hptp_xen *hx, gfn_t gfn, mfn_t *mfn, bool *dirty);
int hptp_xen_evict(struct hptp_xen *hx, gfn_t gfn);
int hptp_xen_prepare(struct hptp_xen *hx, gfn_t gfn, mfn_t mfn);
int hptp_xen_drop(struct hptp_xen *hx, gfn_t gfn);

/* Xen's own access to guest memory. -EAGAIN: the pager was asked. */
int hptp_xen_get(struct hptp_xen *hx, gfn_t gfn, bool write, mfn_t *mfn);
void hptp_xen_put(struct hptp_xen *hx, gfn_t gfn, bool written);

/* What op_host_get() does, and what the hypervisor's own accesses share with it. */
int hptp_xen_hold(struct hptp_xen_range *range, unsigned long off, unsigned int how, mfn_t *mfn);

/* hptp_partition.c: the callback tlb_flush. */
void hptp_xen_tlb_flush(void *host, const struct hptp_flush *flush);

#endif
