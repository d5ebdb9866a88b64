// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Why the guest came back, and what is done about it. Storage interrupts and table
 * hypercalls go to the library in two steps: the half that may run in the vector, and,
 * if that says so, the half that may wait.
 */
#include "console.h"
#include "device.h"
#include "meter.h"
#include "pager.h"
#include "partition.h"
#include "ppc.h"

#define VECTOR_HDEC 0x980
#define VECTOR_SC 0xc00
#define VECTOR_HDSI 0xe00
#define VECTOR_HISI 0xe20

/* Bits of SRR1 and HSRR1 that tell of the interrupt; the rest is the guest's MSR. */
#define SRR1_STATUS 0x783f0000ull

/* Deliver a storage interrupt to the guest, as if it had taken it itself. */
static void reflect(struct vcpu *vcpu, const struct hptp_fault *fault)
{
	vcpu->srr0 = vcpu->pc;
	vcpu->srr1 = vcpu->msr | (fault->fetch ? fault->status : 0);
	if (!fault->fetch) {
		mtspr(SPR_DAR, fault->ea);
		mtspr(SPR_DSISR, fault->status);
	}
	vcpu->pc = fault->fetch ? 0x400 : 0x300;
	vcpu->msr = MSR_SF | MSR_ME;
}

static struct hptp_fault describe(const struct vcpu *vcpu, bool fetch)
{
	uint64_t ea = fetch ? vcpu->hsrr0 : mfspr(SPR_HDAR);
	bool translated = vcpu->msr & (fetch ? HPTP_MSR_IR : HPTP_MSR_DR);

	return (struct hptp_fault){
		.ea = ea,
		.slb_v = partition_segment_of(vcpu->vm, ea, translated),
		.msr = vcpu->msr & (HPTP_MSR_PR | HPTP_MSR_IR | HPTP_MSR_DR),
		.amr = mfspr(SPR_AMR),
		.status = fetch ? vcpu->hsrr1 & SRR1_STATUS : mfspr(SPR_HDSISR),
		.fetch = fetch,
	};
}

static bool storage_interrupt(struct vcpu *vcpu, bool fetch)
{
	enum account account = meter(REFAULT);
	struct hptp_fault *fault = &vcpu->fault;

	*fault = describe(vcpu, fetch);
	meter(REFAULT_LIBRARY);
	vcpu->outcome = hptp_fault(vcpu->hptp, fault);
	if (vcpu->outcome == HPTP_TASK)
		vcpu->outcome = hptp_refault(vcpu->hptp, fault);
	meter(account);
	switch (vcpu->outcome) {
	case HPTP_RESUME: return true;
	case HPTP_REFLECT: reflect(vcpu, fault); return true;
	case HPTP_MMIO: return device_access(vcpu);
	default: /* no page, no memory: this guest ends */ return false;
	}
}

/* The hypercalls on the table: number and answer in r3, the rest from r4 on. */
static void table_hypercall(struct vcpu *vcpu)
{
	uint64_t *arguments = &vcpu->gpr[4];
	long code = hptp_hcall(vcpu->hptp, vcpu->gpr[3], arguments);

	if (code == HPTP_H_TOO_HARD)
		code = hptp_hcall_task(vcpu->hptp, arguments);
	if (code == HPTP_H_AGAIN)
		vcpu->pc -= 4; /* the guest executes sc 1 again */
	else
		vcpu->gpr[3] = (uint64_t)code;
}

static enum vcpu_state surprise(const struct vcpu *vcpu)
{
	print("# guest interrupt %x at %x, DAR %x\n", vcpu->gpr[4], vcpu->gpr[5], vcpu->gpr[6]);
	return VCPU_STOPPED;
}

static enum vcpu_state hypercall(struct vcpu *vcpu)
{
	vcpu->hcalls++;
	if (vcpu->gpr[3] == H_NEXT_COMMAND)
		return VCPU_WAITING;
	if (vcpu->gpr[3] == H_SURPRISE)
		return surprise(vcpu);
	table_hypercall(vcpu);
	return VCPU_READY;
}

/* The hypervisor decrementer: whatever the guest does, the CPU is the hypervisor's again. */
static enum vcpu_state tick(struct vcpu *vcpu)
{
	vcpu->ticks++;
	partition_set_tick();
	if (vcpu->vm->pressure)
		pager_reclaim();
	return vcpu->patience && --vcpu->patience == 0 ? VCPU_OVERDUE : VCPU_READY;
}

static enum vcpu_state unexpected(const struct vcpu *vcpu, uint64_t vector)
{
	print("# unexpected exit %x: pc %x msr %x hsrr0 %x hsrr1 %x\n", vector, vcpu->srr0,
	      vcpu->srr1, vcpu->hsrr0, vcpu->hsrr1);
	return VCPU_STOPPED;
}

/* Where the guest stood: these come with HSRR0 and HSRR1, all others with SRR0, 1. */
static void note_state(struct vcpu *vcpu, uint64_t vector)
{
	bool hypervisor = vector == VECTOR_HDEC || (vector >= VECTOR_HDSI && vector < 0xf00);

	vcpu->pc = hypervisor ? vcpu->hsrr0 : vcpu->srr0;
	vcpu->msr = (hypervisor ? vcpu->hsrr1 : vcpu->srr1) & ~SRR1_STATUS;
}

enum vcpu_state vcpu_run(struct vcpu *vcpu)
{
	for (;;) {
		enum vcpu_state state = VCPU_READY;
		uint64_t vector;

		mtspr(SPR_HDSISR, HPTP_HDSISR_CANARY); /* some POWER9 leave it as it was */
		vector = vcpu_enter(vcpu);
		note_state(vcpu, vector);
		switch (vector) {
		case VECTOR_HDEC: return tick(vcpu);
		case VECTOR_SC: state = hypercall(vcpu); break;
		case VECTOR_HDSI:
			vcpu->hdsi++;
			state = storage_interrupt(vcpu, false) ? VCPU_READY : VCPU_STOPPED;
			break;
		case VECTOR_HISI:
			vcpu->hisi++;
			state = storage_interrupt(vcpu, true) ? VCPU_READY : VCPU_STOPPED;
			break;
		default: state = unexpected(vcpu, vector);
		}
		if (state != VCPU_READY)
			return state;
	}
}
