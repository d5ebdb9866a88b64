/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The guest's image, linked on its own, as data of the hypervisor. */
	.section .rodata
	.balign	8
	.globl	guest_image, guest_image_end
guest_image:
	.incbin	GUEST_BIN
guest_image_end:
