// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Each CPU goes round its vCPUs; a turn ends with the next tick, or when the guest wants
 * a command. Of the CPU's state that belongs to a guest, start.S saves at each exit what
 * the hypervisor uses itself; the rest stays in the CPU until another vCPU gets it.
 */
#include "schedule.h"

#include "cpu.h"
#include "partition.h"

/* ---- what stays in the CPU ---- */

static void save_segments(struct vcpu *vcpu)
{
	for (uint64_t i = 0; i < SLB_ENTRIES; i++) {
		uint64_t rs, rb;

		__asm__ volatile("slbmfev %0,%2\n\tslbmfee %1,%2" : "=&r"(rs), "=r"(rb) : "r"(i));
		vcpu->slb[i][0] = rs;
		vcpu->slb[i][1] = rb | i;
	}
}

/* slbia spares entry 0, so that one is emptied by hand. */
static void load_segments(const struct vcpu *vcpu)
{
	__asm__ volatile("slbmte %0,%0\n\tslbia" : : "r"(0ull) : "memory");
	for (uint64_t i = 0; i < SLB_ENTRIES; i++)
		if (vcpu->slb[i][1] & SLB_VALID)
			__asm__ volatile("slbmte %0,%1"
					 :
					 : "r"(vcpu->slb[i][0]), "r"(vcpu->slb[i][1])
					 : "memory");
	__asm__ volatile("isync" : : : "memory");
}

static void save(struct vcpu *vcpu)
{
	vcpu->sprg[0] = mfspr(SPR_SPRG(0));
	vcpu->sprg[1] = mfspr(SPR_SPRG(1));
	vcpu->sprg[2] = mfspr(SPR_SPRG(2));
	vcpu->sprg[3] = mfspr(SPR_SPRG(3));
	vcpu->dar = mfspr(SPR_DAR);
	vcpu->dsisr = mfspr(SPR_DSISR);
	save_segments(vcpu);
}

static void load(const struct vcpu *vcpu)
{
	mtspr(SPR_SPRG(0), vcpu->sprg[0]);
	mtspr(SPR_SPRG(1), vcpu->sprg[1]);
	mtspr(SPR_SPRG(2), vcpu->sprg[2]);
	mtspr(SPR_SPRG(3), vcpu->sprg[3]);
	mtspr(SPR_DAR, vcpu->dar);
	mtspr(SPR_DSISR, vcpu->dsisr);
	load_segments(vcpu);
}

/* The partition is entered only when it changes: an emulator may flush its TLB for it,
 * and what the library forgot to flush has to stay. */
static void switch_to(struct cpu *cpu, struct vcpu *vcpu)
{
	struct vcpu *old = cpu->loaded;

	if (old == vcpu)
		return;
	if (old)
		save(old);
	if (!old || old->vm != vcpu->vm)
		partition_enter(vcpu->vm);
	load(vcpu);
	cpu->loaded = vcpu;
}

/* ---- turns ---- */

enum vcpu_state schedule_state(const struct vcpu *vcpu)
{
	return __atomic_load_n(&vcpu->state, __ATOMIC_ACQUIRE);
}

void schedule_turn(void)
{
	struct cpu *cpu = this_cpu();

	lock_take(&cpu->lock);
	for (unsigned i = 0; i < MAX_RUN; i++) {
		struct vcpu *vcpu = cpu->run[cpu->next++ % MAX_RUN];

		if (!vcpu || schedule_state(vcpu) != VCPU_READY)
			continue;
		switch_to(cpu, vcpu);
		__atomic_store_n(&vcpu->state, vcpu_run(vcpu), __ATOMIC_RELEASE);
		break;
	}
	lock_drop(&cpu->lock);
	cpu_relax();
}

enum vcpu_state schedule_until_done(const struct vcpu *vcpu)
{
	while (schedule_state(vcpu) == VCPU_READY)
		schedule_turn();
	return schedule_state(vcpu);
}

void schedule_post(struct vcpu *vcpu, const struct command *command)
{
	vcpu->gpr[3] = 0;
	vcpu->gpr[4] = command->op;
	vcpu->gpr[5] = command->address;
	vcpu->gpr[6] = command->n;
	vcpu->gpr[7] = command->stride;
	vcpu->gpr[8] = command->value;
	__atomic_store_n(&vcpu->state, VCPU_READY, __ATOMIC_RELEASE);
}

/* Put `with` in the place of `what` among the CPU's vCPUs. */
static void replace(struct cpu *cpu, const struct vcpu *what, struct vcpu *with)
{
	unsigned i = 0;

	lock_take(&cpu->lock);
	while (i < MAX_RUN && cpu->run[i] != what)
		i++;
	if (i < MAX_RUN)
		cpu->run[i] = with;
	if (cpu->loaded == what)
		cpu->loaded = NULL;
	lock_drop(&cpu->lock);
}

void schedule_add(struct vcpu *vcpu)
{
	replace(&cpus[vcpu->cpu], NULL, vcpu);
}

void schedule_remove(struct vcpu *vcpu)
{
	replace(&cpus[vcpu->cpu], vcpu, NULL);
}
