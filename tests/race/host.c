// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The host of the small world: callbacks, and what its memory management does. */
#include "host.h"
#include "explore.h"
#include "world.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define NEW_HFN 0x90000u /* and upwards: frames that come in; never used twice */
#define FREED 0xdd

static struct hptp_ops ops;
static uint64_t windows_open, windows_closed; /* the host's own, all frames in one */
static unsigned long blocks;
static uint64_t next_hfn = NEW_HFN;

/* ---- callbacks; CPU 0 is not interrupted in them ---- */

#define PTE_PRESENT 1u
#define PTE_WRITABLE 2u

static uint64_t pte_of(const struct world_frame *f)
{
	return f->hfn << 2 | (f->writable ? PTE_WRITABLE : 0) | (f->present ? PTE_PRESENT : 0);
}

static void pte_store(uint64_t gfn, uint64_t pte)
{
	if (gfn < WORLD_HUGE)
		explore_store(&world.frame[gfn].pte, pte);
	else /* many, and nobody is interested in when they are seen */
		world.frame[gfn].pte = pte;
}

void host_pte_changed(uint64_t gfn)
{
	pte_store(gfn, pte_of(&world.frame[gfn]));
}

static bool fill(uint64_t gfn, struct hptp_host_page *page)
{
	uint64_t pte = explore_load(&world.frame[gfn].pte);

	*page = (struct hptp_host_page){
		.hfn = { pte >> 2 },
		.shift = gfn >= WORLD_HUGE ? 24 : 12,
		.flags = (pte & PTE_WRITABLE) ? HPTP_PAGE_WRITABLE : 0,
	};
	return pte & PTE_PRESENT;
}

static bool op_host_lookup(void *host, void *slot, hptp_off off, unsigned how,
			   struct hptp_host_page *page)
{
	(void)host, (void)slot, (void)how;
	return fill(off.n, page);
}

static int op_host_get(void *host, void *slot, hptp_off off, unsigned how,
		       struct hptp_host_page *page)
{
	struct world_frame *frame = &world.frame[off.n];
	int error = HPTP_OK;

	(void)host, (void)slot;
	explore_quiet();
	if ((how & HPTP_HOW_WRITE) && frame->read_only) {
		error = HPTP_E_NOPAGE;
	} else {
		if (!frame->present && off.n < WORLD_HUGE)
			frame->hfn = next_hfn++;
		frame->writable |= (how & HPTP_HOW_WRITE) || (!frame->present && !frame->read_only);
		frame->present = true;
		host_pte_changed(off.n);
		fill(off.n, page);
	}
	explore_loud();
	return error;
}

static void op_host_put(void *host, void *slot, hptp_off off, struct hptp_host_page *page,
			bool written)
{
	(void)host, (void)slot, (void)off, (void)page, (void)written;
}

/* What a TLB has of a page goes, and what it knows of R and C is written back. */
static void op_tlb_flush(void *host, const struct hptp_flush *flush)
{
	(void)host;
	if (flush->all)
		explore_yield();
	explore_quiet();
	for (unsigned p = 0; p < WORLD_PAGES; p++) {
		struct world_page *page = &world.page[p];

		if (flush->all && page->tlb.on)
			hardware_forget(p);
		for (uint32_t i = 0; !flush->all && i < flush->n && page->tlb.on; i++) {
			if (flush->rb[i] != page->tlb.rb)
				continue;
			hardware_forget(p);
		}
	}
	explore_loud();
	if (flush->all)
		explore_yield();
}

