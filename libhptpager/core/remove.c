// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * H_REMOVE and H_BULK_REMOVE. An entry stays locked and in its set until its translations
 * are flushed, so that a page-out which finds the set waits for it; then R and C are
 * read and handed on, the entry leaves its set, and only then it is free.
 */
#include "remove.h"
#include "batch.h"
#include "change.h"
#include "history.h"
#include "rmap.h"
#include "rules.h"

/* Fetch an entry and its view. */
static void prefetch_entry(struct hptp_vm *vm, uint64_t idx)
{
	hptp_prefetch_write(&vm->table.hpte[idx]);
	hptp_prefetch_write(hptp_view(&vm->table, idx));
}

/*
 * Fetch the record that the view names, while the entry itself is still on its way. A
 * hint: whatever the view holds, only its frame's record is looked at.
 */
static void prefetch_set(struct hptp_vm *vm, uint64_t idx)
{
	const uint64_t *view = hptp_view(&vm->table, idx);
	uint64_t gfn = view ? (hptp_load64(view) & HPTP_R_RPN) >> vm->frame_shift : 0;
	struct hptp_slot *slot = view ? hptp_slot_of(vm, gfn, true) : NULL;
	struct hptp_record *rec = slot ? hptp_record(slot, gfn - slot->base) : NULL;

	if (rec)
		hptp_prefetch_write(rec);
}

/* Does the entry fit what the guest asked for? */
static bool matches(const struct hptp_locked *l, uint64_t flags, uint64_t avpn)
{
	if (hptp_state_of(l->v, l->r) == HPTP_FREE)
		return false;
	if ((flags & HPTP_H_AVPN) && (l->v & ~HPTP_V_LOW) != avpn)
		return false;
	/* Compared with what the guest knows of dword 0, not with our software bits. */
	if ((flags & HPTP_H_ANDCOND) && (hptp_guest_v(l->v) & avpn))
		return false;
	return true;
}

/*
 * The end of an entry whose translations are flushed: its last R and C go where they
 * belong and it leaves its set. Returns the guest's dword 1.
 */
static uint64_t hand_on(struct hptp_vm *vm, const struct hptp_locked *l)
{
	enum hptp_state state = hptp_state_of(l->v, l->r);
	uint64_t g = hptp_view_of(l), rc = l->r & HPTP_R_RC;
	struct hptp_member m;

	if (state != HPTP_ORPHAN) {
		g |= rc;
		if (hptp_member_of(vm, l, g, &m))
			hptp_leave(&m, l->idx, rc);
	}
	hptp_changed(vm, l->idx);
	return g;
}

uint64_t hptp_retire(struct hptp_vm *vm, const struct hptp_locked *l)
{
	uint64_t g = hand_on(vm, l);

	hptp_hpte_free(l);
	return g;
}

uint64_t hptp_take_out(struct hptp_vm *vm, struct hptp_vcpu *vcpu, struct hptp_locked *l)
{
	if (l->v & HPTP_V_VALID)
		l->r |= hptp_transit_one(vm, vcpu, l, false);
	return hand_on(vm, l);
}

/* Remove one locked entry that fits. */
static uint64_t remove_one(struct hptp_vcpu *vcpu, struct hptp_locked *l)
{
	struct hptp_vm *vm = vcpu->vm;
	uint64_t g;

	if ((l->v & HPTP_V_VALID) && !hptp_keep(HPTP_RULE_UNLINK_AFTER_FLUSH)) {
		uint64_t rb = hptp_tlbie_rb(l->v, l->r, l->idx);

		hptp_hpte_transit(l, false);
		g = hptp_retire(vm, l);
		hptp_flush(vm, vcpu, &rb, 1);
		return g;
	}
	g = hptp_take_out(vm, vcpu, l);
	hptp_hpte_free(l);
	return g;
}

static long remove_call(struct hptp_vcpu *vcpu, uint64_t flags, uint64_t ptex, uint64_t avpn,
			uint64_t out[2])
{
	struct hptp_vm *vm = vcpu->vm;
	struct hptp_locked l;

	prefetch_entry(vm, ptex);
	prefetch_set(vm, ptex);
	hptp_hpte_lock(&vm->table, ptex, &l, &vcpu->count);
	if (!matches(&l, flags, avpn)) {
		hptp_hpte_unlock(&l);
		return HPTP_H_NOT_FOUND;
	}
	out[0] = hptp_guest_v(l.v);
	out[1] = remove_one(vcpu, &l);
	hptp_count(&vcpu->count, remove);
	return HPTP_H_SUCCESS;
}

