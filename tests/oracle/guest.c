// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What the guest does: hypercalls with right and wild arguments. */
#include "world.h"

#include <string.h>

#define KEEP_3_0 0xc00fffffffffffffull /* of dword 0: what an ISA 3.0 table can hold */
#define LOW_KEYS 0x3000000000000e00ull
#define PTE_M 0x10ull
#define PTE_I 0x20ull
#define PTE_G 0x08ull

static unsigned some_vcpu(struct world *w)
{
	return (unsigned)world_random(w, WORLD_VCPUS);
}

/* An index: of an entry in use, of any, of none. */
static uint64_t some_index(struct world *w)
{
	switch (world_random(w, 16)) {
	case 0: return world_random(w, w->o.n);
	case 1: return world_chance(w, 2) ? w->o.n + world_random(w, 64) : world_random(w, 0);
	}
	return w->o.n_used ? w->o.used[world_random(w, w->o.n_used)] : 0;
}

/* Compare an answer; the histogram takes it either way. */
static void check(struct world *w, const char *name, const struct oracle_answer *expected, long ret,
		  const uint64_t *out)
{
	world_saw(w, "%s %ld", name, ret);
	world_add(w, " = %ld", ret);
	if (oracle_fits(expected, ret, out))
		return;
	for (unsigned i = 0; i < expected->n && ret == expected->ret; i++)
		world_add(w, " [%u] expected %jx (loose %jx) found %jx", i,
			  (uintmax_t)expected->out[i], (uintmax_t)expected->loose[i],
			  (uintmax_t)out[i]);
	world_fail(w, "%s: expected %ld%s, found %ld", name, expected->ret,
		   expected->or_parameter ? " or -4" : "", ret);
}

/* ---- H_ENTER ---- */

static uint64_t some_gpa(struct world *w, unsigned shift)
{
	static const uint8_t large[] = { 4, 6, 6, 7, 0 };
	unsigned i = (unsigned)world_random(w, WORLD_SLOTS);
	uint64_t gpa, bytes, pages;

	if (shift == 34)
		return world_chance(w, 4) ? 3ull << 40 : 1ull << 40;
	if (world_chance(w, 12))
		return 0x80000000ull + (world_random(w, 16) << shift);
	if (shift == 24)
		i = large[world_random(w, sizeof(large))];
	world_plan(i, &gpa, &bytes);
	pages = bytes >> shift;
	return gpa + (world_random(w, !pages ? 1 : pages < 32 ? pages : 32) << shift);
}

static uint64_t some_bits(struct world *w, uint64_t gpa)
{
	static const uint64_t pps[] = { 0, 1, 2, 2, 2, 2, 3, 0x8000000000000002ull };
	struct world_slot *s = world_slot_at(w, gpa >> w->frame_shift);
	bool ci = s && s->flags & MACHINE_SLOT_CI;
	uint64_t bits = pps[world_random(w, 8)];

	if (world_chance(w, 4))
		bits |= world_random(w, 0) & LOW_KEYS;
	bits |= ci && !world_chance(w, 8) ? PTE_I | (world_random(w, 0) & (PTE_G | PTE_M)) : PTE_M;
	if (world_chance(w, 16))
		bits ^= world_random(w, 0) & 0x78;
	if (world_chance(w, 8))
		bits |= 4;
	return bits | (world_random(w, 0) & 0x180);
}

static uint64_t dword1(uint64_t gpa, unsigned base, unsigned actual)
{
	static const struct {
		uint8_t base, actual, lp;
	} sizes[] = { { 16, 16, 0x01 },
		      { 12, 16, 0x07 },
		      { 16, 24, 0x08 },
		      { 12, 24, 0x38 },
		      { 34, 34, 0x03 } };

	for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		if (sizes[i].base == base && sizes[i].actual == actual)
			return gpa | (uint64_t)sizes[i].lp << 12;
	}
	return gpa;
}

static unsigned some_actual(struct world *w, unsigned base)
{
	static const uint8_t actual[2][8] = { { 12, 12, 12, 12, 12, 16, 16, 24 },
					      { 16, 16, 16, 16, 16, 16, 24, 24 } };

	return base > 16 ? base : actual[base == 16][world_random(w, 8)];
}

