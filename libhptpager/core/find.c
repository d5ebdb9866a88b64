// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Reading entries without their lock, and finding the one that translates an address. */
#include "find.h"
#include "vm.h"

/* Tries of a lock-free read before it gives up; an entry is in transit for one flush. */
#define PEEK_TRIES 1000u

bool hptp_peek(struct hptp_vm *vm, uint64_t idx, struct hptp_peek *p)
{
	const struct hptp_hpte *h = hptp_hpte_at(&vm->table, idx);

	for (unsigned i = 0; i < PEEK_TRIES; i++) {
		uint64_t v = hptp_dw_load_acquire(&h->v);
		uint64_t *view;

		if (v & HPTP_V_HVLOCK) {
			hptp_port_relax();
			continue;
		}
		/* An entry that is absent in dword 1 has its view by then. [M6] */
		*p = (struct hptp_peek){ .idx = idx, .v = v, .r = hptp_dw_load_acquire(&h->r) };
		view = hptp_view(&vm->table, idx);
		if (hptp_state_of(v, p->r) == HPTP_ORPHAN)
			p->g = p->r & ~HPTP_R_TAG;
		else if (view)
			p->g = hptp_load64(view);
		if (vm->table.isa_3_0 && (v & HPTP_V_VALID))
			hptp_hpte_from_3_0(&p->v, &p->r);
		/* Of a valid one, which came and went since dword 0 was read. */
		if (hptp_state_of(v, p->r) == HPTP_ABSENT && (p->r & ~HPTP_R_RC))
			continue;
		/* dword 1 and the view were read before dword 0 is read again. [M6] */
		hptp_read_barrier();
		if (hptp_dw_load(&h->v) == v)
			return true;
	}
	return false;
}

bool hptp_confirm(struct hptp_vm *vm, const struct hptp_peek *p, struct hptp_shard *count)
{
	struct hptp_locked l;
	bool same;

	if (hptp_state_of(p->v, p->r) != HPTP_ABSENT || !hptp_keep(HPTP_RULE_CONFIRM))
		return true;
	hptp_hpte_lock(&vm->table, p->idx, &l, count);
	same = l.v == p->v && hptp_state_of(l.v, l.r) == HPTP_ABSENT && hptp_view_of(&l) == p->g;
	hptp_hpte_unlock(&l);
	return same;
}

/* Could the raw dword 0 be the entry that is searched? Only the common bits are compared. */
static bool looks_like(const struct hptp_search *s, uint64_t v, uint64_t states)
{
	uint64_t mask = s->mask & HPTP_V_3_0;

	return (v & states) && !((v ^ s->avpn) & mask);
}

static enum hptp_found find_in_group(struct hptp_vm *vm, const struct hptp_search *s,
				     uint64_t group, uint64_t secondary, uint64_t states,
				     struct hptp_peek *p)
{
	uint64_t idx = (group & (vm->table.groups - 1)) * HPTP_PER_GROUP;

	for (unsigned i = 0; i < HPTP_PER_GROUP; i++, idx++) {
		if (!looks_like(s, hptp_dw_load(&hptp_hpte_at(&vm->table, idx)->v), states))
			continue;
		if (!hptp_peek(vm, idx, p))
			return HPTP_LOOK_AGAIN;
		if ((p->v & states) && (p->v & HPTP_V_SECONDARY) == secondary &&
		    (p->v & s->mask) == s->avpn && hptp_hpte_psize(p->v, p->g).base == s->base)
			return HPTP_FOUND;
	}
	return HPTP_NOT_FOUND;
}

enum hptp_found hptp_find(struct hptp_vm *vm, uint64_t slb_v, uint64_t ea, bool absent_too,
			  struct hptp_peek *p)
{
	struct hptp_search s = hptp_search_for(slb_v, ea);
	uint64_t states = HPTP_V_VALID | (absent_too ? HPTP_V_ABSENT : 0);
	enum hptp_found found;
	uint64_t group;

	if (!s.base)
		return HPTP_NOT_FOUND;
	if (!hptp_table_usable(&vm->table))
		return HPTP_LOOK_AGAIN;
	group = (s.hash & (vm->table.groups - 1)) * HPTP_PER_GROUP;
	hptp_group_prefetch(&vm->table, group);
	hptp_prefetch_write(hptp_view(&vm->table, group));
	found = find_in_group(vm, &s, s.hash, 0, states, p);
	if (found == HPTP_NOT_FOUND)
		found = find_in_group(vm, &s, ~s.hash, HPTP_V_SECONDARY, states, p);
	return found;
}
