// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Marking an entry of the host's page table while others change it. Every store is made to
 * a value that was looked at: what became something else meanwhile is looked at again.
 */
#include "hptpager/host_pte.h"

#include "rules.h"
#include "words.h"

static bool has(uint64_t pte, uint64_t bits)
{
	return (pte & bits) == bits;
}

/* Between memory and CPU, in both directions. */
static uint64_t swapped(const struct hptp_host_pte_layout *layout, uint64_t x)
{
	return layout->big_endian ? hptp_cpu_to_be64(x).be : x;
}

static uint64_t marked(const struct hptp_host_pte_layout *layout, uint64_t pte, bool write)
{
	if (write && has(pte, layout->write))
		pte |= layout->dirty;
	return pte | layout->young;
}

/* Store `after` where `before` is. False: it is not there any more. */
static bool exchange(uint64_t *where, const struct hptp_host_pte_layout *layout, uint64_t before,
		     uint64_t after)
{
	if (!layout->busy || !hptp_keep(HPTP_RULE_PTE_BUSY))
		return hptp_pte_cas(where, swapped(layout, before), swapped(layout, after));
	if (!hptp_pte_cas(where, swapped(layout, before), swapped(layout, before | layout->busy)))
		return false;
	hptp_pte_store_release(where, swapped(layout, after));
	return true;
}

uint64_t hptp_host_pte_touch(uint64_t *where, const struct hptp_host_pte_layout *layout, bool write)
{
	for (;; hptp_port_relax()) {
		uint64_t before = swapped(layout, hptp_load64(where));
		uint64_t after = marked(layout, before, write);

		/* First of all, and anew in each turn: only a leaf has a busy bit. */
		if (!has(before, layout->leaf) && hptp_keep(HPTP_RULE_PTE_LEAF))
			return 0;
		if ((before & layout->busy) && hptp_keep(HPTP_RULE_PTE_BUSY))
			continue;
		if (before == after || exchange(where, layout, before, after))
			return after;
	}
}
