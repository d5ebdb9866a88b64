// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Joining and leaving the set of a frame, with the memory that needs. */
#include "link.h"
#include "rmap.h"
#include "rules.h"
#include "vm.h"

void hptp_huge_add(struct hptp_slot *slot, unsigned actual, uint64_t x)
{
	for (unsigned i = 0; i < HPTP_HUGE_SIZES; i++)
		if (actual == hptp_huge_shift[i])
			hptp_add64(&slot->huge[i], x);
}

/* Arrays by index. */
enum { VIEWS, SPOTS };

static struct hptp_sparse *entry_where(struct hptp_vm *vm, uint64_t idx, unsigned which,
				       uint64_t *i)
{
	*i = idx;
	if (!hptp_table_has(&vm->table, idx))
		return NULL;
	return which == SPOTS ? &vm->table.spots : &vm->table.views;
}

/* Is the record of a frame's set full, so that who joins goes to the vector? */
static bool record_full(struct hptp_vm *vm, uint64_t gfn)
{
	struct hptp_slot *slot;
	uint32_t *word = NULL;
	bool full;

	hptp_port_read_begin();
	slot = hptp_slot_of(vm, gfn, false);
	if (slot)
		word = hptp_set_word(slot, gfn - slot->base);
	full = word && hptp_rmap_full(vm, hptp_load32(word));
	hptp_port_read_end();
	return full;
}

bool hptp_link_prepare(struct hptp_vm *vm, uint64_t gfn, uint64_t idx)
{
	return hptp_slot_provide(vm, gfn, HPTP_SLOT_YOUNG) &&
	       hptp_slot_provide(vm, gfn, HPTP_SLOT_HINTS) &&
	       hptp_slot_provide(vm, gfn, HPTP_SLOT_RECORDS) &&
	       hptp_slot_provide(vm, gfn, HPTP_SLOT_WORDS) && /* so a word has a record */
	       hptp_sparse_provide(vm, entry_where, idx, VIEWS) &&
	       (!record_full(vm, gfn) ||
		(hptp_sparse_provide(vm, entry_where, idx, SPOTS) && hptp_pool_reserve(vm)));
}
