// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What the guest does: loads, stores, fetches, and the library's own translation. */
#include "world.h"

#include <string.h>

static const char *const kinds[] = { "load", "store", "fetch" };

struct touch {
	unsigned vcpu;
	struct oracle_access a;
	struct oracle_expect x;
	uint64_t value;
	enum machine_result result;
	bool injected;
	int injected_error;
};

/* An address: of a known entry, of none, in real mode. */
static void some_access(struct world *w, struct touch *t)
{
	static const enum oracle_kind some[] = { ORACLE_LOAD, ORACLE_STORE, ORACLE_STORE,
						 ORACLE_FETCH };
	uint32_t idx = w->o.n_used ? w->o.used[world_random(w, w->o.n_used)] : 0;
	const struct world_va *va = &w->va[idx];
	unsigned segment = va->segment;

	*t = (struct touch){ .vcpu = (unsigned)world_random(w, WORLD_VCPUS) };
	t->a.kind = some[world_random(w, 4)];
	t->a.msr = HPTP_MSR_IR | HPTP_MSR_DR | (world_chance(w, 2) ? HPTP_MSR_PR : 0);
	t->a.amr = world_chance(w, 4) ? world_random(w, 0) : 0;
	if (w->vrma && world_chance(w, 16)) {
		t->a.ea = world_random(w, 1 << 19) & ~7ull;
		t->a.slb_v = w->vrma;
		t->a.msr = 0;
		return;
	}
	t->a.ea = va->ea;
	if (segment >= WORLD_SEGMENTS || !w->o.entry[idx].v || world_chance(w, 32)) {
		segment = (unsigned)world_random(w, WORLD_SEGMENTS);
		t->a.ea = WORLD_EA(segment) | world_random(w, 16) << world_segment_base(segment);
	}
	t->a.slb_v = w->slb[t->vcpu][segment];
	/* A few places in each page, so that loads find what was stored. */
	t->a.ea |= (world_random(w, 4) << (world_segment_base(segment) - 2)) |
		   world_random(w, 2) * 8;
}

static void perform(struct world *w, struct touch *t)
{
	struct machine_vcpu *vcpu = machine_vcpu(w->m, t->vcpu);
	uint32_t insn = 0;

	machine_regs(vcpu)->msr = t->a.msr;
	machine_regs(vcpu)->amr = t->a.amr;
	switch (t->a.kind) {
	case ORACLE_LOAD: t->result = machine_load64(vcpu, t->a.ea, &t->value); break;
	case ORACLE_STORE: t->result = machine_store64(vcpu, t->a.ea, t->value); break;
	case ORACLE_FETCH:
		t->result = machine_fetch(vcpu, t->a.ea, &insn);
		t->value = insn;
		break;
	}
}

/* Some accesses meet a callback that fails once. */
static void perform_injected(struct world *w, struct touch *t)
{
	static const enum machine_op ops[] = { MACHINE_OP_mem_alloc, MACHINE_OP_host_get,
					       MACHINE_OP_host_lookup };
	enum machine_op op = ops[w->starve ? 0 : world_random(w, 3)];

	w->starve -= !!w->starve;
	t->injected_error = op == MACHINE_OP_host_get ? HPTP_E_HOST(5) : 0;
	world_add(w, " failing %s", machine_op_name(op));
	machine_inject(w->m, op, 1, t->injected_error);
	perform(w, t);
	t->injected = machine_injected(w->m);
	machine_inject(w->m, op, 0, 0);
}

/* ---- comparing ---- */

static void check_value(struct world *w, const struct touch *t)
{
	uint64_t want = cells_load(&w->memory, world_cell(w, t->x.gpa));
	uint32_t insn;

	if (t->a.kind == ORACLE_FETCH) {
		memcpy(&insn, &want, sizeof(insn));
		want = insn;
	}
	if (t->value != want)
		world_fail(w, "memory at gpa %jx: expected %jx, found %jx", (uintmax_t)t->x.gpa,
			   (uintmax_t)want, (uintmax_t)t->value);
}

static void done(struct world *w, const struct touch *t)
{
	world_saw(w, "%s done", kinds[t->a.kind]);
	if (!t->a.msr)
		world_saw(w, "real mode done");
	if (t->a.kind == ORACLE_STORE)
		cells_store(&w->memory, world_cell(w, t->x.gpa), t->value);
	else
		check_value(w, t);
	oracle_accessed(&w->o, t->x.idx, t->a.kind);
	world_accessed(w, t->x.page, t->x.shift, t->a.kind == ORACLE_STORE);
}

static void reflected(struct world *w, const struct touch *t, uint32_t status)
{
	world_add(w, " status %08x", status);
	if ((status & t->x.must) != t->x.must || status & ~t->x.may)
		world_fail(w, "reflected status: expected %08x, allowed %08x, found %08x",
			   t->x.must, t->x.may, status);
	if (status & HPTP_DSISR_NOHPTE)
		world_saw(w, "reflect no entry");
	if (status & HPTP_DSISR_PROT)
		world_saw(w, "reflect protection");
	if (status & HPTP_DSISR_NOEXEC)
		world_saw(w, "reflect no execute");
	if (status & HPTP_DSISR_KEY)
		world_saw(w, "reflect key");
}

