// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "jump.h"

#include "cpu.h"

#define ONE_IN 16

/* Both CPUs draw from it; that they do so at once only adds to the disorder. */
static uint64_t dice = 1;

void jump(void)
{
	dice = dice * 6364136223846793005ull + 1442695040888963407ull;
	if ((dice >> 33) % ONE_IN == 0)
		cpu_relax();
}
