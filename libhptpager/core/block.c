// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * H_BLOCK_REMOVE: up to eight entries of one aligned block of eight virtual pages, one TLB
 * sequence. All locks are tried, none is waited for: who is late is told "busy".
 */
#include "batch.h"
#include "remove.h"

/* LoPAR, H_BLOCK_REMOVE: a translation specifier, and its control byte as it is answered. */
#define TS_MAX 8u
#define TS_TYPE(ts) ((ts) >> 62)
#define TS_REQUEST 1u
#define TS_END 3u
#define TS_AVPN 0x0100000000000000ull
#define TS_INDEX 0x00ffffffffffffffull

#define TS_SUCCESS 0x80ull
#define TS_NOT_FOUND 0x88ull
#define TS_PARAMETER 0x90ull
#define TS_INCONSISTENT 0x98ull
#define TS_BUSY 0xa0ull
#define TS_CROSS_BOUNDARY 0xa8ull

struct block {
	struct hptp_batch batch;
	uint64_t *ts[TS_MAX]; /* of the entries in the batch */
	/* Those that are not valid stay locked too: one that is named twice is "busy" the second
	 * time, paged out or not. */
	struct hptp_locked absent[TS_MAX];
	uint64_t *absent_ts[TS_MAX];
	unsigned n_absent;
	/* The first entry that fits says what the others must be like. */
	bool anchored;
	uint64_t v, idx;
	struct hptp_psize size;
};

/* R and C of the guest's dword 1 stand at bits 58 and 57 of the answer. */
static uint64_t ts_rc(uint64_t g)
{
	return (g & HPTP_R_RC) << 50;
}

static uint64_t anchor(struct block *b, const struct hptp_locked *l, struct hptp_psize size)
{
	if (!b->anchored) {
		b->anchored = true;
		b->v = l->v;
		b->idx = l->idx;
		b->size = size;
	}
	if (size.base != b->size.base || size.actual != b->size.actual ||
	    ((l->v ^ b->v) & HPTP_V_B))
		return TS_INCONSISTENT;
	if (!hptp_hpte_same_block(l->v, l->idx, b->v, b->idx, size.base))
		return TS_CROSS_BOUNDARY;
	return TS_SUCCESS;
}

/* May the locked entry be removed, and if not, why? */
static uint64_t judge(struct block *b, const struct hptp_locked *l, uint64_t ts, uint64_t avpn)
{
	if (hptp_state_of(l->v, l->r) == HPTP_FREE || (l->v & HPTP_V_BOLTED))
		return TS_NOT_FOUND;
	if ((ts & TS_AVPN) && (l->v & ~HPTP_V_LOW) != avpn)
		return TS_NOT_FOUND;
	return anchor(b, l, hptp_hpte_psize(l->v, hptp_view_of(l)));
}

/* Answer one specifier; *ts is the index, and gets R and C. */
static uint64_t block_one(struct block *b, uint64_t *ts, uint64_t asked, uint64_t avpn)
{
	struct hptp_vm *vm = b->batch.vm;
	uint64_t idx = *ts, status;
	struct hptp_locked l;

	/* While the table is closed nothing is out of range, and the guest tries again. */
	if (!hptp_table_has(&vm->table, idx))
		return hptp_table_usable(&vm->table) ? TS_PARAMETER : TS_BUSY;
	if (!hptp_hpte_trylock(&vm->table, idx, 0, &l))
		return TS_BUSY;
	status = judge(b, &l, asked, avpn);
	if (status != TS_SUCCESS) {
		hptp_hpte_unlock(&l);
		return status;
	}
	hptp_count(b->batch.vcpu, remove);
	if (l.v & HPTP_V_VALID) {
		b->ts[b->batch.n] = ts;
		hptp_batch_add(&b->batch, &l, false);
	} else {
		b->absent[b->n_absent] = l;
		b->absent_ts[b->n_absent++] = ts;
	}
	return status;
}

static void block_finish(struct block *b)
{
	hptp_batch_flush(&b->batch);
	for (uint32_t i = 0; i < b->batch.n; i++) {
		struct hptp_locked l = hptp_batch_entry(&b->batch, i);

		*b->ts[i] |= ts_rc(hptp_retire(b->batch.vm, &l));
	}
	for (unsigned i = 0; i < b->n_absent; i++)
		*b->absent_ts[i] |= ts_rc(hptp_retire(b->batch.vm, &b->absent[i]));
}

static long block_remove(struct hptp_vcpu *vcpu, uint64_t avpn, uint64_t *ts, unsigned n)
{
	long code = HPTP_H_SUCCESS;
	struct block b;

	hptp_batch_init(&b.batch, hptp_vcpu_vm(vcpu), vcpu);
	b.anchored = false;
	b.n_absent = 0;
	for (unsigned i = 0; i < n; i++) {
		uint64_t asked = ts[i], status;

		ts[i] &= TS_INDEX;
		status = block_one(&b, &ts[i], asked, avpn);
		ts[i] |= status << 56 | (asked & TS_AVPN);
		if (status != TS_SUCCESS)
			code = HPTP_H_PARTIAL;
	}
	block_finish(&b);
	return code;
}

long hptp_h_block_remove(struct hptp_vcpu *vcpu, uint64_t args[9])
{
	uint64_t avpn = args[0];
	unsigned n = 0;
	long code;

	/* A specifier of another type: nothing is done at all. */
	while (n < TS_MAX && TS_TYPE(args[1 + n]) != TS_END)
		if (TS_TYPE(args[1 + n++]) != TS_REQUEST)
			return HPTP_H_PARAMETER;
	for (unsigned i = 0; i < TS_MAX; i++)
		args[i] = args[i + 1];
	hptp_port_read_begin();
	hptp_port_atomic_begin();
	code = block_remove(vcpu, avpn, args, n);
	hptp_port_atomic_end();
	hptp_port_read_end();
	return code;
}
