// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "guest.h"

#include <time.h>
#include <unistd.h>

enum { PTEG = 8, TRIES = 64, PATIENCE = 20 /* seconds */ };

void guest_stop(struct guest *g, const char *why)
{
	const char *none = NULL;

	if (why)
		atomic_compare_exchange_strong(&g->why, &none, why);
	atomic_store(&g->stop, true);
	machine_stop(g->machine);
}

void guest_cpu_init(struct cpu *cpu, struct guest *g, unsigned id)
{
	*cpu = (struct cpu){ .guest = g, .vcpu = machine_vcpu(g->machine, id), .id = id };
	cpu->random = id + 1;
	cpu->slb_v = machine_slb_word(0x1000 + 0x11 * id, g->page_shift, 40, HPTP_SLB_KP);
	machine_regs(cpu->vcpu)->msr = HPTP_MSR_PR | HPTP_MSR_IR | HPTP_MSR_DR;
	machine_slbmte(cpu->vcpu, 0, GUEST_BASE, cpu->slb_v);
	machine_max_faults(cpu->vcpu, 1000);
}

/* ---- the kernel: a storage interrupt that says "no entry" ---- */

/*
 * Pages are not in order in real memory, as they are not in a kernel that has run for a
 * while: reverse the order within groups of eight.
 */
static uint64_t real_of(const struct guest *g, uint64_t at)
{
	uint64_t page = at >> g->page_shift, pages = g->size >> g->page_shift;

	if ((page | 7) < pages)
		page ^= 7;
	return page << g->page_shift;
}

static uint64_t next_random(struct cpu *cpu)
{
	cpu->random = cpu->random * 6364136223846793005ull + 1442695040888963407ull;
	return cpu->random >> 33;
}

static long enter(struct cpu *cpu, uint64_t ea, bool secondary)
{
	const struct guest *g = cpu->guest;
	uint64_t v = machine_pteh(cpu->slb_v, ea, g->page_shift, secondary);
	uint64_t r = machine_ptel(real_of(g, ea - GUEST_BASE), g->page_shift, g->page_shift,
				  MACHINE_PP_RWRW | MACHINE_PTE_M);
	uint64_t index = machine_pteg(cpu->slb_v, ea, g->order, secondary) * PTEG;

	return machine_h_enter(cpu->vcpu, 0, index, v, r, &index);
}

/* Primary group, secondary group; both full: some entry of the primary goes, try again. */
static bool map_page(struct cpu *cpu, uint64_t ea)
{
	uint64_t first = machine_pteg(cpu->slb_v, ea, cpu->guest->order, false) * PTEG, out[2];

	for (unsigned tries = 0; tries < TRIES; tries++) {
		long answer = enter(cpu, ea, false);

		if (answer == HPTP_H_PTEG_FULL)
			answer = enter(cpu, ea, true);
		if (answer == HPTP_H_SUCCESS)
			cpu->entered++;
		if (answer != HPTP_H_PTEG_FULL)
			return answer == HPTP_H_SUCCESS;
		answer = machine_h_remove(cpu->vcpu, 0, first + next_random(cpu) % PTEG, 0, out);
		if (answer == HPTP_H_SUCCESS)
			cpu->replaced++;
	}
	return false;
}

/*
 * A thousand faults of one access, and it still has no translation: the host's threads may only
 * have had no CPU meanwhile.
 */
static void wait_for_host(struct cpu *cpu, time_t *since)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (!*since)
		*since = now.tv_sec;
	if (now.tv_sec - *since > PATIENCE)
		guest_stop(cpu->guest, "a vCPU is stuck: its access faults again and again");
	usleep(1000);
}

static void storage_interrupt(struct cpu *cpu, enum machine_result result, time_t *since)
{
	const struct hptp_fault *fault = machine_fault(cpu->vcpu);

	if (result == MACHINE_REFLECT && fault->status & HPTP_DSISR_NOHPTE) {
		if (!map_page(cpu, fault->ea))
			guest_stop(cpu->guest, "the guest's kernel can not map a page");
		return;
	}
	switch (result) {
	case MACHINE_NOPAGE:
		guest_stop(cpu->guest, "the host can not bring a page in: the swap file failed");
		break;
	case MACHINE_NO_MEMORY: guest_stop(cpu->guest, "no memory for the reverse map"); break;
	case MACHINE_STUCK: wait_for_host(cpu, since); break;
	default: guest_stop(cpu->guest, "the result is wrong: the guest crashed at an access");
	}
}

/* ---- loads and stores ---- */

/* An address that data led to may be anything when the data is wrong. */
static bool inside(struct cpu *cpu, uint64_t at, size_t n)
{
	if (at <= cpu->guest->size && n <= cpu->guest->size - at)
		return true;
	guest_stop(cpu->guest, "the result is wrong: the guest crashed at a wild address");
	return false;
}

bool guest_load(struct cpu *cpu, uint64_t at, void *to, size_t n)
{
	enum machine_result result = MACHINE_STUCK;
	time_t since = 0;

	while (inside(cpu, at, n) &&
	       !atomic_load_explicit(&cpu->guest->stop, memory_order_relaxed)) {
		result = machine_load(cpu->vcpu, GUEST_BASE + at, to, n);
		if (result == MACHINE_OK)
			break;
		storage_interrupt(cpu, result, &since);
	}
	atomic_fetch_add_explicit(&cpu->guest->bytes, n, memory_order_relaxed);
	return result == MACHINE_OK;
}

bool guest_store(struct cpu *cpu, uint64_t at, const void *from, size_t n)
{
	enum machine_result result = MACHINE_STUCK;
	time_t since = 0;

	while (inside(cpu, at, n) &&
	       !atomic_load_explicit(&cpu->guest->stop, memory_order_relaxed)) {
		result = machine_store(cpu->vcpu, GUEST_BASE + at, from, n);
		if (result == MACHINE_OK)
			break;
		storage_interrupt(cpu, result, &since);
	}
	atomic_fetch_add_explicit(&cpu->guest->bytes, n, memory_order_relaxed);
	return result == MACHINE_OK;
}
