// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Flushing a partition. */
#include "batch.h"
#include "rules.h"

void hptp_flush_all(struct hptp_vm *vm)
{
	struct hptp_flush flush = { .all = true };

	if (!hptp_keep(HPTP_RULE_FLUSH))
		return;
	hptp_count_add(&vm->host_count, HPTP_COUNT_sync, 1);
	hptp_op(vm, tlb_flush, &flush);
}
