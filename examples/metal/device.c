// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Emulated MMIO: the guest's entry leads where no slot is, so each access comes here. What
 * it was is in the instruction, which is fetched through the guest's own translation:
 * its page may be paged out by now.
 */
#include "device.h"

#include "pager.h"
#include "partition.h"
#include "ppc.h"

#define OPCODE_LD 58
#define OPCODE_STD 62

static uint64_t last; /* the register's complement */

static bool fetch(struct vcpu *vcpu, uint32_t *instruction)
{
	bool translated = vcpu->msr & HPTP_MSR_IR;
	struct hptp_translation where = { .gpa = vcpu->pc };

	if (translated &&
	    hptp_translate(vcpu->hptp, vcpu->pc, partition_segment_of(vcpu->vm, vcpu->pc, true),
			   vcpu->msr, mfspr(SPR_AMR), &where))
		return false;
	return pager_read(vcpu->vm, where.gpa, instruction, sizeof(*instruction)) == 0;
}

bool device_access(struct vcpu *vcpu)
{
	uint32_t instruction;
	uint64_t *gpr;

	if (vcpu->fault.gpa != GUEST_DEVICE || !fetch(vcpu, &instruction))
		return false;
	gpr = &vcpu->gpr[instruction >> 21 & 31];
	if (instruction >> 26 == OPCODE_STD && vcpu->fault.store)
		last = *gpr;
	else if (instruction >> 26 == OPCODE_LD && !vcpu->fault.store)
		*gpr = ~last;
	else
		return false;
	vcpu->pc += 4;
	return true;
}
