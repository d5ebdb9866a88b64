// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Guest, hardware and verdict. The host is host.c. */
#include "world.h"
#include "explore.h"
#include "host.h"
#include "stream.h"

#include "isa.h"

#include <stdlib.h>
#include <string.h>

#define VSID 0xabcdeull
#define R_R 0x100ull
#define R_C 0x080ull
#define ATTEMPTS 100u /* of one access, before it counts as stuck */
#define BOLTED 0x10ull

struct world world;

static struct hptp_vcpu *vcpu(void)
{
	return world.vcpu[explore_cpu()];
}

/* ---- the guest's pages ---- */

static struct isa_va va_of(unsigned p)
{
	const struct world_page *page = &world.page[p];
	uint64_t number = page->number ? page->number : p;
	bool huge = page->shift == 24;

	/* Huge pages have a segment of their own, as they must. */
	return (struct isa_va){ .vsid = VSID + huge,
				.off = number << (huge ? 24 : 12),
				.seg_1t = true,
				.base = huge ? 24 : 12 };
}

static uint64_t dword1(const struct world_page *page)
{
	uint64_t lp = page->shift == 24 ? (uint64_t)isa_lp(24, 24) << 12 : 0;

	return page->gfn << 12 | lp | 0x10 | (page->read_only ? 3 : 2);
}

static void enter(unsigned p, uint64_t gfn, unsigned shift, uint64_t idx)
{
	struct world_page *page = &world.page[p];
	struct isa_va va;
	uint64_t v, out = 0;
	long code;

	page->gfn = gfn;
	page->shift = shift;
	page->read_only = false;
	va = va_of(p);
	v = isa_avpn(&va) | (p < WORLD_LOOSE ? BOLTED : 0) | (shift > 12 ? ISA_L : 0);
	idx = idx ? idx : isa_pteg(&va, world.table.order, false) * 8 + p % 8;
	page->idx = idx; /* hardware may use it before the hypercall returns */
	code = hptp_h_enter(vcpu(), HPTP_H_EXACT, idx, v, dword1(page), &out);
	if (code == HPTP_H_TOO_HARD)
		code = hptp_hcall_task(vcpu(), &out);
	if (code == HPTP_H_PTEG_FULL)
		return;
	explore_must(code == HPTP_H_SUCCESS, "H_ENTER of page %u: %ld", p, code);
	explore_must(out == idx, "H_ENTER took another entry");
	page->entered = true;
}

void guest_enter(unsigned p, uint64_t gfn)
{
	enter(p, gfn, 12, 0);
}

void guest_enter_huge(unsigned p, uint64_t gfn)
{
	enter(p, gfn, 24, 0);
}

void guest_enter_at(unsigned p, uint64_t gfn, unsigned at)
{
	/* The next page that hashes to the same PTEG. */
	world.page[p].number = at + world.table.n / 8;
	enter(p, gfn, 12, world.page[at].idx);
}

/* The guest reads its dword 1: C of its stores must be in it. */
static void told(unsigned p, bool stored, uint64_t r)
{
	explore_must(!stored || (r & R_C), "C of page %u is lost to the guest: %#llx", p,
		     (unsigned long long)r);
}

void guest_remove(unsigned p)
{
	struct world_page *page = &world.page[p];
	uint64_t out[2];
	bool stored;
	long code;

	if (!page->entered)
		return;
	page->entered = false;
	page->removed++;
	code = hptp_h_remove(vcpu(), 0, page->idx, 0, out);
	explore_must(code == HPTP_H_SUCCESS, "H_REMOVE of page %u: %ld", p, code);
	explore_must(!page->tlb.on, "H_REMOVE of page %u returns, and a TLB has it", p);
	stored = page->stored;
	page->stored = false;
	told(p, stored, out[1]);
}

void guest_bulk_remove(unsigned p, unsigned q)
{
	unsigned pages[2] = { p, q };
	uint64_t args[8];

	for (unsigned i = 0; i < 2; i++) {
		args[2 * i] = 0x40ull << 56 | world.page[pages[i]].idx;
		args[2 * i + 1] = 0;
		world.page[pages[i]].entered = false;
		world.page[pages[i]].removed++;
	}
	args[4] = 0xc0ull << 56;
	explore_must(!hptp_h_bulk_remove(vcpu(), args), "H_BULK_REMOVE");
	for (unsigned i = 0; i < 2; i++) {
		struct world_page *page = &world.page[pages[i]];

		explore_must(args[2 * i] >> 62 == 2, "H_BULK_REMOVE of page %u", pages[i]);
		explore_must(!page->tlb.on, "H_BULK_REMOVE of page %u, and a TLB has it", pages[i]);
		if (args[2 * i] >> 60 == 9 && page->removed > 1)
			continue; /* not found: the other CPU was told */
		told(pages[i], page->stored, args[2 * i] >> 51);
		page->stored = false;
	}
}

