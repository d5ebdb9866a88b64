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
	case HPTP_RESUME:
		strcpy(rp->found, "resume");
		break;
	case HPTP_REFLECT:
		snprintf(rp->found, sizeof(rp->found), "reflect %x", f->status);
		break;
	case HPTP_MMIO:
		snprintf(rp->found, sizeof(rp->found), "mmio %" PRIx64 " %c", f->gpa,
			 f->store ? 's' : 'l');
		break;
	case HPTP_NOPAGE:
	case HPTP_TOO_LARGE:
		strcpy(rp->found, "error");
		break;
	default:
		mismatch("a fault came to outcome %d", (int)outcome);
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
	} else {
		rp->mmio_at_once = outcome == HPTP_MMIO;
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
	rp->mmio_at_once = rp->derived = false;
	if (!stale)
		trap = hardware(rp, &f, store);
	if (trap == TRAP)
		outcome = deliver(rp, arg_dec(op, 2), &f);
	else if (trap == OWN_TRAP)
		outcome = HPTP_REFLECT;
	describe(rp, outcome, &f);
}

/*
 * A page that begins outside a slot and reaches into it is neither memory nor MMIO. The
 * traced code says error at the first fault in it, and mmio once its cache has the entry:
 * both are right for an access inside the slot.
 */
static bool page_straddles(struct replay *rp, const struct words *mmio)
{
	uint64_t gpa;

	return mmio->n >= 3 && word_hex(mmio->w[mmio->n - 2], &gpa) &&
	       host_memory(&rp->host, gpa >> rp->host.frame_shift);
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
 * The classes must be the same. An emulated MMIO access that the library answers in its atomic
 * half is over before an entry can be removed between the halves: the traced retry and
 * the access are both right. The same holds for a page that is taken away by an
 * injection, asked for again within the same fault, and refused by the host.
 */
void fault_compare(struct replay *rp)
{
	const struct words *want = &rp->result;
	struct words found;
	uint64_t a, b;

	rp->comparisons++;
	if (want->n < 2 || !words_split(&found, rp->found))
		mismatch("a fault without a result");
	if (!strcmp(want->w[1], "resume")) {
		if (!strcmp(found.w[0], "resume") ||
		    (!strcmp(found.w[0], "mmio") && rp->host.injection.kind == INJECT_MID &&
		     rp->mmio_at_once) ||
		    (!strcmp(found.w[0], "error") && rp->host.refused_later))
			return;
	} else if (!strcmp(want->w[1], "reflect") && found.n == 2 && want->n == 3 &&
		   !strcmp(found.w[0], "reflect")) {
		if (word_hex(want->w[2], &a) && word_hex(found.w[1], &b) && (a & b) == a &&
		    !((a ^ b) & ~may_be_added(rp, a)))
			return;
	} else if (!strcmp(want->line + 2, rp->found)) {
		return;
	} else if ((!strcmp(want->w[1], "mmio") && !strcmp(found.w[0], "error")) ||
		   (!strcmp(want->w[1], "error") && !strcmp(found.w[0], "mmio"))) {
		if (page_straddles(rp, !strcmp(found.w[0], "mmio") ? &found : want))
			return;
	}
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
