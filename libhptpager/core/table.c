// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Locking and changing entries of the hashed page table. */
#include "table.h"
#include "rules.h"
#include "vm.h"

static void locked_init(const struct hptp_table *t, uint64_t idx, uint64_t raw,
			struct hptp_locked *l)
{
	l->hpte = &t->hpte[idx];
	l->idx = idx;
	l->raw = raw & ~HPTP_V_HVLOCK;
	l->v = l->raw;
	l->r = hptp_dw_load(&l->hpte->r);
	l->view = hptp_view(t, idx);
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
