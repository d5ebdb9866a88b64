// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * What is out of range, in the wrong state or done twice gets its answer by name, and
 * nothing has changed: every function of the interface that the embedder's own code calls
 * with a slot, a range, a table or a stream, with each argument that it must refuse.
 */
#include "host.h"
#include "suite.h"

#include <string.h>

#define FOREVER (~0ull)
#define BESIDE 0x2800u /* frames of a second slot */
#define HIDDEN 0x3000u /* of another, which is hidden */
#define LOOSE 0x3800u  /* and of one that was never published */
#define N 0x2000ull    /* frames of the first */

static struct host host;
static struct hptp_slot *published, *beside, *hidden, *loose, *out_slot;
static struct hptp_stream *reader, *stale;
static struct hptp_window window, closed, never;
static struct hptp_stream_written written;
static struct hptp_need need;
static uint8_t log_map[N / 8], bits[N / 8], buffer[64];
static size_t used;
static uint64_t slb;

/* ---- a world in which everything is under way ---- */

static struct hptp_slot_config config(uint64_t base, uint64_t n)
{
	return (struct hptp_slot_config){
		.size = sizeof(struct hptp_slot_config), .base = { base }, .n = n, .host = &host
	};
}

static int make(uint64_t base, uint64_t n, size_t size, uint32_t flags)
{
	struct hptp_slot_config c = config(base, n);
	int error;

	c.size = size;
	c.flags = flags;
	out_slot = (struct hptp_slot *)&c;
	error = hptp_slot_create(host.vm, &c, &out_slot);
	require(!error == !!out_slot);
	return error;
}

static int add(uint64_t base, uint64_t n)
{
	struct hptp_slot_config c = config(base, n);
	int error;

	out_slot = (struct hptp_slot *)&c;
	error = hptp_slot_add(host.vm, &c, &out_slot);
	require(!error == !!out_slot);
	return error;
}

static struct hptp_slot *slot_at(uint64_t base, uint64_t n)
{
	ck_assert_int_eq(make(base, n, sizeof(struct hptp_slot_config), 0), 0);
	return out_slot;
}

static int open_reader(uint64_t first, unsigned flags)
{
	struct hptp_stream *stream = reader;
	int error = hptp_stream_open(host.vm, first, flags, &stream);

	require(error && !stream);
	return error;
}

static void prepare(unsigned order)
{
	ck_assert_int_gt(hptp_resize_prepare(host.vm, 0, order, 0), 0);
	while (hptp_resize_step(host.vm, 0))
		;
}

static void start(int kind)
{
	host_start(&host, &(struct host_config){ .isa3 = kind, .no_slot = true });
	host_map(&host, 0, N, true);
	ck_assert_int_eq(host_add_slot(&host, 0, 0, N), 0);
	published = host.slots[0].slot;
	ck_assert_int_eq(host_add_slot(&host, 1, BESIDE, 16), 0);
	beside = host.slots[1].slot;
	hidden = slot_at(HIDDEN, 16);
	ck_assert_int_eq(hptp_slot_publish(hidden), 0);
	ck_assert_int_eq(hptp_slot_hide(hidden), 0);
	loose = slot_at(LOOSE, 16);
	host_enter(&host, 1, 1);
	host_touch(&host, host_enter(&host, 2, 2), 0x180);
	host_enter(&host, 3, 3);
	host_unmap(&host, 3, 1);
	host_enter(&host, 4, 0x100000);
	ck_assert_int_eq(hptp_dirty_start(published, log_map, sizeof(log_map)), 0);
	hptp_dirty_mark(published, (hptp_off){ 9 }, 1);
	ck_assert_int_eq(hptp_stream_open(host.vm, 0, 0, &reader), 0);
	prepare(19);
	hptp_vm_ready(host.vm);
	ck_assert_int_eq(hptp_invalidate_begin(published, (hptp_off){ 8 }, 8, &window), 0);
	ck_assert_int_eq(hptp_invalidate_begin(published, (hptp_off){ 0 }, 1, &closed), 0);
	ck_assert_int_eq(hptp_invalidate_end(&closed), 0);
}

