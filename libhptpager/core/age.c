// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Aging: which frames were referenced since somebody asked. R is taken from the entries,
 * present or absent, and from the slot's history. Entries are not invalidated; those
 * whose R was cleared have their translations flushed, so that a later access sets it.
 */
#include "batch.h"
#include "bitmap.h"
#include "change.h"
#include "history.h"
#include "walk.h"

struct age {
	struct hptp_slot *slot;
	uint64_t off, n;
	uint8_t *young_map;
	bool young;
	bool usable; /* the table is there, and the one that was begun with */
	uint32_t n_aged;
	uint32_t n_rb;
	uint64_t rb[HPTP_BATCH];
};

static void flush(struct age *a)
{
	if (!a->n_aged)
		return;
	hptp_flush(a->slot->vm, NULL, a->rb, a->n_rb);
	hptp_count_add(&a->slot->vm->host_count, HPTP_COUNT_aged, a->n_aged);
	a->n_aged = a->n_rb = 0;
}

static void age_init(struct age *a, struct hptp_slot *slot, uint64_t off, uint64_t n,
		     uint8_t *young)
{
	a->slot = slot;
	a->off = off;
	a->n = n;
	a->young_map = young;
	a->young = false;
	a->n_aged = a->n_rb = 0;
}

/* Worth locking? Decides nothing: all is read again under the lock. */
static hptp_inline bool peek_r(const struct hptp_vm *vm, uint64_t idx)
{
	const struct hptp_hpte *h = &vm->table.hpte[idx];

	return hptp_dw_is(&h->r, HPTP_R_R | HPTP_R_TAG, HPTP_R_R) &&
	       hptp_dw_any(&h->v, HPTP_V_VALID | HPTP_V_ABSENT);
}

/*
 * The members of one frame that have R, by a look at its set without the lock, which may
 * miss one that joins at this moment: its R stays for the next time that somebody asks. At
 * most `most` of them are copied. LOOK_CLOSER: that is not enough.
 */
#define LOOK_CLOSER UINT32_MAX

static hptp_inline uint32_t young_members(const struct hptp_slot *slot, uint64_t off, uint32_t *out,
					  uint32_t most)
{
	const uint32_t *at = hptp_set_word(slot, off), *rec = hptp_record(slot, off);
	const struct hptp_vm *vm = slot->vm;
	uint32_t word, found = 0;
	unsigned places;

	hptp_prefetch(at);
	hptp_prefetch(rec);
	if (hptp_slot_any_huge(slot))
		return LOOK_CLOSER; /* one that begins before the frame may reach into it */
	if (!at || !rec)
		return 0;
	word = hptp_load32(at);
	if (word & (HPTP_SET_LOCK | HPTP_SET_VECTOR))
		return LOOK_CLOSER;
	for (places = hptp_rmap_places(word); places && found < most;) {
		uint32_t idx = hptp_load32(&rec[hptp_rmap_next_place(&places)]);

		if (hptp_table_has(&vm->table, idx) && peek_r(vm, idx))
			out[found++] = idx;
	}
	hptp_read_barrier();
	return hptp_load32(at) == word ? found : LOOK_CLOSER;
}

static hptp_inline void found_young(struct age *a, uint64_t first, unsigned shift)
{
	a->young = true;
	if (a->young_map)
		hptp_bitmap_set_part(a->young_map, a->off, a->n, first,
				     hptp_frames(a->slot->vm, shift));
}

/* Take R of a locked, linked entry that has it. Unlocks. */
static void take_r(struct age *a, const struct hptp_locked *l, uint64_t g,
		   const struct hptp_member *m)
{
	struct hptp_vm *vm = a->slot->vm;

	hptp_view_change(vm, l, g, g | HPTP_R_R);
	if (l->v & HPTP_V_VALID) {
		/*
		 * The flush comes after the unlock: should the entry be another's by then,
		 * one translation too many is flushed.
		 */
		a->rb[a->n_rb++] = hptp_tlbie_rb(l->v, l->r, l->idx);
		hptp_hpte_clear_r(&vm->table, l);
		hptp_hpte_unlock(l);
	} else {
		hptp_hpte_set_absent(l, l->v, l->r & ~HPTP_R_R);
	}
	a->n_aged++;
	found_young(a, m->off, m->actual);
	if (a->n_rb == HPTP_BATCH) {
		flush(a);
		a->usable = hptp_yield_point(vm);
	}
}

/* Take R of an entry that was seen to have it, if it is what it was and in the range. */
static void age_one(struct age *a, uint64_t idx)
{
	struct hptp_vm *vm = a->slot->vm;
	struct hptp_member m;
	struct hptp_locked l;
	uint64_t g;

	hptp_hpte_lock(&vm->table, idx, &l, &vm->host_count);
	if (hptp_member_in(a->slot, a->off, a->n, &l, &g, &m) && (l.r & HPTP_R_R))
		take_r(a, &l, g, &m);
	else
		hptp_hpte_unlock(&l);
}

