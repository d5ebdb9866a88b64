// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What the host does: takes pages away and brings them back, ages, harvests, changes slots. */
#include "world.h"

#include <stdlib.h>
#include <string.h>

static struct world_slot *some_slot(struct world *w)
{
	struct world_slot *s = &w->slot[world_random(w, WORLD_SLOTS)];

	return s->slot ? s : NULL;
}

static unsigned slot_number(const struct world *w, const struct world_slot *s)
{
	return (unsigned)(s - w->slot);
}

static bool is_paged(const struct world_slot *s)
{
	return !(s->flags & (MACHINE_SLOT_FLAT | MACHINE_SLOT_CI));
}

/* A range of frames of a slot: usually few, at most `most`, sometimes all. */
static void some_range(struct world *w, const struct world_slot *s, uint64_t most, uint64_t *off,
		       uint64_t *n)
{
	*off = world_chance(w, 4) ? world_random(w, s->n) : 0;
	*n = 1 + world_random(w, s->n - *off);
	if (!world_chance(w, 8) && *n > 64)
		*n = 1 + world_random(w, 64);
	if (*n > most)
		*n = most;
}

static void settle(struct world *w, const struct world_slot *s, uint64_t off, uint64_t n)
{
	oracle_settle(&w->o, (s->base + off) << w->frame_shift, n << w->frame_shift);
}

/* ---- pages ---- */

void op_page(struct world *w)
{
	static const char *const names[] = { "out",   "out",  "out",  "in",
					     "clean", "move", "deny", "allow" };
	struct world_slot *s = some_slot(w);
	unsigned what = (unsigned)world_random(w, 8);
	uint64_t frames, unit;
	int ret;

	world_note(w, "page: none");
	if (!s || !is_paged(s) || (s->unit_shift == 24 && !world_chance(w, 64)))
		return;
	if (what >= 6 && s->flags)
		what = 0;
	frames = 1ull << (s->unit_shift - w->frame_shift);
	unit = world_random(w, machine_slot_units(s->slot));
	world_note(w, "page %s slot %u unit %ju", names[what], slot_number(w, s), (uintmax_t)unit);
	if (what == 3)
		ret = machine_page_in(s->slot, unit,
				      world_chance(w, 2) && !s->flags && !s->unwritable[unit]);
	else if (what == 4)
		ret = machine_page_clean(s->slot, unit);
	else if (what == 5)
		ret = machine_page_move(s->slot, unit);
	else if (what >= 6)
		ret = machine_page_writable(s->slot, unit, what == 7);
	else
		ret = machine_page_out(s->slot, unit);
	if (ret && ret != HPTP_E_NOPAGE)
		world_fail(w, "page %s: %s", names[what], hptp_strerror(ret));
	world_saw(w, "page %s %d", names[what], ret);
	if (!ret && what >= 6)
		s->unwritable[unit] = what == 6;
	if (!ret && what != 3)
		settle(w, s, unit * frames, frames);
}

/* The host looks at, or writes, guest memory itself. */
void op_host_memory(struct world *w)
{
	struct world_slot *s = some_slot(w);
	uint64_t off, gpa, value = world_random(w, 0), want;
	bool write = world_chance(w, 2);
	int ret, expected = 0;

	world_note(w, "host memory: none");
	if (!s)
		return;
	off = world_random(w, s->n < 512 ? s->n : 512);
	gpa = ((s->base + off) << w->frame_shift) + world_random(w, 2) * 8;
	world_note(w, "host %s gpa %jx", write ? "writes" : "reads", (uintmax_t)gpa);
	if (write && (s->flags & MACHINE_SLOT_READONLY ||
		      s->unwritable[off >> (s->unit_shift - w->frame_shift)]))
		expected = HPTP_E_NOPAGE;
	want = cells_load(&w->memory, world_cell(w, gpa));
	ret = write ? machine_host_write(w->m, gpa, &value, sizeof(value)) :
		      machine_host_read(w->m, gpa, &value, sizeof(value));
	if (ret != expected)
		world_fail(w, "host memory: expected %d, found %d", expected, ret);
	if (!write && value != want)
		world_fail(w, "host memory: expected %jx, found %jx", (uintmax_t)want,
			   (uintmax_t)value);
	if (ret || !write)
		return;
	cells_store(&w->memory, world_cell(w, gpa), value);
	bits_set(&s->ever, off, 1);
	if (s->log)
		bits_set(&s->must, off, 1);
}

