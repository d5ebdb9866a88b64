// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The fault's task half: get the host's page, prove that nothing has changed since the
 * fault was classified, and make the entry valid. Whoever loses a race lets the guest
 * execute again; the page it got meanwhile makes the next try succeed.
 */
#include "alias.h"
#include "batch.h"
#include "fault.h"
#include "history.h"
#include "pin.h"
#include "resolve.h"
#include "retry.h"
#include "rmap.h"

/* Rounds of getting the page, or memory, and trying again, before the guest looks anew. */
#define ROUNDS 3u

struct refault {
	struct hptp_vm *vm;
	struct hptp_vcpu *vcpu;
	struct hptp_fault *fault;
	struct hptp_peek entry; /* as classified */
	uint64_t generation;    /* of the table it was in */
	bool store;
	struct hptp_page page;
	struct hptp_snapshot snap;
	uint64_t r; /* the real dword 1 to be */
	struct hptp_host_page host;
};

/*
 * What an attempt came to; all but GET_PAGE and GET_MEMORY end the fault. LOST: an
 * invalidation came between, or another table. The guest executes again rather than this
 * thread trying again, so that a long storm of them is the guest's time and not the
 * hypervisor's.
 */
enum attempt { RESUME, IS_MMIO, NO_PAGE, TOO_LARGE, GET_PAGE, GET_MEMORY, LOST };

static bool unchanged(const struct hptp_peek *then, uint64_t v, uint64_t r, uint64_t g)
{
	return v == then->v && g == then->g && !((r ^ then->r) & ~HPTP_R_RC);
}

/* Find slot and frame of the page; the slot stays for the read section. */
static enum attempt place(struct refault *f)
{
	struct hptp_vm *vm = f->vm;
	uint64_t base = hptp_base_gfn(vm, f->entry.v, f->entry.g);
	struct hptp_slot *slot = hptp_slot_of(vm, base, false);

	if (!slot)
		return IS_MMIO;
	f->page.shift = hptp_hpte_psize(f->entry.v, f->entry.g).actual;
	f->page.frames = hptp_frames(vm, f->page.shift);
	if (!hptp_slot_has(slot, base - slot->base, f->page.frames))
		return NO_PAGE; /* the slot came after the entry, and holds only part of it */
	hptp_page_at(&f->page, slot, base - slot->base);
	return RESUME;
}

/* A valid entry gets another dword 1: it is taken away first, and keeps its R and C. */
static void upgrade(struct refault *f, const struct hptp_locked *l)
{
	f->r |= hptp_transit_one(f->vm, f->vcpu, l, true);
	hptp_count(f->vcpu, upgrade);
}

/* Join the set if the entry is in none, see whether the host's page is still that, publish. */
static enum attempt commit(struct refault *f, const struct hptp_locked *l)
{
	enum hptp_state state = hptp_state_of(l->v, l->r);
	struct hptp_member m = { f->page.slot, f->page.word, f->page.off, f->page.shift };
	uint64_t gfn = f->page.slot->base + f->page.off;
	unsigned joined_at;

	switch (hptp_join(&f->page, l, state == HPTP_ORPHAN ? &joined_at : NULL, &f->snap)) {
	case HPTP_UNPREPARED: return GET_MEMORY;
	case HPTP_OVERTAKEN:
		hptp_count(f->vcpu, retry);
		hptp_trace(f->vm, HPTP_EV_RETRY, l->idx, gfn);
		return LOST;
	case HPTP_JOINED: break;
	}
	if (state == HPTP_ORPHAN)
		hptp_view_init(l, f->entry.g, joined_at);
	else if (state == HPTP_ABSENT)
		hptp_take_pending(&m, l, f->entry.g);
	else
		upgrade(f, l);
	hptp_hpte_publish(&f->vm->table, l, l->v, f->r);
	hptp_count(f->vcpu, refault);
	hptp_trace(f->vm, HPTP_EV_REFAULT, l->idx, gfn);
	return RESUME;
}

static enum attempt reinstate(struct refault *f)
{
	struct hptp_locked l;
	enum attempt a;

	hptp_hpte_lock(&f->vm->table, f->entry.idx, &l, &f->vcpu->count);
	if (hptp_state_of(l.v, l.r) == HPTP_FREE ||
	    !unchanged(&f->entry, l.v, l.r, hptp_view_of(&l))) {
		hptp_hpte_unlock(&l);
		hptp_count(f->vcpu, changed);
		return RESUME;
	}
	a = commit(f, &l);
	if (a != RESUME)
		hptp_hpte_unlock(&l);
	else if (!(l.v & HPTP_V_VALID))
		hptp_reinstate_aliases(f->vcpu, &f->page, &f->host, &f->snap);
	return a;
}

/* One attempt without sleeping: as far as what the host has now allows. */
static enum attempt attempt(struct refault *f)
{
	enum attempt a;

