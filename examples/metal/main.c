// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * A hypervisor in a few files, and what it shows: a guest translated by a hashed page
 * table computes the right answers while its pages are taken away and brought back,
 * by the rules of an MMU that walks the table itself. Ends with a line of counts and one
 * with the verdict, RESULT PASS or RESULT FAIL.
 *
 * Read vm.c for how the library is set up, exit.c for how faults and hypercalls reach it,
 * pager.c for what it asks of its host and how pages leave, partition.c for the MMU;
 * start.S for the switch between the two worlds. guest/ is the guest.
 */
#include "command.h"
#include "console.h"
#include "fdt.h"
#include "heap.h"
#include "pager.h"

#define PAGES 1024 /* of guest memory: 4 MiB */
#define FRAMES 256 /* of the host */

#define AREA 0x100000ull /* guest real = effective: the tests' memory */
#define HUNT 0x1c0000ull
#define HUNT_PAGES 64
#define HUNT_ROUNDS 8
#define CHURN 0x200000ull
#define CHURN_PAGES 512 /* a power of two */
#define CHURN_ROUNDS 32

static struct {
	uint64_t checks, failures;
} verdict;

static struct vm vm;

void check(bool good, const char *what)
{
	verdict.checks++;
	verdict.failures += !good;
	print("%s %d - %s\n", good ? "ok" : "not ok", verdict.checks, what);
}

_Noreturn void finish(void)
{
	print("1..%d\nRESULT %s\n", verdict.checks, verdict.failures ? "FAIL" : "PASS");
	power_off();
}

/* An interrupt that the hypervisor itself caused. */
void metal_trap(struct vcpu *vcpu, uint64_t vector)
{
	print("# trap %x in the hypervisor: srr0 %x srr1 %x hsrr0 %x DAR %x\n", vector, vcpu->srr0,
	      vcpu->srr1, vcpu->hsrr0, mfspr(SPR_DAR));
	verdict.failures++;
	finish();
}

/* A command to the guest's vCPU on this CPU. */
static uint64_t guest_do(uint64_t op, uint64_t address, uint64_t n, uint64_t stride, uint64_t value)
{
	return command_run(&vcpus[0], &(struct command){ op, address, n, stride, value });
}

static void boot(unsigned cpus)
{
	int error;

	pager_init(FRAMES);
	error = vm_create(&vm, PAGES, cpus);
	check(error == 0, error ? hptp_strerror(error) : "the guest is made");
	if (error)
		finish();
	partition_table_init(&vm);
	partition_enter(&vm);
	pager_evict_all(&vm); /* the guest's image too */
	check(vcpu_run(&vcpus[0]), "the guest starts in real mode and makes a hypercall");
	check(vcpus[0].hisi >= 1, "its first fetch came as a HISI");
}

static void show_virtual_mode(void)
{
	check(guest_do(DO_MAP, 0, PAGES, 0, 0) == 0, "the guest enters a page table of its own");
	check(guest_do(DO_VIRTUAL, 0, 0, 0, 0) == 0, "and turns translation on");
	check(guest_do(DO_STORE, AREA, 64, FRAME_SIZE, 0xabc) == 0, "stores to 64 new pages");
	check(guest_do(DO_LOAD, AREA, 64, FRAME_SIZE, 0xabc) == 0, "loads find what was stored");
}

static void show_page_out(void)
{
	struct hptp_unmapped gone = { 0 };
	uint64_t page = AREA >> FRAME_SHIFT, hdsi;

	check(pager_evict(&vm, page, &gone) && gone.entries >= 1, "a page is taken away");
	check(gone.n_dirty >= 1, "C says that it was written");
	hdsi = vcpus[0].hdsi;
	check(guest_do(DO_LOAD, AREA, 1, 8, 0xabc) == 0, "the guest reads it all the same");
	check(vcpus[0].hdsi > hdsi, "through a HDSI");
	check((vcpus[0].fault.status & HPTP_DSISR_NOHPTE) && vcpus[0].fault.ea == AREA,
	      "that told of no HPTE, at the page");
	gone = (struct hptp_unmapped){ 0 };
	check(pager_evict(&vm, page, &gone) && !gone.n_dirty && gone.n_young,
	      "after a load only: R is set, C is not");
	check(guest_do(DO_STORE, AREA, 1, 8, 0x77) == 0, "a store to the absent page");
	check(vcpus[0].fault.status & HPTP_DSISR_STORE, "told that it was a store");
	gone = (struct hptp_unmapped){ 0 };
	check(pager_evict(&vm, page, &gone) && gone.n_dirty, "and set C");
	check(guest_do(DO_LOAD, AREA, 1, 8, 0x77) == 0, "its data came back");
}

