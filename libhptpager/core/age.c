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
	hptp_flush(a->slot->vm, NULL, a->rb, a->n_rb);
	a->n_rb = 0;
	if (!a->n_aged)
		return;
	hptp_count_add(&a->slot->vm->host_count, HPTP_COUNT_aged, a->n_aged);
	a->n_aged = 0;
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
static bool peek_r(const struct hptp_vm *vm, uint64_t idx)
{
	const struct hptp_hpte *h = &vm->table.hpte[idx];

	return hptp_dw_any(&h->r, HPTP_R_R) && !hptp_dw_any(&h->r, HPTP_R_TAG) &&
	       hptp_dw_any(&h->v, HPTP_V_VALID | HPTP_V_ABSENT);
}

/*
 * A look at the set of one frame without its lock. NO may miss a member that was moved
 * within the set at this moment: its R stays for the next time that somebody asks.
 */
enum glance { NO, YES, LOOK_CLOSER };

static enum glance glance(const struct hptp_slot *slot, uint64_t off)
{
	const struct hptp_record *rec = hptp_record(slot, off);
	const struct hptp_vm *vm = slot->vm;
	uint32_t word;

	if (hptp_slot_any_huge(slot))
		return LOOK_CLOSER; /* one that begins before the frame may reach into it */
	if (!rec)
		return NO;
	word = hptp_load32(&rec->word);
	if (word & (HPTP_REC_LOCK | HPTP_REC_TRIE))
		return LOOK_CLOSER;
	for (unsigned i = 0; i < hptp_rmap_inlines(word); i++) {
		uint32_t idx = hptp_load32(&rec->idx[i]);

		if (hptp_table_has(&vm->table, idx) && peek_r(vm, idx))
			return YES;
	}
	hptp_read_barrier();
	return hptp_load32(&rec->word) == word ? NO : LOOK_CLOSER;
}

static void found_young(struct age *a, uint64_t first, uint64_t frames)
{
	a->young = true;
	hptp_bitmap_set_part(a->young_map, a->off, a->n, first, frames);
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
	found_young(a, m->off, hptp_frames(vm, m->actual));
	if (a->n_rb == HPTP_BATCH) {
		flush(a);
		a->usable = hptp_yield_point(vm);
	}
}

static void age_sets(struct age *a)
{
	struct hptp_vm *vm = a->slot->vm;
	struct hptp_walk w;
	struct hptp_step s;
	struct hptp_member m;
	struct hptp_locked l;
	uint64_t g;

	hptp_walk_init(&w, a->slot, a->off, a->n, false);
	while (a->usable && hptp_walk_next(&w, &s)) {
		if (!peek_r(vm, s.idx))
			continue;
		hptp_hpte_lock(&vm->table, s.idx, &l, &vm->host_count);
		if (hptp_walk_confirm(&w, &s, &l, &g, &m) && (l.r & HPTP_R_R))
			take_r(a, &l, g, &m);
		else
			hptp_hpte_unlock(&l);
	}
}

/* A stretch of the table, in its order. */
static void age_slice(struct age *a, uint64_t i, uint64_t end)
{
	struct hptp_vm *vm = a->slot->vm;
	struct hptp_member m;
	struct hptp_locked l;
	uint64_t g;

	for (; a->usable; i++) {
		i = hptp_table_next(&vm->table, i, end, HPTP_R_R);
		if (i == end)
			return;
		if (!peek_r(vm, i))
			continue;
		hptp_hpte_lock(&vm->table, i, &l, &vm->host_count);
		if (hptp_member_in(a->slot, a->off, a->n, &l, &g, &m) && (l.r & HPTP_R_R))
			take_r(a, &l, g, &m);
		else
			hptp_hpte_unlock(&l);
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
	uint64_t per_chunk = (uint64_t)8 << a->slot->young.chunk_shift;
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
			found_young(a, i, 1);
		i++;
	}
}

static void age_entries(struct age *a)
{
	struct hptp_vm *vm = a->slot->vm;

	a->usable = hptp_table_usable(&vm->table);
	if (!a->usable || (a->n == 1 && glance(a->slot, a->off) == NO))
		return;
	if (hptp_walk_by_table(vm, a->n))
		age_table(a);
	else
		age_sets(a);
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

	hptp_walk_init(&w, slot, off, n, false);
	while (!young && hptp_walk_next(&w, &s))
		young = peek_r(slot->vm, s.idx);
	return young;
}

static bool test_entries(struct hptp_slot *slot, uint64_t off, uint64_t n)
{
	enum glance seen = LOOK_CLOSER;

	if (!hptp_table_usable(&slot->vm->table))
		return false;
	if (n == 1)
		seen = glance(slot, off);
	return seen == LOOK_CLOSER ? test_sets(slot, off, n) : seen == YES;
}

int hptp_test_age_range(struct hptp_slot *slot, hptp_off off, uint64_t n)
{
	struct age a;
	bool young;

	if (hptp_pinned(slot->vm))
		return HPTP_E_PINNED;
	if (!hptp_slot_has(slot, off.n, n))
		return HPTP_E_PARAM;
	hptp_port_read_begin();
	hptp_port_atomic_begin();
	young = test_entries(slot, off.n, n);
	hptp_port_atomic_end();
	hptp_port_read_end();
	if (young)
		return true;
	age_init(&a, slot, off.n, n, NULL);
	age_history(&a, false);
	return a.young;
}
