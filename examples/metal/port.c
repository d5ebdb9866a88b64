// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Read sections and the grace period. A CPU counts when it begins its outermost section
 * and when it ends it, so the count is odd inside. Who waits sees each CPU either
 * outside, or moved on.
 */
#include "hptp_port.h"

#include "cpu.h"

void hptp_port_read_begin(void)
{
	struct cpu *cpu = this_cpu();

	if (cpu->read_nest++)
		return;
	__atomic_store_n(&cpu->read_sections, cpu->read_sections + 1, __ATOMIC_RELAXED);
	/* The count is visible before anything is read in the section: a store before
	 * loads, which takes hwsync. */
	hptp_full_barrier();
}

void hptp_port_read_end(void)
{
	struct cpu *cpu = this_cpu();

	if (--cpu->read_nest)
		return;
	/* lwsync: what was read in the section was read before it counts as ended. */
	__atomic_store_n(&cpu->read_sections, cpu->read_sections + 1, __ATOMIC_RELEASE);
}

static void wait_for(const struct cpu *cpu)
{
	uint64_t seen = __atomic_load_n(&cpu->read_sections, __ATOMIC_ACQUIRE);

	while ((seen & 1) && __atomic_load_n(&cpu->read_sections, __ATOMIC_ACQUIRE) == seen)
		cpu_relax();
}

void hptp_port_synchronize(void)
{
	/* What the caller unpublished is visible before the counts are read. */
	hptp_full_barrier();
	for (unsigned i = 0; i < MAX_CPUS; i++)
		wait_for(&cpus[i]);
	/* Freed memory is not touched before the counts were read. */
	hptp_full_barrier();
}
