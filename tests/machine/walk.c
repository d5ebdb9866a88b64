// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The walk of the hashed page table, as hardware does it: primary, then secondary group,
 * entries as they lie in memory, in the table's format.
 */
#include "impl.h"

enum { PTEG = 8 };
#define V_COMMON_3_0 0x000fffffffffffffull
#define R_B_3_0 0x0c00000000000000ull
#define R_RPN 0x0ffffffffffff000ull
#define R_RPN_3_0 0x01fffffffffff000ull
/* What of dword 0 is the translation itself: B, AVPN, L, H. */
#define V_NAME 0xffffffffffffff86ull
#define R_RC (MACHINE_PTE_R | MACHINE_PTE_C)

static uint64_t cpu(hptp_be64 x)
{
	return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? __builtin_bswap64(x.be) : x.be;
}

static uint64_t load(const hptp_be64 *p, int order)
{
	return cpu((hptp_be64){ __atomic_load_n(&p->be, order) });
}

hptp_be64 *walk_dword1(struct machine *m, uint64_t index)
{
	return &m->table.entries[index].r;
}

/* One entry in the ISA 2.07 format. Only a valid one is in the table's own format. */
static void read_entry(struct machine *m, uint64_t index, uint64_t *v, uint64_t *r)
{
	const struct hptp_hpte *e = &m->table.entries[index];

	*v = load(&e->v, __ATOMIC_ACQUIRE);
	*r = load(&e->r, __ATOMIC_RELAXED);
	if (m->table.format != HPTP_FORMAT_3_0 || !(*v & 1))
		return;
	*v = (*v & V_COMMON_3_0) | (*r & R_B_3_0) << 4;
	*r &= ~R_B_3_0;
}

/* Is the entry this translation still, be it in transit out of the table? */
bool walk_still(struct machine *m, const struct tlb_entry *e)
{
	uint64_t mask = m->table.format == HPTP_FORMAT_3_0 ? V_COMMON_3_0 : ~0ull;
	uint64_t v = load(&m->table.entries[e->index].v, __ATOMIC_ACQUIRE);
	uint64_t r = load(&m->table.entries[e->index].r, __ATOMIC_RELAXED);

	if (m->table.format == HPTP_FORMAT_3_0)
		r &= ~R_B_3_0;
	return !((v ^ e->v) & V_NAME & mask) && (r & ~R_RC) == e->r;
}

static void describe(struct machine *m, uint64_t ea, uint64_t index, uint64_t v, uint64_t r,
		     struct tlb_entry *e)
{
	uint64_t rpn = r & (m->table.format == HPTP_FORMAT_3_0 ? R_RPN_3_0 : R_RPN);
	uint64_t in_page = ea & ((1ull << e->actual) - 1);

	e->index = index;
	e->v = v;
	e->r = r & ~R_RC;
	e->c = r & MACHINE_PTE_C;
	e->real = (rpn & ~((1ull << e->actual) - 1)) + (in_page & ~((1ull << e->base) - 1));
}

/* Look slb_v, ea up. *e: what a TLB would keep; *r: R is set. False: no valid entry. */
bool walk(struct machine *m, uint64_t slb_v, uint64_t ea, struct tlb_entry *e, bool *r_set)
{
	unsigned base = machine_slb_base(slb_v), b, a;

	if (!base || !m->table.n)
		return false;
	for (unsigned secondary = 0; secondary < 2; secondary++) {
		uint64_t name = machine_pteh(slb_v, ea, 0, secondary) & ~1ull;
		uint64_t first = machine_pteg(slb_v, ea, m->table.order, secondary) * PTEG;

		if (m->table.format == HPTP_FORMAT_3_0)
			name &= V_COMMON_3_0 | HPTP_SLB_B;
		for (uint64_t i = first; i < first + PTEG; i++) {
			uint64_t v, r;

			read_entry(m, i, &v, &r);
			if (!(v & 1) || (v ^ name) & V_NAME & ~4ull)
				continue;
			if (!machine_sizes(v, r, &b, &a) || b != base)
				continue;
			e->base = (uint8_t)b;
			e->actual = (uint8_t)a;
			describe(m, ea, i, v, r, e);
			*r_set = r & MACHINE_PTE_R;
			return true;
		}
	}
	return false;
}
