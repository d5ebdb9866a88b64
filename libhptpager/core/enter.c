// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * H_ENTER. Where the host has the page, the entry joins its frame's set and becomes
 * valid; where it has not, or an invalidation came between, or no memory is there for
 * the set, it becomes an orphan, which needs no memory and is just as good to the guest.
 */
#include "enter.h"
#include "change.h"
#include "page_init.h"
#include "pin.h"
#include "resolve.h"
#include "retry.h"
#include "rmap.h"
#include "rules.h"

/* What the task half brings, at most, before it enters an orphan. */
#define TASK_TRIES 4u

#define INIT_FLAGS (HPTP_H_ZERO_PAGE | HPTP_H_ICACHE_INVALIDATE | HPTP_H_ICACHE_SYNC)
#define INIT_SHIFT_MAX 16u /* log2 of the largest page they may be given for */

struct enter {
	struct hptp_vm *vm;
	struct hptp_vcpu *vcpu;
	uint64_t v, g; /* the guest's, cleaned */
	uint64_t r;    /* the real dword 1, if resolved */
	bool resolved;
	struct hptp_page page;
	struct hptp_snapshot snap;
};

/* How far an attempt came; what is negative is the guest's answer. */
enum attempt { DONE, NEED_MEMORY, NEED_PIN, NEED_ZERO };

static bool slot_aligned(const struct hptp_vm *vm, const struct hptp_slot *slot, unsigned shift)
{
	uint64_t mask = hptp_frames(vm, shift) - 1;

	return !(slot->base & mask) && !(slot->n & mask);
}

/* Check and clean the arguments; H_SUCCESS or the code for the guest. */
static long parse(struct enter *e, const struct hptp_enter_args *args)
{
	struct hptp_psize size = hptp_hpte_psize(args->pteh, args->ptel);

	if ((args->pteh & HPTP_V_B_RESERVED) || !size.actual)
		return HPTP_H_PARAMETER;
	e->v = args->pteh & ~(HPTP_V_HVLOCK | HPTP_V_ABSENT | HPTP_V_VALID);
	if (e->vm->table.isa_3_0)
		e->v &= HPTP_V_3_0 | HPTP_V_B;
	e->g = args->ptel & ~HPTP_R_TAG;
	e->page.shift = size.actual;
	e->page.frames = hptp_frames(e->vm, size.actual);
	return HPTP_H_SUCCESS;
}

/* Find the slot and the host's page. Emulated MMIO and pages that are out: not resolved. */
static long resolve(struct enter *e, enum attempt *attempt)
{
	struct hptp_vm *vm = e->vm;
	uint64_t gfn = hptp_hpte_gpa(e->g, e->page.shift) >> vm->frame_shift;
	struct hptp_slot *slot = hptp_slot_of(vm, gfn, false);
	struct hptp_host_page host;

	e->page.slot = slot;
	if (!slot)
		return HPTP_H_SUCCESS;
	if (e->page.shift > vm->frame_shift && !slot_aligned(vm, slot, e->page.shift))
		return HPTP_H_PARAMETER;
	hptp_page_at(&e->page, slot, gfn - slot->base);
	/* An open invalidation: the host's page is as good as gone. */
	if (!hptp_retry_begin(slot, e->page.off, e->page.frames, &e->snap))
		return HPTP_H_SUCCESS;
	/* Snapshot, then slot: one that was hidden and flushed meanwhile is seen to be gone. */
	if (!hptp_slot_still(vm, slot, gfn))
		return HPTP_H_SUCCESS;
	switch (hptp_resolve(&e->page, e->g, hptp_hpte_writable(e->g), &e->r, &host)) {
	case HPTP_RESOLVED:
		hptp_retry_too_late(slot, e->page.off, e->page.frames, &e->snap);
		e->resolved = true;
		return HPTP_H_SUCCESS;
	case HPTP_NOT_THERE: return HPTP_H_SUCCESS;
	case HPTP_NOT_PINNED: *attempt = NEED_PIN; return HPTP_H_SUCCESS;
	default: return HPTP_H_PARAMETER;
	}
}

