// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Reading entries without their lock, and finding the one that translates an address. */
#include "find.h"
#include "vm.h"

/* Tries of a lock-free read before it gives up; an entry is in transit for one flush. */
#define PEEK_TRIES 1000u

/* One try. False: it is locked, or it changed. */
static hptp_inline bool peek_once(struct hptp_vm *vm, uint64_t idx, struct hptp_peek *p)
{
	const struct hptp_hpte *h = hptp_hpte_at(&vm->table, idx);
	uint64_t v = hptp_dw_load_acquire(&h->v), r;
	uint64_t *view;

	if (v & HPTP_V_HVLOCK)
		return false;
	/* An entry that is absent in dword 1 has its view by then. [M6] */
	r = hptp_dw_load_acquire(&h->r);
	view = hptp_view(&vm->table, idx);
	*p = (struct hptp_peek){ .idx = idx, .v = v, .r = r };
	if (hptp_state_of(v, r) == HPTP_ORPHAN)
		p->g = r & ~HPTP_R_TAG;
	else if (view)
		p->g = hptp_view_load(view);
	if (vm->table.isa_3_0 && (v & HPTP_V_VALID))
		hptp_hpte_from_3_0(&p->v, &p->r);
	/* Of a valid one, which came and went since dword 0 was read. */
	if (hptp_state_of(v, r) == HPTP_ABSENT && (r & ~HPTP_R_RC))
		return false;
	/* dword 1 and the view were read before dword 0 is read again. [M6] */
	hptp_read_barrier();
	return hptp_dw_load(&h->v) == v;
}

bool hptp_peek(struct hptp_vm *vm, uint64_t idx, struct hptp_peek *p)
{
	for (unsigned i = 0; i < PEEK_TRIES; i++) {
		if (peek_once(vm, idx, p))
			return true;
		hptp_port_relax();
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

/*
 * The entry of a group that is searched, primary or secondary. An unlocked look at the
 * bits of dword 0 that both formats have decides only which not to look closer at.
 */
static hptp_inline enum hptp_found find_in_group(struct hptp_vm *vm, const struct hptp_search *s,
						 uint64_t idx, uint64_t secondary, uint64_t states,
						 struct hptp_peek *p)
{
	const struct hptp_hpte *h = hptp_hpte_at(&vm->table, idx);
	const uint64_t mask = s->mask & HPTP_V_3_0, avpn = s->avpn & mask;

	for (unsigned i = 0; i < HPTP_PER_GROUP; i++) {
		if (!hptp_dw_is(&h[i].v, mask, avpn) || !hptp_dw_any(&h[i].v, states))
			continue;
		if (!peek_once(vm, idx + i, p) && !hptp_peek(vm, idx + i, p))
			return HPTP_LOOK_AGAIN;
		if ((p->v & states) && (p->v & HPTP_V_SECONDARY) == secondary &&
		    (p->v & s->mask) == s->avpn && hptp_hpte_psize(p->v, p->g).base == s->base)
			return HPTP_FOUND;
	}
	return HPTP_NOT_FOUND;
}

static enum hptp_found find_secondary(struct hptp_vm *vm, const struct hptp_search *s,
				      uint64_t states, struct hptp_peek *p)
{
	uint64_t idx = (~s->hash & (vm->table.groups - 1)) * HPTP_PER_GROUP;

	return find_in_group(vm, s, idx, HPTP_V_SECONDARY, states, p);
}

enum hptp_found hptp_find(struct hptp_vm *vm, uint64_t slb_v, uint64_t ea, bool absent_too,
			  struct hptp_peek *p)
{
	struct hptp_search s = hptp_search_for(slb_v, ea);
	uint64_t states = HPTP_V_VALID | (absent_too ? HPTP_V_ABSENT : 0);
	enum hptp_found found;
	uint64_t idx;

	if (!s.base)
		return HPTP_NOT_FOUND;
	if (!hptp_table_usable(&vm->table))
		return HPTP_LOOK_AGAIN;
	idx = (s.hash & (vm->table.groups - 1)) * HPTP_PER_GROUP;
	hptp_group_prefetch(&vm->table, idx);
	hptp_prefetch_write(hptp_view(&vm->table, idx));
	hptp_prefetch_write(hptp_spot(&vm->table, idx)); /* who finds it may have to link it */
	found = find_in_group(vm, &s, idx, 0, states, p);
	return found == HPTP_NOT_FOUND ? find_secondary(vm, &s, states, p) : found;
}
