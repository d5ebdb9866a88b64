// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The oracle: a guest's access, from effective address to what comes of it. */
#include "oracle.h"

#define V_SSIZE 0xc000000000000000ull
#define V_LARGE 0x04ull
#define V_SECONDARY 0x02ull
#define V_VALID 0x01ull
#define R_RPN 0x0ffffffffffff000ull
#define R_R 0x100ull
#define R_C 0x080ull
#define R_W 0x40ull
#define R_I 0x20ull
#define R_G 0x08ull
#define R_N 0x04ull

/* ---- from address to entry ---- */

unsigned oracle_slb_shift(uint64_t slb_v)
{
	switch (slb_v & HPTP_SLB_LLP) {
	case 0x000: return 12;
	case 0x100: return 24;
	case 0x110: return 16;
	case 0x120: return 34;
	}
	return 0;
}

static bool is_1t(uint64_t slb_v)
{
	return (slb_v & HPTP_SLB_B) == HPTP_SLB_B_1T;
}

static uint64_t vsid(uint64_t slb_v)
{
	uint64_t v = slb_v & ~HPTP_SLB_B;

	return v >> (is_1t(slb_v) ? HPTP_SLB_SHIFT_1T : HPTP_SLB_SHIFT);
}

static uint64_t offset(uint64_t ea, uint64_t slb_v)
{
	return ea & ((1ull << (is_1t(slb_v) ? 40 : 28)) - 1);
}

uint64_t oracle_pteg(const struct oracle *o, uint64_t ea, uint64_t slb_v, bool secondary)
{
	uint64_t hash = vsid(slb_v) ^ offset(ea, slb_v) >> oracle_slb_shift(slb_v);

	if (is_1t(slb_v))
		hash ^= vsid(slb_v) << 25;
	return (secondary ? ~hash : hash) & (o->n / 8 - 1);
}

/* Virtual address >> 16: where AVPN stands in dword 0. */
static uint64_t va_high(uint64_t ea, uint64_t slb_v)
{
	return vsid(slb_v) << (is_1t(slb_v) ? 24 : 12) | offset(ea, slb_v) >> 16;
}

/* Bits of AVPN that lie inside a page of this base size are zero. */
static uint64_t avpn_mask(unsigned base)
{
	return ~((1ull << (base > 23 ? base - 16 : 7)) - 1);
}

uint64_t oracle_dword0(uint64_t ea, uint64_t slb_v, bool secondary, bool large)
{
	uint64_t v = va_high(ea, slb_v) & avpn_mask(oracle_slb_shift(slb_v));

	return (slb_v & V_SSIZE) | v | (large ? V_LARGE : 0) | (secondary ? V_SECONDARY : 0) |
	       V_VALID;
}

unsigned oracle_find(const struct oracle *o, uint64_t ea, uint64_t slb_v, uint32_t *idx)
{
	unsigned base, n = 0;

	for (unsigned secondary = 0; secondary < 2; secondary++) {
		uint64_t first = oracle_pteg(o, ea, slb_v, secondary) * 8;
		uint64_t want = oracle_dword0(ea, slb_v, secondary, false);

		for (uint64_t i = first; i < first + 8; i++) {
			const struct oracle_entry *e = &o->entry[i];
			uint64_t mask = avpn_mask(oracle_slb_shift(slb_v)) | V_SECONDARY | V_VALID;

			if ((e->v ^ want) & mask)
				continue;
			oracle_page_shift(e->v, e->r, &base);
			if (base != oracle_slb_shift(slb_v))
				continue;
			*idx = (uint32_t)i;
			/* AVPN bits inside the page: processors ignore them, PAPR does not say. */
			n += (e->v & ~avpn_mask(base) & ~0x7full) ? 2 : 1;
		}
	}
	return n;
}

/* ---- what the guest's own entry allows ---- */

static bool may_read(uint64_t r, bool k)
{
	unsigned pp = (unsigned)(r >> 61 & 4) | (r & 3);

	return !k || (pp >= 1 && pp <= 3);
}

static bool may_write(uint64_t r, bool k)
{
	unsigned pp = (unsigned)(r >> 61 & 4) | (r & 3);

	return k ? pp == 2 : pp <= 2;
}

static bool key_denies(const struct oracle_access *a, uint64_t r)
{
	unsigned key = (unsigned)(r >> 57 & 0x18) | (unsigned)(r >> 9 & 7);
	uint64_t pair = a->amr >> (62 - 2 * key) & 3;

	if (a->kind == ORACLE_FETCH || !(a->msr & HPTP_MSR_DR))
		return false;
	return pair & (a->kind == ORACLE_STORE ? 2 : 1);
}

/* Status that the guest's own entry demands. True: the access is denied. */
static bool denied(const struct oracle_access *a, uint64_t r, struct oracle_expect *x)
{
	bool k = a->slb_v & (a->msr & HPTP_MSR_PR ? HPTP_SLB_KP : HPTP_SLB_KS);
	uint32_t must = 0;

	x->may = a->kind == ORACLE_STORE ? HPTP_DSISR_STORE : 0;
	if (a->kind == ORACLE_FETCH) {
		if (r & (R_N | R_G))
			must |= HPTP_DSISR_NOEXEC;
		if (!may_read(r, k))
			must |= HPTP_DSISR_PROT;
	} else {
		if (!(a->kind == ORACLE_STORE ? may_write(r, k) : may_read(r, k)))
			must |= HPTP_DSISR_PROT;
		if (key_denies(a, r))
			must |= HPTP_DSISR_KEY;
	}
	/* Of two reasons one is enough; a denied store to a page that is read-only
	 * to the hardware for the host's sake may carry PROT as well. */
	x->may |= must | HPTP_DSISR_PROT;
	x->must = must & (must - 1) ? 0 : must;
	return must;
}