/*
 * The flags that ask for a page's contents; of emulated MMIO they are ignored. Zeroing is
 * for the task half, which takes the flag away. False: the page is too large.
 */
static bool initialized(const struct enter *e, uint64_t flags, enum attempt *attempt)
{
	if (e->page.slot && e->page.shift > INIT_SHIFT_MAX)
		return false;
	if (e->page.slot && (flags & HPTP_H_ZERO_PAGE) && hptp_op_given(e->vm, page_init))
		*attempt = NEED_ZERO;
	return true;
}

/* Take one free entry, waiting for one that is on its way out. */
static bool take(struct hptp_table *t, uint64_t idx, struct hptp_shard *count,
		 struct hptp_locked *l)
{
	const uint64_t in_use = HPTP_V_VALID | HPTP_V_ABSENT;
	uint64_t v = hptp_dw_load(&hptp_hpte_at(t, idx)->v);

	if (v & in_use)
		return false;
	if (!(v & HPTP_V_HVLOCK) && hptp_hpte_trylock(t, idx, in_use, l))
		return true;
	hptp_hpte_lock(t, idx, l, count);
	if (!(l->v & in_use))
		return true;
	hptp_hpte_unlock(l);
	return false;
}

/* Choose and lock the entry; false: the group is full. */
static bool choose(struct enter *e, const struct hptp_enter_args *args, struct hptp_locked *l)
{
	struct hptp_table *t = &e->vm->table;
	uint64_t first = args->ptex & ~(uint64_t)(HPTP_PER_GROUP - 1);

	if (args->flags & HPTP_H_EXACT)
		return take(t, args->ptex, &e->vcpu->count, l);
	/* First those that are free now, then those that somebody holds. */
	for (unsigned i = 0; i < HPTP_PER_GROUP; i++) {
		uint64_t busy = HPTP_V_VALID | HPTP_V_ABSENT | HPTP_V_HVLOCK;

		if (!hptp_dw_any(&hptp_hpte_at(t, first + i)->v, busy) &&
		    hptp_hpte_trylock(t, first + i, busy, l))
			return true;
	}
	for (unsigned i = 0; i < HPTP_PER_GROUP; i++)
		if (take(t, first + i, &e->vcpu->count, l))
			return true;
	return false;
}

static void enter_orphan(struct enter *e, const struct hptp_locked *l)
{
	hptp_changed(e->vm, l->idx);
	hptp_hpte_set_absent(l, e->v, e->g | HPTP_R_TAG);
	hptp_count(e->vcpu, enter_absent);
}

static void publish(struct enter *e, const struct hptp_locked *l, unsigned place)
{
	hptp_changed(e->vm, l->idx);
	hptp_view_init(l, e->g, place);
	hptp_hpte_publish(&e->vm->table, l, e->v, e->r);
}

/* Join the set and become valid. False: no memory for it, nothing changed. */
static bool enter_valid(struct enter *e, const struct hptp_locked *l)
{
	unsigned place;

	if (!hptp_keep(HPTP_RULE_LINK_BEFORE_PUBLISH) && l->view)
		publish(e, l, 0);
	switch (hptp_join(&e->page, l, &place, &e->snap)) {
	case HPTP_UNPREPARED: return false;
	case HPTP_OVERTAKEN:
		hptp_count(e->vcpu, retry);
		hptp_trace(e->vm, HPTP_EV_RETRY, l->idx, e->page.slot->base + e->page.off);
		enter_orphan(e, l);
		return true;
	case HPTP_JOINED: break;
	}
	if (hptp_keep(HPTP_RULE_LINK_BEFORE_PUBLISH))
		publish(e, l, place);
	else
		hptp_view_init(l, e->g, place);
	return true;
}

static long try_enter(struct hptp_vcpu *vcpu, const struct hptp_enter_args *args, bool orphan_ok,
		      enum attempt *attempt, uint64_t *out)
{
	struct hptp_vm *vm = hptp_vcpu_vm(vcpu);
	struct hptp_locked l;
	struct enter e;
	long code;

