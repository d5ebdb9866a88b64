/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What the two halves of a fault share. */
#ifndef HPTP_CORE_FAULT_H
#define HPTP_CORE_FAULT_H

#include "vm.h"

/* May the guest's own view do this access? Fills in the bits to reflect if not. */
bool hptp_access_ok(const struct hptp_fault *f, uint64_t g, uint32_t *denied);

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
