// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "stream.h"
#include "change.h"
#include "explore.h"
#include "mirror.h"
#include "world.h"

#define GROUP 8u

static struct hptp_stream *reader;
static struct mirror_entry entries[GROUP];
static struct mirror mirror = { .n = GROUP, .entry = entries };

void stream_place_pages(void)
{
	const uint64_t vsid = 0xabcde, groups = world.table.n / 8;

	for (unsigned p = 0; p < 2; p++)
		world.page[p].number = ((vsid ^ vsid << 25) & (groups - 1)) + p * groups;
}

void stream_open(void)
{
	struct hptp_stream *s;
	int error = hptp_stream_open(world.vm, 0, 0, &s);

	explore_must(!error, "hptp_stream_open: %s", hptp_strerror(error));
	s->n = GROUP;
	reader = s;
}

void stream_close(void)
{
	hptp_stream_close(reader);
	reader = NULL;
}

void stream_drain(void)
{
	uint8_t buffer[8 * 24];
	size_t used = 1;

	while (used) {
		int error = hptp_stream_read(reader, buffer, sizeof(buffer), &used);
		const char *wrong = mirror_apply(&mirror, buffer, used);

		explore_must(!error, "hptp_stream_read: %s", hptp_strerror(error));
		explore_must(!wrong, "the stream has %s", wrong);
	}
}

void stream_verdict(void)
{
	struct hptp_entry e = { .idx = { 0 } };

	if (!reader)
		return;
	stream_drain();
	for (uint64_t i = 0; i < GROUP; i++) {
		bool there = hptp_entry_next(world.vm, i, &e) && e.idx.n == i;
		uint64_t v = there ? e.v : 0, r = there ? e.guest : 0;

		explore_must(entries[i].v == v && entries[i].r == r,
			     "entry %u is %#llx %#llx, and was told of as %#llx %#llx", (unsigned)i,
			     (unsigned long long)v, (unsigned long long)r,
			     (unsigned long long)entries[i].v, (unsigned long long)entries[i].r);
	}
	stream_close();
}
