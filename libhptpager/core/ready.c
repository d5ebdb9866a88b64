// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The handshake of vCPUs and whoever stops them. Each vCPU has a word of its own, so that
 * entering touches no line that others write; who stops looks at all of them.
 */
#include "hptpager/ready.h"
#include "rules.h"
#include "vcpu.h"

/* vm->ready. STOPPED: no vCPU was inside, and so none is: one that looks goes back. */
enum { NOT_READY, READY, STOPPED };

bool hptp_vcpu_enter(struct hptp_vcpu *vcpu)
{
	const uint32_t *ready = &vcpu->vm->ready;
	bool let_in = hptp_keep(HPTP_RULE_READY_ORDER) || hptp_load32(ready) == READY;

	hptp_store32(&vcpu->running, 1);
	/* Announced before it looks: against the barrier in hptp_vm_stop(). [M61] */
	hptp_full_barrier();
	if (hptp_keep(HPTP_RULE_READY_ORDER))
		let_in = hptp_load32_acquire(ready) == READY;
	if (!let_in)
		hptp_vcpu_leave(vcpu);
	return let_in;
}

void hptp_vcpu_leave(struct hptp_vcpu *vcpu)
{
	hptp_store32_release(&vcpu->running, 0);
}

static bool any_running(struct hptp_vm *vm)
{
	bool running = false;

	hptp_vcpus_lock(vm);
	for (struct hptp_vcpu *v = vm->vcpus; v; v = v->next)
		running |= hptp_load32_acquire(&v->running);
	hptp_vcpus_unlock(vm);
	return running;
}

int hptp_vm_stop(struct hptp_vm *vm)
{
	/* Asked again, one that comes and goes back would look as if it ran. */
	if (hptp_load32(&vm->ready) == STOPPED)
		return HPTP_OK;
	hptp_store32(&vm->ready, NOT_READY);
	hptp_full_barrier(); /* [M61] */
	if (any_running(vm))
		return HPTP_E_BUSY;
	hptp_store32(&vm->ready, STOPPED);
	return HPTP_OK;
}

void hptp_vm_ready(struct hptp_vm *vm)
{
	hptp_store32_release(&vm->ready, READY);
}

bool hptp_vm_is_ready(const struct hptp_vm *vm)
{
	return hptp_load32(&vm->ready) == READY;
}
