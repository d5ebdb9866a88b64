// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The guests: a vCPU that touches, enters, removes and protects, and checks its stamps. */
#include "stress.h"

#include <sched.h>
#include <string.h>

#define RW 0x12ull
#define RO 0x13ull

/*
 * Each alias of a page is seen elsewhere, and its entry has a place of its own: the group
 * is the page's number in its segment, the entry in it the segment's number.
 */
static uint64_t ea_of(unsigned alias, unsigned page)
{
	uint64_t number = alias / SEGMENTS * 256ull + page;

	return (uint64_t)(alias % SEGMENTS + 1) << 28 | number << stress.what->page_shift;
}

static uint64_t slb_v(unsigned alias)
{
	return machine_slb_word(0x10000ull + 0x10000ull * (alias % SEGMENTS),
				stress.what->page_shift, 28, HPTP_SLB_KP);
}

static uint64_t idx_of(unsigned alias, unsigned page)
{
	return machine_pteg(slb_v(alias), ea_of(alias, page), ORDER, false) * 8 + alias % SEGMENTS;
}

static uint64_t pteh_of(unsigned alias, unsigned page)
{
	return machine_pteh(slb_v(alias), ea_of(alias, page), stress.what->page_shift, false);
}

/* Is this dword 1 one of the page's? */
static bool maps(uint64_t ptel, unsigned page)
{
	return (ptel & 0x0ffffffffffff000ull) >> stress.what->page_shift == page;
}

/* ---- stamps ---- */

static uint64_t generation(unsigned page)
{
	return __atomic_load_n(&stress.slot[page / SLOT_PAGES].generation, __ATOMIC_ACQUIRE);
}

/*
 * Memory of a slot that was made again is zero. A stamp may have gone with the old one
 * only if the generation moved since it was stored.
 */
static void check_stamp(struct stress_vcpu *v, unsigned page, uint64_t found)
{
	uint64_t now = generation(page);

	if (found == v->stamp[page])
		return;
	if (!found && now != v->generation[page]) {
		v->stamp[page] = 0;
		v->generation[page] = now;
		return;
	}
	stress_fail("vCPU %u, page %u: expected %016jx, found %016jx", v->number, page,
		    (uintmax_t)v->stamp[page], (uintmax_t)found);
}

/* ---- accesses ---- */

static void enter(struct stress_vcpu *v, unsigned alias, unsigned page)
{
	unsigned shift = stress.what->page_shift;
	uint64_t out, ptel = machine_ptel((uint64_t)page << shift, shift, shift, RW);
	long ret = machine_h_enter(v->vcpu, HPTP_H_EXACT, idx_of(alias, page), pteh_of(alias, page),
				   ptel, &out);

	v->enters++;
	if (ret != HPTP_H_SUCCESS && ret != HPTP_H_PTEG_FULL) /* another vCPU was faster */
		stress_fail("H_ENTER: %ld", ret);
}

/* What the guest's own storage interrupt does. */
static void repair(struct stress_vcpu *v, unsigned alias, unsigned page, uint32_t status)
{
	if (status & HPTP_DSISR_NOHPTE)
		enter(v, alias, page);
	else if (machine_h_protect(v->vcpu, HPTP_H_AVPN | (RW & 3), idx_of(alias, page),
				   pteh_of(alias, page) & ~0x7full) == HPTP_H_PARAMETER)
		stress_fail("H_PROTECT: bad parameter");
}

