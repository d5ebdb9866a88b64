// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Scenarios: the table is saved while it is used, and restored. */
#include "support.h"

#define EA 0x10000000ull
#define GPA 0x1000000ull
#define FRAMES 16u
#define SAVED 4096u
#define BOLTED 0x10ull

static void *memory(struct harness *h)
{
	return h->slot_add(h->self, GPA >> h->frame_shift, FRAMES, h->frame_shift, 0);
}

static struct page frame(const struct harness *h, unsigned i)
{
	return page_at(EA + ((uint64_t)i << h->frame_shift), GPA + ((uint64_t)i << h->frame_shift),
		       12, 12);
}

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
