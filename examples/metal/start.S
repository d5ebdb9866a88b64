/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The only assembly of the hypervisor: reset, interrupt vectors, and the switch between
 * hypervisor and guest. The image lies at real address 0. The hypervisor runs in real
 * mode with its interrupts off, so whatever arrives at a vector comes from the guest;
 * if not, the hypervisor is broken and says so.
 */
#include "layout.h"

#define SPR_SRR0 26
#define SPR_SRR1 27
#define SPR_HSPRG0 304 /* this CPU's struct cpu */
#define SPR_HSPRG1 305 /* the guest's r13 on the way out */
#define SPR_HSRR0 314
#define SPR_HSRR1 315

#define MSR_ME_RI 0x1002

/* Addresses are below 2 GiB, so two instructions make any of them. */
.macro address reg, symbol
	lis	\reg, \symbol@ha
	addi	\reg, \reg, \symbol@l
.endm

.macro for_nonvolatiles insn, offset, base
	.irp	n, 14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	\insn	%r\n, (\offset + 8 * \n)(\base)
	.endr
.endm

.macro vector at
	.org	\at
	mtspr	SPR_HSPRG1, %r13
	mfspr	%r13, SPR_HSPRG0
	std	%r12, CPU_R12(%r13)
	li	%r12, \at
	b	guest_exit
.endm

	.section .head, "ax"
	.globl	_start
_start:
	.org	0x10			/* every thread starts here, r3 = device tree */
	b	reset
	.irp	at, 0x100, 0x200, 0x300, 0x380, 0x400, 0x480, 0x500, 0x600, 0x700, 0x800
	vector	\at
	.endr
	.irp	at, 0x900, 0x980, 0xa00, 0xc00, 0xd00, 0xe00, 0xe20, 0xe40, 0xe60, 0xe80
	vector	\at
	.endr
	.irp	at, 0xea0, 0xf00, 0xf20, 0xf40, 0xf60, 0xf80
	vector	\at
	.endr

	.org	0x1000
/*
 * Number the CPUs in the order they come, give each a stack and its struct cpu.
 * The loader left zeroed memory behind the image, so .bss is ready.
 */
reset:
	address	%r5, cpus_started
1:	lwarx	%r4, 0, %r5
	addi	%r6, %r4, 1
	stwcx.	%r6, 0, %r5
	bne-	1b
	cmplwi	%r4, MAX_CPUS
	bge	.			/* more than there are stacks for */
	address	%r1, stacks
	mulli	%r6, %r6, STACK_SIZE
	add	%r1, %r1, %r6
	li	%r0, 0
	stdu	%r0, -64(%r1)		/* the first frame has no caller */
	address	%r2, .TOC.
	address	%r13, cpus
	mulli	%r6, %r4, CPU_SIZE
	add	%r13, %r13, %r6
	mtspr	SPR_HSPRG0, %r13
	address	%r6, nobody
	std	%r6, CPU_VCPU(%r13)
	mfmsr	%r6
	ori	%r6, %r6, MSR_ME_RI
	mtmsrd	%r6
	mr	%r5, %r3
	mr	%r3, %r4
	mr	%r4, %r5
	bl	metal_main		/* metal_main(cpu, device tree) */
	nop
	b	.

/* r13 = cpu, r12 = vector, the guest's r12 and r13 put aside, the rest its own. */
guest_exit:
	std	%r11, CPU_R11(%r13)
	ld	%r11, CPU_VCPU(%r13)
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10
	std	%r\n, VCPU_GPR(\n)(%r11)
	.endr
	for_nonvolatiles std, 0, %r11
	ld	%r3, CPU_R11(%r13)
	ld	%r4, CPU_R12(%r13)
	mfspr	%r5, SPR_HSPRG1
	std	%r3, VCPU_GPR(11)(%r11)
	std	%r4, VCPU_GPR(12)(%r11)
	std	%r5, VCPU_GPR(13)(%r11)
	mflr	%r3
	mfctr	%r4
	mfcr	%r5
	mfxer	%r6
	std	%r3, VCPU_LR(%r11)
	std	%r4, VCPU_CTR(%r11)
	std	%r5, VCPU_CR(%r11)
	std	%r6, VCPU_XER(%r11)
	mfspr	%r3, SPR_SRR0
	mfspr	%r4, SPR_SRR1
	mfspr	%r5, SPR_HSRR0
	mfspr	%r6, SPR_HSRR1
	std	%r3, VCPU_SRR0(%r11)
	std	%r4, VCPU_SRR1(%r11)
	std	%r5, VCPU_HSRR0(%r11)
	std	%r6, VCPU_HSRR1(%r11)
	mfmsr	%r3
	ori	%r3, %r3, MSR_ME_RI
	mtmsrd	%r3
	address	%r2, .TOC.
	ld	%r4, CPU_HOST_SP(%r13)
	cmpdi	%r4, 0
	beq	trap_in_hypervisor
	mr	%r1, %r4
	li	%r0, 0
	std	%r0, CPU_HOST_SP(%r13)
	for_nonvolatiles ld, -64, %r1	/* r14 lies at 48 */
	ld	%r0, 8(%r1)
	mtcr	%r0
	addi	%r1, %r1, 208
	ld	%r0, 16(%r1)
	mtlr	%r0
	mr	%r3, %r12
	blr

trap_in_hypervisor:			/* r1 is still the hypervisor's */
	stdu	%r1, -64(%r1)
	mr	%r3, %r11
	mr	%r4, %r12
	bl	metal_trap		/* metal_trap(registers, vector) */
	nop
	b	.

/* uint64_t vcpu_enter(struct vcpu *vcpu): run the guest until its next exit, answer the vector. */
	.globl	vcpu_enter
	.type	vcpu_enter, @function
vcpu_enter:
	mflr	%r0
	std	%r0, 16(%r1)
	stdu	%r1, -208(%r1)
	for_nonvolatiles std, -64, %r1
	mfcr	%r0
	std	%r0, 8(%r1)
	mfspr	%r13, SPR_HSPRG0
	std	%r3, CPU_VCPU(%r13)
	std	%r1, CPU_HOST_SP(%r13)
	mr	%r13, %r3
	ld	%r3, VCPU_PC(%r13)
	ld	%r4, VCPU_MSR(%r13)
	ld	%r5, VCPU_SRR0(%r13)
	ld	%r6, VCPU_SRR1(%r13)
	mtspr	SPR_HSRR0, %r3
	mtspr	SPR_HSRR1, %r4
	mtspr	SPR_SRR0, %r5
	mtspr	SPR_SRR1, %r6
	ld	%r3, VCPU_LR(%r13)
	ld	%r4, VCPU_CTR(%r13)
	ld	%r5, VCPU_CR(%r13)
	ld	%r6, VCPU_XER(%r13)
	mtlr	%r3
	mtctr	%r4
	mtcr	%r5
	mtxer	%r6
	for_nonvolatiles ld, 0, %r13
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12
	ld	%r\n, VCPU_GPR(\n)(%r13)
	.endr
	ld	%r13, VCPU_GPR(13)(%r13)
	hrfid
	b	.

	.section .bss
	.balign	128
stacks:	.space	STACK_SIZE * MAX_CPUS
	.section .data
	.balign	4
cpus_started:
	.long	0
