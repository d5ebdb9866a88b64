/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Included by Xen's exceptions-asm.S, before its own vectors: what a guest's interrupts find
 * at real address 0. They never take the alternate location, where Xen's own lie, because
 * they come with translation off (LPCR[HR] = 0 while the guest runs). The image lies at real
 * address 0, and this section at 0x100. HSPRG0 has the vCPU: real mode ignores the upper
 * bits of its address.
 */
#define HPTP_GPR_12 96			/* hptp_entry.h */

.macro hptp_vector at
	. = \at - 0x100
	mtspr	305, %r13		/* HSPRG1 */
	mfspr	%r13, 304		/* HSPRG0 */
	std	%r12, HPTP_GPR_12(%r13)
	li	%r12, \at
	b	hptp_guest_exit
.endm

	.irp	at, 0x300, 0x380, 0x400, 0x480, 0x500, 0x600, 0x700, 0x800, 0x900, 0x980, 0xa00
	hptp_vector \at
	.endr
	.irp	at, 0xc00, 0xd00, 0xe00, 0xe20, 0xe40, 0xe60, 0xe80, 0xea0, 0xf00, 0xf20, 0xf40
	hptp_vector \at
	.endr
	.irp	at, 0xf60, 0xf80
	hptp_vector \at
	.endr
