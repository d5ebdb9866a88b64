// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Flushing translations, in batches. */
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

void hptp_batch_flush(struct hptp_batch *b)
{
	uint64_t rb[HPTP_BATCH];

	for (uint32_t i = 0; i < b->n; i++)
		rb[i] = hptp_tlbie_rb(b->v[i], b->r[i], b->idx[i]);
	hptp_flush(b->vm, b->vcpu, rb, b->n);
}
