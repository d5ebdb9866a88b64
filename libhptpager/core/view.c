// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Where the guest's view of an entry is kept: beside the table, or in an orphan itself. */
#include "view.h"

uint64_t hptp_view_of(struct hptp_vm *vm, const struct hptp_locked *l)
{
	if (hptp_state_of(l->v, l->r) == HPTP_ORPHAN)
		return l->r & ~HPTP_R_TAG;
	return hptp_load64(hptp_view(vm, l->idx));
}

void hptp_view_set(struct hptp_vm *vm, const struct hptp_locked *l, uint64_t g)
{
	if (hptp_state_of(l->v, l->r) == HPTP_ORPHAN)
		hptp_dw_store(&l->hpte->r, g | HPTP_R_TAG);
	else
		hptp_store64(hptp_view(vm, l->idx), g);
}
