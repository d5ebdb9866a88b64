/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/**
 * @file slot.h
 * Slots: ranges of guest frames that the host backs with memory.
 *
 * A slot's handle holds the reverse map of its frames. A host with memory slots of
 * its own makes a handle for each (create, flush, free) and answers slot_find; for
 * all others the library keeps the slots (add, remove) and publishes them by RCU.
 *
 * Removal is four steps, so that a host can put its own between them:
 * hide (new look-ups miss it), wait for readers, flush (all its entries become
 * absent and leave the sets), free. hptp_slot_remove() does all four.
 */
#ifndef HPTPAGER_SLOT_H
#define HPTPAGER_SLOT_H

#include "hptpager/vm.h"

#ifdef __cplusplus
extern "C" {
#endif

struct hptp_slot;

/** What a slot is. Zero it, set size, fill it in. */
struct hptp_slot_config {
	size_t size;   /**< sizeof(struct hptp_slot_config) */
	hptp_gfn base; /**< first guest frame */
	/** frames, 1 to 2^38, of 64 KiB to 2^36; base + n at most 2^56 >> frame shift */
	uint64_t n;
	void *host;     /**< cookie handed to callbacks as `slot` */
	uint32_t flags; /**< 0, reserved */
};

/**
 * Make a slot's handle; it is not found by anyone yet.
 * @param vm      the VM
 * @param config  read during the call only
 * @param[out] slot  the handle
 * @return 0, HPTP_E_VERSION, HPTP_E_PARAM, HPTP_E_NOMEM
 * @context T
 * @locks   none
 * @order   none
 */
HPTP_MUST_CHECK int hptp_slot_create(struct hptp_vm *vm, const struct hptp_slot_config *config,
				     struct hptp_slot **slot);

/**
 * Free a handle that nobody can find any more and that was flushed.
 * @param slot  may be NULL
 * @return 0, HPTP_E_STATE while it is published or an entry is still in its sets
 * @context T; waits a grace period when the slot was one of the library's
 * @locks   none, no read section
 * @order   for hosts with their own slots: a grace period lies between the last time it
 *          could be found and this call
 */
HPTP_MUST_CHECK int hptp_slot_free(struct hptp_slot *slot);

/**
 * Make every entry of a slot absent and take it out of the slot's sets. R and C go
 * to the history and the dirty log; the guest's view stays; later faults on these
 * entries look the frame's slot up anew. Pinned pages are unpinned.
 * @param slot  hidden, and its readers waited for
 * @return 0, HPTP_E_STATE while it is published
 * @context T
 * @locks   none of the library
 * @order   on return no CPU uses a translation into the slot
 */
HPTP_MUST_CHECK int hptp_slot_flush(struct hptp_slot *slot);

/**
 * Publish a handle among the library's slots. Calls that change the set of slots
 * are serialised by the caller.
 * @param slot  made by hptp_slot_create(), not published
 * @return 0, HPTP_E_STATE when published already, HPTP_E_OVERLAP, HPTP_E_NOMEM (also with
 *         more than 2700 slots)
 * @context T
 * @locks   none
 * @order   found by every look-up that begins after the call; the MMIO generation
 *          has changed by then
 */
HPTP_MUST_CHECK int hptp_slot_publish(struct hptp_slot *slot);

/**
 * Take a handle out of the library's slots. Look-ups that began before still use it:
 * hptp_slot_wait() comes next.
 * @param slot  published
 * @return 0, HPTP_E_STATE when it is not published
 * @context T
 * @locks   none
 * @order   look-ups that begin after the call miss it
 */
HPTP_MUST_CHECK int hptp_slot_hide(struct hptp_slot *slot);

/**
 * Wait until no look-up from before uses a hidden slot.
 * @param slot  hidden
 * @context T
 * @locks   none, no read section
 * @order   a full grace period
 */
void hptp_slot_wait(struct hptp_slot *slot);

/**
 * Create and publish.
 * @param vm      the VM
 * @param config  as for hptp_slot_create()
 * @param[out] slot  the handle, NULL on failure
 * @return 0 or an error of the two; nothing is left on failure
 * @context T
 * @locks   none
 * @order   as hptp_slot_publish()
 */
HPTP_MUST_CHECK int hptp_slot_add(struct hptp_vm *vm, const struct hptp_slot_config *config,
				  struct hptp_slot **slot);

/**
 * Hide, wait, flush, free.
 * @param slot  published
 * @return 0, HPTP_E_STATE; on failure the slot is as it was
 * @context T
 * @locks   none, no read section
 * @order   on return no CPU uses a translation into the slot and the handle is gone
 */
HPTP_MUST_CHECK int hptp_slot_remove(struct hptp_slot *slot);

/**
 * Move a slot to other guest frames: removal and creation, its entries become
 * absent. The dirty log moves with it.
 * @param slot  published; a new handle takes its place in *slot
 * @param base  its new first guest frame
 * @return 0; HPTP_E_STATE when it is not published; HPTP_E_OVERLAP, HPTP_E_PARAM,
 *         HPTP_E_NOMEM: the slot is where it was
 * @context T
 * @locks   none, no read section
 * @order   as hptp_slot_remove(), then hptp_slot_publish()
 */
HPTP_MUST_CHECK int hptp_slot_move(struct hptp_slot **slot, hptp_gfn base);

/**
 * Find the slot of a frame as the library does in a hypercall or a fault.
 * @param vm   the VM
 * @param gfn  the frame
 * @return the handle or NULL
 * @context A, inside a read section of the port, or while no slot can go away
 * @locks   none
 * @order   none
 */
struct hptp_slot *hptp_slot_find(struct hptp_vm *vm, hptp_gfn gfn);

/**
 * First frame of a slot.
 * @param slot  the slot
 * @return its first guest frame
 * @context any
 * @locks   none
 * @order   none
 */
hptp_gfn hptp_slot_base(const struct hptp_slot *slot);

/**
 * Number of frames of a slot.
 * @param slot  the slot
 * @return frames
 * @context any
 * @locks   none
 * @order   none
 */
uint64_t hptp_slot_frames(const struct hptp_slot *slot);

/**
 * The host's cookie of a slot.
 * @param slot  the slot
 * @return hptp_slot_config.host
 * @context any
 * @locks   none
 * @order   none
 */
void *hptp_slot_host(const struct hptp_slot *slot);

#ifdef __cplusplus
}
#endif
#endif
