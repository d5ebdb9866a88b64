/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/**
 * @file error.h
 * Errors of the library: small negative numbers whose values never change.
 *
 * PAPR return codes appear only at the hypercall boundary (hcall.h); what a
 * fault comes to is an outcome (fault.h), not an error.
 */
#ifndef HPTPAGER_ERROR_H
#define HPTPAGER_ERROR_H

#ifdef __cplusplus
extern "C" {
#endif

/** Errors; 0 is success. Values are pinned and never reused. */
enum hptp_error {
	HPTP_OK = 0,
	HPTP_E_PARAM = -1,      /**< an argument is out of its range */
	HPTP_E_NOMEM = -2,      /**< mem_alloc or table_alloc gave nothing */
	HPTP_E_OPS = -3,        /**< a required callback is missing: hptp_ops_missing() names it */
	HPTP_E_VERSION = -4,    /**< a size field is not one this library knows */
	HPTP_E_OVERLAP = -5,    /**< the slot overlaps another */
	HPTP_E_STATE = -6,      /**< called out of order: twice, before its opener, while in use */
	HPTP_E_AGAIN = -7,      /**< the host's page moved meanwhile: let the guest execute again */
	HPTP_E_NOPAGE = -8,     /**< the host has no such page, or not for this access */
	HPTP_E_PINNED = -9,     /**< nothing done: the VM's pages are pinned */
	HPTP_E_WINDOW = -10,    /**< no open invalidation window covers the range */
	HPTP_E_NOENT = -11,     /**< no entry translates the address */
	HPTP_E_PTEG_FULL = -13, /**< a required slot of a PTEG is taken */
	HPTP_E_CHECK = -14,     /**< hptp_check() found a broken invariant */
	HPTP_E_STALE = -15,     /**< the table was reset or replaced since the reader was opened */
	HPTP_E_BUSY = -16,      /**< a vCPU is in the guest, or the worker has not finished */
	HPTP_E_CLOSED = -17,    /**< no resize to this order was prepared */
	HPTP_E_BUG = -99        /**< the library broke its own invariant */
};

/** Host codes travel through callbacks untouched as -1000 - n, n in 0..999. */
#define HPTP_E_HOST(n) (-1000 - (n))
/** True for a code made by HPTP_E_HOST(). */
#define HPTP_IS_HOST_ERROR(e) ((e) <= -1000 && (e) > -2000)

/** Results that must be looked at. */
#define HPTP_MUST_CHECK __attribute__((warn_unused_result))

/**
 * Name an error in a few words.
 * @param error  any int; unknown ones are answered with "unknown error"
 * @return a static string, never NULL
 * @context any
 * @locks   none
 * @order   none
 */
const char *hptp_strerror(int error);

#ifdef __cplusplus
}
#endif
#endif