void op_evict(struct world *w)
{
	world_note(w, "evict all TLBs");
	world_evict_tlbs(w);
}

/* ---- windows ---- */

static void close_window(struct world *w, struct world_window *x)
{
	int ret = machine_in_a(hptp_invalidate_end(&x->window));

	if (ret)
		world_fail(w, "a window does not close: %s", hptp_strerror(ret));
	x->open = false;
	w->n_windows--;
	if (hptp_invalidate_end(&x->window) != HPTP_E_STATE)
		world_fail(w, "a window closes twice");
}

static void close_windows_of(struct world *w, const struct world_slot *s)
{
	for (unsigned i = 0; i < WORLD_WINDOWS; i++) {
		if (w->window[i].open && w->window[i].slot == slot_number(w, s))
			close_window(w, &w->window[i]);
	}
}

/* Open a window and unmap its range; the window stays open for a while. */
static void open_window(struct world *w, struct world_window *x, struct world_slot *s, uint64_t off,
			uint64_t n)
{
	struct hptp_slot *handle = machine_slot_handle(s->slot);
	struct hptp_unmapped done = { .dirty = calloc(1, (n + 7) / 8) };
	struct bits none;
	uint64_t bad;
	int ret;

	if (!done.dirty || !bits_init(&none, s->n))
		world_fail(w, "no memory for the test itself");
	ret = machine_in_a(hptp_invalidate_begin(handle, (hptp_off){ off }, n, &x->window));
	if (ret)
		world_fail(w, "a window does not open: %s", hptp_strerror(ret));
	ret = machine_in_a(hptp_unmap_range(handle, (hptp_off){ off }, n, &done));
	if (ret)
		world_fail(w, "unmap: %s", hptp_strerror(ret));
	bad = bits_between(done.dirty, &none, &s->ever, off, n);
	if (bad != n)
		world_fail(w, "unmap: frame %jx was never written", (uintmax_t)(off + bad));
	free(done.dirty);
	bits_exit(&none);
	settle(w, s, off, n);
	x->open = true;
	x->slot = slot_number(w, s);
	x->gfn = s->base + off;
	x->n = n;
	w->n_windows++;
}

void op_window(struct world *w)
{
	struct world_window *x = &w->window[world_random(w, WORLD_WINDOWS)];
	struct world_slot *s = some_slot(w);
	uint64_t off, n;

	if (x->open) {
		world_note(w, "window closes");
		close_window(w, x);
		return;
	}
	world_note(w, "window: none");
	if (!s)
		return;
	some_range(w, s, 1 << 16, &off, &n);
	world_note(w, "window opens, slot %u off %jx n %jx", slot_number(w, s), (uintmax_t)off,
		   (uintmax_t)n);
	open_window(w, x, s, off, n);
}

/* Unmap for nothing, as NUMA balancing does; and the refusals of a wrong call. */
void op_unmap(struct world *w)
{
	struct world_window x = { 0 };
	struct world_slot *s = some_slot(w);
	struct hptp_slot *handle;
	uint64_t off, n;

	world_note(w, "unmap: none");
	if (!s)
		return;
	handle = machine_slot_handle(s->slot);
	some_range(w, s, 1 << 16, &off, &n);
	world_note(w, "unmap slot %u off %jx n %jx", slot_number(w, s), (uintmax_t)off,
		   (uintmax_t)n);
	if (!w->n_windows && hptp_unmap_range(handle, (hptp_off){ off }, n, NULL) != HPTP_E_WINDOW)
		world_fail(w, "unmap without a window is not refused");
	if (hptp_invalidate_begin(handle, (hptp_off){ off }, s->n - off + 1, &x.window) !=
	    HPTP_E_PARAM)
		world_fail(w, "a window beyond its slot is not refused");
	open_window(w, &x, s, off, n);
	close_window(w, &x);
}

