// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "meter.h"

#define MMCR0_COUNT 0 /* nothing frozen, no interrupts */

void meter_start(void)
{
	mtspr(SPR_MMCR0, MMCR0_COUNT);
	this_cpu()->counted = (uint32_t)mfspr(SPR_PMC5);
}

enum account meter(enum account to)
{
	struct cpu *cpu = this_cpu();
	uint32_t now = (uint32_t)mfspr(SPR_PMC5);
	enum account from = cpu->account;

	cpu->charged[from] += now - cpu->counted; /* 32 bits, wraps */
	cpu->counted = now;
	cpu->account = to;
	return from;
}

uint64_t meter_total(enum account account)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < MAX_CPUS; i++)
		sum += cpus[i].charged[account];
	return sum;
}
