// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Where R and C go when an entry changes or ends. */
#include "history.h"
#include "change.h"
#include "link.h"
#include "vm.h"

bool hptp_member_of(struct hptp_vm *vm, const struct hptp_locked *l, uint64_t g,
		    struct hptp_member *m)
{
	uint64_t gfn;

	m->actual = hptp_hpte_psize(l->v, g).actual;
	gfn = hptp_hpte_gpa(g, m->actual) >> vm->frame_shift;
	m->slot = hptp_slot_of(vm, gfn, true);
	if (!m->slot) {
		hptp_bug(vm, "a linked entry's slot is gone");
		return false;
	}
	m->off = gfn - m->slot->base;
	return true;
}

void hptp_deposit(const struct hptp_member *m, uint64_t rc)
{
	if (rc & HPTP_R_C)
		hptp_slot_log(m->slot, m->off, hptp_frames(m->slot->vm, m->actual));
	if (rc & HPTP_R_R)
		hptp_slot_set_young(m->slot, m->off, hptp_frames(m->slot->vm, m->actual));
}

void hptp_take_pending(const struct hptp_member *m, const struct hptp_locked *l, uint64_t g)
{
	uint64_t rc = l->r & HPTP_R_RC;

	if (!rc)
		return;
	hptp_deposit(m, rc);
	hptp_view_set(m->slot->vm, l, g | rc);
}

void hptp_leave(const struct hptp_member *m, uint64_t idx, uint64_t rc)
{
	hptp_deposit(m, rc);
	hptp_unlink(m->slot, m->off, idx, m->actual);
}
