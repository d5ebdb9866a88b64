/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* From the guest's dword 1 and the host's page to the real dword 1. */
#ifndef HPTP_RESOLVE_H
#define HPTP_RESOLVE_H

#include "link.h"
#include "pin.h"
#include "rules.h"
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
 * entry with the guest's dword 1 `g`. A host page that is not WRITABLE gives a read-only r:
 * the guest's protection and size, the host's address and permission.
 */
static hptp_inline enum hptp_resolved hptp_real(const struct hptp_vm *vm, unsigned shift,
						const struct hptp_host_page *host, uint64_t g,
						uint64_t *r)
{
	uint64_t pa = host->hfn.n << vm->frame_shift;

	if (shift > vm->frame_shift && (host->shift < shift || (pa & hptp_mask(shift))))
		return HPTP_TOO_SMALL;
	/* A page below the frame size lies at the same place in it on both sides. */
	pa |= g & HPTP_R_RPN & hptp_mask(vm->frame_shift) & ~hptp_mask(shift);
	*r = (g & (HPTP_R_PP0 | HPTP_R_KEY_HI | hptp_mask(shift)) & ~HPTP_R_RC) | pa;
	if (!(host->flags & HPTP_PAGE_WRITABLE) && hptp_hpte_writable(g) &&
	    hptp_keep(HPTP_RULE_READ_ONLY))
		*r = hptp_hpte_read_only(*r);
	return hptp_hpte_wimg(r, host->flags & HPTP_PAGE_CI) ? HPTP_RESOLVED : HPTP_BAD_WIMG;
}

static hptp_inline bool hptp_look_up(const struct hptp_page *p, bool store,
				     struct hptp_host_page *host)
{
	struct hptp_vm *vm = hptp_slot_vm(p->slot);
	unsigned how = HPTP_HOW_YOUNG | (store ? HPTP_HOW_WRITE : 0);

	if (hptp_unlikely(hptp_pinned(vm)))
		return hptp_pin_find(p->slot, p->off, p->shift, host);
	return hptp_op(vm, host_lookup, p->slot->host, (hptp_off){ p->off }, how, host);
}

/* Look the host's page up, for an access that stores or not, and make r of it. */
static hptp_inline enum hptp_resolved hptp_resolve(const struct hptp_page *p, uint64_t g,
						   bool store, uint64_t *r,
						   struct hptp_host_page *host)
{
	struct hptp_vm *vm = hptp_slot_vm(p->slot);

	*host = (struct hptp_host_page){ .shift = 0 };
	if (hptp_likely(hptp_look_up(p, store, host)))
		return hptp_real(vm, p->shift, host, g, r);
	/* The size may be known even where the page is not there; a wrong one is told early. */
	if (host->shift && host->shift < p->shift && p->shift > vm->frame_shift)
		return HPTP_TOO_SMALL;
	return hptp_pinned(vm) ? HPTP_NOT_PINNED : HPTP_NOT_THERE;
}

#endif
