// SPDX-License-Identifier: GPL-2.0-only
/* What a guest's exits mean to the library. */
#include "hptp_guest.h"

#include <xen/errno.h>
#include <xen/string.h>

/* HR = 0: a hashed guest. Its storage interrupts come to us (VPM1), and so does HDEC. */
#define GUEST_LPCR (1ul << 62 | 1ul)
#define MSR_REAL_MODE 0x8000000000001002ul /* 64-bit, big-endian, ME, RI */
#define VECTOR_DSI 0x300
#define VECTOR_ISI 0x400
#define MSR_INTERRUPT 0x8000000000001000ul

#define AT(member, offset) BUILD_BUG_ON(offsetof(struct hptp_xen_vcpu, member) != (offset))

int hptp_xen_vcpu_init(struct hptp_xen *hx, struct hptp_xen_vcpu *v)
{
	AT(lr, HPTP_LR);
	AT(pc, HPTP_PC);
	AT(srr0, HPTP_SRR0);
	AT(dsisr, HPTP_DSISR);
	AT(amr, HPTP_AMR);
	AT(asdr, HPTP_ASDR);
	AT(guest_lpcr, HPTP_GUEST_LPCR);
	AT(host_sp, HPTP_HOST_SP);
	memset(v, 0, sizeof(*v));
	v->hx = hx;
	v->guest_lpcr = GUEST_LPCR;
	v->msr = MSR_REAL_MODE;
	return hptp_vcpu_create(hx->vm, v, &v->hptp) ? -ENOMEM : 0;
}

void hptp_xen_vcpu_fini(struct hptp_xen_vcpu *v)
{
	hptp_vcpu_destroy(v->hptp);
}

enum hptp_outcome hptp_xen_fault(struct hptp_xen_vcpu *v, unsigned int vector)
{
	struct hptp_fault *fault = &v->fault;
	bool fetch = vector == HPTP_EXIT_HISI;
	enum hptp_outcome outcome;

	memset(fault, 0, sizeof(*fault));
	fault->ea = fetch ? v->pc : v->hdar;
	fault->slb_v = v->asdr;
	fault->amr = v->amr;
	fault->status = fetch ? v->status : v->hdsisr;
	fault->fetch = fetch;
	fault->msr = v->msr & (HPTP_MSR_PR | HPTP_MSR_IR | HPTP_MSR_DR);
	v->hdsisr = HPTP_HDSISR_CANARY; /* some POWER9 leave it as it was */
	outcome = hptp_fault(v->hptp, fault);
	return outcome == HPTP_TASK ? hptp_refault(v->hptp, fault) : outcome;
}

void hptp_xen_reflect(struct hptp_xen_vcpu *v)
{
	v->srr0 = v->pc;
	v->srr1 = v->msr | (v->fault.fetch ? v->fault.status : 0);
	if (!v->fault.fetch) {
		v->dar = v->fault.ea;
		v->dsisr = v->fault.status;
	}
	v->pc = v->fault.fetch ? VECTOR_ISI : VECTOR_DSI;
	v->msr = MSR_INTERRUPT;
}

bool hptp_xen_hypercall(struct hptp_xen_vcpu *v)
{
	uint64_t *r = v->gpr;
	long code = hptp_hcall(v->hptp, r[3], &r[4]);

	if (code == HPTP_H_TOO_HARD)
		code = hptp_hcall_task(v->hptp, &r[4]);
	if (code == HPTP_H_AGAIN) /* the pager was asked: the guest executes sc once more */
		v->pc -= 4;
	else
		r[3] = code;
	return code != HPTP_H_FUNCTION;
}
