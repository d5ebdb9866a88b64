// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "host.h"
#include "suite.h"

#include <stdlib.h>
#include <string.h>

/* ---- callbacks ---- */

static bool fails(struct host *host)
{
	host->may_fail++;
	return host->fail_in && !--host->fail_in;
}

static void fill(const struct host *host, uint64_t gfn, struct hptp_host_page *page)
{
	const struct host_page *p = &host->page[gfn];

	page->hfn.n = p->hfn;
	page->shift = p->shift ? p->shift : (uint8_t)host->frame_shift;
	page->flags = (p->writable ? HPTP_PAGE_WRITABLE : 0) | (p->ci ? HPTP_PAGE_CI : 0);
}

static uint64_t gfn_of(const void *slot, hptp_off off)
{
	uint64_t gfn = ((const struct host_slot *)slot)->base + off.n;

	require(gfn < HOST_FRAMES);
	return gfn;
}

/* Call a hook that a test set, once; it may set another. */
static void run_hook(struct host *host, void (**hook)(struct host *host))
{
	void (*run)(struct host * host) = *hook;

	*hook = NULL;
	if (run)
		run(host);
}

static bool op_host_lookup(void *h, void *slot, hptp_off off, unsigned how,
			   struct hptp_host_page *page)
{
	struct host *host = h;
	uint64_t gfn = gfn_of(slot, off);
	bool present = host->page[gfn].present;

	host->calls[HOST_OP_host_lookup]++;
	host->young_asked |= how & HPTP_HOW_YOUNG;
	memset(page, 0, sizeof(*page));
	if (present)
		fill(host, gfn, page);
	else
		page->shift = host->page[gfn].shift;
	run_hook(host, &host->in_lookup);
	return present;
}

static int op_host_get(void *h, void *slot, hptp_off off, unsigned how, struct hptp_host_page *page)
{
	struct host *host = h;
	uint64_t gfn = gfn_of(slot, off);
	struct host_page *p = &host->page[gfn];

	host->calls[HOST_OP_host_get]++;
	run_hook(host, &host->in_get);
	if (fails(host) || p->refuse)
		return host->get_error ? host->get_error : HPTP_E_NOPAGE;
	if (!p->present)
		p->writable = !p->read_only_for_reads;
	p->present = true;
	p->writable |= how & HPTP_HOW_WRITE;
	fill(host, gfn, page);
	page->hold = p;
	host->held++;
	return 0;
}

static void op_host_put(void *h, void *slot, hptp_off off, struct hptp_host_page *page,
			bool written)
{
	struct host *host = h;

	(void)written;
	host->calls[HOST_OP_host_put]++;
	require(page->hold == &host->page[gfn_of(slot, off)]);
	require(host->held > 0);
	host->held--;
}

static void op_page_init(void *h, const struct hptp_part *to, const struct hptp_part *from,
			 size_t bytes)
{
	struct host *host = h;
	uint64_t gfn = gfn_of(to->slot, to->off);

	require(host->held >= 1u + !!from);
	require(to->page.hold == &host->page[gfn] && host->page[gfn].writable);
	require(!from || from->page.hold == &host->page[gfn_of(from->slot, from->off)]);
	require(to->at + bytes <= 1u << host->frame_shift);
	require(!from || from->at + bytes <= 1u << host->frame_shift);
	if (host->calls[HOST_OP_page_init] < 16)
		host->init_gfns[host->calls[HOST_OP_page_init]] = gfn;
	host->calls[HOST_OP_page_init]++;
	host->init_to = *to;
	host->init_copies = from;
	if (from)
		host->init_from = *from;
	host->init_bytes = bytes;
}

static void op_tlb_flush(void *h, const struct hptp_flush *flush)
{
	struct host *host = h;

	host->calls[HOST_OP_tlb_flush]++;
	host->flush_vcpu = flush->vcpu;
	run_hook(host, &host->in_flush);
	if (host->late_rc) {
		host_touch(host, host->late_idx, host->late_rc);
		host->late_rc = 0;
	}
	if (flush->all) {
		host->n_flush_all++;
		return;
	}
	require(flush->n >= 1);
	require(flush->n <= HPTP_BATCH);
	for (unsigned i = 0; i < flush->n; i++)
		host->flushed[host->n_flushed++ % HOST_FLUSHED] = flush->rb[i];
}

static int op_table_alloc(void *h, unsigned order, struct hptp_table_mem *mem)
{
	struct host *host = h;

	host->calls[HOST_OP_table_alloc]++;
	if (fails(host))
		return HPTP_E_HOST(12);
	mem->virt = aligned_alloc((size_t)1 << order, (size_t)1 << order);
	require(mem->virt);
	memset(mem->virt, 0, (size_t)1 << order);
	mem->real = 0x40000000;
	mem->hold = host;
	host->tables++;
	return 0;
}

