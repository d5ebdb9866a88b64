// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * One fixed story, told over and over: with the N-th callback that can fail failing, for
 * every N; and with the slot deleted and made again between every two steps. Whatever
 * the story does must come out as the oracle says, or as the error that names the failure,
 * and then once more as the oracle says.
 */
#include "machine.h"
#include "oracle.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	FRAMES = 16,
	PAGES = 8,
	SLOT_GPA = 0x1000000,
	COW_GPA = 0x2000000,
	MMIO_GPA = 0x3000000,
	INJECTED = HPTP_E_HOST(7),
};

enum what {
	ENTER,
	REMOVE,
	BULK,
	BLOCK,
	PAGE_INIT,
	PROTECT,
	READ,
	CLEAR_REF,
	CLEAR_MOD,
	LOAD,
	STORE,
	FETCH,
	OUT,
	CLEAN,
	MOVE,
	AGE,
	HARVEST,
	LOG,
	NO_LOG,
	SLOT_MOVE,
	RESET,
	PREPARE,
	WORK,
	COMMIT,
	STREAM,
	CHECK
};

/* Who brings slots and windows. A slot_find that says NULL is no failure: no slot is there. */
static const struct {
	unsigned flags;
	bool fails;
	const char *name;
} hosts[] = {
	{ 0, true, "the library's slots and windows" },
	{ MACHINE_OWN_WINDOWS, true, "the host's windows" },
	{ MACHINE_OWN_SLOTS, false, "the host's slots" },
};

static const char *const names[] = {
	"enter",   "remove",         "bulk remove", "block remove",  "page init",
	"protect", "read",           "clear R",     "clear C",       "load",
	"store",   "fetch",          "page out",    "page clean",    "page move",
	"age",     "harvest",        "log",         "no log",        "slot move",
	"reset",   "resize prepare", "resize step", "resize commit", "stream",
	"check",
};

/* Pages 0..4 map frames of the slot (1 and 2 the same), 5 and 6 of the other, 7 none. */
static const struct {
	uint64_t gpa;
	uint64_t bits;
} pages[PAGES] = {
	{ SLOT_GPA, 0x12 },           { SLOT_GPA + 0x10000, 0x12 }, { SLOT_GPA + 0x10000, 0x11 },
	{ SLOT_GPA + 0x20000, 0x13 }, { SLOT_GPA + 0x30000, 0x12 }, { COW_GPA, 0x12 },
	{ COW_GPA + 0x10000, 0x12 },  { MMIO_GPA, 0x3a },
};