	if (!hptp_table_same(&f->vm->table, f->generation))
		return LOST;
	hptp_prefetch_write(&f->vm->table.hpte[f->entry.idx]);
	a = place(f);
	if (a != RESUME)
		return a;
	/*
	 * Snapshot, then slot, then the host's page: whatever changes after the snapshot is
	 * seen by the check under the lock.
	 */
	if (!hptp_retry_begin(f->page.slot, f->page.off, f->page.frames, &f->snap))
		return GET_PAGE;
	if (!hptp_slot_still(f->vm, f->page.slot, f->page.slot->base + f->page.off))
		return LOST;
	switch (hptp_resolve(&f->page, f->entry.g, f->store, &f->r, &f->host)) {
	case HPTP_RESOLVED:
		hptp_retry_too_late(f->page.slot, f->page.off, f->page.frames, &f->snap);
		break;
	case HPTP_NOT_THERE:
	case HPTP_NOT_PINNED: return GET_PAGE;
	case HPTP_TOO_SMALL: return TOO_LARGE;
	case HPTP_BAD_WIMG: return NO_PAGE;
	}
	if (f->store && !(f->host.flags & HPTP_PAGE_WRITABLE))
		return hptp_pinned(f->vm) ? NO_PAGE : GET_PAGE;
	return reinstate(f);
}

static enum attempt attempt_once(struct refault *f)
{
	enum attempt a;

	hptp_port_read_begin();
	hptp_port_atomic_begin();
	a = attempt(f);
	hptp_port_atomic_end();
	hptp_port_read_end();
	return a;
}

/* What host_get and host_put are called with: valid without a read section. */
struct held {
	void *slot;
	hptp_off off;
	struct hptp_host_page page;
	bool holding;
};

static int get_page(struct refault *f, struct held *held)
{
	struct hptp_vm *vm = f->vm;
	struct hptp_slot *slot;
	int error;

	if (held->holding)
		return HPTP_E_AGAIN; /* it was had, and an invalidation took it: look anew */
	hptp_port_read_begin();
	slot = f->page.slot = NULL;
	if (place(f) == RESUME) {
		slot = f->page.slot;
		held->slot = slot->host;
		held->off.n = f->page.off;
		/* The frame that was touched, not the first of its page. */
		if (f->page.frames > 1)
			held->off.n = (hptp_fault_gpa(&f->entry, f->fault->ea) >> vm->frame_shift) -
				      slot->base;
	}
	hptp_port_read_end();
	if (!slot)
		return HPTP_E_AGAIN;
	if (hptp_pinned(vm))
		return hptp_pin(vm, hptp_base_gfn(vm, f->entry.v, f->entry.g), f->page.shift) ?
			       HPTP_OK :
			       HPTP_E_NOPAGE;
	error = hptp_op(vm, host_get, held->slot, held->off, f->store ? HPTP_HOW_WRITE : 0,
			&held->page);
	held->holding = !error;
	return error;
}

static enum hptp_outcome finish(struct refault *f, enum attempt a)
{
	switch (a) {
	case IS_MMIO: return hptp_fault_mmio(f->vcpu, f->fault, &f->entry);
	case NO_PAGE: f->fault->error = HPTP_E_NOPAGE; return HPTP_NOPAGE;
	case TOO_LARGE: return HPTP_TOO_LARGE;
	default: return HPTP_RESUME;
	}
}

static enum hptp_outcome run(struct refault *f, struct held *held)
{
	enum attempt a = RESUME;

	for (unsigned i = 0; i < ROUNDS; i++) {
		int error = HPTP_OK;

		a = attempt_once(f);
		if (a == GET_PAGE) {
			error = get_page(f, held);
		} else if (a == GET_MEMORY) {
			if (!hptp_link_prepare(f->vm, hptp_base_gfn(f->vm, f->entry.v, f->entry.g),
					       f->entry.idx)) {
				hptp_count(f->vcpu, nomem);
				return HPTP_NO_MEMORY;
			}
		} else {
			break;
		}
		if (error == HPTP_E_AGAIN)
			return HPTP_RESUME;
		if (error) {
			f->fault->error = error;
			return HPTP_NOPAGE;
		}
	}
	return finish(f, a);
}

enum hptp_outcome hptp_refault(struct hptp_vcpu *vcpu, struct hptp_fault *fault)
{
	struct refault f = {
		.vm = vcpu->vm,
		.vcpu = vcpu,
		.fault = fault,
		.entry = vcpu->saved.entry,
		.generation = vcpu->saved.generation,
		.store = !fault->fetch && (fault->status & HPTP_DSISR_STORE),
	};
	struct held held = { .holding = false };
	enum hptp_outcome outcome;

	if (!vcpu->saved.valid || vcpu->saved.ea != fault->ea)
		return HPTP_RESUME;
	vcpu->saved.valid = false;
	fault->error = 0;
	outcome = run(&f, &held);
	if (held.holding)
		hptp_op(f.vm, host_put, held.slot, held.off, &held.page,
			outcome == HPTP_RESUME && (f.host.flags & HPTP_PAGE_WRITABLE) &&
				hptp_hpte_writable(f.r));
	return outcome;
}
