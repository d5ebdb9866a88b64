// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The guest's kernel: it does what a test tells it, one command per H_NEXT_COMMAND.
 * Nothing here knows of paging: every load, store, fetch and stack access may find
 * its page gone, and must not be able to tell.
 */
#include "guest.h"
#include "records.h"

#define PAGE 4096ull

#define MSR_REAL 0x8000000000001002ull
#define MSR_VIRTUAL 0x8000000000001032ull
#define SLB_KP 0x400ull
#define SLB_VALID 0x8000000ull

#define HPTE_V 1ull
#define HPTE_I 0x20ull
#define HPTE_M 0x10ull
#define HPTE_G 8ull
#define HPTE_RW 2ull
#define H_AVPN (1ull << 31)
#define H_ZERO_PAGE (1ull << 15)

long hypercall(uint64_t regs[9]);
void set_msr(uint64_t msr);

/* Of the last data storage interrupt; entry.S writes it. */
volatile uint64_t dsisr;

/* Of the table: PTEGs - 1. */
static uint64_t pteg_mask;

/* Before translation is turned on the first time; also forgets what the CPU held. */
static void set_segment(void)
{
	__asm__ volatile("slbmte %0,%0\n\tslbia\n\tslbmte %1,%2\n\tisync"
			 :
			 : "r"(0ull), "r"(GUEST_VSID << 12 | SLB_KP), "r"(SLB_VALID)
			 : "memory");
}

/* In assembly, so that whoever emulates a device knows what to expect. */
static void poke(uint64_t address, uint64_t value)
{
	__asm__ volatile("std %0,0(%1)" : : "r"(value), "b"(address) : "memory");
}

static uint64_t peek(uint64_t address)
{
	uint64_t value;

	__asm__ volatile("ld %0,0(%1)" : "=r"(value) : "b"(address) : "memory");
	return value;
}

static uint64_t store(const struct command *c)
{
	for (uint64_t i = 0; i < c->n; i++)
		poke(c->address + i * c->stride, c->value + i);
	return 0;
}

static uint64_t load(const struct command *c)
{
	uint64_t differ = 0;

	for (uint64_t i = 0; i < c->n; i++)
		differ += peek(c->address + i * c->stride) != c->value + i;
	return differ;
}

/* Virtual page number within the segment, hashed as the MMU does for 256 MiB segments. */
static uint64_t pteg_of(uint64_t ea)
{
	return (GUEST_VSID ^ ((ea & 0xfffffffull) / PAGE)) & pteg_mask;
}

static uint64_t avpn_of(uint64_t ea)
{
	return GUEST_VSID << 12 | ((ea & 0xfffffffull) >> 16 & ~0x7full);
}

static long enter(uint64_t ea, uint64_t gpa)
{
	uint64_t wimg = gpa < GUEST_DEVICE ? HPTE_M : HPTE_I | HPTE_G;
	uint64_t regs[9] = { H_ENTER, 0, pteg_of(ea) * 8, avpn_of(ea) | HPTE_V,
			     gpa | wimg | HPTE_RW };

	return hypercall(regs);
}

/* The guest keeps no indices: it tries the PTEG's entries, comparing the AVPN. */
static long change(uint64_t call, uint64_t ea, uint64_t flags)
{
	for (uint64_t i = 0; i < 8; i++) {
		uint64_t regs[9] = { call, H_AVPN | flags, pteg_of(ea) * 8 + i, avpn_of(ea) };

		if (hypercall(regs) == 0)
			return 0;
	}
	return -1;
}

/* DO_MAP, DO_UNMAP, DO_PROTECT: one hypercall for each page; answers how many failed. */
static uint64_t for_pages(const struct command *c)
{
	uint64_t failed = 0;

	for (uint64_t offset = 0; offset < c->n * PAGE; offset += PAGE) {
		uint64_t ea = c->address + offset;

		if (c->op == DO_MAP)
			failed += enter(ea, c->value + offset) != 0;
		else if (c->op == DO_UNMAP)
			failed += change(H_REMOVE, ea, 0) != 0;
		else
			failed += change(H_PROTECT, ea, c->value) != 0;
	}
	return failed;
}

