// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * A guest storage interrupt: what the hardware would report of this table, the library's
 * two halves, and what may come of it.
 */
#include "isa.h"
#include "replay.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PTE_N 0x4ull
#define PTE_G 0x8ull

enum trap { TRAP, NO_TRAP, OWN_TRAP }; /* OWN_TRAP: the guest's, the hypervisor sees nothing */

/* Derive what the hardware reports from the entry that it finds. */
static enum trap derive(const struct isa_pte *pte, const struct hptp_fault *f, bool store,
			uint32_t *status)
{
	bool key = f->slb_v & (f->msr & HPTP_MSR_PR ? HPTP_SLB_KP : HPTP_SLB_KS);
	uint32_t store_bit = store ? HPTP_DSISR_STORE : 0;
	bool pp, amr;

	if (f->fetch && (pte->r & (PTE_N | PTE_G))) {
		*status = HPTP_DSISR_NOEXEC;
		return OWN_TRAP;
	}
	pp = isa_pp_allows(pte->r, key, store);
	amr = f->fetch || !(f->msr & HPTP_MSR_DR) || isa_amr_allows(pte->r, f->amr, store);
	if (pp && amr)
		return NO_TRAP;
	*status = (pp ? 0 : HPTP_DSISR_PROT) | (amr ? 0 : HPTP_DSISR_KEY) | store_bit;
	return pp ? OWN_TRAP : TRAP;
}

/*
 * The file's status is right where our table shows hardware what the traced one did.
 * Where an entry is valid only here, or has more rights, hardware reports differently.
 */
static enum trap hardware(struct replay *rp, struct hptp_fault *f, bool store)
{
	int64_t i = isa_walk(rp->host.table, rp->order, rp->isa3, f->slb_v, f->ea);
	struct isa_pte pte;

	if (i < 0)
		return TRAP;
	pte = isa_pte_load(rp->host.table, (uint64_t)i, rp->isa3);
	if (rp->expected[i].state == 'V' && !((rp->expected[i].real ^ pte.r) & ~ISA_RC))
		return TRAP;
	rp->derived = true;
	return derive(&pte, f, store, &f->status);
}

static void remove_meanwhile(struct replay *rp, long vcpu)
{
	struct injection *in = &rp->host.injection;
	uint64_t out[2];

	if (in->kind != INJECT_MID || in->done)
		return;
	in->done = true;
	if (hptp_h_remove(rp->vcpu[(vcpu + 1) % rp->vcpus], 0, in->a, 0, out) == HPTP_H_TOO_HARD)
		mismatch("H_REMOVE asks for its task half");
}

static void describe(struct replay *rp, enum hptp_outcome outcome, const struct hptp_fault *f)
{
	switch (outcome) {
	case HPTP_RESUME: strcpy(rp->found, "resume"); break;
	case HPTP_REFLECT: snprintf(rp->found, sizeof(rp->found), "reflect %x", f->status); break;
	case HPTP_MMIO:
		snprintf(rp->found, sizeof(rp->found), "mmio %" PRIx64 " %c", f->gpa,
			 f->store ? 's' : 'l');
		break;
	case HPTP_NOPAGE:
	case HPTP_TOO_LARGE: strcpy(rp->found, "error"); break;
	default: mismatch("a fault came to outcome %d", (int)outcome);
	}
}

static enum hptp_outcome deliver(struct replay *rp, long vcpu, struct hptp_fault *f)
{
	enum hptp_outcome outcome = hptp_fault(rp->vcpu[vcpu], f);

	if (outcome == HPTP_TASK) {
		remove_meanwhile(rp, vcpu);
		rp->host.fault_under_way = true;
		outcome = hptp_refault(rp->vcpu[vcpu], f);
		rp->host.fault_under_way = false;
	}
	return outcome;
}

void fault_run(struct replay *rp)
{
	const struct words *op = &rp->op;
	bool stale = op->n > 9 && !strcmp(op->w[9], "stale");
	bool store = op->w[5][0] == 's';
	struct hptp_fault f = {
		.ea = arg_hex(op, 3),
		.slb_v = arg_hex(op, 4),
		.msr = arg_hex(op, 6),
		.amr = arg_hex(op, 7),
		.status = (uint32_t)arg_hex(op, 8),
		.fetch = op->w[5][0] == 'x',
	};
	enum hptp_outcome outcome = HPTP_RESUME;
	enum trap trap = TRAP;

	(void)arg_vcpu(rp, 2);
	rp->derived = false;
	if (!stale)
		trap = hardware(rp, &f, store);
	if (trap == TRAP)
		outcome = deliver(rp, arg_dec(op, 2), &f);
	else if (trap == OWN_TRAP)
		outcome = HPTP_REFLECT;
	describe(rp, outcome, &f);
}

