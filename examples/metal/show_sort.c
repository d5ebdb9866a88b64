// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * A guest with four times as much memory as the host has frames sorts 30 MiB with two vCPUs
 * (on one CPU they take turns). What it has to come to was computed on the build host.
 */
#include "frames.h"
#include "show.h"
#include "verdict.h"

#include "sorted_sum.h"

#define PAGES 16384 /* 64 MiB */
#define FRAMES 4096 /* 16 MiB */

static bool same_answers(struct vm *vm, uint64_t answer)
{
	bool same = true;

	for (unsigned i = 0; i < vm->n_vcpus; i++)
		same &= guest_answer(&vm->vcpu[i]) == answer;
	return same;
}

void show_sort(unsigned cpus)
{
	static struct vm vm;

	check(frames_init(FRAMES), "the host has 16 MiB of frames");
	begin(&vm, &(struct vm_config){
			   .lpid = 1, .vcpus = 2, .cpus = cpus, .pages = PAGES, .order = 20 });
	wait_for_boot(&vm);
	check(guest_do(&vm.vcpu[0], &(struct command){ .op = DO_MAP, .n = PAGES }) == 0,
	      "the guest maps its 64 MiB");
	check(guests_do(&vm, &(struct command){ .op = DO_VIRTUAL }) == 0, "translation is on");
	for (unsigned i = 0; i < vm.n_vcpus; i++)
		guest_begin(&vm.vcpu[i], &(struct command){ .op = DO_SORT, .n = vm.n_vcpus });
	check(same_answers(&vm, SORTED_SUM), "two vCPUs sort 30 MiB, and the checksum is right");
	check(vm.evictions > PAGES && vm.page_ins > PAGES, "every page left and came, on average");
	check(vm.drops > PAGES / 4, "pages not written since they came in were dropped");
	end(&vm);
	frames_exit();
}
