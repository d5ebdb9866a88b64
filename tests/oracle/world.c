// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The world: its slots, the record of what happened, and the comparison of whole tables. */
#include "world.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the record ---- */

void world_note(struct world *w, const char *format, ...)
{
	char *line = w->line[w->step % WORLD_LINES];
	va_list ap;

	va_start(ap, format);
	vsnprintf(line, WORLD_LINE, format, ap);
	va_end(ap);
}

void world_add(struct world *w, const char *format, ...)
{
	char *line = w->line[w->step % WORLD_LINES];
	size_t n = strlen(line);
	va_list ap;

	va_start(ap, format);
	vsnprintf(line + n, WORLD_LINE - n, format, ap);
	va_end(ap);
}

void world_fail(struct world *w, const char *format, ...)
{
	va_list ap;

	fflush(stdout);
	fprintf(stderr, "oracle: seed %ju step %ju: ", (uintmax_t)w->seed, (uintmax_t)w->step);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fprintf(stderr, "\nthe last operations:\n");
	for (uint64_t i = 0; i < WORLD_LINES; i++) {
		uint64_t step = w->step + 1 + i - WORLD_LINES;

		if (w->step + 1 + i >= WORLD_LINES)
			fprintf(stderr, "%8ju %s\n", (uintmax_t)step, w->line[step % WORLD_LINES]);
	}
	exit(1);
}

void world_saw(struct world *w, const char *format, ...)
{
	char name[64];
	va_list ap;

	va_start(ap, format);
	vsnprintf(name, sizeof(name), format, ap);
	va_end(ap);
	for (unsigned i = 0; i < w->n_tally; i++) {
		if (!strcmp(w->tally[i].name, name)) {
			w->tally[i].n++;
			return;
		}
	}
	world_fail(w, "nobody expected to see \"%s\"", name);
}

uint64_t world_random(struct world *w, uint64_t below)
{
	uint64_t x = machine_random(&w->random);

	return below ? x % below : x;
}

/* ---- slots ---- */

static const struct plan {
	uint64_t gpa, bytes;
	unsigned unit_shift; /* 0: of a frame */
	unsigned flags;
} plans[WORLD_SLOTS] = {
	{ 0, 8 << 20, 16, 0 },
	{ 0x10000000, 2 << 20, 0, 0 },
	{ 0x20000000, 1 << 20, 16, MACHINE_SLOT_COW },
	{ 0x30000000, 1 << 20, 0, MACHINE_SLOT_READONLY },
	{ 0x40000000, 32 << 20, 24, 0 },
	{ 0x50000000, 1 << 20, 16, MACHINE_SLOT_CI },
	{ 0x60000000, 64 << 20, 24, MACHINE_SLOT_FLAT },
	{ 1ull << 40, 1ull << 34, 34, MACHINE_SLOT_FLAT },
};

void world_plan(unsigned i, uint64_t *gpa, uint64_t *bytes)
{
	*gpa = plans[i].gpa;
	*bytes = plans[i].bytes;
}

static uint64_t slot_units(const struct world *w, const struct world_slot *s)
{
	return s->n >> (s->unit_shift - w->frame_shift);
}

void world_slot_add(struct world *w, unsigned i, bool vary)
{
	static const unsigned small[] = { 0, 16, 20 }, large[] = { 16, 20, 24 };
	struct world_slot *s = &w->slot[i];
	uint64_t frames, n = plans[i].bytes >> w->frame_shift;
	unsigned shift = plans[i].unit_shift;
	int err;

	if (vary && !plans[i].flags)
		shift = (shift == 24 ? large : small)[world_random(w, 3)];
	s->unit_shift = shift > w->frame_shift ? shift : w->frame_shift;
	s->flags = plans[i].flags;
	s->base = plans[i].gpa >> w->frame_shift;
	frames = 1ull << (s->unit_shift - w->frame_shift);
	if (vary && s->unit_shift < 24 && n > frames &&
	    world_chance(w, 2)) /* not a multiple of large pages */
		n -= frames * (1 + world_random(w, 3 < n / frames ? 3 : n / frames - 1));
	s->n = n;
	w->starve = 64;
	s->serial = ++w->serial;
	err = machine_slot_add(w->m, s->base, s->n, s->unit_shift, s->flags, &s->slot);
	if (err)
		world_fail(w, "slot %u can not be made: %s", i, hptp_strerror(err));
	s->unwritable = calloc(slot_units(w, s), sizeof(bool));
	if (!s->unwritable || !bits_init(&s->must, n) || !bits_init(&s->ever, n) ||
	    !bits_init(&s->young_must, n) || !bits_init(&s->young_may, n))
		world_fail(w, "no memory for the test itself");
}

