// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The benchmark's operations through libhptpager, over a host as cheap as the one that
 * the Linux backend has: a flat array of host PTEs, one cache line per look-up.
 */
#include "backend.h"

#include "hptpager/hptpager.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef BENCH_PAGE_SHIFT
#define BENCH_PAGE_SHIFT 16
#endif
#ifndef BENCH_FORMAT
#define BENCH_FORMAT HPTP_FORMAT_OLD
#endif

const char *const be_name = "libhptpager";
const unsigned be_page_shift = BENCH_PAGE_SHIFT;

/* A host PTE: frame number above these bits. */
#define PTE_PRESENT 1ull
#define PTE_WRITE 2ull
#define PTE_YOUNG 4ull
#define PTE_DIRTY 8ull
#define PTE_SHIFT 12u
#define HFN0 0x100000ull

enum { MAX_VCPUS = 16 };

static struct {
	unsigned order, vcpus;
	uint64_t frames;
	_Atomic uint64_t *pte;
	struct hptp_vm *vm;
	struct hptp_slot *slot;
	struct hptp_vcpu *vcpu[MAX_VCPUS];
	struct hptp_table_info table;
	void *table_mem; /* kept over be_reset(), as the Linux backend keeps its own */
} host;

static _Thread_local struct be_counters counted;

static void must(int error, const char *what)
{
	if (!error)
		return;
	fprintf(stderr, "%s: %s\n", what, hptp_strerror(error));
	exit(1);
}

/* ---- memory: of huge pages, and touched before anything is measured ---- */

/*
 * mem_alloc takes from a stretch that was touched at the start, as all of the Linux
 * backend's memory is; zeroing a piece is part of what is measured. Pieces of one size
 * are chained when they are given back.
 */
enum { CLASSES = 17, ALIGN = 64 };

struct piece {
	struct piece *next;
};

static struct {
	pthread_mutex_t lock;
	char *at, *end;
	struct piece *free[CLASSES];
} arena = { .lock = PTHREAD_MUTEX_INITIALIZER };

static unsigned size_class(size_t size)
{
	unsigned c = 6;

	while (((size_t)1 << c) < size)
		c++;
	return c;
}

static struct piece *take_piece(unsigned c)
{
	struct piece *piece = arena.free[c];

	if (piece) {
		arena.free[c] = piece->next;
	} else if ((size_t)(arena.end - arena.at) >= (size_t)1 << c) {
		piece = (void *)arena.at;
		arena.at += (size_t)1 << c;
	}
	return piece;
}

static void *mem_alloc(void *unused, size_t size)
{
	struct piece *piece;

	(void)unused;
	pthread_mutex_lock(&arena.lock);
	piece = take_piece(size_class(size));
	pthread_mutex_unlock(&arena.lock);
	return piece ? memset(piece, 0, size) : NULL;
}

static void mem_free(void *unused, void *mem, size_t size)
{
	struct piece *piece = mem;
	unsigned c = size_class(size);

	(void)unused;
	if (!mem)
		return;
	pthread_mutex_lock(&arena.lock);
	piece->next = arena.free[c];
	arena.free[c] = piece;
	pthread_mutex_unlock(&arena.lock);
}

static int table_alloc(void *unused, unsigned order, struct hptp_table_mem *mem)
{
	(void)unused;
	mem->virt = memset(host.table_mem, 0, (size_t)1 << order);
	mem->real = 0;
	return HPTP_OK;
}

static void table_free(void *unused, unsigned order, struct hptp_table_mem *mem)
{
	(void)unused;
	(void)order;
	(void)mem;
}

/* ---- the host's pages ---- */

static uint64_t pte_up(uint64_t off)
{
	return PTE_PRESENT | PTE_WRITE | (HFN0 + off) << PTE_SHIFT;
}

static bool host_lookup(void *unused, void *slot, hptp_off off, unsigned how,
			struct hptp_host_page *page)
{
	_Atomic uint64_t *p = &host.pte[off.n];
	uint64_t pte = atomic_load_explicit(p, memory_order_relaxed), want;

	(void)unused;
	(void)slot;
	page->shift = be_page_shift;
	do {
		if (!(pte & PTE_PRESENT))
			return false;
		want = pte | (how & HPTP_HOW_YOUNG ? PTE_YOUNG : 0);
		/* What is reported as writable is accounted dirty. */
		if (how & HPTP_HOW_WRITE)
			want |= pte & PTE_WRITE ? PTE_DIRTY : 0;
	} while (want != pte && !atomic_compare_exchange_weak(p, &pte, want));
	page->hfn.n = pte >> PTE_SHIFT;
	page->flags = (want & PTE_WRITE) && (want & PTE_DIRTY) ? HPTP_PAGE_WRITABLE : 0;
	return true;
}

