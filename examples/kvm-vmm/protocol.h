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
	WORK_TORTURE, /* r5 seed, r6 rounds: random hypercalls with random arguments */
};
#endif

/*
 * EAs from here on are translated by entries that the guest makes, in a segment of 256 MiB
 * for each base page size. Those below are the VRMA's, whether translation is on or not.
 */
#define TRANSLATED 0x10000000000ull
#define EA_4K (TRANSLATED + 0x10000000)
#define EA_HOST (TRANSLATED + 0x20000000)
#define EA_DEVICE (TRANSLATED + 0x30000000)
#define EA_SLOT (TRANSLATED + 0x50000000)

#endif
