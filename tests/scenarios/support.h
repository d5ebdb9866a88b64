/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What the scenarios share: a guest's arithmetic, and its calls in one line each. Inline,
 * so that the kit brings no names but the scenarios' into the program that links it.
 */
#ifndef HPTP_SCENARIOS_SUPPORT_H
#define HPTP_SCENARIOS_SUPPORT_H

#include "harness.h"

/* End the scenario unless the condition holds. */
#define expect(h, condition)                                                                       \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			(h)->fail((h)->self, __FILE__, __LINE__, #condition);                      \
			return;                                                                    \
		}                                                                                  \
	} while (0)

/* End the scenario: this host can not show it. */
#define leave_out(h, why)                                                                          \
	do {                                                                                       \
		(h)->left_out = (why);                                                             \
		return;                                                                            \
	} while (0)

/* Bits of dword 0. */
#define V_LARGE 0x4ull
#define V_SECONDARY 0x2ull
#define V_BOLTED 0x10ull
#define V_VALID 0x1ull

/* Bits of dword 1, and usual combinations: memory that everybody may write. */
#define PP_RWXX 0x0ull
#define PP_RWRX 0x1ull
#define PP_RWRW 0x2ull
#define PP_RXRX 0x3ull
#define PTE_N 0x4ull
#define PTE_M 0x10ull
#define PTE_I 0x20ull
#define PTE_G 0x8ull
#define PTE_C 0x80ull
#define PTE_R 0x100ull
#define RW (PTE_M | PP_RWRW)
#define RO (PTE_M | PP_RXRX)

#define USER (HPTP_MSR_PR | HPTP_MSR_IR | HPTP_MSR_DR)

/* A page of the guest: where it is seen, what it maps. */
struct page {
	uint64_t ea, slb_v, gpa;
	unsigned base, actual; /* log2 of the sizes */
	bool one_t;            /* in a 1T segment, not one of 256M */
	bool secondary;
	uint64_t idx; /* of its entry, once entered */
};

static inline uint64_t llp(unsigned base)
{
	return base == 16 ? 0x110 : base == 24 ? 0x100 : base == 34 ? 0x120 : 0;
}

/* The page at ea of a 1T segment, mapping gpa. */
static inline struct page page_in_1t(uint64_t ea, uint64_t gpa, unsigned base, unsigned actual)
{
	uint64_t vsid = 0x4000 + (ea >> 40);

	return (struct page){
		.ea = ea,
		.gpa = gpa,
		.base = base,
		.actual = actual,
		.one_t = true,
		.slb_v = HPTP_SLB_B_1T | vsid << HPTP_SLB_SHIFT_1T | HPTP_SLB_KP | llp(base),
	};
}

/* The page at ea of a 256M segment (1T when base is above 24), mapping gpa. */
static inline struct page page_at(uint64_t ea, uint64_t gpa, unsigned base, unsigned actual)
{
	uint64_t vsid = 0x4000 + (ea >> 28);

	if (base > 24)
		return page_in_1t(ea, gpa, base, actual);
	return (struct page){
		.ea = ea,
		.gpa = gpa,
		.base = base,
		.actual = actual,
		.slb_v = vsid << HPTP_SLB_SHIFT | HPTP_SLB_KP | llp(base),
	};
}

static inline uint64_t vsid(const struct page *p)
{
	return (p->slb_v & ~HPTP_SLB_B) >> (p->one_t ? HPTP_SLB_SHIFT_1T : HPTP_SLB_SHIFT);
}

static inline uint64_t offset(const struct page *p)
{
	return p->ea & ((1ull << (p->one_t ? 40 : 28)) - 1);
}

static inline uint64_t page_pteg(struct harness *h, const struct page *p)
{
	uint64_t hash = vsid(p) ^ offset(p) >> p->base;
	struct hptp_table_info info;

	if (p->one_t)
		hash ^= vsid(p) << 25;
	hptp_vm_table(h->vm, &info);
	return (p->secondary ? ~hash : hash) & (info.n / 8 - 1);
}