static void stop(void)
{
	hptp_stream_close(reader);
	ck_assert_int_eq(hptp_invalidate_end(&window), 0);
	ck_assert_int_eq(hptp_slot_free(hidden), 0);
	ck_assert_int_eq(hptp_slot_free(loose), 0);
	host_stop(&host);
}

/* ---- all of it that can be seen from outside ---- */

struct look {
	uint64_t table, entries, slots, log;
	struct hptp_table_info info;
	struct hptp_resize_status resize;
	unsigned long blocks, bytes, tables, held, flushed, events;
	bool ready, window;
};

static uint64_t hash(uint64_t h, const void *data, size_t n)
{
	for (const uint8_t *at = data; n--; at++)
		h = (h ^ *at) * 0x100000001b3;
	return h;
}

static struct look look(void)
{
	static const uint64_t gfns[] = { 0, N - 1, N, HIDDEN, LOOSE, 1ull << 40, ~0ull };
	struct look l;
	struct hptp_entry e;

	memset(&l, 0, sizeof(l)); /* padding is compared too */
	memset(&e, 0, sizeof(e));
	for (uint64_t i = 0; hptp_entry_next(host.vm, i, &e); i = e.idx.n + 1)
		l.entries = hash(l.entries, &e, sizeof(e));
	for (unsigned i = 0; i < sizeof(gfns) / sizeof(gfns[0]); i++) {
		struct hptp_slot *slot = hptp_slot_find(host.vm, (hptp_gfn){ gfns[i] });

		l.slots = hash(l.slots, &slot, sizeof(slot));
	}
	l.log = hash(0, log_map, sizeof(log_map));
	hptp_vm_table(host.vm, &l.info);
	host.table = l.info;
	l.table = host.table.n ? host_table_hash(&host) : 0;
	hptp_resize_status(host.vm, &l.resize);
	l.blocks = host.blocks;
	l.bytes = host.bytes;
	l.tables = host.tables;
	l.held = host.held;
	l.flushed = host.n_flushed + host.n_flush_all;
	l.ready = hptp_vm_is_ready(host.vm);
	l.window = hptp_unmap_range(published, (hptp_off){ 12 }, 1, NULL) == 0;
	return l;
}

/* ---- the calls: row i of a table, or NULL behind its end ---- */

struct row {
	const char *what;
	int answer, got;
};

#define ROW(a, call)                                                                               \
	if (i-- == 0)                                                                              \
		return (struct row)                                                                \
		{                                                                                  \
#call, a, (int)(call)                                                      \
		}

static struct row slots(unsigned i)
{
	const size_t size = sizeof(struct hptp_slot_config);
	const uint64_t all = 1ull << (56 - 12);

	ROW(HPTP_E_VERSION, make(HIDDEN, 1, size - 1, 0));
	ROW(HPTP_E_VERSION, make(HIDDEN, 1, 0, 0));
	ROW(HPTP_E_PARAM, make(HIDDEN, 0, size, 0));
	ROW(HPTP_E_PARAM, make(HIDDEN, 1, size, 1));
	ROW(HPTP_E_PARAM, make(HIDDEN, 1, size, 1u << 31));
	ROW(HPTP_E_PARAM, make(all, 1, size, 0));
	ROW(HPTP_E_PARAM, make(all - 1, 2, size, 0));
	ROW(HPTP_E_PARAM, make(FOREVER, 1, size, 0));
	ROW(HPTP_E_PARAM, make(1, FOREVER, size, 0));
	ROW(HPTP_E_PARAM, make(0, (1ull << 38) + 1, size, 0));
	ROW(HPTP_E_PARAM, add(all, 1));
	ROW(HPTP_E_PARAM, add(0x8000, 0));
	ROW(HPTP_E_OVERLAP, add(0, 1));
	ROW(HPTP_E_OVERLAP, add(N - 1, 0x100));
	ROW(HPTP_E_OVERLAP, add(0, 1 << 20));
	ROW(HPTP_E_STATE, hptp_slot_publish(published));
	ROW(HPTP_E_STATE, hptp_slot_publish(hidden));
	ROW(HPTP_E_STATE, hptp_slot_hide(hidden));
	ROW(HPTP_E_STATE, hptp_slot_hide(loose));
	ROW(HPTP_E_STATE, hptp_slot_flush(published));
	ROW(HPTP_E_STATE, hptp_slot_free(published));
	ROW(HPTP_E_STATE, hptp_slot_remove(hidden));
	ROW(HPTP_E_STATE, hptp_slot_remove(loose));
	ROW(HPTP_E_STATE, hptp_slot_move(&hidden, (hptp_gfn){ 0x8000 }));
	ROW(HPTP_E_STATE, hptp_slot_move(&loose, (hptp_gfn){ 0x8000 }));
	ROW(HPTP_E_PARAM, hptp_slot_move(&published, (hptp_gfn){ all }));
	ROW(HPTP_E_PARAM, hptp_slot_move(&published, (hptp_gfn){ all - N + 1 }));
	ROW(HPTP_E_PARAM, hptp_slot_move(&published, (hptp_gfn){ FOREVER }));
	ROW(HPTP_E_OVERLAP, hptp_slot_move(&beside, (hptp_gfn){ N - 1 }));
	ROW(0, hptp_slot_free(NULL));
	return (struct row){ NULL, 0, 0 };
}

