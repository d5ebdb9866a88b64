/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* From the guest's dword 1 and the host's page to the real dword 1. */
#ifndef HPTP_RESOLVE_H
#define HPTP_RESOLVE_H

#include "link.h"
#include "vm.h"

enum hptp_resolved {
	HPTP_RESOLVED,   /* *r is the real dword 1 */
	HPTP_NOT_THERE,  /* the host has no page now */
	HPTP_NOT_PINNED, /* pinned mode: the task half pins it */
	HPTP_TOO_SMALL,  /* the host's mapping is smaller than the page, or not congruent */
	HPTP_BAD_WIMG    /* cache attributes that the host's mapping does not allow */
};

/*
 * The real dword 1 of a page of 2^shift bytes that lies in a page of the host's, for an
 * entry with the guest's dword 1 `g`. A host page that is not WRITABLE gives a read-only r.
 */
enum hptp_resolved hptp_real(const struct hptp_vm *vm, unsigned shift,
			     const struct hptp_host_page *host, uint64_t g, uint64_t *r);

/* Look the host's page up, for an access that stores or not, and make r of it. */
enum hptp_resolved hptp_resolve(const struct hptp_page *page, uint64_t g, bool store, uint64_t *r,
				struct hptp_host_page *host);

#endif
