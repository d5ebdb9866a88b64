// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The migration stream beside everything else: a reader that is read a little now and then,
 * and what it told compared with the oracle's table; and a table that is saved, wiped and
 * restored under the guest's feet.
 */
#include "world.h"

#include <stdlib.h>
#include <string.h>

#define BOLTED 0x10ull

static uint8_t buffer[65536];

static void open_reader(struct world *w)
{
	struct world_stream *s = &w->stream;
	int ret;

	s->flags = world_chance(w, 4) ? HPTP_STREAM_BOLTED : 0;
	world_note(w, "stream open %x", s->flags);
	s->mirror.n = w->o.n;
	s->mirror.entry = calloc(w->o.n, sizeof(*s->mirror.entry));
	ret = machine_in_t(hptp_stream_open(machine_vm(w->m), 0, s->flags, &s->reader));
	if (ret || !s->mirror.entry)
		world_fail(w, "hptp_stream_open: %s", hptp_strerror(ret));
	world_saw(w, "stream opened");
}

void world_stream_close(struct world *w)
{
	struct world_stream *s = &w->stream;

	if (!s->reader)
		return;
	machine_in_t((hptp_stream_close(s->reader), 0));
	free(s->mirror.entry);
	memset(s, 0, sizeof(*s));
}

static size_t read_some(struct world *w, size_t size)
{
	struct world_stream *s = &w->stream;
	const char *wrong;
	size_t used;
	int ret = machine_in_a(hptp_stream_read(s->reader, buffer, size, &used));

	if (s->stale && ret == HPTP_E_STALE) {
		world_saw(w, "stream stale");
		world_stream_close(w);
		return 0;
	}
	if (ret || s->stale)
		world_fail(w, "hptp_stream_read: %s", hptp_strerror(ret));
	wrong = mirror_apply(&s->mirror, buffer, used);
	if (wrong)
		world_fail(w, "the stream has %s", wrong);
	return used;
}

/* Nothing is left to tell: what was told is what the guest sees. */
static void compare(struct world *w)
{
	struct world_stream *s = &w->stream;

	while (read_some(w, sizeof(buffer)))
		;
	if (!s->reader)
		return; /* it was stale */
	for (uint32_t i = 0; i < w->o.n; i++) {
		const struct mirror_entry *e = &s->mirror.entry[i];
		const struct oracle_entry *x = &w->o.entry[i];
		bool wanted = x->v && (!(s->flags & HPTP_STREAM_BOLTED) || x->v & BOLTED);

		if (!wanted && !e->v)
			continue;
		if (!wanted || e->v != x->v || ((e->r ^ x->r) & ~(x->maybe | x->unsure)))
			world_fail(w, "entry %x: %016jx %016jx, told of as %016jx %016jx", i,
				   (uintmax_t)x->v, (uintmax_t)x->r, (uintmax_t)e->v,
				   (uintmax_t)e->r);
		oracle_learn(&w->o, i, e->r);
	}
	world_saw(w, "stream compared");
}

void op_stream(struct world *w)
{
	size_t used, size = HPTP_STREAM_MIN + world_random(w, world_chance(w, 4) ? 4096 : 100);

	if (!w->stream.reader) {
		open_reader(w);
	} else if (world_chance(w, 30)) {
		world_note(w, "stream compare");
		compare(w);
	} else if (world_chance(w, 60)) {
		world_note(w, "stream close");
		world_stream_close(w);
	} else {
		world_note(w, "stream read %zu", size);
		used = read_some(w, size);
		world_add(w, ": %zu", used);
		if (w->stream.reader)
			world_saw(w, used ? "stream told" : "stream quiet");
	}
}

static void write_all(struct world *w, const void *from, size_t size)
{
	struct hptp_stream_written done = { 0 };
	int ret = machine_in_a(hptp_stream_write(machine_vm(w->m), from, size, &done));

	if (ret || done.used != size)
		world_fail(w, "hptp_stream_write: %s at %zu of %zu, entry %jx", hptp_strerror(ret),
			   done.used, size, (uintmax_t)done.idx);
}

/* Half a table of the least order at a time: what a record can say. */
static void free_all(struct world *w)
{
	struct hptp_stream_header h = { .n_invalid = 1 << (WORLD_ORDER - 5) };

	for (; h.index < w->o.n; h.index += h.n_invalid)
		write_all(w, &h, sizeof(h));
}

/* All of it at once; the guest can not tell. */
void op_stream_restore(struct world *w)
{
	const size_t room = w->o.n * 24 + 64;
	uint8_t *saved = malloc(room);
	struct hptp_stream *reader;
	size_t n = 0, used = 1;
	int ret;

	world_note(w, "stream restore");
	if (!saved)
		abort();
	world_evict_tlbs(w);
	ret = machine_in_t(hptp_stream_open(machine_vm(w->m), 0, 0, &reader));
	while (!ret && used) {
		ret = machine_in_a(hptp_stream_read(reader, saved + n, room - n, &used));
		n += used;
	}
	if (ret)
		world_fail(w, "saving: %s", hptp_strerror(ret));
	machine_in_t((hptp_stream_close(reader), 0));
	free_all(w);
	write_all(w, saved, n);
	free(saved);
	world_saw(w, "stream restored");
}

/* What no guest could have entered. */
static void spoil(struct world *w, struct hptp_stream_header *h, uint64_t *v, uint64_t *r)
{
	switch (world_random(w, 4)) {
	case 0:
		h->index = (uint32_t)w->o.n - 1;
		h->n_invalid = 1;
		break;
	case 1: *v &= ~1ull; break;
	case 2: *v |= 2ull << 62; break;
	default: *v |= 4; *r = (*r & ~0xff000ull) | 0x5000;
	}
}

/* An entry is overwritten, or goes; or it is refused. */
void op_stream_write(struct world *w)
{
	struct hptp_stream_header h = { .n_valid = 1 };
	struct hptp_stream_written done = { 0 };
	bool bad = world_chance(w, 3);
	uint32_t idx, other;
	uint64_t v, r;
	int ret;

	world_note(w, "stream write: none");
	if (!w->o.n_used)
		return;
	/* In its own place, with another protection. */
	h.index = idx = w->o.used[world_random(w, w->o.n_used)];
	other = w->o.used[world_random(w, w->o.n_used)];
	v = w->o.entry[idx].v;
	r = w->o.entry[idx].r ^ (w->o.entry[other].r & 3);
	if (!bad && world_chance(w, 4))
		h = (struct hptp_stream_header){ .index = idx, .n_invalid = 1 };
	if (bad)
		spoil(w, &h, &v, &r);
	world_note(w, "stream write %x: %u, %u, %016jx %016jx", h.index, h.n_valid, h.n_invalid,
		   (uintmax_t)v, (uintmax_t)r);
	memcpy(buffer, &h, sizeof(h));
	for (unsigned i = 0; i < 8; i++) {
		buffer[sizeof(h) + i] = (uint8_t)(v >> 8 * (7 - i));
		buffer[sizeof(h) + 8 + i] = (uint8_t)(r >> 8 * (7 - i));
	}
	ret = machine_in_a(
		hptp_stream_write(machine_vm(w->m), buffer, sizeof(h) + 16 * h.n_valid, &done));
	world_saw(w, "stream write %d", ret);
	if (ret != (bad ? HPTP_E_PARAM : 0) || (bad ? done.used : !done.used))
		world_fail(w, "hptp_stream_write: %s at %zu", hptp_strerror(ret), done.used);
	if (!bad)
		oracle_written(&w->o, idx, h.n_valid ? v : 0, r);
}