static int host_get(void *unused, void *slot, hptp_off off, unsigned how,
		    struct hptp_host_page *page)
{
	(void)unused;
	(void)slot;
	(void)how;
	(void)page;
	atomic_store_explicit(&host.pte[off.n], pte_up(off.n), memory_order_relaxed);
	return HPTP_OK;
}

static void host_put(void *unused, void *slot, hptp_off off, struct hptp_host_page *page,
		     bool written)
{
	(void)unused;
	(void)slot;
	(void)off;
	(void)page;
	(void)written;
}

/* There is no TLB: what hardware would have been told is counted. */
static void tlb_flush(void *unused, const struct hptp_flush *flush)
{
	(void)unused;
	counted.tlbie += flush->n;
	counted.sync++;
}

/*
 * BENCH_HOST_SEQUENCE: a host that keeps one count of invalidations for all of a VM, as
 * Linux does, instead of the library's windows.
 */
static struct {
	atomic_ulong open, sequence;
} invalidations;

__attribute__((unused)) static bool retry_begin(void *unused, void *slot, hptp_off off, uint64_t n,
						struct hptp_snapshot *snap)
{
	(void)unused;
	(void)slot;
	(void)off;
	(void)n;
	snap->word[0] = atomic_load(&invalidations.sequence);
	return !atomic_load(&invalidations.open);
}

__attribute__((unused)) static bool retry_check(void *unused, void *slot, hptp_off off, uint64_t n,
						const struct hptp_snapshot *snap)
{
	struct hptp_snapshot now;

	return !retry_begin(unused, slot, off, n, &now) || now.word[0] != snap->word[0];
}

static void bug(void *unused, const char *what)
{
	(void)unused;
	fprintf(stderr, "bug: %s\n", what);
	abort();
}

static const struct hptp_ops ops = {
	.size = sizeof(ops),
	.host_lookup = host_lookup,
	.host_get = host_get,
	.host_put = host_put,
	.tlb_flush = tlb_flush,
	.table_alloc = table_alloc,
	.table_free = table_free,
	.mem_alloc = mem_alloc,
	.mem_free = mem_free,
	.bug = bug,
#ifdef BENCH_HOST_SEQUENCE
	.retry_begin = retry_begin,
	.retry_check = retry_check,
#endif
};

/* ---- the benchmark's operations ---- */

static struct hptp_config config(void)
{
	return (struct hptp_config){
		.size = sizeof(struct hptp_config),
		.ops = &ops,
		.frame_shift = BENCH_PAGE_SHIFT,
		.order = (uint8_t)host.order,
		.format = BENCH_FORMAT,
	};
}

static void make_vm(void)
{
	struct hptp_config vm = config();
	struct hptp_slot_config slot = { .size = sizeof(slot), .n = host.frames };

	must(hptp_vm_create(&vm, &host.vm), "hptp_vm_create");
	must(hptp_slot_add(host.vm, &slot, &host.slot), "hptp_slot_add");
	for (unsigned i = 0; i < host.vcpus; i++)
		must(hptp_vcpu_create(host.vm, NULL, &host.vcpu[i]), "hptp_vcpu_create");
	hptp_vm_table(host.vm, &host.table);
}

void be_create(unsigned order, uint64_t frames, unsigned vcpus)
{
	struct hptp_need need;
	struct hptp_config vm;
	size_t room;

	host.order = order;
	host.frames = frames;
	host.vcpus = vcpus;
	host.pte = be_memory(frames * sizeof(*host.pte));
	host.table_mem = be_memory((size_t)1 << order);
	vm = config();
	must(hptp_vm_need(&vm, frames, &need), "hptp_vm_need");
	room = need.fixed + need.worst + ((size_t)16 << 20);
	arena.at = be_memory(room);
	arena.end = arena.at + room;
	make_vm();
	be_mapin(0, frames);
}

void be_reset(void)
{
	for (unsigned i = 0; i < host.vcpus; i++)
		hptp_vcpu_destroy(host.vcpu[i]);
	must(hptp_slot_remove(host.slot), "hptp_slot_remove");
	must(hptp_vm_destroy(host.vm), "hptp_vm_destroy");
	make_vm();
	be_mapin(0, host.frames);
}

int be_enter(unsigned vcpu, uint64_t flags, uint64_t ptex, uint64_t v, uint64_t r, uint32_t *idx)
{
	uint64_t out;
	long code = hptp_h_enter(host.vcpu[vcpu], flags, ptex, v, r, &out);

	if (code == HPTP_H_TOO_HARD)
		code = hptp_hcall_task(host.vcpu[vcpu], &out);
	*idx = (uint32_t)out;
	return code == HPTP_H_SUCCESS ? 0 : code == HPTP_H_PTEG_FULL ? 1 : -1;
}