void world_slot_remove(struct world *w, unsigned i)
{
	struct world_slot *s = &w->slot[i];
	int err = machine_slot_remove(s->slot);

	if (err)
		world_fail(w, "slot %u can not be removed: %s", i, hptp_strerror(err));
	oracle_settle(&w->o, s->base << w->frame_shift, s->n << w->frame_shift);
	cells_forget(&w->memory, s->serial, 40);
	bits_exit(&s->must);
	bits_exit(&s->ever);
	bits_exit(&s->young_must);
	bits_exit(&s->young_may);
	free(s->unwritable);
	free(s->log);
	*s = (struct world_slot){ 0 };
}

struct world_slot *world_slot_at(struct world *w, uint64_t gfn)
{
	for (unsigned i = 0; i < WORLD_SLOTS; i++) {
		struct world_slot *s = &w->slot[i];

		if (s->slot && gfn - s->base < s->n)
			return s;
	}
	return NULL;
}

/* The oracle's question about the host. */
static bool world_host(void *arg, uint64_t gfn, uint64_t n, struct oracle_host *h)
{
	struct world *w = arg;
	struct world_slot *s = world_slot_at(w, gfn);
	uint64_t unit;

	if (!s)
		return false;
	unit = (gfn - s->base) >> (s->unit_shift - w->frame_shift);
	*h = (struct oracle_host){
		.slot_base = s->base,
		.slot_n = s->n,
		.map_shift = s->unit_shift,
		.tells_shift = true,
		.congruent = true,
		.mapped = s->flags & (MACHINE_SLOT_FLAT | MACHINE_SLOT_CI) ||
			  machine_unit_state(s->slot, unit) >= MACHINE_UNIT_CLEAN,
		.ci = s->flags & MACHINE_SLOT_CI,
		.get_ci = s->flags & MACHINE_SLOT_CI,
		.can_load = true,
		.error = HPTP_E_NOPAGE,
	};
	h->can_store = !(s->flags & MACHINE_SLOT_READONLY) && !s->unwritable[unit];
	h->writable = h->can_store;
	h->any_window = w->n_windows;
	for (unsigned i = 0; i < WORLD_WINDOWS; i++) {
		struct world_window *x = &w->window[i];

		if (x->open && x->gfn < gfn + n && gfn < x->gfn + x->n)
			h->window = true;
	}
	return true;
}

/* ---- what happened to memory ---- */

uint64_t world_cell(struct world *w, uint64_t gpa)
{
	struct world_slot *s = world_slot_at(w, gpa >> w->frame_shift);

	return s->serial << 40 | (gpa - (s->base << w->frame_shift)) >> 3;
}

void world_accessed(struct world *w, uint64_t page, unsigned shift, bool store)
{
	struct world_slot *s = world_slot_at(w, page >> w->frame_shift);
	uint64_t off = (page >> w->frame_shift) - s->base;
	uint64_t n = shift > w->frame_shift ? 1ull << (shift - w->frame_shift) : 1;

	bits_set(&s->young_must, off, 1);
	bits_set(&s->young_may, off, n);
	if (!store)
		return;
	bits_set(&s->ever, off, n);
	if (s->log)
		bits_set(&s->must, off, n);
}

void world_evict_tlbs(struct world *w)
{
	for (unsigned i = 0; i < WORLD_VCPUS; i++)
		machine_tlb_evict(machine_vcpu(w->m, i));
	oracle_settle(&w->o, 0, ~0ull);
}

/* PP lets nobody write. */
static bool is_read_only(uint64_t dword1)
{
	uint64_t pp = dword1 & (1ull << 63 | 3);

	return pp == 3 || pp == (1ull << 63 | 2);
}

/* A valid entry gives the hardware no more than guest and host allow, and the host's page. */
static void check_real(struct world *w, const struct hptp_entry *e)
{
	unsigned base, shift = oracle_page_shift(e->v, e->guest, &base);
	uint64_t gfn = (e->guest & 0x0ffffffffffff000ull) >> shift << shift >> w->frame_shift;
	struct oracle_host h;
	uint64_t n = shift > w->frame_shift ? 1ull << (shift - w->frame_shift) : 1;

	if (!world_host(w, gfn, n, &h) || !h.mapped || h.window)
		world_fail(w, "entry %x is valid, but the host has no page there", e->idx.n);
	if (h.map_shift < shift)
		world_fail(w, "entry %x is valid and larger than the host's mapping", e->idx.n);
	if (!is_read_only(e->real) && (is_read_only(e->guest) || !h.can_store))
		world_fail(w, "entry %x is writable: guest %016jx, real %016jx", e->idx.n,
			   (uintmax_t)e->guest, (uintmax_t)e->real);
	if ((e->real ^ e->guest) & 0x3000000000000e04ull)
		world_fail(w, "entry %x: N or key differ: guest %016jx, real %016jx", e->idx.n,
			   (uintmax_t)e->guest, (uintmax_t)e->real);
	if (h.ci != !!((e->real & 0x70) == 0x20 || (e->real & 0x70) == 0x30))
		world_fail(w, "entry %x: cache attributes %jx", e->idx.n,
			   (uintmax_t)(e->real & 0x78));
}