static const struct step {
	enum what what;
	unsigned page;
	uint64_t arg;
} story[] = {
	{ ENTER, 0, 0 },     { LOAD, 0, 0 },          { STORE, 0, 11 },    { LOG, 0, 0 },
	{ ENTER, 1, 0 },     { ENTER, 2, 0 },         { STORE, 1, 12 },    { LOAD, 2, 0 },
	{ OUT, 0, 0 },       { READ, 0, 0 },          { LOAD, 0, 0 },      { OUT, 1, 0 },
	{ PROTECT, 1, 3 },   { LOAD, 2, 0 },          { STORE, 1, 13 },    { PROTECT, 1, 2 },
	{ STORE, 1, 14 },    { HARVEST, 0, 0 },       { ENTER, 3, 0 },     { FETCH, 3, 0 },
	{ STORE, 3, 1 },     { AGE, 0, 0 },           { ENTER, 5, 0 },     { LOAD, 5, 0 },
	{ STORE, 5, 15 },    { ENTER, 6, 0 },         { STORE, 6, 16 },    { OUT, 6, 0 },
	{ LOAD, 6, 0 },      { ENTER, 7, 0 },         { LOAD, 7, 0 },      { STORE, 7, 0 },
	{ CHECK, 0, 0 },     { CLEAN, 1, 0 },         { STORE, 2, 17 },    { MOVE, 1, 0 },
	{ LOAD, 1, 0 },      { CLEAR_REF, 1, 0 },     { CLEAR_MOD, 1, 0 }, { LOAD, 1, 0 },
	{ REMOVE, 2, 0 },    { LOAD, 2, 0 },          { ENTER, 2, 0 },     { ENTER, 4, 0 },
	{ STORE, 4, 18 },    { OUT, 4, 0 },           { REMOVE, 4, 0 },    { ENTER, 4, 0 },
	{ LOAD, 4, 0 },      { SLOT_MOVE, 0, 0x400 }, { LOAD, 4, 0 },      { SLOT_MOVE, 0, 0 },
	{ LOAD, 4, 0 },      { STORE, 0, 19 },        { HARVEST, 0, 0 },   { BULK, 0, 0 },
	{ LOAD, 0, 0 },      { ENTER, 0, 0 },         { LOAD, 0, 0 },      { NO_LOG, 0, 0 },
	{ PAGE_INIT, 0, 1 }, { LOAD, 0, 0 },          { PAGE_INIT, 0, 0 }, { LOAD, 0, 0 },
	{ ENTER, 3, 0 },     { LOAD, 3, 0 },          { OUT, 3, 0 },       { BLOCK, 0, 0 },
	{ LOAD, 3, 0 },      { ENTER, 3, 0 },         { ENTER, 0, 1 },     { LOAD, 0, 0 },
	{ REMOVE, 7, 0 },    { STORE, 1, 20 },        { READ, 1, 0 },      { CHECK, 0, 0 },
	{ LOG, 0, 0 },       { STREAM, 0, 0 },        { LOAD, 1, 0 },      { PREPARE, 0, 19 },
	{ STORE, 1, 21 },    { WORK, 0, 19 },         { STORE, 3, 0 },     { OUT, 1, 0 },
	{ COMMIT, 0, 19 },   { READ, 1, 0 },          { LOAD, 1, 0 },      { STORE, 1, 22 },
	{ LOAD, 2, 0 },      { STREAM, 0, 0 },        { STORE, 1, 23 },    { PREPARE, 0, 18 },
	{ WORK, 0, 18 },     { COMMIT, 0, 18 },       { LOAD, 2, 0 },      { PREPARE, 0, 19 },
	{ STORE, 1, 24 },    { RESET, 0, 18 },        { LOAD, 1, 0 },      { READ, 1, 0 },
	{ HARVEST, 0, 0 },   { ENTER, 1, 0 },         { LOAD, 1, 0 },      { RESET, 0, 19 },
	{ ENTER, 1, 0 },     { STORE, 1, 25 },        { RESET, 0, 0 },     { RESET, 0, 18 },
	{ ENTER, 1, 0 },     { LOAD, 1, 0 },          { HARVEST, 0, 0 },   { NO_LOG, 0, 0 },
	{ CHECK, 0, 0 },
};
enum { STEPS = sizeof(story) / sizeof(story[0]) };

struct told {
	struct machine *m;
	struct oracle o;
	struct machine_slot *slot, *cow;
	uint64_t base; /**< of the slot, moves */
	uint64_t idx[PAGES];
	uint64_t content[2][FRAMES]; /**< of the two slots */
	uint8_t log[FRAMES / 8];
	unsigned dirty; /**< frames that the log must tell of */
	bool logging;
	unsigned order; /**< of the table */
	unsigned host, at;
	const char *bad;
};

static struct told told;
static unsigned n_failed;

static bool fail(const char *what)
{
	fprintf(stderr, "failure: %s, step %u (%s, page %u): %s\n", hosts[told.host].name, told.at,
		names[story[told.at].what], story[told.at].page, what);
	n_failed++;
	return false;
}

static void machine_asserts(const char *what)
{
	fail(what);
	exit(1);
}

/* ---- the host, as the oracle asks for it ---- */

static bool host(void *arg, uint64_t gfn, uint64_t n, struct oracle_host *h)
{
	struct told *t = arg;
	bool ours = gfn - t->base < FRAMES, cow = gfn - (COW_GPA >> 16) < FRAMES;

	(void)n;
	if (!ours && !cow)
		return false;
	*h = (struct oracle_host){
		.slot_base = ours ? t->base : COW_GPA >> 16,
		.slot_n = FRAMES,
		.map_shift = 16,
		.tells_shift = true,
		.congruent = true,
		.mapped = true,
		.writable = true,
		.can_load = true,
		.can_store = true,
	};
	return true;
}

static uint64_t *content_at(uint64_t gpa)
{
	uint64_t gfn = gpa >> 16;

	if (gfn - (COW_GPA >> 16) < FRAMES)
		return &told.content[1][gfn - (COW_GPA >> 16)];
	return &told.content[0][(gfn - told.base) % FRAMES];
}

/* ---- steps: true, or false when it has to be done once more, or `bad` is set ---- */

static uint64_t ea_of(unsigned page)
{
	return 0x10000000ull + 0x1000ull * page;
}

static uint64_t slb_v(void)
{
	return machine_slb_word(0x777, 12, 28, HPTP_SLB_KP);
}