int be_remove(unsigned vcpu, uint64_t flags, uint64_t ptex, uint64_t avpn)
{
	uint64_t out[2];

	return (int)hptp_h_remove(host.vcpu[vcpu], flags, ptex, avpn, out);
}

int be_bulk_remove(unsigned vcpu, uint64_t args[8])
{
	return (int)hptp_h_bulk_remove(host.vcpu[vcpu], args);
}

int be_protect(unsigned vcpu, uint64_t flags, uint64_t ptex, uint64_t avpn)
{
	return (int)hptp_h_protect(host.vcpu[vcpu], flags, ptex, avpn);
}

void be_unmap_host(uint64_t from, uint64_t to)
{
	for (uint64_t i = from; i < to; i++)
		(void)atomic_exchange_explicit(&host.pte[i], 0, memory_order_relaxed);
}

/* The middle of an invalidation: page-out, then the host's own change. */
static void unmap(uint64_t from, uint64_t to, bool present)
{
	must(hptp_unmap_range(host.slot, (hptp_off){ from }, to - from, NULL), "hptp_unmap_range");
	if (present)
		be_unmap_host(from, to);
}

static void invalidate(uint64_t from, uint64_t to, bool present)
{
	struct hptp_window window;

	if (ops.retry_begin) {
		atomic_fetch_add(&invalidations.open, 1);
		unmap(from, to, present);
		atomic_fetch_add(&invalidations.sequence, 1);
		atomic_fetch_sub(&invalidations.open, 1);
		return;
	}
	must(hptp_invalidate_begin(host.slot, (hptp_off){ from }, to - from, &window),
	     "hptp_invalidate_begin");
	unmap(from, to, present);
	must(hptp_invalidate_end(&window), "hptp_invalidate_end");
}

void be_unmap(uint64_t from, uint64_t to)
{
	invalidate(from, to, true);
}

void be_unmap_absent(uint64_t from, uint64_t to)
{
	invalidate(from, to, false);
}

void be_mapin(uint64_t from, uint64_t to)
{
	for (uint64_t i = from; i < to; i++)
		atomic_store_explicit(&host.pte[i], pte_up(i), memory_order_relaxed);
}

int be_age(uint64_t from, uint64_t to)
{
	return hptp_age_range(host.slot, (hptp_off){ from }, to - from, NULL);
}

int be_test_age(uint64_t frame)
{
	return hptp_test_age_range(host.slot, (hptp_off){ frame }, 1);
}

void be_harvest(uint8_t *bitmap, bool vcpus_run)
{
	must(hptp_dirty_harvest(host.slot, (hptp_off){ 0 }, host.frames, bitmap,
				vcpus_run ? 0 : HPTP_HARVEST_STOPPED),
	     "hptp_dirty_harvest");
}

static struct hptp_fault fault_at(uint64_t ea, uint64_t slb_v, bool store)
{
	return (struct hptp_fault){
		.ea = ea,
		.slb_v = slb_v,
		.msr = HPTP_MSR_IR | HPTP_MSR_DR,
		.status = HPTP_DSISR_NOHPTE | (store ? HPTP_DSISR_STORE : 0),
	};
}

int be_lookup(unsigned vcpu, uint64_t ea, uint64_t slb_v, bool store)
{
	struct hptp_fault fault = fault_at(ea, slb_v, store);
	enum hptp_outcome outcome = hptp_fault(host.vcpu[vcpu], &fault);

	return outcome == HPTP_RESUME ? 0 : outcome == HPTP_TASK ? -1 : -2;
}

int be_fault(unsigned vcpu, uint64_t ea, uint64_t slb_v, bool store)
{
	struct hptp_fault fault = fault_at(ea, slb_v, store);
	enum hptp_outcome outcome = hptp_fault(host.vcpu[vcpu], &fault);

	if (outcome == HPTP_TASK)
		outcome = hptp_refault(host.vcpu[vcpu], &fault);
	return outcome == HPTP_RESUME ? 0 : -(int)outcome;
}

bool be_valid(uint32_t idx)
{
	const volatile uint8_t *v = (const volatile uint8_t *)&host.table.entries[idx].v;

	return v[7] & 1;
}

/* R and C lie in bytes 6 and 7 of dword 1; hardware stores them as bytes. */
void be_touch(uint32_t idx, unsigned rc)
{
	volatile uint8_t *r = (volatile uint8_t *)&host.table.entries[idx].r;

	if ((rc >> 8) & ~r[6])
		r[6] = (uint8_t)(r[6] | rc >> 8);
	if ((rc & 0xff) & ~r[7])
		r[7] = (uint8_t)(r[7] | (rc & 0xff));
}

struct be_counters be_counters(void)
{
	return counted;
}

uint64_t be_bytes(void)
{
	struct hptp_stats stats;

	hptp_stats_read(host.vm, &stats);
	return stats.bytes;
}