static struct row ranges(unsigned i)
{
	const hptp_off at = { 0 }, end = { N }, last = { N - 1 }, far = { FOREVER };
	const hptp_off away = { 0x800 };
	struct hptp_window w = never;

	ROW(HPTP_E_PARAM, hptp_invalidate_begin(published, at, 0, &w));
	ROW(HPTP_E_PARAM, hptp_invalidate_begin(published, at, N + 1, &w));
	ROW(HPTP_E_PARAM, hptp_invalidate_begin(published, end, 1, &w));
	ROW(HPTP_E_PARAM, hptp_invalidate_begin(published, last, FOREVER, &w));
	ROW(HPTP_E_PARAM, hptp_invalidate_begin(published, far, 1, &w));
	ROW(HPTP_E_STATE, hptp_invalidate_end(&closed));
	ROW(HPTP_E_STATE, hptp_invalidate_end(&never));
	ROW(HPTP_E_PARAM, hptp_unmap_range(published, at, 0, NULL));
	ROW(HPTP_E_PARAM, hptp_unmap_range(published, at, N + 1, NULL));
	ROW(HPTP_E_PARAM, hptp_unmap_range(published, end, 1, NULL));
	ROW(HPTP_E_PARAM, hptp_unmap_range(published, far, 2, NULL));
	ROW(HPTP_E_WINDOW, hptp_unmap_range(published, away, 1, NULL));
	ROW(HPTP_E_WINDOW, hptp_unmap_range(published, at, N, NULL));
	ROW(HPTP_E_WINDOW, hptp_unmap_range(published, (hptp_off){ 10 }, 0x800, NULL));
	ROW(HPTP_E_PARAM, hptp_unmap_frame(published, end, NULL, NULL, NULL));
	ROW(HPTP_E_PARAM, hptp_unmap_frame(published, far, NULL, NULL, NULL));
	ROW(HPTP_E_PARAM, hptp_age_range(published, at, 0, bits));
	ROW(HPTP_E_PARAM, hptp_age_range(published, last, 2, bits));
	ROW(HPTP_E_PARAM, hptp_age_range(published, far, 1, NULL));
	ROW(HPTP_E_PARAM, hptp_test_age_range(published, at, 0));
	ROW(HPTP_E_PARAM, hptp_test_age_range(published, last, FOREVER));
	ROW(HPTP_E_PARAM, hptp_test_age_range(published, end, 1));
	ROW(HPTP_E_STATE, hptp_dirty_start(published, bits, sizeof(bits)));
	ROW(HPTP_E_PARAM, hptp_dirty_start(loose, NULL, 8));
	ROW(HPTP_E_PARAM, hptp_dirty_start(loose, bits, 1));
	ROW(HPTP_E_PARAM, hptp_dirty_start(loose, bits, 0));
	ROW(HPTP_E_STATE, hptp_dirty_stop(loose));
	ROW(HPTP_E_PARAM, hptp_dirty_harvest(published, at, 0, bits, 0));
	ROW(HPTP_E_PARAM, hptp_dirty_harvest(published, at, N + 1, bits, 0));
	ROW(HPTP_E_PARAM, hptp_dirty_harvest(published, last, FOREVER, bits, 0));
	ROW(HPTP_E_PARAM, hptp_dirty_harvest(published, end, 1, bits, HPTP_HARVEST_STOPPED));
	ROW(HPTP_E_PARAM, hptp_dirty_harvest(published, at, 1, NULL, 0));
	ROW(HPTP_E_PARAM, hptp_dirty_harvest(published, at, 1, bits, HPTP_HARVEST_FORGET));
	ROW(HPTP_E_PARAM, hptp_dirty_harvest(published, at, 1, bits, 4));
	ROW(HPTP_E_PARAM, hptp_dirty_harvest(published, at, 1, NULL, 8 | HPTP_HARVEST_FORGET));
	/* Outside of the slot it is nobody's business. */
	ROW(0, (hptp_dirty_mark(published, end, 1), 0));
	ROW(0, (hptp_dirty_mark(published, far, FOREVER), 0));
	ROW(0, (hptp_dirty_mark(published, at, 0), 0));
	return (struct row){ NULL, 0, 0 };
}

