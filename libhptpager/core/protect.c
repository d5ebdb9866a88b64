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

/* dword 1 of a valid entry with another protection. */
static inline uint64_t protected_r(const struct hptp_locked *l, uint64_t prot)
{
	uint64_t r = (l->r & ~HPTP_R_PROT) | prot;

	/* Read-only now: perhaps the host's doing. A store will tell; see hptp_refault(). */
	if (hptp_hpte_writable(r) && !hptp_hpte_writable(l->r) && hptp_keep(HPTP_RULE_READ_ONLY))
		return hptp_hpte_read_only(r);
	return r;
}

/* A locked, valid entry whose dword 1 was another. Unlocks. */
static hptp_apart void republish(struct hptp_vcpu *vcpu, uint64_t idx, uint64_t v, uint64_t was,
				 uint64_t r)
{
	struct hptp_vm *vm = hptp_vcpu_vm(vcpu);
	struct hptp_locked l = {
		.hpte = hptp_hpte_at(&vm->table, idx), .idx = idx, .v = v, .r = was
	};

	r |= hptp_transit_one(vm, vcpu, &l, true);
	hptp_hpte_publish(&vm->table, &l, v, r);
}

static hptp_apart void protect_absent(struct hptp_vm *vm, uint64_t idx, uint64_t prot)
{
	struct hptp_locked l;

	hptp_hpte_look(&vm->table, idx, &l);
	hptp_view_set(vm, &l, (hptp_view_of(&l) & ~HPTP_R_PROT) | prot);
	hptp_hpte_unlock(&l);
}

static hptp_inline long protect_call(struct hptp_vcpu *vcpu, uint64_t flags, uint64_t ptex,
				     uint64_t avpn)
{
	struct hptp_vm *vm = hptp_vcpu_vm(vcpu);
	uint64_t prot = flags_to_r(flags), g, r;
	struct hptp_locked l;

	hptp_hpte_locate(&vm->table, ptex, &l);
	hptp_hpte_prefetch(&l);
	hptp_hpte_lock_at(&vm->table, &l, &vcpu->count);
	if (!(l.v & (HPTP_V_VALID | HPTP_V_ABSENT)) ||
	    ((flags & HPTP_H_AVPN) && (l.v & ~HPTP_V_LOW) != avpn)) {
		hptp_hpte_unlock(&l);
		return HPTP_H_NOT_FOUND;
	}
	hptp_count(vcpu, protect);
	if (!(l.v & HPTP_V_VALID)) {
		protect_absent(vm, ptex, prot);
		return HPTP_H_SUCCESS;
	}
	g = hptp_load64(l.view);
	hptp_view_edit(vm, &l, g, (g & ~HPTP_R_PROT) | prot);
	r = protected_r(&l, prot);
	/* Only what hardware uses differently has to be flushed. */
	if ((r ^ l.r) & ~HPTP_R_RC)
		republish(vcpu, ptex, l.v, l.r, r);
	else
		hptp_hpte_unlock(&l);
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
