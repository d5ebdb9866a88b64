// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * A hypervisor in a few files, and what it shows. docs/METAL.md is the way through it. Ends
 * with a line of counts and one with the verdict, RESULT PASS or RESULT FAIL.
 */
#include "console.h"
#include "fdt.h"
#include "heap.h"
#include "hunt.h"
#include "meter.h"
#include "partition.h"
#include "schedule.h"
#include "show.h"
#include "verdict.h"

/* All CPUs but the first: vCPUs to run, and what was asked for in between. */
_Noreturn static void serve(void)
{
	for (;;) {
		schedule_turn();
		hunt_serve();
	}
}

void metal_main(uint64_t cpu, const void *fdt)
{
	unsigned n_cpus = fdt_cpus(fdt);
	uint64_t heap = heap_in_use();

	meter_start();
	partition_set_tick();
	if (cpu)
		serve();
	console_init();
	print("# PVR %x, %d CPUs\n", mfspr(SPR_PVR), (uint64_t)n_cpus);
	show_paging(n_cpus);
	show_sort(n_cpus);
	show_guests(n_cpus);
	show_counts();
	check(heap_in_use() == heap, "all memory came back");
	finish();
}