static struct row tables(unsigned i)
{
	struct hptp_vm *vm = host.vm;

	/* The VM is ready: what wants vCPUs outside is refused. */
	ROW(HPTP_E_BUSY, hptp_resize_commit(vm, 0, 19, NULL));
	ROW(HPTP_E_BUSY, hptp_resize_commit(vm, 0, 18, NULL));
	ROW(HPTP_E_PARAM, hptp_resize_commit(vm, 0, 0, NULL));
	ROW(HPTP_E_PARAM, hptp_resize_commit(vm, 0, 17, NULL));
	ROW(HPTP_E_PARAM, hptp_resize_commit(vm, 0, 37, NULL));
	ROW(HPTP_E_PARAM, hptp_resize_commit(vm, 0, 256 + 19, NULL));
	ROW(HPTP_E_PARAM, hptp_resize_commit(vm, 0, 1ull << 32 | 19, NULL));
	ROW(HPTP_E_PARAM, hptp_resize_commit(vm, 1, 19, NULL));
	ROW(HPTP_E_PARAM, hptp_resize_commit(vm, FOREVER, 19, NULL));
	ROW(HPTP_E_PARAM, hptp_resize_prepare(vm, 0, 1, 0));
	ROW(HPTP_E_PARAM, hptp_resize_prepare(vm, 0, 17, 0));
	ROW(HPTP_E_PARAM, hptp_resize_prepare(vm, 0, 37, 0));
	ROW(HPTP_E_PARAM, hptp_resize_prepare(vm, 0, 256 + 18, 0));
	ROW(HPTP_E_PARAM, hptp_resize_prepare(vm, 0, 1ull << 32 | 19, 0));
	ROW(HPTP_E_PARAM, hptp_resize_prepare(vm, 0, FOREVER, 0));
	ROW(HPTP_E_PARAM, hptp_resize_prepare(vm, 1, 19, 0));
	ROW(HPTP_E_PARAM, hptp_resize_prepare(vm, 1ull << 63, 0, 0));
	ROW(0, hptp_resize_prepare(vm, 0, 19, 0)); /* once more */
	ROW(0, hptp_resize_prepare(vm, 0, 19, FOREVER));
	ROW(0, hptp_resize_step(vm, FOREVER)); /* nothing to do */
	ROW(HPTP_E_PARAM, hptp_vm_reset(vm, 1));
	ROW(HPTP_E_PARAM, hptp_vm_reset(vm, 17));
	ROW(HPTP_E_PARAM, hptp_vm_reset(vm, 37));
	ROW(HPTP_E_PARAM, hptp_vm_reset(vm, 256 + 18));
	ROW(HPTP_E_PARAM, hptp_vm_reset(vm, ~0u));
	ROW(HPTP_E_STATE, hptp_vm_destroy(vm));
	ROW(HPTP_E_PARAM, hptp_vrma_map(host.vcpu, 12, 0, &slb));
	ROW(HPTP_E_PARAM, hptp_vrma_map(host.vcpu, 12, 4095, &slb));
	ROW(HPTP_E_PARAM, hptp_vrma_map(host.vcpu, 0, 1 << 20, &slb));
	ROW(HPTP_E_PARAM, hptp_vrma_map(host.vcpu, 13, 1 << 20, &slb));
	ROW(HPTP_E_PARAM, hptp_vrma_map(host.vcpu, 34, FOREVER, &slb));
	ROW(HPTP_E_PARAM, hptp_vrma_map(host.vcpu, 64, FOREVER, &slb));
	ROW(0, (hptp_vcpu_leave(host.vcpu), 0)); /* that is not running */
	ROW(0, (hptp_vm_ready(vm), 0));          /* as it is */
	return (struct row){ NULL, 0, 0 };
}

