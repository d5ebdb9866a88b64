// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Where R and C go when an entry changes or ends. */
#include "history.h"
#include "change.h"

void hptp_deposit_rc(struct hptp_slot *slot, uint64_t off, unsigned actual, uint64_t rc)
{
	uint64_t frames = hptp_frames(hptp_slot_vm(slot), actual);

	if (rc & HPTP_R_C)
		hptp_slot_log(slot, off, frames);
	if (rc & HPTP_R_R)
		hptp_slot_set_young(slot, off, frames);
}

void hptp_take_pending(const struct hptp_member *m, const struct hptp_locked *l, uint64_t g)
{
	uint64_t rc = l->r & HPTP_R_RC;

	if (!rc)
		return;
	hptp_deposit(m, rc);
	hptp_view_change(hptp_slot_vm(m->slot), l, g, g | rc);
}