	e.vm = vm;
	e.vcpu = vcpu;
	e.resolved = false;
	*attempt = DONE;
	if (!hptp_table_has(&vm->table, args->ptex))
		return HPTP_H_PARAMETER;
	hptp_group_prefetch(&vm->table, args->ptex);
	hptp_prefetch_write(hptp_view(&vm->table, args->ptex));
	code = parse(&e, args);
	if (code != HPTP_H_SUCCESS)
		return code;
	code = resolve(&e, attempt);
	if (code != HPTP_H_SUCCESS || *attempt != DONE)
		return code;
	if ((args->flags & INIT_FLAGS) && !initialized(&e, args->flags, attempt))
		return HPTP_H_TOO_BIG;
	if (*attempt != DONE)
		return HPTP_H_SUCCESS;
	if (e.resolved)
		hptp_join_prefetch(&e.page, args->ptex);
	if (!choose(&e, args, &l))
		return HPTP_H_PTEG_FULL;
	if (!e.resolved) {
		enter_orphan(&e, &l);
	} else if (!enter_valid(&e, &l)) {
		if (!orphan_ok) {
			hptp_hpte_free(&l);
			*attempt = NEED_MEMORY;
			return HPTP_H_SUCCESS;
		}
		enter_orphan(&e, &l);
	}
	*out = l.idx;
	hptp_count(vcpu, enter);
	return HPTP_H_SUCCESS;
}

static long enter_once(struct hptp_vcpu *vcpu, const struct hptp_enter_args *args, bool orphan_ok,
		       enum attempt *attempt, uint64_t *out)
{
	long code;

	hptp_port_read_begin();
	hptp_port_atomic_begin();
	code = try_enter(vcpu, args, orphan_ok, attempt, out);
	hptp_port_atomic_end();
	hptp_port_read_end();
	return code;
}

long hptp_h_enter(struct hptp_vcpu *vcpu, uint64_t flags, uint64_t ptex, uint64_t pteh,
		  uint64_t ptel, uint64_t *out)
{
	struct hptp_enter_args args = { flags, ptex, pteh, ptel };
	enum attempt attempt;
	long code = enter_once(vcpu, &args, false, &attempt, out);

	vcpu->waiting = HPTP_WAITS_NOTHING;
	if (hptp_likely(attempt == DONE))
		return code;
	vcpu->enter = args;
	vcpu->waiting = HPTP_WAITS_ENTER;
	return HPTP_H_TOO_HARD;
}

/* Bring what the attempt lacked. False: it can not be had. */
static bool provide(struct hptp_vm *vm, const struct hptp_enter_args *args, enum attempt lacked)
{
	struct hptp_psize size = hptp_hpte_psize(args->pteh, args->ptel);
	uint64_t gfn = hptp_hpte_gpa(args->ptel, size.actual) >> vm->frame_shift;

	if (lacked == NEED_PIN)
		return hptp_pin(vm, gfn, size.actual);
	return hptp_link_prepare(vm, gfn, args->ptex);
}

static long zero(struct hptp_vm *vm, struct hptp_enter_args *args)
{
	unsigned shift = hptp_hpte_psize(args->pteh, args->ptel).actual;

	args->flags &= ~HPTP_H_ZERO_PAGE;
	return hptp_zero_page(vm, hptp_hpte_gpa(args->ptel, shift), shift);
}

long hptp_enter_task(struct hptp_vcpu *vcpu, const struct hptp_enter_args *args, uint64_t *out)
{
	struct hptp_enter_args now = *args;
	enum attempt attempt;
	long code;

	for (unsigned i = 0; i < TASK_TRIES; i++) {
		code = enter_once(vcpu, &now, false, &attempt, out);
		if (attempt == DONE)
			return code;
		if (attempt == NEED_ZERO) {
			code = zero(hptp_vcpu_vm(vcpu), &now);
			if (code != HPTP_H_SUCCESS)
				return code;
		} else if (!provide(hptp_vcpu_vm(vcpu), &now, attempt)) {
			hptp_count(vcpu, nomem);
			break;
		}
	}
	code = enter_once(vcpu, &now, true, &attempt, out);
	/* A page that can not be pinned is no memory for this guest. */
	return attempt == NEED_PIN ? HPTP_H_PARAMETER : code;
}
