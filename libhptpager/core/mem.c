// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Memory through the callbacks, accounted per VM; and the report of a broken invariant. */
#include "vm.h"

void *hptp_mem_alloc(struct hptp_vm *vm, size_t size)
{
	void *mem = hptp_op(vm, mem_alloc, size);

	if (mem)
		hptp_add64(&vm->bytes, size);
	return mem;
}

void hptp_mem_free(struct hptp_vm *vm, void *mem, size_t size)
{
	hptp_add64(&vm->bytes, (uint64_t)0 - size);
	hptp_op(vm, mem_free, mem, size);
}

void hptp_bug(struct hptp_vm *vm, const char *what)
{
	if (hptp_op_given(vm, bug))
		hptp_op(vm, bug, what);
}
