// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Sequences of hypercalls, faults and host events. The first byte chooses a kind of VM;
 * each operation is a byte and 16 bytes of arguments. Nothing a guest does may reach the
 * bug callback, break an invariant, or tell it of the host. A reader of the stream is open,
 * and has told what the guest sees in the end.
 */
#include "fuzz.h"

#define OP 17u

static struct host host;
static struct mirror_entry entries[ENTRIES];

/* Indices that meet each other, and now and then a wild one. */
static uint64_t index_of(uint64_t a)
{
	return a >> 62 ? a & 63 : a;
}

static uint64_t pte_of(uint64_t a)
{
	/* Pages of the host's array, or as far behind it. */
	return (a & ~0x0ffffffffffff000ull) |
	       (a & 0x0ffffffffffff000ull) % ((uint64_t)2 * HOST_FRAMES << host.frame_shift);
}

static void guest_sees(uint64_t v, uint64_t r)
{
	host_assert_guest_v(v);
	host_assert_guest_r(&host, r);
}

static void op_enter(uint64_t a, uint64_t b)
{
	uint64_t out = 0, v = b & 0xc000000000000fffull, flags = a & 1 ? HPTP_H_EXACT : a;
	const uint64_t init = HPTP_H_ZERO_PAGE | HPTP_H_ICACHE_INVALIDATE | HPTP_H_ICACHE_SYNC;
	long ret = host_h_enter(&host, flags, index_of(b), v, pte_of(a), &out);

	fuzz_must(ret == HPTP_H_SUCCESS || ret == HPTP_H_PARAMETER || ret == HPTP_H_PTEG_FULL ||
			  (ret == HPTP_H_TOO_BIG && flags & init),
		  "%ld", ret);
	fuzz_must(ret || out < ENTRIES);
}

static void op_remove(uint64_t a, uint64_t b)
{
	uint64_t out[2];

	if (!hptp_h_remove(host.vcpu, a & (HPTP_H_AVPN | HPTP_H_ANDCOND), index_of(b), a, out))
		guest_sees(out[0], out[1]);
}

static void op_bulk(uint64_t a, uint64_t b)
{
	uint64_t args[9] = { 1ull << 62 | (a & 0x30000000000003full),
			     b,
			     1ull << 62 | (b & 0x30000000000003full),
			     a,
			     a << 32 | (b & 63),
			     b,
			     3ull << 62 };

	fuzz_must(hptp_h_bulk_remove(host.vcpu, args) <= 0);
}

static void op_block(uint64_t a, uint64_t b)
{
	uint64_t args[9] = { a & ~0x7full };

	for (unsigned i = 0; i < 8; i++)
		args[1 + i] = (i == (b & 15) ? 3ull : 1ull) << 62 | (b & 1ull << 56) |
			      (b >> 7 * i & 127);
	(void)(hptp_h_block_remove(host.vcpu, args) == 0);
}

static void op_change(uint64_t a, uint64_t b)
{
	uint64_t out[8] = { 0 }, idx = index_of(b);
	long ret = 0;

	switch (a & 3) {
	case 0: ret = hptp_h_protect(host.vcpu, a & ~3ull, idx, b); break;
	case 1: ret = hptp_h_clear_ref(host.vcpu, a, idx, out); break;
	case 2: ret = hptp_h_clear_mod(host.vcpu, a, idx, out); break;
	case 3:
		ret = hptp_h_read(host.vcpu, a & 4 ? HPTP_H_READ_4 : 0, idx, out);
		for (unsigned i = 0; i < 8 && !ret; i += 2)
			guest_sees(out[i], out[i + 1]);
	}
	fuzz_must(ret == 0 || ret == HPTP_H_PARAMETER || ret == HPTP_H_NOT_FOUND);
	if ((a & 3) == 1 || (a & 3) == 2)
		host_assert_guest_r(&host, out[0]);
}

static void op_fault(uint64_t a, uint64_t b)
{
	struct hptp_fault fault = { .ea = a,
				    .slb_v = b & 0xc000000000000fffull,
				    .msr = b >> 16 & 0x4030,
				    .amr = b & a,
				    .status = (uint32_t)(b >> 32 & 0x5a200000) | 0x40000000,
				    .fetch = b >> 20 & 1 };
	enum hptp_outcome outcome = host_fault(&host, &fault);

	fuzz_must(outcome != HPTP_TASK);
	(void)host_access(&host, a & 63, b & 1);
}

static void op_hardware(uint64_t a, uint64_t b)
{
	uint64_t idx = a & 63;

	if (b & 1)
		host.late_rc = 0; /* was never seen */
	if (!host_valid(&host, idx))
		return;
	if (b & 2) {
		host_touch(&host, idx, b & 0x180);
	} else if (!(b & 4)) {
		host.late_idx = idx;
		host.late_rc = 0; /* set only where the flush is of this very entry */
	}
}

