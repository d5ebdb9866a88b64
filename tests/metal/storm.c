// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Two CPUs at the same few pages: on one a guest that writes, checks, unmaps and maps them,
 * on the other the hypervisor, which takes them, makes them old, and brings them back. The
 * library pauses wherever the other could come in (jump.h).
 */
#include "console.h"
#include "frames.h"
#include "heap.h"
#include "jump.h"
#include "meter.h"
#include "pager.h"
#include "partition.h"
#include "ppc.h"
#include "schedule.h"
#include "show.h"
#include "verdict.h"

#define PAGES 1024
#define AREA 0x200000ull
#define AREA_PAGES 8
#define CHURN_ROUNDS 1500
#define REMAP_ROUNDS 2000

static struct vm vm;

static uint64_t any(uint64_t n)
{
	static uint64_t dice = 7;

	dice = dice * 6364136223846793005ull + 1442695040888963407ull;
	return (dice >> 33) % n;
}

static void disturb_one(uint64_t page)
{
	uint64_t word;

	switch (any(4)) {
	case 0:
		if (hptp_age_range(vm.slot, (hptp_off){ page }, 1, NULL) < 0)
			check(false, "a page can be made old");
		break;
	case 1:
		if (pager_read(&vm, page << FRAME_SHIFT, &word, sizeof(word)))
			check(false, "the host can read a page");
		break;
	default: pager_evict(&vm, page, NULL);
	}
}

/* What the vCPU on the other CPU answers, its pages never at rest. */
static uint64_t disturbed(struct vcpu *vcpu, const struct command *command)
{
	guest_begin(vcpu, command);
	while (schedule_state(vcpu) == VCPU_READY) {
		disturb_one((AREA >> FRAME_SHIFT) + any(AREA_PAGES));
		cpu_relax();
	}
	return guest_answer(vcpu);
}

static void storm(void)
{
	check(frames_init(PAGES), "frames for all pages");
	begin(&vm,
	      &(struct vm_config){ .lpid = 1, .vcpus = 2, .cpus = 2, .pages = PAGES, .order = 18 });
	wait_for_boot(&vm);
	check(guest_do(&vm.vcpu[0], &(struct command){ .op = DO_MAP, .n = PAGES }) == 0 &&
		      guests_do(&vm, &(struct command){ .op = DO_VIRTUAL }) == 0,
	      "the guest maps its memory and translates");
	check(disturbed(&vm.vcpu[1],
			&(struct command){ DO_WAVER, AREA, AREA_PAGES, 0, CHURN_ROUNDS }) == 0,
	      "what the guest writes is what it reads");
	check(disturbed(&vm.vcpu[1],
			&(struct command){ DO_REMAP, AREA, AREA_PAGES, 8, REMAP_ROUNDS }) == 0,
	      "through new entries, too");
	end(&vm);
	frames_exit();
}

void metal_main(uint64_t cpu, const void *fdt)
{
	uint64_t heap = heap_in_use();

	(void)fdt;
	meter_start();
	partition_set_tick();
	while (cpu)
		schedule_turn();
	console_init();
	print("# PVR %x\n", mfspr(SPR_PVR));
	storm();
	show_counts();
	check(heap_in_use() == heap, "all memory came back");
	finish();
}