static struct row streams(unsigned i)
{
	struct hptp_vm *vm = host.vm;

	used = 1;
	ROW(HPTP_E_PARAM, open_reader(0, 2));
	ROW(HPTP_E_PARAM, open_reader(0, ~0u));
	ROW(HPTP_E_PARAM, hptp_stream_read(reader, NULL, sizeof(buffer), &used));
	ROW(HPTP_E_PARAM, hptp_stream_read(reader, buffer, HPTP_STREAM_MIN - 1, &used));
	ROW(HPTP_E_PARAM, hptp_stream_read(reader, buffer, 0, &used));
	ROW(HPTP_E_PARAM, hptp_stream_write(vm, NULL, 24, &written));
	ROW(0, hptp_stream_write(vm, NULL, 0, &written));
	ROW(0, (hptp_stream_close(NULL), 0));
	return (struct row){ NULL, 0, 0 };
}

/* Row after row, each twice: what is refused is refused again. */
static void refused(struct row (*table)(unsigned i))
{
	struct look before = look(), after;
	struct row row;

	for (unsigned i = 0; (row = table(i / 2)).what; i++) {
		if (row.got != row.answer)
			ck_abort_msg("%s: %d, not %d", row.what, row.got, row.answer);
		after = look();
		if (memcmp(&before, &after, sizeof(before)))
			ck_abort_msg("%s has changed something", row.what);
		host_check(&host);
	}
}

START_TEST(slots_are_refused)
{
	start(_i);
	refused(slots);
	stop();
}
END_TEST

START_TEST(ranges_are_refused)
{
	start(_i);
	refused(ranges);
	for (unsigned i = 0; i < sizeof(bits); i++)
		require(!bits[i]);
	stop();
}
END_TEST

START_TEST(tables_are_refused)
{
	start(_i);
	refused(tables);
	ck_assert_uint_eq(slb, 0);
	/* A VM that waits for a vCPU to leave is as busy as one that runs. */
	ck_assert(hptp_vcpu_enter(host.vcpu));
	for (unsigned order = 0; order <= 19; order += order ? 1 : 18) {
		struct look before = look(), after;

		ck_assert_int_eq(hptp_vm_reset(host.vm, order), HPTP_E_BUSY);
		after = look();
		ck_assert(!memcmp(&before, &after, sizeof(before)));
	}
	hptp_vcpu_leave(host.vcpu);
	stop();
}
END_TEST

START_TEST(streams_are_refused)
{
	start(_i);
	refused(streams);
	ck_assert_uint_eq(used, 1);
	ck_assert_uint_eq(written.used, 0);
	stop();
}
END_TEST

/* ---- records ---- */

static size_t record(uint64_t index, unsigned n_valid, unsigned n_invalid, uint64_t v, uint64_t r)
{
	struct hptp_stream_header h = { (uint32_t)index, (uint16_t)n_valid, (uint16_t)n_invalid };
	uint64_t e[2] = { __builtin_bswap64(v), __builtin_bswap64(r) };

	if (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__) {
		e[0] = v;
		e[1] = r;
	}
	memset(buffer, 0, sizeof(buffer));
	memcpy(buffer, &h, sizeof(h));
	memcpy(buffer + sizeof(h), e, sizeof(e));
	return sizeof(h) + n_valid * sizeof(e);
}

