/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Entries in transit, flushed together: locked, V clear, their translations still in use
 * until the one TLB sequence that hptp_batch_flush() makes. R and C are read after it.
 *
 * Only the first lock of a batch may be waited for; when another is taken by somebody
 * else the batch is finished first. So nobody waits while holding a lock.
 */
#ifndef HPTP_BATCH_H
#define HPTP_BATCH_H

#include "rules.h"
#include "table.h"
#include "vm.h"

struct hptp_batch {
	struct hptp_vm *vm;
	struct hptp_vcpu *vcpu; /* who asks, or NULL */
	struct hptp_shard *count;
	uint32_t n;
	uint32_t idx[HPTP_BATCH];
	uint64_t rb[HPTP_BATCH]; /* operands of the flush */
	uint64_t r[HPTP_BATCH];  /* dword 1 as it was when valid, old format */
};

static inline void hptp_batch_init(struct hptp_batch *b, struct hptp_vm *vm, struct hptp_vcpu *vcpu)
{
	b->vm = vm;
	b->vcpu = vcpu;
	b->count = vcpu ? &vcpu->count : &vm->host_count;
	b->n = 0;
}

/* Take a valid, locked entry into transit. The batch must not be full. */
static hptp_inline void hptp_batch_add(struct hptp_batch *b, const struct hptp_locked *l,
				       bool absent)
{
	uint32_t i = b->n++;

	b->idx[i] = (uint32_t)l->idx;
	b->rb[i] = hptp_tlbie_rb(l->v, l->r, l->idx);
	b->r[i] = l->r;
	hptp_hpte_transit(l, absent);
}

/*
 * Entry i of a batch again as the locked entry that it was when it was valid; r has R and C
 * as of after the flush. The view is left out, for those who do not look at it.
 */
static hptp_inline struct hptp_locked hptp_batch_bare(const struct hptp_batch *b, uint32_t i)
{
	struct hptp_locked l = {
		.hpte = hptp_hpte_at(&b->vm->table, b->idx[i]),
		.idx = b->idx[i],
		.r = b->r[i],
	};

	/* Whatever the table's format, in the old one since it is in transit. */
	l.v = (hptp_dw_load(&l.hpte->v) & ~(HPTP_V_HVLOCK | HPTP_V_ABSENT)) | HPTP_V_VALID;
	if (hptp_keep(HPTP_RULE_FLUSH_BEFORE_HARVEST))
		l.r |= hptp_hpte_rc(&l); /* bits are only ever added while it was valid */
	return l;
}

static inline struct hptp_locked hptp_batch_entry(const struct hptp_batch *b, uint32_t i)
{
	struct hptp_locked l = hptp_batch_bare(b, i);

	l.view = hptp_view(&b->vm->table, l.idx);
	return l;
}

/* Flush by operand. The entries are in transit, or were young a moment ago. */
static hptp_inline void hptp_flush(struct hptp_vm *vm, struct hptp_vcpu *vcpu, const uint64_t *rb,
				   uint32_t n)
{
	struct hptp_flush flush = { .rb = rb, .n = n, .vcpu = vcpu ? vcpu->host : NULL };

	if (!n || !hptp_keep(HPTP_RULE_FLUSH))
		return;
	if (vcpu) {
		hptp_count_own(&vcpu->count, HPTP_COUNT_tlbie, n);
		hptp_count(vcpu, sync);
	} else {
		hptp_add64(&vm->host_count.count[HPTP_COUNT_tlbie], n);
		hptp_add64(&vm->host_count.count[HPTP_COUNT_sync], 1);
	}
	hptp_op(vm, tlb_flush, &flush);
	hptp_trace(vm, HPTP_EV_BATCH, n, 0);
}

/* Flush what is in transit. The entries stay locked; the caller ends each and sets n to 0. */
static hptp_inline void hptp_batch_flush(struct hptp_batch *b)
{
	hptp_flush(b->vm, b->vcpu, b->rb, b->n);
}

/* Take one entry into transit and flush it; returns R and C. */
static hptp_inline uint64_t hptp_transit_one(struct hptp_vm *vm, struct hptp_vcpu *vcpu,
					     const struct hptp_locked *l, bool absent)
{
	uint64_t rb = hptp_tlbie_rb(l->v, l->r, l->idx), rc = 0;

	hptp_hpte_transit(l, absent);
	if (!hptp_keep(HPTP_RULE_FLUSH_BEFORE_HARVEST))
		rc = hptp_hpte_rc(l);
	hptp_flush(vm, vcpu, &rb, 1);
	return hptp_keep(HPTP_RULE_FLUSH_BEFORE_HARVEST) ? hptp_hpte_rc(l) : rc;
}

/* Flush the whole partition. Task context, no lock held, no vCPU in the guest. */
void hptp_flush_all(struct hptp_vm *vm);

#endif