static void op_table_free(void *h, unsigned order, struct hptp_table_mem *mem)
{
	struct host *host = h;

	(void)order;
	host->calls[HOST_OP_table_free]++;
	require(mem->hold == host);
	free(mem->virt);
	host->tables--;
}

/* Each block is preceded by its size, so that a wrong size given back is seen. */
static void *op_mem_alloc(void *h, size_t size)
{
	struct host *host = h;
	char *mem;

	host->calls[HOST_OP_mem_alloc]++;
	require(size >= 1);
	require(size <= 65536);
	run_hook(host, &host->in_alloc);
	if (fails(host))
		return NULL;
	mem = aligned_alloc(64, (size + 127) & ~(size_t)63);
	require(mem);
	memset(mem, 0, (size + 127) & ~(size_t)63);
	memcpy(mem, &size, sizeof(size));
	host->blocks++;
	host->bytes += size;
	return mem + 64;
}

static void op_mem_free(void *h, void *mem, size_t size)
{
	struct host *host = h;
	size_t given;

	host->calls[HOST_OP_mem_free]++;
	memcpy(&given, (char *)mem - 64, sizeof(given));
	require(size == given);
	host->blocks--;
	host->bytes -= size;
	free((char *)mem - 64);
}

static int op_pin(void *h, void *slot, hptp_off off, unsigned shift, struct hptp_host_page *page)
{
	struct host *host = h;
	uint64_t gfn = gfn_of(slot, off);

	host->calls[HOST_OP_pin]++;
	require(shift >= 12);
	if (fails(host) || host->page[gfn].refuse)
		return HPTP_E_NOPAGE;
	host->page[gfn].present = true;
	host->page[gfn].writable = !host->page[gfn].read_only_for_reads;
	fill(host, gfn, page);
	page->hold = &host->page[gfn];
	host->pinned++;
	run_hook(host, &host->in_pin);
	return 0;
}

static void op_unpin(void *h, void *slot, hptp_off off, struct hptp_host_page *page)
{
	struct host *host = h;

	host->calls[HOST_OP_unpin]++;
	require(page->hold == &host->page[gfn_of(slot, off)]);
	host->pinned--;
}

static void op_trace(void *h, enum hptp_event event, uint64_t a, uint64_t b)
{
	struct host *host = h;

	(void)a;
	(void)b;
	host->calls[HOST_OP_trace]++;
	require((unsigned)event < 8);
	host->n_events[event]++;
	if (host->in_trace)
		host->in_trace(host, event);
}

static void op_bug(void *h, const char *what)
{
	struct host *host = h;

	host->bugs++;
	host->bug = what;
}

/* ---- the VM ---- */

const struct host_config *host_kind(int i)
{
	static const struct host_config kinds[HOST_KINDS] = {
		{ .frame_shift = 12 },
		{ .frame_shift = 12, .isa3 = true },
		{ .frame_shift = 16 },
		{ .frame_shift = 16, .isa3 = true },
	};

	return &kinds[i];
}

void host_init(struct host *host)
{
	memset(host, 0, sizeof(*host));
	for (uint64_t gfn = 0; gfn < HOST_FRAMES; gfn++)
		host->page[gfn].hfn = HOST_FIRST_HFN + gfn;
	host->ops = (struct hptp_ops){
		.size = sizeof(host->ops),
		.host_lookup = op_host_lookup,
		.host_get = op_host_get,
		.host_put = op_host_put,
		.page_init = op_page_init,
		.tlb_flush = op_tlb_flush,
		.table_alloc = op_table_alloc,
		.table_free = op_table_free,
		.mem_alloc = op_mem_alloc,
		.mem_free = op_mem_free,
		.pin = op_pin,
		.unpin = op_unpin,
		.trace = op_trace,
		.bug = op_bug,
	};
}

struct hptp_config host_vm_config(struct host *host, const struct host_config *config)
{
	return (struct hptp_config){
		.size = sizeof(struct hptp_config),
		.ops = &host->ops,
		.host = host,
		.frame_shift = (uint8_t)(config->frame_shift ? config->frame_shift : 12),
		.order = (uint8_t)(config->order ? config->order : 18),
		.format = config->isa3 ? HPTP_FORMAT_3_0 : HPTP_FORMAT_OLD,
		.flags = config->pinned ? HPTP_VM_PINNED : 0,
	};
}

