// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* H_PROTECT: new PP, N and key, never more than the host's mapping allows. */
#include "batch.h"
#include "change.h"
#include "rules.h"

static uint64_t flags_to_r(uint64_t flags)
{
	return ((flags << 55) & HPTP_R_PP0) | ((flags << 48) & HPTP_R_KEY_HI) |
	       (flags & (HPTP_R_KEY_LO | HPTP_R_N | HPTP_R_PP));
}

/* A valid entry: only what hardware uses differently has to be flushed. */
static inline void protect_valid(struct hptp_vcpu *vcpu, struct hptp_locked *l, uint64_t prot)
{
	struct hptp_vm *vm = hptp_vcpu_vm(vcpu);
	uint64_t r = (l->r & ~HPTP_R_PROT) | prot;

	/* Read-only now: perhaps the host's doing. A store will tell; see hptp_refault(). */
	if (hptp_hpte_writable(r) && !hptp_hpte_writable(l->r) && hptp_keep(HPTP_RULE_READ_ONLY))
		r = hptp_hpte_read_only(r);
	if (!((r ^ l->r) & ~HPTP_R_RC)) {
		hptp_hpte_unlock(l);
		return;
	}
	r |= hptp_transit_one(vm, vcpu, l, true);
	hptp_hpte_publish(&vm->table, l, l->v, r);
}

static long protect_call(struct hptp_vcpu *vcpu, uint64_t flags, uint64_t ptex, uint64_t avpn)
{
	struct hptp_table *t = &hptp_vcpu_vm(vcpu)->table;
	uint64_t prot = flags_to_r(flags);
	struct hptp_locked l;
	uint64_t g;

	hptp_hpte_locate(t, ptex, &l);
	hptp_hpte_prefetch(&l);
	hptp_hpte_lock_at(t, &l, &vcpu->count);
	if (hptp_state_of(l.v, l.r) == HPTP_FREE ||
	    ((flags & HPTP_H_AVPN) && (l.v & ~HPTP_V_LOW) != avpn)) {
		hptp_hpte_unlock(&l);
		return HPTP_H_NOT_FOUND;
	}
	g = hptp_view_of(&l);
	hptp_view_change(hptp_vcpu_vm(vcpu), &l, g, (g & ~HPTP_R_PROT) | prot);
	if (l.v & HPTP_V_VALID)
		protect_valid(vcpu, &l, prot);
	else
		hptp_hpte_unlock(&l);
	hptp_count(vcpu, protect);
	return HPTP_H_SUCCESS;
}

long hptp_h_protect(struct hptp_vcpu *vcpu, uint64_t flags, uint64_t ptex, uint64_t avpn)
{
	long code = HPTP_H_PARAMETER;

	hptp_port_read_begin();
	hptp_port_atomic_begin();
	if (hptp_table_has(&hptp_vcpu_vm(vcpu)->table, ptex))
		code = protect_call(vcpu, flags, ptex, avpn);
	hptp_port_atomic_end();
	hptp_port_read_end();
	return code;
}
