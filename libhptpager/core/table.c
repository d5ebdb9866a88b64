// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Locking, changing, reading and finding entries of the hashed page table. */
#include "table.h"
#include "rules.h"
#include "view.h"
#include "vm.h"

/* Tries of a lock-free read before it gives up; an entry is in transit for one flush. */
#define PEEK_TRIES 1000u

static void locked_init(const struct hptp_table *t, uint64_t idx, uint64_t raw,
			struct hptp_locked *l)
{
	l->hpte = &t->hpte[idx];
	l->idx = idx;
	l->raw = raw & ~HPTP_V_HVLOCK;
	l->v = l->raw;
	l->r = hptp_dw_load(&l->hpte->r);
	if (t->isa_3_0 && (l->v & HPTP_V_VALID))
		hptp_hpte_from_3_0(&l->v, &l->r);
}

bool hptp_hpte_trylock(struct hptp_table *t, uint64_t idx, uint64_t busy, struct hptp_locked *l)
{
	uint64_t raw;

	if (!hptp_dw_trylock(&t->hpte[idx].v, busy | HPTP_V_HVLOCK, HPTP_V_HVLOCK, &raw)) {
		if (hptp_keep(HPTP_RULE_HPTE_LOCK) || (raw & busy))
			return false;
	}
	locked_init(t, idx, raw, l);
	return true;
}

void hptp_hpte_lock(struct hptp_table *t, uint64_t idx, struct hptp_locked *l,
		    struct hptp_shard *count)
{
	if (hptp_hpte_trylock(t, idx, 0, l))
		return;
	hptp_count(count, contended);
	while (!hptp_hpte_trylock(t, idx, 0, l))
		while (hptp_dw_load(&t->hpte[idx].v) & HPTP_V_HVLOCK)
			hptp_port_relax();
}

void hptp_hpte_unlock(const struct hptp_locked *l)
{
	/* Release, for the view and the set that were read or written under the lock. [M5] */
	hptp_dw_store_release(&l->hpte->v, l->raw);
}

void hptp_hpte_free(const struct hptp_locked *l)
{
	/* No host address stays behind in a free entry. */
	hptp_dw_store(&l->hpte->r, 0);
	hptp_dw_store_release(&l->hpte->v, 0);
}

void hptp_hpte_set_absent(const struct hptp_locked *l, uint64_t v, uint64_t r)
{
	hptp_dw_store(&l->hpte->r, r);
	hptp_dw_store_release(&l->hpte->v, (v & ~HPTP_V_VALID) | HPTP_V_ABSENT);
}

void hptp_hpte_publish(const struct hptp_table *t, const struct hptp_locked *l, uint64_t v,
		       uint64_t r)
{
	v = (v & ~HPTP_V_ABSENT) | HPTP_V_VALID;
	if (t->isa_3_0)
		hptp_hpte_to_3_0(&v, &r);
	hptp_dw_store(&l->hpte->r, r);
	/* A walker that sees V set sees this dword 1; unlocks as well. [M4] */
	hptp_dw_store_release(&l->hpte->v, v);
	hptp_walk_barrier();
}

void hptp_hpte_transit(const struct hptp_locked *l, bool absent)
{
	uint64_t v = (l->v & ~(HPTP_V_VALID | HPTP_V_ABSENT)) | HPTP_V_HVLOCK;

	/* Two stores would let a fault see a hole where a bolted page is. */
	if (!hptp_keep(HPTP_RULE_ONE_SHOT))
		hptp_dw_store(&l->hpte->v, v);
	hptp_dw_store(&l->hpte->v, v | (absent ? HPTP_V_ABSENT : 0));
}

void hptp_hpte_clear_r(const struct hptp_table *t, const struct hptp_locked *l)
{
	uint64_t v = l->v, r = l->r & ~HPTP_R_R;

	if (t->isa_3_0)
		hptp_hpte_to_3_0(&v, &r);
	/* A wider store would take back a C that hardware sets in between. */
	if (hptp_keep(HPTP_RULE_R_BYTE))
		hptp_dw_store_r_byte(&l->hpte->r, r);
	else
		hptp_dw_store(&l->hpte->r, r);
}

uint64_t hptp_hpte_rc(const struct hptp_locked *l)
{
	return hptp_dw_load(&l->hpte->r) & HPTP_R_RC;
}

bool hptp_peek(struct hptp_vm *vm, uint64_t idx, struct hptp_peek *p)
{
	const struct hptp_hpte *h = &vm->table.hpte[idx];

	for (unsigned i = 0; i < PEEK_TRIES; i++) {
		uint64_t v = hptp_dw_load_acquire(&h->v);
		uint64_t *view;

		if (v & HPTP_V_HVLOCK) {
			hptp_port_relax();
			continue;
		}
		*p = (struct hptp_peek){ .idx = idx, .v = v, .r = hptp_dw_load(&h->r) };
		view = hptp_view(vm, idx);
		if (hptp_state_of(v, p->r) == HPTP_ORPHAN)
			p->g = p->r & ~HPTP_R_TAG;
		else if (view)
			p->g = hptp_load64(view);
		if (vm->table.isa_3_0 && (v & HPTP_V_VALID))
			hptp_hpte_from_3_0(&p->v, &p->r);
		/* dword 1 and the view were read before dword 0 is read again. [M6] */
		hptp_read_barrier();
		if (hptp_dw_load(&h->v) == v)
			return true;
	}
	return false;
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
		if (!looks_like(s, hptp_dw_load(&vm->table.hpte[idx].v), states))
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

	if (!s.base)
		return HPTP_NOT_FOUND;
	found = find_in_group(vm, &s, s.hash, 0, states, p);
	if (found == HPTP_NOT_FOUND)
		found = find_in_group(vm, &s, ~s.hash, HPTP_V_SECONDARY, states, p);
	return found;
}