static void op_host(uint64_t a, uint64_t b)
{
	uint64_t off = a % (HOST_FRAMES - 256), n = 1 + b % 200;
	static uint8_t out[HOST_FRAMES / 8];

	switch (a >> 60 & 7) {
	case 0:
	case 1: host_unmap(&host, off & 255, n); break;
	case 2: host_protect(&host, off & 255, n); break;
	case 3: host_map(&host, off & 255, n, b >> 8 & 1); break;
	case 4: fuzz_must(hptp_age_range(host.slot, (hptp_off){ off }, n, out) >= 0); break;
	case 5:
		fuzz_must(
			!hptp_dirty_harvest(host.slot, (hptp_off){ off & 63 }, n, out, b >> 8 & 1));
		break;
	case 6:
		fuzz_must(!hptp_dirty_harvest(host.slot, (hptp_off){ 0 }, HOST_FRAMES, NULL,
					      HPTP_HARVEST_FORGET));
		break;
	case 7: host.page[off & 255].shift = b & 1 ? 16 : 24; break;
	}
}

static void op_write(uint64_t a, uint64_t b)
{
	struct hptp_stream_written written = { 0 };
	uint8_t record[8 + 16];
	uint32_t index = (uint32_t)(b & 127);
	uint16_t n[2] = { a & 1, (uint16_t)(a >> 8 & 31) };

	memcpy(record, &index, 4);
	memcpy(record + 4, n, 4);
	for (unsigned i = 0; i < 8; i++) {
		record[8 + i] = (uint8_t)(b >> (56 - 8 * i));
		record[16 + i] = (uint8_t)(pte_of(a) >> (56 - 8 * i));
	}
	(void)(hptp_stream_write(host.vm, record, 8 + 16u * n[0], &written) == 0);
}

static void read_once(struct hptp_stream *s, struct mirror *m, size_t size, size_t *used)
{
	static uint8_t buffer[4096];
	const char *wrong;

	fuzz_must(!hptp_stream_read(s, buffer, size, used));
	wrong = mirror_apply(m, buffer, *used);
	fuzz_must(!wrong, "%s", wrong);
}

static void one_op(const uint8_t *p, struct hptp_stream *s, struct mirror *m)
{
	uint64_t a = mirror_be64(p + 1), b = mirror_be64(p + 9);
	size_t used;

	switch (p[0] % 12) {
	case 0:
	case 1:
	case 2: op_enter(a, b); break;
	case 3: op_remove(a, b); break;
	case 4: op_bulk(a, b); break;
	case 5: op_block(a, b); break;
	case 6: op_change(a, b); break;
	case 7: op_fault(a, b); break;
	case 8: op_hardware(a, b); break;
	case 9: op_host(a, b); break;
	case 10: op_write(a, b); break;
	case 11: read_once(s, m, HPTP_STREAM_MIN + a % 512, &used); break;
	}
}

static void compare(const struct mirror *m)
{
	for (uint64_t i = 0; i < ENTRIES; i++) {
		uint64_t out[8];

		fuzz_must(!hptp_h_read(host.vcpu, 0, i, out));
		fuzz_must(out[0] == m->entry[i].v && out[1] == m->entry[i].r,
			  "entry %jx: %jx %jx, told of as %jx %jx", (uintmax_t)i, (uintmax_t)out[0],
			  (uintmax_t)out[1], (uintmax_t)m->entry[i].v, (uintmax_t)m->entry[i].r);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mirror mirror = { .n = ENTRIES, .entry = entries };
	static uint8_t log[HOST_FRAMES / 8];
	struct hptp_stream *s;
	size_t used = 1;

	if (!size)
		return 0;
	memset(entries, 0, sizeof(entries));
	host_start(&host, host_kind(data[0] & 3));
	host_map(&host, 0, 128, true);
	fuzz_must(!hptp_dirty_start(host.slot, log, sizeof(log)));
	fuzz_must(!hptp_stream_open(host.vm, 0, 0, &s));
	for (size_t at = 1; at + OP <= size; at += OP)
		one_op(data + at, s, &mirror);
	while (used)
		read_once(s, &mirror, 4096, &used);
	compare(&mirror);
	hptp_stream_close(s);
	host_stop(&host); /* checks the invariants, and that bug was not called */
	return 0;
}

void fuzz_seeds(void)
{
	uint8_t seed[1 + 40 * OP];
	uint64_t random = 1;

	for (unsigned kind = 0; kind < 8; kind++) {
		seed[0] = (uint8_t)kind;
		for (size_t i = 1; i < sizeof(seed); i++) {
			random = random * 6364136223846793005ull + 1442695040888963407ull;
			seed[i] = (uint8_t)(random >> 56);
		}
		fuzz_seed(seed, sizeof(seed));
	}
}
