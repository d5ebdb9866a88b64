// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * vCPUs: registers and SLB.
 */
#include "impl.h"

#define SLB_VALID 0x08000000ull

struct machine_vcpu *machine_vcpu(struct machine *m, unsigned i)
{
	return i < m->conf.vcpus ? &m->vcpu[i] : NULL;
}

struct hptp_vcpu *machine_vcpu_handle(struct machine_vcpu *vcpu)
{
	return vcpu->handle;
}

struct machine_regs *machine_regs(struct machine_vcpu *vcpu)
{
	return &vcpu->regs;
}

const struct hptp_fault *machine_fault(const struct machine_vcpu *vcpu)
{
	return &vcpu->fault;
}

void machine_max_faults(struct machine_vcpu *vcpu, unsigned max)
{
	vcpu->max_faults = max;
}

void machine_vcpu_stats(struct machine_vcpu *vcpu, struct machine_vcpu_stats *stats)
{
	pthread_mutex_lock(&vcpu->tlb.lock);
	*stats = vcpu->stats;
	pthread_mutex_unlock(&vcpu->tlb.lock);
}

/* The TLB tags its entries with the VSID: they stay right whatever the SLB says. */
void machine_slbmte(struct machine_vcpu *vcpu, unsigned index, uint64_t ea, uint64_t slb_v)
{
	index %= MACHINE_SLB_ENTRIES;
	vcpu->slb_e[index] = (ea & ~0xfffffffull) | SLB_VALID;
	vcpu->slb_v[index] = slb_v;
}

void machine_slbia(struct machine_vcpu *vcpu)
{
	memset(vcpu->slb_e, 0, sizeof(vcpu->slb_e));
}

bool machine_slb_find(const struct machine_vcpu *vcpu, uint64_t ea, uint64_t *slb_v)
{
	for (unsigned i = 0; i < MACHINE_SLB_ENTRIES; i++) {
		unsigned bits = vcpu->slb_v[i] & HPTP_SLB_B_1T ? 40 : 28;

		if (vcpu->slb_e[i] & SLB_VALID && !((ea ^ vcpu->slb_e[i]) >> bits)) {
			*slb_v = vcpu->slb_v[i];
			return true;
		}
	}
	return false;
}
