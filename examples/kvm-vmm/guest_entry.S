/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Where the guest begins, its interrupts, and the instructions that C has no words for.
 * Little-endian, real mode; r3 is the number of the vCPU, r4 the page size of the VRMA as an
 * SLB entry has it.
 */
#include "protocol.h"

	.text
	.global _start
_start:
	li	%r5, 0x4000		/* a stack of 16 KiB for each vCPU, below 0x40000 */
	mulld	%r5, %r5, %r3
	lis	%r1, 4
	subf	%r1, %r5, %r1
	addi	%r1, %r1, -64
	li	%r13, 0
	bl	1f
1:	mflr	%r12
	addi	%r12, %r12, guest_main - 1b
	mtctr	%r12
	bctrl
	b	.

	/*
	 * An interrupt that should not have come is told to the VMM. r13 is 1 while one of an
	 * access is expected: it becomes 2, and the access is passed over.
	 */
	.macro vector at
	.org	\at
	cmpdi	%r13, 0
	bne	pass_over
	mfsrr0	%r5
	mfdar	%r6
	mfdsisr	%r7
	li	%r4, \at
	li	%r3, 0
	ori	%r3, %r3, H_CRASH
	sc	1
	b	.
	.endm

	vector	0x300
	vector	0x380
	vector	0x400
	vector	0x480
	vector	0x500
	vector	0x600
	vector	0x700
	vector	0x900
	.org	0x1000
pass_over:
	mtsprg0	%r3
	mfsrr0	%r3
	addi	%r3, %r3, 4
	mtsrr0	%r3
	mfsprg0	%r3
	li	%r13, 2
	rfid

/* bool touch(unsigned long ea, unsigned long value, bool store): false, it trapped */
	.global touch
touch:
	mfmsr	%r6
	ori	%r7, %r6, 0x10		/* MSR[DR] */
	li	%r13, 1
	cmpdi	%r5, 0
	mtmsrd	%r7
	isync
	beq	1f
	std	%r4, 0(%r3)
	b	2f
1:	ld	%r4, 0(%r3)
2:	mtmsrd	%r6
	isync
	cmpdi	%r13, 1
	li	%r13, 0
	li	%r3, 0
	bnelr
	li	%r3, 1
	blr

/* long hcall(unsigned long args[9]): r3 to r11 from args and back */
	.global hcall
hcall:
	std	%r3, -8(%r1)
	mr	%r12, %r3
	ld	%r11, 64(%r12)
	ld	%r10, 56(%r12)
	ld	%r9, 48(%r12)
	ld	%r8, 40(%r12)
	ld	%r7, 32(%r12)
	ld	%r6, 24(%r12)
	ld	%r5, 16(%r12)
	ld	%r4, 8(%r12)
	ld	%r3, 0(%r12)
	sc	1
	ld	%r12, -8(%r1)
	std	%r3, 0(%r12)
	std	%r4, 8(%r12)
	std	%r5, 16(%r12)
	std	%r6, 24(%r12)
	std	%r7, 32(%r12)
	std	%r8, 40(%r12)
	std	%r9, 48(%r12)
	std	%r10, 56(%r12)
	std	%r11, 64(%r12)
	blr

/* void data_translation(bool on): loads and stores go through the table, fetches do not */
	.global data_translation
data_translation:
	mfmsr	%r4
	rlwimi	%r4, %r3, 4, 27, 27	/* MSR[DR] */
	sync
	mtmsrd	%r4
	isync
	blr

/* void slb_insert(unsigned long vsid_word, unsigned long esid_word) */
	.global slb_insert
slb_insert:
	slbmte	%r3, %r4
	isync
	blr