/* Three times the size is mapped: whoever uses an index beyond the table is caught. */
static int op_table_alloc(void *host, unsigned order, struct hptp_table_mem *mem)
{
	size_t size = (size_t)1 << order;

	(void)host;
	explore_quiet();
	mem->virt = mmap(NULL, 3 * size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	explore_must(mem->virt != MAP_FAILED && !mprotect(mem->virt, size, PROT_READ | PROT_WRITE),
		     "no memory for a table");
	explore_loud();
	return 0;
}

static void op_table_free(void *host, unsigned order, struct hptp_table_mem *mem)
{
	(void)host;
	explore_must(!explore_other_reads(), "a table is freed while a reader is inside");
	explore_quiet();
	munmap(mem->virt, (size_t)3 << order);
	explore_loud();
}

static void *op_mem_alloc(void *host, size_t size)
{
	void *mem;

	(void)host;
	explore_quiet();
	mem = aligned_alloc(64, (size + 63) & ~(size_t)63);
	memset(mem, 0, size);
	blocks++;
	explore_loud();
	return mem;
}

/* Whoever still reads it finds nothing that makes sense. */
static void op_mem_free(void *host, void *mem, size_t size)
{
	(void)host;
	explore_must(!explore_other_reads(), "memory is freed while a reader is inside");
	explore_quiet();
	memset(mem, FREED, size);
	blocks--;
	explore_loud();
}

static void op_bug(void *host, const char *what)
{
	(void)host;
	explore_fail("the library's own: %s", what);
}

static struct hptp_slot *op_slot_find(void *host, hptp_gfn gfn, bool hidden_too)
{
	(void)host;
	return gfn.n < WORLD_FRAMES && (hidden_too || !world.slot_hidden) ? world.slot : NULL;
}

static bool op_retry_begin(void *host, void *slot, hptp_off off, uint64_t n,
			   struct hptp_snapshot *snap)
{
	(void)host, (void)slot, (void)n;
	snap->word[0] = explore_load(&windows_closed);
	explore_fence();
	off.n = explore_load(&windows_open);
	explore_fence(); /* before the host's page is looked up */
	return !off.n;
}

static bool op_retry_check(void *host, void *slot, hptp_off off, uint64_t n,
			   const struct hptp_snapshot *snap)
{
	(void)host, (void)slot, (void)n;
	off.n = explore_load(&windows_open);
	explore_fence(); /* closed comes first */
	return off.n || snap->word[0] != explore_load(&windows_closed);
}

/* ---- life ---- */

static void slot_add(void)
{
	struct hptp_slot_config config = { .size = sizeof(config), .n = WORLD_FRAMES };
	struct hptp_slot *slot;
	int error = world.own ? hptp_slot_create(world.vm, &config, &slot) :
				hptp_slot_add(world.vm, &config, &slot);

	explore_must(!error, "hptp_slot_add: %s", hptp_strerror(error));
	explore_must(!hptp_dirty_start(slot, world.dirty, sizeof(world.dirty)), "hptp_dirty_start");
	world.slot_hidden = false;
	world.slot = slot;
	if (world.own) /* the library's own slots do it themselves, and at once */
		hptp_mmio_changed(world.vm);
}

void host_start(void)
{
	struct hptp_config config = {
		.size = sizeof(config),
		.ops = &ops,
		.frame_shift = 12,
		.order = 18,
		.format = world.isa_3_0 ? HPTP_FORMAT_3_0 : HPTP_FORMAT_OLD,
	};

	ops = (struct hptp_ops){
		.size = sizeof(ops),
		.host_lookup = op_host_lookup,
		.host_get = op_host_get,
		.host_put = op_host_put,
		.tlb_flush = op_tlb_flush,
		.table_alloc = op_table_alloc,
		.table_free = op_table_free,
		.mem_alloc = op_mem_alloc,
		.mem_free = op_mem_free,
		.bug = op_bug,
	};
	if (world.own) {
		ops.slot_find = op_slot_find;
		ops.retry_begin = op_retry_begin;
		ops.retry_check = op_retry_check;
	}
	explore_must(!hptp_vm_create(&config, &world.vm), "hptp_vm_create");
	hptp_vm_table(world.vm, &world.table);
	for (unsigned i = 0; i < 2; i++)
		explore_must(!hptp_vcpu_create(world.vm, NULL, &world.vcpu[i]), "hptp_vcpu_create");
	slot_add();
	hptp_vm_ready(world.vm);
}

void host_stop(void)
{
	host_slot_remove();
	for (unsigned i = 0; i < 2; i++)
		hptp_vcpu_destroy(world.vcpu[i]);
	explore_must(!hptp_vm_destroy(world.vm), "hptp_vm_destroy");
	explore_must(!blocks, "%lu blocks of memory are not given back", blocks);
}

/* ---- memory management ---- */

/* No CPU reaches the frames any more: hptp_unmap_range() has promised that. */
static void check_gone(uint64_t gfn, uint64_t n)
{
	for (unsigned p = 0; p < WORLD_PAGES; p++) {
		const struct world_page *page = &world.page[p];
		uint64_t frames = page->shift > 12 ? 1ull << (page->shift - 12) : 1;

		if (!page->shift || page->gfn >= gfn + n || page->gfn + frames <= gfn)
			continue;
		explore_must(!page->tlb.on, "page-out of frame %llu returns, and a TLB has page %u",
			     (unsigned long long)gfn, p);
		explore_must(!hardware_finds(p, false),
			     "page-out of frame %llu returns, and page %u is valid",
			     (unsigned long long)gfn, p);
	}
}

enum change { GONE, MOVED, CLEANED };

/* In the host's own record; returns the page table's entry, whose store may be seen late. */
static uint64_t changed(struct world_frame *frame, enum change what)
{
	uint64_t pte;

	explore_quiet();
	frame->present &= what != GONE;
	frame->writable &= what != CLEANED;
	frame->hfn = what == MOVED ? next_hfn++ : frame->hfn;
	pte = pte_of(frame);
	explore_loud();
	return pte;
}

static void change(uint64_t gfn, uint64_t n, enum change what)
{
	struct hptp_window window;
	int error = HPTP_OK;

	if (world.own)
		explore_add(&windows_open, 1);
	else
		error = hptp_invalidate_begin(world.slot, (hptp_off){ gfn }, n, &window);
	if (!error)
		error = hptp_unmap_range(world.slot, (hptp_off){ gfn }, n, NULL);
	explore_must(!error, "hptp_unmap_range: %s", hptp_strerror(error));
	explore_quiet();
	check_gone(gfn, n);
	explore_loud();
	for (uint64_t i = gfn; i < gfn + n; i++)
		pte_store(i, changed(&world.frame[i], what));
	if (world.own) {
		explore_fence();
		explore_add(&windows_closed, 1);
		explore_fence();
		explore_add(&windows_open, (uint64_t)-1);
	} else {
		explore_must(!hptp_invalidate_end(&window), "hptp_invalidate_end");
	}
}

void host_page_out(uint64_t gfn, uint64_t n)
{
	change(gfn, n, GONE);
}

void host_page_move(uint64_t gfn)
{
	change(gfn, 1, MOVED);
}

void host_page_clean(uint64_t gfn)
{
	change(gfn, 1, CLEANED);
}

void host_age(uint64_t gfn, uint64_t n)
{
	uint8_t young[WORLD_FRAMES / 8] = { 0 };
	int was = hptp_age_range(world.slot, (hptp_off){ gfn }, n, young);
	bool any = false;

	for (uint64_t i = 0; i < n; i++) {
		bool bit = young[i >> 3] >> (i & 7) & 1;

		world.frame[gfn + i].aged |= bit;
		any |= bit;
	}
	explore_must(was == any, "hptp_age_range: %d, and the map is %s", was,
		     any ? "young" : "old");
}

void host_harvest(uint64_t gfn, uint64_t n, unsigned flags)
{
	uint8_t out[WORLD_FRAMES / 8] = { 0 };

	explore_must(!hptp_dirty_harvest(world.slot, (hptp_off){ gfn }, n, out, flags), "harvest");
	for (uint64_t i = 0; i < n; i++) {
		bool bit = out[i >> 3] >> (i & 7) & 1;

		explore_must(!(flags & HPTP_HARVEST_STOPPED) || !world.frame[gfn + i].stored || bit,
			     "frame %llu was written, and the last harvest does not say so",
			     (unsigned long long)(gfn + i));
		world.reported[(gfn + i) >> 3] |= (uint8_t)(bit << ((gfn + i) & 7));
	}
}

void host_log_off(void)
{
	host_harvest(0, WORLD_FRAMES, 0);
	explore_must(!hptp_dirty_stop(world.slot), "hptp_dirty_stop");
	explore_quiet();
	world.log_off = true;
	memcpy(world.after, world.dirty, sizeof(world.after));
	explore_loud();
}

/* ---- the table as a whole ---- */

void host_stop_vcpus(void)
{
	while (hptp_vm_stop(world.vm))
		explore_wait();
	world.stopped = true;
}

static void start_vcpus(bool empty)
{
	explore_quiet();
	world_table_changed(empty);
	explore_loud();
	world.stopped = false;
	hptp_vm_ready(world.vm);
}

void host_reset(unsigned order)
{
	host_stop_vcpus();
	explore_must(!hptp_vm_reset(world.vm, order), "hptp_vm_reset");
	start_vcpus(true);
}

void host_resize_prepare(unsigned order)
{
	int left = hptp_resize_prepare(world.vm, 0, order, 0);

	while (left > 0) {
		while (hptp_resize_step(world.vm, 0))
			;
		explore_wait(); /* for another worker */
		left = hptp_resize_prepare(world.vm, 0, order, 0);
	}
	explore_must(!left, "hptp_resize_prepare: %s", hptp_strerror(left));
}

void host_resize(unsigned order, int error)
{
	int got;

	host_stop_vcpus();
	got = hptp_resize_commit(world.vm, 0, order, NULL);
	explore_must(got == error, "hptp_resize_commit: %s", hptp_strerror(got));
	start_vcpus(false);
}

/* The four steps, with the host's own part between them. */
static int remove_own(struct hptp_slot *slot)
{
	int error;

	world.slot_hidden = true;
	hptp_slot_wait(slot);
	error = hptp_slot_flush(slot);
	world.slot = NULL;
	hptp_slot_wait(slot);
	return error ? error : hptp_slot_free(slot);
}

void host_slot_remove(void)
{
	struct hptp_slot *slot = world.slot;
	int error;

	if (!slot)
		return;
	world.slot_went = true;
	error = world.own ? remove_own(slot) : hptp_slot_remove(slot);
	explore_must(!error, "hptp_slot_remove: %s", hptp_strerror(error));
	explore_quiet();
	world.slot = NULL;
	check_gone(0, WORLD_FRAMES);
	for (unsigned gfn = 0; gfn < WORLD_FRAMES; gfn++) {
		world.frame[gfn].present = false;
		host_pte_changed(gfn);
	}
	explore_loud();
}

void host_slot_make(void)
{
	slot_add();
	explore_quiet();
	for (unsigned gfn = 0; gfn < WORLD_FRAMES; gfn++)
		world.frame[gfn].present = true;
	world.slot_went = false;
	explore_loud();
}

void host_slot_recreate(void)
{
	host_slot_remove();
	slot_add();
}

void host_slot_move(void)
{
	if (world.own) { /* such a host makes a new handle */
		host_slot_recreate();
		return;
	}
	world.slot_went = true;
	for (unsigned i = 0; i < 2; i++) {
		uint64_t base = i ? 0 : 4 * WORLD_FRAMES;
		int error = hptp_slot_move(&world.slot, (hptp_gfn){ base });

		explore_must(!error, "hptp_slot_move: %s", hptp_strerror(error));
		explore_quiet();
		if (!i)
			check_gone(0, WORLD_FRAMES);
		explore_loud();
	}
}
