// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The migration stream: what is told, when, in which bytes; and what a writer accepts. */
#include "change.h"
#include "host.h"
#include "mirror.h"
#include "suite.h"

#include <string.h>

#define R 0x100ull
#define C 0x080ull
#define RC (R | C)
#define BOLTED 0x10ull
#define ENTRIES (1u << 14)
#define MAX_ENTRIES (1u << 17)

static struct host host, other;
static struct mirror_entry entries[MAX_ENTRIES], second[MAX_ENTRIES];
static struct mirror mirror, mirror_too;
static uint8_t buffer[65536], whole[4 << 20];
static size_t n_whole;
static uint64_t target; /* the entry that most tests are about */

static void setup(int kind)
{
	host_start(&host, host_kind(kind));
	host_map(&host, 0, HOST_FRAMES, true);
	mirror = (struct mirror){ .n = ENTRIES, .entry = entries };
	mirror_too = (struct mirror){ .n = ENTRIES, .entry = second };
}

static struct hptp_stream *open_reader(unsigned flags)
{
	struct hptp_stream *s;

	ck_assert_int_eq(hptp_stream_open(host.vm, 0, flags, &s), 0);
	return s;
}

/* One read into the mirror; the bytes too, if they are wanted. */
static size_t read_once(struct hptp_stream *s, struct mirror *m, size_t size)
{
	const char *wrong;
	size_t used;

	memset(buffer, 0xee, sizeof(buffer));
	ck_assert_int_eq(hptp_stream_read(s, buffer, size, &used), 0);
	require(used <= size);
	for (size_t i = used; i < sizeof(buffer); i++)
		require(buffer[i] == 0xee);
	wrong = mirror_apply(m, buffer, used);
	ck_assert_msg(!wrong, "%s", wrong);
	require(n_whole + used <= sizeof(whole));
	memcpy(whole + n_whole, buffer, used);
	n_whole += used;
	return used;
}

/* Until nothing changes any more; how many entries were told of. */
static uint64_t drain(struct hptp_stream *s, struct mirror *m, size_t size)
{
	uint64_t before = m->told;

	while (read_once(s, m, size))
		;
	return m->told - before;
}

/* What was told is what the guest sees. */
static void assert_same(struct host *h, const struct mirror *m)
{
	for (uint64_t i = 0; i < m->n; i++) {
		uint64_t out[8];

		require(hptp_h_read(h->vcpu, 0, i, out) == HPTP_H_SUCCESS);
		if (out[0] != m->entry[i].v || out[1] != m->entry[i].r)
			ck_abort_msg("entry %jx: %jx %jx, told of as %jx %jx", (uintmax_t)i,
				     (uintmax_t)out[0], (uintmax_t)out[1], (uintmax_t)m->entry[i].v,
				     (uintmax_t)m->entry[i].r);
		if (out[0]) {
			host_assert_guest_v(m->entry[i].v);
			host_assert_guest_r(h, m->entry[i].r);
		}
	}
}

/* Some hypercalls find nothing, some aging nothing young: that is as well here. */
static void whatever(long result)
{
	(void)result;
}

static void age(uint64_t off, uint64_t n)
{
	ck_assert_int_ge(hptp_age_range(host.slot, (hptp_off){ off }, n, NULL), 0);
}

/* The first frames, up to eight, that were written. */
static unsigned harvest(uint64_t off, uint64_t n)
{
	memset(buffer, 0, 8);
	ck_assert_int_eq(hptp_dirty_harvest(host.slot, (hptp_off){ off }, n, buffer, 0), 0);
	return buffer[0];
}

static void remove_entry(uint64_t idx)
{
	ck_assert_int_eq(hptp_h_remove(host.vcpu, 0, idx, 0, (uint64_t[2]){ 0 }), 0);
}

/* Entries in every state, some of them told of before, some with R and C to come. */
static void fill(unsigned n)
{
	for (uint64_t k = 0; k < n; k++) {
		uint64_t idx = host_enter(&host, k * 3, k % HOST_FRAMES);

		if (k % 3)
			host_touch(&host, idx, k % 2 ? R : RC);
		if (k % 5 == 1)
			host_unmap(&host, k % HOST_FRAMES, 1);
		if (k % 7 == 1)
			remove_entry(idx);
		if (k % 11 == 1)
			whatever(hptp_h_protect(host.vcpu, 3, idx, 0));
		if (k % 13 == 1)
			(void)host_enter(&host, 0x40000 + k, 1ull << 30); /* emulated MMIO */
	}
}

