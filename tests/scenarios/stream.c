// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Scenarios: the table is saved while it is used, and restored. */
#include "small.h"

#define SAVED 4096u
#define BOLTED 0x10ull

/* All that a reader tells of until it has nothing to tell; ~0 when that is too much. */
static size_t save(struct hptp_stream *s, uint8_t *to, size_t step)
{
	size_t n = 0, used = 1;

	while (used) {
		if (n + step > SAVED || hptp_stream_read(s, to + n, step, &used))
			return ~(size_t)0;
		n += used;
	}
	return n;
}

/* Entries that a stream tells of. */
static unsigned told(const uint8_t *at, size_t n)
{
	unsigned entries = 0;

	while (n) {
		struct hptp_stream_header h;
		size_t size;

		__builtin_memcpy(&h, at, sizeof(h));
		entries += h.n_valid + h.n_invalid;
		size = sizeof(h) + 16u * h.n_valid;
		at += size;
		n -= size;
	}
	return entries;
}

/* Make every entry free, as an incoming stream may. */
static int wipe(struct harness *h)
{
	struct hptp_stream_written w = { 0 };
	struct hptp_stream_header free_all = { 0 };
	struct hptp_table_info info;

	hptp_vm_table(h->vm, &info);
	free_all.n_invalid = (uint16_t)info.n;
	return hptp_stream_write(h->vm, &free_all, sizeof(free_all), &w);
}

void scenario_stream_restore(struct harness *h)
{
	struct page valid = frame(h, 1), absent = frame(h, 2), untouched = frame(h, 3);
	struct page mmio = page_at(EA + 0x100000, GPA << 2, 12, 12);
	static uint8_t saved[SAVED];
	struct hptp_stream_written w = { 0 };
	struct hptp_stream *s;
	void *slot = memory(h);
	uint64_t views[4], value;
	size_t n;

	expect(h, slot && !enter(h, &valid, RW) && !enter(h, &absent, RW));
	expect(h, !enter(h, &untouched, RO | BOLTED) && !enter(h, &mmio, RW));
	expect(h, stores(h, &valid, 0, 11) && stores(h, &absent, 8, 12));
	h->page_out(h->self, slot, 2);
	views[0] = view(h, &valid);
	views[1] = view(h, &absent);
	views[2] = view(h, &untouched);
	views[3] = view(h, &mmio);
	expect(h, !hptp_stream_open(h->vm, 0, 0, &s));
	n = save(s, saved, 100);
	hptp_stream_close(s);
	expect(h, n < SAVED);
	expect(h, !wipe(h) && !view(h, &valid) && !view(h, &absent) && !view(h, &mmio));
	expect(h, guest_load(h, &valid, 0, &value).what == HARNESS_REFLECTED);
	/* In two pieces, cut inside a record. */
	expect(h, !hptp_stream_write(h->vm, saved, n / 2, &w) && w.used <= n / 2);
	value = w.used;
	expect(h, !hptp_stream_write(h->vm, saved + value, n - value, &w) && w.used == n - value);
	expect(h, view(h, &valid) == views[0] && view(h, &absent) == views[1]);
	expect(h, view(h, &untouched) == views[2] && view(h, &mmio) == views[3]);
	expect(h, loads(h, &valid, 0, 11) && loads(h, &absent, 8, 12));
	expect(h, guest_store(h, &untouched, 0, 1).what == HARNESS_REFLECTED);
	expect(h, guest_load(h, &mmio, 0, &value).what == HARNESS_MMIO);
	expect(h, stores(h, &valid, 0, 13) && h->host_read(h->self, valid.gpa) == 13);
}

void scenario_stream_follow(struct harness *h)
{
	struct page p = frame(h, 1), q = frame(h, 2);
	static uint8_t saved[SAVED];
	struct hptp_stream *s;
	void *slot = memory(h);
	uint64_t out[2];

	expect(h, slot && !enter(h, &p, RW) && !enter(h, &q, RW));
	expect(h, loads(h, &p, 0, 0) && stores(h, &q, 0, 1));
	h->page_out(h->self, slot, 1); /* R and C, however late, are in the table by now */
	h->page_out(h->self, slot, 2);
	expect(h, !hptp_stream_open(h->vm, 0, 0, &s));
	expect(h, save(s, saved, 1000) < SAVED);
	/* Paging is none of the guest's business, and none of the reader's. */
	expect(h, loads(h, &p, 0, 0) && stores(h, &q, 0, 2));
	h->page_out(h->self, slot, 1);
	expect(h, save(s, saved, 1000) == 0);
	expect(h, stores(h, &p, 0, 2));
	h->page_out(h->self, slot, 1);
	expect(h, told(saved, save(s, saved, 1000)) == 1);
	expect(h, !hptp_h_protect(h->vcpu, PP_RXRX, q.idx, 0));
	expect(h, told(saved, save(s, saved, 1000)) == 1);
	expect(h, !hptp_h_remove(h->vcpu, 0, p.idx, 0, out) && !enter(h, &p, RO));
	expect(h, !hptp_h_clear_mod(h->vcpu, 0, q.idx, out));
	expect(h, told(saved, save(s, saved, 1000)) == 2);
	expect(h, save(s, saved, 1000) == 0);
	hptp_stream_close(s);
}

/* What the guest sees of each entry is the same; R and C may have come in since. */
static bool same_entries(struct hptp_vm *vm, struct hptp_vm *other)
{
	struct hptp_entry a, b;
	uint64_t i = 0;

	while (hptp_entry_next(vm, i, &a)) {
		if (!hptp_entry_next(other, i, &b) || a.idx.n != b.idx.n || a.v != b.v ||
		    ((a.guest ^ b.guest) & ~(PTE_R | PTE_C)) || (b.guest & ~a.guest) ||
		    b.state != HPTP_ORPHAN)
			return false;
		i = a.idx.n + 1ull;
	}
	return !hptp_entry_next(other, i, &b);
}

