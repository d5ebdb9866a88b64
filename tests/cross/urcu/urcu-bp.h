/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Stands in for liburcu where Debian has none: cross-compiled programs with one thread.
 * A read section is a count, and a grace period is over at once; waiting for one inside
 * a read section, which would never end, ends the program.
 */
#ifndef HPTP_CROSS_URCU_BP_H
#define HPTP_CROSS_URCU_BP_H

#include <stdlib.h>

__attribute__((weak)) int hptp_cross_read_sections;

static inline void urcu_bp_read_lock(void)
{
	hptp_cross_read_sections++;
}

static inline void urcu_bp_read_unlock(void)
{
	if (hptp_cross_read_sections-- == 0)
		abort();
}

static inline int urcu_bp_read_ongoing(void)
{
	return hptp_cross_read_sections;
}

static inline void urcu_bp_synchronize_rcu(void)
{
	if (hptp_cross_read_sections)
		abort();
}

#endif