int host_add_slot(struct host *host, unsigned i, uint64_t base, uint64_t n)
{
	struct hptp_slot_config config = {
		.size = sizeof(config),
		.base = { base },
		.n = n,
		.host = &host->slots[i],
	};

	host->slots[i].base = base;
	return hptp_slot_add(host->vm, &config, &host->slots[i].slot);
}

void host_start(struct host *host, const struct host_config *config)
{
	static const struct host_config defaults;
	struct hptp_config vm;

	config = config ? config : &defaults;
	host_init(host);
	vm = host_vm_config(host, config);
	if (config->no_table)
		vm.order = 0;
	host->frame_shift = vm.frame_shift;
	host->isa3 = config->isa3;
	ck_assert_int_eq(hptp_vm_create(&vm, &host->vm), HPTP_OK);
	hptp_vm_table(host->vm, &host->table);
	ck_assert_int_eq(hptp_vcpu_create(host->vm, host, &host->vcpu), HPTP_OK);
	if (!config->no_slot) {
		ck_assert_int_eq(host_add_slot(host, 0, 0, HOST_FRAMES), HPTP_OK);
		host->slot = host->slots[0].slot;
	}
}

void host_stop(struct host *host)
{
	host_check(host);
	for (unsigned i = 0; i < HOST_SLOTS; i++)
		if (host->slots[i].slot)
			ck_assert_int_eq(hptp_slot_remove(host->slots[i].slot), HPTP_OK);
	host_check(host);
	hptp_vcpu_destroy(host->vcpu);
	ck_assert_int_eq(hptp_vm_destroy(host->vm), HPTP_OK);
	ck_assert_uint_eq(host->blocks, 0);
	ck_assert_uint_eq(host->bytes, 0);
	ck_assert_uint_eq(host->tables, 0);
	ck_assert_uint_eq(host->held, 0);
	ck_assert_uint_eq(host->pinned, 0);
	ck_assert_msg(!host->bugs, "the library reports a bug: %s", host->bug);
}

/* ---- the host's page table ---- */

void host_map(struct host *host, uint64_t gfn, uint64_t n, bool writable)
{
	for (; n--; gfn++) {
		host->page[gfn].present = true;
		host->page[gfn].writable = writable;
	}
}

/* The protocol around a change, within slots[0] or the slot that begins at or below. */
static void change(struct host *host, uint64_t gfn, uint64_t n, bool gone)
{
	struct hptp_window window;
	struct host_slot *s = NULL;
	hptp_off off;

	for (unsigned i = 0; i < HOST_SLOTS; i++)
		if (host->slots[i].slot && gfn >= host->slots[i].base &&
		    gfn - host->slots[i].base < hptp_slot_frames(host->slots[i].slot))
			s = &host->slots[i];
	require(s);
	off.n = gfn - s->base;
	require(hptp_invalidate_begin(s->slot, off, n, &window) == HPTP_OK);
	require(hptp_unmap_range(s->slot, off, n, NULL) == HPTP_OK);
	for (uint64_t i = 0; i < n; i++) {
		host->page[gfn + i].writable = false;
		if (gone)
			host->page[gfn + i].present = false;
	}
	require(hptp_invalidate_end(&window) == HPTP_OK);
}

void host_unmap(struct host *host, uint64_t gfn, uint64_t n)
{
	change(host, gfn, n, true);
}

void host_protect(struct host *host, uint64_t gfn, uint64_t n)
{
	change(host, gfn, n, false);
}

/* ---- entries ---- */

struct isa_va host_va(uint64_t page, unsigned base)
{
	return (struct isa_va){
		.vsid = HOST_VSID, .off = page << base, .seg_1t = true, .base = base
	};
}

uint64_t host_v(const struct isa_va *va, unsigned actual)
{
	return isa_avpn(va) | (actual > 12 ? ISA_L : 0);
}

uint64_t host_idx(const struct host *host, const struct isa_va *va, unsigned k)
{
	return isa_pteg(va, host->table.order, false) * 8 + k;
}

uint64_t host_r(const struct host *host, uint64_t gfn, unsigned base, unsigned actual, unsigned pp)
{
	uint64_t lp = actual > 12 ? (uint64_t)isa_lp(base, actual) << 12 : 0;

	return gfn << host->frame_shift | lp | 0x10 | pp;
}

long host_h_enter(struct host *host, uint64_t flags, uint64_t ptex, uint64_t v, uint64_t r,
		  uint64_t *idx)
{
	long ret = hptp_h_enter(host->vcpu, flags, ptex, v, r, idx);

	return ret == HPTP_H_TOO_HARD ? hptp_hcall_task(host->vcpu, idx) : ret;
}

