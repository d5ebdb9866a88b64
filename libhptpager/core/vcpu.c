// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* vCPUs: made, listed, ended. */
#include "vcpu.h"

void hptp_vcpus_lock(struct hptp_vm *vm)
{
	hptp_port_atomic_begin();
	while (!hptp_cas32(&vm->vcpus_lock, 0, 1))
		hptp_port_relax();
}

void hptp_vcpus_unlock(struct hptp_vm *vm)
{
	hptp_store32_release(&vm->vcpus_lock, 0);
	hptp_port_atomic_end();
}

int hptp_vcpu_create(struct hptp_vm *vm, void *host, struct hptp_vcpu **out)
{
	struct hptp_vcpu *vcpu = hptp_mem_alloc(vm, sizeof(*vcpu));

	*out = vcpu;
	if (!vcpu)
		return HPTP_E_NOMEM;
	vcpu->vm = vm;
	vcpu->host = host;
	hptp_vcpus_lock(vm);
	vcpu->next = vm->vcpus;
	vm->vcpus = vcpu;
	hptp_vcpus_unlock(vm);
	return HPTP_OK;
}

void hptp_vcpu_destroy(struct hptp_vcpu *vcpu)
{
	struct hptp_vm *vm;
	struct hptp_vcpu **p;

	if (!vcpu)
		return;
	vm = vcpu->vm;
	hptp_vcpus_lock(vm);
	for (p = &vm->vcpus; *p != vcpu; p = &(*p)->next)
		;
	*p = vcpu->next;
	/* Its counts stay in the sums. */
	for (unsigned i = 0; i < HPTP_COUNTERS; i++)
		hptp_add64(&vm->host_count.count[i], vcpu->count.count[i]);
	hptp_vcpus_unlock(vm);
	hptp_mem_free(vm, vcpu, sizeof(*vcpu));
}
