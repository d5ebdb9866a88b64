// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The table as a whole: made, ended, closed, emptied and opened again. */
#include "replace.h"
#include "batch.h"
#include "history.h"
#include "rmap.h"

int hptp_table_make(struct hptp_vm *vm, struct hptp_table *t, unsigned order)
{
	int error;

	memset(t, 0, sizeof(*t));
	t->isa_3_0 = vm->table.isa_3_0;
	if (!order)
		return HPTP_OK;
	error = hptp_op(vm, table_alloc, order, &t->mem);
	if (error)
		return error;
	t->hpte = t->mem.virt;
	t->order = (uint8_t)order;
	t->n = (uint64_t)1 << (order - 4);
	t->groups = t->n / HPTP_PER_GROUP;
	error = hptp_sparse_init(vm, &t->views, t->n, HPTP_VIEW_SHIFT, HPTP_CHUNK_SHIFT);
	if (!error)
		error = hptp_sparse_init(vm, &t->spots, t->n, HPTP_SPOT_SHIFT, HPTP_CHUNK_SHIFT);
	if (!error)
		error = hptp_pool_init(vm, &t->pool, t->n);
	if (error)
		hptp_table_end(vm, t);
	return error;
}

void hptp_table_end(struct hptp_vm *vm, struct hptp_table *t)
{
	hptp_sparse_free(vm, &t->pool.nodes);
	hptp_sparse_free(vm, &t->spots);
	hptp_sparse_free(vm, &t->views);
	if (t->hpte)
		hptp_op(vm, table_free, t->order, &t->mem);
	t->hpte = NULL;
}

void hptp_table_close(struct hptp_vm *vm)
{
	/* Before a page-out finds no table and leaves it at that. */
	if (vm->table.n)
		hptp_flush_all(vm);
	hptp_store64(&vm->table.limit, 0);
	if (hptp_keep(HPTP_RULE_CLOSE))
		hptp_port_synchronize();
}

void hptp_table_open(struct hptp_vm *vm)
{
	/*
	 * Who finds the limit raised came after this grace period began, and so sees all that
	 * was stored before: readers need no barrier. [M60]
	 */
	hptp_port_synchronize();
	hptp_store64(&vm->table.limit, vm->table.n);
}

/* Entries of one group that are not free, each with what it needs to leave its set. */
struct leaving {
	unsigned n;
	struct hptp_locked l[HPTP_PER_GROUP];
	uint64_t g[HPTP_PER_GROUP];
	struct hptp_member m[HPTP_PER_GROUP]; /* slot NULL: member of no set */
};

static void gather(struct hptp_vm *vm, uint64_t first, struct leaving *g)
{
	g->n = 0;
	for (uint64_t i = first; i < first + HPTP_PER_GROUP; i++) {
		struct hptp_locked *l = &g->l[g->n];
		struct hptp_member *m = &g->m[g->n];

		if (!(hptp_dw_load(&vm->table.hpte[i].v) & (HPTP_V_VALID | HPTP_V_ABSENT)))
			continue;
		hptp_hpte_look(&vm->table, i, l);
		g->g[g->n] = hptp_view_of(l);
		m->slot = NULL;
		if (hptp_linked(l) && hptp_member_of(vm, l, g->g[g->n], m))
			hptp_prefetch_write(hptp_set_word(m->slot, m->off));
		g->n++;
	}
}

static void retire_group(struct hptp_vm *vm, uint64_t first, hptp_retired *then, void *arg)
{
	struct leaving g;

	gather(vm, first, &g);
	for (unsigned i = 0; i < g.n; i++) {
		uint64_t rc = g.m[i].slot ? g.l[i].r & HPTP_R_RC : 0;

		if (g.m[i].slot)
			hptp_leave(&g.m[i], &g.l[i], rc);
		if (then)
			then(arg, &g.l[i], g.g[i] | rc);
	}
}

void hptp_table_retire(struct hptp_vm *vm, hptp_retired *then, void *arg)
{
	/* Slots may go meanwhile, so they are looked up in read sections. */
	for (uint64_t i = 0; i < vm->table.n; i += HPTP_SCAN_SLICE) {
		hptp_port_read_begin();
		hptp_port_atomic_begin();
		for (uint64_t k = 0; k < HPTP_SCAN_SLICE; k += HPTP_PER_GROUP)
			retire_group(vm, i + k, then, arg);
		hptp_port_atomic_end();
		hptp_port_read_end();
		hptp_port_resched();
	}
}

void hptp_table_swap(struct hptp_vm *vm, const struct hptp_table *fresh, struct hptp_table *old)
{
	struct hptp_table *t = &vm->table;

	*old = *t;
	/* All but the limit, which readers look at meanwhile. */
	t->hpte = fresh->hpte;
	t->n = fresh->n;
	t->groups = fresh->groups;
	t->views = fresh->views;
	t->spots = fresh->spots;
	t->pool = fresh->pool;
	t->order = fresh->order;
	t->mem = fresh->mem;
	hptp_store64(&t->generation, t->generation + 1);
	hptp_mmio_changed(vm);
}
