// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The pager: fewer frames than the guest has pages. Page-out is hptp_unmap_frame(),
 * which leaves no CPU with a translation, then a copy to the store if the dirty log
 * says that the page was written; the frame is poisoned, so that whoever still uses it
 * is noticed. Page-in is host_get. Victims are found by a clock over R.
 */
#include "pager.h"

#include "console.h"
#include "heap.h"
#include "string.h"

static struct {
	unsigned free;
	uint32_t list[MAX_FRAMES];
} frames; /* guarded by vm->lock: one guest */

void pager_init(unsigned n)
{
	for (frames.free = 0; frames.free < n; frames.free++)
		frames.list[frames.free] = frames.free;
}

static void *frame_memory(uint32_t frame)
{
	return (void *)(FRAMES_BASE + frame * FRAME_SIZE);
}

static void *store_memory(uint64_t page)
{
	return (void *)(STORE_BASE + page * FRAME_SIZE);
}

/* ---- page-out ---- */

/* Inside the window: from here on host_lookup finds nothing. */
static void forget(void *page)
{
	__atomic_store_n(&((struct page *)page)->where, 0, __ATOMIC_RELEASE);
}

static bool evict(struct vm *vm, uint64_t n, struct hptp_unmapped *result)
{
	struct page *page = &vm->page[n];
	uint32_t frame = page->where - 1;
	uint8_t dirty = 0;

	if (!page->where || page->holds)
		return false;
	if (hptp_unmap_frame(vm->slot, (hptp_off){ n }, forget, page, result))
		return false;
	/* The log, not result->n_dirty: it also knows of entries that the guest removed. */
	if (hptp_dirty_harvest(vm->slot, (hptp_off){ n }, 1, &dirty, 0))
		return false;
	if (dirty) {
		memcpy(store_memory(n), frame_memory(frame), FRAME_SIZE);
		page->stored = true;
		vm->stores++;
	} else {
		vm->drops++;
	}
	memset(frame_memory(frame), POISON, FRAME_SIZE);
	frames.list[frames.free++] = frame;
	vm->evictions++;
	return true;
}

/* The clock's hand goes round, giving pages that were referenced another turn. */
static bool evict_coldest(struct vm *vm)
{
	for (uint64_t i = 0; i < 2 * vm->pages; i++) {
		uint64_t n = vm->hand++ % vm->pages;

		if (!vm->page[n].where || vm->page[n].holds)
			continue;
		if (i < vm->pages && hptp_age_range(vm->slot, (hptp_off){ n }, 1, NULL) == 1)
			continue;
		if (evict(vm, n, NULL))
			return true;
	}
	return false;
}

bool pager_evict(struct vm *vm, uint64_t page, struct hptp_unmapped *result)
{
	bool done;

	lock_take(&vm->lock);
	done = evict(vm, page, result);
	lock_drop(&vm->lock);
	return done;
}

void pager_evict_all(struct vm *vm)
{
	for (uint64_t n = 0; n < vm->pages; n++)
		pager_evict(vm, n, NULL);
}

bool pager_evict_one(struct vm *vm)
{
	bool done;

	lock_take(&vm->lock);
	done = evict_coldest(vm);
	lock_drop(&vm->lock);
	return done;
}

/* ---- the hunt ---- */

#define PATIENCE 1000

static void offer(struct vm *vm, uint64_t page)
{
	if (!__atomic_load_n(&vm->hunting, __ATOMIC_RELAXED))
		return;
	__atomic_store_n(&vm->prey, page + 1, __ATOMIC_RELEASE);
	for (unsigned i = 0; i < PATIENCE && __atomic_load_n(&vm->prey, __ATOMIC_ACQUIRE); i++)
		cpu_relax();
}

void pager_hunt(struct vm *vm)
{
	while (__atomic_load_n(&vm->hunting, __ATOMIC_ACQUIRE)) {
		uint64_t prey = __atomic_load_n(&vm->prey, __ATOMIC_ACQUIRE);

		if (!prey) {
			cpu_relax();
			continue;
		}
		pager_evict(vm, prey - 1, NULL);
		__atomic_store_n(&vm->prey, 0, __ATOMIC_RELEASE);
	}
}

/* ---- page-in ---- */

