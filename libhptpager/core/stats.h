/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Counters: a shard per vCPU, written by its thread alone, and one for the host's calls. */
#ifndef HPTP_CORE_STATS_H
#define HPTP_CORE_STATS_H

#include "hptpager/stats.h"
#include "words.h"

enum hptp_counter {
#define HPTP_STAT(name, text) HPTP_COUNT_##name,
	HPTP_STATS(HPTP_STAT) HPTP_COUNTERS
#undef HPTP_STAT
};

struct hptp_shard {
	uint64_t count[HPTP_COUNTERS];
	bool shared; /* more than one thread counts here */
};

static inline void hptp_count_own(struct hptp_shard *s, enum hptp_counter c, uint64_t n)
{
	hptp_store64(&s->count[c], hptp_load64(&s->count[c]) + n);
}

static inline void hptp_count_add(struct hptp_shard *s, enum hptp_counter c, uint64_t n)
{
	if (s->shared)
		hptp_add64(&s->count[c], n);
	else
		hptp_count_own(s, c, n);
}

/* One more, counted by a vCPU's own thread. */
#define hptp_count(vcpu, name) hptp_count_own(&(vcpu)->count, HPTP_COUNT_##name, 1)

#endif
