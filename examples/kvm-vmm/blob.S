/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The guest's image inside the VMM. */
	.section .rodata
	.balign 4096
	.global guest_begin, guest_end
guest_begin:
	.incbin GUEST
guest_end:
	.section .note.GNU-stack, "", %progbits