/* The page may hold code: what the instruction caches know of the frame is old. */
static void sync_instructions(const char *frame)
{
	for (unsigned i = 0; i < FRAME_SIZE; i += 128)
		__asm__ volatile("dcbst 0,%0" : : "r"(frame + i) : "memory");
	__asm__ volatile("sync" : : : "memory");
	for (unsigned i = 0; i < FRAME_SIZE; i += 128)
		__asm__ volatile("icbi 0,%0" : : "r"(frame + i) : "memory");
	__asm__ volatile("sync\n\tisync" : : : "memory");
}

static int page_in(struct vm *vm, uint64_t n)
{
	struct page *page = &vm->page[n];
	uint32_t frame;

	if (page->where)
		return 0;
	if (!frames.free && !evict_coldest(vm))
		return HPTP_E_AGAIN;
	frame = frames.list[--frames.free];
	if (page->stored)
		memcpy(frame_memory(frame), store_memory(n), FRAME_SIZE);
	else
		memset(frame_memory(frame), 0, FRAME_SIZE);
	sync_instructions(frame_memory(frame));
	vm->page_ins++;
	__atomic_store_n(&page->where, frame + 1, __ATOMIC_RELEASE);
	return 0;
}

static int copy_in_page(struct vm *vm, uint64_t gpa, void *memory, uint64_t bytes, bool write)
{
	uint64_t n = gpa >> FRAME_SHIFT;
	char *at;
	int error;

	if (n >= vm->pages)
		return HPTP_E_NOPAGE;
	lock_take(&vm->lock);
	error = page_in(vm, n);
	if (!error) {
		at = (char *)frame_memory(vm->page[n].where - 1) + gpa % FRAME_SIZE;
		memcpy(write ? at : memory, write ? memory : at, bytes);
	}
	if (!error && write) {
		sync_instructions(frame_memory(vm->page[n].where - 1));
		hptp_dirty_mark(vm->slot, (hptp_off){ n }, 1);
	}
	lock_drop(&vm->lock);
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

/* ---- callbacks ---- */

static bool describe(const struct page *page, struct hptp_host_page *out)
{
	uint32_t where = __atomic_load_n(&page->where, __ATOMIC_ACQUIRE);

	out->shift = FRAME_SHIFT;
	if (!where)
		return false;
	out->hfn.n = (FRAMES_BASE >> FRAME_SHIFT) + where - 1;
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
		offer(vm, off.n);
	return there;
}

static int host_get(void *host, void *slot, hptp_off off, unsigned how, struct hptp_host_page *page)
{
	struct vm *vm = host;
	int error;

	(void)slot;
	(void)how;
	lock_take(&vm->lock);
	error = page_in(vm, off.n);
	if (!error) {
		vm->page[off.n].holds++;
		describe(&vm->page[off.n], page);
	}
	lock_drop(&vm->lock);
	return error;
}

static void host_put(void *host, void *slot, hptp_off off, struct hptp_host_page *page,
		     bool written)
{
	struct vm *vm = host;

	(void)slot;
	(void)page;
	(void)written; /* C will tell */
	lock_take(&vm->lock);
	vm->page[off.n].holds--;
	lock_drop(&vm->lock);
}

static int table_alloc(void *host, unsigned order, struct hptp_table_mem *mem)
{
	(void)host;
	mem->virt = heap_alloc(1ull << order);
	mem->real = (uint64_t)mem->virt;
	return mem->virt ? 0 : HPTP_E_NOMEM;
}

static void table_free(void *host, unsigned order, struct hptp_table_mem *mem)
{
	(void)host;
	heap_free(mem->virt, 1ull << order);
}

static void *mem_alloc(void *host, size_t size)
{
	(void)host;
	return heap_alloc(size);
}

static void mem_free(void *host, void *mem, size_t size)
{
	(void)host;
	heap_free(mem, size);
}

static void bug(void *host, const char *what)
{
	(void)host;
	print("not ok - the library's invariant is broken: %s\nRESULT FAIL\n", what);
	power_off();
}

const struct hptp_ops pager_ops = {
	.size = sizeof(struct hptp_ops),
	.host_lookup = host_lookup,
	.host_get = host_get,
	.host_put = host_put,
	.tlb_flush = partition_flush,
	.table_alloc = table_alloc,
	.table_free = table_free,
	.mem_alloc = mem_alloc,
	.mem_free = mem_free,
	.bug = bug,
};