static const char *size_name(unsigned base, unsigned actual)
{
	switch (base * 100 + actual) {
	case 1212: return "4K";
	case 1616: return "64K";
	case 1216: return "64K in 4K";
	case 2424: return "16M";
	case 1624: return "16M in 64K";
	case 1224: return "16M in 4K";
	}
	return "16G";
}

/* The places in 4 KiB that anybody ever looks at hold what those of another do, or zeroes. */
static void fill(struct world *w, uint64_t dest, bool copy, uint64_t src)
{
	struct world_slot *s = world_slot_at(w, dest >> w->frame_shift);
	uint64_t off = (dest >> w->frame_shift) - s->base;

	for (unsigned i = 0; i < 8; i++) {
		uint64_t at = (i >> 1) * 0x400 + (i & 1) * 8, cell = world_cell(w, dest + at);
		uint64_t value = copy ? cells_load(&w->memory, world_cell(w, src + at)) : 0;

		if (cells_load(&w->memory, cell) != value)
			cells_store(&w->memory, cell, value);
	}
	bits_set(&s->ever, off, 1);
	if (s->log)
		bits_set(&s->must, off, 1);
}

static void zeroed(struct world *w, uint64_t ptel, unsigned shift)
{
	uint64_t page = (ptel & 0x0ffffffffffff000ull) >> shift << shift;

	if (!world_slot_at(w, page >> w->frame_shift))
		return; /* emulated MMIO */
	for (uint64_t at = 0; at < 1ull << shift; at += 0x1000)
		fill(w, page + at, false, 0);
	world_saw(w, "page zeroed");
}

static void enter(struct world *w, uint64_t flags, uint64_t ptex, uint64_t pteh, uint64_t ptel,
		  const struct world_va *va)
{
	unsigned vcpu = some_vcpu(w), base, actual = oracle_page_shift(pteh, ptel, &base);
	struct oracle_answer x;
	uint64_t out = ~0ull;
	bool starve = world_chance(w, 64);
	long ret;

	world_note(w, "enter vcpu %u flags %jx index %jx %016jx %016jx%s", vcpu, (uintmax_t)flags,
		   (uintmax_t)ptex, (uintmax_t)pteh, (uintmax_t)ptel, starve ? " no memory" : "");
	oracle_enter(&w->o, flags, ptex, pteh, ptel, &x);
	if (starve)
		machine_inject(w->m, MACHINE_OP_mem_alloc, 1, 0);
	ret = machine_h_enter(machine_vcpu(w->m, vcpu), flags, ptex, pteh, ptel, &out);
	if (starve && machine_injected(w->m))
		world_saw(w, "H_ENTER without memory");
	if (starve)
		machine_inject(w->m, MACHINE_OP_mem_alloc, 0, 0);
	check(w, "H_ENTER", &x, ret, &out);
	if (flags & HPTP_H_ZERO_PAGE && (!ret || ret == HPTP_H_PTEG_FULL))
		zeroed(w, ptel, actual);
	if (ret)
		return;
	oracle_entered(&w->o, out, pteh, ptel);
	w->va[out] = *va;
	world_saw(w, "entered %s", size_name(base, actual));
}

void op_enter(struct world *w)
{
	unsigned segment = (unsigned)world_random(w, WORLD_SEGMENTS), actual;
	unsigned base = world_segment_base(segment);
	bool secondary = world_chance(w, 4), exact = world_chance(w, 2);
	uint64_t page = world_random(w, base == 24 && !world_segment_1t(segment) ? 16 : 64);
	struct world_va va = { WORLD_EA(segment) | page << base, (uint8_t)segment };
	uint64_t slb_v = w->slb[0][segment], ptex, pteh, gpa, flags;
	uint32_t idx;

	world_note(w, "enter: twice");
	if (oracle_find(&w->o, va.ea, slb_v, &idx))
		return;
	actual = some_actual(w, base);
	gpa = some_gpa(w, actual);
	ptex = oracle_pteg(&w->o, va.ea, slb_v, secondary) * 8 + world_random(w, 8);
	pteh = oracle_dword0(va.ea, slb_v, secondary, actual > 12);
	pteh |= (world_random(w, 0) & 8) | (world_chance(w, 6) ? 0x10 : 0);
	flags = exact ? HPTP_H_EXACT : 0;
	flags |= world_chance(w, 16) ? HPTP_H_ZERO_PAGE : 0;
	enter(w, flags, ptex, pteh, dword1(gpa, base, actual) | some_bits(w, gpa), &va);
}

