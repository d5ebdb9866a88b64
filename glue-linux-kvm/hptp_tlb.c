// SPDX-License-Identifier: GPL-2.0-only
/* The callback tlb_flush: tlbie and what the processors' books ask for around it. */
#include "hptp_kvm.h"

#include <linux/bitops.h>
#include <asm/cputable.h>

static void ptesync(void)
{
	asm volatile("ptesync" : : : "memory");
}

static void tlbsync(void)
{
	asm volatile("eieio\n\ttlbsync\n\tptesync" : : : "memory");
}

#define IS_PARTITION PPC_BIT(52)

/*
 * RIC = 0 and R = 0: one hash translation, by an instruction that POWER8 knows too.
 * RIC = 2 with IS = 2: the partition, and what is cached of its table. R = 1: radix.
 */
static __always_inline void tlbie(unsigned long rb, unsigned long rs, int ric, int r)
{
	asm volatile(".machine push\n\t.machine power9\n\ttlbie %0, %1, %2, 0, %3\n\t.machine pop"
		     :
		     : "r"(rb), "r"(rs), "i"(ric), "i"(r)
		     : "memory");
}

/* Some POWER9 lose a tlbie: one of radix form, then the last one again, make up for it. */
static void tlbie_errata(unsigned long rb, unsigned long lpid)
{
	if (cpu_has_feature(CPU_FTR_P9_TLBIE_ERAT_BUG)) {
		ptesync();
		tlbie(IS_PARTITION, 0ul, 0, 1);
	}
	if (cpu_has_feature(CPU_FTR_P9_TLBIE_STQ_BUG)) {
		ptesync();
		tlbie(rb, lpid, 0, 0);
	}
}

/* Before ISA 3.0 at the next entry of each CPU: asked for only when none is in the guest. */
static void flush_partition(struct kvm *kvm)
{
	unsigned long lpid = kvm->arch.lpid;

	if (!cpu_has_feature(CPU_FTR_ARCH_300)) {
		cpumask_setall(&kvm->arch.need_tlb_flush);
		return;
	}
	ptesync();
	tlbie(IS_PARTITION, lpid, 2, 0);
	tlbsync();
}

void hptp_kvm_tlb_flush(void *host, const struct hptp_flush *flush)
{
	struct hptp_kvm *hk = host;
	unsigned long lpid = hk->kvm->arch.lpid;
	u32 i;

	if (flush->all) {
		flush_partition(hk->kvm);
		return;
	}
	ptesync();
	for (i = 0; i < flush->n; i++)
		tlbie(flush->rb[i], lpid, 0, 0);
	tlbie_errata(flush->rb[flush->n - 1], lpid);
	tlbsync();
}