long hptp_h_remove(struct hptp_vcpu *vcpu, uint64_t flags, uint64_t ptex, uint64_t avpn,
		   uint64_t out[2])
{
	struct hptp_vm *vm = vcpu->vm;
	long code;

	hptp_port_read_begin();
	hptp_port_atomic_begin();
	code = hptp_table_has(&vm->table, ptex) ? remove_call(vcpu, flags, ptex, avpn, out) :
						  HPTP_H_PARAMETER;
	hptp_port_atomic_end();
	hptp_port_read_end();
	return code;
}

/* ---- H_BULK_REMOVE: LoPAR 14.5.4.1.7, a specifier's high byte and what is answered in it */

#define BULK_TYPE(spec) ((spec) >> 62)
#define BULK_REQUEST 1u
#define BULK_END 3u
#define BULK_FLAGS(spec) (((spec) >> 56) & 3)
#define BULK_ANDCOND 1u
#define BULK_AVPN 2u
#define BULK_INDEX 0x00ffffffffffffffull
#define BULK_MAX 4u

#define BULK_SUCCESS 0x80ull
#define BULK_NOT_FOUND 0x90ull
#define BULK_PARAMETER 0xa0ull

static uint64_t bulk_answer(uint64_t spec, uint64_t status)
{
	return (spec & BULK_INDEX) | (status | BULK_FLAGS(spec)) << 56;
}

/* R and C of the guest's dword 1 stand at bits 59 and 58 of the answer. */
static uint64_t bulk_rc(uint64_t g)
{
	return (g & HPTP_R_RC) << 51;
}

struct bulk {
	struct hptp_batch batch;
	uint64_t *spec[BULK_MAX]; /* of the entries in the batch */
};

static void bulk_finish(struct bulk *b)
{
	hptp_batch_flush(&b->batch);
	for (uint32_t i = 0; i < b->batch.n; i++) {
		struct hptp_locked l = hptp_batch_entry(&b->batch, i);

		*b->spec[i] |= bulk_rc(hptp_retire(b->batch.vm, &l));
	}
	b->batch.n = 0;
}

static void bulk_lock(struct bulk *b, uint64_t idx, struct hptp_locked *l)
{
	struct hptp_table *t = &b->batch.vm->table;

	if (b->batch.n && hptp_hpte_trylock(t, idx, 0, l))
		return;
	/* Somebody else's, or one of this batch named twice: waited for with none held. */
	bulk_finish(b);
	hptp_hpte_lock(t, idx, l, b->batch.count);
}

static void bulk_one(struct bulk *b, uint64_t *spec, uint64_t avpn)
{
	static const uint64_t h_flags[] = { 0, HPTP_H_ANDCOND, HPTP_H_AVPN };
	struct hptp_locked l;

	bulk_lock(b, *spec & BULK_INDEX, &l);
	if (!matches(&l, h_flags[BULK_FLAGS(*spec)], avpn)) {
		hptp_hpte_unlock(&l);
		*spec = bulk_answer(*spec, BULK_NOT_FOUND);
		return;
	}
	*spec = bulk_answer(*spec, BULK_SUCCESS);
	hptp_count(b->batch.count, remove);
	if (l.v & HPTP_V_VALID) {
		b->spec[b->batch.n] = spec;
		hptp_batch_add(&b->batch, &l, false);
	} else {
		*spec |= bulk_rc(hptp_retire(b->batch.vm, &l));
	}
}

static void bulk_prefetch(struct hptp_vm *vm, const uint64_t args[8])
{
	for (unsigned i = 0; i < 2 * BULK_MAX; i += 2)
		prefetch_entry(vm, args[i] & BULK_INDEX & (vm->table.n - 1));
	for (unsigned i = 0; i < 2 * BULK_MAX; i += 2)
		prefetch_set(vm, args[i] & BULK_INDEX & (vm->table.n - 1));
}

long hptp_h_bulk_remove(struct hptp_vcpu *vcpu, uint64_t args[8])
{
	struct hptp_vm *vm = vcpu->vm;
	long code = HPTP_H_SUCCESS;
	struct bulk b;

	hptp_batch_init(&b.batch, vm, vcpu);
	hptp_port_read_begin();
	hptp_port_atomic_begin();
	if (hptp_table_usable(&vm->table))
		bulk_prefetch(vm, args);
	for (unsigned i = 0; i < 2 * BULK_MAX; i += 2) {
		uint64_t *spec = &args[i];

		if (BULK_TYPE(*spec) == BULK_END)
			break;
		if (BULK_TYPE(*spec) != BULK_REQUEST || BULK_FLAGS(*spec) == 3 ||
		    !hptp_table_has(&vm->table, *spec & BULK_INDEX)) {
			*spec = bulk_answer(*spec, BULK_PARAMETER);
			code = HPTP_H_PARAMETER;
			break;
		}
		bulk_one(&b, spec, args[i + 1]);
	}
	bulk_finish(&b);
	hptp_port_atomic_end();
	hptp_port_read_end();
	return code;
}
