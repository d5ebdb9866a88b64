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

/*
 * Fetch the word of the set that the view names, while the entry itself is still on its
 * way. A guess: whatever the view holds, only its frame's word is looked at.
 */
static hptp_inline void prefetch_set(struct hptp_vm *vm, const uint64_t *view,
				     struct hptp_member *guess)
{
	uint64_t gfn;

	*guess = (struct hptp_member){ .slot = NULL };
	if (!view)
		return;
	gfn = (hptp_view_load(view) & HPTP_R_RPN) >> vm->frame_shift;
	guess->slot = hptp_slot_of(vm, gfn, false);
	if (!guess->slot)
		return;
	guess->off = gfn - guess->slot->base;
	guess->word = hptp_set_word(guess->slot, guess->off);
	hptp_prefetch_write(guess->word);
}

/* Does the entry fit what the guest asked for? */
static hptp_inline bool matches(const struct hptp_locked *l, uint64_t flags, uint64_t avpn)
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
 * belong and it leaves its set. *m is a guess where that is, or has no slot. Returns the
 * guest's dword 1.
 */
static hptp_inline uint64_t hand_on(struct hptp_vm *vm, const struct hptp_locked *l,
				    struct hptp_member *m)
{
	enum hptp_state state = hptp_state_of(l->v, l->r);
	uint64_t g = hptp_view_of(l), rc = l->r & HPTP_R_RC;

	if (state != HPTP_ORPHAN) {
		g |= rc;
		if (hptp_member_of(vm, l, g, m))
			hptp_leave(m, l, rc);
	}
	hptp_changed(vm, l->idx);
	return g;
}

uint64_t hptp_retire(struct hptp_vm *vm, const struct hptp_locked *l)
{
	struct hptp_member m = { .slot = NULL };
	uint64_t g = hand_on(vm, l, &m);

	hptp_hpte_free(l);
	return g;
}

static hptp_inline uint64_t take_out(struct hptp_vm *vm, struct hptp_vcpu *vcpu,
				     struct hptp_locked *l, struct hptp_member *m)
{
	if (l->v & HPTP_V_VALID)
		l->r |= hptp_transit_one(vm, vcpu, l, false);
	return hand_on(vm, l, m);
}

uint64_t hptp_take_out(struct hptp_vm *vm, struct hptp_vcpu *vcpu, struct hptp_locked *l)
{
	struct hptp_member m = { .slot = NULL };

	return take_out(vm, vcpu, l, &m);
}

/* Remove one locked entry that fits. */
static hptp_inline uint64_t remove_one(struct hptp_vcpu *vcpu, struct hptp_locked *l,
				       struct hptp_member *m)
{
	struct hptp_vm *vm = hptp_vcpu_vm(vcpu);
	uint64_t g;

	if ((l->v & HPTP_V_VALID) && !hptp_keep(HPTP_RULE_UNLINK_AFTER_FLUSH)) {
		uint64_t rb = hptp_tlbie_rb(l->v, l->r, l->idx);

		hptp_hpte_transit(l, false);
		g = hand_on(vm, l, m);
		hptp_hpte_free(l);
		hptp_flush(vm, vcpu, &rb, 1);
		return g;
	}
	g = take_out(vm, vcpu, l, m);
	hptp_hpte_free(l);
	return g;
}

static hptp_inline long remove_call(struct hptp_vcpu *vcpu, uint64_t flags, uint64_t ptex,
				    uint64_t avpn, uint64_t out[2])
{
	struct hptp_vm *vm = hptp_vcpu_vm(vcpu);
	struct hptp_member m;
	struct hptp_locked l;

	hptp_hpte_locate(&vm->table, ptex, &l);
	hptp_hpte_prefetch(&l);
	hptp_prefetch_write(hptp_spot(&vm->table, ptex));
	prefetch_set(vm, l.view, &m);
	hptp_hpte_lock_at(&vm->table, &l, &vcpu->count);
	if (!matches(&l, flags, avpn)) {
		hptp_hpte_unlock(&l);
		return HPTP_H_NOT_FOUND;
	}
	out[0] = hptp_guest_v(l.v);
	out[1] = remove_one(vcpu, &l, &m);
	hptp_count(vcpu, remove);
	return HPTP_H_SUCCESS;
}