void guest_block_remove(unsigned p, unsigned q)
{
	unsigned pages[2] = { p, q };
	uint64_t args[9] = { 0 };
	long code;

	for (unsigned i = 0; i < 2; i++)
		args[1 + i] = 1ull << 62 | world.page[pages[i]].idx;
	args[3] = 3ull << 62;
	code = hptp_h_block_remove(vcpu(), args);
	explore_must(code == HPTP_H_SUCCESS || code == HPTP_H_PARTIAL, "H_BLOCK_REMOVE: %ld", code);
	for (unsigned i = 0; i < 2; i++) {
		struct world_page *page = &world.page[pages[i]];
		uint64_t status = args[i] >> 59;

		explore_must(status == 0x10 || status == 0x14, "H_BLOCK_REMOVE of page %u: %llx",
			     pages[i], (unsigned long long)status);
		if (status == 0x14) /* busy: whoever has it */
			continue;
		page->entered = false;
		explore_must(!page->tlb.on, "H_BLOCK_REMOVE of page %u, and a TLB has it",
			     pages[i]);
		told(pages[i], page->stored, args[i] >> 50);
		page->stored = false;
	}
}

void guest_protect(unsigned p, bool read_only)
{
	struct world_page *page = &world.page[p];
	long code;

	page->changing = true;
	code = hptp_h_protect(vcpu(), read_only ? 3 : 2, page->idx, 0);
	if (code == HPTP_H_SUCCESS)
		page->read_only = read_only;
	page->changing = false;
	explore_must(code == HPTP_H_SUCCESS || !page->entered, "H_PROTECT: %ld", code);
	explore_must(!read_only || !page->tlb.on || !page->tlb.writable,
		     "H_PROTECT returns, and a TLB lets page %u be written", p);
}

void guest_clear_ref(unsigned p)
{
	uint64_t out;
	long code = hptp_h_clear_ref(vcpu(), 0, world.page[p].idx, &out);

	explore_must(code == HPTP_H_SUCCESS || !world.page[p].entered, "H_CLEAR_REF: %ld", code);
}

void guest_clear_mod(unsigned p)
{
	struct world_page *page = &world.page[p];
	bool stored = page->stored;
	uint64_t out;
	long code = hptp_h_clear_mod(vcpu(), 0, page->idx, &out);

	explore_must(code == HPTP_H_SUCCESS || !page->entered, "H_CLEAR_MOD: %ld", code);
	if (code == HPTP_H_SUCCESS) {
		told(p, stored, out);
		if (out & R_C)
			page->stored = false;
	}
}

void guest_read(unsigned p)
{
	struct world_page *page = &world.page[p];
	bool entered = page->entered;
	uint64_t out[8], keep = 0x0ffffffffffff000;

	explore_must(!hptp_h_read(vcpu(), 0, page->idx, out), "H_READ");
	if (entered && page->entered)
		explore_must((out[0] & 1) && !((out[1] ^ dword1(page)) & keep),
			     "H_READ of page %u: %#llx", p, (unsigned long long)out[1]);
}

void guest_translate(unsigned p)
{
	struct isa_va va = va_of(p);
	struct hptp_translation t;
	bool entered = world.page[p].entered;
	int error = hptp_translate(vcpu(), va.off, isa_slb_of(&va), 0, 0, &t);

	if (!entered || !world.page[p].entered || error)
		return;
	explore_must(t.gpa == world.page[p].gfn << 12, "page %u is at %#llx", p,
		     (unsigned long long)t.gpa);
	explore_must(t.may_write || world.page[p].changing || world.page[p].read_only,
		     "page %u is said to be read-only", p);
}

void guest_fault(unsigned p)
{
	const struct world_page *page = &world.page[p];
	struct isa_va va = va_of(p);
	struct hptp_fault fault = { .ea = va.off,
				    .slb_v = isa_slb_of(&va),
				    .msr = HPTP_MSR_IR | HPTP_MSR_DR,
				    .status = HPTP_DSISR_NOHPTE | HPTP_DSISR_STORE };
	enum hptp_outcome outcome = hptp_fault(vcpu(), &fault);

	explore_must(outcome != HPTP_REFLECT || fault.status & HPTP_DSISR_NOHPTE || page->read_only,
		     "a store to page %u is denied: %#x", p, fault.status);
}

void guest_in(void)
{
	while (!hptp_vcpu_enter(vcpu()))
		explore_wait();
	explore_must(!world.stopped, "a vCPU is let in while the table is changed");
}

void guest_out(void)
{
	hptp_vcpu_leave(vcpu());
}