void op_enter_wild(struct world *w)
{
	uint64_t pteh = world_random(w, 0), ptel = world_random(w, 0);
	static const struct world_va nowhere = { 0, WORLD_SEGMENTS };

	if (world_chance(w, 2))
		pteh &= ~HPTP_SLB_B | HPTP_SLB_B_1T;
	if (world_chance(w, 2)) /* an address that is somewhere */
		ptel = (ptel & 0xf000000000000fffull) | some_gpa(w, 12) |
		       (world_random(w, 0) & 0xff000);
	if (w->format == HPTP_FORMAT_3_0)
		pteh &= KEEP_3_0;
	enter(w, world_random(w, 0), some_index(w), pteh, ptel, &nowhere);
}

/* ---- the others ---- */

static uint64_t some_avpn(struct world *w, uint64_t ptex, uint64_t *flags)
{
	static const uint64_t conditions[] = { 0x10, 0x08, 0x02, 0x60, 0x20, 0x40, 0x01, 0x04 };
	uint64_t v = w->o.entry[ptex < w->o.n ? ptex : 0].v;

	*flags = world_random(w, 0) & ~(HPTP_H_AVPN | HPTP_H_ANDCOND);
	switch (world_random(w, 8)) {
	case 0: return world_random(w, 0);
	case 1: *flags |= HPTP_H_AVPN; return world_random(w, 0);
	case 2: *flags |= HPTP_H_ANDCOND; return conditions[world_random(w, 8)];
	case 3: *flags |= HPTP_H_AVPN | HPTP_H_ANDCOND; return v & ~0x7full;
	}
	*flags |= HPTP_H_AVPN;
	return v & ~0x7full;
}

void op_remove(struct world *w)
{
	uint64_t ptex = some_index(w), flags, avpn = some_avpn(w, ptex, &flags);
	unsigned vcpu = some_vcpu(w);
	uint64_t out[2] = { ~0ull, ~0ull };
	struct oracle_answer x;
	long ret;

	world_note(w, "remove vcpu %u flags %jx index %jx avpn %jx", vcpu, (uintmax_t)flags,
		   (uintmax_t)ptex, (uintmax_t)avpn);
	oracle_remove(&w->o, flags, ptex, avpn, &x);
	ret = machine_h_remove(machine_vcpu(w->m, vcpu), flags, ptex, avpn, out);
	check(w, "H_REMOVE", &x, ret, out);
}

void op_bulk(struct world *w)
{
	unsigned vcpu = some_vcpu(w);
	struct oracle_answer x;
	uint64_t args[8];
	long ret;

	world_note(w, "bulk vcpu %u", vcpu);
	for (unsigned i = 0; i < 8; i += 2) {
		uint64_t ptex = some_index(w), type = world_chance(w, 8) ? world_random(w, 4) : 1;
		uint64_t flags = world_chance(w, 16) ? 3 : world_random(w, 3), unused;

		args[i] = type << 62 | flags << 56 | (ptex & 0x00ffffffffffffffull);
		args[i] |= world_chance(w, 4) ? world_random(w, 0) & 0x3c00000000000000ull : 0;
		args[i + 1] = some_avpn(w, ptex, &unused);
		if (flags == 1 && world_chance(w, 2))
			args[i + 1] &= 0x7f;
		world_add(w, " %jx %jx", (uintmax_t)args[i], (uintmax_t)args[i + 1]);
	}
	oracle_bulk_remove(&w->o, args, &x);
	for (unsigned i = 0; i < 8; i += 2) {
		if (x.out[i] != args[i])
			world_saw(w, "bulk status %jx", (uintmax_t)x.out[i] >> 60);
	}
	ret = machine_h_bulk_remove(machine_vcpu(w->m, vcpu), args);
	check(w, "H_BULK_REMOVE", &x, ret, args);
}

/* An index for a specifier: near the first one's page, or any. */
static uint64_t block_index(struct world *w, uint64_t first)
{
	const struct world_va *va = &w->va[first < w->o.n ? first : 0];
	uint64_t ea = va->ea;
	uint32_t idx;

	if (first >= w->o.n || va->segment >= WORLD_SEGMENTS || world_chance(w, 4))
		return some_index(w);
	ea ^= world_random(w, world_chance(w, 4) ? 16 : 8) << world_segment_base(va->segment);
	return oracle_find(&w->o, ea, w->slb[0][va->segment], &idx) == 1 ? idx : some_index(w);
}

