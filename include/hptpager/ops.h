/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/**
 * @file ops.h
 * What the host does for the library: one struct of callbacks, made from the one
 * list in op_list.h, where each contract stands.
 */
#ifndef HPTPAGER_OPS_H
#define HPTPAGER_OPS_H

#include "hptpager/types.h"

#ifdef __cplusplus
extern "C" {
#endif

struct hptp_slot;

/** @name What host_lookup and host_get are asked for @{ */
#define HPTP_HOW_WRITE 1u
#define HPTP_HOW_YOUNG 2u
/** @} */

/** @name hptp_host_page.flags @{ */
#define HPTP_PAGE_WRITABLE 1u /**< writable, and already accounted dirty */
#define HPTP_PAGE_CI 2u       /**< mapped cache-inhibited by the host */
/** @} */

/** What the host says of one of its pages. */
struct hptp_host_page {
	hptp_hfn hfn;  /**< host frame behind the frame asked for */
	uint8_t shift; /**< log2 of the size of the host's mapping that holds it */
	uint8_t flags; /**< HPTP_PAGE_... */
	void *hold;    /**< the host's own, from host_get to host_put, pin to unpin */
};

/** A part of a page that host_get holds. */
struct hptp_part {
	void *slot;                 /**< cookie of its slot */
	hptp_off off;               /**< frame */
	uint32_t at;                /**< first byte in the frame, a multiple of 4096 */
	struct hptp_host_page page; /**< as host_get filled it in */
};

/** The most translations that one tlb_flush invalidates by operand. */
#define HPTP_BATCH 32u

/** A request to invalidate translations. */
struct hptp_flush {
	const uint64_t *rb; /**< tlbie RB operands (ISA 2.07 layout; ISA 3.0 agrees for IS=0) */
	uint32_t n;         /**< how many */
	bool all;           /**< the whole partition instead; rb and n are not used */
	void *vcpu;         /**< host cookie of the vCPU that asks, or NULL */
};

/** Where a table lies. */
struct hptp_table_mem {
	void *virt;    /**< as the library reaches it */
	uint64_t real; /**< as the MMU reaches it */
	void *hold;    /**< the host's own */
};

/** A view of the invalidation state, opaque to everyone but who made it. */
struct hptp_snapshot {
	uint64_t word[2];
};

/** What ops->trace is told. */
enum hptp_event {
	HPTP_EV_ABSENT = 1,  /**< a = index, b = gfn: valid became absent */
	HPTP_EV_REFAULT = 2, /**< a = index, b = gfn: absent became valid, aliases too */
	HPTP_EV_RETRY = 3,   /**< a = index, b = gfn: not published, an invalidation came between */
	HPTP_EV_ORPHAN = 4,  /**< a = index, b = gfn: left its set */
	HPTP_EV_BATCH = 5    /**< a = operands flushed together */
};

/** The callbacks. Set size to sizeof(struct hptp_ops); a tail that is not set is NULL. */
struct hptp_ops {
	size_t size;
#define HPTP_OP(kind, ret, name, args) ret(*name) args;
#include "hptpager/op_list.h"
#undef HPTP_OP
};

/**
 * Name the first required callback that is missing.
 * @param ops     the table
 * @param pinned  check for pinned mode too
 * @return its name, or NULL when all are there
 * @context any
 * @locks   none
 * @order   none
 */
const char *hptp_ops_missing(const struct hptp_ops *ops, bool pinned);

#ifdef __cplusplus
}
#endif
#endif
