// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* H_PAGE_INIT and H_ENTER's zero flag: what may be filled, who holds it, what is logged. */
#include "host.h"
#include "suite.h"

#define ZERO HPTP_H_ZERO_PAGE
#define COPY HPTP_H_COPY_PAGE
#define CACHE (HPTP_H_ICACHE_INVALIDATE | HPTP_H_ICACHE_SYNC)

static struct host host;

static void setup(int kind)
{
	host_start(&host, host_kind(kind));
}

static long page_init(uint64_t flags, uint64_t dest, uint64_t src)
{
	long ret = hptp_h_page_init(host.vcpu, flags, dest, src);

	ck_assert_uint_eq(host.held, 0);
	return ret == HPTP_H_TOO_HARD ? hptp_hcall_task(host.vcpu, NULL) : ret;
}

static uint64_t gpa_of(uint64_t gfn)
{
	return gfn << host.frame_shift;
}

START_TEST(zero_and_copy)
{
	unsigned last = (1u << host_kind(_i)->frame_shift) - 0x1000;

	setup(_i);
	ck_assert_int_eq(page_init(ZERO, gpa_of(5), ~0ull), HPTP_H_SUCCESS);
	ck_assert_uint_eq(host.init_to.off.n, 5);
	ck_assert_uint_eq(host.init_to.at, 0);
	ck_assert_uint_eq(host.init_bytes, 4096); /* whatever the frame */
	ck_assert(!host.init_copies);
	/* copy wins over zero; the cache and usage flags change nothing */
	ck_assert_int_eq(page_init(ZERO | COPY | CACHE | HPTP_H_CMO, gpa_of(6) + last, gpa_of(5)),
			 HPTP_H_SUCCESS);
	ck_assert(host.init_copies);
	ck_assert_uint_eq(host.init_to.off.n, 6);
	ck_assert_uint_eq(host.init_to.at, last);
	ck_assert_uint_eq(host.init_from.off.n, 5);
	ck_assert_uint_eq(host.calls[HOST_OP_page_init], 2);
	/* onto itself, and inside one frame */
	ck_assert_int_eq(page_init(COPY, gpa_of(5), gpa_of(5)), HPTP_H_SUCCESS);
	ck_assert_int_eq(page_init(COPY, gpa_of(5), gpa_of(5) + last), HPTP_H_SUCCESS);
	/* nothing asked for */
	ck_assert_int_eq(page_init(CACHE, gpa_of(7), 0), HPTP_H_SUCCESS);
	ck_assert_uint_eq(host.calls[HOST_OP_page_init], 4);
	ck_assert_uint_eq(host.calls[HOST_OP_host_get], host.calls[HOST_OP_host_put]);
	host_stop(&host);
}
END_TEST

START_TEST(the_last_page_of_a_slot)
{
	uint64_t end = (uint64_t)HOST_FRAMES << host_kind(_i)->frame_shift;

	setup(_i);
	ck_assert_int_eq(page_init(ZERO, end - 0x1000, 0), HPTP_H_SUCCESS);
	ck_assert_int_eq(page_init(COPY, end - 0x1000, 0), HPTP_H_SUCCESS);
	ck_assert_int_eq(page_init(COPY, 0, end - 0x1000), HPTP_H_SUCCESS);
	ck_assert_int_eq(page_init(ZERO, end, 0), HPTP_H_PARAMETER);
	ck_assert_int_eq(page_init(COPY, 0, end), HPTP_H_PARAMETER);
	ck_assert_uint_eq(host.calls[HOST_OP_page_init], 3);
	host_stop(&host);
}
END_TEST

START_TEST(bad_arguments)
{
	static const struct {
		uint64_t flags, dest, src;
	} bad[] = {
		{ ZERO | 1, 0, 0 },
		{ ZERO | 1ull << 13, 0, 0 },
		{ ZERO | 1ull << 16, 0, 0 },
		{ ~0ull, 0, 0 },
		{ ZERO, 1, 0 },
		{ ZERO, 0x800, 0 },
		{ COPY, 0, 0xfff },
		{ COPY, ~0ull << 12, 0 },
		{ COPY, 0, ~0ull << 12 },
		{ ZERO, 1ull << 59, 0 },
		{ CACHE, ~0ull << 12, 0 },
		{ 1ull << 36, 0, 0 },
	};

	setup(_i);
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_int_eq(page_init(bad[i].flags, bad[i].dest, bad[i].src),
				 HPTP_H_PARAMETER);
	ck_assert_uint_eq(host.calls[HOST_OP_page_init], 0);
	ck_assert_uint_eq(host.calls[HOST_OP_host_get], 0);
	/* the source is looked at by a copy only */
	ck_assert_int_eq(page_init(ZERO, 0, 1), HPTP_H_SUCCESS);
	ck_assert_int_eq(hptp_hcall_task(host.vcpu, NULL), HPTP_H_PARAMETER); /* none waits */
	host_stop(&host);
}
END_TEST