/* Numbers complete out of order: the largest counts. */
static void complete(unsigned page, uint64_t number)
{
	uint64_t old = __atomic_load_n(&stress.done[page], __ATOMIC_RELAXED);

	while (old < number && !__atomic_compare_exchange_n(&stress.done[page], &old, number, false,
							    __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		;
}

/* A few tries: others remove the entry again and again. */
static void access_page(struct stress_vcpu *v, unsigned alias, unsigned page, bool store)
{
	uint64_t ea = ea_of(alias, page) + 64ull * v->number, before, value, number = 0;
	enum machine_result result;

	for (unsigned tries = 0; tries < 8; tries++) {
		before = generation(page);
		if (store)
			number = __atomic_add_fetch(&stress.begun[page], 1, __ATOMIC_ACQ_REL);
		value = machine_random(&v->random) | 1;
		result = store ? machine_store64(v->vcpu, ea, value) :
				 machine_load64(v->vcpu, ea, &value);
		v->accesses++;
		if (result == MACHINE_OK)
			break;
		if (result == MACHINE_REFLECT)
			repair(v, alias, page, machine_fault(v->vcpu)->status);
		else if (result == MACHINE_MMIO && !stress.what->slots)
			stress_fail("page %u has no slot", page);
		else if (result != MACHINE_MMIO)
			stress_fail("access to page %u: result %d", page, result);
		if (tries == 7 || result == MACHINE_MMIO)
			return;
	}
	if (!store) {
		check_stamp(v, page, value);
		return;
	}
	v->stamp[page] = value;
	v->generation[page] = before;
	complete(page, number);
}

/* ---- hypercalls ---- */

static void remove_one(struct stress_vcpu *v, unsigned alias, unsigned page)
{
	uint64_t out[2] = { 0 }, pteh = pteh_of(alias, page);
	long ret =
		machine_h_remove(v->vcpu, HPTP_H_AVPN, idx_of(alias, page), pteh & ~0x7full, out);

	v->removes++;
	if (ret == HPTP_H_NOT_FOUND)
		return;
	if (ret || out[0] != pteh || !maps(out[1], page))
		stress_fail("H_REMOVE: %ld %jx %jx", ret, (uintmax_t)out[0], (uintmax_t)out[1]);
}

static void remove_many(struct stress_vcpu *v)
{
	uint64_t args[8];

	for (unsigned i = 0; i < 8; i += 2) {
		uint64_t r = machine_random(&v->random);
		unsigned alias = r % stress.what->aliases, page = (r >> 8) % PAGES;

		args[i] = 1ull << 62 | 2ull << 56 | idx_of(alias, page);
		args[i + 1] = pteh_of(alias, page) & ~0x7full;
	}
	v->removes++;
	if (machine_h_bulk_remove(v->vcpu, args))
		stress_fail("H_BULK_REMOVE");
}

static void read_one(struct stress_vcpu *v, unsigned alias, unsigned page)
{
	uint64_t out[8] = { 0 };
	long ret = machine_h_read(v->vcpu, 0, idx_of(alias, page), out);

	v->reads++;
	if (ret || (out[0] && (out[0] != pteh_of(alias, page) || !maps(out[1], page))))
		stress_fail("H_READ: %ld %jx %jx", ret, (uintmax_t)out[0], (uintmax_t)out[1]);
}

static void clear_one(struct stress_vcpu *v, unsigned alias, unsigned page, bool c)
{
	uint64_t out = 0, idx = idx_of(alias, page);
	long ret = c ? machine_h_clear_mod(v->vcpu, 0, idx, &out) :
		       machine_h_clear_ref(v->vcpu, 0, idx, &out);

	v->clears++;
	if (ret != HPTP_H_NOT_FOUND && (ret || !maps(out, page)))
		stress_fail("H_CLEAR: %ld %jx", ret, (uintmax_t)out);
}

static void step(struct stress_vcpu *v)
{
	uint64_t r = machine_random(&v->random);
	unsigned alias = r % stress.what->aliases, slot = (r >> 8) % SLOTS;
	unsigned what = (r >> 16) % 64;
	unsigned page = slot * SLOT_PAGES + (unsigned)((r >> 24) % stress.what->hot);

	if (what < 20)
		access_page(v, alias, page, false);
	else if (what < 44)
		access_page(v, alias, page, true);
	else if (what < 52)
		remove_one(v, alias, page);
	else if (what < 54)
		remove_many(v);
	else if (what < 58)
		v->protects += !machine_h_protect(v->vcpu, HPTP_H_AVPN | ((what & 1 ? RW : RO) & 3),
						  idx_of(alias, page),
						  pteh_of(alias, page) & ~0x7full);
	else if (what < 60)
		read_one(v, alias, page);
	else
		clear_one(v, alias, page, what & 1);
}

void *stress_guest(void *arg)
{
	struct stress_vcpu *v = arg;

	machine_regs(v->vcpu)->msr = HPTP_MSR_PR | HPTP_MSR_IR | HPTP_MSR_DR;
	for (unsigned i = 0; i < SEGMENTS; i++)
		machine_slbmte(v->vcpu, i, ea_of(i, 0), slb_v(i));
	while (!stress_stopped()) {
		step(v);
		if (!__atomic_load_n(&stress.pause, __ATOMIC_RELAXED))
			continue;
		__atomic_fetch_add(&stress.paused, 1, __ATOMIC_ACQ_REL);
		while (__atomic_load_n(&stress.pause, __ATOMIC_ACQUIRE))
			sched_yield();
		__atomic_fetch_sub(&stress.paused, 1, __ATOMIC_ACQ_REL);
	}
	return NULL;
}