long hptp_h_remove(struct hptp_vcpu *vcpu, uint64_t flags, uint64_t ptex, uint64_t avpn,
		   uint64_t out[2])
{
	struct hptp_vm *vm = hptp_vcpu_vm(vcpu);
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
	struct bulk_entry {
		uint64_t *spec, avpn;
		struct hptp_locked l;
		struct hptp_member m;
	} entry[BULK_MAX], *in_batch[BULK_MAX];
};

static void bulk_finish(struct bulk *b)
{
	hptp_batch_flush(&b->batch);
	for (uint32_t i = 0; i < b->batch.n; i++) {
		struct hptp_locked l = hptp_batch_entry(&b->batch, i);
		struct bulk_entry *e = b->in_batch[i];

		*e->spec |= bulk_rc(hand_on(b->batch.vm, &l, &e->m));
		hptp_hpte_free(&l);
	}
	b->batch.n = 0;
}

static hptp_inline void bulk_lock(struct bulk *b, struct hptp_locked *l)
{
	struct hptp_table *t = &b->batch.vm->table;

	if (b->batch.n && hptp_hpte_trylock_at(t, 0, l))
		return;
	/* Somebody else's, or one of this batch named twice: waited for with none held. */
	if (b->batch.n && hptp_keep(HPTP_RULE_TRY_OTHERS))
		bulk_finish(b);
	hptp_hpte_lock_at(t, l, b->batch.count);
}

static hptp_inline void bulk_one(struct bulk *b, struct bulk_entry *e)
{
	static const uint64_t h_flags[] = { 0, HPTP_H_ANDCOND, HPTP_H_AVPN };

	bulk_lock(b, &e->l);
	if (!matches(&e->l, h_flags[BULK_FLAGS(*e->spec)], e->avpn)) {
		hptp_hpte_unlock(&e->l);
		*e->spec = bulk_answer(*e->spec, BULK_NOT_FOUND);
		return;
	}
	*e->spec = bulk_answer(*e->spec, BULK_SUCCESS);
	hptp_count(b->batch.vcpu, remove);
	if (e->l.v & HPTP_V_VALID) {
		b->in_batch[b->batch.n] = e;
		hptp_batch_add(&b->batch, &e->l, false);
	} else {
		*e->spec |= bulk_rc(hand_on(b->batch.vm, &e->l, &e->m));
		hptp_hpte_free(&e->l);
	}
}

/* Take the requests up to the first that is none, and fetch all that they name. */
static unsigned bulk_parse(struct bulk *b, uint64_t args[2 * BULK_MAX], long *code)
{
	struct hptp_vm *vm = b->batch.vm;
	unsigned n;

	for (n = 0; n < BULK_MAX; n++) {
		struct bulk_entry *e = &b->entry[n];
		uint64_t spec = args[2 * n];

		if (BULK_TYPE(spec) == BULK_END)
			break;
		if (BULK_TYPE(spec) != BULK_REQUEST || BULK_FLAGS(spec) == 3 ||
		    !hptp_table_has(&vm->table, spec & BULK_INDEX)) {
			args[2 * n] = bulk_answer(spec, BULK_PARAMETER);
			*code = HPTP_H_PARAMETER;
			break;
		}
		e->spec = &args[2 * n];
		e->avpn = args[2 * n + 1];
		hptp_hpte_locate(&vm->table, spec & BULK_INDEX, &e->l);
		hptp_hpte_prefetch(&e->l);
		hptp_prefetch_write(hptp_spot(&vm->table, spec & BULK_INDEX));
	}
	for (unsigned i = 0; i < n; i++)
		prefetch_set(vm, b->entry[i].l.view, &b->entry[i].m);
	return n;
}

long hptp_h_bulk_remove(struct hptp_vcpu *vcpu, uint64_t args[8])
{
	struct hptp_vm *vm = hptp_vcpu_vm(vcpu);
	long code = HPTP_H_SUCCESS;
	struct bulk b; /* its arrays are left as they are */
	unsigned n;

	hptp_batch_init(&b.batch, vm, vcpu);
	hptp_port_read_begin();
	hptp_port_atomic_begin();
	n = bulk_parse(&b, args, &code);
	for (unsigned i = 0; i < n; i++)
		bulk_one(&b, &b.entry[i]);
	bulk_finish(&b);
	hptp_port_atomic_end();
	hptp_port_read_end();
	return code;
}
