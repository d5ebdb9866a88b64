// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Summing the statistics. */
#include "vcpu.h"

static void add(struct hptp_stats *sum, const struct hptp_shard *s)
{
#define HPTP_STAT(name, text) sum->name += hptp_load64(&s->count[HPTP_COUNT_##name]);
	HPTP_STATS(HPTP_STAT)
#undef HPTP_STAT
}

void hptp_stats_read(struct hptp_vm *vm, struct hptp_stats *stats)
{
	memset(stats, 0, sizeof(*stats));
	hptp_vcpus_lock(vm);
	add(stats, &vm->host_count);
	for (const struct hptp_vcpu *v = vm->vcpus; v; v = v->next)
		add(stats, &v->count);
	hptp_vcpus_unlock(vm);
	stats->bytes = hptp_load64(&vm->bytes);
}
