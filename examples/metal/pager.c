// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The pager: fewer frames than the guests have pages. Victims are found by a clock over R;
 * taking them is one invalidation window around hptp_unmap_range(), which leaves no CPU
 * with a translation; the dirty log, which C feeds, says whether the store has to get a
 * new copy. Page-in is host_get.
 */
#include "pager.h"

#include "frames.h"
#include "host_memory.h"
#include "hunt.h"
#include "meter.h"
#include "partition.h"
#include "store.h"
#include "string.h"

/* Guards page[] (but reads of `where`), logs and counters of all VMs, frames, store. */
static struct lock lock;

static struct vm *clock; /* whose pages the hand is at; a ring */

/* ---- page-out ---- */

static void set_where(struct page *page, uint32_t where)
{
	__atomic_store_n(&page->where, where, __ATOMIC_RELEASE);
}

/* Take n neighbouring pages away from all CPUs and from host_lookup; which were written? */
static bool unmap(struct vm *vm, uint64_t first, uint64_t n, struct hptp_unmapped *result,
		  uint8_t *dirty)
{
	struct hptp_window window;

	if (hptp_invalidate_begin(vm->slot, (hptp_off){ first }, n, &window) ||
	    hptp_unmap_range(vm->slot, (hptp_off){ first }, n, result))
		return false;
	for (uint64_t i = first; i < first + n; i++)
		set_where(&vm->page[i], 0);
	/* The log, not result->dirty: it also knows of entries that the guest removed. */
	return !hptp_invalidate_end(&window) &&
	       !hptp_dirty_harvest(vm->slot, (hptp_off){ first }, n, dirty, 0);
}

/* A page that nobody uses any more leaves its frame. */
static void release(struct vm *vm, uint64_t n, uint32_t frame, bool dirty)
{
	if (dirty && !store_put(&vm->page[n], frames_memory(frame))) {
		hptp_dirty_mark(vm->slot, (hptp_off){ n }, 1); /* no room: it stays */
		set_where(&vm->page[n], frame + 1);
		return;
	}
	frames_put(frame);
	vm->evictions++;
	vm->stores += dirty;
	vm->drops += !dirty;
}

#define BLOCK 32

/* n pages, all in and none held. */
static void evict(struct vm *vm, uint64_t first, uint64_t n, struct hptp_unmapped *result)
{
	enum account account = meter(PAGE_OUT_LIBRARY);
	uint8_t dirty[BLOCK / 8] = { 0 };
	uint32_t frame[BLOCK];

	for (uint64_t i = 0; i < n; i++)
		frame[i] = vm->page[first + i].where - 1;
	if (!unmap(vm, first, n, result, dirty))
		host_bug(vm, "pages of the guest can be taken away");
	meter(PAGE_OUT);
	for (uint64_t i = 0; i < n; i++)
		release(vm, first + i, frame[i], dirty[i / 8] >> i % 8 & 1);
	meter(account);
}

static bool evictable(const struct page *page)
{
	return page->where && !page->holds;
}

/* The hand passes a block of pages: those that were not used since last time go. */
static void sweep(void)
{
	struct vm *vm = clock;
	uint64_t first = vm->hand, n;
	uint8_t young[BLOCK / 8] = { 0 };
	enum account account = meter(PAGE_OUT_LIBRARY);

	vm->hand = (first + BLOCK) % vm->pages;
	if (!vm->hand)
		clock = vm->next;
	if (hptp_age_range(vm->slot, (hptp_off){ first }, BLOCK, young) < 0)
		host_bug(vm, "the clock's hand is inside the guest");
	meter(account);
	for (uint64_t i = 0; i < BLOCK; i += n ? n : 1) {
		for (n = 0; i + n < BLOCK && evictable(&vm->page[first + i + n]); n++)
			if (young[(i + n) / 8] >> (i + n) % 8 & 1)
				break;
		if (n)
			evict(vm, first + i, n, NULL);
	}
}

/* Two rounds find a victim: the first one makes all pages old. */
static void reclaim(uint32_t wanted)
{
	uint64_t blocks = 0;
	struct vm *vm = clock;

	do
		blocks += vm->pages / BLOCK;
	while ((vm = vm->next) != clock);
	for (uint64_t i = 0; i <= 2 * blocks && frames_free() < wanted; i++)
		sweep();
}

bool pager_evict(struct vm *vm, uint64_t page, struct hptp_unmapped *result)
{
	uint64_t before = vm->evictions;
	bool done;

	lock_take(&lock);
	if (evictable(&vm->page[page]))
		evict(vm, page, 1, result);
	done = vm->evictions != before;
	lock_drop(&lock);
	return done;
}

void pager_evict_all(struct vm *vm)
{
	for (uint64_t n = 0; n < vm->pages; n++)
		pager_evict(vm, n, NULL);
}

void pager_reclaim(void)
{
	lock_take(&lock);
	reclaim(frames_free() + 1);
	lock_drop(&lock);
}

/* ---- page-in ---- */

