/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The guest's view: its dword 1 of each linked entry, beside the table, by index. Eight
 * views of one group share a cache line. Written under the entry's lock; bit 62 is 0.
 */
#ifndef HPTP_VIEW_H
#define HPTP_VIEW_H

#include "table.h"
#include "vm.h"

/* NULL while no entry of this stretch of the table was ever linked. */
static inline uint64_t *hptp_view(struct hptp_vm *vm, uint64_t idx)
{
	return hptp_sparse_at(&vm->views, idx);
}

/* Guest's dword 1 of a locked entry that is not free, without what is pending in l->r. */
uint64_t hptp_view_of(struct hptp_vm *vm, const struct hptp_locked *l);

/* Change it, wherever it is kept for an entry in this state. */
void hptp_view_set(struct hptp_vm *vm, const struct hptp_locked *l, uint64_t g);

#endif