static bool fits(const struct oracle_answer *x, long ret, const uint64_t *out)
{
	if (!oracle_fits(x, ret, out))
		told.bad = "the hypercall's answer";
	return true;
}

/* The first 4 KiB of a page hold this now. */
static void filled(uint64_t gpa, uint64_t value)
{
	*content_at(gpa) = value;
	if (told.logging && (gpa >> 16) - told.base < FRAMES)
		told.dirty |= 1u << ((gpa >> 16) - told.base);
}

static bool do_block(struct machine_vcpu *vcpu)
{
	const unsigned which[] = { 0, ~0u, 3, 5 }; /* one is no entry */
	struct oracle_answer x;
	uint64_t args[9] = { 0 };

	for (unsigned i = 0; i < 8; i++)
		args[1 + i] = i > 3           ? 3ull << 62 :
			      which[i] == ~0u ? 1ull << 62 | ~0u :
						1ull << 62 | told.idx[which[i]];
	oracle_block_remove(&told.o, args, &x);
	return fits(&x, machine_h_block_remove(vcpu, args), args);
}

/* arg: copy from page 1, or zero. */
static bool do_page_init(const struct step *s, struct machine_vcpu *vcpu)
{
	uint64_t flags = s->arg ? HPTP_H_COPY_PAGE : HPTP_H_ZERO_PAGE;
	uint64_t dest = pages[s->page].gpa, src = pages[1].gpa;
	struct oracle_answer x;
	long ret;

	oracle_page_init(&told.o, flags, dest, src, &x);
	ret = machine_h_page_init(vcpu, flags, dest, src);
	if (ret == HPTP_H_PARAMETER && machine_injected(told.m))
		return false;
	if (!ret)
		filled(dest, s->arg ? *content_at(src) : 0);
	return fits(&x, ret, NULL);
}

static bool do_hcall(const struct step *s, struct machine_vcpu *vcpu)
{
	uint64_t idx = told.idx[s->page], out[8] = { 0 }, group, flags;
	uint64_t pteh = machine_pteh(slb_v(), ea_of(s->page), 12, false);
	uint64_t ptel = machine_ptel(pages[s->page].gpa, 12, 12, pages[s->page].bits);
	struct oracle_answer x;
	long ret;

	switch (s->what) {
	case ENTER: /* arg: with the zero flag */
		group = machine_pteg(slb_v(), ea_of(s->page), told.order, false) * 8;
		flags = s->arg ? HPTP_H_ZERO_PAGE : 0;
		oracle_enter(&told.o, flags, group, pteh, ptel, &x);
		ret = machine_h_enter(vcpu, flags, group, pteh, ptel, out);
		if (ret == HPTP_H_PARAMETER && flags && machine_injected(told.m))
			return false;
		if (!ret && flags)
			filled(pages[s->page].gpa, 0);
		if (!ret && !x.ret) {
			told.idx[s->page] = out[0];
			oracle_entered(&told.o, out[0], pteh, ptel);
		}
		return fits(&x, ret, out);
	case REMOVE:
		oracle_remove(&told.o, HPTP_H_AVPN, idx, pteh & ~0x7full, &x);
		ret = machine_h_remove(vcpu, HPTP_H_AVPN, idx, pteh & ~0x7full, out);
		return fits(&x, ret, out);
	case BULK:
		out[0] = 1ull << 62 | told.idx[0];
		out[2] = 1ull << 62 | told.idx[3];
		out[4] = 1ull << 62 | told.idx[5];
		out[6] = 3ull << 62;
		oracle_bulk_remove(&told.o, out, &x);
		ret = machine_h_bulk_remove(vcpu, out);
		return fits(&x, ret, out);
	case BLOCK: return do_block(vcpu);
	case PAGE_INIT: return do_page_init(s, vcpu);
	case PROTECT:
		oracle_protect(&told.o, s->arg, idx, 0, &x);
		return fits(&x, machine_h_protect(vcpu, s->arg, idx, 0), NULL);
	case READ:
		oracle_read(&told.o, 0, idx, &x);
		ret = machine_h_read(vcpu, 0, idx, out);
		return fits(&x, ret, out);
	default:
		oracle_clear(&told.o, s->what == CLEAR_MOD ? 0x80 : 0x100, idx, &x);
		ret = s->what == CLEAR_MOD ? machine_h_clear_mod(vcpu, 0, idx, out) :
					     machine_h_clear_ref(vcpu, 0, idx, out);
		return fits(&x, ret, out);
	}
}

