// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The guest: it does what the VMM asks for, one piece of work after the other. Its code and
 * stack are real (the VRMA's); the memory that it works on is real or translated, by a
 * segment for each page size and entries that it makes with H_ENTER.
 */
#include "guest.h"

uint64_t groups_mask; /* set by the VMM's first WORK_MAP: number of PTEGs - 1 */

static uint64_t pattern(uint64_t ea, uint64_t seed)
{
	return (ea + 0x9e3779b97f4a7c15ull) * (seed | 1) ^ (ea >> 3);
}

static uint64_t fill(uint64_t ea, uint64_t bytes, uint64_t seed)
{
	for (uint64_t at = ea; at < ea + bytes; at += 8)
		*(volatile uint64_t *)at = pattern(at, seed);
	return 0;
}

static uint64_t check(uint64_t ea, uint64_t bytes, uint64_t seed)
{
	for (uint64_t at = ea; at < ea + bytes; at += 8)
		if (*(volatile uint64_t *)at != pattern(at, seed))
			return at + 1;
	return 0;
}

static uint64_t zeroes(uint64_t ea, uint64_t bytes)
{
	for (uint64_t at = ea; at < ea + bytes; at += 8)
		if (*(volatile uint64_t *)at)
			return at + 1;
	return 0;
}

/* dword 0 of the entry of an address, without V and H, and the group it hashes to */
uint64_t hpte_v(uint64_t ea, unsigned shift, uint64_t *group)
{
	uint64_t offset = ea & 0xfffffff;

	*group = (VSID(ea) ^ (offset >> shift)) & groups_mask;
	return (VSID(ea) << 12 | (offset >> 16 & ~0x7full)) | (shift > 12 ? HPTE_LARGE : 0);
}

static long enter(uint64_t ea, uint64_t real, unsigned shift, uint64_t pp)
{
	uint64_t group, v = hpte_v(ea, shift, &group) | HPTE_BOLTED | HPTE_VALID;
	uint64_t r = real | HPTE_M | pp | (shift == 16 ? 0x1000 : 0);
	uint64_t first[9] = { H_ENTER, 0, group << 3, v, r };
	uint64_t second[9] = { H_ENTER, 0, (~group & groups_mask) << 3, v | HPTE_SECONDARY, r };

	hcall(first);
	if (!first[0])
		return 0;
	hcall(second);
	return (long)second[0];
}

static uint64_t map(uint64_t ea, uint64_t real, uint64_t bytes, uint64_t how)
{
	unsigned shift = how & 0xff;
	uint64_t at;

	groups_mask = (1ull << (how >> 32)) - 1;
	slb_insert(VSID(ea) << 12 | (shift == 16 ? SLB_64K : 0),
		   (ea & ~0xfffffffull) | SLB_VALID | (ea >> 28 & 0xff));
	for (at = 0; at < bytes; at += 1ull << shift) {
		long error = enter(ea + at, real + at, shift, how >> 8 & 3);

		if (error)
			return (uint64_t)error;
	}
	return 0;
}

static bool remove_at(uint64_t index, uint64_t v, uint64_t *rc)
{
	uint64_t args[9] = { H_REMOVE, H_AVPN, index, v & ~0x7full };

	hcall(args);
	if (args[0])
		return false;
	*rc |= args[2] & 0x180;
	return true;
}

static uint64_t unmap(uint64_t ea, uint64_t bytes, unsigned shift)
{
	uint64_t rc = 0;

	for (uint64_t at = ea; at < ea + bytes; at += 1ull << shift) {
		uint64_t group, v = hpte_v(at, shift, &group);
		unsigned i, gone = 0;

		for (i = 0; i < 8 && !gone; i++)
			gone = remove_at(group << 3 | i, v, &rc);
		for (i = 0; i < 8 && !gone; i++)
			gone = remove_at((~group & groups_mask) << 3 | i, v, &rc);
		if (!gone)
			return ~0ull;
	}
	return rc;
}

static void spin(uint64_t ea)
{
	*(volatile uint64_t *)ea = SPINNING;
	while (*(volatile uint64_t *)ea == SPINNING)
		;
}

static uint64_t on_memory(uint64_t what, uint64_t ea, uint64_t a, uint64_t b)
{
	uint64_t answer = 0;

	data_translation(ea >= TRANSLATED);
	switch (what) {
	case WORK_FILL: answer = fill(ea, a, b); break;
	case WORK_CHECK: answer = check(ea, a, b); break;
	case WORK_ZEROES: answer = zeroes(ea, a); break;
	case WORK_LOAD: answer = *(volatile uint64_t *)ea; break;
	case WORK_STORE: *(volatile uint64_t *)ea = a; break;
	case WORK_LOAD32: answer = *(volatile uint32_t *)ea; break;
	case WORK_STORE32: *(volatile uint32_t *)ea = a; break;
	case WORK_SPIN: spin(ea); break;
	}
	data_translation(false);
	return answer;
}

void guest_main(uint64_t cpu, uint64_t vrma_size)
{
	uint64_t args[9] = { H_WORK, 0 };

	slb_insert(VRMA | vrma_size, SLB_VALID);
	for (;;) {
		uint64_t answer;

		hcall(args);
		switch (args[1]) {
		case WORK_MAP: answer = map(args[2], args[3], args[4], args[5]); break;
		case WORK_UNMAP: answer = unmap(args[2], args[3], args[4]); break;
		case WORK_HOSTILE: answer = hostile(cpu, args[2], args[3], args[4]); break;
		case WORK_HCALL: {
			uint64_t other[9] = { args[2], args[3], args[4], args[5], args[6] };

			hcall(other);
			answer = other[0];
			break;
		}
		default: answer = on_memory(args[1], args[2], args[3], args[4]); break;
		}
		args[0] = H_WORK;
		args[1] = answer;
	}
}