static inline uint64_t page_pteh(const struct page *p)
{
	uint64_t v = vsid(p) << (p->one_t ? 24 : 12) | offset(p) >> 16;

	v &= ~((1ull << (p->base > 23 ? p->base - 16 : 7)) - 1);
	return v | (p->one_t ? HPTP_SLB_B_1T : 0) | (p->actual > 12 ? V_LARGE : 0) |
	       (p->secondary ? V_SECONDARY : 0) | V_VALID;
}

static inline uint64_t page_ptel(const struct page *p, uint64_t bits)
{
	uint64_t lp = 0;

	if (p->actual == 16)
		lp = p->base == 16 ? 0x1 : 0x7;
	else if (p->actual == 24 && p->base < 24)
		lp = p->base == 16 ? 0x8 : 0x38;
	else if (p->actual == 34)
		lp = 0x3;
	return p->gpa | lp << 12 | bits;
}

/* Frames in a page. */
static inline uint64_t frames_in(const struct harness *h, unsigned shift)
{
	return shift > h->frame_shift ? 1ull << (shift - h->frame_shift) : 1;
}

/* H_ENTER into the page's own group, task half included. */
static inline long enter(struct harness *h, struct page *p, uint64_t bits)
{
	long ret = hptp_h_enter(h->vcpu, 0, page_pteg(h, p) * 8, page_pteh(p), page_ptel(p, bits),
				&p->idx);

	return ret == HPTP_H_TOO_HARD ? hptp_hcall_task(h->vcpu, &p->idx) : ret;
}

/* The same with a bit of dword 0. */
static inline long enter_bolted(struct harness *h, struct page *p, uint64_t bits)
{
	uint64_t group = page_pteg(h, p) * 8, v = page_pteh(p) | V_BOLTED;
	long ret = hptp_h_enter(h->vcpu, 0, group, v, page_ptel(p, bits), &p->idx);

	return ret == HPTP_H_TOO_HARD ? hptp_hcall_task(h->vcpu, &p->idx) : ret;
}

/* Entries of a table. */
static inline uint64_t entries_in(struct hptp_vm *vm)
{
	struct hptp_entry e;
	uint64_t n = 0;

	for (uint64_t i = 0; hptp_entry_next(vm, i, &e); i = (uint64_t)e.idx.n + 1)
		n++;
	return n;
}

static inline unsigned order_of(struct hptp_vm *vm)
{
	struct hptp_table_info info;

	hptp_vm_table(vm, &info);
	return info.order;
}

/* dword 1 as H_READ tells it; 0 when the entry is free. */
static inline uint64_t view(struct harness *h, const struct page *p)
{
	uint64_t out[8] = { 0 };
	long ret = hptp_h_read(h->vcpu, 0, p->idx, out);

	return ret == HPTP_H_SUCCESS && out[0] & V_VALID ? out[1] : 0;
}

/* State of the entry; HPTP_FREE when there is none. */
static inline enum hptp_state state(struct harness *h, const struct page *p)
{
	struct hptp_entry e;

	if (!hptp_entry_next(h->vm, p->idx, &e) || e.idx.n != p->idx)
		return HPTP_FREE;
	return e.state;
}

static inline struct harness_end access_page(struct harness *h, const struct page *p, uint64_t off,
					     enum harness_kind kind, uint64_t *value)
{
	struct harness_access a = {
		.ea = p->ea + off, .slb_v = p->slb_v, .msr = USER, .kind = kind, .value = *value
	};
	struct harness_end end = h->access(h->self, &a);

	*value = a.value;
	return end;
}

static inline struct harness_end guest_load(struct harness *h, const struct page *p, uint64_t off,
					    uint64_t *value)
{
	*value = 0;
	return access_page(h, p, off, HARNESS_LOAD, value);
}

static inline struct harness_end guest_store(struct harness *h, const struct page *p, uint64_t off,
					     uint64_t value)
{
	return access_page(h, p, off, HARNESS_STORE, &value);
}

static inline bool loads(struct harness *h, const struct page *p, uint64_t off, uint64_t value)
{
	uint64_t found;

	return guest_load(h, p, off, &found).what == HARNESS_DONE && found == value;
}

static inline bool stores(struct harness *h, const struct page *p, uint64_t off, uint64_t value)
{
	return guest_store(h, p, off, value).what == HARNESS_DONE;
}

#endif