/* ---- aging ---- */

/*
 * Frames before the range where a page could begin that reaches into it. Were they
 * referenced, the whole range may be called young; and they may be forgotten.
 */
static bool reached_from_before(const struct world *w, struct world_slot *s, uint64_t off)
{
	static const uint8_t shifts[] = { 16, 24, 34 };
	bool young = false;

	for (unsigned i = 0; i < sizeof(shifts); i++) {
		uint64_t frames, gfn = s->base + off;

		if (shifts[i] <= w->frame_shift)
			continue;
		frames = 1ull << (shifts[i] - w->frame_shift);
		gfn -= gfn % frames;
		if (gfn < s->base || gfn == s->base + off)
			continue;
		young |= bits_test(&s->young_may, gfn - s->base);
		bits_clear(&s->young_must, gfn - s->base, 1);
	}
	return young;
}

static void check_young(struct world *w, struct world_slot *s, const uint8_t *young, uint64_t off,
			uint64_t n, bool exact)
{
	struct bits none, all;
	bool before = reached_from_before(w, s, off);
	uint64_t bad;

	if (!bits_init(&none, s->n) || !bits_init(&all, s->n))
		world_fail(w, "no memory for the test itself");
	bits_set(&all, 0, s->n);
	bad = bits_between(young, exact ? &s->young_must : &none, before ? &all : &s->young_may,
			   off, n);
	if (bad != n)
		world_fail(w, "age: frame %jx, young %d", (uintmax_t)(off + bad),
			   young[bad >> 3] >> (bad & 7) & 1);
	bits_exit(&none);
	bits_exit(&all);
	bits_clear(&s->young_must, off, n);
	if (exact && !before)
		bits_clear(&s->young_may, off, n);
}

static void test_age(struct world *w, struct world_slot *s, uint64_t off, uint64_t n, bool exact)
{
	int ret = machine_in_a(
		hptp_test_age_range(machine_slot_handle(s->slot), (hptp_off){ off }, n));
	bool must = false, may = reached_from_before(w, s, off);

	world_saw(w, "test age %d", ret);
	for (uint64_t i = off; i < off + n; i++) {
		must |= exact && bits_test(&s->young_must, i);
		may |= bits_test(&s->young_may, i);
	}
	if (ret < must || ret > may)
		world_fail(w, "test age: must %d may %d, found %d", must, may, ret);
}

/* Exact: every R is in the table before the call. */
void op_age(struct world *w)
{
	struct world_slot *s = some_slot(w);
	bool exact = world_chance(w, 2), test = world_chance(w, 3), any = false;
	uint64_t off, n;
	uint8_t *young;
	int ret;

	world_note(w, "age: none");
	if (!s)
		return;
	some_range(w, s, 1 << 14, &off, &n);
	world_note(w, "%s%s slot %u off %jx n %jx", test ? "test age" : "age",
		   exact ? " exact" : "", slot_number(w, s), (uintmax_t)off, (uintmax_t)n);
	if (exact)
		world_evict_tlbs(w);
	if (test) {
		test_age(w, s, off, n, exact);
		return;
	}
	young = calloc(1, (n + 7) / 8);
	ret = machine_in_a(
		hptp_age_range(machine_slot_handle(s->slot), (hptp_off){ off }, n, young));
	world_saw(w, "age %d", ret);
	for (uint64_t i = 0; i < (n + 7) / 8; i++)
		any |= young[i];
	if (ret != any)
		world_fail(w, "age: answer %d does not go with its bitmap", ret);
	check_young(w, s, young, off, n, exact);
	free(young);
}

/* ---- the dirty log ---- */