void world_table_changed(bool empty)
{
	hptp_vm_table(world.vm, &world.table);
	for (unsigned p = 0; p < WORLD_PAGES; p++) {
		struct world_page *page = &world.page[p];
		struct isa_va va = va_of(p);

		if (!page->entered)
			continue;
		page->idx = isa_pteg(&va, world.table.order, false) * 8 + page->idx % 8;
		page->entered &= !empty;
		page->stored &= !empty;
	}
}

/* ---- the hardware ---- */

/* The translation lets an access through: what does it reach? */
static void reach(unsigned p, bool store, uint64_t hfn)
{
	struct world_page *page = &world.page[p];
	struct world_frame *frame = &world.frame[page->gfn];

	explore_must(frame->present && frame->hfn == hfn,
		     "page %u reaches host frame %#llx, which the host took", p,
		     (unsigned long long)hfn);
	explore_must(!store || frame->writable, "page %u is written, and the host's is read-only",
		     p);
	explore_must(!store || page->changing || !page->read_only, "page %u is read-only", p);
	frame->referenced = true;
	frame->stored |= store;
	page->stored |= store;
}

static bool find(const struct isa_va *va, bool store, struct isa_pte *pte)
{
	int64_t idx = isa_walk(world.table.entries, world.table.order, world.isa_3_0,
			       isa_slb_of(va), va->off);

	if (idx < 0)
		return false;
	*pte = isa_pte_load(world.table.entries, (uint64_t)idx, world.isa_3_0);
	return isa_pp_allows(pte->r, false, store);
}

bool hardware_finds(unsigned p, bool store)
{
	struct isa_va va = va_of(p);
	struct isa_pte pte;

	return !world.stopped && find(&va, store, &pte);
}

static bool walk(unsigned p, bool store)
{
	struct world_page *page = &world.page[p];
	struct isa_va va = va_of(p);
	struct isa_pte pte;

	if (!find(&va, store, &pte))
		return false;
	page->tlb.hfn = (pte.r & 0x0ffffffffffff000 & ~((1ull << page->shift) - 1)) >> 12;
	page->tlb.writable = isa_pp_allows(pte.r, false, true);
	page->tlb.rb = isa_rb(&va, page->shift, pte.r);
	page->tlb.on = true;
	return true;
}

/* Into dword 1, bytes that hold R and C, whatever the entry is by now. */
void hardware_write_back(unsigned p, uint64_t rc)
{
	uint8_t *byte = (uint8_t *)&world.table.entries[world.page[p].idx];

	byte[14] |= (uint8_t)(rc >> 8);
	byte[15] |= (uint8_t)rc;
}

void hardware_forget(unsigned p)
{
	struct world_page *page = &world.page[p];

	explore_quiet();
	if (page->tlb.on)
		hardware_write_back(p, page->tlb.late);
	page->tlb.late = 0;
	page->tlb.on = false;
	explore_loud();
}

void hardware_access(unsigned p, bool store, bool late)
{
	struct world_page *page = &world.page[p];
	uint64_t rc = R_R | (store ? R_C : 0);

	if (world.stopped)
		return;
	explore_quiet();
	if ((page->tlb.on && (page->tlb.writable || !store)) || walk(p, store)) {
		reach(p, store, page->tlb.hfn);
		if (late)
			page->tlb.late |= rc;
		else
			hardware_write_back(p, rc);
	}
	explore_loud();
}

/* What hardware makes of an access; true: done. */
static bool access_once(unsigned p, bool store, uint32_t *status)
{
	struct world_page *page = &world.page[p];
	bool done;

	explore_quiet();
	done = (page->tlb.on && (page->tlb.writable || !store)) || walk(p, store);
	if (done) {
		reach(p, store, page->tlb.hfn);
		hardware_write_back(p, R_R | (store ? R_C : 0));
	}
	*status = hardware_finds(p, false) ? HPTP_DSISR_PROT : HPTP_DSISR_NOHPTE;
	*status |= store ? HPTP_DSISR_STORE : 0;
	explore_loud();
	return done;
}

