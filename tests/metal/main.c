// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Every conformance scenario, with host frames of 4K and of 64K. */
#include "all.h"
#include "console.h"
#include "heap.h"
#include "metal_harness.h"
#include "ppc.h"
#include "verdict.h"

static uint64_t exits;
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
	print("# %s, %dK frames\n", s->name, 1ull << (frame_shift - 10));
	if (metal_harness_init(&mh, frame_shift, failed)) {
		failed(NULL, s->name, 0, "no VM");
	} else {
		s->run(&mh.harness);
		exits += mh.exits;
		metal_harness_exit(&mh, &sum);
		if (heap_in_use() != heap)
			failed(NULL, s->name, 0, "memory is lost");
	}
	if (good && mh.harness.left_out)
		print("# left out: %s\n", mh.harness.left_out);
	else
		check(good, s->text);
}

void metal_main(uint64_t cpu, const void *fdt)
{
	(void)fdt;
	while (cpu) /* one CPU is enough */
		cpu_relax();
	console_init();
	print("# PVR %x\n", mfspr(SPR_PVR));
	for (unsigned i = 0; i < N_SCENARIOS; i++) {
		run(&scenarios[i], 12);
		run(&scenarios[i], 16);
	}
	print("# evictions=%d refaults=%d syncs=%d exits=%d\n", memory_page_outs, sum.refault,
	      memory_flushes, exits);
	finish();
}
