// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Frames come from the heap and go back to it poisoned; every change of a unit's frame
 * is made inside an invalidation window over all of the unit.
 */
#include "memory.h"

#include "heap.h"
#include "host_memory.h"
#include "partition.h"
#include "string.h"

#define POISON 0xde

uint64_t memory_flushes, memory_page_outs;

static struct unit *unit_of(struct memory *m, uint64_t off)
{
	return &m->unit[off >> (m->unit_shift - m->frame_shift)];
}

static uint64_t n_units(const struct memory *m)
{
	return m->n >> (m->unit_shift - m->frame_shift);
}

/* Askew: a frame behind where such a block begins. */
static uint64_t lead(const struct memory *m)
{
	return m->flags & HARNESS_ASKEW ? 1ull << m->frame_shift : 0;
}

static uint64_t block_size(const struct memory *m)
{
	return (1ull << m->unit_shift) + lead(m);
}

static void *get_frame(const struct memory *m, const void *contents)
{
	char *block = heap_alloc(block_size(m));

	if (block && contents)
		memcpy(block, contents, 1ull << m->unit_shift);
	return block ? block + lead(m) : NULL;
}

/* Whoever still uses it shall notice. */
static void put_frame(const struct memory *m, void *frame)
{
	memset(frame, POISON, 1ull << m->unit_shift);
	heap_free((char *)frame - lead(m), block_size(m));
}

/* Replace a unit's frame, or take it away, while no CPU has a translation of it. */
static void *exchange(struct memory *m, uint64_t off, void *frame)
{
	uint64_t frames = 1ull << (m->unit_shift - m->frame_shift);
	hptp_off first = { off & ~(frames - 1) };
	struct unit *unit = unit_of(m, off);
	struct hptp_window window;
	void *old = unit->frame;

	if (hptp_invalidate_begin(m->handle, first, frames, &window) ||
	    hptp_unmap_range(m->handle, first, frames, NULL))
		host_bug(NULL, "a page can not be unmapped");
	unit->frame = frame;
	if (hptp_invalidate_end(&window))
		host_bug(NULL, "a window does not close");
	return old;
}

void memory_page_out(struct memory *m, uint64_t off)
{
	struct unit *unit = unit_of(m, off);
	void *old;

	if (!unit->frame || (m->flags & HARNESS_RESIDENT))
		return;
	memory_page_outs++;
	old = exchange(m, off, NULL);
	unit->stored = get_frame(m, old);
	put_frame(m, old);
}

static int bring_in(struct memory *m, uint64_t off, bool write)
{
	struct unit *unit = unit_of(m, off);

	if (write && (m->flags & HARNESS_READONLY))
		return HPTP_E_NOPAGE;
	if (!unit->frame) {
		unit->frame = get_frame(m, unit->stored);
		if (!unit->frame)
			return HPTP_E_HOST(12);
		if (unit->stored)
			put_frame(m, unit->stored);
		unit->stored = NULL;
	}
	if (write && !unit->own) { /* copy on write: the old frame goes */
		put_frame(m, exchange(m, off, get_frame(m, unit->frame)));
		unit->own = true;
	}
	return 0;
}

void *memory_reach(struct memory *m, uint64_t byte, bool write)
{
	uint64_t off = byte >> m->frame_shift;

	if (bring_in(m, off, write))
		return NULL;
	return (char *)unit_of(m, off)->frame + (byte & ((1ull << m->unit_shift) - 1));
}

struct memory *memory_add(struct hptp_vm *vm, struct memory *description)
{
	struct memory *m = heap_alloc(sizeof(*m));
	struct hptp_slot_config config = {
		.size = sizeof(config),
		.base = { description->first },
		.n = description->n,
		.host = m,
	};
	bool missing = false;

	*m = *description;
	if (m->flags & HARNESS_ASKEW)
		m->flags |= HARNESS_RESIDENT;
	m->unit = heap_alloc(n_units(m) * sizeof(*m->unit));
	for (uint64_t i = 0; i < n_units(m); i++) {
		m->unit[i].own = !(m->flags & (HARNESS_COW | HARNESS_READONLY));
		if (m->flags & HARNESS_RESIDENT)
			m->unit[i].frame = get_frame(m, NULL);
		if (m->flags & HARNESS_RESIDENT && !m->unit[i].frame)
			missing = true;
	}
	if (missing || hptp_slot_add(vm, &config, &m->handle)) {
		m->handle = NULL;
		memory_remove(m);
		return NULL;
	}
	return m;
}

void memory_remove(struct memory *m)
{
	if (m->handle && hptp_slot_remove(m->handle))
		host_bug(NULL, "a slot can not be removed");
	for (uint64_t i = 0; i < n_units(m); i++) {
		if (m->unit[i].frame)
			put_frame(m, m->unit[i].frame);
		if (m->unit[i].stored)
			put_frame(m, m->unit[i].stored);
	}
	heap_free(m->unit, n_units(m) * sizeof(*m->unit));
	heap_free(m, sizeof(*m));
}

/* ---- callbacks ---- */

static bool host_lookup(void *host, void *slot, hptp_off off, unsigned how,
			struct hptp_host_page *page)
{
	struct memory *m = slot;
	struct unit *unit = unit_of(m, off.n);
	uint64_t in_unit = off.n & ((1ull << (m->unit_shift - m->frame_shift)) - 1);

	(void)host;
	(void)how;
	page->shift = (uint8_t)m->unit_shift;
	if (!unit->frame)
		return false;
	page->hfn.n = ((uint64_t)unit->frame >> m->frame_shift) + in_unit;
	page->flags = unit->own ? HPTP_PAGE_WRITABLE : 0;
	return true;
}

static int host_get(void *host, void *slot, hptp_off off, unsigned how, struct hptp_host_page *page)
{
	int error = bring_in(slot, off.n, how & HPTP_HOW_WRITE);

	if (!error)
		host_lookup(host, slot, off, how, page);
	return error;
}

static void host_put(void *host, void *slot, hptp_off off, struct hptp_host_page *page,
		     bool written)
{
	(void)host;
	(void)slot;
	(void)off;
	(void)page;
	(void)written;
}

static void tlb_flush(void *host, const struct hptp_flush *flush)
{
	memory_flushes++;
	partition_flush(host, flush);
}

static void page_init(void *host, const struct hptp_part *to, const struct hptp_part *from,
		      size_t bytes)
{
	struct memory *m = to->slot;
	void *a = memory_reach(m, (to->off.n << m->frame_shift) + to->at, true);

	(void)host;
	if (from)
		memcpy(a,
		       memory_reach(from->slot, (from->off.n << m->frame_shift) + from->at, false),
		       bytes);
	else
		memset(a, 0, bytes);
}

const struct hptp_ops memory_ops = {
	.size = sizeof(struct hptp_ops),
	.page_init = page_init,
	.host_lookup = host_lookup,
	.host_get = host_get,
	.host_put = host_put,
	.tlb_flush = tlb_flush,
	.table_alloc = host_table_alloc,
	.table_free = host_table_free,
	.mem_alloc = host_mem_alloc,
	.mem_free = host_mem_free,
	.bug = host_bug,
};