static void move_to(struct harness *h, struct hptp_vm *other)
{
	struct page p = frame(h, 1), q = frame(h, 2), mmio = page_at(EA * 2, GPA << 2, 12, 12);
	static uint8_t saved[SAVED];
	struct hptp_stream_written w = { 0 };
	struct hptp_check_result result;
	void *slot = memory(h);
	struct hptp_stream *s;
	uint64_t out[2];
	size_t n;

	q.secondary = true;
	expect(h, slot && !enter(h, &p, RW) && !enter_bolted(h, &q, RO) && !enter(h, &mmio, RW));
	expect(h, stores(h, &p, 0, 1) && loads(h, &q, 0, 0));
	h->page_out(h->self, slot, 2);
	expect(h, !hptp_stream_open(h->vm, 0, 0, &s));
	n = save(s, saved, 64);
	expect(h, n <= SAVED && !hptp_stream_write(other, saved, n, &w) && w.used == n);
	expect(h, same_entries(h->vm, other) && !hptp_check(other, &result));
	/* What changes after that is told of, and applied on top. */
	expect(h, !hptp_h_remove(h->vcpu, 0, p.idx, 0, out) && !enter(h, &p, RO));
	expect(h, !hptp_h_protect(h->vcpu, PP_RWRW, q.idx, 0) && stores(h, &q, 0, 2));
	expect(h, !hptp_h_remove(h->vcpu, 0, mmio.idx, 0, out));
	h->page_out(h->self, slot, 1);
	h->page_out(h->self, slot, 2);
	expect(h, !same_entries(h->vm, other));
	n = save(s, saved, 64);
	hptp_stream_close(s);
	expect(h, n <= SAVED && !hptp_stream_write(other, saved, n, &w) && w.used == n);
	expect(h, same_entries(h->vm, other) && !hptp_check(other, &result));
}

void scenario_stream_moved(struct harness *h)
{
	struct hptp_vm *other;

	expect(h, !h->vm_create(h->self, &other));
	move_to(h, other);
	expect(h, !hptp_vm_destroy(other));
}

/* One record of three entries from index 8 on, of which the middle one can be made bad. */
struct three {
	struct hptp_stream_header header;
	uint8_t entry[3][16];
};

static void put64(uint8_t *at, uint64_t x)
{
	for (unsigned i = 0; i < 8; i++)
		at[i] = (uint8_t)(x >> 8 * (7 - i));
}

static struct three three(uint64_t middle_v, uint64_t middle_r)
{
	struct three t = { .header = { .index = 8, .n_valid = 3 } };

	for (unsigned i = 0; i < 3; i++) {
		put64(t.entry[i], i == 1 ? middle_v : 0x123000ull + i * 0x80 + V_VALID);
		put64(t.entry[i] + 8, i == 1 ? middle_r : GPA | RW);
	}
	return t;
}

static bool refused(struct harness *h, const void *buf, size_t size, size_t used, uint64_t idx)
{
	struct hptp_stream_written w = { .vrma = 0 };
	struct hptp_check_result result;

	return hptp_stream_write(h->vm, buf, size, &w) == HPTP_E_PARAM && w.used == used &&
	       w.idx == idx && !hptp_check(h->vm, &result);
}

void scenario_stream_corrupt(struct harness *h)
{
	const uint64_t good = 0x123080 | V_VALID;
	struct three bad[] = {
		three(good & ~V_VALID, GPA | RW),         /* no V */
		three(good | 2ull << 62, GPA | RW),       /* a segment size that there is not */
		three(good | V_LARGE, GPA | 0x5000 | RW), /* no page size */
	};
	struct hptp_stream_header beyond = { .index = (1 << 14) - 2, .n_invalid = 3 };
	struct three both[2] = { three(good, GPA | RW), three(0, 0) }, t = three(good, GPA | RW);
	struct hptp_stream_written w = { 0 };
	struct page p = frame(h, 1);
	uint64_t before, out[8];

	expect(h, memory(h) && !enter(h, &p, RW) && stores(h, &p, 0, 1));
	before = entries_in(h->vm);
	for (unsigned i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		expect(h, refused(h, &bad[i], sizeof(bad[i]), 0, 9));
	expect(h, refused(h, &beyond, sizeof(beyond), 0, ~0ull));
	t.header.index = ~0u;
	expect(h, refused(h, &t, sizeof(t), 0, ~0ull));
	expect(h, entries_in(h->vm) == before);
	/* Cut: what is not there as a whole is left for later. */
	t.header.index = 8;
	expect(h, !hptp_stream_write(h->vm, &t, sizeof(t) - 1, &w) && !w.used);
	expect(h, !hptp_stream_write(h->vm, &t, sizeof(t.header) - 1, &w) && !w.used);
	expect(h, !hptp_stream_write(h->vm, &t, 0, &w) && !w.used);
	expect(h, entries_in(h->vm) == before);
	/* What comes before the bad one took effect, and it begins where `used` says. */
	both[1].header.index = 16;
	expect(h, refused(h, both, sizeof(both), sizeof(t), 17));
	expect(h, entries_in(h->vm) == before + 3);
	expect(h, !hptp_h_read(h->vcpu, 0, 9, out) && out[0] == good && out[1] == (GPA | RW));
	expect(h, !hptp_h_read(h->vcpu, 0, 16, out) && !out[0] && loads(h, &p, 0, 1));
}
