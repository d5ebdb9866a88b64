// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Looking at a table: the iterator, and the check of the invariants of docs/SPEC.md. */
#include "history.h"
#include "rmap.h"
#include "vm.h"

static void describe(const struct hptp_locked *l, struct hptp_entry *e)
{
	e->idx.n = (uint32_t)l->idx;
	e->state = hptp_state_of(l->v, l->r);
	e->v = hptp_guest_v(l->v);
	e->guest = hptp_view_of(l) | (l->r & HPTP_R_RC);
	e->real = e->state == HPTP_VALID ? l->r : 0;
}

bool hptp_entry_next(struct hptp_vm *vm, uint64_t from, struct hptp_entry *entry)
{
	bool found = false;

	hptp_port_read_begin();
	for (uint64_t i = from; !found && hptp_table_has(&vm->table, i); i++) {
		struct hptp_locked l;

		if (!(hptp_dw_load(&vm->table.hpte[i].v) & (HPTP_V_VALID | HPTP_V_ABSENT)))
			continue;
		hptp_port_atomic_begin();
		hptp_hpte_lock(&vm->table, i, &l, &vm->host_count);
		found = hptp_state_of(l.v, l.r) != HPTP_FREE;
		if (found)
			describe(&l, entry);
		hptp_hpte_unlock(&l);
		hptp_port_atomic_end();
	}
	hptp_port_read_end();
	return found;
}

struct check {
	struct hptp_vm *vm;
	struct hptp_check_result result;
	uint64_t linked; /* entries that should be in sets */
	uint64_t in_sets;
};

static bool broken(struct check *c, unsigned invariant, uint64_t idx, uint64_t gfn,
		   const char *what)
{
	c->result = (struct hptp_check_result){ invariant, idx, gfn, what };
	return false;
}

/* Is a linked entry a member of exactly the set of its page's first frame? */
static bool check_linked(struct check *c, const struct hptp_locked *l)
{
	struct hptp_member m = { .slot = NULL };
	struct hptp_rmap_locked rl;
	unsigned place;
	uint32_t *word;
	uint64_t g;

	if (!hptp_view(&c->vm->table, l->idx))
		return broken(c, 3, l->idx, ~0ull, "a linked entry has no view");
	g = hptp_view_of(l);
	if (g & HPTP_R_TAG)
		return broken(c, 3, l->idx, ~0ull, "the tag is set in a view");
	if (!hptp_member_of(c->vm, l, g, &m))
		return broken(c, 2, l->idx, ~0ull, "a linked entry's slot is gone");
	word = hptp_set_word(m.slot, m.off);
	if (!word)
		return broken(c, 2, l->idx, m.slot->base + m.off,
			      "a linked entry's frame has no set");
	rl = hptp_rmap_lock(word);
	place = hptp_rmap_find(c->vm, rl.word, hptp_record(m.slot, m.off), l->idx);
	hptp_rmap_unlock(&rl);
	if (place == HPTP_PLACE_NONE)
		return broken(c, 2, l->idx, m.slot->base + m.off, "a linked entry is in no set");
	if (place != hptp_view_place(l->view))
		return broken(c, 3, l->idx, m.slot->base + m.off,
			      "a linked entry is not in the place that its view names");
	if ((l->v & HPTP_V_VALID) && !hptp_load8(hptp_slot_hint(m.slot, m.off)))
		return broken(c, 4, l->idx, m.slot->base + m.off,
			      "a valid entry's frame is not hinted");
	if ((l->v & HPTP_V_VALID) && hptp_hpte_writable(l->r) && !hptp_hpte_writable(g))
		return broken(c, 5, l->idx, m.slot->base + m.off,
			      "writable, though the guest's view is not");
	c->linked++;
	return true;
}

