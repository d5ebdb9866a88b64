/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/**
 * @file notify.h
 * What the host's memory management calls: invalidation windows, page-out, aging.
 *
 * To take pages away a host does, in this order: hptp_invalidate_begin(),
 * hptp_unmap_range(), change its own page table, hptp_invalidate_end(). Between begin
 * and end no entry of the range becomes valid; entries elsewhere are not disturbed.
 * Every function takes a slot's handle and a range of its frames: a slot that is
 * being deleted is not found by frame number, and still has to be paged out.
 */
#ifndef HPTPAGER_NOTIFY_H
#define HPTPAGER_NOTIFY_H

#include "hptpager/slot.h"

#ifdef __cplusplus
extern "C" {
#endif

/** An open window; the caller's, opaque. Windows may nest and overlap freely. */
struct hptp_window {
	struct hptp_vm *vm;
	uint64_t first, last;
	uint32_t magic;
};

/**
 * Open an invalidation window over n frames. Not used by hosts that bring
 * retry_begin and retry_check.
 * @param slot  the slot's handle; hidden ones too
 * @param off   first frame
 * @param n     frames, at least 1; the range lies in the slot
 * @param[out] window  for hptp_invalidate_end()
 * @return 0, HPTP_E_PARAM
 * @context A; never sleeps, any number at once
 * @locks   none of the library; the host's mm lock is allowed
 * @order   happens before any change of the host's page table for these frames, and
 *          before any of their memory is freed. A full barrier
 */
HPTP_MUST_CHECK int hptp_invalidate_begin(struct hptp_slot *slot, hptp_off off, uint64_t n,
					  struct hptp_window *window);

/**
 * Close a window.
 * @param window  opened, not closed yet
 * @return 0, HPTP_E_STATE when it is not open
 * @context A
 * @locks   as hptp_invalidate_begin()
 * @order   after the new state of the host's page table is visible. A release
 */
HPTP_MUST_CHECK int hptp_invalidate_end(struct hptp_window *window);

/**
 * What hptp_unmap_range() did. Zero it; `dirty` may be set beforehand. It tells of the
 * entries that this call made absent, not of those that the guest removed before: their C
 * is in the dirty log only. So a host that wants to drop pages which were never written
 * keeps a log (hptp_dirty_start) and asks both.
 */
struct hptp_unmapped {
	uint8_t *dirty;   /**< in: bitmap of the range or NULL; bits of written frames are
				  ORed in, bit i & 7 of byte i >> 3 for frame off + i */
	uint64_t entries; /**< out: entries made absent */
	/** out: frames of entries found written (C set): those outside the range too, and once
	 * for each entry */
	uint64_t n_dirty;
	uint64_t n_young; /**< out: entries found referenced */
};

/**
 * Make every entry absent that maps any of n frames, huge pages that begin before
 * the range included; flush; collect R and C.
 * @param slot  the slot's handle
 * @param off   first frame
 * @param n     frames
 * @param[out] result  may be NULL
 * Of a huge page that reaches out of the range, `dirty` gets the part inside; C of the
 * rest stays with the entry, for a harvest or the dirty log.
 * @return 0; HPTP_E_PINNED: nothing done; HPTP_E_PARAM; HPTP_E_WINDOW without a window
 *         (looked for at the range's two ends, by hosts without retry_begin only)
 * @context A; one TLB sequence per HPTP_BATCH entries, and a yield point after each
 * @locks   none of the library; the host's mm lock is allowed
 * @order   on return no CPU uses a translation of these frames, and C tells of every
 *          store that was made through one
 */
HPTP_MUST_CHECK int hptp_unmap_range(struct hptp_slot *slot, hptp_off off, uint64_t n,
				     struct hptp_unmapped *result);

/**
 * Unmap one frame: window, page-out, and the window's end in one call, for hosts
 * whose own change comes with a callback in between.
 * @param slot    the slot's handle
 * @param off     the frame
 * @param change  called inside the window when no CPU uses the frame any more; may be NULL
 * @param arg     its argument
 * @param[out] result  may be NULL
 * @return as hptp_unmap_range()
 * @context A
 * @locks   as hptp_unmap_range()
 * @order   as the three calls
 */
HPTP_MUST_CHECK int hptp_unmap_frame(struct hptp_slot *slot, hptp_off off,
				     void (*change)(void *arg), void *arg,
				     struct hptp_unmapped *result);

/**
 * Was any of n frames referenced since it was last asked? Forget it, so that the next
 * call tells of later references.
 * @param slot   the slot's handle
 * @param off    first frame
 * @param n      frames
 * @param young  bitmap as in hptp_unmapped.dirty, bits of referenced frames are ORed
 *               in; may be NULL
 * @return 1 young, 0 not, HPTP_E_PARAM, HPTP_E_PINNED
 * @context A
 * @locks   as hptp_unmap_range()
 * @order   translations of the frames are flushed where R was cleared
 */
HPTP_MUST_CHECK int hptp_age_range(struct hptp_slot *slot, hptp_off off, uint64_t n,
				   uint8_t *young);

/**
 * Was any of n frames referenced since it was last asked? Change nothing.
 * @param slot  the slot's handle
 * @param off   first frame
 * @param n     frames
 * @return 1 young, 0 not, HPTP_E_PARAM, HPTP_E_PINNED
 * @context A
 * @locks   as hptp_unmap_range()
 * @order   none
 */
HPTP_MUST_CHECK int hptp_test_age_range(struct hptp_slot *slot, hptp_off off, uint64_t n);

#ifdef __cplusplus
}
#endif
#endif