static enum machine_result touch(const struct step *s, struct machine_vcpu *vcpu, uint64_t *value)
{
	enum machine_result result;
	uint32_t insn = 0;

	if (s->what == LOAD)
		return machine_load64(vcpu, ea_of(s->page), value);
	if (s->what == STORE)
		return machine_store64(vcpu, ea_of(s->page), *value);
	result = machine_fetch(vcpu, ea_of(s->page), &insn);
	*value = insn;
	return result;
}

/* What was said to the guest must be named by the failure that was injected. */
static bool is_named(const struct machine_vcpu *vcpu, enum machine_result result)
{
	if (!machine_injected(told.m))
		return false;
	return result == MACHINE_NO_MEMORY ||
	       (result == MACHINE_NOPAGE && machine_fault(vcpu)->error == INJECTED);
}

static bool do_access(const struct step *s, struct machine_vcpu *vcpu)
{
	static const enum oracle_kind kinds[] = { ORACLE_LOAD, ORACLE_STORE, ORACLE_FETCH };
	struct oracle_access a = { .ea = ea_of(s->page),
				   .slb_v = slb_v(),
				   .msr = machine_regs(vcpu)->msr,
				   .kind = kinds[s->what - LOAD] };
	uint64_t value = s->arg;
	enum machine_result result;
	struct oracle_expect x;
	enum oracle_end end;

	oracle_access(&told.o, &a, &x);
	result = touch(s, vcpu, &value);
	end = result == MACHINE_OK     ? ORACLE_DONE :
	      result == MACHINE_MMIO   ? ORACLE_MMIO :
	      result == MACHINE_NOPAGE ? ORACLE_NOPAGE :
					 ORACLE_REFLECT;
	if (result == MACHINE_NO_MEMORY || !(x.ends & 1u << end)) {
		if (is_named(vcpu, result))
			return false;
		told.bad = "what came of the access";
		return true;
	}
	if (end != ORACLE_DONE)
		return true;
	oracle_accessed(&told.o, x.idx, a.kind);
	if (s->what != STORE && value != *content_at(x.gpa))
		told.bad = "memory";
	if (s->what == STORE) {
		*content_at(x.gpa) = value;
		if (told.logging && (x.gpa >> 16) - told.base < FRAMES)
			told.dirty |= 1u << ((x.gpa >> 16) - told.base);
	}
	return true;
}

static void do_harvest(void)
{
	uint8_t out[FRAMES / 8] = { 0 };
	unsigned got;

	if (!told.logging)
		return;
	if (hptp_dirty_harvest(machine_slot_handle(told.slot), (hptp_off){ 0 }, FRAMES, out,
			       HPTP_HARVEST_STOPPED))
		told.bad = "harvest";
	got = out[0] | (unsigned)out[1] << 8;
	if (told.dirty & ~got)
		told.bad = "a written frame is not in the dirty log";
	told.dirty = 0;
}

static void log_on(bool on)
{
	struct hptp_slot *handle = machine_slot_handle(told.slot);

	if (on == told.logging)
		return;
	memset(told.log, 0, sizeof(told.log));
	if (on ? hptp_dirty_start(handle, told.log, sizeof(told.log)) : hptp_dirty_stop(handle))
		told.bad = "the dirty log";
	told.logging = on;
	told.dirty = 0;
}

/* ---- the table as a whole: false where the failure was named, and nothing else happened ---- */

static bool named(int error)
{
	if (error == HPTP_E_NOMEM && machine_injected(told.m))
		return true;
	fprintf(stderr, "failure: %s\n", hptp_strerror(error));
	told.bad = "the table's life";
	return false;
}

static void table_is(unsigned order)
{
	struct hptp_table_info info;

	machine_table_changed(told.m);
	hptp_vm_table(machine_vm(told.m), &info);
	if (info.order != order)
		told.bad = "the order of the table";
	told.order = order;
}

static bool do_reset(unsigned order)
{
	int error = machine_in_t(hptp_vm_reset(machine_vm(told.m), order));

	if (error)
		return !named(error);
	oracle_reset(&told.o, order ? 1ull << (order - 4) : 0);
	table_is(order);
	return true;
}

static bool do_prepare(unsigned order)
{
	int left = machine_in_t(hptp_resize_prepare(machine_vm(told.m), 0, order, 0));

	return left >= 0 || !named(left);
}