static struct row records(unsigned i)
{
	const uint64_t n = host.table.n, v = 0x123001, r = 0x3012;

#define WRITE(answer, ...)                                                                         \
	ROW(answer, hptp_stream_write(host.vm, buffer, record(__VA_ARGS__), &written))
	WRITE(HPTP_E_PARAM, n, 1, 0, v, r);
	WRITE(HPTP_E_PARAM, n, 0, 0, v, r);
	WRITE(HPTP_E_PARAM, n, 0, 1, v, r);
	WRITE(HPTP_E_PARAM, n - 1, 1, 1, v, r);
	WRITE(HPTP_E_PARAM, 1, 0, 0xffff, v, r);
	WRITE(HPTP_E_PARAM, ~0u, 0, 1, v, r);
	WRITE(HPTP_E_PARAM, ~0u, 1, 0xffff, v, r);
	WRITE(HPTP_E_PARAM, 100, 1, 0, v & ~1ull, r);
	WRITE(HPTP_E_PARAM, 100, 1, 0, 0, 0);
	WRITE(HPTP_E_PARAM, 100, 1, 0, v | 2ull << 62, r);
	WRITE(HPTP_E_PARAM, 100, 1, 0, v | 3ull << 62, r);
	WRITE(HPTP_E_PARAM, 100, 1, 0, v | 4, 0x5012);
	/* Nothing at all, and what is not there as a whole. */
	ROW(0, hptp_stream_write(host.vm, buffer, record(n - 1, 0, 0, v, r), &written));
	ROW(0, hptp_stream_write(host.vm, buffer, record(100, 1, 0, v, r) - 1, &written));
	ROW(0, hptp_stream_write(host.vm, buffer, record(100, 9, 0, v, r) - 17, &written));
	ROW(0, hptp_stream_write(host.vm, buffer, record(100, 1, 0, v, r) / 8, &written));
	return (struct row){ NULL, 0, 0 };
}

START_TEST(records_are_refused)
{
	start(_i);
	refused(records);
	stop();
}
END_TEST

/* ---- VMs that can do less ---- */

static struct row without_table(unsigned i)
{
	struct hptp_vm *vm = host.vm;

	ROW(HPTP_E_STATE, hptp_resize_prepare(vm, 0, 18, 0));
	ROW(0, hptp_resize_prepare(vm, 0, 0, 0)); /* nothing to give up */
	ROW(HPTP_E_STATE, hptp_resize_commit(vm, 0, 18, NULL));
	ROW(HPTP_E_STATE, open_reader(0, 0));
	ROW(HPTP_E_STATE, hptp_stream_write(vm, buffer, sizeof(buffer), &written));
	ROW(HPTP_E_STALE, hptp_stream_read(stale, buffer, sizeof(buffer), &used));
	ROW(HPTP_E_STATE, hptp_vrma_map(host.vcpu, 12, 1 << 20, &slb));
	return (struct row){ NULL, 0, 0 };
}

START_TEST(nothing_goes_without_a_table)
{
	start(_i);
	ck_assert_int_eq(hptp_stream_open(host.vm, 5, 0, &stale), 0);
	ck_assert_int_eq(hptp_vm_reset(host.vm, 0), 0);
	hptp_vm_ready(host.vm);
	refused(without_table);
	hptp_stream_close(stale);
	stop();
}
END_TEST

static struct row of_pins(unsigned i)
{
	const hptp_off at = { 0 };

	ROW(HPTP_E_PINNED, hptp_unmap_range(published, at, 1, NULL));
	ROW(HPTP_E_PINNED, hptp_unmap_frame(published, at, NULL, NULL, NULL));
	ROW(HPTP_E_PINNED, hptp_age_range(published, at, 1, bits));
	ROW(HPTP_E_PINNED, hptp_test_age_range(published, at, 1));
	ROW(HPTP_E_PINNED, hptp_resize_prepare(host.vm, 0, 19, 0));
	ROW(HPTP_E_PINNED, hptp_stream_write(host.vm, buffer, sizeof(buffer), &written));
	ROW(HPTP_E_PARAM, hptp_resize_prepare(host.vm, 0, 17, 0));
	ROW(HPTP_E_PARAM, hptp_vm_reset(host.vm, 17));
	ROW(HPTP_E_PARAM, hptp_dirty_harvest(published, at, 0, bits, 0));
	return (struct row){ NULL, 0, 0 };
}