static bool check_entry(struct check *c, uint64_t i)
{
	uint64_t raw = hptp_dw_load(&c->vm->table.hpte[i].v);
	struct hptp_locked l;
	bool ok = true;

	if (raw & HPTP_V_HVLOCK)
		return broken(c, 1, i, ~0ull, "an entry is locked");
	if ((raw & HPTP_V_VALID) && (raw & HPTP_V_ABSENT))
		return broken(c, 1, i, ~0ull, "an entry is valid and absent");
	hptp_port_atomic_begin();
	hptp_hpte_lock(&c->vm->table, i, &l, &c->vm->host_count);
	switch (hptp_state_of(l.v, l.r)) {
	case HPTP_FREE:
		if (l.r)
			ok = broken(c, 6, i, ~0ull, "a free entry's dword 1 is not 0");
		break;
	case HPTP_ABSENT:
		if (l.r & ~HPTP_R_RC)
			ok = broken(c, 6, i, ~0ull, "an absent entry holds more than R and C");
		ok = ok && check_linked(c, &l);
		break;
	case HPTP_VALID: ok = check_linked(c, &l); break;
	case HPTP_ORPHAN: break;
	}
	hptp_hpte_unlock(&l);
	hptp_port_atomic_end();
	return ok;
}

/* Is a member of a set an entry that belongs there? It was looked at by itself before. */
static bool check_member(struct check *c, struct hptp_slot *slot, uint64_t off, uint32_t idx)
{
	uint64_t gfn = slot->base + off;
	struct hptp_member m;
	struct hptp_locked l;

	if (idx >= c->vm->table.n)
		return broken(c, 7, idx, gfn, "a set names an entry beyond the table");
	hptp_hpte_look(&c->vm->table, idx, &l);
	if (!hptp_linked(&l))
		return broken(c, 7, idx, gfn, "a set names an entry that is not linked");
	hptp_member_at(slot, &l, hptp_view_of(&l), &m);
	if (m.off != off)
		return broken(c, 2, idx, gfn, "a set names an entry of another frame");
	return true;
}

static bool check_members(struct check *c, struct hptp_slot *slot, uint64_t off, uint32_t word,
			  uint64_t *found)
{
	const uint32_t *rec = hptp_record(slot, off);
	uint32_t idx[HPTP_RMAP_COPY];
	uint64_t cursor = 0;

	for (*found = 0; cursor < HPTP_RMAP_DONE;) {
		unsigned n = hptp_rmap_copy(c->vm, word, rec, &cursor, idx, HPTP_RMAP_COPY);

		*found += n;
		while (n--)
			if (!check_member(c, slot, off, idx[n]))
				return false;
	}
	return true;
}

/* Every member of a set is an entry that belongs there; the counts are right. */
static bool check_set(struct check *c, struct hptp_slot *slot, uint64_t off, uint32_t *word)
{
	struct hptp_rmap_locked rl;
	uint64_t found;
	bool ok;

	if (hptp_load32(word) & HPTP_SET_LOCK)
		return broken(c, 1, ~0ull, slot->base + off, "a set is locked");
	rl = hptp_rmap_lock(word);
	ok = check_members(c, slot, off, rl.word, &found);
	hptp_rmap_unlock(&rl);
	if (!ok)
		return false;
	if (hptp_rmap_count(rl.word) < HPTP_SET_MANY && hptp_rmap_count(rl.word) != found)
		return broken(c, 7, ~0ull, slot->base + off, "a set's count is wrong");
	c->in_sets += found;
	return true;
}

static bool check_slot(struct check *c, struct hptp_slot *slot)
{
	uint64_t per = hptp_sparse_per_chunk(&slot->words);

	for (uint64_t off = 0; off < slot->n; off++) {
		uint32_t *word = hptp_set_word(slot, off);

		if (!word)
			off |= per - 1; /* no chunk: on to the next */
		else if (!check_set(c, slot, off, word))
			return false;
	}
	return true;
}

static bool check_all(struct check *c)
{
	const struct hptp_slot_table *t = c->vm->slots;

	for (uint64_t i = 0; i < c->vm->table.n; i++)
		if (!check_entry(c, i))
			return false;
	/* A host's own slots are not known as a list; their members were checked above. */
	if (hptp_op_given(c->vm, slot_find))
		return true;
	for (uint32_t i = 0; t && i < t->n; i++)
		if (t->entry[i].slot && !check_slot(c, t->entry[i].slot))
			return false;
	if (c->linked != c->in_sets)
		return broken(c, 7, ~0ull, ~0ull, "members and linked entries are not as many");
	return true;
}

int hptp_check(struct hptp_vm *vm, struct hptp_check_result *result)
{
	struct check c = { .vm = vm };
	bool ok;

	hptp_port_read_begin();
	ok = check_all(&c);
	hptp_port_read_end();
	if (result)
		*result = c.result;
	return ok ? HPTP_OK : HPTP_E_CHECK;
}
