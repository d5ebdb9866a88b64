// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The writer of the migration stream, fed with anything. The first byte chooses a kind of
 * VM; the rest is the stream. An independent reading of it says what must come of it: how
 * far it is good, which entry is bad, what every entry is then; and a reader that was open
 * all the while must tell the same.
 */
#include "fuzz.h"

static struct host host;
static struct mirror_entry expected[ENTRIES], told[ENTRIES];

/* What the writer must say, and what must be in the table. */
struct verdict {
	bool bad;
	size_t used;
	uint64_t idx;
};

/* The page sizes that an entry may have; everything else is refused. */
static bool has_size(uint64_t v, uint64_t r)
{
	unsigned base, actual;

	return isa_page_size(v, r, &base, &actual);
}

static bool good_entry(const uint8_t *p)
{
	uint64_t v = mirror_be64(p), r = mirror_be64(p + 8);

	return (v & 1) && !(v >> 63) && has_size(v, r);
}

/* As the guest sees it afterwards. */
static struct mirror_entry stored(const uint8_t *p, bool isa3)
{
	uint64_t v = mirror_be64(p) & ~0x60ull, r = mirror_be64(p + 8) & ~(1ull << 62);

	return (struct mirror_entry){ isa3 ? v & 0xc00fffffffffffffull : v, r };
}

static struct verdict judge(const uint8_t *p, size_t size, bool isa3)
{
	struct verdict w = { .idx = ~0ull };

	for (;;) {
		const uint8_t *at = p + w.used;
		uint32_t index;
		uint16_t n[2];

		if (size - w.used < 8)
			return w;
		memcpy(&index, at, 4);
		memcpy(n, at + 4, 4);
		if (size - w.used - 8 < 16ull * n[0])
			return w;
		w.bad = index >= ENTRIES || (uint64_t)index + n[0] + n[1] > ENTRIES;
		for (unsigned i = 0; !w.bad && i < n[0]; i++) {
			if (good_entry(at + 8 + 16 * i))
				continue;
			w.bad = true;
			w.idx = index + i;
		}
		if (w.bad)
			return w;
		for (unsigned i = 0; i < n[0]; i++)
			expected[index + i] = stored(at + 8 + 16 * i, isa3);
		memset(&expected[index + n[0]], 0, n[1] * sizeof(expected[0]));
		w.used += 8 + 16ull * n[0];
	}
}

/* Entries for a stream to fall on: valid, absent, orphans, in the groups from 0 on. */
static void fill(unsigned n)
{
	for (uint64_t k = 0; k < n; k++) {
		uint64_t idx, gfn = k % 5 == 4 ? 1ull << 30 : k;

		if (host_h_enter(&host, HPTP_H_EXACT, k, 0x4000ull << 48 | k << 7 | (k & 16),
				 host_r(&host, gfn, 12, 12, 2), &idx))
			continue;
		if (k % 3)
			host_touch(&host, idx, k % 2 ? 0x100 : 0x180);
		if (k % 7 == 1)
			host_unmap(&host, k, 1);
	}
}

static void drain(struct hptp_stream *s, struct mirror *m)
{
	static uint8_t buffer[4096];
	size_t used = 1;

	while (used) {
		const char *wrong;

		fuzz_must(!hptp_stream_read(s, buffer, sizeof(buffer), &used));
		wrong = mirror_apply(m, buffer, used);
		fuzz_must(!wrong, "%s", wrong);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mirror before = { .n = ENTRIES, .entry = expected };
	struct mirror after = { .n = ENTRIES, .entry = told };
	struct hptp_stream_written written = { 0 };
	struct hptp_stream *reader;
	struct verdict want;
	int error;

	if (!size)
		return 0;
	host_start(&host, host_kind(data[0] & 3));
	host_map(&host, 0, HOST_FRAMES, true);
	fill(data[0] & 4 ? 100 : 0);
	fuzz_must(!hptp_stream_open(host.vm, 0, 0, &reader));
	drain(reader, &before);
	memcpy(told, expected, sizeof(told));
	want = judge(data + 1, size - 1, host.isa3);
	error = hptp_stream_write(host.vm, data + 1, size - 1, &written);
	fuzz_must(error == (want.bad ? HPTP_E_PARAM : 0), "%d", error);
	fuzz_must(written.used == want.used, "%zu %zu", written.used, want.used);
	fuzz_must(!want.bad || written.idx == want.idx, "%jx", (uintmax_t)written.idx);
	drain(reader, &after); /* the changes on top of what it was */
	fuzz_must(!memcmp(told, expected, sizeof(told)));
	hptp_stream_close(reader);
	for (uint64_t k = 0; k < 8; k++)
		(void)host_access(&host, k, k & 1);
	host_stop(&host);
	return 0;
}

/* A reader's own streams: first passes of few and many entries, and later ones. */
void fuzz_seeds(void)
{
	static uint8_t stream[65536];

	for (unsigned kind = 0; kind < 8; kind++) {
		struct hptp_stream *s;
		size_t used;

		host_start(&host, host_kind(kind & 3));
		host_map(&host, 0, HOST_FRAMES, true);
		fill(kind < 4 ? 3 : 100);
		stream[0] = (uint8_t)kind;
		fuzz_must(!hptp_stream_open(host.vm, 0, 0, &s));
		for (unsigned pass = 0; pass < 2; pass++) {
			fuzz_must(!hptp_stream_read(s, stream + 1, sizeof(stream) - 1, &used));
			fuzz_seed(stream, 1 + used);
			for (uint64_t i = 0; i < 20; i += 3)
				if (host_valid(&host, i))
					host_touch(&host, i, 0x180);
			fuzz_must(hptp_h_remove(host.vcpu, 0, 1, 0, (uint64_t[2]){ 0 }) <= 0);
		}
		hptp_stream_close(s);
		host_stop(&host);
	}
}
