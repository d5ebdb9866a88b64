// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Making a guest: the library's VM with one slot over all of guest memory, the guest's
 * image in it, the VRMA that its real mode goes through, and vCPUs at its entry.
 */
#include "vm.h"

#include "heap.h"
#include "pager.h"

#define GUEST_ENTRY 0x1000

extern const char guest_image[], guest_image_end[];

static int add_memory(struct vm *vm)
{
	struct hptp_slot_config config = {
		.size = sizeof(config),
		.n = vm->pages,
	};
	int error;

	vm->page = heap_alloc(vm->pages * sizeof(*vm->page));
	vm->log = heap_alloc(vm->pages / 8);
	if (!vm->page || !vm->log)
		return HPTP_E_NOMEM;
	error = hptp_slot_add(vm->hptp, &config, &vm->slot);
	if (error)
		return error;
	error = hptp_dirty_start(vm->slot, vm->log, vm->pages / 8);
	if (error)
		return error;
	return pager_write(vm, 0, guest_image, (uint64_t)(guest_image_end - guest_image));
}

static int add_vcpus(struct vm *vm, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct vcpu *vcpu = &vcpus[i];
		int error = hptp_vcpu_create(vm->hptp, vcpu, &vcpu->hptp);

		if (error)
			return error;
		vcpu->vm = vm;
		vcpu->id = i;
		vcpu->pc = GUEST_ENTRY;
		vcpu->msr = MSR_SF | MSR_ME | MSR_RI; /* real mode */
		vcpu->gpr[3] = i;
	}
	return 0;
}

int vm_create(struct vm *vm, uint64_t pages, unsigned n)
{
	struct hptp_config config = {
		.size = sizeof(config),
		.ops = &pager_ops,
		.host = vm,
		.frame_shift = FRAME_SHIFT,
		.order = TABLE_ORDER,
		.format = cpu_is_isa3() ? HPTP_FORMAT_3_0 : HPTP_FORMAT_OLD,
	};
	int error;

	vm->pages = pages;
	error = hptp_vm_create(&config, &vm->hptp);
	if (error)
		return error;
	error = add_memory(vm);
	if (error)
		return error;
	error = add_vcpus(vm, n);
	if (error)
		return error;
	return hptp_vrma_map(vcpus[0].hptp, FRAME_SHIFT, pages << FRAME_SHIFT, &vm->vrma);
}

int vm_destroy(struct vm *vm, unsigned n)
{
	int error;

	for (unsigned i = 0; i < n; i++)
		hptp_vcpu_destroy(vcpus[i].hptp);
	error = hptp_dirty_stop(vm->slot);
	if (error)
		return error;
	error = hptp_slot_remove(vm->slot);
	if (error)
		return error;
	error = hptp_vm_destroy(vm->hptp);
	heap_free(vm->page, vm->pages * sizeof(*vm->page));
	heap_free(vm->log, vm->pages / 8);
	return error;
}
