// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* A slot: finding it, its frames' history and log, the memory of its arrays. */
#include "slot.h"
#include "bitmap.h"
#include "rmap.h"
#include "vm.h"

const uint8_t hptp_huge_shift[HPTP_HUGE_SIZES] = { 16, 24, 34 };

static struct hptp_sparse *slot_array(struct hptp_slot *slot, enum hptp_slot_array array)
{
	struct hptp_sparse *const arrays[] = {
		[HPTP_SLOT_RECORDS] = &slot->records, [HPTP_SLOT_WORDS] = &slot->words,
		[HPTP_SLOT_HINTS] = &slot->hints,     [HPTP_SLOT_YOUNG] = &slot->young,
		[HPTP_SLOT_PINS] = &slot->pins,
	};

	return arrays[array];
}

static struct hptp_sparse *slot_where(struct hptp_vm *vm, uint64_t gfn, unsigned array, uint64_t *i)
{
	struct hptp_slot *slot = hptp_slot_of(vm, gfn, false);

	if (!slot)
		return NULL;
	*i = (gfn - slot->base) >> (array == HPTP_SLOT_YOUNG ? 3 : 0);
	return slot_array(slot, array);
}

bool hptp_slot_provide(struct hptp_vm *vm, uint64_t gfn, enum hptp_slot_array array)
{
	return hptp_sparse_provide(vm, slot_where, gfn, array);
}

uint64_t hptp_slot_next_linked(const struct hptp_slot *slot, uint64_t at, uint64_t end)
{
	uint64_t per = hptp_sparse_per_chunk(&slot->words);

	while (at < end) {
		const uint32_t *word = hptp_set_word(slot, at);
		uint64_t stop = (at | (per - 1)) + 1;

		for (; word && at < stop && at < end; at++)
			if (hptp_rmap_count(hptp_load32(word++)))
				return at;
		at = stop;
	}
	return end;
}

struct hptp_slot *hptp_slot_find(struct hptp_vm *vm, hptp_gfn gfn)
{
	return hptp_slot_of(vm, gfn.n, false);
}

hptp_gfn hptp_slot_base(const struct hptp_slot *slot)
{
	return (hptp_gfn){ slot->base };
}

uint64_t hptp_slot_frames(const struct hptp_slot *slot)
{
	return slot->n;
}

void *hptp_slot_host(const struct hptp_slot *slot)
{
	return slot->host;
}
