// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The real dword 1: the guest's protection and size, the host's address and permission. */
#include "resolve.h"
#include "pin.h"
#include "rules.h"

static bool look_up(const struct hptp_page *p, bool store, struct hptp_host_page *host)
{
	struct hptp_vm *vm = hptp_slot_vm(p->slot);
	unsigned how = HPTP_HOW_YOUNG | (store ? HPTP_HOW_WRITE : 0);

	if (hptp_pinned(vm))
		return hptp_pin_find(p->slot, p->off, p->shift, host);
	return hptp_op(vm, host_lookup, p->slot->host, (hptp_off){ p->off }, how, host);
}

enum hptp_resolved hptp_real(const struct hptp_vm *vm, unsigned shift,
			     const struct hptp_host_page *host, uint64_t g, uint64_t *r)
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

enum hptp_resolved hptp_resolve(const struct hptp_page *p, uint64_t g, bool store, uint64_t *r,
				struct hptp_host_page *host)
{
	struct hptp_vm *vm = hptp_slot_vm(p->slot);

	*host = (struct hptp_host_page){ .shift = 0 };
	if (look_up(p, store, host))
		return hptp_real(vm, p->shift, host, g, r);
	/* The size may be known even where the page is not there; a wrong one is told early. */
	if (host->shift && host->shift < p->shift && p->shift > vm->frame_shift)
		return HPTP_TOO_SMALL;
	return hptp_pinned(vm) ? HPTP_NOT_PINNED : HPTP_NOT_THERE;
}
