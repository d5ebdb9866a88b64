// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Commands to the guest: it waits in H_NEXT_COMMAND, whose answer is the command. To
 * another CPU they go by letter: one at a time, its number odd until it is answered.
 */
#include "command.h"

#include "console.h"
#include "pager.h"

uint64_t command_run(struct vcpu *vcpu, const struct command *command)
{
	vcpu->gpr[3] = 0;
	vcpu->gpr[4] = command->op;
	vcpu->gpr[5] = command->address;
	vcpu->gpr[6] = command->n;
	vcpu->gpr[7] = command->stride;
	vcpu->gpr[8] = command->value;
	if (!vcpu_run(vcpu)) {
		print("# vCPU %d: outcome %d of a fault at %x\n", vcpu->id, (int64_t)vcpu->outcome,
		      vcpu->fault.ea);
		check(false, "the guest goes on");
		finish();
	}
	return vcpu->gpr[4];
}

void command_post(struct vcpu *vcpu, const struct command *command)
{
	vcpu->command = *command;
	__atomic_store_n(&vcpu->letter, vcpu->letter + 1, __ATOMIC_RELEASE);
}

uint64_t command_answer(struct vcpu *vcpu)
{
	while (__atomic_load_n(&vcpu->letter, __ATOMIC_ACQUIRE) & 1)
		cpu_relax();
	return vcpu->answer;
}

static uint64_t serve(struct vcpu *vcpu, struct vm *vm)
{
	if (vcpu->command.op == DO_HUNT) {
		pager_hunt(vm);
		return 0;
	}
	if (!vcpu->booted) {
		partition_enter(vm);
		vcpu->booted = vcpu_run(vcpu);
	}
	return command_run(vcpu, &vcpu->command);
}

_Noreturn void command_serve(struct vcpu *vcpu, struct vm *vm)
{
	for (;;) {
		while (!(__atomic_load_n(&vcpu->letter, __ATOMIC_ACQUIRE) & 1))
			cpu_relax();
		vcpu->answer = serve(vcpu, vm);
		__atomic_store_n(&vcpu->letter, vcpu->letter + 1, __ATOMIC_RELEASE);
	}
}
