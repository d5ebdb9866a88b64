// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * What stock Linux 6.1 said on its HTAB file, captured from a guest (tests/vectors): the
 * writer takes each record of it, and the reader gives back the table that Linux had then.
 */
#include "host.h"
#include "mirror.h"
#include "suite.h"

#include <stdio.h>
#include <string.h>

#define ENTRIES (1u << 14)

static const char *const files[] = { "htab-16-p9.stream", "htab-16-old.stream" };
#define N_FILES ((int)(sizeof(files) / sizeof(*files)))

static struct host host;
static struct mirror_entry wanted[ENTRIES], got[ENTRIES];
static uint8_t record[sizeof(struct hptp_stream_header) + 65535 * 16], buffer[65536];

static void put_be64(uint8_t *at, uint64_t x)
{
	for (unsigned i = 0; i < 8; i++)
		at[i] = (uint8_t)(x >> (56 - 8 * i));
}

/* The next line that is no comment; false at the end of a part. */
static bool next_line(FILE *f, char *line, int size)
{
	do {
		if (!fgets(line, size, f))
			return false;
	} while (*line == '#');
	return *line != '=';
}

/* Linux tells of the bit that it locks an entry with, which is the hypervisor's. */
#define LINUX_LOCK 0x40ull

/* A record in the host's byte order, without some bits of dword 0; 0 at the end of the part. */
static size_t next_record(FILE *f, uint64_t without)
{
	char line[128];
	unsigned index, n_valid, n_invalid;
	struct hptp_stream_header h;
	uint8_t *at = record + sizeof(h);

	if (!next_line(f, line, sizeof(line)))
		return 0;
	ck_assert_int_eq(sscanf(line, "r %x %x %x", &index, &n_valid, &n_invalid), 3);
	h = (struct hptp_stream_header){ index, (uint16_t)n_valid, (uint16_t)n_invalid };
	memcpy(record, &h, sizeof(h));
	for (; n_valid--; at += 16) {
		unsigned long long v, r;

		require(next_line(f, line, sizeof(line)));
		require(sscanf(line, "%llx %llx", &v, &r) == 2);
		put_be64(at, v & ~without);
		put_be64(at + 8, r);
	}
	return (size_t)(at - record);
}

static void read_table(struct mirror *m)
{
	struct hptp_stream *s;
	size_t used;

	ck_assert_int_eq(hptp_stream_open(host.vm, 0, 0, &s), 0);
	while (m->told < ENTRIES) {
		ck_assert_int_eq(hptp_stream_read(s, buffer, sizeof(buffer), &used), 0);
		require(used);
		require(!mirror_apply(m, buffer, used));
	}
	hptp_stream_close(s);
}

/*
 * Dword 1 keeps what the architecture has for the guest; the tag bit is the hypervisor's, and
 * bits between B and the AVPN mean nothing in format 3.0.
 */
static void assert_same(const struct mirror *linux_has)
{
	const uint64_t v_mask = host.isa3 ? 0xc00fffffffffff9full : 0xffffffffffffff9full;
	const uint64_t r_mask = ~(1ull << 62);
	unsigned n = 0;

	for (unsigned i = 0; i < ENTRIES; i++) {
		const struct mirror_entry *a = &linux_has->entry[i], *b = &got[i];

		n += a->v != 0;
		if ((a->v ^ b->v) & v_mask || (a->v && (a->r ^ b->r) & r_mask))
			ck_abort_msg("entry %x: Linux has %jx %jx, read back as %jx %jx", i,
				     (uintmax_t)a->v, (uintmax_t)a->r, (uintmax_t)b->v,
				     (uintmax_t)b->r);
	}
	ck_assert_uint_ge(n, 50);
}

START_TEST(what_linux_said)
{
	struct mirror linux_has = { .n = ENTRIES, .entry = wanted };
	struct mirror ours = { .n = ENTRIES, .entry = got };
	struct hptp_stream_written w = { .vrma = 0 };
	char path[512];
	size_t size;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", HPTP_VECTORS, files[_i / HOST_KINDS]);
	f = fopen(path, "r");
	ck_assert_msg(f, "%s", path);
	host_start(&host, host_kind(_i % HOST_KINDS));
	while ((size = next_record(f, 0))) {
		ck_assert_int_eq(hptp_stream_write(host.vm, record, size, &w), 0);
		ck_assert_uint_eq(w.used, size);
	}
	ck_assert_uint_ne(w.vrma, 0);
	while ((size = next_record(f, LINUX_LOCK))) {
		const char *wrong = mirror_apply(&linux_has, record, size);

		ck_assert_msg(!wrong, "%s", wrong);
	}
	fclose(f);
	ck_assert_uint_eq(linux_has.told, ENTRIES);
	read_table(&ours);
	assert_same(&linux_has);
	ck_assert_int_eq(hptp_check(host.vm, NULL), 0);
	host_stop(&host);
}
END_TEST

SUITE("stream_linux", LOOP(what_linux_said, N_FILES *HOST_KINDS))
