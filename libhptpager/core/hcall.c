// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The hypercalls by number, and the task half of whichever waits for it. */
#include "enter.h"
#include "page_init.h"

long hptp_hcall(struct hptp_vcpu *vcpu, uint64_t number, uint64_t regs[9])
{
	switch (number) {
	case HPTP_H_ENTER: return hptp_h_enter(vcpu, regs[0], regs[1], regs[2], regs[3], regs);
	case HPTP_H_REMOVE: return hptp_h_remove(vcpu, regs[0], regs[1], regs[2], regs);
	case HPTP_H_BULK_REMOVE: return hptp_h_bulk_remove(vcpu, regs);
	case HPTP_H_BLOCK_REMOVE: return hptp_h_block_remove(vcpu, regs);
	case HPTP_H_PROTECT: return hptp_h_protect(vcpu, regs[0], regs[1], regs[2]);
	case HPTP_H_READ: return hptp_h_read(vcpu, regs[0], regs[1], regs);
	case HPTP_H_CLEAR_REF: return hptp_h_clear_ref(vcpu, regs[0], regs[1], regs);
	case HPTP_H_CLEAR_MOD: return hptp_h_clear_mod(vcpu, regs[0], regs[1], regs);
	case HPTP_H_PAGE_INIT: return hptp_h_page_init(vcpu, regs[0], regs[1], regs[2]);
	default: return HPTP_H_FUNCTION;
	}
}

long hptp_hcall_task(struct hptp_vcpu *vcpu, uint64_t *out)
{
	enum hptp_waiting waiting = vcpu->waiting;

	if (waiting == HPTP_WAITS_NOTHING)
		return HPTP_H_PARAMETER;
	vcpu->waiting = HPTP_WAITS_NOTHING;
	hptp_count(vcpu, hcall_task);
	return waiting == HPTP_WAITS_ENTER ? hptp_enter_task(vcpu, &vcpu->enter, out) :
					     hptp_page_init_task(vcpu);
}
