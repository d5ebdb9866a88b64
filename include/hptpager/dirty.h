/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/**
 * @file dirty.h
 * The dirty log of a slot: which frames the guest wrote.
 *
 * Contract: a page that the guest wrote before the call is reported by this or a
 * later harvest; when no vCPU runs, by this one. It may be reported twice. This holds
 * across removal, page-out, H_CLEAR_MOD, slot moves, reset and resize, from
 * hptp_dirty_start() on; a harvest during a reset or a commit counts as one before it.
 * Bitmaps are byte-wise: frame i is bit i & 7 of byte i >> 3, on every host.
 */
#ifndef HPTPAGER_DIRTY_H
#define HPTPAGER_DIRTY_H

#include "hptpager/slot.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Start logging into a bitmap of the caller's.
 * @param slot    the slot's handle
 * @param bitmap  one bit per frame of the slot, zeroed; the library ORs bits in by
 *                byte atomics until hptp_dirty_stop() returns
 * @param bytes   its size, at least (frames + 7) / 8
 * @return 0, HPTP_E_PARAM, HPTP_E_STATE when logging already
 * @context T; waits a grace period, so that nothing harvested later is dropped
 * @locks   none, no read section
 * @order   every store made after the return is logged
 */
HPTP_MUST_CHECK int hptp_dirty_start(struct hptp_slot *slot, uint8_t *bitmap, size_t bytes);

/**
 * Stop logging. The bitmap is the caller's again on return.
 * @param slot  the slot's handle
 * @return 0, HPTP_E_STATE when it was not logging
 * @context T; waits a grace period
 * @locks   none, no read section
 * @order   none
 */
HPTP_MUST_CHECK int hptp_dirty_stop(struct hptp_slot *slot);

/** hptp_dirty_harvest(): no vCPU is in the guest, and none enters before the return. */
#define HPTP_HARVEST_STOPPED 1u
/** hptp_dirty_harvest(): tell nobody; `out` is NULL. What was written before this call may
 * be forgotten, what is written after it is reported by a later one. After
 * hptp_dirty_start(), over the whole slot, this lets a log start clean. */
#define HPTP_HARVEST_FORGET 2u

/**
 * Collect and clear what was written in n frames: C of their entries, then the log.
 * A huge page that reaches out of the range leaves the rest of itself in the log. A slot
 * may be harvested range by range: the contract holds for each range by itself.
 * @param slot   the slot's handle
 * @param off    first frame
 * @param n      frames
 * @param out    bitmap of the range (bit 0 is frame off); bits are ORed in
 * @param flags  HPTP_HARVEST_STOPPED, HPTP_HARVEST_FORGET
 * @return 0, HPTP_E_PARAM; works in pinned mode too
 * @context A
 * @locks   none of the library; harvests of one slot are serialised by the caller
 * @order   translations are flushed before C is read
 */
HPTP_MUST_CHECK int hptp_dirty_harvest(struct hptp_slot *slot, hptp_off off, uint64_t n,
				       uint8_t *out, unsigned flags);

/**
 * Log frames that the host itself wrote on the guest's behalf.
 * @param slot  the slot's handle
 * @param off   first frame
 * @param n     frames; outside the slot they are ignored
 * @context A
 * @locks   none
 * @order   call it after the write
 */
void hptp_dirty_mark(struct hptp_slot *slot, hptp_off off, uint64_t n);

#ifdef __cplusplus
}
#endif
#endif
