// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The MMU: which table it walks for the guest, which exits come to us, and how
 * translations are taken back (Power ISA 2.07 and 3.0, Book III).
 */
#include "partition.h"

#include "hptp_tlb.h"
#include "ppc.h"

/* LPCR. POWER8: storage interrupts of the guest come to us whether it translates (VPM1)
 * or not (VPM0); VRMASD says how large the pages of the VRMA are. POWER9 and later need
 * VPM1 alone, the VRMA's pages stand in the partition table; HR = 0 is a hashed guest. */
#define LPCR_VPM0 (1ull << 63)
#define LPCR_VPM1 (1ull << 62)
#define LPCR_VRMASD_SHIFT 47
#define LPCR_LPES0 (1ull << 3) /* external interrupts go to the guest */
#define LPCR_HVICE (1ull << 1)
#define LPCR_HDICE 1ull /* hypervisor decrementer */

#define PARTITION_TABLE_SHIFT 16

#define TICK_US 1000

/* Entry n describes LPID n. */
static uint64_t partition_table[1 << (PARTITION_TABLE_SHIFT - 4)][2]
	__attribute__((aligned(1 << PARTITION_TABLE_SHIFT)));

uint8_t partition_format(void)
{
	return cpu_is_isa3() ? HPTP_FORMAT_3_0 : HPTP_FORMAT_OLD;
}

/* L and LP of the VRMA's segment: bits 58:56 of the partition table's dword 0. */
static uint64_t vrma_size(const struct vm *vm)
{
	return (vm->vrma & HPTP_SLB_L) >> 1 | (vm->vrma & HPTP_SLB_LP) << 1;
}

/* RIC = 2: also what the CPUs cache of the partition table's entry. */
static void forget_partition_table(uint32_t lpid)
{
	__asm__ volatile(".machine push\n\t.machine power9\n\t"
			 "ptesync\n\ttlbie %0,%1,2,0,0\n\teieio\n\ttlbsync\n\tptesync\n\t"
			 ".machine pop"
			 :
			 : "r"(HPTP_TLB_PARTITION), "r"((uint64_t)lpid)
			 : "memory");
}

void partition_create(struct vm *vm)
{
	struct hptp_table_info table;

	hptp_vm_table(vm->hptp, &table);
	partition_table[vm->lpid][0] = table.sdr1 | vrma_size(vm);
	if (cpu_is_isa3())
		forget_partition_table(vm->lpid);
	partition_flush(vm, &(struct hptp_flush){ .all = true });
}

void partition_enter(const struct vm *vm)
{
	struct hptp_table_info table;

	if (cpu_is_isa3()) {
		mtspr(SPR_PTCR, (uint64_t)partition_table | (PARTITION_TABLE_SHIFT - 12));
		mtspr(SPR_LPCR, LPCR_VPM1 | LPCR_HVICE | LPCR_HDICE);
	} else {
		hptp_vm_table(vm->hptp, &table);
		mtspr(SPR_SDR1, table.sdr1);
		mtspr(SPR_LPCR, LPCR_VPM0 | LPCR_VPM1 | LPCR_LPES0 | LPCR_HDICE |
					(vm->vrma & HPTP_SLB_LLP) << (LPCR_VRMASD_SHIFT - 4));
	}
	mtspr(SPR_LPIDR, vm->lpid);
	mtspr(SPR_HRMOR, 0);
	__asm__ volatile("isync" : : : "memory");
}

void partition_set_tick(void)
{
	mtspr(SPR_HDEC, TICK_US * TB_PER_US);
}

/* Always global: another CPU may hold any translation of the partition. */
void partition_flush(void *host, const struct hptp_flush *flush)
{
	const struct vm *vm = host;

	hptp_tlb_flush(hptp_tlb_find(mfspr(SPR_PVR)), vm->lpid, flush);
}

/* POWER9 leaves the word of a storage interrupt in ASDR as well. */
uint64_t partition_segment_of(const struct vm *vm, uint64_t ea, bool translated)
{
	uint64_t slb_v;

	if (!translated)
		return vm->vrma;
	__asm__ volatile("slbfee. %0,%1" : "=r"(slb_v) : "r"(ea) : "cr0");
	return slb_v;
}
