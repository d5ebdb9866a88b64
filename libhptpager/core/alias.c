// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Aliases come back together. A page that was paged out took all its entries along, and
 * each would cost the guest a fault of its own; what one fault found out of the host's page
 * holds for the others. They are extras: whatever stands in the way of one, it is passed.
 */
#include "alias.h"
#include "history.h"
#include "resolve.h"
#include "rmap.h"
#include "rules.h"

/* So many beside the one that faulted: one that nobody uses costs page-out a tlbie. */
#define ALIASES 8u

/* Decides nothing: all is read again under the lock. */
static bool looks_absent(const struct hptp_vm *vm, uint64_t idx)
{
	const struct hptp_hpte *h = &vm->table.hpte[idx];

	return hptp_dw_any(&h->v, HPTP_V_ABSENT) && !hptp_dw_any(&h->v, HPTP_V_HVLOCK);
}

/* Is the locked entry absent, of this set, and its page within what was looked up? */
static bool fits(const struct hptp_page *page, const struct hptp_locked *l, uint64_t *g,
		 struct hptp_member *m)
{
	return hptp_state_of(l->v, l->r) == HPTP_ABSENT &&
	       hptp_member_in(page->slot, page->off, 1, l, g, m) && m->off == page->off &&
	       (hptp_frames(page->slot->vm, m->actual) <= page->frames ||
		!hptp_keep(HPTP_RULE_ALIAS_COVERED));
}

static bool reinstate(struct hptp_vcpu *vcpu, const struct hptp_page *page,
		      const struct hptp_host_page *host, const struct hptp_snapshot *snap,
		      uint64_t idx)
{
	struct hptp_vm *vm = vcpu->vm;
	struct hptp_member m;
	struct hptp_locked l;
	uint64_t g, r;

	/* A lock that somebody holds is not waited for: one's own fault will do it. */
	if (!hptp_hpte_trylock(&vm->table, idx, HPTP_V_VALID, &l))
		return false;
	/* The check covers the page that faulted, and so this one. */
	if (!fits(page, &l, &g, &m) || hptp_real(vm, m.actual, host, g, &r) != HPTP_RESOLVED ||
	    (hptp_join(page, &l, NULL, snap) != HPTP_JOINED && hptp_keep(HPTP_RULE_ALIAS_CHECK))) {
		hptp_hpte_unlock(&l);
		return false;
	}
	hptp_take_pending(&m, &l, g);
	hptp_hpte_publish(&vm->table, &l, l.v, r);
	hptp_count(vcpu, alias);
	hptp_trace(vm, HPTP_EV_REFAULT, idx, page->slot->base + page->off);
	return true;
}

void hptp_reinstate_aliases(struct hptp_vcpu *vcpu, const struct hptp_page *page,
			    const struct hptp_host_page *host, const struct hptp_snapshot *snap)
{
	struct hptp_vm *vm = vcpu->vm;
	uint32_t idx[HPTP_RMAP_COPY];
	struct hptp_rmap_locked rl;
	uint64_t cursor = 0;
	unsigned n, members, left = ALIASES;

	members = hptp_rmap_count(hptp_load32(page->word));
	if (members < 2 || members > HPTP_CROWD)
		return; /* page-out leaves no absent ones in a crowd */
	/* Of a large set the first leaf's. */
	rl = hptp_rmap_lock(page->word);
	n = hptp_rmap_copy(vm, rl.word, page->rec, &cursor, idx, HPTP_RMAP_COPY);
	hptp_rmap_unlock(&rl);
	for (unsigned i = 0; i < n; i++) {
		hptp_prefetch_write(&vm->table.hpte[idx[i]]);
		hptp_prefetch(hptp_view(&vm->table, idx[i]));
	}
	for (unsigned i = 0; i < n && left; i++)
		if (looks_absent(vm, idx[i]) && reinstate(vcpu, page, host, snap, idx[i]))
			left--;
}