/* What ends the work is told by the next prepare, and the one after that begins anew. */
static bool do_work(unsigned order)
{
	struct hptp_vm *vm = machine_vm(told.m);
	int left;

	while (machine_in_t(hptp_resize_step(vm, 0)))
		;
	left = machine_in_t(hptp_resize_prepare(vm, 0, order, 0));
	if (!left)
		return true;
	if (left > 0 || !named(left))
		told.bad = "the work of a resize";
	else if (machine_in_t(hptp_resize_prepare(vm, 0, order, 0)) <= 0)
		told.bad = "a resize that is prepared again";
	return false;
}

static void do_commit(unsigned order)
{
	static uint32_t from[1 << 15];
	uint64_t n = 1ull << (order - 4), kept;
	struct hptp_resized result;

	memset(from, 0, sizeof(from));
	kept = oracle_moves(&told.o, n, from);
	if (machine_in_t(hptp_resize_commit(machine_vm(told.m), 0, order, &result)) ||
	    result.kept != kept || result.dropped)
		told.bad = "commit";
	for (unsigned p = 0; p < PAGES; p++)
		if (told.idx[p] < told.o.n && told.o.entry[told.idx[p]].v)
			told.idx[p] = oracle_place(&told.o, (uint32_t)told.idx[p], n);
	oracle_move(&told.o, n, from);
	table_is(order);
}

/* Saved, wiped and restored: the guest can not tell. */
static bool do_stream(void)
{
	struct hptp_stream_header h = { .n_invalid = 1 << 13 };
	struct hptp_vm *vm = machine_vm(told.m);
	struct hptp_stream_written done;
	struct hptp_stream *reader;
	static uint8_t saved[4096];
	size_t n = 0, used = 1;
	int error = machine_in_t(hptp_stream_open(vm, 0, 0, &reader));

	if (error)
		return !named(error);
	while (!error && used) {
		error = machine_in_a(hptp_stream_read(reader, saved + n, sizeof(saved) - n, &used));
		n += used;
	}
	machine_in_t((hptp_stream_close(reader), 0));
	for (; !error && h.index < told.o.n; h.index += h.n_invalid)
		error = machine_in_a(hptp_stream_write(vm, &h, sizeof(h), &done));
	if (!error)
		error = machine_in_a(hptp_stream_write(vm, saved, n, &done));
	if (error || done.used != n)
		told.bad = "the stream";
	return true;
}

static bool do_table(const struct step *s)
{
	switch (s->what) {
	case RESET: return do_reset((unsigned)s->arg);
	case PREPARE: return do_prepare((unsigned)s->arg);
	case WORK: return do_work((unsigned)s->arg);
	case COMMIT: do_commit((unsigned)s->arg); return true;
	default: return do_stream();
	}
}

static bool do_host(const struct step *s)
{
	bool ours = s->page < 5;
	struct machine_slot *slot = ours ? told.slot : told.cow;
	uint64_t unit = (pages[s->page].gpa >> 16) - (ours ? SLOT_GPA : COW_GPA) / 0x10000;
	int err = 0;

	switch (s->what) {
	case OUT: err = machine_page_out(slot, unit); break;
	case CLEAN: err = machine_page_clean(slot, unit); break;
	case MOVE: err = machine_page_move(slot, unit); break;
	case AGE: err = machine_page_age(slot, unit); break;
	case HARVEST: do_harvest(); break;
	case LOG: log_on(true); break;
	case NO_LOG: log_on(false); break;
	case SLOT_MOVE:
		if (hosts[told.host].flags & MACHINE_OWN_SLOTS)
			log_on(false); /* hptp_slot_move() would take the log along */
		err = machine_slot_move(slot, (SLOT_GPA >> 16) + s->arg);
		if (!err)
			told.base = (SLOT_GPA >> 16) + s->arg;
		if (err == HPTP_E_NOMEM && machine_injected(told.m))
			return false;
		break;
	default: err = hptp_check(machine_vm(told.m), NULL);
	}
	if (err < 0 && err != HPTP_E_NOPAGE) {
		fprintf(stderr, "failure: %s: %s\n", names[s->what], hptp_strerror(err));
		told.bad = "the host's call";
	}
	return true;
}

static bool do_step(const struct step *s)
{
	struct machine_vcpu *vcpu = machine_vcpu(told.m, 0);

	/* R and C are compared exactly: nothing is held back. */
	machine_tlb_evict(vcpu);
	oracle_settle(&told.o, 0, ~0ull);
	if (s->what <= CLEAR_MOD)
		return do_hcall(s, vcpu);
	if (s->what <= FETCH)
		return do_access(s, vcpu);
	return s->what >= RESET && s->what <= STREAM ? do_table(s) : do_host(s);
}

