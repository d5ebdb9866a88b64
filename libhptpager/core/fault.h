/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What the two halves of a fault share. */
#ifndef HPTP_CORE_FAULT_H
#define HPTP_CORE_FAULT_H

#include "vm.h"

/* May the guest's own view do this access? If not, the bits to reflect; 0: it may. */
static inline uint32_t hptp_access_denied(const struct hptp_fault *f, uint64_t g)
{
	bool key = f->slb_v & ((f->msr & HPTP_MSR_PR) ? HPTP_SLB_KP : HPTP_SLB_KS);
	bool store = f->status & HPTP_DSISR_STORE;
	uint32_t denied = 0;

	if (f->fetch) {
		if (g & (HPTP_R_N | HPTP_R_G))
			return HPTP_DSISR_NOEXEC;
		return hptp_pp_readable(g, key) ? 0 : HPTP_DSISR_PROT;
	}
	if (store ? !hptp_pp_writable(g, key) : !hptp_pp_readable(g, key))
		denied = HPTP_DSISR_PROT;
	if ((f->msr & HPTP_MSR_DR) && (hptp_key_denies(g, f->amr) & (store ? 2u : 1u)))
		denied |= HPTP_DSISR_KEY;
	return denied;
}

/* Guest real address of an access through an entry. */
static inline uint64_t hptp_fault_gpa(const struct hptp_peek *p, uint64_t ea)
{
	unsigned shift = hptp_hpte_psize(p->v, p->g).actual;

	return hptp_hpte_gpa(p->g, shift) | (ea & hptp_mask(shift));
}

/* The access is to no memory: fill in what an emulator needs. */
enum hptp_outcome hptp_fault_mmio(struct hptp_vcpu *vcpu, struct hptp_fault *f,
				  const struct hptp_peek *p);

#endif
