/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Has a frame been invalidated since a snapshot? Asked of the host's own state where it
 * has one, else of the library's windows.
 */
#ifndef HPTP_RETRY_H
#define HPTP_RETRY_H

#include "slot.h"

/* False: an invalidation of these frames is open now. */
bool hptp_retry_begin(struct hptp_slot *slot, uint64_t off, uint64_t n, struct hptp_snapshot *snap);
bool hptp_retry_check(struct hptp_slot *slot, uint64_t off, uint64_t n,
		      const struct hptp_snapshot *snap);

#endif
