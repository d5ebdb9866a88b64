/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What guest and hypervisor agree on: hypercall numbers (LoPAR 14.5.4, and two of our
 * own), the guest's memory map, and the commands that a test gives the guest.
 */
#ifndef METAL_GUEST_ABI_H
#define METAL_GUEST_ABI_H

#define H_REMOVE 0x04
#define H_ENTER 0x08
#define H_PROTECT 0x18
#define H_PAGE_INIT 0x2c

/* Ours: r4 = result of the last command; answers the next one in r4..r8. */
#define H_NEXT_COMMAND 0xf000
/* Ours: the guest took an interrupt it does not expect: r4 = vector, r5 = SRR0, r6 = DAR. */
#define H_SURPRISE 0xf004

/* Guest real memory. Image and stacks lie at 0, the rest is the tests'. */
#define GUEST_STACKS 0x10000
#define GUEST_STACK_SIZE 0x1000

/* The sorting guest's 64 MiB: indices, and two areas of 30 MiB. */
#define SORT_SCRATCH 0x100000
#define SORT_A 0x200000
#define SORT_B 0x2200000

/* Where a device answers, far from memory: a register that reads as the complement of
 * what was stored there last. */
#define GUEST_DEVICE 0x40000000

/* The guest's one segment maps effective address = guest real address. */
#define GUEST_VSID 0x1001

/* Commands; n words at `address`, `stride` bytes apart, the i-th being value + i. */
#define DO_STORE 1   /* store the words */
#define DO_LOAD 2    /* load them, answer how many differ */
#define DO_MAP 3     /* H_ENTER n pages at effective `address`, guest real `value` */
#define DO_UNMAP 4   /* H_REMOVE n pages at `address` */
#define DO_CALL 5    /* call the function at `address`, answer what it does */
#define DO_REAL 6    /* translation off */
#define DO_VIRTUAL 7 /* translation on */
#define DO_PROTECT 8 /* H_PROTECT n pages at `address` with flags `value` */
#define DO_DSI 9     /* answer DSISR of the last data storage interrupt, and forget it */
#define DO_CHURN 10  /* `value` rounds over n zeroed pages, n a power of two; see guest.c */
#define DO_REMAP 11  /* the same, each round removing and entering the pages anew */
#define DO_WAVER 12  /* DO_CHURN, other CPUs getting a turn between a look and its store */
#define DO_ZERO 13   /* H_PAGE_INIT: zero n pages at guest real `address` */
#define DO_SPIN 14   /* never answer */
#define DO_SORT 15   /* sort as one of n vCPUs, answer the checksum: sort.c */

#ifndef __ASSEMBLER__
#include <stdint.h>

struct command {
	uint64_t op, address, n, stride, value;
};
#endif

#endif
