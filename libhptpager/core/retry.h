/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Has a frame been invalidated since a snapshot? Asked of the host's own state where it
 * has one, else of the library's windows.
 */
#ifndef HPTP_RETRY_H
#define HPTP_RETRY_H

#include "rules.h"
#include "vm.h"

/* False: an invalidation of these frames is open now. */
static inline bool hptp_retry_begin(struct hptp_slot *slot, uint64_t off, uint64_t n,
				    struct hptp_snapshot *snap)
{
	struct hptp_vm *vm = hptp_slot_vm(slot);
	uint64_t gfn = slot->base + off;
	bool closed;

	if (hptp_op_given(vm, retry_begin))
		return hptp_op(vm, retry_begin, slot->host, (hptp_off){ off }, n, snap);
	closed = hptp_windows_sum(&vm->windows, gfn, gfn + n - 1, &snap->word[0]);
	/* The snapshot is taken before the slot and the host's page are looked up. [M3] */
	hptp_read_barrier();
	return closed;
}

/* Once more when the host's page is known: what must not be, for a mutant. */
static inline void hptp_retry_too_late(struct hptp_slot *slot, uint64_t off, uint64_t n,
				       struct hptp_snapshot *snap)
{
	if (!hptp_keep(HPTP_RULE_SNAPSHOT_FIRST))
		(void)hptp_retry_begin(slot, off, n, snap);
}

static inline bool hptp_retry_check(struct hptp_slot *slot, uint64_t off, uint64_t n,
				    const struct hptp_snapshot *snap)
{
	struct hptp_vm *vm = hptp_slot_vm(slot);
	uint64_t gfn = slot->base + off, sum;

	if (!hptp_keep(HPTP_RULE_RETRY_CHECK))
		return false;
	/* What was put into the set comes before the look at the windows. [M1] */
	hptp_full_barrier();
	if (hptp_op_given(vm, retry_begin))
		return hptp_op(vm, retry_check, slot->host, (hptp_off){ off }, n, snap);
	return !hptp_windows_sum(&vm->windows, gfn, gfn + n - 1, &sum) || sum != snap->word[0];
}

#endif
