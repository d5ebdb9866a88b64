// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The fault's atomic half: find the entry, ask the guest's own view whether the access is
 * legal, and say who goes on: the guest, its own handler, an emulator, or the task half.
 */
#include "fault.h"

enum hptp_outcome hptp_fault_mmio(struct hptp_vcpu *vcpu, struct hptp_fault *f,
				  const struct hptp_peek *p)
{
	f->gpa = hptp_fault_gpa(p, f->ea);
	f->store = !f->fetch && (f->status & HPTP_DSISR_STORE);
	f->need_insn = !f->fetch && (f->msr & HPTP_MSR_IR);
	hptp_count(vcpu, mmio);
	return HPTP_MMIO;
}

/* ---- the cache of emulated MMIO ---- */

static uint64_t mmio_page(uint64_t slb_v, uint64_t ea)
{
	return ea >> hptp_search_for(slb_v, ea).base;
}

/*
 * An entry that was found to be emulated MMIO and still is: no slot came since, and it
 * stands as it stood. So whatever the guest does to the entry needs to tell nobody.
 */
static struct hptp_mmio *mmio_find(struct hptp_vcpu *vcpu, const struct hptp_fault *f)
{
	struct hptp_vm *vm = hptp_vcpu_vm(vcpu);
	uint64_t generation = hptp_load64_acquire(&vm->mmio_generation);

	if (!vcpu->mmio_next)
		return NULL; /* nothing was ever kept: most guests have no emulated MMIO here */
	for (unsigned i = 0; i < HPTP_MMIO_CACHE; i++) {
		struct hptp_mmio *c = &vcpu->mmio[i];
		struct hptp_peek now;

		if (c->generation != generation || c->slb_v != f->slb_v ||
		    c->page != mmio_page(f->slb_v, f->ea))
			continue;
		if (hptp_table_has(&vm->table, c->entry.idx) && hptp_peek(vm, c->entry.idx, &now) &&
		    now.v == c->entry.v && now.r == c->entry.r)
			return c;
	}
	return NULL;
}

static void mmio_keep(struct hptp_vcpu *vcpu, const struct hptp_fault *f, const struct hptp_peek *p,
		      uint64_t generation)
{
	vcpu->mmio[vcpu->mmio_next++ % HPTP_MMIO_CACHE] = (struct hptp_mmio){
		.entry = *p,
		.slb_v = f->slb_v,
		.page = mmio_page(f->slb_v, f->ea),
		.generation = generation,
	};
}

/* ---- classification ---- */

/* A fault that is none of ours: the guest gets it as it came, or looks again. */
static bool not_ours(const struct hptp_fault *f, enum hptp_outcome *outcome)
{
	uint32_t ours = HPTP_DSISR_NOHPTE | (f->fetch ? 0 : HPTP_DSISR_PROT);

	if (!f->fetch && f->status == HPTP_HDSISR_CANARY) {
		*outcome = HPTP_RESUME;
		return true;
	}
	*outcome = HPTP_REFLECT;
	return !(f->status & ours);
}

/* The entry is in vcpu->saved. */
static enum hptp_outcome classify_found(struct hptp_vcpu *vcpu, struct hptp_fault *f, bool cached)
{
	const struct hptp_peek *p = &vcpu->saved.entry;
	struct hptp_vm *vm = hptp_vcpu_vm(vcpu);
	uint64_t generation = hptp_load64_acquire(&vm->mmio_generation);
	uint32_t denied = hptp_access_denied(f, p->g);

	if (hptp_unlikely(denied)) {
		if (!hptp_confirm(vm, p, &vcpu->count))
			return HPTP_RESUME;
		f->status = (f->status & ~HPTP_DSISR_NOHPTE) | denied;
		return HPTP_REFLECT;
	}
	if (cached) {
		hptp_count(vcpu, mmio_cached);
		return hptp_fault_mmio(vcpu, f, p);
	}
	if (hptp_state_of(p->v, p->r) == HPTP_ORPHAN &&
	    !hptp_slot_of(vm, hptp_base_gfn(vm, p->v, p->g), false)) {
		if (!hptp_keep(HPTP_RULE_MMIO_ORDER))
			generation = hptp_load64_acquire(&vm->mmio_generation);
		mmio_keep(vcpu, f, p, generation);
		return hptp_fault_mmio(vcpu, f, p);
	}
	vcpu->saved.ea = f->ea;
	vcpu->saved.generation = hptp_load64(&vm->table.generation);
	vcpu->saved.valid = true;
	return HPTP_TASK;
}

static enum hptp_outcome classify(struct hptp_vcpu *vcpu, struct hptp_fault *f)
{
	bool nohpte = f->status & HPTP_DSISR_NOHPTE;
	const struct hptp_mmio *cached = nohpte ? mmio_find(vcpu, f) : NULL;
	struct hptp_peek *p = &vcpu->saved.entry;
	enum hptp_found found = HPTP_FOUND;
	enum hptp_outcome outcome;

	if (not_ours(f, &outcome))
		return outcome;
	if (cached)
		*p = cached->entry;
	else
		found = hptp_find(hptp_vcpu_vm(vcpu), f->slb_v, f->ea, nohpte, p);
	/* A miss of the guest's own; or a protection fault whose entry has gone. */
	if (found == HPTP_NOT_FOUND)
		return nohpte ? HPTP_REFLECT : HPTP_RESUME;
	if (found == HPTP_LOOK_AGAIN)
		return HPTP_RESUME;
	if (nohpte && (p->v & HPTP_V_VALID))
		return HPTP_RESUME; /* another vCPU brought it back */
	return classify_found(vcpu, f, cached);
}

enum hptp_outcome hptp_fault(struct hptp_vcpu *vcpu, struct hptp_fault *fault)
{
	enum hptp_outcome outcome;

	vcpu->saved.valid = false;
	fault->error = 0;
	hptp_count(vcpu, fault);
	hptp_port_read_begin();
	hptp_port_atomic_begin();
	outcome = classify(vcpu, fault);
	hptp_port_atomic_end();
	hptp_port_read_end();
	if (outcome == HPTP_REFLECT)
		hptp_count(vcpu, reflect);
	return outcome;
}
