// SPDX-License-Identifier: GPL-2.0-only
/*
 * The MMU (Power ISA 3.0, Book III): a partition of its own for a guest, beside Xen's, which
 * is number 0 and translated by a radix tree; and tlbie.
 */
#include "hptp_guest.h"
#include "hptp_tlb.h"

#include <xen/lib.h>

#include <asm/processor.h>
#include <asm/regs.h>
#include <asm/system.h>

#define SPR_PVR 287
#define TICK 512000 /* of the time base: a runaway guest comes back after 1 ms */
#define DEC_NEVER 0x7ffffffful
#define SRR1_STATUS 0x783f0000ul

/* Xen's initial_patb, which has no name outside of its file. */
static uint64_t (*partition_table(void))[2]
{
	return maddr_to_virt(mfspr(SPRN_PTCR) & ~0xffful);
}

void hptp_xen_tlb_flush(void *host, const struct hptp_flush *flush)
{
	hptp_tlb_flush(hptp_tlb_find(mfspr(SPR_PVR)), ((struct hptp_xen *)host)->lpid, flush);
}

static void set_partition(struct hptp_xen *hx, uint64_t entry, unsigned long lpid)
{
	partition_table()[hx->lpid][0] = cpu_to_be64(entry);
	partition_table()[hx->lpid][1] = 0;
	/* Xen runs at the top quadrant of addresses, which is LPID 0's whatever LPIDR says. */
	mtspr(SPRN_LPIDR, lpid);
	/* RIC = 2: all of the partition, and what the CPUs cache of its entry in the table. */
	asm volatile("isync; ptesync; tlbie %0, %1, 2, 0, 0; eieio; tlbsync; ptesync"
		     :
		     : "r"(HPTP_TLB_PARTITION), "r"((unsigned long)hx->lpid)
		     : "memory");
}

/* L and LP of the VRMA's segment are bits 58:56 of the entry. */
void hptp_xen_partition_enter(struct hptp_xen *hx)
{
	struct hptp_table_info table;

	hptp_vm_table(hx->vm, &table);
	set_partition(hx, table.sdr1 | (hx->vrma & HPTP_SLB_L) >> 1 | (hx->vrma & HPTP_SLB_LP) << 1,
		      hx->lpid);
}

void hptp_xen_partition_leave(struct hptp_xen *hx)
{
	set_partition(hx, 0, 0);
}

uint64_t hptp_guest_enter(struct hptp_xen_vcpu *v);

unsigned int hptp_xen_run(struct hptp_xen_vcpu *v)
{
	unsigned long flags, dec = mfspr(SPRN_DEC);
	unsigned int vector;

	/* Xen's vectors are out of reach during the switch. */
	local_irq_save(flags);
	mtspr(SPRN_DEC, DEC_NEVER); /* a guest in problem state has interrupts on */
	mtspr(SPRN_HDEC, TICK);
	vector = hptp_guest_enter(v);
	mtspr(SPRN_DEC, dec);
	local_irq_restore(flags);
	v->status = v->msr & SRR1_STATUS;
	v->msr &= ~SRR1_STATUS;
	return vector;
}
