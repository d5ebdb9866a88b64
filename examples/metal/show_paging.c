// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Step by step: a guest computes the right answers while its pages are taken away and brought
 * back, by the rules of an MMU that walks the table itself.
 */
#include "console.h"
#include "frames.h"
#include "hunt.h"
#include "pager.h"
#include "schedule.h"
#include "show.h"
#include "verdict.h"

#define PAGES 1024 /* of guest memory: 4 MiB */
#define FRAMES 256 /* of the host */

#define AREA 0x100000ull /* guest real = effective: the tests' memory */
#define HUNT 0x1c0000ull
#define HUNT_PAGES 64
#define HUNT_ROUNDS 8
#define CHURN 0x200000ull
#define CHURN_PAGES 512 /* a power of two */
#define CHURN_ROUNDS 8
#define PATIENCE 20 /* ticks */

static struct vm vm;
static struct vcpu *vcpu; /* the first */

static uint64_t ask(uint64_t op, uint64_t address, uint64_t n, uint64_t stride, uint64_t value)
{
	return guest_do(vcpu, &(struct command){ op, address, n, stride, value });
}

static void boot(unsigned cpus)
{
	uint64_t hisi = 0;

	check(frames_init(FRAMES), "the host has 1 MiB of frames");
	begin(&vm, &(struct vm_config){
			   .lpid = 1, .vcpus = cpus, .cpus = cpus, .pages = PAGES, .order = 18 });
	vcpu = &vm.vcpu[0];
	pager_evict_all(&vm); /* the guest's image too */
	wait_for_boot(&vm);
	check(vcpu->hcalls == 1, "the guest starts in real mode and makes a hypercall");
	for (unsigned i = 0; i < cpus; i++)
		hisi += vm.vcpu[i].hisi;
	check(hisi >= 1, "its first fetch came as a HISI");
}

static void show_virtual_mode(void)
{
	check(ask(DO_MAP, 0, PAGES, 0, 0) == 0, "the guest enters a page table of its own");
	check(ask(DO_VIRTUAL, 0, 0, 0, 0) == 0, "and turns translation on");
	check(ask(DO_STORE, AREA, 64, FRAME_SIZE, 0xabc) == 0, "stores to 64 new pages");
	check(ask(DO_LOAD, AREA, 64, FRAME_SIZE, 0xabc) == 0, "loads find what was stored");
}

static void show_page_out(void)
{
	struct hptp_unmapped gone = { 0 };
	uint64_t page = AREA >> FRAME_SHIFT, hdsi;

	check(pager_evict(&vm, page, &gone) && gone.entries >= 1, "a page is taken away");
	check(gone.n_dirty >= 1, "C says that it was written");
	hdsi = vcpu->hdsi;
	check(ask(DO_LOAD, AREA, 1, 8, 0xabc) == 0, "the guest reads it all the same");
	check(vcpu->hdsi > hdsi, "through a HDSI");
	check((vcpu->fault.status & HPTP_DSISR_NOHPTE) && vcpu->fault.ea == AREA,
	      "that told of no HPTE, at the page");
	gone = (struct hptp_unmapped){ 0 };
	check(pager_evict(&vm, page, &gone) && !gone.n_dirty && gone.n_young,
	      "after a load only: R is set, C is not");
	check(ask(DO_STORE, AREA, 1, 8, 0x77) == 0, "a store to the absent page");
	check(vcpu->fault.status & HPTP_DSISR_STORE, "told that it was a store");
	gone = (struct hptp_unmapped){ 0 };
	check(pager_evict(&vm, page, &gone) && gone.n_dirty, "and set C");
	check(ask(DO_LOAD, AREA, 1, 8, 0x77) == 0, "its data came back");
}

