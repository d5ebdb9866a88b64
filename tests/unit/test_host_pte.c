// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Marking entries of a host's page table: what each bit does, in both byte orders, and then
 * with threads that change the same entries meanwhile.
 */
#include "hptpager/host_pte.h"
#include "suite.h"

#include <pthread.h>
#include <sched.h>
#include <string.h>

#define PRESENT (1ull << 63)
#define LEAF (1ull << 62)
#define BUSY (1ull << 59)
#define DIRTY 0x80ull
#define YOUNG 0x100ull
#define READ 4ull
#define WRITE 2ull
#define FRAME 0x12345000ull
#define GOOD (PRESENT | LEAF | FRAME | READ)
#define COUNT (1ull << 32) /* a field that other CPUs count in */

/* _i: big-endian, busy bit */
static struct hptp_host_pte_layout layout_of(int i)
{
	return (struct hptp_host_pte_layout){
		.leaf = PRESENT | LEAF | READ,
		.write = WRITE,
		.young = YOUNG,
		.dirty = DIRTY,
		.busy = i & 2 ? BUSY : 0,
		.big_endian = i & 1,
	};
}

/* An entry as it lies in memory, byte by byte: not by the library's own conversion. */
static uint64_t memory(const struct hptp_host_pte_layout *layout, uint64_t x)
{
	unsigned char byte[8];

	if (!layout->big_endian)
		return x;
	for (unsigned i = 0; i < 8; i++)
		byte[i] = (unsigned char)(x >> (56 - 8 * i));
	memcpy(&x, byte, 8);
	return x;
}

static uint64_t touch(int kind, uint64_t before, bool write, uint64_t *left)
{
	struct hptp_host_pte_layout layout = layout_of(kind);
	uint64_t entry = memory(&layout, before);
	uint64_t after = hptp_host_pte_touch(&entry, &layout, write);

	*left = memory(&layout, entry);
	return after;
}

START_TEST(each_bit)
{
	static const struct {
		uint64_t before;
		bool write;
		uint64_t after; /* 0: no leaf, and nothing stored */
	} c[] = {
		{ GOOD, false, GOOD | YOUNG },
		{ GOOD, true, GOOD | YOUNG }, /* read-only stays clean */
		{ GOOD | WRITE, false, GOOD | WRITE | YOUNG },
		{ GOOD | WRITE, true, GOOD | WRITE | YOUNG | DIRTY },
		{ GOOD | WRITE | YOUNG, true, GOOD | WRITE | YOUNG | DIRTY },
		{ GOOD | WRITE | YOUNG | DIRTY, true, GOOD | WRITE | YOUNG | DIRTY },
		{ GOOD | WRITE | YOUNG | DIRTY, false, GOOD | WRITE | YOUNG | DIRTY },
		{ GOOD | DIRTY, false, GOOD | DIRTY | YOUNG },
		{ 0, true, 0 },
		{ PRESENT | FRAME | READ | WRITE, true, 0 }, /* a pointer to a table */
		{ LEAF | FRAME | READ | WRITE, true, 0 },    /* swapped out */
		{ PRESENT | LEAF | FRAME | WRITE, true, 0 }, /* no access */
		{ BUSY | FRAME, true, 0 },                   /* not a leaf: no busy bit either */
	};

	for (unsigned i = 0; i < sizeof(c) / sizeof(c[0]); i++) {
		uint64_t left, got = touch(_i, c[i].before, c[i].write, &left);

		ck_assert_uint_eq(got, c[i].after);
		ck_assert_uint_eq(left, c[i].after ? c[i].after : c[i].before);
	}
}
END_TEST

/* `write` may be several bits, and all of them are needed. */
START_TEST(two_bits_permit_writing)
{
	struct hptp_host_pte_layout layout = layout_of(_i);
	uint64_t entry = memory(&layout, GOOD | WRITE);

	layout.write |= 8;
	ck_assert_uint_eq(hptp_host_pte_touch(&entry, &layout, true), GOOD | WRITE | YOUNG);
	entry = memory(&layout, GOOD | WRITE | 8);
	ck_assert_uint_eq(hptp_host_pte_touch(&entry, &layout, true),
			  GOOD | WRITE | 8 | YOUNG | DIRTY);
}
END_TEST

