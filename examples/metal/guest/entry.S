/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The guest: entered in real mode at guest real 0x1000 with its vCPU's number in r3, and
 * the number of its table's PTEGs less one in r4.
 * It runs wherever effective and guest real addresses agree: in real mode, and in
 * virtual mode through its one segment.
 */
#include "abi.h"

.macro vector at			/* none of these is expected */
	.org	\at
	li	%r4, \at
	mfspr	%r5, 26			/* SRR0 */
	mfspr	%r6, 19			/* DAR */
	li	%r3, 0
	ori	%r3, %r3, H_SURPRISE
	sc	1
	b	.
.endm

	.section .head, "ax"
/* Data storage interrupt: note why, skip the instruction. */
	.org	0x300
	mtspr	272, %r3		/* SPRG0, 1 */
	mtspr	273, %r4
	mfspr	%r3, 18			/* DSISR */
	lis	%r4, dsisr@ha
	std	%r3, dsisr@l(%r4)
	mfspr	%r3, 26			/* SRR0 */
	addi	%r3, %r3, 4
	mtspr	26, %r3
	mfspr	%r4, 273
	mfspr	%r3, 272
	rfid
	.irp	at, 0x380, 0x400, 0x480, 0x600, 0x700, 0x800, 0x900, 0xc00
	vector	\at
	.endr

	.org	0x1000
	.globl	_start
_start:
	lis	%r1, GUEST_STACKS@h
	ori	%r1, %r1, GUEST_STACKS@l
	addi	%r5, %r3, 1
	mulli	%r5, %r5, GUEST_STACK_SIZE
	add	%r1, %r1, %r5
	li	%r0, 0
	stdu	%r0, -64(%r1)
	lis	%r2, .TOC.@ha
	addi	%r2, %r2, .TOC.@l
	bl	guest_main		/* guest_main(vcpu, mask) */
	nop
	b	.

/* long hypercall(uint64_t regs[9]): r3..r11 in, r3..r11 out, answers r3. */
	.globl	hypercall
	.type	hypercall, @function
hypercall:
	std	%r31, -8(%r1)
	stdu	%r1, -64(%r1)
	mr	%r31, %r3
	.irp	n, 11,10,9,8,7,6,5,4,3
	ld	%r\n, 8 * (\n - 3)(%r31)
	.endr
	sc	1
	.irp	n, 3,4,5,6,7,8,9,10,11
	std	%r\n, 8 * (\n - 3)(%r31)
	.endr
	addi	%r1, %r1, 64
	ld	%r31, -8(%r1)
	blr

/* void set_msr(uint64_t msr): returns under the new MSR. */
	.globl	set_msr
	.type	set_msr, @function
set_msr:
	mflr	%r4
	mtspr	26, %r4			/* SRR0 */
	mtspr	27, %r3			/* SRR1 */
	rfid