static void show_aging(void)
{
	hptp_off page = { AREA >> FRAME_SHIFT };

	check(ask(DO_LOAD, AREA, 1, 8, 0x77) == 0, "a load");
	check(hptp_age_range(vm.slot, page, 1, NULL) == 1, "makes the page young");
	check(hptp_age_range(vm.slot, page, 1, NULL) == 0, "asked again it is old");
	check(ask(DO_LOAD, AREA, 1, 8, 0x77) == 0, "another load");
	check(hptp_age_range(vm.slot, page, 1, NULL) == 1,
	      "is seen, so the translation had been flushed");
}

static void show_fetch(void)
{
	const uint64_t add_one_and_return = 0x386300014e800020;
	uint64_t code = AREA + 0x80000, hisi = vcpu->hisi;

	check(ask(DO_STORE, code, 1, 8, add_one_and_return) == 0, "a function is written");
	check(pager_evict(&vm, code >> FRAME_SHIFT, NULL), "its page goes");
	check(ask(DO_CALL, code, 0, 0, 41) == 42, "a call to it works");
	check(vcpu->hisi == hisi + 1, "through one HISI");
}

static void show_real_mode(void)
{
	check(ask(DO_REAL, 0, 0, 0, 0) == 0, "the guest turns translation off");
	pager_evict_all(&vm);
	check(ask(DO_LOAD, AREA + FRAME_SIZE, 63, FRAME_SIZE, 0xabd) == 0,
	      "real mode finds the data, all of memory having been away");
	check(ask(DO_STORE, AREA, 64, FRAME_SIZE, 0x5000) == 0, "and stores");
	check(ask(DO_VIRTUAL, 0, 0, 0, 0) == 0, "translation on again");
	check(ask(DO_LOAD, AREA, 64, FRAME_SIZE, 0x5000) == 0, "sees what real mode stored");
}

static void show_removal(void)
{
	uint64_t hdsi, at = AREA + 0x90000;

	check(ask(DO_STORE, at, 4, FRAME_SIZE, 0x600) == 0, "four pages are written");
	check(ask(DO_UNMAP, at, 4, 0, 0) == 0, "and unmapped by the guest");
	pager_evict_all(&vm);
	check(ask(DO_MAP, at, 4, 0, at) == 0, "mapped again while paged out");
	hdsi = vcpu->hdsi;
	check(ask(DO_LOAD, at, 4, FRAME_SIZE, 0x600) == 0, "they hold what was written");
	check(vcpu->hdsi >= hdsi + 4, "each refaulted");
	pager_evict_all(&vm);
	check(ask(DO_ZERO, at + FRAME_SIZE, 2, 0, 0) == 0, "two of them are zeroed while out");
	check(ask(DO_LOAD, at + FRAME_SIZE, 1, 8, 0) == 0 &&
		      ask(DO_LOAD, at + 2 * FRAME_SIZE, 1, 8, 0) == 0,
	      "as the guest sees");
	check(ask(DO_LOAD, at, 1, 8, 0x600) == 0 &&
		      ask(DO_LOAD, at + 3 * FRAME_SIZE, 1, 8, 0x603) == 0,
	      "and their neighbours are not");
}

/* The guest's own view decides: what it forbids, it is told of; the rest is repaired. */
static void show_protection(void)
{
	uint64_t at = AREA + 0xa0000;

	check(ask(DO_STORE, at, 1, 8, 0x700) == 0, "a page is written");
	check(ask(DO_PROTECT, at, 1, 0, 3) == 0, "and made read-only by the guest");
	check(ask(DO_STORE, at, 1, 8, 0x777) == 0, "a store to it");
	check(ask(DO_DSI, 0, 0, 0, 0) == (HPTP_DSISR_PROT | HPTP_DSISR_STORE),
	      "is the guest's own fault, and it is told so");
	check(pager_evict(&vm, at >> FRAME_SHIFT, NULL), "the page goes");
	check(ask(DO_STORE, at, 1, 8, 0x777) == 0, "a store to it now");
	check(ask(DO_DSI, 0, 0, 0, 0) == (HPTP_DSISR_PROT | HPTP_DSISR_STORE), "is told the same");
	check(ask(DO_LOAD, at, 1, 8, 0x700) == 0, "a load brings it back, unharmed");
	check(ask(DO_LOAD, AREA + 0x8000000, 1, 8, 0) == 1 &&
		      ask(DO_DSI, 0, 0, 0, 0) == HPTP_DSISR_NOHPTE,
	      "where the guest has no entry, it is told of that");
}