/* ---- telling it ---- */

static int add_slots(void)
{
	int err = machine_slot_add(told.m, SLOT_GPA >> 16, FRAMES, 16, 0, &told.slot);

	if (err == HPTP_E_NOMEM && machine_injected(told.m))
		err = machine_slot_add(told.m, SLOT_GPA >> 16, FRAMES, 16, 0, &told.slot);
	if (err)
		return err;
	err = machine_slot_add(told.m, COW_GPA >> 16, FRAMES, 16, MACHINE_SLOT_COW, &told.cow);
	if (err == HPTP_E_NOMEM && machine_injected(told.m))
		err = machine_slot_add(told.m, COW_GPA >> 16, FRAMES, 16, MACHINE_SLOT_COW,
				       &told.cow);
	return err;
}

static void recreate_slot(void)
{
	uint64_t base = told.base;
	int err;

	log_on(false);
	err = machine_slot_remove(told.slot);
	told.base = ~0ull >> 1;
	if (!err)
		err = machine_slot_add(told.m, base, FRAMES, 16, 0, &told.slot);
	told.base = base;
	memset(told.content[0], 0, sizeof(told.content[0]));
	if (err)
		told.bad = "the slot can not be made again";
}

/* Every step, `recreate` after step that (-1: never). False: it came out wrong. */
static bool tell(int recreate)
{
	for (told.at = 0; told.at < STEPS; told.at++) {
		const struct step *s = &story[told.at];

		(void)machine_injected(told.m); /* a failure excuses its own step only */
		if (!do_step(s) && !do_step(s) && !told.bad)
			told.bad = "it fails once more, after the failure is over";
		if ((int)told.at == recreate)
			recreate_slot();
		if (told.bad)
			return fail(told.bad);
	}
	told.at = STEPS - 1;
	if (hptp_check(machine_vm(told.m), NULL))
		return fail("hptp_check");
	return true;
}

static uint64_t calls_that_can_fail(const struct machine *m)
{
	uint64_t n = 0;

	for (enum machine_op op = 0; op < MACHINE_OPS; op++)
		n += machine_op_can_fail(op) ? machine_op_calls(m, op) : 0;
	return n;
}

/* A fresh machine for each telling; its end asserts that nothing leaked. */
static bool tell_afresh(unsigned who, uint64_t fail_at, int recreate, bool *reached)
{
	struct machine_config config = {
		.frames = 256,
		.seed = 1,
		.frame_shift = 16,
		.order = 18,
		.vcpus = 1,
		.flags = hosts[who].flags,
	};
	bool ok = false;
	int err;

	told = (struct told){ .base = SLOT_GPA >> 16, .order = 18, .host = who };
	if (fail_at)
		machine_inject_create(MACHINE_OPS, fail_at, INJECTED);
	err = machine_create(&config, &told.m);
	*reached = true;
	if (err) /* refused by name, nothing is left; the next N goes on */
		return (err == HPTP_E_NOMEM && fail_at) || fail("machine_create");
	if (!oracle_init(&told.o, 16, 1 << 15, host, &told))
		return fail("no memory for the test itself");
	told.o.n = 1 << 14;
	machine_max_faults(machine_vcpu(told.m, 0), 16);
	machine_regs(machine_vcpu(told.m, 0))->msr = HPTP_MSR_PR | HPTP_MSR_IR | HPTP_MSR_DR;
	machine_slbmte(machine_vcpu(told.m, 0), 0, ea_of(0), slb_v());
	ok = add_slots() ? fail("the slots can not be made") : tell(recreate);
	*reached = calls_that_can_fail(told.m) >= fail_at;
	machine_destroy(told.m);
	oracle_exit(&told.o);
	return ok;
}

int main(void)
{
	unsigned passed = 0, n;
	bool reached;

	machine_failed = machine_asserts;
	for (unsigned k = 0; k < sizeof(hosts) / sizeof(hosts[0]); k++) {
		for (n = 0, reached = true; reached && hosts[k].fails; n++)
			passed += tell_afresh(k, n, -1, &reached);
		for (int i = 0; i < STEPS; i++)
			passed += tell_afresh(k, 0, i, &reached);
		printf("%s: %u callbacks failed in turn, slot made again after each of %u steps\n",
		       hosts[k].name, n ? n - 1 : 0, (unsigned)STEPS);
	}
	printf("%u passed, %u failed\n", passed, n_failed);
	return n_failed != 0;
}