static uint64_t zero(const struct command *c)
{
	uint64_t failed = 0;

	for (uint64_t i = 0; i < c->n; i++) {
		uint64_t regs[9] = { H_PAGE_INIT, H_ZERO_PAGE, c->address + i * PAGE };

		failed += hypercall(regs) != 0;
	}
	return failed;
}

static uint64_t forget_dsi(void)
{
	uint64_t was = dsisr;

	dsisr = 0;
	return was;
}

/* A function at any address, without a descriptor or a global entry point. */
static uint64_t call(const struct command *c)
{
	register uint64_t result __asm__("r3") = c->value;

	__asm__ volatile("mtctr %1\n\tbctrl"
			 : "+r"(result)
			 : "r"(c->address)
			 : "ctr", "lr", "cr0", "memory");
	return result;
}

static uint64_t token(uint64_t page, uint64_t round)
{
	return mix(page << 32 | round);
}

/* Visit every page, in an order of this round's; find `before` and leave `after`. */
static uint64_t visit(const struct command *c, uint64_t round, uint64_t before, uint64_t after)
{
	uint64_t wrong = 0;

	for (uint64_t i = 0; i < c->n; i++) {
		uint64_t page = i * (round * 178 + 1) % c->n; /* odd factor: each page once */
		uint64_t word = c->address + page * PAGE + c->stride;

		wrong += peek(word) != (before ? token(page, before) : 0);
		if (c->op == DO_WAVER)
			pause();
		if (after != before)
			poke(word, token(page, after));
	}
	return wrong;
}

/*
 * Each vCPU has a word of its own in every page (stride = 8 * vCPU), 0 at first. A round
 * replaces what the round before left there; then it visits all pages again to look only.
 */
static uint64_t churn(const struct command *c)
{
	uint64_t wrong = 0;

	for (uint64_t round = 1; round <= c->value; round++) {
		wrong += visit(c, round, round - 1, round);
		wrong += visit(c, round, round, round);
	}
	return wrong;
}

static uint64_t remap(const struct command *c)
{
	struct command away = { .op = DO_UNMAP, .address = c->address, .n = c->n };
	struct command back = {
		.op = DO_MAP, .address = c->address, .n = c->n, .value = c->address
	};
	uint64_t wrong = 0;

	for (uint64_t round = 1; round <= c->value; round++) {
		wrong += for_pages(&away) + for_pages(&back);
		wrong += visit(c, round, round - 1, round);
	}
	return wrong;
}

static uint64_t obey(uint64_t vcpu, const struct command *c)
{
	switch (c->op) {
	case DO_STORE: return store(c);
	case DO_LOAD: return load(c);
	case DO_MAP:
	case DO_UNMAP:
	case DO_PROTECT: return for_pages(c);
	case DO_ZERO: return zero(c);
	case DO_DSI: return forget_dsi();
	case DO_CALL: return call(c);
	case DO_REAL: set_msr(MSR_REAL); return 0;
	case DO_VIRTUAL:
		set_segment();
		set_msr(MSR_VIRTUAL);
		return 0;
	case DO_CHURN:
	case DO_WAVER: return churn(c);
	case DO_REMAP: return remap(c);
	case DO_SORT: return sort(vcpu, c->n);
	case DO_SPIN:
		for (;;)
			;
	}
	return ~0ull;
}

void guest_main(uint64_t vcpu, uint64_t table_mask)
{
	uint64_t result = 0;

	pteg_mask = table_mask;
	for (;;) {
		uint64_t regs[9] = { H_NEXT_COMMAND, result };

		hypercall(regs);
		result = obey(vcpu,
			      &(struct command){ regs[1], regs[2], regs[3], regs[4], regs[5] });
	}
}