static void show_device(void)
{
	uint64_t ea = AREA + 0x9000000;
	struct hptp_stats stats;

	check(ask(DO_MAP, ea, 1, 0, GUEST_DEVICE) == 0, "the guest maps a device");
	check(ask(DO_STORE, ea, 1, 8, 0x5a5a) == 0, "stores to it");
	pager_evict_all(&vm);
	check(ask(DO_LOAD, ea, 1, 8, ~0x5a5aull) == 0, "loads from it, its code away");
	hptp_stats_read(vm.hptp, &stats);
	check(stats.mmio == 2, "the library counted two emulated accesses");
	check(ask(DO_UNMAP, ea, 1, 0, 0) == 0, "and unmaps it");
}

/* Nothing that the guest does can keep the CPU from the hypervisor. */
static void show_runaway(void)
{
	vcpu->patience = PATIENCE;
	guest_begin(vcpu, &(struct command){ .op = DO_SPIN });
	check(schedule_until_done(vcpu) == VCPU_OVERDUE,
	      "a guest that loops for ever is taken back by the decrementer");
	vcpu_reset(vcpu);
	wait_for_boot(&vm);
	check(ask(DO_VIRTUAL, 0, 0, 0, 0) == 0, "and starts again from its entry");
	check(ask(DO_LOAD, AREA, 64, FRAME_SIZE, 0x5000) == 0, "with its memory as it was");
}

/* All vCPUs at once on twice as many pages as there are frames. */
static void show_overcommit(void)
{
	uint64_t evictions = vm.evictions, drops = vm.drops, ticks = vcpu->ticks, wrong = 0;

	for (unsigned i = 1; i < vm.n_vcpus; i++)
		wrong += guest_do(&vm.vcpu[i], &(struct command){ .op = DO_VIRTUAL });
	vm.pressure = true;
	for (uint64_t i = 0; i < vm.n_vcpus; i++)
		guest_begin(&vm.vcpu[i],
			    &(struct command){ DO_CHURN, CHURN, CHURN_PAGES, 8 * i, CHURN_ROUNDS });
	for (unsigned i = 0; i < vm.n_vcpus; i++)
		wrong += guest_answer(&vm.vcpu[i]);
	vm.pressure = false;
	check(wrong == 0, "every word is right after rounds over more pages than frames");
	check(vcpu->ticks > ticks, "the hypervisor decrementer took the guest back to evict");
	check(vm.evictions > evictions + CHURN_PAGES, "which took evictions all the time");
	check(vm.drops > drops + CHURN_PAGES,
	      "many of pages not written since: dropped, not stored");
	for (unsigned i = 0; i < vm.n_vcpus; i++)
		check(vm.vcpu[i].hdsi > 0, "the vCPU took part in it");
}

/* What a look-up told is old when it is used: the library has to notice. */
static void show_hunt(void)
{
	struct hptp_stats stats;

	if (vm.n_vcpus < 2)
		return;
	hunt_begin();
	check(ask(DO_REMAP, HUNT, HUNT_PAGES, 0, HUNT_ROUNDS) == 0,
	      "pages taken between look-up and entry: every word is right");
	hunt_end();
	hptp_stats_read(vm.hptp, &stats);
	check(stats.retry > HUNT_PAGES, "and the library noticed each time");
}

void show_paging(unsigned cpus)
{
	boot(cpus);
	show_virtual_mode();
	show_page_out();
	show_aging();
	show_fetch();
	show_real_mode();
	show_runaway();
	show_removal();
	show_protection();
	show_device();
	show_overcommit();
	show_hunt();
	end(&vm);
	frames_exit();
}
