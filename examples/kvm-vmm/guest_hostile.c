// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * A guest that means harm: hypercalls on the table with arguments that are likely, at an
 * edge, or anything, and loads and stores through whatever they left in the table. Unless it
 * is told to risk itself, it keeps off the entries of the VRMA (number 7 of a group) and off
 * its own code: it would not get far otherwise.
 */
#include "guest.h"

#define OWN 0x100000ull     /* real memory below: code, stacks, counters */
#define MEMORY 0x1000000ull /* as much as the guest has */
#define PAGES 64            /* of each segment that accesses go to */

static unsigned host_shift; /* log2 of the pages of the host, and of EA_HOST */

static uint64_t roll(uint64_t *s)
{
	*s ^= *s >> 12;
	*s ^= *s << 25;
	*s ^= *s >> 27;
	return *s * 0x2545f4914f6cdd1dull;
}

/* True in n of 256. */
static bool chance(uint64_t *s, unsigned n)
{
	return (roll(s) >> 56) < n;
}

/* Anything: every magnitude, and the edges of what is meant. */
static uint64_t wild(uint64_t *s)
{
	uint64_t entries = (groups_mask + 1) * 8, x = roll(s);
	const uint64_t edges[] = { 0,          ~0ull,        1ull << 63, entries - 1,
				   entries,    entries + 1,  1ull << 32, 0xffffffffull,
				   1ull << 56, entries << 32 };

	if (x & 1)
		return edges[(x >> 8) % (sizeof(edges) / sizeof(*edges))];
	return roll(s) >> (x >> 58);
}

static uint64_t spared(uint64_t idx, uint64_t flags)
{
	return idx % 8 == 7 && !(flags & HOSTILE_RISKS) ? idx ^ 1 : idx;
}

struct name {
	uint64_t ea;
	unsigned shift;
};

/* An address that accesses are made to, and the page size of its segment. */
static struct name name(uint64_t *s)
{
	const struct name segments[] = { { EA_4K, 12 }, { EA_HOST, host_shift }, { EA_16M, 24 } };
	uint64_t x = roll(s);
	struct name n = segments[x % 3];
	uint64_t page = (x >> 8) % PAGES;

	/* Pages of 16 MiB: four of them, each behind its first MiB. */
	n.ea += n.shift == 24 ? (page & 3) << 24 | ((page >> 2) % 15 + 1) << 20 : page << n.shift;
	return n;
}

/* Mostly of the group, or the other one, that such an address hashes to. */
static uint64_t any_index(uint64_t *s, uint64_t flags)
{
	struct name n = name(s);
	uint64_t group, x = roll(s);

	(void)hpte_v(n.ea, n.shift, &group);
	if (chance(s, 32))
		group = ~group & groups_mask;
	return spared(chance(s, 240) ? group << 3 | (x & 7) : wild(s), flags);
}

/* Guest real: mostly memory, then a slot that comes and goes, a device, anything. */
static uint64_t real(uint64_t *s)
{
	uint64_t x = roll(s), at = x >> 8;

	switch (x & 15) {
	case 0: return wild(s) & ~0xfffull;
	case 1: return DEVICE_REAL;
	case 2:
	case 3: return SLOT_REAL + (at & 0x3ff000);
	default: return at % MEMORY & ~0xfffull;
	}
}

static void aim_enter(uint64_t *s, uint64_t args[9], uint64_t flags)
{
	struct name n = name(s);
	uint64_t group, v = hpte_v(n.ea, n.shift, &group), x = roll(s);

	args[1] = (chance(s, 128) ? H_EXACT : 0) | (chance(s, 16) ? H_ZERO_PAGE : 0);
	args[2] = chance(s, 240) ? spared(group << 3 | (x & 7), flags) : any_index(s, flags);
	args[3] = v | HPTE_VALID | (chance(s, 40) ? HPTE_BOLTED : 0);
	args[4] = real(s) | HPTE_M | (x >> 8 & 3) | (x >> 10 & 0x180) | (x >> 20 & 0xe00);
	if (n.shift == 16)
		args[4] = (args[4] & ~0xf000ull) | 0x1000;
	if (n.shift == 24)
		args[4] &= ~0xffffffull | 0xfff;
	if (chance(s, 8))
		args[4] ^= 1ull << (x >> 16 & 63);
	if (chance(s, 8))
		args[3] ^= 1ull << (x >> 24 & 63);
	/* Not the first MiB: of pages of 16 MiB, no access is made to that part. */
	if (!(flags & HOSTILE_RISKS)) {
		args[3] = (args[3] & ~HPTE_LARGE) | (v & HPTE_LARGE);
		args[4] |= n.shift == 24 ? 0 : OWN;
	}
}