START_TEST(an_empty_table_is_one_record)
{
	const uint8_t expected[8] = { 0, 0, 0, 0, 0, 0, 0, 0x40 };
	struct hptp_stream_header h;
	struct hptp_stream *s;

	setup(_i);
	s = open_reader(0);
	ck_assert_uint_eq(read_once(s, &mirror, sizeof(buffer)), 8);
	memcpy(&h, buffer, sizeof(h));
	ck_assert(h.index == 0 && h.n_valid == 0 && h.n_invalid == ENTRIES);
	if (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
		ck_assert(!memcmp(buffer, expected, 8));
	ck_assert_uint_eq(read_once(s, &mirror, sizeof(buffer)), 0);
	hptp_stream_close(s);
	host_stop(&host);
}
END_TEST

/* The bytes of one entry, spelled out. */
START_TEST(one_entry_in_bytes)
{
	static const uint8_t dwords[16] = { 0x40, 0x00, 0x00, 0xab, 0xcd, 0xe1, 0x2a, 0x91,
					    0x00, 0x00, 0x00, 0x00, 0x12, 0x34, 0x51, 0x92 };
	struct hptp_stream_header h;
	struct hptp_stream *s;
	uint64_t idx;

	host_start(&host, host_kind(_i));
	mirror = (struct mirror){ .n = ENTRIES, .entry = entries };
	ck_assert_int_eq(host_h_enter(&host, HPTP_H_EXACT, 0x1235, 0x400000abcde12a80ull | BOLTED,
				      0x12345192, &idx),
			 0);
	s = open_reader(0);
	ck_assert_uint_eq(read_once(s, &mirror, sizeof(buffer)), 8 + 8 + 16);
	memcpy(&h, buffer + 8, sizeof(h));
	ck_assert(h.index == 0x1235 && h.n_valid == 1 && h.n_invalid == ENTRIES - 0x1236);
	ck_assert(!memcmp(buffer + 16, dwords, sizeof(dwords)));
	hptp_stream_close(s);
	host_stop(&host);
}
END_TEST

static const size_t sizes[] = { HPTP_STREAM_MIN, 25, 39, 40, 41, 100, 4096, 65536 };
#define N_SIZES 8

START_TEST(the_first_pass_tells_of_all)
{
	for (int kind = 0; kind < HOST_KINDS; kind++) {
		struct hptp_stream *s;

		setup(kind);
		fill(1500);
		s = open_reader(0);
		ck_assert_uint_ge(drain(s, &mirror, sizes[_i]), ENTRIES);
		assert_same(&host, &mirror);
		hptp_stream_close(s);
		host_stop(&host);
	}
}
END_TEST

/* A guest that goes on between any two reads. */
START_TEST(changes_while_it_is_read)
{
	struct hptp_stream *s, *late = NULL;
	uint64_t random = 1;

	setup(_i % HOST_KINDS);
	fill(300);
	s = open_reader(0);
	for (unsigned step = 0; step < 6000; step++) {
		uint64_t k, idx;

		random = random * 6364136223846793005ull + 1442695040888963407ull;
		k = random >> 33;
		idx = k % ENTRIES;
		switch (random >> 28 & 15) {
		case 0: whatever(hptp_h_protect(host.vcpu, k & 0xe07, idx, 0)); break;
		case 1: whatever(hptp_h_clear_ref(host.vcpu, 0, idx, &k)); break;
		case 2: whatever(hptp_h_clear_mod(host.vcpu, 0, idx, &k)); break;
		case 3: whatever(hptp_h_remove(host.vcpu, 0, idx, 0, (uint64_t[2]){ 0 })); break;
		case 4:
		case 5: host_unmap(&host, k % 600, 3); break;
		case 6: host_map(&host, k % 600, 3, true); break;
		case 7: (void)host_access(&host, k % 512 * 3, k >> 20 & 1); break;
		case 8: age(k % 600, 4); break;
		case 9: harvest(k % 600, 4); break;
		case 10: read_once(s, &mirror, 24 + k % 300); break;
		case 11:
			if (late)
				read_once(late, &mirror_too, 24 + k % 300);
			break;
		default:
			whatever(host_h_enter(&host, 0, idx & ~7ull,
					      0x4000ull << 48 | (k % 512) << 7 | (k & BOLTED),
					      host_r(&host, k % 600, 12, 12, k & 3), &idx));
		}
		if (step == 3000)
			late = open_reader(0);
		if (n_whole > sizeof(whole) / 2)
			n_whole = 0;
	}
	(void)drain(s, &mirror, 333);
	assert_same(&host, &mirror);
	(void)drain(late, &mirror_too, 4096);
	assert_same(&host, &mirror_too);
	hptp_stream_close(late);
	hptp_stream_close(s);
	host_stop(&host);
}
END_TEST

/* ---- each change is told of once, by both of two readers; what is no change is not ---- */

static void change_enter(void)
{
	target = host_enter(&host, 100, 7);
}
static void change_enter_orphan(void)
{
	target = host_enter(&host, 100, 1ull << 30);
}
static void change_remove(void)
{
	remove_entry(target);
}
static void change_remove_absent(void)
{
	host_unmap(&host, 5, 1);
	remove_entry(target);
}
static void change_bulk(void)
{
	uint64_t args[8] = { 0x40ull << 56 | target, 0, 0xc0ull << 56 };

	ck_assert_int_eq(hptp_h_bulk_remove(host.vcpu, args), 0);
}
static void change_protect(void)
{
	ck_assert_int_eq(hptp_h_protect(host.vcpu, 3, target, 0), 0);
}
static void change_protect_absent(void)
{
	host_unmap(&host, 5, 1);
	change_protect();
}
static void change_touch(void)
{
	host_touch(&host, target, RC);
}
static void change_touch_page_out(void)
{
	change_touch();
	host_unmap(&host, 5, 1);
}
static void change_touch_refault(void)
{
	change_touch_page_out();
	ck_assert_int_eq(host_access(&host, 1, false), HPTP_RESUME);
}
static void change_touch_harvest(void)
{
	change_touch();
	ck_assert_int_eq(hptp_dirty_harvest(host.slot, (hptp_off){ 5 }, 1, buffer, 0), 0);
}
static void change_touch_age(void)
{
	host_touch(&host, target, R);
	ck_assert_int_eq(hptp_age_range(host.slot, (hptp_off){ 5 }, 1, NULL), 1);
}
static void change_touch_absent_age(void)
{
	change_touch_page_out();
	ck_assert_int_eq(hptp_age_range(host.slot, (hptp_off){ 5 }, 1, NULL), 1);
}
static void change_touch_absent_harvest(void)
{
	change_touch_page_out();
	ck_assert_int_eq(hptp_dirty_harvest(host.slot, (hptp_off){ 5 }, 1, buffer, 0), 0);
}
static void change_touch_slot_flush(void)
{
	change_touch();
	ck_assert_int_eq(hptp_slot_remove(host.slot), 0);
	host.slots[0].slot = NULL;
}
static void change_late(void)
{
	host.late_idx = target;
	host.late_rc = RC;
	host_unmap(&host, 5, 1);
}
static void change_write(void)
{
	struct hptp_stream_header h = { (uint32_t)target, 0, 1 };
	struct hptp_stream_written w;

	ck_assert_int_eq(hptp_stream_write(host.vm, &h, sizeof(h), &w), 0);
}

static void (*const changes[])(void) = {
	change_enter,
	change_enter_orphan,
	change_remove,
	change_remove_absent,
	change_bulk,
	change_protect,
	change_protect_absent,
	change_touch,
	change_touch_page_out,
	change_touch_refault,
	change_touch_harvest,
	change_touch_age,
	change_touch_absent_age,
	change_touch_absent_harvest,
	change_touch_slot_flush,
	change_late,
	change_write,
};
#define N_CHANGES 17

START_TEST(each_change_is_told_once)
{
	for (int kind = 0; kind < HOST_KINDS; kind++) {
		struct hptp_stream *s, *t;

		setup(kind);
		target = host_enter(&host, 1, 5);
		(void)host_enter(&host, 2, 6);
		s = open_reader(0);
		t = open_reader(0);
		ck_assert_uint_eq(drain(s, &mirror, 4096), ENTRIES);
		ck_assert_uint_eq(drain(t, &mirror_too, 4096), ENTRIES);
		changes[_i]();
		ck_assert_uint_eq(drain(s, &mirror, 4096), 1);
		ck_assert_uint_eq(drain(t, &mirror_too, 4096), 1);
		assert_same(&host, &mirror);
		assert_same(&host, &mirror_too);
		ck_assert_uint_eq(drain(s, &mirror, 4096), 0);
		hptp_stream_close(s);
		hptp_stream_close(t);
		host_stop(&host);
	}
}
END_TEST

/* H_CLEAR_REF and H_CLEAR_MOD take back what was told; and nothing where nothing was. */
START_TEST(cleared_r_and_c)
{
	for (int kind = 0; kind < HOST_KINDS; kind++) {
		bool absent = _i & 1, mod = _i & 2, told = _i & 4;
		struct hptp_stream *s;
		uint64_t out;

		setup(kind);
		target = host_enter(&host, 1, 5);
		s = open_reader(0);
		(void)drain(s, &mirror, 4096);
		change_touch();
		if (absent)
			host_unmap(&host, 5, 1);
		if (told)
			ck_assert_uint_eq(drain(s, &mirror, 4096), 1);
		ck_assert_int_eq(mod ? hptp_h_clear_mod(host.vcpu, 0, target, &out) :
				       hptp_h_clear_ref(host.vcpu, 0, target, &out),
				 0);
		ck_assert_uint_eq(out & RC, RC);
		ck_assert_uint_eq(drain(s, &mirror, 4096), 1);
		ck_assert_uint_eq(mirror.entry[target].r & RC, mod ? R : C);
		assert_same(&host, &mirror);
		hptp_stream_close(s);
		host_stop(&host);
	}
}
END_TEST

START_TEST(paging_is_no_change)
{
	struct hptp_stream *s;

	setup(_i);
	target = host_enter(&host, 1, 5);
	host_touch(&host, target, RC);
	s = open_reader(0);
	ck_assert_uint_eq(drain(s, &mirror, 4096), ENTRIES);
	for (unsigned i = 0; i < 3; i++) {
		host_unmap(&host, 5, 1);
		ck_assert_int_eq(host_access(&host, 1, true), HPTP_RESUME);
		host_touch(&host, target, RC);
		age(0, 64);
		harvest(0, 64);
		ck_assert_int_eq(hptp_h_protect(host.vcpu, 2, target, 0), 0);
	}
	ck_assert_uint_eq(drain(s, &mirror, 4096), 0);
	/* What was told of stays what the dirty log and aging are told of. */
	host_touch(&host, target, RC);
	ck_assert_uint_eq(drain(s, &mirror, 4096), 0);
	ck_assert_uint_eq(harvest(0, 64), 1u << 5);
	ck_assert_int_eq(hptp_age_range(host.slot, (hptp_off){ 5 }, 1, NULL), 1);
	hptp_stream_close(s);
	host_stop(&host);
}
END_TEST

START_TEST(reading_keeps_c_for_the_dirty_log)
{
	struct hptp_stream *s;

	setup(_i);
	target = host_enter(&host, 1, 5);
	host_touch(&host, target, RC);
	if (_i & 1)
		host_unmap(&host, 5, 1);
	s = open_reader(0);
	(void)drain(s, &mirror, 4096);
	ck_assert_uint_eq(mirror.entry[target].r & RC, RC);
	ck_assert_uint_eq(harvest(0, 64), 1u << 5);
	ck_assert_int_eq(hptp_age_range(host.slot, (hptp_off){ 5 }, 1, NULL), 1);
	hptp_stream_close(s);
	host_stop(&host);
}
END_TEST

START_TEST(bolted_entries_only)
{
	struct hptp_stream *s;
	uint64_t bolted, plain;

	setup(_i);
	plain = host_enter(&host, 1, 5);
	ck_assert_int_eq(host_h_enter(&host, HPTP_H_EXACT, 9, 0x4000ull << 48 | BOLTED,
				      host_r(&host, 6, 12, 12, 2), &bolted),
			 0);
	s = open_reader(HPTP_STREAM_BOLTED);
	ck_assert_uint_eq(drain(s, &mirror, 4096), ENTRIES);
	ck_assert(!mirror.entry[plain].v && mirror.entry[bolted].v);
	host_touch(&host, plain, RC); /* not told of, and the pass ends */
	ck_assert_uint_eq(drain(s, &mirror, 4096), 0);
	host_touch(&host, bolted, RC);
	ck_assert_uint_eq(drain(s, &mirror, 4096), 1);
	ck_assert_uint_eq(mirror.entry[bolted].r & RC, RC);
	remove_entry(bolted);
	(void)drain(s, &mirror, 4096);
	ck_assert(!mirror.entry[bolted].v);
	hptp_stream_close(s);
	host_stop(&host);
}
END_TEST

START_TEST(beginning_in_the_middle)
{
	struct hptp_stream_header h;
	struct hptp_stream *s;

	setup(_i);
	ck_assert_int_eq(hptp_stream_open(host.vm, 16000, 0, &s), 0);
	ck_assert_uint_eq(read_once(s, &mirror, 4096), 8);
	memcpy(&h, buffer, sizeof(h));
	ck_assert(h.index == 16000 && h.n_invalid == ENTRIES - 16000);
	ck_assert_uint_eq(read_once(s, &mirror, 4096), 0);
	hptp_stream_close(s);
	host_stop(&host);
}
END_TEST

/* A read that finds nothing has looked at all: also at what lies before its beginning. */
START_TEST(nothing_left_means_nothing_anywhere)
{
	struct hptp_stream *s;
	uint64_t low, high;

	setup(_i);
	low = host_enter(&host, 1, 5);
	high = host_enter(&host, 2, 6);
	if (low > high) {
		uint64_t swap = low;

		low = high;
		high = swap;
	}
	s = open_reader(0);
	(void)drain(s, &mirror, 4096);
	host_touch(&host, high, RC);
	ck_assert_uint_eq(read_once(s, &mirror, HPTP_STREAM_MIN), 24); /* it stands behind `high` */
	host_touch(&host, low, RC);
	ck_assert_uint_eq(read_once(s, &mirror, HPTP_STREAM_MIN), 24);
	assert_same(&host, &mirror);
	hptp_stream_close(s);
	host_stop(&host);
}
END_TEST

START_TEST(counts_end_at_16_bits)
{
	struct host_config config = { .order = 21 };
	const size_t size = 8 + 16 * 0xffff;
	struct hptp_stream_written w = { 0 };
	struct hptp_stream_header h;
	struct hptp_stream *s;

	host_start(&host, &config);
	mirror = (struct mirror){ .n = MAX_ENTRIES, .entry = entries };
	s = open_reader(0);
	ck_assert_uint_eq(read_once(s, &mirror, 4096), 3 * 8);
	memcpy(&h, buffer + 16, sizeof(h));
	ck_assert(h.index == 2 * 0xffff && h.n_invalid == 2);
	/* Two full records of entries. */
	for (uint32_t first = 0; first < 2 * 0xffff; first += 0xffff) {
		h = (struct hptp_stream_header){ first, 0xffff, 0 };
		memcpy(whole, &h, sizeof(h));
		for (unsigned i = 0; i < 0xffff; i++) {
			memset(whole + 8 + 16 * i, 0, 16);
			whole[8 + 16 * i + 7] = 1;
		}
		ck_assert_int_eq(hptp_stream_write(host.vm, whole, size, &w), 0);
		ck_assert_uint_eq(w.used, size);
	}
	n_whole = 0;
	while (read_once(s, &mirror, sizeof(buffer)))
		n_whole = 0;
	for (unsigned i = 0; i < MAX_ENTRIES; i++)
		require(entries[i].v == (i < 2 * 0xffff));
	hptp_stream_close(s);
	host_stop(&host);
}
END_TEST

START_TEST(a_reader_of_a_table_that_went)
{
	struct hptp_stream *s, *t;
	size_t used = 99;

	setup(_i);
	s = open_reader(0);
	t = open_reader(0);
	(void)read_once(t, &mirror, 4096);
	host.vm->table.generation++;
	ck_assert_int_eq(hptp_stream_read(s, buffer, sizeof(buffer), &used), HPTP_E_STALE);
	ck_assert_uint_eq(used, 0);
	ck_assert_int_eq(hptp_stream_read(t, buffer, sizeof(buffer), &used), HPTP_E_STALE);
	(void)host_enter(&host, 1, 5);
	hptp_stream_close(s);
	s = open_reader(0);
	(void)drain(s, &mirror, 4096);
	assert_same(&host, &mirror);
	hptp_stream_close(t);
	hptp_stream_close(s);
	hptp_stream_close(NULL);
	host_stop(&host);
}
END_TEST

static void resize(unsigned order, int result)
{
	ck_assert_int_gt(hptp_resize_prepare(host.vm, 0, order, 0), 0);
	while (hptp_resize_step(host.vm, 0) == HPTP_E_AGAIN)
		;
	ck_assert_int_eq(hptp_resize_commit(host.vm, 0, order, NULL), result);
	hptp_vm_table(host.vm, &host.table);
}

/* In place, to another order, or with its entries: the reader is of the table before. */
START_TEST(a_reader_across_a_reset_or_resize)
{
	struct hptp_stream *s;
	size_t used;

	setup(_i % HOST_KINDS);
	(void)host_enter(&host, 1, 5);
	s = open_reader(0);
	(void)read_once(s, &mirror, 4096);
	if (_i / HOST_KINDS == 0)
		ck_assert_int_eq(hptp_vm_reset(host.vm, 18), 0);
	else if (_i / HOST_KINDS == 1)
		ck_assert_int_eq(hptp_vm_reset(host.vm, 19), 0);
	else
		resize(19, 0);
	hptp_vm_table(host.vm, &host.table);
	ck_assert_int_eq(hptp_stream_read(s, buffer, 4096, &used), HPTP_E_STALE);
	(void)host_enter(&host, 2, 6); /* is noted for nobody */
	hptp_stream_close(s);
	s = open_reader(0);
	mirror.n = host.table.n;
	(void)drain(s, &mirror, 4096);
	assert_same(&host, &mirror);
	hptp_stream_close(s);
	host_stop(&host);
}
END_TEST

/* A resize that comes to nothing leaves its readers; R and C that it moved are told of. */
START_TEST(a_reader_across_a_resize_that_fails)
{
	struct host_config config = { .order = 20, .isa3 = _i };
	struct isa_va va = host_va(0, 12);
	const uint64_t pteg = isa_pteg(&va, 18, false);
	struct hptp_stream *s;
	uint64_t idx[2];

	host_start(&host, &config);
	host_map(&host, 0, HOST_FRAMES, true);
	mirror = (struct mirror){ .n = 1u << 16, .entry = entries };
	/* Two pages whose groups differ by the larger table's bits only. */
	for (unsigned i = 0; i < 2; i++) {
		while (isa_pteg(&va, 18, false) != pteg ||
		       (i && isa_pteg(&va, 20, false) * 8 + 3 == idx[0]))
			va.off += 1 << 12;
		ck_assert_int_eq(host_h_enter(&host, HPTP_H_EXACT, isa_pteg(&va, 20, false) * 8 + 3,
					      host_v(&va, 12) | BOLTED,
					      host_r(&host, 5 + i, 12, 12, 2), &idx[i]),
				 0);
		if (!i) /* the second comes after the search */
			ck_assert_int_gt(hptp_resize_prepare(host.vm, 0, 18, 0), 0);
		while (!i && hptp_resize_step(host.vm, 0) == HPTP_E_AGAIN)
			;
	}
	s = open_reader(0);
	ck_assert_uint_eq(drain(s, &mirror, 4096), 1u << 16);
	host_touch(&host, idx[0], RC);
	ck_assert_int_eq(hptp_resize_commit(host.vm, 0, 18, NULL), HPTP_E_PTEG_FULL);
	ck_assert_uint_eq(drain(s, &mirror, 4096), 1);
	ck_assert_uint_eq(mirror.entry[idx[0]].r & RC, RC);
	assert_same(&host, &mirror);
	hptp_stream_close(s);
	host_stop(&host);
}
END_TEST

/* A reader of a smaller table is not told of entries that the new one has more. */
START_TEST(a_reader_of_a_smaller_table)
{
	struct host_config config = { .order = 21 };
	struct hptp_stream *s;

	host_start(&host, &config);
	s = open_reader(0);
	s->n = 8;
	host.vm->table.generation++;
	ck_assert_int_eq(host_h_enter(&host, HPTP_H_EXACT, MAX_ENTRIES - 1, 0, 0x10, &target), 0);
	hptp_stream_close(s);
	host_stop(&host);
}
END_TEST

START_TEST(a_table_that_is_closed)
{
	struct hptp_stream *s, *none;
	size_t used;

	setup(_i);
	(void)host_enter(&host, 1, 5);
	s = open_reader(0);
	host.vm->table.limit = 0;
	ck_assert_int_eq(hptp_stream_read(s, buffer, 4096, &used), HPTP_E_AGAIN);
	ck_assert_int_eq(hptp_stream_open(host.vm, 0, 0, &none), HPTP_E_STATE);
	ck_assert_ptr_null(none);
	ck_assert_int_eq(hptp_stream_write(host.vm, buffer, 0, &(struct hptp_stream_written){ 0 }),
			 HPTP_E_STATE);
	host.vm->table.limit = ENTRIES;
	(void)drain(s, &mirror, 4096);
	assert_same(&host, &mirror);
	hptp_stream_close(s);
	host_stop(&host);
}
END_TEST

/* The table goes while a reader is made. */
static void replaced(struct host *h)
{
	h->vm->table.generation++;
}

static void replaced_later(struct host *h)
{
	h->in_alloc = replaced;
}

START_TEST(a_table_that_goes_meanwhile)
{
	struct hptp_stream *s;
	size_t used;

	setup(_i);
	host.in_alloc = replaced_later;
	ck_assert_int_eq(hptp_stream_open(host.vm, 0, 0, &s), 0);
	ck_assert_int_eq(hptp_stream_read(s, buffer, 4096, &used), HPTP_E_STALE);
	hptp_stream_close(s);
	host_stop(&host);
}
END_TEST

/* As Linux has it: what begins beyond the table has its first pass behind it. */
START_TEST(a_reader_from_beyond_the_table_tells_of_changes)
{
	static const uint64_t beyond[] = { ENTRIES, ENTRIES + 1, ~0ull };

	setup(_i);
	(void)host_enter(&host, 5, 1);
	for (unsigned i = 0; i < 3; i++) {
		struct hptp_stream *s;
		uint64_t idx;

		ck_assert_int_eq(hptp_stream_open(host.vm, beyond[i], 0, &s), 0);
		mirror.told = 0;
		ck_assert_uint_eq(read_once(s, &mirror, sizeof(buffer)), 0);
		idx = host_enter(&host, 0x100 + i, 2);
		ck_assert_uint_eq(drain(s, &mirror, sizeof(buffer)), 1);
		require(mirror.entry[idx].v);
		hptp_stream_close(s);
	}
	host_stop(&host);
}
END_TEST

START_TEST(bad_arguments_of_a_reader)
{
	struct hptp_stream *s;
	size_t used;

	setup(_i);
	ck_assert_int_eq(hptp_stream_open(host.vm, 0, 2, &s), HPTP_E_PARAM);
	ck_assert_ptr_null(s);
	s = open_reader(0);
	ck_assert_int_eq(hptp_stream_read(s, buffer, HPTP_STREAM_MIN - 1, &used), HPTP_E_PARAM);
	ck_assert_int_eq(hptp_stream_read(s, NULL, 4096, &used), HPTP_E_PARAM);
	ck_assert_int_eq(hptp_slot_remove(host.slot), 0);
	host.slots[0].slot = NULL;
	hptp_vcpu_destroy(host.vcpu);
	ck_assert_int_eq(hptp_vm_destroy(host.vm), HPTP_E_STATE);
	hptp_stream_close(s);
	ck_assert_int_eq(hptp_vm_destroy(host.vm), 0);
	ck_assert_uint_eq(host.bytes, 0);
}
END_TEST

START_TEST(no_memory_for_a_reader)
{
	struct hptp_stream *s;
	uint64_t bytes;
	int error = HPTP_E_NOMEM;

	setup(_i);
	bytes = host.bytes;
	for (long n = 1; error; n++) {
		host.fail_in = n;
		error = hptp_stream_open(host.vm, 0, 0, &s);
		ck_assert(n > 1 || error);
		ck_assert(!error || error == HPTP_E_NOMEM);
		ck_assert(!error || (!s && host.bytes == bytes));
	}
	host.fail_in = 0;
	hptp_stream_close(s);
	ck_assert_uint_eq(host.bytes, bytes);
	host_stop(&host);
}
END_TEST

/* ---- the writer ---- */

static struct hptp_stream_written written;

static int write_all(struct host *h, const void *buf, size_t size)
{
	written = (struct hptp_stream_written){ 0 };
	return hptp_stream_write(h->vm, buf, size, &written);
}

/* From one VM to another, of any two kinds. */
START_TEST(to_another_vm)
{
	struct hptp_stream *s;

	setup(_i / HOST_KINDS);
	fill(1500);
	host_start(&other, host_kind(_i % HOST_KINDS));
	s = open_reader(0);
	n_whole = 0;
	(void)drain(s, &mirror, 4096);
	ck_assert_int_eq(write_all(&other, whole, n_whole), 0);
	ck_assert_uint_eq(written.used, n_whole);
	assert_same(&other, &mirror);
	host_check(&other);
	/* Nothing was asked of its host; the first access brings the page. */
	ck_assert_uint_eq(other.calls[HOST_OP_host_lookup] + other.calls[HOST_OP_host_get], 0);
	if (other.frame_shift == host.frame_shift) {
		ck_assert_int_eq(host_access(&other, 3 * 2, false), HPTP_RESUME);
		ck_assert_int_eq(host_access(&other, 3 * 2, true), HPTP_RESUME);
	}
	hptp_stream_close(s);
	host_stop(&other);
	host_stop(&host);
}
END_TEST

/* A stream that is cut anywhere: whole records take effect, the rest waits. */
START_TEST(cut_anywhere)
{
	struct hptp_stream *s;
	size_t ends[64], n_ends = 0;

	setup(_i);
	fill(8);
	s = open_reader(0);
	n_whole = 0;
	(void)drain(s, &mirror, 4096);
	for (size_t at = 0; at < n_whole;) {
		struct hptp_stream_header h;

		memcpy(&h, whole + at, sizeof(h));
		at += sizeof(h) + 16 * (size_t)h.n_valid;
		ends[n_ends++] = at;
	}
	for (size_t size = 0; size <= n_whole; size++) {
		size_t expect = 0;

		for (size_t i = 0; i < n_ends && ends[i] <= size; i++)
			expect = ends[i];
		host_start(&other, host_kind(_i));
		require(write_all(&other, whole, size) == 0);
		require(written.used == expect);
		require(write_all(&other, whole + expect, n_whole - expect) == 0);
		if (size % 16 == 3)
			assert_same(&other, &mirror);
		host_stop(&other);
	}
	hptp_stream_close(s);
	host_stop(&host);
}
END_TEST

#define V_OK 0x4000000000000001ull
#define R_OK 0x1192ull

static size_t record(uint8_t *at, uint64_t index, unsigned n_valid, unsigned n_invalid,
		     const uint64_t (*e)[2])
{
	struct hptp_stream_header h = { (uint32_t)index, (uint16_t)n_valid, (uint16_t)n_invalid };

	memcpy(at, &h, sizeof(h));
	for (unsigned i = 0; i < n_valid; i++)
		for (unsigned b = 0; b < 16; b++)
			at[8 + 16 * i + b] = (uint8_t)(e[i][b / 8] >> (56 - 8 * (b % 8)));
	return sizeof(h) + 16 * n_valid;
}

static const struct {
	uint32_t index;
	uint16_t n_valid, n_invalid;
	uint64_t e[3][2];
	uint64_t wrong; /* the entry that is named */
} bad[] = {
	{ ENTRIES, 1, 0, { { V_OK, R_OK } }, ~0ull },
	{ ENTRIES - 1, 1, 1, { { V_OK, R_OK } }, ~0ull },
	{ ENTRIES - 2, 3, 0, { { V_OK, R_OK }, { V_OK, R_OK }, { V_OK, R_OK } }, ~0ull },
	{ 0xffffffff, 1, 0xffff, { { V_OK, R_OK } }, ~0ull },
	{ 0, 0, ENTRIES + 1, { { 0 } }, ~0ull },
	{ 8, 1, 0, { { V_OK & ~1ull, R_OK } }, 8 },
	{ 8, 3, 4, { { V_OK, R_OK }, { V_OK, R_OK }, { 0x20, R_OK } }, 10 },
	{ 8, 2, 0, { { V_OK, R_OK }, { V_OK | 1ull << 63, R_OK } }, 9 },
	{ 8, 1, 0, { { V_OK | 4, 0x2192 } }, 8 },
	{ ENTRIES - 1, 1, 0, { { V_OK | 4, R_OK | 0xff000 } }, ENTRIES - 1 },
};
#define N_BAD 10

START_TEST(a_bad_record_takes_no_effect)
{
	static const uint64_t good[2][2] = { { V_OK, R_OK }, { V_OK | 0x80, R_OK } };
	uint64_t hash;
	size_t first, n;

	for (int kind = 0; kind < HOST_KINDS; kind++) {
		setup(kind);
		fill(40);
		first = record(whole, 20, 2, 3, good);
		ck_assert_int_eq(write_all(&host, whole, first), 0);
		hash = host_table_hash(&host);
		n = first + record(whole + first, bad[_i].index, bad[_i].n_valid, bad[_i].n_invalid,
				   bad[_i].e);
		n += record(whole + n, 24, 2, 0, good);
		ck_assert_int_eq(write_all(&host, whole, n), HPTP_E_PARAM);
		ck_assert_uint_eq(written.used, first);
		ck_assert_uint_eq(written.idx, bad[_i].wrong);
		ck_assert_uint_eq(host_table_hash(&host), hash);
		host_stop(&host);
	}
}
END_TEST

START_TEST(the_hypervisors_bits_are_dropped)
{
	static const uint64_t e[1][2] = { { V_OK | 0x60, R_OK | 1ull << 62 } };
	uint64_t out[8];

	setup(_i);
	ck_assert_int_eq(write_all(&host, whole, record(whole, 5, 1, 0, e)), 0);
	ck_assert_int_eq(hptp_h_read(host.vcpu, 0, 5, out), 0);
	ck_assert(out[0] == V_OK && out[1] == R_OK);
	host_stop(&host);
}
END_TEST

/* What was there goes as if the guest had removed it. */
START_TEST(what_was_there_is_removed)
{
	static uint8_t log[HOST_FRAMES / 8];
	uint64_t e[1][2];
	uint64_t idx;

	for (unsigned way = 0; way < 4; way++) {
		bool absent = way & 1, replace = way & 2;

		setup(_i);
		memset(log, 0, sizeof(log));
		ck_assert_int_eq(hptp_dirty_start(host.slot, log, sizeof(log)), 0);
		idx = host_enter(&host, 1, 5);
		host_touch(&host, idx, RC);
		if (absent)
			host_unmap(&host, 5, 1);
		host.n_flushed = 0;
		e[0][0] = V_OK;
		e[0][1] = host_r(&host, 9, 12, 12, 2);
		ck_assert_int_eq(write_all(&host, whole, record(whole, idx, replace, !replace, e)),
				 0);
		ck_assert_uint_eq(host.n_flushed, !absent);
		ck_assert_uint_eq(log[0], 1u << 5);
		ck_assert_int_eq(host_entry(&host, idx).state, replace ? HPTP_ORPHAN : HPTP_FREE);
		if (replace)
			ck_assert_uint_eq(host_entry(&host, idx).guest, e[0][1]);
		/* No way leads from the frame to the entry. */
		host_unmap(&host, 5, 1);
		host_stop(&host);
	}
}
END_TEST

START_TEST(the_vrma_is_told)
{
	static const struct {
		unsigned shift;
		uint64_t llp;
	} vrma[] = { { 12, 0 }, { 16, 0x110 }, { 24, 0x100 } };
	struct hptp_stream *s;
	uint64_t slb_v;

	setup(0);
	for (unsigned i = 0; i < HOST_FRAMES; i++)
		host.page[i].shift = 24;
	ck_assert_int_eq(hptp_vrma_map(host.vcpu, vrma[_i].shift, 2 << 24, &slb_v), 0);
	s = open_reader(0);
	n_whole = 0;
	(void)drain(s, &mirror, 4096);
	host_start(&other, host_kind(1));
	ck_assert_int_eq(write_all(&other, whole, n_whole), 0);
	ck_assert_uint_eq(written.vrma, slb_v);
	ck_assert_uint_eq(written.vrma & HPTP_SLB_LLP, vrma[_i].llp);
	hptp_stream_close(s);
	host_stop(&other);
	host_stop(&host);
}
END_TEST

START_TEST(no_vrma_in_other_entries)
{
	static const uint64_t e[1][2] = { { V_OK, R_OK } };

	setup(_i);
	ck_assert_int_eq(write_all(&host, whole, record(whole, 5, 1, 0, e)), 0);
	ck_assert_uint_eq(written.vrma, 0);
	written.vrma = 77;
	ck_assert_int_eq(hptp_stream_write(host.vm, whole, 24, &written), 0);
	ck_assert_uint_eq(written.vrma, 77);
	host_stop(&host);
}
END_TEST

START_TEST(pinned_vms_are_not_written)
{
	struct host_config config = { .pinned = true };

	host_start(&host, &config);
	ck_assert_int_eq(write_all(&host, whole, record(whole, 5, 0, 1, NULL)), HPTP_E_PINNED);
	ck_assert_uint_eq(written.used, 0);
	host_stop(&host);
}
END_TEST

SUITE("stream", LOOP(an_empty_table_is_one_record, HOST_KINDS),
      LOOP(one_entry_in_bytes, HOST_KINDS), LOOP(the_first_pass_tells_of_all, N_SIZES),
      LOOP(changes_while_it_is_read, HOST_KINDS), LOOP(each_change_is_told_once, N_CHANGES),
      LOOP(cleared_r_and_c, 8), LOOP(paging_is_no_change, HOST_KINDS),
      LOOP(reading_keeps_c_for_the_dirty_log, HOST_KINDS), LOOP(bolted_entries_only, HOST_KINDS),
      LOOP(beginning_in_the_middle, HOST_KINDS),
      LOOP(nothing_left_means_nothing_anywhere, HOST_KINDS), CASE(counts_end_at_16_bits),
      LOOP(a_reader_of_a_table_that_went, HOST_KINDS),
      LOOP(a_reader_across_a_reset_or_resize, 3 * HOST_KINDS),
      LOOP(a_reader_across_a_resize_that_fails, 2), CASE(a_reader_of_a_smaller_table),
      LOOP(a_table_that_is_closed, HOST_KINDS), LOOP(a_table_that_goes_meanwhile, HOST_KINDS),
      LOOP(a_reader_from_beyond_the_table_tells_of_changes, HOST_KINDS),
      LOOP(bad_arguments_of_a_reader, HOST_KINDS), LOOP(no_memory_for_a_reader, HOST_KINDS),
      LOOP(to_another_vm, HOST_KINDS *HOST_KINDS), LOOP(cut_anywhere, HOST_KINDS),
      LOOP(a_bad_record_takes_no_effect, N_BAD), LOOP(the_hypervisors_bits_are_dropped, HOST_KINDS),
      LOOP(what_was_there_is_removed, HOST_KINDS), LOOP(the_vrma_is_told, 3),
      LOOP(no_vrma_in_other_entries, HOST_KINDS), CASE(pinned_vms_are_not_written))