static void show_aging(void)
{
	hptp_off page = { AREA >> FRAME_SHIFT };

	check(guest_do(DO_LOAD, AREA, 1, 8, 0x77) == 0, "a load");
	check(hptp_age_range(vm.slot, page, 1, NULL) == 1, "makes the page young");
	check(hptp_age_range(vm.slot, page, 1, NULL) == 0, "asked again it is old");
	check(guest_do(DO_LOAD, AREA, 1, 8, 0x77) == 0, "another load");
	check(hptp_age_range(vm.slot, page, 1, NULL) == 1,
	      "is seen, so the translation had been flushed");
}

static void show_fetch(void)
{
	const uint64_t add_one_and_return = 0x386300014e800020;
	uint64_t code = AREA + 0x80000, hisi = vcpus[0].hisi;

	check(guest_do(DO_STORE, code, 1, 8, add_one_and_return) == 0, "a function is written");
	check(pager_evict(&vm, code >> FRAME_SHIFT, NULL), "its page goes");
	check(guest_do(DO_CALL, code, 0, 0, 41) == 42, "a call to it works");
	check(vcpus[0].hisi == hisi + 1, "through one HISI");
}

static void show_real_mode(void)
{
	check(guest_do(DO_REAL, 0, 0, 0, 0) == 0, "the guest turns translation off");
	pager_evict_all(&vm);
	check(guest_do(DO_LOAD, AREA + FRAME_SIZE, 63, FRAME_SIZE, 0xabd) == 0,
	      "real mode finds the data, all of memory having been away");
	check(guest_do(DO_STORE, AREA, 64, FRAME_SIZE, 0x5000) == 0, "and stores");
	check(guest_do(DO_VIRTUAL, 0, 0, 0, 0) == 0, "translation on again");
	check(guest_do(DO_LOAD, AREA, 64, FRAME_SIZE, 0x5000) == 0, "sees what real mode stored");
}

static void show_removal(void)
{
	uint64_t hdsi, at = AREA + 0x90000;

	check(guest_do(DO_STORE, at, 4, FRAME_SIZE, 0x600) == 0, "four pages are written");
	check(guest_do(DO_UNMAP, at, 4, 0, 0) == 0, "and unmapped by the guest");
	pager_evict_all(&vm);
	check(guest_do(DO_MAP, at, 4, 0, at) == 0, "mapped again while paged out");
	hdsi = vcpus[0].hdsi;
	check(guest_do(DO_LOAD, at, 4, FRAME_SIZE, 0x600) == 0, "they hold what was written");
	check(vcpus[0].hdsi >= hdsi + 4, "each refaulted");
}

/* The guest's own view decides: what it forbids, it is told of; the rest is repaired. */
static void show_protection(void)
{
	uint64_t at = AREA + 0xa0000;

	check(guest_do(DO_STORE, at, 1, 8, 0x700) == 0, "a page is written");
	check(guest_do(DO_PROTECT, at, 1, 0, 3) == 0, "and made read-only by the guest");
	check(guest_do(DO_STORE, at, 1, 8, 0x777) == 0, "a store to it");
	check(guest_do(DO_DSI, 0, 0, 0, 0) == (HPTP_DSISR_PROT | HPTP_DSISR_STORE),
	      "is the guest's own fault, and it is told so");
	check(pager_evict(&vm, at >> FRAME_SHIFT, NULL), "the page goes");
	check(guest_do(DO_STORE, at, 1, 8, 0x777) == 0, "a store to it now");
	check(guest_do(DO_DSI, 0, 0, 0, 0) == (HPTP_DSISR_PROT | HPTP_DSISR_STORE),
	      "is told the same");
	check(guest_do(DO_LOAD, at, 1, 8, 0x700) == 0, "a load brings it back, unharmed");
	check(guest_do(DO_LOAD, AREA + 0x8000000, 1, 8, 0) == 1 &&
		      guest_do(DO_DSI, 0, 0, 0, 0) == HPTP_DSISR_NOHPTE,
	      "where the guest has no entry, it is told of that");
}