static void aim_page_init(uint64_t *s, uint64_t args[9], uint64_t flags)
{
	args[1] = wild(s) | (chance(s, 128) ? H_ZERO_PAGE : H_COPY_PAGE);
	if (chance(s, 240))
		args[1] &= H_ZERO_PAGE | H_COPY_PAGE | 0xc00000;
	args[2] = real(s) | (chance(s, 8) ? roll(s) & 0xfff : 0);
	args[3] = real(s);
	if (!(flags & HOSTILE_RISKS))
		args[2] |= OWN;
}

/* Four pairs of H_BULK_REMOVE; eight words and an AVPN of H_BLOCK_REMOVE. */
static void aim_many(uint64_t *s, uint64_t args[9], uint64_t flags)
{
	bool pairs = args[0] == H_BULK_REMOVE;
	uint64_t group;
	unsigned i;

	for (i = 1; i < 9; i++) {
		uint64_t at = any_index(s, flags) & 0xffffffffffffffull, x = roll(s);

		args[i] = at | (chance(s, 245) ? 1ull : x & 3) << 62 | (x >> 8 & 1) << 56 |
			  (chance(s, 16) ? x & 0x3e00000000000000ull : 0);
		if (pairs)
			args[++i] = chance(s, 128) ? 0 : wild(s);
	}
	if (!pairs)
		args[1] = hpte_v(name(s).ea, 12, &group) & ~0x7full;
}

static void aim_resize(uint64_t *s, uint64_t args[9])
{
	args[1] = chance(s, 250) ? 0 : wild(s);
	args[2] = chance(s, 200) ? 18 + roll(s) % 2 : wild(s);
}

static void aim(uint64_t *s, uint64_t args[9], uint64_t flags)
{
	for (unsigned i = 1; i < 9; i++)
		args[i] = wild(s);
	args[2] = any_index(s, flags);
	switch (args[0]) {
	case H_ENTER: aim_enter(s, args, flags); break;
	case H_PAGE_INIT: aim_page_init(s, args, flags); break;
	case H_BULK_REMOVE:
	case H_BLOCK_REMOVE: aim_many(s, args, flags); break;
	case H_RESIZE_HPT_PREPARE:
	case H_RESIZE_HPT_COMMIT: aim_resize(s, args); break;
	default: /* without conditions, mostly */
		if (chance(s, 200))
			args[1] &= ~(H_AVPN | H_ANDCOND);
	}
}

/* Sixteen to draw from: what fills the table comes as often as what empties it. */
static const uint16_t calls[16] = {
	H_ENTER,       H_ENTER,        H_ENTER,     H_ENTER,     H_ENTER,     H_ENTER,
	H_REMOVE,      H_REMOVE,       H_READ,      H_CLEAR_MOD, H_CLEAR_REF, H_PROTECT,
	H_BULK_REMOVE, H_BLOCK_REMOVE, H_PAGE_INIT, 0,
};

static uint64_t call(struct hostile_count *count, uint64_t *s, uint64_t flags)
{
	uint64_t args[9] = { calls[roll(s) >> 60] }, order;

	if (!args[0])
		args[0] = (flags & HOSTILE_STAYS) || !chance(s, 64) ? H_PROTECT :
			  chance(s, 128)                            ? H_RESIZE_HPT_PREPARE :
								      H_RESIZE_HPT_COMMIT;
	aim(s, args, flags);
	order = args[2];
	uint64_t number = args[0];
	hcall(args);
	count->calls[HOSTILE_SLOT(number)]++;
	if (args[0])
		return 0;
	count->good[HOSTILE_SLOT(number)]++;
	if (number == H_RESIZE_HPT_COMMIT)
		groups_mask = (1ull << (order - 7)) - 1;
	return 1;
}

static void access(struct hostile_count *count, uint64_t *s)
{
	uint64_t x = roll(s);

	count->accesses++;
	count->done += touch(name(s).ea + (x & 0xff8), x, x >> 63);
}

uint64_t hostile(uint64_t cpu, uint64_t seed, uint64_t rounds, uint64_t flags)
{
	struct hostile_count *count = (struct hostile_count *)HOSTILE_COUNTS + cpu;
	uint64_t good = 0, s = seed * 2 + 1;

	host_shift = (unsigned)(flags >> HOSTILE_SHIFT);
	slb_insert(VSID(EA_16M) << 12 | SLB_16M, EA_16M | SLB_VALID | (EA_16M >> 28 & 0xff));
	while (rounds--) {
		good += call(count, &s, flags);
		if (flags & HOSTILE_CALLS)
			continue;
		access(count, &s);
		access(count, &s);
	}
	return good;
}