/* The host decides who may write: a page that it refuses is not touched. */
START_TEST(a_read_only_page_is_not_written)
{
	setup(_i);
	host.page[5].refuse = true;
	ck_assert_int_eq(page_init(ZERO, gpa_of(5), 0), HPTP_H_PARAMETER);
	ck_assert_int_eq(page_init(COPY, gpa_of(5), gpa_of(6)), HPTP_H_PARAMETER);
	ck_assert_int_eq(page_init(COPY, gpa_of(6), gpa_of(5)), HPTP_H_PARAMETER);
	ck_assert_uint_eq(host.calls[HOST_OP_page_init], 0);
	ck_assert_uint_eq(host.held, 0);
	/* one that is read-only for loads is made writable first, as for a store */
	host.page[7].read_only_for_reads = true;
	host.page[7].present = true;
	ck_assert_int_eq(page_init(ZERO, gpa_of(7), 0), HPTP_H_SUCCESS);
	ck_assert(host.page[7].writable);
	/* a source need not be writable */
	host.page[8].read_only_for_reads = true;
	ck_assert_int_eq(page_init(COPY, gpa_of(7), gpa_of(8)), HPTP_H_SUCCESS);
	ck_assert(!host.page[8].writable);
	host_stop(&host);
}
END_TEST

START_TEST(a_host_that_is_busy)
{
	setup(_i);
	host.page[5].refuse = true;
	host.get_error = HPTP_E_AGAIN;
	ck_assert_int_eq(page_init(ZERO, gpa_of(5), 0), HPTP_H_AGAIN);
	ck_assert_int_eq(page_init(COPY, gpa_of(6), gpa_of(5)), HPTP_H_AGAIN);
	ck_assert_uint_eq(host.held, 0);
	ck_assert_int_eq(hptp_hcall_task(host.vcpu, NULL), HPTP_H_PARAMETER); /* executed anew */
	host.page[5].refuse = false;
	ck_assert_int_eq(page_init(COPY, gpa_of(6), gpa_of(5)), HPTP_H_SUCCESS);
	host_stop(&host);
}
END_TEST

START_TEST(what_was_filled_is_in_the_log)
{
	static uint8_t log[HOST_FRAMES / 8], out[HOST_FRAMES / 8];
	struct isa_va va = host_va(7, 12);
	uint64_t idx;

	setup(_i);
	host_map(&host, 0, 16, true);
	ck_assert_int_eq(hptp_dirty_start(host.slot, log, sizeof(log)), 0);
	ck_assert_int_eq(page_init(ZERO, gpa_of(5), 0), HPTP_H_SUCCESS);
	ck_assert_int_eq(page_init(COPY, gpa_of(7), gpa_of(6)), HPTP_H_SUCCESS);
	ck_assert_int_eq(host_h_enter(&host, ZERO, host_idx(&host, &va, 0), host_v(&va, 12),
				      host_r(&host, 9, 12, 12, 2), &idx),
			 0);
	ck_assert_int_eq(
		hptp_dirty_harvest(host.slot, (hptp_off){ 0 }, 16, out, HPTP_HARVEST_STOPPED), 0);
	ck_assert_uint_eq(out[0], 1u << 5 | 1u << 7);
	ck_assert_uint_eq(out[1], 1u << 1);
	host_stop(&host);
}
END_TEST

/* The slot goes while the host is asked; before and after. */
static void remove_slot(struct host *h)
{
	ck_assert_int_eq(hptp_slot_remove(h->slots[0].slot), 0);
	h->slots[0].slot = NULL;
}

START_TEST(a_slot_that_goes_between_the_halves)
{
	setup(_i);
	ck_assert_int_eq(hptp_h_page_init(host.vcpu, ZERO, gpa_of(5), 0), HPTP_H_TOO_HARD);
	remove_slot(&host);
	ck_assert_int_eq(hptp_hcall_task(host.vcpu, NULL), HPTP_H_PARAMETER);
	ck_assert_int_eq(host_add_slot(&host, 0, 0, HOST_FRAMES), 0);
	host.in_get = remove_slot; /* the page is held: filled, and nobody's */
	ck_assert_int_eq(page_init(ZERO, gpa_of(5), 0), HPTP_H_SUCCESS);
	ck_assert_uint_eq(host.held, 0);
	host_stop(&host);
}
END_TEST

START_TEST(without_the_callback)
{
	struct isa_va va = host_va(7, 12);
	uint64_t idx;

	setup(0);
	host.ops.page_init = NULL;
	ck_assert_int_eq(page_init(ZERO, 0, 0), HPTP_H_FUNCTION);
	ck_assert_int_eq(page_init(~0ull, 1, 1), HPTP_H_FUNCTION);
	ck_assert_int_eq(host_h_enter(&host, ZERO, host_idx(&host, &va, 0), host_v(&va, 12),
				      host_r(&host, 5, 12, 12, 2), &idx),
			 HPTP_H_SUCCESS);
	host_stop(&host);
}
END_TEST

