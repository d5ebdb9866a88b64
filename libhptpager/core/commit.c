// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Committing a resize: the entries move to the new table, while nobody else is in either.
 * Each goes there as an orphan, which needs no set and no view: its first fault links it.
 */
#include "hptpager/ready.h"
#include "change.h"
#include "replace.h"
#include "resize.h"

struct move {
	const struct hptp_table *from;
	struct hptp_table *to;
	uint64_t kept, dropped;
};

static void make_orphan(struct hptp_hpte *h, uint64_t v, uint64_t g)
{
	hptp_dw_store(&h->r, g | HPTP_R_TAG);
	hptp_dw_store(&h->v, (v & ~HPTP_V_VALID) | HPTP_V_ABSENT);
}

/* False: its place is taken. */
static bool place(struct move *m, const struct hptp_locked *l, uint64_t g)
{
	uint64_t idx = hptp_hpte_moved(l->v, g, l->idx, m->from->groups, m->to->groups);
	struct hptp_hpte *h = &m->to->hpte[idx];

	if (hptp_dw_load(&h->v))
		return false;
	make_orphan(h, l->v, g);
	m->kept++;
	return true;
}

/* Bolted entries first, before anything else is touched. False: two of them meet. */
static bool place_bolted(struct move *m)
{
	for (uint64_t i = 0; i < m->from->n; i++) {
		struct hptp_locked l;
		uint64_t g;

		if (i % HPTP_SCAN_SLICE == 0)
			hptp_port_resched();
		if (!(hptp_dw_load(&m->from->hpte[i].v) & HPTP_V_BOLTED))
			continue;
		hptp_hpte_look(m->from, i, &l);
		g = hptp_view_of(&l) | (hptp_linked(&l) ? l.r & HPTP_R_RC : 0);
		if (!place(m, &l, g))
			return false;
	}
	return true;
}

static void place_other(void *arg, const struct hptp_locked *l, uint64_t g)
{
	struct move *m = arg;

	if (!(l->v & HPTP_V_BOLTED) && !place(m, l, g))
		m->dropped++;
}

static void stay(void *arg, const struct hptp_locked *l, uint64_t g)
{
	struct hptp_vm *vm = arg;

	if (g != hptp_view_of(l))
		hptp_changed(vm, l->idx);
	make_orphan(l->hpte, l->v, g);
}

static int move_all(struct hptp_vm *vm, struct hptp_resize *r, struct hptp_resized *result)
{
	struct move m = { .from = &vm->table, .to = &r->table };
	struct hptp_table old;

	hptp_table_close(vm);
	if (!place_bolted(&m)) {
		/* Page-outs that found no table left their entries alone: none may stay valid. */
		if (hptp_keep(HPTP_RULE_ABSENT_AGAIN))
			hptp_table_retire(vm, stay, vm);
		hptp_table_open(vm);
		return HPTP_E_PTEG_FULL;
	}
	hptp_table_retire(vm, place_other, &m);
	hptp_table_swap(vm, &r->table, &old);
	hptp_table_open(vm);
	r->table = old; /* and is freed with it */
	if (result)
		*result = (struct hptp_resized){ m.kept, m.dropped };
	return HPTP_OK;
}

int hptp_resize_commit(struct hptp_vm *vm, uint64_t flags, uint64_t order,
		       struct hptp_resized *result)
{
	struct hptp_resize *r;
	int error;

	if (flags || !order || order > HPTP_MAX_ORDER || !hptp_order_ok((unsigned)order))
		return HPTP_E_PARAM;
	if (!vm->table.n)
		return HPTP_E_STATE;
	if (hptp_vm_is_ready(vm) || hptp_vm_stop(vm))
		return HPTP_E_BUSY;
	error = hptp_resize_take(vm, order, &r);
	if (error)
		return error;
	error = r->error;
	if (!error)
		error = move_all(vm, r, result);
	hptp_resize_free(vm, r);
	return error;
}