void world_compare(struct world *w)
{
	struct hptp_entry e;
	uint64_t next = 0, seen = 0;

	for (; machine_in_a(hptp_entry_next(machine_vm(w->m), next, &e)); next = e.idx.n + 1ull) {
		const struct oracle_entry *x = &w->o.entry[e.idx.n];

		seen++;
		if (e.v != x->v || ((e.guest ^ x->r) & ~(x->maybe | x->unsure)))
			world_fail(
				w,
				"entry %x: expected %016jx %016jx (loose %jx), found %016jx %016jx",
				e.idx.n, (uintmax_t)x->v, (uintmax_t)x->r,
				(uintmax_t)(x->maybe | x->unsure), (uintmax_t)e.v,
				(uintmax_t)e.guest);
		oracle_learn(&w->o, e.idx.n, e.guest);
		if (e.state == HPTP_VALID)
			check_real(w, &e);
	}
	if (seen != w->o.n_used)
		world_fail(w, "expected %ju entries in use, found %ju", (uintmax_t)w->o.n_used,
			   (uintmax_t)seen);
}

/* ---- segments: four of each base page size and segment size ---- */

unsigned world_segment_base(unsigned segment)
{
	static const unsigned base[] = { 12, 12, 16, 16, 24, 24, 34 };

	return base[segment / 4];
}

bool world_segment_1t(unsigned segment)
{
	return segment / 4 % 2 || world_segment_base(segment) == 34;
}

void world_slbmte(struct world *w, unsigned vcpu, unsigned segment, uint64_t flags)
{
	bool t = world_segment_1t(segment);
	uint64_t vsid = 0x1000ull * (segment + 1), slb_v = flags;

	switch (world_segment_base(segment)) {
	case 16: slb_v |= 0x110; break;
	case 24: slb_v |= 0x100; break;
	case 34: slb_v |= 0x120; break;
	}
	slb_v |= t ? HPTP_SLB_B_1T | vsid << HPTP_SLB_SHIFT_1T : vsid << HPTP_SLB_SHIFT;
	w->slb[vcpu][segment] = slb_v;
	machine_slbmte(machine_vcpu(w->m, vcpu), segment, WORLD_EA(segment), slb_v);
}

/* ---- life ---- */

bool world_init(struct world *w, const struct world_config *config)
{
	struct machine_config mc = {
		.frames = (256ull << 20) >> config->frame_shift,
		.seed = config->seed,
		.frame_shift = (uint8_t)config->frame_shift,
		.order = WORLD_ORDER,
		.format = (uint8_t)config->format,
		.vcpus = WORLD_VCPUS,
		.tlb_entries = 64,
	};

	memset(w, 0, sizeof(*w));
	w->frame_shift = config->frame_shift;
	w->format = config->format;
	w->random = w->seed = config->seed;
	if (machine_create(&mc, &w->m) || !cells_init(&w->memory) ||
	    !oracle_init(&w->o, w->frame_shift, 1u << (WORLD_ORDER_MAX - 4), world_host, w))
		return false;
	w->order = WORLD_ORDER;
	w->o.n = 1u << (WORLD_ORDER - 4);
	for (unsigned i = 0; i < 1u << (WORLD_ORDER_MAX - 4); i++)
		w->va[i].segment = WORLD_SEGMENTS;
	for (unsigned i = 0; i < WORLD_SLOTS; i++)
		world_slot_add(w, i, false);
	for (unsigned i = 0; i < WORLD_VCPUS; i++) {
		machine_max_faults(machine_vcpu(w->m, i), 8);
		for (unsigned k = 0; k < WORLD_SEGMENTS; k++)
			world_slbmte(w, i, k, HPTP_SLB_KP);
	}
	return true;
}

void world_exit(struct world *w)
{
	world_stream_close(w);
	for (unsigned i = 0; i < WORLD_WINDOWS; i++) {
		if (w->window[i].open && hptp_invalidate_end(&w->window[i].window))
			world_fail(w, "a window does not close");
	}
	for (unsigned i = 0; i < WORLD_SLOTS; i++) {
		if (w->slot[i].slot)
			world_slot_remove(w, i);
	}
	machine_destroy(w->m);
	oracle_exit(&w->o);
	cells_exit(&w->memory);
}
