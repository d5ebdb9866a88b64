// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "host.h"

#include <stdlib.h>
#include <string.h>

#define HPTE_V 0x1ull
#define HPTE_HVLOCK 0x40ull

struct memory *host_memory(struct host *host, uint64_t gfn)
{
	for (unsigned i = 0; i < MAX_SLOTS; i++) {
		struct memory *m = &host->memory[i];

		if (m->slot && gfn >= m->base && gfn - m->base < m->n)
			return m;
	}
	return NULL;
}

struct unit *memory_unit(struct memory *memory, uint64_t off)
{
	return &memory->units[off / memory->per_unit];
}

unsigned host_parts(struct host *host, uint64_t gfn, uint64_t n, struct part part[MAX_SLOTS])
{
	unsigned count = 0;

	for (unsigned i = 0; i < MAX_SLOTS; i++) {
		struct memory *m = &host->memory[i];
		uint64_t first = gfn > m->base ? gfn : m->base;
		uint64_t end = gfn + n < m->base + m->n ? gfn + n : m->base + m->n;

		if (m->slot && first < end)
			part[count++] = (struct part){ m, first - m->base, end - first };
	}
	return count;
}

/* ---- the notifier protocol ---- */

static void expect_ok(int error, const char *what)
{
	if (error)
		mismatch("%s: %s", what, hptp_strerror(error));
}

static bool window_covers(const struct host *host, uint64_t gfn)
{
	for (unsigned i = 0; i < MAX_WINDOWS; i++) {
		const struct window *w = &host->window[i];

		if (w->open && gfn >= w->gfn && gfn - w->gfn < w->n)
			return true;
	}
	return false;
}

static void unmap_entries(struct host *host, uint64_t gfn, uint64_t n)
{
	struct part part[MAX_SLOTS];
	unsigned parts = host_parts(host, gfn, n, part);

	for (unsigned i = 0; i < parts; i++)
		expect_ok(hptp_unmap_range(part[i].memory->slot, (hptp_off){ part[i].off },
					   part[i].n, NULL),
			  "hptp_unmap_range");
}

void host_begin(struct host *host, uint64_t gfn, uint64_t n)
{
	struct part part[MAX_SLOTS];
	struct window *w = host->window;

	while (w->open)
		if (++w == host->window + MAX_WINDOWS)
			mismatch("more than %u open windows", MAX_WINDOWS);
	*w = (struct window){ .open = true, .gfn = gfn, .n = n };
	w->n_parts = host_parts(host, gfn, n, part);
	for (unsigned i = 0; i < w->n_parts; i++)
		expect_ok(hptp_invalidate_begin(part[i].memory->slot, (hptp_off){ part[i].off },
						part[i].n, &w->part[i]),
			  "hptp_invalidate_begin");
	unmap_entries(host, gfn, n);
}

void host_zap(struct host *host, uint64_t gfn, uint64_t n)
{
	struct part part[MAX_SLOTS];
	unsigned parts = host_parts(host, gfn, n, part);

	for (unsigned i = 0; i < parts; i++)
		for (uint64_t k = 0; k < part[i].n; k++)
			memory_unit(part[i].memory, part[i].off + k)->present = false;
}

void host_end(struct host *host, uint64_t gfn, uint64_t n)
{
	for (unsigned i = 0; i < MAX_WINDOWS; i++) {
		struct window *w = &host->window[i];

		if (!w->open || w->gfn != gfn || w->n != n)
			continue;
		w->open = false;
		for (unsigned k = 0; k < w->n_parts; k++)
			expect_ok(hptp_invalidate_end(&w->part[k]), "hptp_invalidate_end");
		return;
	}
	mismatch("the trace ends a window that is not open");
}

void host_unmap(struct host *host, uint64_t gfn, uint64_t n)
{
	host_begin(host, gfn, n);
	host_zap(host, gfn, n);
	host_end(host, gfn, n);
}

