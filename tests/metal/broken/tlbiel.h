/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* A host that flushes this CPU only. */
#include "hptp_tlb.h"

static inline bool flush_local(const struct hptp_tlb *tlb, uint32_t lpid,
			       const struct hptp_flush *flush)
{
	(void)lpid;
	hptp_tlb_flush_local(tlb, flush);
	return true;
}

#define hptp_tlb_flush flush_local
