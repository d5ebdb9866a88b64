// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Joining and leaving the set of a frame, with the memory that needs. */
#include "link.h"
#include "retry.h"
#include "rmap.h"
#include "rules.h"
#include "vm.h"

void hptp_huge_add(struct hptp_slot *slot, unsigned actual, uint64_t x)
{
	for (unsigned i = 0; i < HPTP_HUGE_SIZES; i++)
		if (actual == hptp_huge_shift[i])
			hptp_add64(&slot->huge[i], x);
}

static struct hptp_sparse *view_where(struct hptp_vm *vm, uint64_t idx, unsigned which, uint64_t *i)
{
	(void)which;
	*i = idx;
	return hptp_table_has(&vm->table, idx) ? &vm->table.views : NULL;
}

static struct hptp_sparse *spot_where(struct hptp_vm *vm, uint64_t idx, unsigned which, uint64_t *i)
{
	(void)which;
	*i = idx;
	return hptp_table_has(&vm->table, idx) ? &vm->table.spots : NULL;
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
	       hptp_sparse_provide(vm, view_where, idx, 0) &&
	       (!record_full(vm, gfn) ||
		(hptp_sparse_provide(vm, spot_where, idx, 0) && hptp_pool_reserve(vm)));
}

static enum hptp_joined add_to_set(const struct hptp_page *page, uint64_t idx, unsigned *place)
{
	struct hptp_vm *vm = hptp_slot_vm(page->slot);
	struct hptp_rmap_locked rl = hptp_rmap_lock(page->word);

	*place = hptp_rmap_add(vm, &rl, page->rec, idx);
	hptp_rmap_unlock(&rl);
	if (*place == HPTP_PLACE_NONE)
		return HPTP_UNPREPARED;
	if (hptp_unlikely(page->frames > 1))
		hptp_huge_add(page->slot, page->shift, 1);
	return HPTP_JOINED;
}

/* All of it is stored before the barrier in hptp_retry_check(), which page-out pairs with. */
static void hint(uint8_t *byte)
{
	if (!hptp_load8(byte))
		hptp_store8(byte, 1);
}

enum hptp_joined hptp_join(const struct hptp_page *page, const struct hptp_locked *l,
			   unsigned *place, const struct hptp_snapshot *snap)
{
	struct hptp_slot *slot = page->slot;
	enum hptp_joined joined = HPTP_JOINED;
	bool stale = false;

	if (place && (!page->word || !page->hint || !l->view))
		return HPTP_UNPREPARED;
	if (!hptp_keep(HPTP_RULE_RETRY_UNDER_LOCK))
		stale = hptp_retry_check(slot, page->off, page->frames, snap);
	if (place)
		joined = add_to_set(page, l->idx, place);
	if (joined != HPTP_JOINED)
		return joined;
	if (hptp_keep(HPTP_RULE_HINT_BEFORE_CHECK))
		hint(page->hint);
	if (hptp_keep(HPTP_RULE_RETRY_UNDER_LOCK))
		stale = hptp_retry_check(slot, page->off, page->frames, snap);
	if (!hptp_keep(HPTP_RULE_HINT_BEFORE_CHECK))
		hint(page->hint);
	if (!stale)
		return HPTP_JOINED;
	if (place)
		hptp_unlink(page, *place, l->idx);
	return HPTP_OVERTAKEN;
}