/* ---- H_ENTER with the zero flag ---- */

static long enter(uint64_t flags, unsigned base, unsigned actual, uint64_t gfn, uint64_t *idx)
{
	struct isa_va va = host_va(7, base);

	return host_h_enter(&host, flags, host_idx(&host, &va, 0), host_v(&va, actual),
			    host_r(&host, gfn, base, actual, 2), idx);
}

START_TEST(enter_zeroes_the_whole_page)
{
	unsigned sizes[] = { 12, 16 };

	for (unsigned s = 0; s < 2; s++) {
		uint64_t frames = (1ull << sizes[s]) >> host_kind(_i)->frame_shift, idx;

		setup(_i);
		for (unsigned i = 0; i < HOST_FRAMES; i++)
			host.page[i].shift = 24;
		frames += !frames;
		ck_assert_int_eq(enter(ZERO | CACHE, sizes[s], sizes[s], 0x20, &idx), 0);
		ck_assert_uint_eq(host.calls[HOST_OP_page_init], frames);
		for (unsigned i = 0; i < frames; i++)
			ck_assert_uint_eq(host.init_gfns[i], 0x20 + i);
		ck_assert_uint_eq(host.init_bytes * frames, 1u << sizes[s]);
		ck_assert_uint_eq(host.held, 0);
		ck_assert(host_valid(&host, idx));
		host_stop(&host);
	}
}
END_TEST

START_TEST(enter_zeroes_all_or_nothing)
{
	uint64_t idx = ~0ull;

	setup(0); /* 4K frames */
	for (unsigned i = 0; i < HOST_FRAMES; i++)
		host.page[i].shift = 24;
	host.page[0x2c].refuse = true;
	ck_assert_int_eq(enter(ZERO, 16, 16, 0x20, &idx), HPTP_H_PARAMETER);
	ck_assert_uint_eq(host.calls[HOST_OP_page_init], 0);
	ck_assert_uint_eq(host.held, 0);
	host.get_error = HPTP_E_AGAIN;
	ck_assert_int_eq(enter(ZERO, 16, 16, 0x20, &idx), HPTP_H_AGAIN);
	ck_assert_uint_eq(host.held, 0);
	for (uint64_t i = 0; i < host.table.n; i++)
		ck_assert_int_eq(host_entry(&host, i).state, HPTP_FREE);
	host_stop(&host);
}
END_TEST

START_TEST(flags_for_a_large_page)
{
	static const uint64_t flags[] = { ZERO, HPTP_H_ICACHE_SYNC, HPTP_H_ICACHE_INVALIDATE };
	struct isa_va va = host_va(9, 24);
	uint64_t idx;

	setup(_i);
	for (unsigned i = 0; i < HOST_FRAMES; i++)
		host.page[i].shift = 24;
	for (unsigned i = 0; i < 3; i++)
		ck_assert_int_eq(enter(flags[i], 24, 24, 0x1000, &idx), HPTP_H_TOO_BIG);
	ck_assert_int_eq(enter(COPY, 24, 24, 0x1000, &idx), 0); /* means nothing here */
	/* of emulated MMIO all of them are ignored */
	ck_assert_int_eq(host_h_enter(&host, ZERO | CACHE, host_idx(&host, &va, 0), host_v(&va, 24),
				      host_r(&host, 1ull << 36, 24, 24, 2), &idx),
			 0);
	ck_assert_uint_eq(host.calls[HOST_OP_page_init], 0);
	host_stop(&host);
}
END_TEST

/* ---- by number ---- */