bool oracle_allows(const struct oracle *o, uint32_t idx, const struct oracle_access *access)
{
	struct oracle_expect x;

	return !denied(access, o->entry[idx].r, &x);
}

/* ---- what the host has behind it ---- */

/* Part of the page can lie outside of the slot. */
static bool misplaced(const struct oracle_host *h, uint64_t frames)
{
	return h->slot_base % frames || h->slot_n % frames;
}

static void backed(const struct oracle *o, const struct oracle_access *a,
		   const struct oracle_host *h, const struct oracle_entry *e,
		   struct oracle_expect *x)
{
	bool store = a->kind == ORACLE_STORE;
	bool enough = h->mapped && (!store || h->writable);
	bool ci = h->mapped ? h->ci : h->get_ci;
	unsigned fault = 0;

	if (x->shift > o->frame_shift && (h->map_shift < x->shift || !h->congruent))
		fault |= 1u << ORACLE_TOO_LARGE | 1u << ORACLE_NOPAGE; /* of the touched frame */
	if (ci && (e->r & (R_I | R_W)) != R_I)
		fault |= 1u << ORACLE_NOPAGE;
	if (!enough && !(store ? h->can_store : h->can_load)) {
		fault |= 1u << ORACLE_NOPAGE;
		x->error = h->error;
	}
	if (!fault)
		x->ends = h->window ? 1u << ORACLE_RETRY : 1u << ORACLE_DONE;
	else
		x->ends = fault | (h->window ? 1u << ORACLE_RETRY : 0);
}

/*
 * The guest's G forbids a fetch, but memory is mapped without G, as Linux does and PAPR
 * lets it (WIMG of memory is 0010): the fetch may be done where the page is present.
 */
static bool only_guarded(const struct oracle_access *a, uint64_t r)
{
	struct oracle_expect x;

	return a->kind == ORACLE_FETCH && r & R_G && !denied(a, r & ~R_G, &x);
}

void oracle_access(const struct oracle *o, const struct oracle_access *a, struct oracle_expect *x)
{
	const struct oracle_entry *e;
	unsigned base, n = oracle_find(o, a->ea, a->slb_v, &x->idx);
	uint64_t size, frames;
	struct oracle_host h;

	*x = (struct oracle_expect){ .idx = x->idx, .ends = 1u << ORACLE_UNSAID };
	if (n > 1)
		return;
	if (!n) {
		x->ends = 1u << ORACLE_REFLECT;
		x->must = HPTP_DSISR_NOHPTE;
		x->may = HPTP_DSISR_NOHPTE | (a->kind == ORACLE_STORE ? HPTP_DSISR_STORE : 0);
		return;
	}
	e = &o->entry[x->idx];
	x->shift = oracle_page_shift(e->v, e->r, &base);
	size = 1ull << x->shift;
	x->page = e->r & R_RPN & ~(size - 1);
	x->gpa = x->page | (a->ea & (size - 1));
	if ((e->r >> 63) && (e->r & 3) != 2)
		return; /* a reserved PP */
	if (denied(a, e->r, x)) {
		x->ends = 1u << ORACLE_REFLECT;
		if (only_guarded(a, e->r) &&
		    o->host(o->host_arg, x->gpa >> o->frame_shift, 1, &h) && h.mapped && !h.ci)
			x->ends |= 1u << ORACLE_DONE;
		return;
	}
	frames = x->shift > o->frame_shift ? 1ull << (x->shift - o->frame_shift) : 1;
	/* The page's first frame decides whether it is memory. */
	if (!o->host(o->host_arg, x->page >> o->frame_shift, frames, &h)) {
		x->ends = 1u << ORACLE_MMIO;
		return;
	}
	/* A slot that came after the entry may hold only a part of it: it can not be mapped. */
	if (misplaced(&h, frames)) {
		x->ends = 1u << ORACLE_NOPAGE | 1u << ORACLE_TOO_LARGE;
		return;
	}
	backed(o, a, &h, e, x);
}

/* ---- R and C ---- */

void oracle_accessed(struct oracle *o, uint32_t idx, enum oracle_kind kind)
{
	struct oracle_entry *e = &o->entry[idx];

	e->late |= kind == ORACLE_STORE ? R_R | R_C : R_R;
	e->maybe = e->late & ~e->r;
}

void oracle_settle(struct oracle *o, uint64_t gpa, uint64_t bytes)
{
	for (uint64_t i = 0; i < o->n_used; i++) {
		struct oracle_entry *e = &o->entry[o->used[i]];
		unsigned base, shift = oracle_page_shift(e->v, e->r, &base);
		uint64_t page = e->r & R_RPN & ~((1ull << shift) - 1);

		if (!e->late || (page - gpa >= bytes && gpa - page >= 1ull << shift))
			continue;
		e->r |= e->maybe;
		e->maybe = e->late = 0;
	}
}

void oracle_learn(struct oracle *o, uint32_t idx, uint64_t dword1)
{
	struct oracle_entry *e = &o->entry[idx];

	e->r |= (e->maybe | e->unsure) & dword1;
	e->maybe &= ~dword1;
	e->unsure &= e->late ? ~dword1 : 0;
}
