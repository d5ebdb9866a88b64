// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Everything that the guest could see, over here and over there. */
#include "migrate.h"

#include <string.h>

#define R 0x100ull

static void check_memory(uint64_t gpa, uint64_t bytes)
{
	static uint8_t page[2][4096];

	for (uint64_t end = gpa + bytes; gpa < end; gpa += sizeof(page[0])) {
		for (unsigned i = 0; i < 2; i++)
			if (machine_host_read(migrate.machine[i], gpa, page[i], sizeof(page[0])))
				migrate_fail("memory can not be read");
		for (unsigned at = 0; at < sizeof(page[0]); at++)
			if (page[0][at] != page[1][at])
				migrate_fail("memory at %jx is %02x here and %02x there",
					     (uintmax_t)gpa + at, page[0][at], page[1][at]);
	}
}

/*
 * R of a translation that a TLB held when the vCPUs stopped may have come to the table after
 * the last reading. C may not: the last harvest brought it out.
 */
static void check_entry(uint64_t idx)
{
	uint64_t here[8], there[8];

	if (machine_h_read(machine_vcpu(migrate.machine[0], 0), 0, idx, here) ||
	    machine_h_read(machine_vcpu(migrate.machine[1], 0), 0, idx, there))
		migrate_fail("H_READ");
	if (here[0] != there[0] || ((here[1] ^ there[1]) & ~R) || (there[1] & ~here[1]))
		migrate_fail("entry %jx is %jx %jx here and %jx %jx there", (uintmax_t)idx,
			     (uintmax_t)here[0], (uintmax_t)here[1], (uintmax_t)there[0],
			     (uintmax_t)there[1]);
}

static void check_machine(unsigned i)
{
	struct hptp_check_result result;

	if (machine_in_t(hptp_check(machine_vm(migrate.machine[i]), &result)))
		migrate_fail("machine %u: I%u: %s", i, result.invariant, result.what);
}

void check_all(void)
{
	for (unsigned i = 0; i < 2; i++)
		check_machine(i);
	for (uint64_t idx = 0; idx < 1u << (ORDER - 4); idx++)
		check_entry(idx);
	check_memory(0, SMALL_BYTES);
	check_memory(HUGE_GPA, HUGE_BYTES);
	for (unsigned i = 0; i < VCPUS; i++)
		guest_check(&migrate.guest[i], 1);
	for (unsigned i = 0; i < PAGES; i++) {
		uint64_t value;

		if (machine_host_read(migrate.machine[1], ((uint64_t)i << 12) + 8 * DEVICE, &value,
				      8) ||
		    value != migrate.device[i])
			migrate_fail("the device's word in page %u", i);
	}
}
