// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Joining and leaving the set of a frame, with the memory that needs. */
#include "rmap.h"
#include "vm.h"

static void huge_add(struct hptp_slot *slot, unsigned actual, uint64_t x)
{
	for (unsigned i = 0; i < HPTP_HUGE_SIZES; i++)
		if (actual == hptp_huge_shift[i] && actual > slot->vm->frame_shift)
			hptp_add64(&slot->huge[i], x);
}

bool hptp_link_ready(struct hptp_vm *vm, struct hptp_slot *slot, uint64_t off, uint64_t idx)
{
	return hptp_record(slot, off) && hptp_sparse_at(&slot->young, off >> 3) &&
	       hptp_sparse_at(&vm->views, idx);
}

bool hptp_link_prepare(struct hptp_vm *vm, uint64_t gfn, uint64_t idx)
{
	return hptp_slot_provide(vm, gfn, HPTP_SLOT_RECORDS) &&
	       hptp_slot_provide(vm, gfn, HPTP_SLOT_YOUNG) &&
	       hptp_sparse_fill(vm, &vm->views, idx) && hptp_pool_reserve(vm, &vm->pool);
}

bool hptp_link(struct hptp_slot *slot, struct hptp_rmap_locked *rl, uint64_t idx, unsigned actual)
{
	if (!hptp_rmap_add(slot->vm, rl, idx))
		return false;
	/* Before the publisher's full barrier: a range that begins inside the page sees it. */
	huge_add(slot, actual, 1);
	return true;
}

void hptp_unlink(struct hptp_slot *slot, uint64_t off, uint64_t idx, unsigned actual)
{
	struct hptp_rmap_locked rl = hptp_rmap_lock(hptp_record(slot, off));

	if (hptp_rmap_del(slot->vm, &rl, idx))
		huge_add(slot, actual, (uint64_t)-1);
	else
		hptp_bug(slot->vm, "a linked entry is no member of its frame's set");
	hptp_rmap_unlock(&rl);
}
