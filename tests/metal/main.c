// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Every conformance scenario, with host frames of 4K and of 64K. */
#include "console.h"
#include "heap.h"
#include "metal_harness.h"

#define SPR_DEC 22

static const struct scenario {
	const char *name, *text;
	void (*run)(struct harness *h);
} scenarios[] = {
#define HPTP_SCENARIO(name, text) { #name, text, scenario_##name },
	HPTP_SCENARIOS(HPTP_SCENARIO)
#undef HPTP_SCENARIO
};

static uint64_t checks, failures, exits;
static bool good;
static struct hptp_stats sum;

static void failed(void *self, const char *file, int line, const char *what)
{
	(void)self;
	print("# %s:%d: %s\n", file, (int64_t)line, what);
	good = false;
}

static void run(const struct scenario *s, unsigned frame_shift)
{
	static struct metal_harness mh;
	uint64_t heap = heap_in_use();

	good = true;
	if (metal_harness_init(&mh, frame_shift, failed)) {
		failed(NULL, s->name, 0, "no VM");
	} else {
		s->run(&mh.harness);
		exits += mh.exits;
		metal_harness_exit(&mh, &sum);
		if (checks && heap_in_use() != heap) /* the first leaves a partition table */
			failed(NULL, s->name, 0, "memory is lost");
	}
	checks++;
	failures += !good;
	print("%s %d - %s: %s (%dK frames)\n", good ? "ok" : "not ok", checks, s->name, s->text,
	      1ull << (frame_shift - 10));
}

_Noreturn static void finish(void)
{
	print("# evictions=%d refaults=%d syncs=%d exits=%d\n", memory_page_outs, sum.refault,
	      memory_flushes, exits);
	print("1..%d\nRESULT %s\n", checks, failures ? "FAIL" : "PASS");
	power_off();
}

void metal_trap(struct vcpu *vcpu, uint64_t vector)
{
	print("# trap %x in the hypervisor: srr0 %x srr1 %x hsrr0 %x DAR %x\n", vector, vcpu->srr0,
	      vcpu->srr1, vcpu->hsrr0, mfspr(SPR_DAR));
	failures++;
	finish();
}

void metal_main(uint64_t cpu, const void *fdt)
{
	(void)fdt;
	while (cpu) /* one CPU is enough */
		cpu_relax();
	console_init();
	mtspr(SPR_DEC, 0x7fffffff); /* problem state has interrupts on: none is due */
	print("# PVR %x\n", mfspr(SPR_PVR));
	for (unsigned i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++) {
		run(&scenarios[i], 12);
		run(&scenarios[i], 16);
	}
	finish();
}
