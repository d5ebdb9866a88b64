// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Sequences of hypercalls, faults, host events, resets and resizes. The first byte chooses a
 * kind of VM; each operation is a byte and 16 bytes of arguments. Nothing a guest does may
 * reach the bug callback, break an invariant, or tell it of the host. A reader of the stream
 * is open while there is a table, and has told what the guest sees in the end.
 */
#include "fuzz.h"

#define OP 17u

#define ENTRIES_MAX (2 * ENTRIES)

static struct host host;
static struct mirror_entry entries[ENTRIES_MAX];
static struct mirror mirror;
static struct hptp_stream *reader; /* NULL without a table */

/* Indices that meet each other, in a smaller table too, and now and then a wild one. */
static uint64_t index_of(uint64_t a)
{
	uint64_t upper = host.table.n > ENTRIES && (a & 64) ? ENTRIES : 0;

	return a >> 62 ? (a & 63) + upper : a;
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
	fuzz_must(ret || out < host.table.n);
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
	if (host.table.order)
		(void)host_access(&host, a & 63, b & 1);
}

static void op_hardware(uint64_t a, uint64_t b)
{
	uint64_t idx = a & 63;

	if (b & 1)
		host.late_rc = 0; /* was never seen */
	if (!host.table.order || !host_valid(&host, idx))
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

static bool read_once(size_t size)
{
	static uint8_t buffer[4096];
	const char *wrong;
	size_t used;

	if (!reader)
		return false;
	fuzz_must(!hptp_stream_read(reader, buffer, size, &used));
	wrong = mirror_apply(&mirror, buffer, used);
	fuzz_must(!wrong, "%s", wrong);
	return used;
}

/* ---- the table as a whole ---- */

static uint64_t entries_now(void)
{
	struct hptp_entry e;
	uint64_t n = 0;

	for (uint64_t i = 0; hptp_entry_next(host.vm, i, &e); i = e.idx.n + 1)
		n++;
	return n;
}

/* There is another table: the reader must say so, and another one begins anew. */
static void other_table(void)
{
	uint8_t buffer[HPTP_STREAM_MIN];
	size_t used;

	fuzz_must(!reader ||
		  hptp_stream_read(reader, buffer, sizeof(buffer), &used) == HPTP_E_STALE);
	hptp_stream_close(reader);
	hptp_vm_table(host.vm, &host.table);
	memset(entries, 0, sizeof(entries));
	mirror = (struct mirror){ .n = host.table.n, .entry = entries };
	fuzz_must(hptp_stream_open(host.vm, 0, 0, &reader) ==
		  (host.table.order ? 0 : HPTP_E_STATE));
}

/* 18 and 19 mostly, 0, and orders that there are not. */
static uint64_t order_of(uint64_t b)
{
	uint64_t wild = b >> 8;

	if (b & 8 || ((uint32_t)wild > 19 && (uint32_t)wild <= HPTP_MAX_ORDER))
		return 18 + (b & 1);
	return b & 4 ? 0 : wild;
}

static void op_prepare(uint64_t a, uint64_t b)
{
	uint64_t order = order_of(b);
	int ret;

	ret = hptp_resize_prepare(host.vm, a >> 63, order, a & 0xffff);
	fuzz_must(ret >= 0 || ret == HPTP_E_PARAM || ret == HPTP_E_STATE || ret == HPTP_E_PTEG_FULL,
		  "%d", ret);
	for (uint64_t i = a & 7; i && hptp_resize_step(host.vm, a) == HPTP_E_AGAIN; i--)
		;
}

static void op_commit(uint64_t a, uint64_t b)
{
	uint64_t order = order_of(b), before = entries_now(), n = host.table.n;
	struct hptp_resized result;
	int ret = hptp_resize_commit(host.vm, a >> 63, order, &result);

	if (ret) {
		fuzz_must(ret == HPTP_E_PARAM || ret == HPTP_E_STATE || ret == HPTP_E_CLOSED ||
				  ret == HPTP_E_BUSY || ret == HPTP_E_PTEG_FULL,
			  "%d", ret);
		fuzz_must(entries_now() == before);
		return;
	}
	other_table();
	host_check(&host);
	fuzz_must(host.table.order == order);
	fuzz_must(result.kept + result.dropped == before);
	fuzz_must(!result.dropped || host.table.n < n);
	fuzz_must(entries_now() == result.kept);
}

static void op_reset(uint64_t b)
{
	unsigned order = (unsigned)order_of(b);
	uint64_t before = entries_now();
	int ret = hptp_vm_reset(host.vm, order);

	if (ret) {
		fuzz_must(ret == HPTP_E_PARAM || ret == HPTP_E_BUSY, "%d", ret);
		fuzz_must(entries_now() == before);
		return;
	}
	other_table();
	fuzz_must(host.table.order == order && !entries_now());
	fuzz_must(!hptp_vm_is_ready(host.vm));
}

static void op_table(uint64_t a, uint64_t b)
{
	switch (a >> 56 & 7) {
	case 0:
	case 1: op_prepare(a, b); break;
	case 2: op_commit(a, b); break;
	case 3: op_reset(b); break;
	case 4: hptp_vm_ready(host.vm); break;
	case 5: (void)hptp_vm_stop(host.vm); break;
	case 6: (void)hptp_vcpu_enter(host.vcpu); break;
	case 7: hptp_vcpu_leave(host.vcpu); break;
	}
}

static void one_op(const uint8_t *p)
{
	uint64_t a = mirror_be64(p + 1), b = mirror_be64(p + 9);

	switch (p[0] % 13) {
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
	case 11: read_once(HPTP_STREAM_MIN + a % 512); break;
	case 12: op_table(a, b); break;
	}
}

static void compare(void)
{
	for (uint64_t i = 0; i < mirror.n; i++) {
		const struct mirror_entry *e = &mirror.entry[i];
		uint64_t out[8];

		fuzz_must(!hptp_h_read(host.vcpu, 0, i, out));
		fuzz_must(out[0] == e->v && out[1] == e->r,
			  "entry %jx: %jx %jx, told of as %jx %jx", (uintmax_t)i, (uintmax_t)out[0],
			  (uintmax_t)out[1], (uintmax_t)e->v, (uintmax_t)e->r);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t log[HOST_FRAMES / 8];

	if (!size)
		return 0;
	host_start(&host, host_kind(data[0] & 3));
	host_map(&host, 0, 128, true);
	fuzz_must(!hptp_dirty_start(host.slot, log, sizeof(log)));
	reader = NULL;
	other_table();
	for (size_t at = 1; at + OP <= size; at += OP)
		one_op(data + at);
	while (read_once(4096))
		;
	compare();
	hptp_stream_close(reader);
	host_stop(&host); /* checks the invariants, and that bug was not called */
	return 0;
}

static void put_op(uint8_t *p, uint8_t op, uint64_t a, uint64_t b)
{
	*p++ = op;
	for (unsigned i = 0; i < 16; i++)
		*p++ = (uint8_t)((i < 8 ? a : b) >> (56 - 8 * (i & 7)));
}

/* Grow; make two entries that meet when it shrinks, bolted or not; shrink, and reset. */
static void put_table_ops(uint8_t *p, bool bolted)
{
	const uint64_t v = 1ull << 62 | (bolted ? 0x10 : 0), commit = 2ull << 56,
		       reset = 3ull << 56;

	put_op(p, 12, 7, 9);
	put_op(p + OP, 12, commit, 9);
	put_op(p + 2 * OP, 0, 0x3011, v | 33);
	put_op(p + 3 * OP, 0, 0x4011, v | 64 | 33);
	put_op(p + 4 * OP, 12, 7, 8);
	put_op(p + 5 * OP, 12, commit, 8);
	put_op(p + 9 * OP, 12, reset, 9);
}

/* Random operations; among those of the later half, resizes and a reset. */
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
		if (kind >= 4)
			put_table_ops(&seed[1 + 20 * OP], kind & 1);
		fuzz_seed(seed, sizeof(seed));
	}
}
