// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Sets that do not fit their records: with a vector of the members that came later. */
#include "rmap.h"
#include "vector.h"

_Static_assert(HPTP_RECORD_PLACES + HPTP_NODE_WORDS <= HPTP_RMAP_COPY,
	       "each copy gets at least a leaf further");

static uint32_t header_of(const struct hptp_vm *vm, const uint32_t *rec)
{
	return hptp_load32(&rec[hptp_rmap_room(vm)]);
}

void hptp_rmap_prefetch_vector(struct hptp_vm *vm, const uint32_t *rec)
{
	hptp_vector_prefetch(&vm->table, header_of(vm, rec));
}

/* Count a set with so many members in its vector. */
static uint32_t counted(uint32_t word, uint32_t in_vector)
{
	unsigned places = hptp_rmap_places(word);
	uint64_t n = in_vector;

	for (; places; n++)
		(void)hptp_rmap_next_place(&places);
	if (n > HPTP_SET_MANY)
		n = HPTP_SET_MANY;
	return (word & (HPTP_SET_MEMBER - 1)) | (uint32_t)n * HPTP_SET_MEMBER;
}

uint32_t hptp_rmap_add_vector(struct hptp_vm *vm, uint32_t word, uint32_t *rec, uint32_t idx)
{
	uint32_t header = word & HPTP_SET_VECTOR ? header_of(vm, rec) : 0;
	uint32_t now = hptp_vector_push(&vm->table, header, idx);

	if (!now)
		return HPTP_SET_LOCK;
	if (!header)
		hptp_store32(&rec[hptp_rmap_room(vm)], now);
	return hptp_rmap_more(word) | HPTP_SET_VECTOR;
}

uint32_t hptp_rmap_del_vector(struct hptp_vm *vm, uint32_t word, uint32_t *rec, uint32_t idx)
{
	uint32_t left;

	if (!(word & HPTP_SET_VECTOR))
		return HPTP_SET_LOCK;
	left = hptp_vector_remove(&vm->table, header_of(vm, rec), idx);
	if (left == HPTP_VECTOR_NOT_IN)
		return HPTP_SET_LOCK;
	if (!left)
		return counted(word & ~HPTP_SET_VECTOR, 0);
	return hptp_rmap_count(word) < HPTP_SET_MANY ? hptp_rmap_less(word) : counted(word, left);
}

unsigned hptp_rmap_find(struct hptp_vm *vm, uint32_t word, const uint32_t *rec, uint64_t idx)
{
	unsigned places = hptp_rmap_places(word);

	while (places) {
		unsigned place = hptp_rmap_next_place(&places);

		if (hptp_load32(&rec[place]) == (uint32_t)idx)
			return place;
	}
	if ((word & HPTP_SET_VECTOR) && hptp_vector_has(&vm->table, (uint32_t)idx))
		return HPTP_PLACE_VECTOR;
	return HPTP_PLACE_NONE;
}

unsigned hptp_rmap_copy_vector(struct hptp_vm *vm, uint32_t word, const uint32_t *rec,
			       uint64_t *cursor, uint32_t *out, unsigned room)
{
	unsigned places = *cursor ? 0 : hptp_rmap_places(word), n = 0;
	uint32_t end = (uint32_t)(HPTP_RMAP_DONE - 1 - *cursor);

	while (places)
		out[n++] = hptp_load32(&rec[hptp_rmap_next_place(&places)]);
	if (word & HPTP_SET_VECTOR)
		n += hptp_vector_copy(&vm->table, header_of(vm, rec), &end, &out[n], room - n);
	else
		end = 0;
	*cursor = HPTP_RMAP_DONE - (end ? 1 + (uint64_t)end : 0);
	return n;
}