void host_write_protect(struct host *host, uint64_t gfn, uint64_t n)
{
	struct part part[MAX_SLOTS];
	unsigned parts = host_parts(host, gfn, n, part);

	host_begin(host, gfn, n);
	for (unsigned i = 0; i < parts; i++)
		for (uint64_t k = 0; k < part[i].n; k++)
			memory_unit(part[i].memory, part[i].off + k)->writable = false;
	host_end(host, gfn, n);
}

static bool takes_away(const struct unit *old, const struct unit *new)
{
	return old->present && (!new->present || new->pfn != old->pfn || new->ci != old->ci ||
				(old->writable && !new->writable));
}

void host_become(struct host *host, struct memory *memory, struct unit *unit,
		 const struct unit *want)
{
	uint64_t gfn = memory->base + (uint64_t)(unit - memory->units) * memory->per_unit;
	bool protocol = takes_away(unit, want);

	if (protocol)
		host_begin(host, gfn, memory->per_unit);
	*unit = *want;
	if (protocol)
		host_end(host, gfn, memory->per_unit);
}

/* ---- callbacks: pages ---- */

static void fill_page(const struct memory *memory, const struct unit *unit, uint64_t off,
		      struct hptp_host_page *page)
{
	page->hfn.n = unit->pfn + off % memory->per_unit;
	page->shift = (uint8_t)memory->shift;
	page->flags = (unit->writable ? HPTP_PAGE_WRITABLE : 0) | (unit->ci ? HPTP_PAGE_CI : 0);
}

/* The event comes after the look-up whose answer the library will use. */
static void inject_after_lookup(struct host *host, const struct unit *unit, unsigned how)
{
	struct injection *in = &host->injection;
	bool suffices = unit->present && (!(how & HPTP_HOW_WRITE) || unit->writable);

	if (in->kind != INJECT_LOOKUP || in->done)
		return;
	if (host->fault_under_way && !suffices && !host->got)
		return;
	in->done = true;
	host_unmap(host, in->a, in->b);
}

static bool op_host_lookup(void *h, void *slot, hptp_off off, unsigned how,
			   struct hptp_host_page *page)
{
	struct memory *memory = slot;
	struct unit *unit;
	bool present;

	if (off.n >= memory->n)
		mismatch("host_lookup: frame %#lx is outside the slot", (long)off.n);
	unit = memory_unit(memory, off.n);
	present = unit->present;
	memset(page, 0, sizeof(*page));
	page->shift = (uint8_t)memory->shift;
	if (present)
		fill_page(memory, unit, off.n, page);
	inject_after_lookup(h, unit, how);
	return present;
}

static void copy_on_write(struct host *host, struct memory *memory, struct unit *unit)
{
	struct unit want = *unit;

	want.present = want.writable = true;
	want.ci = false;
	want.pfn = want.next = want.copy;
	want.policy = POLICY_RW;
	host_become(host, memory, unit, &want);
}

static void fault_in(struct host *host, struct memory *memory, struct unit *unit, bool write)
{
	if (unit->policy == POLICY_COW && write) {
		copy_on_write(host, memory, unit);
		return;
	}
	unit->present = true;
	unit->pfn = unit->next;
	unit->ci = unit->policy == POLICY_CI;
	unit->writable = unit->policy == POLICY_RW || unit->policy == POLICY_CI ||
			 (unit->policy == POLICY_RO && write);
}

static bool refuses(const struct unit *unit, bool write)
{
	if (unit->policy == POLICY_ERR)
		return !unit->present;
	return unit->policy == POLICY_DENY && write && !(unit->present && unit->writable);
}