START_TEST(every_call_has_its_number)
{
	uint64_t regs[9] = { HPTP_H_EXACT }, idx;
	struct isa_va va = host_va(7, 12);

	setup(_i);
	host_map(&host, 0, 16, true);
	idx = host_idx(&host, &va, 2);
	regs[1] = idx;
	regs[2] = host_v(&va, 12);
	regs[3] = host_r(&host, 5, 12, 12, 2);
	ck_assert_int_eq(hptp_hcall(host.vcpu, 0x08, regs), HPTP_H_TOO_HARD);
	ck_assert_int_eq(hptp_hcall_task(host.vcpu, regs), HPTP_H_SUCCESS);
	ck_assert_uint_eq(regs[0], idx);
	host_touch(&host, idx, 0x180);
	regs[1] = idx;
	ck_assert_int_eq(hptp_hcall(host.vcpu, 0x14, regs), HPTP_H_SUCCESS); /* H_CLEAR_REF */
	ck_assert_uint_eq(regs[0] & 0x180, 0x180);
	regs[1] = idx;
	ck_assert_int_eq(hptp_hcall(host.vcpu, 0x10, regs), HPTP_H_SUCCESS); /* H_CLEAR_MOD */
	ck_assert_uint_eq(regs[0] & 0x180, 0x80);
	regs[0] = 3;
	ck_assert_int_eq(hptp_hcall(host.vcpu, 0x18, regs), HPTP_H_SUCCESS); /* H_PROTECT */
	regs[0] = 0;
	ck_assert_int_eq(hptp_hcall(host.vcpu, 0x0c, regs), HPTP_H_SUCCESS); /* H_READ */
	ck_assert_uint_eq(regs[1] & 3, 3);
	regs[0] = 0;
	regs[1] = idx;
	ck_assert_int_eq(hptp_hcall(host.vcpu, 0x04, regs), HPTP_H_SUCCESS); /* H_REMOVE */
	ck_assert_uint_eq(regs[0], host_v(&va, 12) | 1);
	regs[0] = 1ull << 62 | idx;
	regs[2] = 3ull << 62;
	ck_assert_int_eq(hptp_hcall(host.vcpu, 0x124, regs), HPTP_H_SUCCESS); /* H_BULK_REMOVE */
	ck_assert_uint_eq(regs[0] >> 56, 0x90);
	regs[1] = 1ull << 62 | idx;
	ck_assert_int_eq(hptp_hcall(host.vcpu, 0x328, regs), HPTP_H_PARTIAL); /* H_BLOCK_REMOVE */
	ck_assert_uint_eq(regs[0] >> 56, 0x88);
	regs[0] = ZERO;
	regs[1] = 0;
	ck_assert_int_eq(hptp_hcall(host.vcpu, 0x2c, regs), HPTP_H_TOO_HARD); /* H_PAGE_INIT */
	ck_assert_int_eq(hptp_hcall_task(host.vcpu, regs), HPTP_H_SUCCESS);
	ck_assert_int_eq(hptp_hcall(host.vcpu, 0x0b, regs), HPTP_H_FUNCTION);
	ck_assert_int_eq(hptp_hcall(host.vcpu, ~0ull, regs), HPTP_H_FUNCTION);
	host_stop(&host);
}
END_TEST

/* ---- whatever a guest may say ---- */

static uint64_t word(void)
{
	switch (rnd() % 8) {
	case 0: return rnd();
	case 1: return 1ull << rnd() % 64;
	case 2: return ~0ull << rnd() % 64;
	case 3: return rnd() & 0xfffff000;
	case 4: return (rnd() & 3) << 62 | (rnd() & 0x0300000000000000) | rnd() % host.table.n;
	default: return rnd() % (host.table.n + 8);
	}
}

/* Nothing is found broken, held, or told of the host; the guest's own errors are its own. */
START_TEST(wild_calls)
{
	static const uint64_t numbers[] = { 0x04, 0x08, 0x08, 0x0c,  0x10,  0x14,
					    0x18, 0x2c, 0x2c, 0x124, 0x328, 0x99 };

	setup(_i);
	host_map(&host, 0, HOST_FRAMES / 2, true);
	for (unsigned i = 0; i < 200000; i++) {
		uint64_t regs[9], number = numbers[rnd() % 12];
		long ret;

		for (unsigned k = 0; k < 9; k++)
			regs[k] = word();
		ret = hptp_hcall(host.vcpu, number, regs);
		if (ret == HPTP_H_TOO_HARD)
			ret = hptp_hcall_task(host.vcpu, regs);
		require(ret == 0 || ret == 5 || ret == -2 || ret == -4 || ret == -6 || ret == -7 ||
			ret == -64);
		require(!host.held && !host.bugs);
		if (!(i % 64))
			host_unmap(&host, rnd() % (HOST_FRAMES - 64), 1 + rnd() % 64);
	}
	host_check(&host);
	host_stop(&host);
}
END_TEST

SUITE("page_init", LOOP(zero_and_copy, HOST_KINDS), LOOP(the_last_page_of_a_slot, HOST_KINDS),
      LOOP(bad_arguments, HOST_KINDS), LOOP(a_read_only_page_is_not_written, HOST_KINDS),
      LOOP(a_host_that_is_busy, HOST_KINDS), LOOP(what_was_filled_is_in_the_log, HOST_KINDS),
      LOOP(a_slot_that_goes_between_the_halves, HOST_KINDS), CASE(without_the_callback),
      LOOP(enter_zeroes_the_whole_page, HOST_KINDS), CASE(enter_zeroes_all_or_nothing),
      LOOP(flags_for_a_large_page, HOST_KINDS), LOOP(every_call_has_its_number, HOST_KINDS),
      LOOP(wild_calls, HOST_KINDS))