uint64_t host_enter_size(struct host *host, uint64_t page, uint64_t gfn, unsigned base,
			 unsigned actual)
{
	struct isa_va va = host_va(page, base);
	uint64_t idx = ~0ull;

	require(host_h_enter(host, 0, host_idx(host, &va, 0), host_v(&va, actual),
			     host_r(host, gfn, base, actual, 2), &idx) == HPTP_H_SUCCESS);
	return idx;
}

uint64_t host_enter(struct host *host, uint64_t page, uint64_t gfn)
{
	return host_enter_size(host, page, gfn, 12, 12);
}

/* ---- accesses ---- */

struct hptp_fault host_fault_for(const struct isa_va *va, bool store)
{
	return (struct hptp_fault){
		.ea = va->off,
		.slb_v = isa_slb_of(va),
		.msr = HPTP_MSR_IR | HPTP_MSR_DR,
		.status = HPTP_DSISR_NOHPTE | (store ? HPTP_DSISR_STORE : 0),
	};
}

enum hptp_outcome host_fault(struct host *host, struct hptp_fault *fault)
{
	enum hptp_outcome outcome = hptp_fault(host->vcpu, fault);

	return outcome == HPTP_TASK ? hptp_refault(host->vcpu, fault) : outcome;
}

enum hptp_outcome host_access(struct host *host, uint64_t page, bool store)
{
	struct isa_va va = host_va(page, 12);
	struct hptp_fault fault = host_fault_for(&va, store);
	int64_t idx =
		isa_walk(host->table.entries, host->table.order, host->isa3, fault.slb_v, fault.ea);

	if (idx >= 0) {
		if (isa_pp_allows(host_pte(host, (uint64_t)idx).r, false, store)) {
			host_touch(host, (uint64_t)idx, store ? 0x180 : 0x100);
			return HPTP_RESUME;
		}
		fault.status = HPTP_DSISR_PROT | (store ? HPTP_DSISR_STORE : 0);
	}
	return host_fault(host, &fault);
}

/* ---- the hardware's view ---- */

struct isa_pte host_pte(const struct host *host, uint64_t idx)
{
	return isa_pte_load(host->table.entries, idx, host->isa3);
}

bool host_valid(const struct host *host, uint64_t idx)
{
	return host_pte(host, idx).v & ISA_V;
}

void host_touch(struct host *host, uint64_t idx, uint64_t rc)
{
	uint8_t *p = (uint8_t *)&host->table.entries[idx];

	p[14] |= (uint8_t)(rc >> 8);
	p[15] |= (uint8_t)rc;
}

bool host_was_flushed(const struct host *host, uint64_t rb)
{
	unsigned n = host->n_flushed < HOST_FLUSHED ? host->n_flushed : HOST_FLUSHED;

	for (unsigned i = 0; i < n; i++)
		if (host->flushed[i] == rb)
			return true;
	return host->n_flush_all > 0;
}

struct hptp_entry host_entry(const struct host *host, uint64_t idx)
{
	struct hptp_entry e;

	if (hptp_entry_next(host->vm, idx, &e) && e.idx.n == idx)
		return e;
	return (struct hptp_entry){ .idx.n = (uint32_t)idx, .state = HPTP_FREE };
}

uint64_t host_table_hash(const struct host *host)
{
	const uint8_t *p = (const uint8_t *)host->table.entries;
	uint64_t hash = 0xcbf29ce484222325;

	for (size_t i = 0; i < (size_t)1 << host->table.order; i++)
		hash = (hash ^ p[i]) * 0x100000001b3;
	return hash;
}

struct hptp_stats host_stats(const struct host *host)
{
	struct hptp_stats stats;

	hptp_stats_read(host->vm, &stats);
	return stats;
}

void host_check(struct host *host)
{
	struct hptp_check_result result;
	int error = hptp_check(host->vm, &result);

	ck_assert_msg(!error, "invariant I%u: %s (entry %#lx, frame %#lx)", result.invariant,
		      result.what, (long)result.idx, (long)result.gfn);
}

void host_assert_guest_v(uint64_t v)
{
	ck_assert_uint_eq(v & 0x60, 0);
}

void host_assert_guest_r(const struct host *host, uint64_t r)
{
	uint64_t rpn = r & 0x0ffffffffffff000;

	ck_assert_uint_eq(r >> 62 & 1, 0);
	ck_assert_msg(rpn < (uint64_t)HOST_FIRST_HFN << host->frame_shift ||
			      rpn >= (uint64_t)(HOST_FIRST_HFN + HOST_FRAMES) << host->frame_shift,
		      "a host address reaches the guest: %#lx", (long)r);
}