static int op_host_get(void *h, void *slot, hptp_off off, unsigned how, struct hptp_host_page *page)
{
	struct host *host = h;
	struct memory *memory = slot;
	struct unit *unit = memory_unit(memory, off.n);
	bool write = how & HPTP_HOW_WRITE;

	host->got = true;
	if (refuses(unit, write))
		return HPTP_E_NOPAGE;
	if (!unit->present || (write && !unit->writable)) {
		if (window_covers(host, memory->base + off.n))
			return HPTP_E_AGAIN;
		if (!unit->present)
			fault_in(host, memory, unit, write);
		else if (unit->policy == POLICY_COW)
			copy_on_write(host, memory, unit);
		else
			unit->writable = true;
	}
	memset(page, 0, sizeof(*page));
	fill_page(memory, unit, off.n, page);
	page->hold = unit;
	host->held++;
	return 0;
}

static void op_host_put(void *h, void *slot, hptp_off off, struct hptp_host_page *page,
			bool written)
{
	struct host *host = h;
	struct memory *memory = slot;

	(void)written;
	if (!host->held || page->hold != memory_unit(memory, off.n))
		mismatch("host_put of a page that host_get did not give");
	host->held--;
}

/* ---- callbacks: translations ---- */

void host_touch(struct host *host, uint64_t idx, uint64_t rc)
{
	uint8_t *p = (uint8_t *)&host->table[idx];
	bool live = p[7] & (HPTE_V | HPTE_HVLOCK); /* valid, or on its way out */

	if (!live)
		mismatch("the hardware can not set R and C of entry %lx: it is not valid",
			 (long)idx);
	p[14] |= (uint8_t)(rc >> 8);
	p[15] |= (uint8_t)rc;
}

static void op_tlb_flush(void *h, const struct hptp_flush *flush)
{
	struct host *host = h;
	struct injection *in = &host->injection;

	if (!flush->all && (!flush->n || flush->n > HPTP_BATCH))
		mismatch("tlb_flush: %u operands", flush->n);
	if (in->kind == INJECT_FLUSH && !in->done) {
		in->done = true;
		host_touch(host, in->a, in->b);
	}
	host->flushed_all |= flush->all;
	for (unsigned i = 0; !flush->all && i < flush->n; i++) {
		if (host->n_operands == MAX_OPERANDS)
			mismatch("more than %u operands in one operation", MAX_OPERANDS);
		host->operand[host->n_operands++] = flush->rb[i];
	}
}

/* ---- callbacks: memory ---- */

static int op_table_alloc(void *h, unsigned order, struct hptp_table_mem *mem)
{
	struct host *host = h;

	mem->virt = aligned_alloc((size_t)1 << order, (size_t)1 << order);
	if (!mem->virt)
		return HPTP_E_NOMEM;
	memset(mem->virt, 0, (size_t)1 << order);
	mem->real = (uint64_t)(uintptr_t)mem->virt;
	host->table = mem->virt;
	host->blocks++;
	return 0;
}

static void op_table_free(void *h, unsigned order, struct hptp_table_mem *mem)
{
	(void)order;
	((struct host *)h)->blocks--;
	free(mem->virt);
}

static void *op_mem_alloc(void *h, size_t size)
{
	size_t rounded = (size + 63) & ~(size_t)63;
	void *mem = aligned_alloc(64, rounded);

	if (mem) {
		memset(mem, 0, rounded);
		((struct host *)h)->blocks++;
	}
	return mem;
}

static void op_mem_free(void *h, void *mem, size_t size)
{
	(void)size;
	((struct host *)h)->blocks--;
	free(mem);
}

static void op_bug(void *h, const char *what)
{
	(void)h;
	mismatch("the library says that it broke an invariant: %s", what);
}

void host_init(struct host *host, unsigned frame_shift)
{
	memset(host, 0, sizeof(*host));
	host->frame_shift = frame_shift;
	host->operand = calloc(MAX_OPERANDS, sizeof(*host->operand));
	if (!host->operand)
		abort();
	host->ops = (struct hptp_ops){
		.size = sizeof(host->ops),
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
}

void host_free(struct host *host)
{
	for (unsigned i = 0; i < MAX_SLOTS; i++) {
		free(host->memory[i].units);
		free(host->memory[i].log);
		free(host->memory[i].carry);
	}
	free(host->operand);
}
