// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The guest: each vCPU stores into words of its own, in pages that it shares with the
 * others, through entries that it makes, changes and removes all the time. It knows what it
 * stored and where its entries are, and notices when either is not so.
 */
#include "migrate.h"

#include <unistd.h>

#define RW 0x12ull
#define RO 0x13ull

static unsigned shift_of(unsigned size)
{
	return size ? 24 : 12;
}

/* View i of a size: its address, and the guest's page behind it. */
static uint64_t ea_of(const struct guest *g, unsigned size, unsigned i)
{
	return ((uint64_t)(g->number * 2 + size + 1) << 32) + ((uint64_t)i << shift_of(size));
}

static uint64_t slb_of(const struct guest *g, unsigned size, unsigned i)
{
	uint64_t segment = ea_of(g, size, i) >> 28;

	return machine_slb_word(0x3000 + segment * 7, shift_of(size), 28, HPTP_SLB_KP);
}

/* A page is seen by two vCPUs, at least. */
static uint64_t gpa_of(const struct guest *g, unsigned size, unsigned i)
{
	if (size)
		return HUGE_GPA + ((uint64_t)(i % HUGE) << 24);
	return (uint64_t)((g->number / 2 * VIEWS + i) % PAGES) << 12;
}

/* Where in the page its own word is. */
static uint64_t word_of(const struct guest *g, unsigned size, unsigned i)
{
	if (size) /* anywhere in 16M: a sub-page of its own for each view */
		return (uint64_t)(g->number * VIEWS + i + 1) * 0x3000 + 8 * i;
	return 8 * (uint64_t)(g->number + 1);
}

static void set_segment(struct guest *g, unsigned where, unsigned size, unsigned i)
{
	struct machine_vcpu *vcpu = machine_vcpu(migrate.machine[where], g->number);
	uint64_t ea = ea_of(g, size, i), word;

	if (!machine_slb_find(vcpu, ea, &word))
		machine_slbmte(vcpu, (unsigned)(ea >> 28), ea, slb_of(g, size, i));
}

void guest_boot(struct guest *g, unsigned where)
{
	struct machine_vcpu *vcpu = machine_vcpu(migrate.machine[where], g->number);

	machine_regs(vcpu)->msr = HPTP_MSR_PR | HPTP_MSR_IR | HPTP_MSR_DR;
	machine_slbia(vcpu);
}

static struct machine_vcpu *vcpu_of(const struct guest *g, unsigned where)
{
	return machine_vcpu(migrate.machine[where], g->number);
}

static void enter(struct guest *g, unsigned where, unsigned size, unsigned i)
{
	struct view *v = &g->view[size][i];
	unsigned shift = shift_of(size);
	uint64_t ea = ea_of(g, size, i), slb = slb_of(g, size, i);
	long ret = HPTP_H_PTEG_FULL;

	v->read_only = machine_random(&g->random) % 8 == 0;
	for (unsigned second = 0; second < 2 && ret == HPTP_H_PTEG_FULL; second++) {
		v->pteh = machine_pteh(slb, ea, shift, second);
		ret = machine_h_enter(
			vcpu_of(g, where), 0, machine_pteg(slb, ea, ORDER, second) * 8, v->pteh,
			machine_ptel(gpa_of(g, size, i), shift, shift, v->read_only ? RO : RW),
			&v->idx);
	}
	if (ret)
		migrate_fail("vCPU %u: H_ENTER: %ld", g->number, ret);
	v->entered = true;
	g->hypercalls++;
}

/* Is the entry what the guest made of it? R and C apart, and of them nothing is lost. */
static void must_be(const struct guest *g, unsigned size, unsigned i, uint64_t v0, uint64_t v1)
{
	const struct view *v = &g->view[size][i];
	unsigned shift = shift_of(size);
	uint64_t want = machine_ptel(gpa_of(g, size, i), shift, shift, v->read_only ? RO : RW);

	if (v0 != v->pteh || (v1 & ~0x180ull) != want)
		migrate_fail("vCPU %u, entry %jx: %jx %jx, the guest made it %jx %jx", g->number,
			     (uintmax_t)v->idx, (uintmax_t)v0, (uintmax_t)v1, (uintmax_t)v->pteh,
			     (uintmax_t)want);
}

static void remove_view(struct guest *g, unsigned where, unsigned size, unsigned i)
{
	struct view *v = &g->view[size][i];
	uint64_t out[2] = { 0 };
	long ret =
		machine_h_remove(vcpu_of(g, where), HPTP_H_AVPN, v->idx, v->pteh & ~0x7full, out);

	if (ret)
		migrate_fail("vCPU %u: H_REMOVE of entry %jx: %ld", g->number, (uintmax_t)v->idx,
			     ret);
	must_be(g, size, i, out[0], out[1]);
	v->entered = false;
}

