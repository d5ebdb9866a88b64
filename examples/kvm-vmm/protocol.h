/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What the VMM and its guest say to each other. The guest asks for work with a hypercall
 * that KVM does not know, which is an exit to the VMM: r4 is the answer to the work before,
 * and on return r4 is the work, r5 to r8 its arguments.
 */
#ifndef VMM_PROTOCOL_H
#define VMM_PROTOCOL_H

#define H_WORK 0xf100  /* r4: answer */
#define H_CRASH 0xf104 /* r4: vector, r5: SRR0, r6: DAR, r7: DSISR */
#define H_RESIZE_HPT_PREPARE 0x36c
#define H_RESIZE_HPT_COMMIT 0x370
#define H_PARAMETER (-4)

#ifndef __ASSEMBLER__
/* Each takes an effective address in r5; in translated mode the segment table has it. */
enum work {
	WORK_FILL = 1, /* r6 bytes with the pattern of seed r7; answers 0 */
	WORK_CHECK,   /* r6 bytes against the pattern of r7; answers the first wrong EA + 1, or 0 */
	WORK_ZEROES,  /* r6 bytes against 0; as CHECK */
	WORK_LOAD,    /* answers 8 bytes */
	WORK_STORE,   /* r6: 8 bytes */
	WORK_MAP,     /* r5 EA, r6 guest real, r7 bytes, r8 log2 of the page size | PP << 8 */
	WORK_UNMAP,   /* r5 EA, r6 bytes, r7 log2 of the page size; answers R and C, ORed */
	WORK_HCALL,   /* r5 number, r6..r9 arguments; answers the return code */
	WORK_LOAD32,  /* answers 4 bytes: of a device, too */
	WORK_STORE32, /* r6: 4 bytes */
	WORK_SPIN,    /* real r5: until what it stored there is something else */
	WORK_HOSTILE, /* r5 seed, r6 rounds, r7 flags: hypercalls that mean harm */
};

/* What WORK_HOSTILE counts, for each vCPU, in guest memory. */
struct hostile_count {
	uint64_t calls[256], good[256]; /* by HOSTILE_SLOT(number) */
	uint64_t accesses, done;        /* done: they did not trap */
};
#define HOSTILE_SLOT(number) ((number) / 4 % 256)
#endif
#define SPINNING 0x5717
#define HOSTILE_COUNTS 0x60000 /* guest real */
#define HOSTILE_RISKS 1        /* flag: the guest's own code and entries, too */
#define HOSTILE_STAYS 2        /* flag: the table keeps its size */
#define HOSTILE_CALLS 4        /* flag: hypercalls only, no accesses */
#define HOSTILE_SHIFT 8        /* above the flags: log2 of the host's pages */

/* Guest real addresses: memory of its own, beyond memory, a memslot that comes and goes. */
#define DEVICE_REAL 0x80000000ull
#define SLOT_REAL 0x60000000ull

/*
 * EAs from here on are translated by entries that the guest makes, in a segment of 256 MiB
 * for each base page size. Those below are the VRMA's, whether translation is on or not.
 */
#define TRANSLATED 0x10000000000ull
#define EA_4K (TRANSLATED + 0x10000000)
#define EA_HOST (TRANSLATED + 0x20000000)
#define EA_DEVICE (TRANSLATED + 0x30000000)
#define EA_SLOT (TRANSLATED + 0x50000000)
#define EA_16M (TRANSLATED + 0x60000000)

#endif
