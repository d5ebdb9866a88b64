/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Stands in for liburcu where Debian has none (big-endian ppc64): the outermost read
 * section of a thread is a share of a lock, and a grace period takes the lock whole. Waiting
 * for one inside a read section, which would never end, ends the program.
 */
#ifndef HPTP_CROSS_URCU_BP_H
#define HPTP_CROSS_URCU_BP_H

#include <pthread.h>
#include <stdlib.h>

__attribute__((weak)) _Thread_local int hptp_cross_sections;
__attribute__((weak)) pthread_rwlock_t hptp_cross_lock = PTHREAD_RWLOCK_INITIALIZER;

static inline void urcu_bp_read_lock(void)
{
	if (!hptp_cross_sections++)
		pthread_rwlock_rdlock(&hptp_cross_lock);
}

static inline void urcu_bp_read_unlock(void)
{
	if (hptp_cross_sections-- == 0)
		abort();
	if (!hptp_cross_sections)
		pthread_rwlock_unlock(&hptp_cross_lock);
}

static inline int urcu_bp_read_ongoing(void)
{
	return hptp_cross_sections;
}

static inline void urcu_bp_synchronize_rcu(void)
{
	if (hptp_cross_sections)
		abort();
	pthread_rwlock_wrlock(&hptp_cross_lock);
	pthread_rwlock_unlock(&hptp_cross_lock);
}

#endif
