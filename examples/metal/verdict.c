// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "verdict.h"

#include "console.h"
#include "ppc.h"
#include "vcpu.h"

static uint64_t checks, failures;
static bool ended;

void check(bool good, const char *what)
{
	checks++;
	failures += !good;
	print("%s %d - %s\n", good ? "ok" : "not ok", checks, what);
}

_Noreturn void finish(void)
{
	ended = true;
	print("1..%d\nRESULT %s\n", checks, failures ? "FAIL" : "PASS");
	power_off(failures != 0);
}

/* An interrupt that the hypervisor itself caused. */
void metal_trap(const struct vcpu *at, uint64_t vector)
{
	if (ended) /* by power_off(), see there */
		power_off(false);
	print("# trap %x in the hypervisor: srr0 %x srr1 %x hsrr0 %x", vector, at->srr0, at->srr1,
	      at->hsrr0);
	print(" lr %x DAR %x\n", at->lr, mfspr(SPR_DAR));
	check(false, "the hypervisor runs without a trap");
	finish();
}
