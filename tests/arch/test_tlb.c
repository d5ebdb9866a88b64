// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Which tlbie and tlbiel a flush executes, with which operands, on each processor. A
 * process may not execute them: each one traps, is written down, and is passed.
 */
#include "hptp_tlb.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#define TLBIE 0x7c000264u
#define TLBIE_RADIX 0x7c010264u /* R = 1 */
#define TLBIEL 0x7c000224u
#define TLBSYNC 0x7c00046cu
#define REGISTERS 0x03e0f800u /* RS and RB */

#define LPID 37

struct event {
	uint64_t what; /* instruction without its registers */
	uint64_t rb, rs;
};

static struct event seen[1024];
static unsigned n_seen, passed, failed;

static void trapped(int signal, siginfo_t *info, void *context)
{
	/* The first of the registers, in the kernel's order, are the general ones, then NIP. */
	unsigned long *gpr = ((ucontext_t *)context)->uc_mcontext.gp_regs;
	uint32_t word = *(uint32_t *)gpr[32];
	struct event e = { word & ~REGISTERS, 0, 0 };

	(void)signal;
	(void)info;
	if (e.what != TLBSYNC)
		e.rb = gpr[word >> 11 & 31];
	if (e.what == TLBIE || e.what == TLBIE_RADIX)
		e.rs = gpr[word >> 21 & 31];
	if (n_seen < sizeof(seen) / sizeof(seen[0]))
		seen[n_seen++] = e;
	gpr[32] += 4;
}

static void check(const char *name, const struct event *want, unsigned n)
{
	bool good = n == n_seen && !memcmp(seen, want, n * sizeof(*want));

	passed += good;
	failed += !good;
	if (!good) {
		printf("%s: FAILED\n", name);
		for (unsigned i = 0; i < n || i < n_seen; i++)
			printf("  %#lx %#lx %#lx, wanted %#lx %#lx %#lx\n", (long)seen[i].what,
			       (long)seen[i].rb, (long)seen[i].rs, i < n ? (long)want[i].what : 0,
			       i < n ? (long)want[i].rb : 0, i < n ? (long)want[i].rs : 0);
	}
	n_seen = 0;
	memset(seen, 0, sizeof(seen));
}

/* Operands as they may come: a 4K page, a 64K page, 16M in a 1T segment. */
static const uint64_t rb[] = { 0x123456789000, 0x1abcde110001, 0xabcde1000101 };

static void processor(uint32_t pvr, unsigned sets, bool partition, bool repeats)
{
	const struct hptp_tlb *tlb = hptp_tlb_find(pvr);
	struct hptp_flush some = { .rb = rb, .n = 3 }, all = { .all = true };
	const struct event radix = { TLBIE_RADIX, HPTP_TLB_PARTITION, 0 }, sync = { TLBSYNC, 0, 0 };
	struct event want[1024] = { 0 };
	unsigned n;
	char name[64];

	snprintf(name, sizeof(name), "processor %#x", pvr);
	if (!tlb || tlb->sets != sets) {
		printf("%s: FAILED: unknown\n", name);
		failed++;
		return;
	}
	for (n = 0; n < 3; n++)
		want[n] = (struct event){ TLBIE, rb[n], LPID };
	if (repeats) {
		want[n++] = radix;
		want[n++] = (struct event){ TLBIE, rb[2], LPID };
	}
	want[n++] = sync;
	passed += hptp_tlb_flush(tlb, LPID, &some);
	check(name, want, n);

	want[0] = (struct event){ TLBIE, HPTP_TLB_PARTITION, LPID };
	n = 1;
	if (repeats) {
		want[n++] = radix;
		want[n++] = want[0];
	}
	want[n++] = sync;
	passed += hptp_tlb_flush(tlb, LPID, &all) == partition;
	check(name, want, partition ? n : 0);

	for (n = 0; n < 3; n++)
		want[n] = (struct event){ TLBIEL, rb[n], 0 };
	hptp_tlb_flush_local(tlb, &some);
	check(name, want, n);

	for (n = 0; n < sets; n++)
		want[n] = (struct event){ TLBIEL, 0x800 | n * 0x1000ul, 0 };
	hptp_tlb_flush_local(tlb, &all);
	check(name, want, n);
}

int main(void)
{
	struct sigaction action = { .sa_sigaction = trapped, .sa_flags = SA_SIGINFO };

	sigaction(SIGILL, &action, NULL);
	processor(0x003f0201, 128, false, false);
	processor(0x004a0201, 128, false, false);
	processor(0x004b0201, 512, true, false);
	processor(0x004c0100, 512, true, false);
	processor(0x004d0200, 512, true, false);
	processor(0x004e1203, 256, true, true);
	processor(0x00801200, 1, true, false);
	processor(0x00820100, 1, true, false);
	passed += !hptp_tlb_find(0x00700000);
	printf("%u passed, %u failed\n", passed, failed);
	return passed == 8 * 6 + 1 && !failed ? EXIT_SUCCESS : EXIT_FAILURE;
}