static void protect(struct guest *g, unsigned where, unsigned size, unsigned i, bool read_only)
{
	struct view *v = &g->view[size][i];
	long ret = machine_h_protect(vcpu_of(g, where), HPTP_H_AVPN | (read_only ? 3 : 2), v->idx,
				     v->pteh & ~0x7full);

	if (ret)
		migrate_fail("vCPU %u: H_PROTECT of entry %jx: %ld", g->number, (uintmax_t)v->idx,
			     ret);
	v->read_only = read_only;
}

static void access_view(struct guest *g, unsigned where, unsigned size, unsigned i, bool store)
{
	struct view *v = &g->view[size][i];
	uint64_t ea = ea_of(g, size, i) + word_of(g, size, i), value = machine_random(&g->random);
	enum machine_result result = MACHINE_REFLECT;

	set_segment(g, where, size, i);
	while (result == MACHINE_REFLECT) {
		result = store ? machine_store64(vcpu_of(g, where), ea, value) :
				 machine_load64(vcpu_of(g, where), ea, &value);
		if (result != MACHINE_REFLECT)
			break;
		/* The guest's own interrupt handler. */
		g->faults++;
		if (machine_fault(vcpu_of(g, where))->status & HPTP_DSISR_NOHPTE) {
			if (v->entered)
				migrate_fail("vCPU %u: entry %jx is not found", g->number,
					     (uintmax_t)v->idx);
			enter(g, where, size, i);
		} else if (store && v->read_only) {
			protect(g, where, size, i, false);
		} else {
			migrate_fail("vCPU %u: entry %jx forbids", g->number, (uintmax_t)v->idx);
		}
	}
	if (result)
		migrate_fail("vCPU %u: access ends with %d", g->number, result);
	if (!store && value != v->value)
		migrate_fail("vCPU %u, size %u, view %u: expected %jx, found %jx", g->number, size,
			     i, (uintmax_t)v->value, (uintmax_t)value);
	v->value = value;
	g->stores += store;
}

static void hypercall(struct guest *g, unsigned where, unsigned size, unsigned i, unsigned what)
{
	struct view *v = &g->view[size][i];
	uint64_t out[8];
	long ret = 0;

	if (!v->entered)
		return;
	g->hypercalls++;
	switch (what) {
	case 0:
	case 1: remove_view(g, where, size, i); break;
	case 2: protect(g, where, size, i, true); break;
	case 3: protect(g, where, size, i, false); break;
	case 4: ret = machine_h_clear_ref(vcpu_of(g, where), 0, v->idx, out); break;
	case 5: ret = machine_h_clear_mod(vcpu_of(g, where), 0, v->idx, out); break;
	default:
		ret = machine_h_read(vcpu_of(g, where), 0, v->idx, out);
		must_be(g, size, i, out[0], out[1]);
	}
	if (ret)
		migrate_fail("vCPU %u: hypercall %u: %ld", g->number, what, ret);
}

static void step(struct guest *g, unsigned where)
{
	uint64_t r = machine_random(&g->random);
	/* It stays with a few pages for a while, as programs do. */
	unsigned i = (unsigned)(g->steps / 512 * 5 + (r >> 8) % 12) % VIEWS;
	unsigned size = (r >> 16) % 16 == 0;

	if ((r >> 24) % 16 < 4)
		hypercall(g, where, size, i, (r >> 32) % 8);
	else
		access_view(g, where, size, i, (r >> 40) % 3 != 0);
	g->steps++;
}

void guest_run(struct guest *g, unsigned where, uint64_t steps)
{
	while (steps-- && !__atomic_load_n(&migrate.vcpus_stop, __ATOMIC_ACQUIRE)) {
		unsigned delay = __atomic_load_n(&migrate.delay, __ATOMIC_RELAXED);

		step(g, where);
		if (delay)
			usleep(delay);
	}
}

/* The host looks: every word that the vCPU stored is in memory, every entry is there. */
void guest_check(const struct guest *g, unsigned where)
{
	for (unsigned size = 0; size < 2; size++) {
		for (unsigned i = 0; i < VIEWS; i++) {
			const struct view *v = &g->view[size][i];
			uint64_t gpa = gpa_of(g, size, i) + word_of(g, size, i), value, out[8];

			if (machine_host_read(migrate.machine[where], gpa, &value, 8))
				migrate_fail("memory can not be read");
			if (value != v->value)
				migrate_fail("vCPU %u, size %u, view %u: memory at %jx is %jx, the "
					     "guest stored %jx",
					     g->number, size, i, (uintmax_t)gpa, (uintmax_t)value,
					     (uintmax_t)v->value);
			if (!v->entered)
				continue;
			if (machine_h_read(vcpu_of(g, where), 0, v->idx, out))
				migrate_fail("H_READ");
			must_be(g, size, i, out[0], out[1]);
		}
	}
}
