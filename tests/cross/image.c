// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * One sequence of operations, the same wherever it runs, on each kind of VM. Into the
 * directory IMAGE_DIR go hashes as it proceeds (the table's bytes, what the guest sees of
 * each entry, the migration stream, the dirty log's bytes, all answers and operands) and the
 * table at the end: to be compared between machines.
 */
#include "host.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGES 2048u /* virtual ones, aliases of FRAMES */
#define FRAMES 512u
#define STEPS 20000u
#define LOG_BYTES (HOST_FRAMES / 8)
#define NOWHERE (~0ull)

struct run {
	struct host host;
	uint64_t idx[PAGES]; /* entry of a page, or NOWHERE */
	uint8_t *log;
	struct hptp_stream *stream, *other;
	uint64_t answers; /* hash of everything that was answered */
	uint64_t random;
};

static uint64_t mix(uint64_t hash, uint64_t x)
{
	return ((hash ^ x) * 0x100000001b3) ^ hash >> 47;
}

static uint64_t draw(struct run *r, uint64_t below)
{
	r->random ^= r->random << 13;
	r->random ^= r->random >> 7;
	r->random ^= r->random << 17;
	return (r->random >> 11) % below;
}

static void answer(struct run *r, uint64_t x)
{
	r->answers = mix(r->answers, x);
}

/* ---- the operations ---- */

static void enter(struct run *r, uint64_t page)
{
	/* Frame and size follow from the page, so that the same ones meet again. */
	unsigned actual = page % 8 == 7 ? 16 : 12;
	uint64_t gfn = page * 7 % FRAMES, idx = 0;
	struct isa_va va = host_va(page, 12);
	long ret;

	if (actual == 16 && r->host.frame_shift == 12)
		gfn &= ~15ull;
	ret = host_h_enter(&r->host, 0, host_idx(&r->host, &va, 0), host_v(&va, actual),
			   host_r(&r->host, gfn, 12, actual, draw(r, 2) ? 2 : 3), &idx);
	answer(r, (uint64_t)ret);
	if (ret == HPTP_H_SUCCESS)
		answer(r, r->idx[page] = idx);
}

static void hypercall(struct run *r, uint64_t page)
{
	uint64_t words[8] = { 0 };
	long ret = 0;

	switch (draw(r, 5)) {
	case 0:
		ret = hptp_h_remove(r->host.vcpu, 0, r->idx[page], 0, words);
		r->idx[page] = NOWHERE;
		break;
	case 1: ret = hptp_h_protect(r->host.vcpu, draw(r, 2) ? 2 : 3, r->idx[page], 0); break;
	case 2: ret = hptp_h_read(r->host.vcpu, HPTP_H_READ_4, r->idx[page], words); break;
	case 3: ret = hptp_h_clear_ref(r->host.vcpu, 0, r->idx[page], words); break;
	default: ret = hptp_h_clear_mod(r->host.vcpu, 0, r->idx[page], words); break;
	}
	answer(r, (uint64_t)ret);
	for (unsigned i = 0; i < 8; i++)
		answer(r, words[i]);
}

static void host_side(struct run *r)
{
	uint64_t gfn = draw(r, FRAMES), n = 1 + draw(r, 8);
	uint8_t got[4] = { 0 };

	switch (draw(r, 5)) {
	case 0: host_unmap(&r->host, gfn, n); break;
	case 1: host_protect(&r->host, gfn, n); break;
	case 2:
		answer(r, (uint64_t)hptp_age_range(r->host.slot, (hptp_off){ gfn }, n, NULL));
		break;
	case 3:
		answer(r, (uint64_t)hptp_dirty_harvest(r->host.slot, (hptp_off){ gfn & ~7ull }, 32,
						       got, 0));
		break;
	default: host_map(&r->host, gfn, n, true); break;
	}
	for (unsigned i = 0; i < sizeof(got); i++)
		answer(r, got[i]);
}

static void step(struct run *r)
{
	uint64_t page = draw(r, PAGES), kind = draw(r, 16);

	if (kind == 0)
		host_side(r);
	else if (kind < 8)
		answer(r, host_access(&r->host, page, draw(r, 2)));
	else if (r->idx[page] == NOWHERE)
		enter(r, page);
	else if (kind < 12)
		hypercall(r, page);
}

/* ---- what came of it ---- */

static uint64_t views(const struct run *r)
{
	uint64_t hash = 0;
	struct hptp_entry e = { 0 };

	for (uint64_t i = 0; hptp_entry_next(r->host.vm, i, &e); i = e.idx.n + 1ull)
		hash = mix(mix(mix(mix(hash, e.idx.n), e.state), e.v), e.guest);
	return hash;
}

static uint64_t bytes(const uint8_t *p, size_t n)
{
	uint64_t hash = 0;

	while (n--)
		hash = mix(hash, *p++);
	return hash;
}

/* One pass of the stream. Headers are in the byte order of the host: their values count. */
static uint64_t stream(const struct run *r)
{
	static uint8_t buf[1 << 20];
	struct hptp_stream_header header;
	uint64_t hash = 0;
	size_t used, n;

	ck_assert_int_eq(hptp_stream_read(r->stream, buf, sizeof(buf), &used), 0);
	for (size_t at = 0; at < used; at += sizeof(header) + n) {
		memcpy(&header, &buf[at], sizeof(header));
		n = header.n_valid * sizeof(struct hptp_hpte);
		hash = mix(mix(mix(hash, header.index), header.n_valid), header.n_invalid);
		hash = mix(hash, bytes(&buf[at + sizeof(header)], n));
	}
	return hash;
}

static void report(const struct run *r, FILE *file, unsigned steps)
{
	uint64_t operands = 0;

	for (unsigned i = 0; i < HOST_FLUSHED && i < r->host.n_flushed; i++)
		operands = mix(operands, r->host.flushed[i]);
	fprintf(file,
		"%5u: table %016lx views %016lx stream %016lx log %016lx reply %016lx rb %016lx\n",
		steps, (unsigned long)host_table_hash(&r->host), (unsigned long)views(r),
		(unsigned long)stream(r), (unsigned long)bytes(r->log, LOG_BYTES),
		(unsigned long)r->answers, (unsigned long)operands);
}

static FILE *create(const char *what, int kind)
{
	const char *dir = getenv("IMAGE_DIR");
	char name[4096];
	FILE *file;

	ck_assert_ptr_nonnull(dir);
	snprintf(name, sizeof(name), "%s/%s-%d", dir, what, kind);
	file = fopen(name, "wb");
	ck_assert_ptr_nonnull(file);
	return file;
}

START_TEST(sequence)
{
	static struct run r;
	FILE *hashes = create("hashes", _i), *table = create("table", _i);
	size_t size;

	memset(&r, 0, sizeof(r));
	memset(r.idx, 0xff, sizeof(r.idx));
	r.random = 0x9e3779b97f4a7c15 + (unsigned)_i;
	host_start(&r.host, host_kind(_i));
	host_map(&r.host, 0, FRAMES, true);
	r.log = aligned_alloc(64, LOG_BYTES);
	ck_assert_ptr_nonnull(r.log);
	memset(r.log, 0, LOG_BYTES);
	ck_assert_int_eq(hptp_dirty_start(r.host.slot, r.log, LOG_BYTES), 0);
	ck_assert_int_eq(hptp_stream_open(r.host.vm, 0, 0, &r.stream), 0);
	ck_assert_int_eq(hptp_stream_open(r.host.vm, 0, 0, &r.other), 0);
	for (unsigned i = 1; i <= STEPS; i++) {
		step(&r);
		if (i % (STEPS / 10) == 0)
			report(&r, hashes, i);
	}
	size = (size_t)1 << r.host.table.order;
	ck_assert_uint_eq(fwrite(r.host.table.entries, 1, size, table), size);
	ck_assert_int_eq(fclose(table) | fclose(hashes), 0);
	hptp_stream_close(r.stream);
	hptp_stream_close(r.other);
	ck_assert_int_eq(hptp_dirty_stop(r.host.slot), 0);
	free(r.log);
	host_stop(&r.host);
}
END_TEST

SUITE("image", LOOP(sequence, HOST_KINDS))
