// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * H_CLEAR_REF and H_CLEAR_MOD: the guest forgets R or C. The host does not: what hardware
 * had set goes to the slot's history or dirty log first.
 */
#include "batch.h"
#include "change.h"
#include "history.h"

/*
 * dword 1 of a linked entry as it was last, the bit included. R of a valid entry goes by a
 * single-byte store, next to C which hardware may set now. C may be on its way even if it
 * is not there yet, so the entry is taken into transit for it.
 */
static uint64_t take(struct hptp_vcpu *vcpu, const struct hptp_locked *l, uint64_t bit)
{
	uint64_t rb = hptp_tlbie_rb(l->v, l->r, l->idx);

	if (!(l->v & HPTP_V_VALID))
		return l->r;
	if (bit == HPTP_R_C)
		return l->r | hptp_transit_one(hptp_vcpu_vm(vcpu), vcpu, l, true);
	if (l->r & HPTP_R_R) {
		hptp_hpte_clear_r(&hptp_vcpu_vm(vcpu)->table, l);
		hptp_flush(hptp_vcpu_vm(vcpu), vcpu, &rb, 1);
	}
	return l->r;
}

/* Put dword 1 back without the bit, and unlock. */
static void give_back(struct hptp_vm *vm, const struct hptp_locked *l, uint64_t r, uint64_t bit)
{
	if (!(l->v & HPTP_V_VALID))
		hptp_hpte_set_absent(l, l->v, r & ~bit);
	else if (bit == HPTP_R_C)
		hptp_hpte_publish(&vm->table, l, l->v, r & ~bit);
	else
		hptp_hpte_unlock(l);
}

static long clear(struct hptp_vcpu *vcpu, uint64_t ptex, uint64_t bit, uint64_t *out)
{
	struct hptp_vm *vm = hptp_vcpu_vm(vcpu);
	enum hptp_state state;
	struct hptp_locked l;
	struct hptp_member m = { .slot = NULL };
	uint64_t g, r;

	hptp_hpte_lock(&vm->table, ptex, &l, &vcpu->count);
	state = hptp_state_of(l.v, l.r);
	if (state == HPTP_FREE) {
		hptp_hpte_unlock(&l);
		return HPTP_H_NOT_FOUND;
	}
	g = hptp_view_of(&l);
	hptp_view_change(vm, &l, g, g & ~bit);
	if (state == HPTP_ORPHAN) {
		hptp_hpte_unlock(&l);
		*out = g;
		return HPTP_H_SUCCESS;
	}
	if (!hptp_member_of(vm, &l, g, &m)) {
		hptp_hpte_unlock(&l);
		return HPTP_H_NOT_FOUND;
	}
	r = take(vcpu, &l, bit);
	hptp_deposit(&m, r & bit);
	give_back(vm, &l, r, bit);
	*out = g | (r & HPTP_R_RC);
	return HPTP_H_SUCCESS;
}

static long clear_call(struct hptp_vcpu *vcpu, uint64_t ptex, uint64_t bit, uint64_t *out)
{
	long code = HPTP_H_PARAMETER;

	hptp_port_read_begin();
	hptp_port_atomic_begin();
	if (hptp_table_has(&hptp_vcpu_vm(vcpu)->table, ptex))
		code = clear(vcpu, ptex, bit, out);
	hptp_port_atomic_end();
	hptp_port_read_end();
	return code;
}

long hptp_h_clear_ref(struct hptp_vcpu *vcpu, uint64_t flags, uint64_t ptex, uint64_t *out)
{
	(void)flags;
	return clear_call(vcpu, ptex, HPTP_R_R, out);
}

long hptp_h_clear_mod(struct hptp_vcpu *vcpu, uint64_t flags, uint64_t ptex, uint64_t *out)
{
	(void)flags;
	return clear_call(vcpu, ptex, HPTP_R_C, out);
}
