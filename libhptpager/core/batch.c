// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Flushing translations, in batches. */
#include "batch.h"
#include "rules.h"

void hptp_flush(struct hptp_vm *vm, struct hptp_vcpu *vcpu, const uint64_t *rb, uint32_t n)
{
	struct hptp_shard *count = vcpu ? &vcpu->count : &vm->host_count;
	struct hptp_flush flush = { .rb = rb, .n = n, .vcpu = vcpu ? vcpu->host : NULL };

	if (!n || !hptp_keep(HPTP_RULE_FLUSH))
		return;
	hptp_count_add(count, HPTP_COUNT_tlbie, n);
	hptp_count(count, sync);
	hptp_op(vm, tlb_flush, &flush);
	hptp_trace(vm, HPTP_EV_BATCH, n, 0);
}

void hptp_batch_add(struct hptp_batch *b, const struct hptp_locked *l, bool absent)
{
	b->idx[b->n] = (uint32_t)l->idx;
	b->v[b->n] = l->v;
	b->r[b->n] = l->r;
	b->n++;
	hptp_hpte_transit(l, absent);
}

void hptp_batch_flush(struct hptp_batch *b)
{
	uint64_t rb[HPTP_BATCH];

	for (uint32_t i = 0; i < b->n; i++)
		rb[i] = hptp_tlbie_rb(b->v[i], b->r[i], b->idx[i]);
	hptp_flush(b->vm, b->vcpu, rb, b->n);
}

uint64_t hptp_transit_one(struct hptp_vm *vm, struct hptp_vcpu *vcpu, const struct hptp_locked *l,
			  bool absent)
{
	uint64_t rb = hptp_tlbie_rb(l->v, l->r, l->idx), rc = 0;

	hptp_hpte_transit(l, absent);
	if (!hptp_keep(HPTP_RULE_FLUSH_BEFORE_HARVEST))
		rc = hptp_hpte_rc(l);
	hptp_flush(vm, vcpu, &rb, 1);
	return hptp_keep(HPTP_RULE_FLUSH_BEFORE_HARVEST) ? hptp_hpte_rc(l) : rc;
}
