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
	uint64_t v[HPTP_BATCH], r[HPTP_BATCH]; /* as they were when valid, old format */
};

static inline void hptp_batch_init(struct hptp_batch *b, struct hptp_vm *vm, struct hptp_vcpu *vcpu)
{
	b->vm = vm;
	b->vcpu = vcpu;
	b->count = vcpu ? &vcpu->count : &vm->host_count;
	b->n = 0;
}

/* Take a valid, locked entry into transit. The batch must not be full. */
void hptp_batch_add(struct hptp_batch *b, const struct hptp_locked *l, bool absent);

/* Flush what is in transit. The entries stay locked; the caller ends each and sets n to 0. */
void hptp_batch_flush(struct hptp_batch *b);

/* Entry i of a batch again as the locked entry it is; r has R and C as of after the flush. */
static inline struct hptp_locked hptp_batch_entry(const struct hptp_batch *b, uint32_t i)
{
	struct hptp_locked l = {
		.hpte = &b->vm->table.hpte[b->idx[i]],
		.idx = b->idx[i],
		.view = hptp_view(&b->vm->table, b->idx[i]),
		.v = b->v[i],
		.r = b->r[i],
	};

	if (hptp_keep(HPTP_RULE_FLUSH_BEFORE_HARVEST))
		l.r |= hptp_hpte_rc(&l); /* bits are only ever added while it was valid */
	return l;
}

/* Take one entry into transit and flush it; returns R and C. */
uint64_t hptp_transit_one(struct hptp_vm *vm, struct hptp_vcpu *vcpu, const struct hptp_locked *l,
			  bool absent);

/* Flush by operand, for entries that are not in transit. */
void hptp_flush(struct hptp_vm *vm, struct hptp_vcpu *vcpu, const uint64_t *rb, uint32_t n);

#endif