static int page_in(struct vm *vm, uint64_t n)
{
	struct page *page = &vm->page[n];
	uint32_t frame;

	if (page->where)
		return 0;
	if (!frames_free())
		reclaim(1);
	if (!frames_free())
		return HPTP_E_AGAIN;
	frame = frames_take();
	store_get(page, frames_memory(frame));
	cache_sync(frames_memory(frame), FRAME_SIZE);
	vm->page_ins++;
	set_where(page, frame + 1);
	return 0;
}

static int copy_in_page(struct vm *vm, uint64_t gpa, void *memory, uint64_t bytes, bool write)
{
	uint64_t n = gpa >> FRAME_SHIFT;
	char *at;
	int error;

	if (n >= vm->pages)
		return HPTP_E_NOPAGE;
	lock_take(&lock);
	error = page_in(vm, n);
	if (!error) {
		at = (char *)frames_memory(vm->page[n].where - 1) + gpa % FRAME_SIZE;
		memcpy(write ? at : memory, write ? memory : at, bytes);
		if (write) {
			cache_sync(at, bytes);
			hptp_dirty_mark(vm->slot, (hptp_off){ n }, 1);
		}
	}
	lock_drop(&lock);
	return error;
}

static int copy(struct vm *vm, uint64_t gpa, char *memory, uint64_t bytes, bool write)
{
	uint64_t part;
	int error = 0;

	for (; bytes && !error; gpa += part, memory += part, bytes -= part) {
		part = FRAME_SIZE - gpa % FRAME_SIZE;
		if (part > bytes)
			part = bytes;
		error = copy_in_page(vm, gpa, memory, part, write);
	}
	return error;
}

int pager_write(struct vm *vm, uint64_t gpa, const void *from, uint64_t bytes)
{
	return copy(vm, gpa, (char *)(uintptr_t)from, bytes, true);
}

int pager_read(struct vm *vm, uint64_t gpa, void *to, uint64_t bytes)
{
	return copy(vm, gpa, to, bytes, false);
}

/* ---- the guests ---- */

void pager_add(struct vm *vm)
{
	lock_take(&lock);
	vm->next = clock ? clock->next : vm;
	if (clock)
		clock->next = vm;
	clock = vm;
	lock_drop(&lock);
}

void pager_remove(struct vm *vm)
{
	struct vm *before = vm;

	lock_take(&lock);
	while (before->next != vm)
		before = before->next;
	before->next = vm->next;
	clock = before == vm ? NULL : before;
	lock_drop(&lock);
}

void pager_free(struct vm *vm)
{
	lock_take(&lock);
	for (uint64_t n = 0; n < vm->pages; n++) {
		if (vm->page[n].where)
			frames_put(vm->page[n].where - 1);
		store_forget(&vm->page[n]);
	}
	lock_drop(&lock);
}

/* ---- callbacks ---- */

static bool describe(const struct page *page, struct hptp_host_page *out)
{
	uint32_t where = __atomic_load_n(&page->where, __ATOMIC_ACQUIRE);

	out->shift = FRAME_SHIFT;
	if (!where)
		return false;
	out->hfn.n = (uint64_t)frames_memory(where - 1) >> FRAME_SHIFT;
	/* Always writable: C tells at page-out whether it was written, so nothing has to
	 * be accounted beforehand. */
	out->flags = HPTP_PAGE_WRITABLE;
	return true;
}

static bool host_lookup(void *host, void *slot, hptp_off off, unsigned how,
			struct hptp_host_page *page)
{
	struct vm *vm = host;
	bool there = describe(&vm->page[off.n], page);

	(void)slot;
	(void)how;
	if (there)
		hunt_offer(vm, off.n);
	return there;
}

static int host_get(void *host, void *slot, hptp_off off, unsigned how, struct hptp_host_page *page)
{
	enum account account = meter(REFAULT);
	struct vm *vm = host;
	int error;

	(void)slot;
	(void)how;
	lock_take(&lock);
	error = page_in(vm, off.n);
	if (!error) {
		vm->page[off.n].holds++;
		describe(&vm->page[off.n], page);
	}
	lock_drop(&lock);
	meter(account);
	return error;
}

static void host_put(void *host, void *slot, hptp_off off, struct hptp_host_page *page,
		     bool written)
{
	struct vm *vm = host;

	(void)slot;
	(void)page;
	(void)written; /* C will tell */
	lock_take(&lock);
	vm->page[off.n].holds--;
	lock_drop(&lock);
}

static void *held_memory(const struct vm *vm, const struct hptp_part *part)
{
	return (char *)frames_memory(vm->page[part->off.n].where - 1) + part->at;
}

/* Both are held, so they are where they are. */
static void page_init(void *host, const struct hptp_part *to, const struct hptp_part *from,
		      size_t bytes)
{
	if (from)
		memcpy(held_memory(host, to), held_memory(host, from), bytes);
	else
		memset(held_memory(host, to), 0, bytes);
}

const struct hptp_ops pager_ops = {
	.size = sizeof(struct hptp_ops),
	.host_lookup = host_lookup,
	.host_get = host_get,
	.host_put = host_put,
	.page_init = page_init,
	.tlb_flush = partition_flush,
	.table_alloc = host_table_alloc,
	.table_free = host_table_free,
	.mem_alloc = host_mem_alloc,
	.mem_free = host_mem_free,
	.bug = host_bug,
};
