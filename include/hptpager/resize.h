/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/**
 * @file resize.h
 * Resizing the table under a guest that goes on with its entries (PAPR's
 * H_RESIZE_HPT_PREPARE and H_RESIZE_HPT_COMMIT).
 *
 * Prepare only notes what is wanted. The work, which the guest need not stop for, is done
 * by hptp_resize_step() in a worker of the embedder's: the new table is allocated, and
 * where it is smaller the old one is searched for bolted entries that would meet. Commit
 * moves the entries, with all vCPUs out of the guest.
 *
 * Every entry keeps its slot of the PTEG. A larger table takes all of them. In a smaller
 * one two may meet: a bolted one stays, of two others one, and two bolted ones make the
 * resize impossible. All of them are absent in the new table: the guest's next access
 * brings each back. R and C go to the slots' history and logs, and stay in the guest's view.
 *
 * Prepare, commit and reset are serialised by the caller; step and status are not.
 */
#ifndef HPTPAGER_RESIZE_H
#define HPTPAGER_RESIZE_H

#include "hptpager/hcall.h"
#include "hptpager/vm.h"

#ifdef __cplusplus
extern "C" {
#endif

/** @name PAPR return codes of the two hypercalls, beside those in hcall.h @{ */
#define HPTP_H_BUSY 1L
#define HPTP_H_CLOSED 2L
#define HPTP_H_NOT_AVAILABLE 3L
#define HPTP_H_LONG_BUSY 9900L /**< 1 ms; +1: 10 ms; up to +5: 100 s */
#define HPTP_H_HARDWARE (-1L)
#define HPTP_H_NO_MEM (-9L)
/** @} */

/**
 * Ask for a table of another order, or how far that is.
 * @param vm     the VM
 * @param flags  0
 * @param order  HPTP_MIN_ORDER..HPTP_MAX_ORDER; 0 gives up what is under way. Another order
 *               than the one under way gives that up and begins anew
 * @param now    the time in milliseconds, of any clock that does not go back; it serves the
 *               estimate only
 * @return 0: prepared (or given up). More than 0: under way; milliseconds that it will still
 *         take, by the rate so far, and before there is one by the table's size.
 *         HPTP_E_PARAM; HPTP_E_PINNED; HPTP_E_STATE without a table; HPTP_E_NOMEM; or the
 *         error that ended the work, told once: HPTP_E_PTEG_FULL, HPTP_E_NOMEM, what
 *         table_alloc said
 * @context T
 * @locks   none, no read section
 * @order   none
 */
HPTP_MUST_CHECK int hptp_resize_prepare(struct hptp_vm *vm, uint64_t flags, uint64_t order,
					uint64_t now);

/**
 * Do some of the work of a resize: one allocation of a table, or a bounded look at a part
 * of the old one. Runs beside everything else; what was given up meanwhile is freed.
 * @param vm   the VM; not ended before the return
 * @param now  as for hptp_resize_prepare()
 * @return HPTP_E_AGAIN: there is more to do, call again. 0: nothing to do for now: all is
 *         prepared, has failed, was given up, or another worker does it
 * @context T
 * @locks   none, no read section
 * @order   none
 */
HPTP_MUST_CHECK int hptp_resize_step(struct hptp_vm *vm, uint64_t now);

/** How far a resize is. */
struct hptp_resize_status {
	unsigned order;      /**< of the table to be; 0: none is under way */
	int error;           /**< HPTP_E_AGAIN: not finished; 0: prepared; else what ended it */
	uint64_t done, todo; /**< entries of the old table that were searched, of how many */
	uint64_t meet;       /**< of them: how many would be dropped, as far as was seen */
};

/**
 * Describe the resize that is under way.
 * @param vm  the VM
 * @param[out] status  filled in
 * @context A
 * @locks   none
 * @order   none
 */
void hptp_resize_status(struct hptp_vm *vm, struct hptp_resize_status *status);

/** What a commit did. */
struct hptp_resized {
	uint64_t kept;    /**< entries of the new table */
	uint64_t dropped; /**< entries that found their place taken; none of them bolted */
};

/**
 * Move the entries to the table that was prepared, and make it the VM's.
 * @param vm     the VM
 * @param flags  0
 * @param order  as it was prepared
 * @param[out] result  may be NULL; filled in on success
 * @return 0: point the MMU at the new table (hptp_vm_table()) before a vCPU enters.
 *         HPTP_E_PARAM; HPTP_E_STATE without a table; HPTP_E_CLOSED when none or another
 *         was prepared; HPTP_E_BUSY when the preparation has not ended, or vCPUs were
 *         not stopped (ready.h): nothing has changed. HPTP_E_PTEG_FULL
 *         when two bolted entries meet, or the error that ended the preparation: the table
 *         is as it was, the new one is freed
 * @context T, Q: the calling vCPU has left, too. Readiness is not changed
 * @locks   none, no read section
 * @order   two grace periods; on return nobody uses the old table. All translations of the
 *          partition were flushed
 */
HPTP_MUST_CHECK int hptp_resize_commit(struct hptp_vm *vm, uint64_t flags, uint64_t order,
				       struct hptp_resized *result);

/**
 * The answer of H_RESIZE_HPT_PREPARE or H_RESIZE_HPT_COMMIT.
 * @param result  what hptp_resize_prepare() or hptp_resize_commit() returned
 * @return SUCCESS; LONG_BUSY + n for milliseconds; PARAMETER; NOT_AVAILABLE (pinned);
 *         NO_MEM; CLOSED; BUSY; PTEG_FULL; HARDWARE for everything else
 * @context any
 * @locks   none
 * @order   none
 */
long hptp_resize_answer(int result);

#ifdef __cplusplus
}
#endif
#endif
