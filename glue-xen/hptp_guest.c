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

/* PAPR's numbers (LoPAR 14.5.4). */
#define H_REMOVE 0x04
#define H_ENTER 0x08
#define H_READ 0x0c
#define H_CLEAR_MOD 0x10
#define H_CLEAR_REF 0x14
#define H_PROTECT 0x18
#define H_BULK_REMOVE 0xf0

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
	struct hptp_vcpu *hptp = v->hptp;
	uint64_t *r = v->gpr;
	long code;

	switch (r[3]) {
	case H_ENTER: code = hptp_h_enter(hptp, r[4], r[5], r[6], r[7], &r[4]); break;
	case H_REMOVE: code = hptp_h_remove(hptp, r[4], r[5], r[6], &r[4]); break;
	case H_BULK_REMOVE: code = hptp_h_bulk_remove(hptp, &r[4]); break;
	case H_PROTECT: code = hptp_h_protect(hptp, r[4], r[5], r[6]); break;
	case H_READ: code = hptp_h_read(hptp, r[4], r[5], &r[4]); break;
	case H_CLEAR_REF: code = hptp_h_clear_ref(hptp, r[4], r[5], &r[4]); break;
	case H_CLEAR_MOD: code = hptp_h_clear_mod(hptp, r[4], r[5], &r[4]); break;
	default: return false;
	}
	if (code == HPTP_H_TOO_HARD)
		code = hptp_hcall_task(hptp, &r[4]);
	r[3] = code;
	return true;
}