static void mmio(struct world *w, const struct touch *t, const struct hptp_fault *f)
{
	bool store = t->a.kind == ORACLE_STORE;

	world_saw(w, "mmio %s", kinds[t->a.kind]);
	if (f->gpa != t->x.gpa)
		world_fail(w, "mmio: expected gpa %jx, found %jx", (uintmax_t)t->x.gpa,
			   (uintmax_t)f->gpa);
	if (f->store != store)
		world_fail(w, "mmio: is it a store? expected %d, found %d", store, f->store);
	if (f->need_insn != (t->a.kind != ORACLE_FETCH && t->a.msr & HPTP_MSR_IR))
		world_fail(w, "mmio: fetch the instruction? found %d", f->need_insn);
}

static enum oracle_end end_of(enum machine_result result)
{
	switch (result) {
	case MACHINE_OK: return ORACLE_DONE;
	case MACHINE_REFLECT: return ORACLE_REFLECT;
	case MACHINE_MMIO: return ORACLE_MMIO;
	case MACHINE_NOPAGE: return ORACLE_NOPAGE;
	case MACHINE_TOO_LARGE: return ORACLE_TOO_LARGE;
	case MACHINE_STUCK: return ORACLE_RETRY;
	default: return ORACLE_ENDS;
	}
}

/* A failure that was injected excuses the end that names it; then once more without. */
static bool excused(struct world *w, struct touch *t)
{
	const struct hptp_fault *f = machine_fault(machine_vcpu(w->m, t->vcpu));

	if (!t->injected)
		return false;
	if (t->result == MACHINE_NO_MEMORY)
		world_saw(w, "no memory");
	else if (t->result == MACHINE_NOPAGE && t->injected_error && f->error == t->injected_error)
		world_saw(w, "host error");
	else
		return false;
	t->injected = false;
	perform(w, t);
	return true;
}

void op_access(struct world *w)
{
	static const char *const ends[] = { "done",      "reflect", "mmio",   "no page",
					    "too large", "retry",   "unsaid", "nothing known" };
	const struct hptp_fault *f;
	enum oracle_end end;
	struct touch t;

	some_access(w, &t);
	world_note(w, "%s vcpu %u ea %jx slb %jx msr %jx amr %jx", kinds[t.a.kind], t.vcpu,
		   (uintmax_t)t.a.ea, (uintmax_t)t.a.slb_v, (uintmax_t)t.a.msr, (uintmax_t)t.a.amr);
	oracle_access(&w->o, &t.a, &t.x);
	if (t.x.ends == 1u << ORACLE_UNSAID) {
		world_saw(w, "access unsaid");
		return;
	}
	t.value = world_random(w, 0);
	if (w->starve || world_chance(w, 32))
		perform_injected(w, &t);
	else
		perform(w, &t);
	excused(w, &t);
	end = end_of(t.result);
	f = machine_fault(machine_vcpu(w->m, t.vcpu));
	world_add(w, " index %x gpa %jx: %s", t.x.idx, (uintmax_t)t.x.gpa, ends[end]);
	if (end == ORACLE_RETRY && w->n_windows &&
	    t.x.ends & (1u << ORACLE_DONE | 1u << ORACLE_NOPAGE | 1u << ORACLE_TOO_LARGE) &&
	    !(t.x.ends & 1u << ORACLE_RETRY)) {
		world_saw(w, "retry beside the window");
		return;
	}
	if (!(t.x.ends & 1u << end))
		world_fail(w, "access: expected one of %x, found %u (%s, result %d, error %d)",
			   t.x.ends, end, ends[end], t.result, f->error);
	if (end == ORACLE_DONE)
		done(w, &t);
	else if (end == ORACLE_REFLECT)
		reflected(w, &t, f->status);
	else if (end == ORACLE_MMIO)
		mmio(w, &t, f);
	else
		world_saw(w, "%s", ends[end]);
}

/* ---- hptp_translate ---- */

void op_translate(struct world *w)
{
	struct hptp_translation out = { 0 };
	bool allows[3];
	struct touch t;
	int ret, want;
	uint32_t idx;
	unsigned n;

	some_access(w, &t);
	world_note(w, "translate ea %jx slb %jx", (uintmax_t)t.a.ea, (uintmax_t)t.a.slb_v);
	n = oracle_find(&w->o, t.a.ea, t.a.slb_v, &idx);
	if (n > 1)
		return;
	want = n ? 0 : HPTP_E_NOENT;
	ret = machine_in_a(hptp_translate(machine_vcpu_handle(machine_vcpu(w->m, t.vcpu)), t.a.ea,
					  t.a.slb_v, t.a.msr, t.a.amr, &out));
	world_saw(w, "translate %d", ret);
	if (ret != want)
		world_fail(w, "translate: expected %d, found %d", want, ret);
	if (ret)
		return;
	oracle_access(&w->o, &t.a, &t.x);
	for (unsigned k = 0; k < 3; k++) {
		t.a.kind = (enum oracle_kind)k;
		allows[k] = oracle_allows(&w->o, idx, &t.a);
	}
	if (out.gpa != t.x.gpa || out.shift != t.x.shift)
		world_fail(w, "translate: expected gpa %jx shift %u, found %jx %u",
			   (uintmax_t)t.x.gpa, t.x.shift, (uintmax_t)out.gpa, out.shift);
	if (w->o.entry[idx].r >> 63 && (w->o.entry[idx].r & 3) != 2)
		return; /* a reserved PP */
	if (out.may_read != allows[0] || out.may_write != allows[1] || out.may_fetch != allows[2])
		world_fail(w, "translate: expected may %d%d%d, found %d%d%d", allows[0], allows[1],
			   allows[2], out.may_read, out.may_write, out.may_fetch);
}
