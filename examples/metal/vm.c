// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Making a guest: the library's VM with one slot over all of guest memory, the guest's
 * image in it, the VRMA that its real mode goes through, and vCPUs at its entry.
 */
#include "vm.h"

#include "heap.h"
#include "pager.h"
#include "partition.h"
#include "ppc.h"
#include "schedule.h"

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
	if (!error)
		error = hptp_dirty_start(vm->slot, vm->log, vm->pages / 8);
	if (error)
		return error;
	pager_add(vm);
	return pager_write(vm, 0, guest_image, (uint64_t)(guest_image_end - guest_image));
}

void vcpu_reset(struct vcpu *vcpu)
{
	struct hptp_table_info table;

	hptp_vm_table(vcpu->vm->hptp, &table);
	vcpu->pc = GUEST_ENTRY;
	vcpu->msr = MSR_SF | MSR_ME | MSR_RI; /* real mode */
	vcpu->gpr[3] = vcpu->id;
	vcpu->gpr[4] = table.n / 8 - 1;
	vcpu->patience = 0;
	__atomic_store_n(&vcpu->state, VCPU_READY, __ATOMIC_RELEASE);
}

static int add_vcpus(struct vm *vm, unsigned cpus)
{
	vm->vcpu = heap_alloc(vm->n_vcpus * sizeof(*vm->vcpu));
	if (!vm->vcpu)
		return HPTP_E_NOMEM;
	for (unsigned i = 0; i < vm->n_vcpus; i++) {
		struct vcpu *vcpu = &vm->vcpu[i];
		int error = hptp_vcpu_create(vm->hptp, vcpu, &vcpu->hptp);

		if (error)
			return error;
		vcpu->vm = vm;
		vcpu->id = i;
		vcpu->cpu = i % cpus;
	}
	return 0;
}

int vm_create(struct vm *vm, const struct vm_config *config)
{
	struct hptp_config hptp_config = {
		.size = sizeof(hptp_config),
		.ops = &pager_ops,
		.host = vm,
		.frame_shift = FRAME_SHIFT,
		.order = config->order,
		.format = partition_format(),
	};
	int error;

	*vm = (struct vm){
		.lpid = config->lpid,
		.pages = config->pages,
		.n_vcpus = config->vcpus,
	};
	error = hptp_vm_create(&hptp_config, &vm->hptp);
	if (!error)
		error = add_memory(vm);
	if (!error)
		error = add_vcpus(vm, config->cpus);
	if (!error)
		error = hptp_vrma_map(vm->vcpu[0].hptp, FRAME_SHIFT, vm->pages << FRAME_SHIFT,
				      &vm->vrma);
	if (error)
		return error;
	partition_create(vm);
	for (unsigned i = 0; i < vm->n_vcpus; i++) {
		vcpu_reset(&vm->vcpu[i]);
		schedule_add(&vm->vcpu[i]);
	}
	return 0;
}

int vm_destroy(struct vm *vm)
{
	int error;

	for (unsigned i = 0; i < vm->n_vcpus; i++) {
		schedule_remove(&vm->vcpu[i]);
		hptp_vcpu_destroy(vm->vcpu[i].hptp);
	}
	pager_remove(vm);
	error = hptp_dirty_stop(vm->slot);
	if (!error)
		error = hptp_slot_remove(vm->slot);
	if (!error)
		error = hptp_vm_destroy(vm->hptp);
	pager_free(vm);
	heap_free(vm->vcpu, vm->n_vcpus * sizeof(*vm->vcpu));
	heap_free(vm->page, vm->pages * sizeof(*vm->page));
	heap_free(vm->log, vm->pages / 8);
	return error;
}