void op_block(struct world *w)
{
	uint64_t args[9], first = some_index(w), unused;
	unsigned vcpu = some_vcpu(w), n = 1 + (unsigned)world_random(w, 8);
	struct oracle_answer x;
	long ret;

	args[0] = some_avpn(w, first, &unused);
	world_note(w, "block vcpu %u avpn %jx", vcpu, (uintmax_t)args[0]);
	for (unsigned i = 0; i < 8; i++) {
		uint64_t ptex = i ? block_index(w, first) : first;
		uint64_t type = world_chance(w, 64) ? world_random(w, 4) : 1;

		args[1 + i] = type << 62 | world_random(w, 2) << 56 |
			      (ptex & 0x00ffffffffffffffull);
		if (i >= n)
			args[1 + i] |= 3ull << 62;
		world_add(w, " %jx", (uintmax_t)args[1 + i]);
	}
	oracle_block_remove(&w->o, args, &x);
	ret = machine_h_block_remove(machine_vcpu(w->m, vcpu), args);
	for (unsigned i = 0; i < x.n && args[i] >> 62 == 2; i++)
		world_saw(w, "block status %jx", (uintmax_t)args[i] >> 56 & 0xf8);
	check(w, "H_BLOCK_REMOVE", &x, ret, args);
}

/* An address of 4 KiB; the last ones of a slot are as likely as any. */
static uint64_t some_unit(struct world *w)
{
	struct world_slot *s = &w->slot[world_random(w, WORLD_SLOTS)];
	uint64_t n = s->slot ? s->n << w->frame_shift >> 12 : 1, unit;

	if (!s->slot)
		return world_random(w, 0) & 0xfffffffffff000ull;
	unit = world_chance(w, 4) ? n - 1 : world_random(w, n < 512 ? n : 512);
	return (s->base << w->frame_shift) + (unit << 12) + (world_chance(w, 64) ? 8 : 0);
}

void op_page_init(struct world *w)
{
	static const uint64_t what[] = { HPTP_H_ZERO_PAGE, HPTP_H_COPY_PAGE, HPTP_H_COPY_PAGE,
					 HPTP_H_ZERO_PAGE | HPTP_H_COPY_PAGE, 0 };
	uint64_t flags = what[world_random(w, 5)] | (world_random(w, 0) & 0xf00c00000ull);
	uint64_t dest = some_unit(w), src = world_chance(w, 16) ? dest : some_unit(w);
	unsigned vcpu = some_vcpu(w);
	struct oracle_answer x;
	long ret;

	flags |= world_chance(w, 16) ? world_random(w, 0) : 0;
	world_note(w, "page init vcpu %u flags %jx dest %jx src %jx", vcpu, (uintmax_t)flags,
		   (uintmax_t)dest, (uintmax_t)src);
	oracle_page_init(&w->o, flags, dest, src, &x);
	ret = machine_h_page_init(machine_vcpu(w->m, vcpu), flags, dest, src);
	check(w, "H_PAGE_INIT", &x, ret, NULL);
	if (ret || !(flags & (HPTP_H_ZERO_PAGE | HPTP_H_COPY_PAGE)))
		return;
	fill(w, dest, flags & HPTP_H_COPY_PAGE, src);
	world_saw(w, "%s", flags & HPTP_H_COPY_PAGE ? "page copied" : "page zeroed");
}

void op_protect(struct world *w)
{
	uint64_t ptex = some_index(w), flags, avpn = some_avpn(w, ptex, &flags);
	unsigned vcpu = some_vcpu(w);
	struct oracle_answer x;
	long ret;

	if (!world_chance(w, 4)) /* a PP that is not reserved, key 0 */
		flags = (flags & ~0x3f07ull) | (world_chance(w, 2) ? 2 : world_random(w, 4));
	world_note(w, "protect vcpu %u flags %jx index %jx avpn %jx", vcpu, (uintmax_t)flags,
		   (uintmax_t)ptex, (uintmax_t)avpn);
	oracle_protect(&w->o, flags, ptex, avpn, &x);
	ret = machine_h_protect(machine_vcpu(w->m, vcpu), flags, ptex, avpn);
	check(w, "H_PROTECT", &x, ret, NULL);
}