/* ---- with other CPUs ---- */

#define ROUNDS 20000

struct shared {
	struct hptp_host_pte_layout layout;
	uint64_t entry;
	uint64_t wrong; /* changes to what was nobody's to change */
	bool stop;
};

static uint64_t load(struct shared *s)
{
	return memory(&s->layout, __atomic_load_n(&s->entry, __ATOMIC_RELAXED));
}

/* The host's own compare-and-swap. False: it is something else by now. */
static bool swap(struct shared *s, uint64_t before, uint64_t after)
{
	uint64_t old = memory(&s->layout, before);

	return __atomic_compare_exchange_n(&s->entry, &old, memory(&s->layout, after), false,
					   __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

static void *toucher(void *arg)
{
	struct shared *s = arg;

	for (unsigned i = 0; !__atomic_load_n(&s->stop, __ATOMIC_RELAXED); i++) {
		uint64_t after = hptp_host_pte_touch(&s->entry, &s->layout, i & 1);

		if (after & (BUSY | (after & WRITE ? 0 : DIRTY)))
			__atomic_store_n(&s->wrong, after, __ATOMIC_RELAXED);
		if (i % 64 == 0)
			sched_yield();
	}
	return NULL;
}

/* Without a lock: count by exchange; now and then a pointer to a table is there instead. */
static void count_by_swap(struct shared *s, unsigned round)
{
	static const uint64_t pointer = PRESENT | FRAME | READ | WRITE;
	uint64_t now;

	do
		now = load(s);
	while (!swap(s, now, ((now + COUNT) ^ (round & 4 ? WRITE : 0)) & ~(DIRTY | YOUNG)));
	if (round % 8)
		return;
	do
		now = load(s);
	while (!swap(s, now, pointer));
	for (unsigned i = 0; i < 20; i++)
		if (load(s) != pointer)
			s->wrong = load(s);
	__atomic_store_n(&s->entry, memory(&s->layout, now & ~(DIRTY | YOUNG)), __ATOMIC_RELEASE);
}

/* With the busy bit: who holds it loads and stores as it likes. */
static void count_under_lock(struct shared *s, unsigned round)
{
	uint64_t now;

	do
		now = load(s) & ~BUSY;
	while (!swap(s, now, now | BUSY));
	if (round % 8 == 0)
		sched_yield();
	for (unsigned i = 0; i < 20; i++)
		if (load(s) != (now | BUSY))
			s->wrong = load(s);
	now = ((now + COUNT) ^ (round & 4 ? WRITE : 0)) & ~(DIRTY | YOUNG);
	__atomic_store_n(&s->entry, memory(&s->layout, now), __ATOMIC_RELEASE);
}

START_TEST(beside_others)
{
	struct shared s = { .layout = layout_of(_i) };
	pthread_t thread[2];

	s.entry = memory(&s.layout, GOOD & ~(0xffffffull * COUNT));
	for (unsigned i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_create(&thread[i], NULL, toucher, &s), 0);
	for (unsigned round = 0; round < ROUNDS; round++) {
		if (s.layout.busy)
			count_under_lock(&s, round);
		else
			count_by_swap(&s, round);
		/* one CPU: the others must come between */
		if (round % 16 == 0)
			sched_yield();
	}
	__atomic_store_n(&s.stop, true, __ATOMIC_RELAXED);
	for (unsigned i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	ck_assert_uint_eq(s.wrong, 0);
	/* no change of anybody's was undone */
	ck_assert_uint_eq(load(&s) / COUNT & 0xffffff, ROUNDS);
}
END_TEST

SUITE("host_pte", LOOP(each_bit, 4), LOOP(two_bits_permit_writing, 4), LOOP(beside_others, 4))