void op_harvest(struct world *w)
{
	struct world_slot *s = some_slot(w);
	bool stopped = world_chance(w, 2), forget = world_chance(w, 4);
	unsigned flags = stopped ? HPTP_HARVEST_STOPPED : 0;
	struct bits none = { 0 };
	uint64_t off, n, bad;
	uint8_t *out;
	int ret;

	world_note(w, "harvest: none");
	if (!s)
		return;
	some_range(w, s, 1 << 16, &off, &n);
	world_note(w, "harvest%s slot %u off %jx n %jx", stopped ? " stopped" : "",
		   slot_number(w, s), (uintmax_t)off, (uintmax_t)n);
	out = calloc(1, (n + 7) / 8);
	none.b = calloc(1, s->n / 8 + 1);
	if (forget)
		flags |= HPTP_HARVEST_FORGET;
	ret = machine_in_a(hptp_dirty_harvest(machine_slot_handle(s->slot), (hptp_off){ off }, n,
					      forget ? NULL : out, flags));
	world_saw(w, "harvest %d", ret);
	if (ret)
		world_fail(w, "harvest: %s", hptp_strerror(ret));
	if (forget) {
		world_saw(w, "harvest forgets");
		bits_clear(&s->must, off, n);
		goto out;
	}
	bad = bits_between(out, stopped ? &s->must : &none, &s->ever, off, n);
	if (bad != n)
		world_fail(w, "harvest: frame %jx, reported %d", (uintmax_t)(off + bad),
			   out[bad >> 3] >> (bad & 7) & 1);
	for (uint64_t i = 0; i < n; i++) {
		if (out[i >> 3] >> (i & 7) & 1)
			bits_clear(&s->must, off + i, 1);
	}
out:
	free(out);
	free(none.b);
}

static void logging(struct world *w, struct world_slot *s, bool on)
{
	struct hptp_slot *handle = machine_slot_handle(s->slot);
	size_t bytes = (s->n + 7) / 8;
	uint8_t *log;
	int ret;

	if (on == !!s->log)
		return;
	if (on) {
		log = calloc(1, bytes);
		if (hptp_dirty_start(handle, log, bytes - 1) != HPTP_E_PARAM)
			world_fail(w, "a log that is too small is not refused");
		ret = machine_in_t(hptp_dirty_start(handle, log, bytes));
		if (ret || hptp_dirty_start(handle, log, bytes) != HPTP_E_STATE)
			world_fail(w, "log starts: %d, or twice", ret);
		s->log = log;
		return;
	}
	ret = machine_in_t(hptp_dirty_stop(handle));
	if (ret || hptp_dirty_stop(handle) != HPTP_E_STATE)
		world_fail(w, "log stops: %d, or twice", ret);
	free(s->log);
	s->log = NULL;
	bits_clear(&s->must, 0, s->n);
}

void op_logging(struct world *w)
{
	struct world_slot *s = some_slot(w);

	world_note(w, "logging: none");
	if (!s)
		return;
	world_note(w, "logging slot %u %s", slot_number(w, s), s->log ? "stops" : "starts");
	logging(w, s, !s->log);
}

/* ---- slots ---- */

void op_slot(struct world *w)
{
	unsigned i = (unsigned)world_random(w, WORLD_SLOTS);
	struct world_slot *s = &w->slot[i];
	uint64_t gpa, bytes;
	int ret;

	world_plan(i, &gpa, &bytes);
	if (!s->slot) {
		world_note(w, "slot %u comes", i);
		world_slot_add(w, i, true);
		world_saw(w, "slot made");
		if (world_chance(w, 2))
			logging(w, s, true);
		return;
	}
	close_windows_of(w, s);
	if (world_chance(w, 2) || bytes >= 4 << 20) {
		world_note(w, "slot %u goes", i);
		if (world_chance(w, 2))
			logging(w, s, false);
		world_slot_remove(w, i);
		world_saw(w, "slot removed");
		return;
	}
	/* Beside its planned place, or back. */
	gpa >>= w->frame_shift;
	if (s->base == gpa)
		gpa += 0x4000000 >> w->frame_shift;
	world_note(w, "slot %u moves to %jx", i, (uintmax_t)gpa);
	settle(w, s, 0, s->n);
	ret = machine_slot_move(s->slot, gpa);
	if (ret)
		world_fail(w, "slot moves: %s", hptp_strerror(ret));
	world_saw(w, "slot moved");
	s->base = gpa;
	bits_clear(&s->young_must, 0, s->n); /* the history of references is not moved */
}