START_TEST(pinned_pages_do_not_go)
{
	host_start(&host, &(struct host_config){ .pinned = true });
	host_map(&host, 1, 4, true);
	published = host.slot;
	host_enter(&host, 1, 1);
	refused(of_pins);
	ck_assert_int_eq(hptp_resize_commit(host.vm, 0, 19, NULL), HPTP_E_CLOSED);
	host_stop(&host);
}
END_TEST

START_TEST(slots_have_a_largest_size)
{
	unsigned long blocks;

	host_start(&host, &(struct host_config){ .frame_shift = _i ? 16 : 12 });
	blocks = host.blocks;
	ck_assert_int_eq(add(HOST_FRAMES, (1ull << (_i ? 36 : 38)) + 1), HPTP_E_PARAM);
	ck_assert_uint_eq(host.blocks, blocks);
	host_stop(&host);
}
END_TEST

/* ---- what a VM is made of ---- */

static int vm_made(void (*change)(struct hptp_config *c, struct hptp_ops *ops))
{
	struct hptp_ops ops = host.ops;
	struct hptp_config c = host_vm_config(&host, &(struct host_config){ .order = 18 });
	struct hptp_vm *vm = host.vm;
	int error, other;

	c.ops = &ops;
	change(&c, &ops);
	error = hptp_vm_create(&c, &vm);
	ck_assert_ptr_null(vm);
	other = hptp_vm_need(&c, 1, &need);
	ck_assert(other == error || error == HPTP_E_OPS || c.ops->size != sizeof(ops));
	return error;
}

#define CHANGES(X)                                                                                 \
	X(HPTP_E_VERSION, c->size = 0)                                                             \
	X(HPTP_E_VERSION, c->size++)                                                               \
	X(HPTP_E_VERSION, ops->size--)                                                             \
	X(HPTP_E_PARAM, c->frame_shift = 0)                                                        \
	X(HPTP_E_PARAM, c->frame_shift = 13)                                                       \
	X(HPTP_E_PARAM, c->frame_shift = 24)                                                       \
	X(HPTP_E_PARAM, c->order = 1)                                                              \
	X(HPTP_E_PARAM, c->order = 17)                                                             \
	X(HPTP_E_PARAM, c->order = 37)                                                             \
	X(HPTP_E_PARAM, c->format = 2)                                                             \
	X(HPTP_E_PARAM, c->format = 255)                                                           \
	X(HPTP_E_PARAM, c->flags = 2)                                                              \
	X(HPTP_E_PARAM, c->flags = ~0u)                                                            \
	X(HPTP_E_OPS, c->ops = NULL)                                                               \
	X(HPTP_E_OPS, ops->tlb_flush = NULL)                                                       \
	X(HPTP_E_OPS, ops->host_get = NULL)                                                        \
	X(HPTP_E_OPS, ops->table_free = NULL)

#define CHANGE(answer, change) { answer, #change },

static unsigned which;

static void change(struct hptp_config *c, struct hptp_ops *ops)
{
	unsigned i = which;

#define X(answer, change)                                                                          \
	if (i-- == 0)                                                                              \
		change;
	CHANGES(X)
#undef X
}

START_TEST(configurations_are_refused)
{
	static const struct {
		int answer;
		const char *what;
	} rows[] = { CHANGES(CHANGE) };

	host_init(&host);
	for (which = 0; which < sizeof(rows) / sizeof(rows[0]); which++)
		if (vm_made(change) != rows[which].answer)
			ck_abort_msg("%s", rows[which].what);
	ck_assert_uint_eq(host.blocks, 0);
	ck_assert_uint_eq(host.tables, 0);
	ck_assert_int_eq(hptp_vm_destroy(NULL), 0);
	hptp_vcpu_destroy(NULL);
}
END_TEST

SUITE("arguments", LOOP(slots_are_refused, 2), LOOP(slots_have_a_largest_size, 2),
      LOOP(ranges_are_refused, 2), LOOP(tables_are_refused, 2), LOOP(streams_are_refused, 2),
      LOOP(records_are_refused, 2), LOOP(nothing_goes_without_a_table, 2),
      CASE(pinned_pages_do_not_go), CASE(configurations_are_refused))
