// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Names of errors; a file of its own, so that firmware can leave it out. */
#include "hptpager/error.h"

const char *hptp_strerror(int error)
{
	switch (error) {
	case HPTP_OK: return "success";
	case HPTP_E_PARAM: return "argument out of range";
	case HPTP_E_NOMEM: return "out of memory";
	case HPTP_E_OPS: return "a required callback is missing";
	case HPTP_E_VERSION: return "a structure's size is not known";
	case HPTP_E_OVERLAP: return "slot overlaps another";
	case HPTP_E_STATE: return "called out of order";
	case HPTP_E_AGAIN: return "the page moved, try again";
	case HPTP_E_NOPAGE: return "the host has no such page";
	case HPTP_E_PINNED: return "nothing done, pages are pinned";
	case HPTP_E_WINDOW: return "no open window covers the range";
	case HPTP_E_NOENT: return "no entry translates the address";
	case HPTP_E_PTEG_FULL: return "a slot of a PTEG is taken";
	case HPTP_E_CHECK: return "an invariant is broken";
	case HPTP_E_STALE: return "the table was replaced";
	case HPTP_E_BUSY: return "in use, try again";
	case HPTP_E_CLOSED: return "no such resize was prepared";
	case HPTP_E_BUG: return "error in libhptpager";
	}
	return HPTP_IS_HOST_ERROR(error) ? "error of the host" : "unknown error";
}
