// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "show.h"

#include "console.h"
#include "meter.h"
#include "schedule.h"
#include "verdict.h"

#define BOOT_PATIENCE 10000 /* ticks: a guest that can not fetch its first instruction ends */

static struct {
	uint64_t evictions, refaults, syncs, tlbie, stores, drops, exits;
} counts;

void begin(struct vm *vm, const struct vm_config *config)
{
	int error = vm_create(vm, config);

	check(error == 0, error ? hptp_strerror(error) : "the guest is made");
	if (error)
		finish();
}

void guest_begin(struct vcpu *vcpu, const struct command *command)
{
	schedule_post(vcpu, command);
}

static void gave_up(const struct vcpu *vcpu, enum vcpu_state state)
{
	if (state == VCPU_STOPPED)
		print("# vCPU %d: outcome %d of a fault at %x\n", vcpu->id, (int64_t)vcpu->outcome,
		      vcpu->fault.ea);
	check(false, state == VCPU_OVERDUE ? "the guest answers in time" : "the guest goes on");
	finish();
}

uint64_t guest_answer(struct vcpu *vcpu)
{
	enum vcpu_state state = schedule_until_done(vcpu);

	if (state != VCPU_WAITING)
		gave_up(vcpu, state);
	return vcpu->gpr[4];
}

uint64_t guest_do(struct vcpu *vcpu, const struct command *command)
{
	guest_begin(vcpu, command);
	return guest_answer(vcpu);
}

uint64_t guests_do(struct vm *vm, const struct command *command)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < vm->n_vcpus; i++)
		guest_begin(&vm->vcpu[i], command);
	for (unsigned i = 0; i < vm->n_vcpus; i++)
		sum += guest_answer(&vm->vcpu[i]);
	return sum;
}

void wait_for_boot(struct vm *vm)
{
	for (unsigned i = 0; i < vm->n_vcpus; i++)
		vm->vcpu[i].patience = BOOT_PATIENCE;
	for (unsigned i = 0; i < vm->n_vcpus; i++) {
		guest_answer(&vm->vcpu[i]);
		vm->vcpu[i].patience = 0;
	}
}

void end(struct vm *vm)
{
	struct hptp_check_result broken = { 0 };
	struct hptp_stats stats;
	int error = hptp_check(vm->hptp, &broken);

	check(error == 0, error ? broken.what : "every invariant of the table holds");
	hptp_stats_read(vm->hptp, &stats);
	counts.evictions += vm->evictions;
	counts.refaults += stats.refault;
	counts.syncs += stats.sync;
	counts.tlbie += stats.tlbie;
	counts.stores += vm->stores;
	counts.drops += vm->drops;
	for (unsigned i = 0; i < vm->n_vcpus; i++)
		counts.exits += vm->vcpu[i].hdsi + vm->vcpu[i].hisi;
	check(vm_destroy(vm) == 0, "the guest ends");
}

/* Instructions for each of n: all, and the library's. */
static void per(const char *what, uint64_t n, enum account host, enum account library)
{
	uint64_t of_library = meter_total(library);

	if (n)
		print(" %s=%d %s_library=%d", what, (meter_total(host) + of_library) / n, what,
		      of_library / n);
}

void show_counts(void)
{
	print("# evictions=%d refaults=%d syncs=%d tlbie=%d", counts.evictions, counts.refaults,
	      counts.syncs, counts.tlbie);
	print(" stores=%d drops=%d exits=%d\n#", counts.stores, counts.drops, counts.exits);
	per("out", counts.evictions, PAGE_OUT, PAGE_OUT_LIBRARY);
	per("in", counts.refaults, REFAULT, REFAULT_LIBRARY);
	print("\n");
}
