/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All of the scenarios' guest: one access, r3 = address, r4 = value. It is copied into guest
 * memory, and entered at one of the labels.
 */
	.section .rodata, "a"
	.balign	4
	.globl	access_code, access_store, access_end
access_code:				/* load */
	ld	%r4, 0(%r3)
	sc	1
access_store:
	std	%r4, 0(%r3)
	sc	1
access_end:
