// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The MMU: which table it walks for the guest, which exits come to us, and how
 * translations are taken back (Power ISA 2.07 and 3.0, Book III).
 */
#include "heap.h"
#include "hptp_tlb.h"
#include "vm.h"

/* LPCR. POWER8: storage interrupts of the guest come to us whether it translates (VPM1)
 * or not (VPM0); VRMASD = 0 says 4K pages. POWER9 and later need VPM1 alone; HR = 0 is
 * a hashed guest. */
#define LPCR_VPM0 (1ull << 63)
#define LPCR_VPM1 (1ull << 62)
#define LPCR_LPES0 (1ull << 3) /* external interrupts go to the guest */
#define LPCR_HVICE (1ull << 1)
#define LPCR_HDICE 1ull /* hypervisor decrementer */

#define PARTITION_TABLE_SHIFT 16

#define TICK_US 1000

struct vcpu vcpus[MAX_CPUS];

static uint64_t (*partition_table)[2];

void partition_table_init(const struct vm *vm)
{
	struct hptp_table_info table;

	if (!cpu_is_isa3())
		return;
	hptp_vm_table(vm->hptp, &table);
	if (!partition_table)
		partition_table = heap_alloc(1ull << PARTITION_TABLE_SHIFT);
	partition_table[LPID][0] = table.sdr1;
	partition_table[LPID][1] = 0;
}

/* tlbie with RIC = 2: also what the CPUs cache of the partition table's entry. */
static void forget_partition_table(void)
{
	__asm__ volatile(".machine push\n\t.machine power9\n\t"
			 "ptesync\n\ttlbie %0,%1,2,0,0\n\teieio\n\ttlbsync\n\tptesync\n\t"
			 ".machine pop"
			 :
			 : "r"(HPTP_TLB_PARTITION), "r"((uint64_t)LPID)
			 : "memory");
}

void partition_enter(const struct vm *vm)
{
	struct hptp_table_info table;

	hptp_vm_table(vm->hptp, &table);
	if (cpu_is_isa3()) {
		mtspr(SPR_PTCR, (uint64_t)partition_table | (PARTITION_TABLE_SHIFT - 12));
		mtspr(SPR_LPCR, LPCR_VPM1 | LPCR_HVICE | LPCR_HDICE);
	} else {
		mtspr(SPR_SDR1, table.sdr1);
		mtspr(SPR_LPCR, LPCR_VPM0 | LPCR_VPM1 | LPCR_LPES0 | LPCR_HDICE);
	}
	mtspr(SPR_LPIDR, LPID);
	mtspr(SPR_HRMOR, 0);
	partition_set_tick();
	__asm__ volatile("isync" : : : "memory");
	if (cpu_is_isa3())
		forget_partition_table();
	partition_flush(NULL, &(struct hptp_flush){ .all = true });
}

/* The next exit by the hypervisor decrementer. */
void partition_set_tick(void)
{
	mtspr(SPR_HDEC, TICK_US * TB_PER_US);
}

/* The callback tlb_flush. Always global: another vCPU may hold any translation. */
void partition_flush(void *host, const struct hptp_flush *flush)
{
	(void)host;
	hptp_tlb_flush(hptp_tlb_find(mfspr(SPR_PVR)), LPID, flush);
}

/* The SLB VSID word that translates `ea`: the guest's SLB is still in the CPU. (POWER9
 * leaves the one of a storage interrupt in ASDR as well.) 0: no segment there. */
uint64_t partition_segment_of(const struct vm *vm, uint64_t ea, bool translated)
{
	uint64_t slb_v;

	if (!translated)
		return vm->vrma;
	__asm__ volatile("slbfee. %0,%1" : "=r"(slb_v) : "r"(ea) : "cr0");
	return slb_v;
}