void guest_access(unsigned p, bool store)
{
	struct world_page *page = &world.page[p];
	struct isa_va va = va_of(p);
	struct hptp_fault fault = { .ea = va.off,
				    .slb_v = isa_slb_of(&va),
				    .msr = HPTP_MSR_IR | HPTP_MSR_DR };
	enum hptp_outcome outcome;

	for (unsigned i = 0; i < ATTEMPTS; i++) {
		bool entered = page->entered, went = world.slot_went;

		if (access_once(p, store, &fault.status))
			return;
		outcome = hptp_fault(vcpu(), &fault);
		if (outcome == HPTP_TASK)
			outcome = hptp_refault(vcpu(), &fault);
		if (outcome == HPTP_MMIO && (went || world.slot_went))
			return;
		if (outcome == HPTP_REFLECT &&
		    (!entered || !page->entered || (store && (page->read_only || page->changing))))
			return;
		if (outcome == HPTP_TOO_LARGE && page->shift == 24)
			return;
		if (outcome == HPTP_NOPAGE && store && world.frame[page->gfn].read_only)
			return;
		explore_must(outcome == HPTP_RESUME, "a fault on page %u: outcome %d", p, outcome);
		if (i > 1)
			explore_wait(); /* for a window to close */
	}
	explore_fail("page %u can not be reached", p);
}

/* ---- start and verdict ---- */

void world_start(bool isa_3_0, bool own)
{
	world.isa_3_0 = isa_3_0;
	world.own = own;
	host_start();
	for (uint64_t gfn = 0; gfn < WORLD_FRAMES; gfn++) {
		world.frame[gfn] = (struct world_frame){
			.hfn = 0x80000 + gfn,
			.present = true,
			.writable = true,
		};
		host_pte_changed(gfn);
	}
}

/* Each valid entry leads to a frame that its page has, with the host's permission. */
static void check_entries(void)
{
	struct hptp_check_result result;
	struct hptp_entry e;

	explore_must(!hptp_check(world.vm, &result), "I%u: %s", result.invariant, result.what);
	for (uint64_t i = 0; hptp_entry_next(world.vm, i, &e); i = e.idx.n + 1) {
		const struct world_frame *frame;
		uint64_t gfn = (e.guest & 0x0ffffffffffff000) >> 12;

		if (e.state != HPTP_VALID)
			continue;
		gfn = gfn >= WORLD_HUGE ? WORLD_HUGE : gfn;
		frame = &world.frame[gfn];
		explore_must(frame->present, "entry %u is valid, and the host took its page",
			     e.idx.n);
		explore_must((e.real & 0x0ffffffffffff000) >> 12 == frame->hfn || gfn == WORLD_HUGE,
			     "entry %u leads to another frame", e.idx.n);
		explore_must(frame->writable || !isa_pp_allows(e.real, false, true),
			     "entry %u is writable, and the host's page is not", e.idx.n);
	}
}

static void check_tlbs(void)
{
	for (unsigned p = 0; p < WORLD_PAGES; p++) {
		const struct world_page *page = &world.page[p];
		const struct world_frame *frame = &world.frame[page->gfn];

		if (!page->tlb.on)
			continue;
		explore_must(frame->present && frame->hfn == page->tlb.hfn,
			     "a TLB has page %u at a frame that the host took", p);
	}
}

/* What was referenced is young, if nobody was told so by now. */
static void check_young(void)
{
	for (uint64_t gfn = 0; gfn < WORLD_FRAMES; gfn++) {
		struct world_frame *frame = &world.frame[gfn];

		if (!frame->referenced || frame->aged)
			continue;
		host_age(gfn, 1);
		explore_must(frame->aged, "frame %llu was referenced, and nobody says so",
			     (unsigned long long)gfn);
	}
}

/* What the guest wrote is in the log, and it is told of its stores. */
static void check_written(void)
{
	if (world.log_off) {
		explore_must(!memcmp(world.after, world.dirty, sizeof(world.after)),
			     "the library writes to a log that was given back");
		return;
	}
	host_harvest(0, WORLD_FRAMES, 0);
	for (uint64_t gfn = 0; gfn < WORLD_FRAMES; gfn++)
		explore_must(!world.frame[gfn].stored ||
				     (world.reported[gfn >> 3] >> (gfn & 7) & 1),
			     "frame %llu was written, and nobody says so", (unsigned long long)gfn);
	for (unsigned p = 0; p < WORLD_PAGES; p++)
		if (world.page[p].entered)
			guest_clear_mod(p);
}

void world_verdict(void)
{
	struct hptp_entry e;

	world.stopped = false;
	hptp_vm_ready(world.vm);
	stream_verdict();
	check_entries();
	check_tlbs();
	for (unsigned p = 0; p < WORLD_PAGES; p++)
		hardware_forget(p);
	if (!world.slot_went)
		check_young();
	for (unsigned p = 0; p < WORLD_PAGES; p++)
		if (world.page[p].entered)
			guest_access(p, false);
	check_entries();
	if (world.slot)
		host_page_out(0, WORLD_FRAMES);
	for (uint64_t i = 0; hptp_entry_next(world.vm, i, &e); i = e.idx.n + 1)
		explore_must(e.state != HPTP_VALID, "page-out misses entry %u", e.idx.n);
	if (world.slot)
		check_written();
	host_stop();
}
