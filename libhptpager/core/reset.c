// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Reset: the table emptied in place, exchanged for one of another order, or taken away. */
#include "hptpager/reset.h"
#include "hptpager/ready.h"
#include "replace.h"
#include "resize.h"

static int reset(struct hptp_vm *vm, unsigned order)
{
	struct hptp_table fresh, old;
	int error;

	if (order == vm->table.order) {
		hptp_table_close(vm);
		hptp_table_retire(vm, NULL, NULL);
		/* No reader is left to see this, and no hardware. */
		if (order)
			memset(vm->table.hpte, 0, (size_t)1 << order);
		fresh = vm->table;
		hptp_table_swap(vm, &fresh, &old);
		hptp_table_open(vm);
		return HPTP_OK;
	}
	error = hptp_table_make(vm, &fresh, order);
	if (error)
		return error;
	hptp_table_close(vm);
	hptp_table_retire(vm, NULL, NULL);
	hptp_table_swap(vm, &fresh, &old);
	hptp_table_open(vm);
	hptp_table_end(vm, &old);
	return HPTP_OK;
}

int hptp_vm_reset(struct hptp_vm *vm, unsigned order)
{
	bool ready = hptp_vm_is_ready(vm);
	int error;

	if (!hptp_order_ok(order))
		return HPTP_E_PARAM;
	error = hptp_vm_stop(vm);
	if (!error)
		error = reset(vm, order);
	if (!error)
		hptp_resize_drop(vm);
	else if (ready)
		hptp_vm_ready(vm);
	return error;
}

unsigned hptp_vrma_page_shift(unsigned host_shift)
{
	static const uint8_t shifts[] = { 24, 16, 12 };

	for (unsigned i = 0; i < sizeof(shifts); i++)
		if (shifts[i] <= host_shift)
			return shifts[i];
	return 0;
}