/* The entry that the traced table has for the address, present or absent; -1: none. */
static int64_t traced_entry(const struct replay *rp, uint64_t slb_v, uint64_t ea)
{
	struct isa_va va;

	if (!isa_va_of(slb_v, ea, &va))
		return -1;
	for (int secondary = 0; secondary < 2; secondary++) {
		uint64_t first = isa_pteg(&va, rp->order, secondary) * 8;

		for (uint64_t i = first; i < first + 8; i++) {
			struct isa_pte pte = { rp->expected[i].v, rp->expected[i].guest };

			if (rp->expected[i].state != 'F' && isa_translates(pte, &va, secondary))
				return (int64_t)i;
		}
	}
	return -1;
}

/* Does the page begin in no slot, and is the access in one? */
static bool page_straddles(struct replay *rp, const char *gpa)
{
	int64_t i = traced_entry(rp, arg_hex(&rp->op, 4), arg_hex(&rp->op, 3));
	unsigned base, actual, shift = rp->host.frame_shift;
	uint64_t at, first;

	if (i < 0 || !word_hex(gpa, &at) ||
	    !isa_page_size(rp->expected[i].v, rp->expected[i].guest, &base, &actual))
		return false;
	first = (rp->expected[i].guest & 0x0ffffffffffff000) >> actual << actual;
	return at - first < 1ull << actual && !host_memory(&rp->host, first >> shift) &&
	       host_memory(&rp->host, at >> shift);
}

/*
 * Bits of a reflected status that may stand there besides those of the trace. The traced
 * code stops at PP; the Power ISA has the key's bit set as well when that denies too. A
 * status that was derived here comes from an entry that the traced table did not have.
 */
static uint64_t may_be_added(const struct replay *rp, uint64_t traced)
{
	if (rp->derived)
		return HPTP_DSISR_PROT | HPTP_DSISR_KEY;
	return traced & HPTP_DSISR_PROT ? HPTP_DSISR_KEY : 0;
}

/*
 * A page that begins in no slot and reaches into one is emulated MMIO throughout; the
 * traced code says error until its MMIO cache has the entry.
 */
static bool class_allowed(struct replay *rp, const struct words *want, const struct words *found)
{
	if (strcmp(want->w[1], "error") || strcmp(found->w[0], "mmio") ||
	    !page_straddles(rp, found->w[1]))
		return false;
	rp->straddling++;
	return true;
}

void fault_compare(struct replay *rp)
{
	const struct words *want = &rp->result;
	struct words found;
	uint64_t a, b;
	bool same = false;

	rp->comparisons++;
	if (want->n < 2 || !words_split(&found, rp->found))
		mismatch("a fault without a result");
	if (!strcmp(want->w[1], "resume")) {
		same = !strcmp(found.w[0], "resume");
	} else if (strcmp(want->w[1], "reflect") || strcmp(found.w[0], "reflect")) {
		same = !strcmp(want->line + 2, rp->found);
	} else if (want->n == 3 && word_hex(want->w[2], &a) && word_hex(found.w[1], &b)) {
		same = (a & b) == a && !((a ^ b) & ~may_be_added(rp, a));
		rp->key_too += a != b && !rp->derived;
	}
	if (!same && !class_allowed(rp, want, &found))
		mismatch("result\n  expected: %s\n  found:    %s", want->line + 2, rp->found);
}

/*
 * An entry that was made valid here while the host's page was read-only may still be so
 * where the traced one is writable by now. The guest's next store must put that right.
 */
void fault_make_writable(struct replay *rp)
{
	struct hptp_fault f = {
		.ea = arg_hex(&rp->op, 3),
		.slb_v = arg_hex(&rp->op, 4) & ~(HPTP_SLB_KS | HPTP_SLB_KP),
		.msr = HPTP_MSR_IR | HPTP_MSR_DR,
		.status = HPTP_DSISR_PROT | HPTP_DSISR_STORE,
	};
	int64_t i = isa_walk(rp->host.table, rp->order, rp->isa3, f.slb_v, f.ea);
	struct isa_pte pte;

	if (i < 0 || rp->expected[i].state != 'V' || !table_pp_writable(rp->expected[i].real))
		return;
	pte = isa_pte_load(rp->host.table, (uint64_t)i, rp->isa3);
	if (table_pp_writable(pte.r))
		return;
	rp->host.injection.kind = INJECT_NONE;
	if (deliver(rp, arg_dec(&rp->op, 2), &f) != HPTP_RESUME)
		mismatch("a store to the read-only entry %" PRIx64 " does not resume", (uint64_t)i);
	pte = isa_pte_load(rp->host.table, (uint64_t)i, rp->isa3);
	if (!table_pp_writable(pte.r))
		mismatch("entry %" PRIx64 " does not become writable by a store", (uint64_t)i);
	rp->comparisons++;
}