void op_read(struct world *w)
{
	uint64_t ptex = some_index(w), flags = world_random(w, 0), out[8];
	unsigned vcpu = some_vcpu(w);
	struct oracle_answer x;
	long ret;

	memset(out, 0xff, sizeof(out));
	world_note(w, "read vcpu %u flags %jx index %jx", vcpu, (uintmax_t)flags, (uintmax_t)ptex);
	oracle_read(&w->o, flags, ptex, &x);
	ret = machine_h_read(machine_vcpu(w->m, vcpu), flags, ptex, out);
	check(w, "H_READ", &x, ret, out);
	if (ret)
		return;
	ptex &= x.n == 8 ? ~3ull : ~0ull;
	for (unsigned i = 0; i < x.n; i += 2)
		oracle_learn(&w->o, (uint32_t)(ptex + i / 2), out[i + 1]);
}

void op_clear(struct world *w)
{
	uint64_t ptex = some_index(w), flags = world_random(w, 0), out = ~0ull;
	struct machine_vcpu *vcpu = machine_vcpu(w->m, some_vcpu(w));
	bool mod = world_chance(w, 2);
	struct oracle_answer x;
	long ret;

	world_note(w, "clear %s index %jx", mod ? "C" : "R", (uintmax_t)ptex);
	oracle_clear(&w->o, mod ? 0x80 : 0x100, ptex, &x);
	ret = mod ? machine_h_clear_mod(vcpu, flags, ptex, &out) :
		    machine_h_clear_ref(vcpu, flags, ptex, &out);
	check(w, mod ? "H_CLEAR_MOD" : "H_CLEAR_REF", &x, ret, &out);
}

/* The guest boots anew: entries in the VRMA's way go. */
static void clear_vrma(struct world *w)
{
	struct oracle_answer x;
	uint64_t out[2];

	for (uint64_t i = 0; i < 128; i++) {
		uint64_t ptex = ((HPTP_VRMA_VSID ^ i) & (w->o.n / 8 - 1)) * 8 + 7;

		oracle_remove(&w->o, 0, ptex, 0, &x);
		check(w, "H_REMOVE", &x, machine_h_remove(machine_vcpu(w->m, 0), 0, ptex, 0, out),
		      out);
	}
}

void op_vrma(struct world *w)
{
	unsigned shift = world_chance(w, 2) ? 12 : 16;
	uint64_t bytes = (1 + world_random(w, 32)) << 14, slb_v = 0;
	struct hptp_vcpu *vcpu = machine_vcpu_handle(machine_vcpu(w->m, some_vcpu(w)));
	struct world_slot *s = world_slot_at(w, 0);
	int expected, ret;

	if (s && s->unit_shift < shift)
		shift = 12;
	world_note(w, "vrma shift %u bytes %jx", shift, (uintmax_t)bytes);
	if (world_chance(w, 2))
		clear_vrma(w);
	expected = oracle_vrma(&w->o, shift, bytes);
	ret = machine_in_t(hptp_vrma_map(vcpu, shift, bytes, &slb_v));
	world_saw(w, "vrma %d", ret);
	if (ret != expected)
		world_fail(w, "vrma: expected %d, found %d", expected, ret);
	if (ret)
		return;
	w->vrma = HPTP_SLB_B_1T | HPTP_VRMA_VSID << 24 | (shift == 16 ? 0x110 : 0);
	if (slb_v != w->vrma)
		world_fail(w, "vrma: expected SLB word %jx, found %jx", (uintmax_t)w->vrma,
			   (uintmax_t)slb_v);
	for (unsigned i = 0; i < WORLD_VCPUS; i++)
		machine_regs(machine_vcpu(w->m, i))->vrma = slb_v;
}

void op_slb(struct world *w)
{
	unsigned vcpu = some_vcpu(w), segment = (unsigned)world_random(w, WORLD_SEGMENTS);
	uint64_t flags = world_random(w, 0) & (HPTP_SLB_KS | HPTP_SLB_KP);

	world_note(w, "slbmte vcpu %u segment %u flags %jx", vcpu, segment, (uintmax_t)flags);
	world_slbmte(w, vcpu, segment, flags);
}
