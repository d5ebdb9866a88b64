/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* A host that does not wait until its tlbies are complete. */
#include "hptp_tlb.h"

static inline bool flush_and_go(const struct hptp_tlb *tlb, uint32_t lpid,
				const struct hptp_flush *flush)
{
	(void)tlb;
	hptp_tlb_ptesync();
	if (flush->all)
		hptp_tlbie(HPTP_TLB_PARTITION, lpid);
	for (uint32_t i = 0; !flush->all && i < flush->n; i++)
		hptp_tlbie(flush->rb[i], lpid);
	return true;
}

#define hptp_tlb_flush flush_and_go
