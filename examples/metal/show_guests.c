// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Two guests at once, each in a partition of its own, at the same effective addresses and
 * with the same table contents, on fewer frames than either has pages.
 */
#include "frames.h"
#include "show.h"
#include "verdict.h"

#define GUESTS 2
#define PAGES 1024 /* of each */
#define FRAMES 384 /* of both */
#define CHURN 0x200000ull
#define CHURN_PAGES 512
#define ROUNDS 8

static struct vm vms[GUESTS];

/* Each vCPU has a word of its own in every page. */
static void start_churn(struct vm *vm)
{
	for (uint64_t i = 0; i < vm->n_vcpus; i++)
		guest_begin(&vm->vcpu[i],
			    &(struct command){ DO_CHURN, CHURN, CHURN_PAGES, 8 * i, ROUNDS });
}

static uint64_t end_churn(struct vm *vm)
{
	uint64_t wrong = 0;

	for (unsigned i = 0; i < vm->n_vcpus; i++)
		wrong += guest_answer(&vm->vcpu[i]);
	return wrong;
}

/* A word of each guest's own that nobody else knows. */
static struct command secret(uint32_t op, const struct vm *vm)
{
	return (struct command){ op, 0x100000, 64, FRAME_SIZE, 0x5ec4e700ull << vm->lpid };
}

static void start(struct vm *vm, unsigned cpus, uint32_t lpid)
{
	struct command keep;

	begin(vm, &(struct vm_config){
			  .lpid = lpid, .vcpus = cpus, .cpus = cpus, .pages = PAGES, .order = 18 });
	wait_for_boot(vm);
	check(guest_do(&vm->vcpu[0], &(struct command){ .op = DO_MAP, .n = PAGES }) == 0 &&
		      guests_do(vm, &(struct command){ .op = DO_VIRTUAL }) == 0,
	      "it maps its memory and translates");
	keep = secret(DO_STORE, vm);
	check(guest_do(&vm->vcpu[0], &keep) == 0, "and keeps a secret");
}

void show_guests(unsigned cpus)
{
	struct command keep;

	check(frames_init(FRAMES), "384 frames for two guests of 1024 pages");
	for (uint32_t i = 0; i < GUESTS; i++)
		start(&vms[i], cpus, i + 1);
	for (unsigned i = 0; i < GUESTS; i++)
		start_churn(&vms[i]);
	for (unsigned i = 0; i < GUESTS; i++)
		check(end_churn(&vms[i]) == 0, "every word of a guest is right");
	for (unsigned i = 0; i < GUESTS; i++) {
		keep = secret(DO_LOAD, &vms[i]);
		check(guest_do(&vms[i].vcpu[0], &keep) == 0, "and its secret is its own");
		check(vms[i].evictions > CHURN_PAGES, "each had to give frames up");
	}
	end(&vms[0]);
	keep = secret(DO_LOAD, &vms[1]);
	check(guest_do(&vms[1].vcpu[0], &keep) == 0, "one ends, the other goes on");
	end(&vms[1]);
	frames_exit();
}
