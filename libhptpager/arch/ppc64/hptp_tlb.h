/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Taking translations of a partition back, for hosts that run on the processor itself: what
 * their callback tlb_flush does. The library makes the operands; here are the instructions,
 * by processor. Inline, without calls through pointers, so it may be used in real mode.
 *
 * Sources: Power ISA 2.06, 2.07 and 3.0/3.1, Book III: tlbie, tlbiel, tlbsync, and
 * "Page Table Updates". With RIC = PRS = R = 0 the words of ISA 3.0 are those of 2.07.
 */
#ifndef HPTP_TLB_H
#define HPTP_TLB_H

#include "hptpager/ops.h"

/* What a processor needs after the last tlbie of a batch. */
#define HPTP_TLB_AGAIN 1u /* the last one again, or stores drain after it has completed */
#define HPTP_TLB_RADIX 2u /* one of radix form, or address caches keep hashed translations */

struct hptp_tlb {
	uint32_t version; /* of the processor: PVR >> 16 */
	uint16_t sets;  /* of its TLB that tlbiel clears one by one; 1: it takes no heed of them */
	bool partition; /* tlbie takes a partition whole */
	bool isa3;      /* HPTEs have the ISA 3.0 format, the partition table is walked */
	uint8_t after;  /* HPTP_TLB_... */
};

/*
 * By PVR; NULL: an unknown processor, for which the host makes a struct of its own.
 * All of POWER9 repeats, though its last revisions need HPTP_TLB_RADIX alone: an
 * instruction too many per batch, against a table of revisions.
 */
static inline const struct hptp_tlb *hptp_tlb_find(uint32_t pvr)
{
	static const struct hptp_tlb known[] = {
		{ 0x003f, 128, false, false, 0 },                             /* POWER7 */
		{ 0x004a, 128, false, false, 0 },                             /* POWER7+ */
		{ 0x004b, 512, true, false, 0 },                              /* POWER8E */
		{ 0x004c, 512, true, false, 0 },                              /* POWER8NVL */
		{ 0x004d, 512, true, false, 0 },                              /* POWER8 */
		{ 0x004e, 256, true, true, HPTP_TLB_AGAIN | HPTP_TLB_RADIX }, /* POWER9 */
		{ 0x0080, 1, true, true, 0 },                                 /* POWER10 */
		{ 0x0082, 1, true, true, 0 },                                 /* POWER11 */
	};

	for (unsigned i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i].version == pvr >> 16)
			return &known[i];
	return NULL;
}

/* RB: not an address but the partition whole, or the part of it in one set of the TLB. */
#define HPTP_TLB_PARTITION 0x800ull
#define HPTP_TLB_SET_SHIFT 12u

/* Every CPU drops what it has of (rb) in partition `lpid`. */
static inline void hptp_tlbie(uint64_t rb, uint32_t lpid)
{
	__asm__ volatile(".machine push\n\t.machine power8\n\ttlbie %0,%1\n\t.machine pop"
			 :
			 : "r"(rb), "r"((uint64_t)lpid)
			 : "memory");
}

/* This CPU drops what it has of (rb) in the partition that it is in (LPIDR). */
static inline void hptp_tlbiel(uint64_t rb)
{
	__asm__ volatile(".machine push\n\t.machine power8\n\ttlbiel %0\n\t.machine pop"
			 :
			 : "r"(rb)
			 : "memory");
}

/* ptesync: updates of the table are seen by walks on every CPU before what follows. */
static inline void hptp_tlb_ptesync(void)
{
	__asm__ volatile("ptesync" : : : "memory");
}

/* What `after` asks for; rb is that of the last tlbie. ptesync: not before that one. */
static inline void hptp_tlb_after(const struct hptp_tlb *tlb, uint64_t rb, uint32_t lpid)
{
	if (tlb->after & HPTP_TLB_RADIX) {
		hptp_tlb_ptesync();
		/* IS = 2, R = 1, partition 0: names no translation of anybody */
		__asm__ volatile(".machine push\n\t.machine power9\n\ttlbie %0,%1,0,0,1\n\t"
				 ".machine pop"
				 :
				 : "r"(HPTP_TLB_PARTITION), "r"(0ull)
				 : "memory");
	}
	if (tlb->after & HPTP_TLB_AGAIN) {
		hptp_tlb_ptesync();
		hptp_tlbie(rb, lpid);
	}
}

/*
 * Flush on every CPU. False: the processor has no instruction for that (flush->all on
 * POWER7), and every CPU that ran the partition has to flush locally before it does so again.
 */
static inline bool hptp_tlb_flush(const struct hptp_tlb *tlb, uint32_t lpid,
				  const struct hptp_flush *flush)
{
	const uint64_t whole = HPTP_TLB_PARTITION;
	const uint64_t *rb = flush->all ? &whole : flush->rb;
	uint32_t n = flush->all ? 1 : flush->n;

	if (flush->all && !tlb->partition)
		return false;
	/* The stores that took V away are seen by table walks before translations go, or a
	 * walk could bring one back. */
	hptp_tlb_ptesync();
	for (uint32_t i = 0; i < n; i++)
		hptp_tlbie(rb[i], lpid);
	hptp_tlb_after(tlb, rb[n - 1], lpid);
	/* eieio: the tlbies before tlbsync. tlbsync; ptesync: every CPU is done with them,
	 * and R and C of accesses made through the old translations are in the table. */
	__asm__ volatile("eieio\n\ttlbsync\n\tptesync" : : : "memory");
	return true;
}

/*
 * Flush on this CPU, for the partition in LPIDR: enough when no other CPU has run it since
 * it last flushed all of it.
 */
static inline void hptp_tlb_flush_local(const struct hptp_tlb *tlb, const struct hptp_flush *flush)
{
	hptp_tlb_ptesync(); /* as above; this CPU's own walks are not ordered by stores either */
	for (uint64_t set = 0; flush->all && set < tlb->sets; set++)
		hptp_tlbiel(HPTP_TLB_PARTITION | set << HPTP_TLB_SET_SHIFT);
	for (uint32_t i = 0; !flush->all && i < flush->n; i++)
		hptp_tlbiel(flush->rb[i]);
	hptp_tlb_ptesync(); /* they are complete, and R and C are in the table */
}

#endif
