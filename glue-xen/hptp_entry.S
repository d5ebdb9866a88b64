/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The switch between Xen and a guest that is translated by a hashed table. Xen translates
 * by a radix tree, and LPCR says which of the two it is: so it changes only while
 * translation is off.
 */
#include <asm/asm-defns.h>
#include <asm/msr.h>

#include "hptp_entry.h"

#define SPR_DSISR 18
#define SPR_DAR 19
#define SPR_AMR 29
#define SPR_HSPRG0 304
#define SPR_HSPRG1 305
#define SPR_HDSISR 306
#define SPR_HDAR 307
#define SPR_HSRR0 314
#define SPR_HSRR1 315
#define SPR_LPCR 318
#define SPR_ASDR 816

/* Stack frame: LR and CR above it as the ABI has them, TOC at 24, then r13 to r31. */
#define FRAME 208
#define SAVED(n) (48 + 8 * ((n) - 13))

.macro for_saved insn, base
	.irp	n, 13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	\insn	%r\n, SAVED(\n)(\base)
	.endr
.endm

.macro move_spr insn, spr, reg, offset
	.ifc \insn, load
	ld	\reg, \offset(%r13)
	mtspr	\spr, \reg
	.else
	mfspr	\reg, \spr
	std	\reg, \offset(%r13)
	.endif
.endm

/* uint64_t hptp_guest_enter(struct hptp_xen_vcpu *): run to the next exit, answer the vector. */
_GLOBAL_TOC(hptp_guest_enter)
	mflr	%r0
	std	%r0, 16(%r1)
	mfcr	%r0
	std	%r0, 8(%r1)
	stdu	%r1, -FRAME(%r1)
	std	%r2, 24(%r1)
	for_saved std, %r1
	mr	%r13, %r3
	std	%r1, HPTP_HOST_SP(%r13)
	mtspr	SPR_HSPRG0, %r13
	mfmsr	%r4
	std	%r4, HPTP_HOST_MSR(%r13)
	li	%r5, MSR_IR | MSR_DR
	andc	%r4, %r4, %r5
	LOAD_REG_ADDR(%r5, hptp_guest_enter_real)
	mtsrr0	%r5
	mtsrr1	%r4
	rfid
hptp_guest_enter_real:
	move_spr store, SPR_LPCR, %r4, HPTP_HOST_LPCR
	move_spr load, SPR_LPCR, %r4, HPTP_GUEST_LPCR
	isync
	move_spr load, SPR_HSRR0, %r4, HPTP_PC
	move_spr load, SPR_HSRR1, %r4, HPTP_MSR
	move_spr load, 26, %r4, HPTP_SRR0
	move_spr load, 27, %r4, HPTP_SRR1
	move_spr load, SPR_DAR, %r4, HPTP_DAR
	move_spr load, SPR_DSISR, %r4, HPTP_DSISR
	move_spr load, SPR_AMR, %r4, HPTP_AMR
	move_spr load, SPR_HDSISR, %r4, HPTP_HDSISR
	ld	%r3, HPTP_LR(%r13)
	ld	%r4, HPTP_CTR(%r13)
	ld	%r5, HPTP_CR(%r13)
	ld	%r6, HPTP_XER(%r13)
	mtlr	%r3
	mtctr	%r4
	mtcr	%r5
	mtxer	%r6
	.irp	n, 14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	ld	%r\n, HPTP_GPR(\n)(%r13)
	.endr
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13
	ld	%r\n, HPTP_GPR(\n)(%r13)
	.endr
	hrfid
	b	.

/* Translation off; r13 = vCPU, r12 = vector, the guest's r12 and r13 put aside. */
	.globl	hptp_guest_exit
hptp_guest_exit:
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11
	std	%r\n, HPTP_GPR(\n)(%r13)
	.endr
	.irp	n, 14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	std	%r\n, HPTP_GPR(\n)(%r13)
	.endr
	move_spr store, SPR_HSPRG1, %r3, HPTP_GPR(13)
	mflr	%r3
	mfctr	%r4
	mfcr	%r5
	mfxer	%r6
	std	%r3, HPTP_LR(%r13)
	std	%r4, HPTP_CTR(%r13)
	std	%r5, HPTP_CR(%r13)
	std	%r6, HPTP_XER(%r13)
	/* Where the guest stood comes with HSRR0 and 1 for interrupts that are the hypervisor's. */
	move_spr store, 26, %r3, HPTP_SRR0
	move_spr store, 27, %r4, HPTP_SRR1
	cmpdi	%r12, HPTP_EXIT_HDEC
	beq	1f
	cmpdi	%r12, 0xe00
	blt	2f
	cmpdi	%r12, 0xf00
	bge	2f
1:	mfspr	%r3, SPR_HSRR0
	mfspr	%r4, SPR_HSRR1
2:	std	%r3, HPTP_PC(%r13)
	std	%r4, HPTP_MSR(%r13)
	move_spr store, SPR_DAR, %r3, HPTP_DAR
	move_spr store, SPR_DSISR, %r3, HPTP_DSISR
	move_spr store, SPR_AMR, %r3, HPTP_AMR
	move_spr store, SPR_HDAR, %r3, HPTP_HDAR
	move_spr store, SPR_HDSISR, %r3, HPTP_HDSISR
	move_spr store, SPR_ASDR, %r3, HPTP_ASDR
	li	%r0, 0
	mtspr	SPR_AMR, %r0
	move_spr load, SPR_LPCR, %r3, HPTP_HOST_LPCR
	isync
	ld	%r1, HPTP_HOST_SP(%r13)
	ld	%r4, HPTP_HOST_MSR(%r13)
	mr	%r3, %r12
	ld	%r2, 24(%r1)
	for_saved ld, %r1
	addi	%r1, %r1, FRAME
	ld	%r0, 8(%r1)
	mtcr	%r0
	ld	%r0, 16(%r1)
	mtlr	%r0
	mtsrr0	%r0
	mtsrr1	%r4
	rfid
	b	.
