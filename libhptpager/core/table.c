// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Waiting for the lock of an entry. */
#include "table.h"
#include "vm.h"

void hptp_hpte_wait(const struct hptp_hpte *hpte, struct hptp_shard *count)
{
	hptp_count_add(count, HPTP_COUNT_contended, 1);
	while (hptp_dw_load(&hpte->v) & HPTP_V_HVLOCK)
		hptp_port_relax();
}
