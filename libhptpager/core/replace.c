// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The table as a whole: made, ended, closed and opened again. */
#include "replace.h"

int hptp_table_make(struct hptp_vm *vm, struct hptp_table *t, unsigned order)
{
	int error;

	memset(t, 0, sizeof(*t));
	t->isa_3_0 = vm->table.isa_3_0;
	t->generation = vm->table.generation + 1;
	t->pool.seed = vm->table.pool.seed;
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
		error = hptp_pool_init(vm, &t->pool, t->n);
	if (error)
		hptp_table_end(vm, t);
	return error;
}

void hptp_table_end(struct hptp_vm *vm, struct hptp_table *t)
{
	hptp_sparse_free(vm, &t->pool.nodes);
	hptp_sparse_free(vm, &t->views);
	if (t->hpte)
		hptp_op(vm, table_free, t->order, &t->mem);
	t->hpte = NULL;
}

void hptp_table_close(struct hptp_vm *vm)
{
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