static void show_device(void)
{
	uint64_t ea = AREA + 0x9000000;
	struct hptp_stats stats;

	check(guest_do(DO_MAP, ea, 1, 0, GUEST_DEVICE) == 0, "the guest maps a device");
	check(guest_do(DO_STORE, ea, 1, 8, 0x5a5a) == 0, "stores to it");
	pager_evict_all(&vm);
	check(guest_do(DO_LOAD, ea, 1, 8, ~0x5a5aull) == 0, "loads from it, its code away");
	hptp_stats_read(vm.hptp, &stats);
	check(stats.mmio == 2, "the library counted two emulated accesses");
	check(guest_do(DO_UNMAP, ea, 1, 0, 0) == 0, "and unmaps it");
}

/* All vCPUs at once on twice as many pages as there are frames. */
static void show_overcommit(unsigned cpus)
{
	uint64_t evictions = vm.evictions, drops = vm.drops;
	uint64_t ticks = vcpus[0].ticks, wrong = 0;

	vm.pressure = true;
	for (unsigned i = 1; i < cpus; i++) {
		command_post(&vcpus[i], &(struct command){ DO_VIRTUAL, 0, 0, 0, 0 });
		wrong += command_answer(&vcpus[i]);
		command_post(&vcpus[i], &(struct command){ DO_CHURN, CHURN, CHURN_PAGES, 8 * i,
							   CHURN_ROUNDS });
	}
	wrong += guest_do(DO_CHURN, CHURN, CHURN_PAGES, 0, CHURN_ROUNDS);
	for (unsigned i = 1; i < cpus; i++)
		wrong += command_answer(&vcpus[i]);
	vm.pressure = false;
	check(wrong == 0, "every word is right after rounds over more pages than frames");
	check(vcpus[0].ticks > ticks, "the hypervisor decrementer took the guest back to evict");
	check(vm.evictions > evictions + CHURN_PAGES, "which took evictions all the time");
	check(vm.drops > drops + CHURN_PAGES,
	      "many of pages not written since: dropped, not stored");
	for (unsigned i = 0; i < cpus; i++)
		check(vcpus[i].hdsi > 0, "the vCPU took part in it");
}

/* What a look-up told is old when it is used: the library has to notice. */
static void show_hunt(unsigned cpus)
{
	struct hptp_stats stats;
	uint64_t wrong;

	if (cpus < 2)
		return;
	vm.hunting = true;
	command_post(&vcpus[1], &(struct command){ DO_HUNT, 0, 0, 0, 0 });
	wrong = guest_do(DO_REMAP, HUNT, HUNT_PAGES, 0, HUNT_ROUNDS);
	__atomic_store_n(&vm.hunting, false, __ATOMIC_RELEASE);
	wrong += command_answer(&vcpus[1]);
	check(wrong == 0, "pages taken between look-up and entry: every word is right");
	hptp_stats_read(vm.hptp, &stats);
	check(stats.retry > HUNT_PAGES, "and the library noticed each time");
}

static void show_counts(uint64_t begun)
{
	struct hptp_stats stats;
	uint64_t exits = 0;

	for (unsigned i = 0; i < MAX_CPUS; i++)
		exits += vcpus[i].hdsi + vcpus[i].hisi;
	hptp_stats_read(vm.hptp, &stats);
	print("# evictions=%d refaults=%d syncs=%d tlbie=%d", vm.evictions, stats.refault,
	      stats.sync, stats.tlbie);
	print(" exits=%d stores=%d drops=%d ms=%d\n", exits, vm.stores, vm.drops,
	      (timebase() - begun) / (1000 * TB_PER_US));
	check(stats.refault > 0 && stats.absent > 0, "the library counted page-outs and refaults");
}

static void end(unsigned cpus)
{
	struct hptp_check_result broken = { 0 };
	int error = hptp_check(vm.hptp, &broken);

	check(error == 0, error ? broken.what : "every invariant of the table holds");
	check(vm_destroy(&vm, cpus) == 0, "the guest ends");
}

void metal_main(uint64_t cpu, const void *fdt)
{
	uint64_t begun = timebase(), heap;
	unsigned cpus;

	if (cpu)
		command_serve(&vcpus[cpu], &vm);
	cpus = fdt_cpus(fdt);
	console_init();
	print("# PVR %x, %d vCPUs\n", mfspr(SPR_PVR), (uint64_t)cpus);
	heap = heap_in_use();
	boot(cpus);
	show_virtual_mode();
	show_page_out();
	show_aging();
	show_fetch();
	show_real_mode();
	show_removal();
	show_protection();
	show_device();
	show_overcommit(cpus);
	show_hunt(cpus);
	show_counts(begun);
	end(cpus);
	check(heap_in_use() - heap <= 1 << 16, "all memory came back but the partition table's");
	finish();
}
