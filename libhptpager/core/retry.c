// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The invalidation state as page-out opens it, and as enter and refault check it. */
#include "retry.h"
#include "rules.h"
#include "vm.h"

#define WINDOW_MAGIC 0x77696e64u

bool hptp_retry_begin(struct hptp_slot *slot, uint64_t off, uint64_t n, struct hptp_snapshot *snap)
{
	struct hptp_vm *vm = slot->vm;
	bool closed;

	if (hptp_op_given(vm, retry_begin))
		return hptp_op(vm, retry_begin, slot->host, (hptp_off){ off }, n, snap);
	closed = hptp_windows_sum(&vm->windows, slot->base + off, slot->base + off + n - 1,
				  &snap->word[0]);
	/* The snapshot is taken before the slot and the host's page are looked up. [M3] */
	hptp_read_barrier();
	return closed;
}

bool hptp_retry_check(struct hptp_slot *slot, uint64_t off, uint64_t n,
		      const struct hptp_snapshot *snap)
{
	struct hptp_vm *vm = slot->vm;
	uint64_t sum;

	if (!hptp_keep(HPTP_RULE_RETRY_CHECK))
		return false;
	/* What was put into the set comes before the look at the windows. [M1] */
	hptp_full_barrier();
	if (hptp_op_given(vm, retry_begin))
		return hptp_op(vm, retry_check, slot->host, (hptp_off){ off }, n, snap);
	return !hptp_windows_sum(&vm->windows, slot->base + off, slot->base + off + n - 1, &sum) ||
	       sum != snap->word[0];
}

int hptp_invalidate_begin(struct hptp_slot *slot, hptp_off off, uint64_t n,
			  struct hptp_window *window)
{
	if (!hptp_slot_has(slot, off.n, n))
		return HPTP_E_PARAM;
	*window = (struct hptp_window){
		.vm = slot->vm,
		.first = slot->base + off.n,
		.last = slot->base + off.n + n - 1,
		.magic = WINDOW_MAGIC,
	};
	hptp_windows_open(&slot->vm->windows, window->first, window->last);
	return HPTP_OK;
}

int hptp_invalidate_end(struct hptp_window *window)
{
	if (window->magic != WINDOW_MAGIC)
		return HPTP_E_STATE;
	window->magic = 0;
	hptp_windows_close(&window->vm->windows, window->first, window->last);
	return HPTP_OK;
}