/* False: look closer. */
static bool age_frame(struct age *a)
{
	uint32_t idx[HPTP_RECORD_PLACES],
		n = young_members(a->slot, a->off, idx, HPTP_RECORD_PLACES);

	if (n == LOOK_CLOSER)
		return false;
	for (uint32_t i = 0; i < n; i++)
		hptp_prefetch(hptp_view(&a->slot->vm->table, idx[i]));
	for (uint32_t i = 0; i < n; i++)
		age_one(a, idx[i]);
	return true;
}

static void age_sets(struct age *a)
{
	struct hptp_vm *vm = a->slot->vm;
	struct hptp_walk w;
	struct hptp_step s;

	hptp_walk_init(&w, a->slot, a->off, a->n, false);
	while (a->usable && hptp_walk_next(&w, &s))
		if (peek_r(vm, s.idx))
			age_one(a, s.idx);
}

/* A stretch of the table, in its order. */
static void age_slice(struct age *a, uint64_t i, uint64_t end)
{
	struct hptp_vm *vm = a->slot->vm;

	for (; a->usable; i++) {
		i = hptp_table_next(&vm->table, i, end, HPTP_R_R);
		if (i == end)
			return;
		if (peek_r(vm, i))
			age_one(a, i);
	}
}

static void age_table(struct age *a)
{
	struct hptp_vm *vm = a->slot->vm;

	for (uint64_t i = 0; a->usable && i < vm->table.n; i += HPTP_SCAN_SLICE) {
		age_slice(a, i, i + HPTP_SCAN_SLICE);
		a->usable = a->usable && hptp_yield_point(vm);
	}
}

/* After the entries: one that was removed meanwhile left its R here. */
static void age_history(struct age *a, bool take)
{
	const uint64_t per_chunk = (uint64_t)8 << HPTP_BYTES_CHUNK_SHIFT;
	uint64_t end = a->off + a->n, i = a->off;

	hptp_read_barrier(); /* [M8] */
	while (i < end) {
		uint8_t *byte = hptp_slot_young(a->slot, i), bit = (uint8_t)(1u << (i & 7)), bits;

		if (!byte) {
			i = (i | (per_chunk - 1)) + 1;
			continue;
		}
		bits = hptp_load8(byte);
		if (!bits) {
			i = (i | 7) + 1;
			continue;
		}
		if ((bits & bit) && (!take || (hptp_and8(byte, (uint8_t)~bit) & bit)))
			found_young(a, i, 0);
		i++;
	}
}

static void age_entries(struct age *a)
{
	struct hptp_vm *vm = a->slot->vm;

	a->usable = hptp_table_usable(&vm->table);
	if (a->usable && (a->n > 1 || !age_frame(a))) {
		if (hptp_walk_by_table(vm, a->n))
			age_table(a);
		else
			age_sets(a);
	}
	flush(a);
}

int hptp_age_range(struct hptp_slot *slot, hptp_off off, uint64_t n, uint8_t *young)
{
	struct age a;

	if (hptp_pinned(slot->vm))
		return HPTP_E_PINNED;
	if (!hptp_slot_has(slot, off.n, n))
		return HPTP_E_PARAM;
	age_init(&a, slot, off.n, n, young);
	hptp_port_read_begin();
	hptp_port_atomic_begin();
	age_entries(&a);
	hptp_port_atomic_end();
	hptp_port_read_end();
	age_history(&a, true);
	return a.young;
}

static bool test_sets(struct hptp_slot *slot, uint64_t off, uint64_t n)
{
	struct hptp_walk w;
	struct hptp_step s;
	bool young = false;

	hptp_port_read_begin();
	hptp_port_atomic_begin();
	hptp_walk_init(&w, slot, off, n, false);
	while (hptp_table_usable(&slot->vm->table) && !young && hptp_walk_next(&w, &s))
		young = peek_r(slot->vm, s.idx);
	hptp_port_atomic_end();
	hptp_port_read_end();
	return young;
}

/* What a look at one frame did not answer. */
static hptp_apart bool test_closer(struct hptp_slot *slot, uint64_t off, uint64_t n, bool sets)
{
	struct age a;

	if (sets && test_sets(slot, off, n))
		return true;
	age_init(&a, slot, off, n, NULL);
	age_history(&a, false);
	return a.young;
}

int hptp_test_age_range(struct hptp_slot *slot, hptp_off off, uint64_t n)
{
	uint32_t found = LOOK_CLOSER, idx;

	if (hptp_pinned(slot->vm))
		return HPTP_E_PINNED;
	if (!hptp_slot_has(slot, off.n, n))
		return HPTP_E_PARAM;
	hptp_port_read_begin();
	hptp_port_atomic_begin();
	if (!hptp_table_usable(&slot->vm->table))
		found = 0;
	else if (n == 1)
		found = young_members(slot, off.n, &idx, 1);
	hptp_port_atomic_end();
	hptp_port_read_end();
	return found == 1 || test_closer(slot, off.n, n, found == LOOK_CLOSER);
}
