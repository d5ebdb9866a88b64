// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The oracle: the table and its hypercalls. Nothing here is fast; all of it is plain. */
#include "oracle.h"
#include "hptpager/error.h"
#include "hptpager/hcall.h"

#include <stdlib.h>
#include <string.h>

#define V_SSIZE 0xc000000000000000ull
#define V_AVPN 0x3fffffffffffff80ull
#define V_HYPERVISOR 0x60ull /* software bits that are reserved to the hypervisor */
#define V_BOLTED 0x10ull
#define V_LARGE 0x04ull
#define V_SECONDARY 0x02ull
#define V_VALID 0x01ull

#define R_PP0 0x8000000000000000ull
#define R_RESERVED 0x4000000000000000ull
#define R_KEY_HI 0x3000000000000000ull
#define R_RPN 0x0ffffffffffff000ull
#define R_KEY_LO 0xe00ull
#define R_R 0x100ull
#define R_C 0x080ull
#define R_W 0x40ull
#define R_I 0x20ull
#define R_M 0x10ull
#define R_N 0x04ull
#define R_PP 0x03ull

/* Power ISA 2.07 Book III-S 5.7.7, PAPR 14.5.4.1: encodings of L and LP. */
static const struct {
	uint8_t mask, lp, base, actual;
} sizes[] = {
	{ 0x0f, 0x01, 16, 16 }, { 0x0f, 0x07, 12, 16 }, { 0xff, 0x08, 16, 24 },
	{ 0xff, 0x38, 12, 24 }, { 0xff, 0x00, 24, 24 }, { 0xff, 0x03, 34, 34 },
};

unsigned oracle_page_shift(uint64_t v, uint64_t r, unsigned *base)
{
	uint8_t lp = (uint8_t)(r >> 12);

	*base = 12;
	if (!(v & V_LARGE))
		return 12;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		if ((lp & sizes[i].mask) != sizes[i].lp)
			continue;
		*base = sizes[i].base;
		return sizes[i].actual;
	}
	return 0;
}

bool oracle_init(struct oracle *o, unsigned frame_shift, uint64_t n, oracle_host_fn *host,
		 void *arg)
{
	memset(o, 0, sizeof(*o));
	o->frame_shift = frame_shift;
	o->n = n;
	o->host = host;
	o->host_arg = arg;
	o->entry = calloc(n, sizeof(*o->entry));
	o->used = calloc(n, sizeof(*o->used));
	o->used_at = calloc(n, sizeof(*o->used_at));
	return o->entry && o->used && o->used_at;
}

void oracle_exit(struct oracle *o)
{
	free(o->entry);
	free(o->used);
	free(o->used_at);
}

static void take(struct oracle *o, uint32_t idx, uint64_t v, uint64_t r)
{
	o->entry[idx] = (struct oracle_entry){ .v = v, .r = r };
	o->used_at[idx] = (uint32_t)o->n_used;
	o->used[o->n_used++] = idx;
}

static void drop(struct oracle *o, uint32_t idx)
{
	uint32_t last = o->used[--o->n_used];

	o->used[o->used_at[idx]] = last;
	o->used_at[last] = o->used_at[idx];
	o->entry[idx] = (struct oracle_entry){ 0 };
}

/* ---- H_ENTER ---- */

/* A page that reaches out of its slot, or could in one that begins elsewhere. */
static bool misplaced(const struct oracle_host *host, uint64_t frames)
{
	return frames > 1 && (host->slot_base % frames || host->slot_n % frames);
}

/* Would this page be refused because of what the host has behind it? */
static bool refused(const struct oracle_host *host, unsigned shift, uint64_t frames, uint64_t r)
{
	if ((host->mapped || host->tells_shift) && host->map_shift < shift)
		return true;
	if (!host->mapped)
		return false;
	if (!host->congruent && frames > 1)
		return true;
	return host->ci && (r & (R_I | R_W)) != R_I;
}

/* The flags that ask for the contents of memory: for small pages that may be written. */
static long init_refused(const struct oracle *o, uint64_t flags, uint64_t gfn, unsigned shift)
{
	const uint64_t any = HPTP_H_ZERO_PAGE | HPTP_H_ICACHE_INVALIDATE | HPTP_H_ICACHE_SYNC;
	struct oracle_host host;

	if (!(flags & any) || !o->host(o->host_arg, gfn, 1, &host))
		return HPTP_H_SUCCESS;
	if (shift > 16)
		return HPTP_H_TOO_BIG;
	return flags & HPTP_H_ZERO_PAGE && !host.can_store ? HPTP_H_PARAMETER : HPTP_H_SUCCESS;
}

/* LoPAR, H_PAGE_INIT: 4 KiB, of memory, which the guest may write. */
void oracle_page_init(const struct oracle *o, uint64_t flags, uint64_t dest, uint64_t src,
		      struct oracle_answer *answer)
{
	bool copy = flags >> 14 & 1, zero = flags >> 15 & 1;
	struct oracle_host host;

	memset(answer, 0, sizeof(*answer));
	answer->ret = HPTP_H_PARAMETER;
	if (flags & ~0xf00c0c000ull || dest & 0xfff || (copy && src & 0xfff))
		return;
	if (copy && !o->host(o->host_arg, src >> o->frame_shift, 1, &host))
		return;
	if (!o->host(o->host_arg, dest >> o->frame_shift, 1, &host))
		return;
	if (!(copy || zero) || host.can_store)
		answer->ret = HPTP_H_SUCCESS;
}

void oracle_enter(const struct oracle *o, uint64_t flags, uint64_t ptex, uint64_t pteh,
		  uint64_t ptel, struct oracle_answer *answer)
{
	unsigned base, shift = oracle_page_shift(pteh, ptel, &base);
	uint64_t gfn, frames, last;
	struct oracle_host host;

	memset(answer, 0, sizeof(*answer));
	answer->ret = HPTP_H_PARAMETER;
	if (pteh >> 63 || !shift || ptex >= o->n)
		return;
	gfn = (ptel & R_RPN) >> shift << shift >> o->frame_shift;
	frames = shift > o->frame_shift ? 1ull << (shift - o->frame_shift) : 1;
	if (o->host(o->host_arg, gfn, frames, &host)) {
		answer->or_parameter = refused(&host, shift, frames, ptel);
		if (misplaced(&host, frames) || (answer->or_parameter && !host.any_window))
			return;
	}
	answer->ret = init_refused(o, flags, gfn, shift);
	if (answer->ret)
		return;
	answer->ret = HPTP_H_PTEG_FULL;
	last = ptex;
	if (!(flags & HPTP_H_EXACT)) {
		ptex &= ~7ull;
		last = ptex + 7;
	}
	for (; ptex <= last; ptex++) {
		if (o->entry[ptex].v)
			continue;
		answer->ret = HPTP_H_SUCCESS;
		answer->n = 1;
		answer->out[0] = ptex;
		return;
	}
}

void oracle_entered(struct oracle *o, uint64_t idx, uint64_t pteh, uint64_t ptel)
{
	take(o, (uint32_t)idx, (pteh & ~V_HYPERVISOR) | V_VALID, ptel & ~R_RESERVED);
}

/* ---- the others ---- */

static bool matches(const struct oracle_entry *e, uint64_t flags, uint64_t avpn)
{
	if (!e->v)
		return false;
	if ((flags & HPTP_H_AVPN) && (e->v & ~0x7full) != avpn)
		return false;
	return !((flags & HPTP_H_ANDCOND) && (e->v & avpn & ~V_HYPERVISOR));
}

static bool find(const struct oracle *o, uint64_t flags, uint64_t ptex, uint64_t avpn,
		 struct oracle_answer *answer)
{
	memset(answer, 0, sizeof(*answer));
	answer->ret = HPTP_H_PARAMETER;
	if (ptex >= o->n)
		return false;
	answer->ret = HPTP_H_NOT_FOUND;
	if (!matches(&o->entry[ptex], flags, avpn))
		return false;
	answer->ret = HPTP_H_SUCCESS;
	return true;
}

void oracle_remove(struct oracle *o, uint64_t flags, uint64_t ptex, uint64_t avpn,
		   struct oracle_answer *answer)
{
	struct oracle_entry *e = &o->entry[ptex < o->n ? ptex : 0];

	if (!find(o, flags, ptex, avpn, answer))
		return;
	answer->n = 2;
	answer->out[0] = e->v;
	answer->out[1] = e->r | e->maybe; /* its removal flushed it */
	answer->loose[1] = e->unsure;
	drop(o, (uint32_t)ptex);
}

/* LoPAR 14.5.4.1.7: one specifier; false ends the call with *ret. */
static bool bulk_one(struct oracle *o, uint64_t *spec, uint64_t avpn, uint64_t *loose, long *ret)
{
	static const uint64_t condition[] = { 0, HPTP_H_ANDCOND, HPTP_H_AVPN };
	uint64_t type = *spec >> 62, flags = *spec >> 56 & 3;
	uint64_t ptex = *spec & 0x00ffffffffffffffull, rc = 0;
	uint64_t status = 0x90;

	*ret = HPTP_H_SUCCESS;
	if (type == 3)
		return false;
	if (type != 1 || flags == 3 || ptex >= o->n) {
		*ret = HPTP_H_PARAMETER;
		*spec = (0xa0 | flags) << 56 | ptex;
		return false;
	}
	if (matches(&o->entry[ptex], condition[flags], avpn)) {
		struct oracle_entry *e = &o->entry[ptex];

		rc = ((e->r | e->maybe) & (R_R | R_C)) << 51;
		*loose = e->unsure << 51;
		status = 0x80;
		drop(o, (uint32_t)ptex);
	}
	*spec = (status | flags) << 56 | rc | ptex;
	return true;
}

void oracle_bulk_remove(struct oracle *o, const uint64_t args[8], struct oracle_answer *answer)
{
	memset(answer, 0, sizeof(*answer));
	answer->n = 8;
	memcpy(answer->out, args, sizeof(answer->out));
	for (unsigned i = 0; i < 8; i += 2) {
		if (!bulk_one(o, &answer->out[i], answer->out[i + 1], &answer->loose[i],
			      &answer->ret))
			return;
	}
}

/* ---- H_BLOCK_REMOVE ---- */

/* The page's number in its segment, and the segment: from AVPN and the PTEG it hashes to. */
static uint64_t block_of(uint64_t idx, uint64_t v, unsigned base)
{
	uint64_t va = (v & V_AVPN) >> 7 << 23 >> base; /* without the low bits of the number */
	uint64_t vsid = (v & V_AVPN) >> (v & HPTP_SLB_B_1T ? 24 : 12), hash = idx >> 3;

	if (base > 23)
		return va >> 3;
	if (v & V_SECONDARY)
		hash = ~hash;
	va |= (hash ^ vsid) & ((1ull << (23 - base)) - 1);
	return va >> 3;
}

/* LoPAR, H_BLOCK_REMOVE: the status byte of one specifier. */
static uint64_t block_one(const struct oracle *o, uint64_t ts, uint64_t avpn, int64_t *anchor)
{
	uint64_t ptex = ts & 0x00ffffffffffffffull;
	const struct oracle_entry *e, *first;
	unsigned base, base0, shift;

	if (ptex >= o->n)
		return 0x90;
	e = &o->entry[ptex];
	if (!e->v || e->v & V_BOLTED)
		return 0x88;
	if (ts >> 56 & 1 && (e->v & ~0x7full) != avpn)
		return 0x88;
	if (*anchor < 0)
		*anchor = (int64_t)ptex;
	first = &o->entry[*anchor];
	shift = oracle_page_shift(e->v, e->r, &base);
	if (shift != oracle_page_shift(first->v, first->r, &base0) || base != base0 ||
	    (e->v ^ first->v) & V_SSIZE)
		return 0x98;
	if (block_of(ptex, e->v, base) != block_of((uint64_t)*anchor, first->v, base))
		return 0xa8;
	return 0x80;
}

/* All of them are judged before one goes: an entry named twice is locked the second time. */
void oracle_block_remove(struct oracle *o, const uint64_t args[9], struct oracle_answer *answer)
{
	int64_t anchor = -1;
	unsigned n = 0;

	memset(answer, 0, sizeof(*answer));
	answer->ret = HPTP_H_PARAMETER;
	while (n < 8 && args[1 + n] >> 62 != 3)
		if (args[1 + n++] >> 62 != 1)
			return;
	answer->ret = HPTP_H_SUCCESS;
	answer->n = 8;
	for (unsigned i = 0; i < 8; i++)
		answer->out[i] = args[1 + i];
	for (unsigned i = 0; i < n; i++) {
		uint64_t *ts = &answer->out[i], ptex = *ts & 0x00ffffffffffffffull;
		uint64_t status = block_one(o, *ts, args[0], &anchor), rc = 0;

		for (unsigned k = 0; k < i; k++)
			if (answer->out[k] >> 59 == 0x10 && !((answer->out[k] ^ *ts) << 8))
				status = 0xa0;
		if (status == 0x80) {
			rc = ((o->entry[ptex].r | o->entry[ptex].maybe) & (R_R | R_C)) << 50;
			answer->loose[i] = o->entry[ptex].unsure << 50;
		} else {
			answer->ret = HPTP_H_PARTIAL;
		}
		*ts = (status | (*ts >> 56 & 1)) << 56 | rc | ptex;
	}
	for (unsigned i = 0; i < n; i++)
		if (answer->out[i] >> 59 == 0x10)
			drop(o, (uint32_t)(answer->out[i] & 0x00ffffffffffffffull));
}

void oracle_protect(struct oracle *o, uint64_t flags, uint64_t ptex, uint64_t avpn,
		    struct oracle_answer *answer)
{
	const uint64_t bits = R_PP0 | R_KEY_HI | R_KEY_LO | R_N | R_PP;
	struct oracle_entry *e = &o->entry[ptex < o->n ? ptex : 0];

	if (!find(o, flags & HPTP_H_AVPN, ptex, avpn, answer))
		return;
	e->r = (e->r & ~bits) | (flags << 55 & R_PP0) | (flags << 48 & R_KEY_HI) |
	       (flags & (R_KEY_LO | R_N | R_PP));
}

void oracle_read(const struct oracle *o, uint64_t flags, uint64_t ptex,
		 struct oracle_answer *answer)
{
	unsigned n = 1;

	memset(answer, 0, sizeof(*answer));
	answer->ret = HPTP_H_PARAMETER;
	if (ptex >= o->n)
		return;
	answer->ret = HPTP_H_SUCCESS;
	if (flags & HPTP_H_READ_4) {
		ptex &= ~3ull;
		n = 4;
	}
	answer->n = 2 * n;
	for (unsigned i = 0; i < n; i++) {
		answer->out[2 * i] = o->entry[ptex + i].v;
		answer->out[2 * i + 1] = o->entry[ptex + i].r;
		answer->loose[2 * i + 1] = o->entry[ptex + i].maybe | o->entry[ptex + i].unsure;
	}
}

/*
 * H_CLEAR_MOD takes the translation away and so learns R and C. H_CLEAR_REF does not: what
 * a processor holds back may come after it.
 */
void oracle_clear(struct oracle *o, uint64_t bit, uint64_t ptex, struct oracle_answer *answer)
{
	struct oracle_entry *e = &o->entry[ptex < o->n ? ptex : 0];

	if (!find(o, 0, ptex, 0, answer))
		return;
	answer->n = 1;
	if (bit == R_C) {
		e->r |= e->maybe;
		e->maybe = e->late = 0;
	}
	answer->out[0] = e->r;
	answer->loose[0] = e->maybe | e->unsure;
	e->r &= ~bit;
	e->maybe &= ~bit;
	e->unsure = (e->unsure & ~bit) | (e->late & bit);
}

bool oracle_fits(const struct oracle_answer *answer, long ret, const uint64_t *out)
{
	if (answer->or_parameter && ret == HPTP_H_PARAMETER)
		return true;
	if (ret != answer->ret)
		return false;
	for (unsigned i = 0; i < answer->n; i++) {
		if ((out[i] ^ answer->out[i]) & ~answer->loose[i])
			return false;
	}
	return true;
}

/* ---- the table as a whole ---- */

void oracle_reset(struct oracle *o, uint64_t n)
{
	while (o->n_used)
		drop(o, o->used[o->n_used - 1]);
	o->n = n;
}

/*
 * The entry keeps its slot of the group, and of the group's number what the smaller table
 * has. The rest is the hash, from what of the address stands in AVPN: bits 23 and up.
 */
uint64_t oracle_place(const struct oracle *o, uint32_t idx, uint64_t n)
{
	const struct oracle_entry *e = &o->entry[idx];
	bool one_t = e->v & HPTP_SLB_B_1T;
	uint64_t va = (e->v & V_AVPN) >> 7, vsid = va >> (one_t ? 17 : 5), hash, group = idx >> 3;
	uint64_t off = (va & ((1ull << (one_t ? 17 : 5)) - 1)) << 23;
	unsigned base;

	oracle_page_shift(e->v, e->r, &base);
	hash = vsid ^ off >> base ^ (one_t ? vsid << 25 : 0);
	if (e->v & V_SECONDARY)
		hash = ~hash;
	if (n > o->n)
		group |= hash & (n / 8 - 1) & ~(o->n / 8 - 1);
	return (group & (n / 8 - 1)) * 8 + idx % 8;
}

bool oracle_meet(const struct oracle *o, uint64_t n)
{
	bool *taken = calloc(n, sizeof(*taken)), meet = false;

	if (!taken)
		abort();
	for (uint64_t k = 0; k < o->n_used; k++) {
		uint64_t place = oracle_place(o, o->used[k], n);

		if (!(o->entry[o->used[k]].v & V_BOLTED))
			continue;
		meet |= taken[place];
		taken[place] = true;
	}
	free(taken);
	return meet;
}

uint64_t oracle_moves(const struct oracle *o, uint64_t n, uint32_t *from)
{
	uint64_t kept = 0;

	for (uint64_t k = 0; k < o->n_used; k++) {
		uint32_t *at = &from[oracle_place(o, o->used[k], n)];

		kept += !*at;
		if (!*at || o->entry[o->used[k]].v & V_BOLTED)
			*at = o->used[k] + 1;
	}
	return kept;
}

void oracle_move(struct oracle *o, uint64_t n, const uint32_t *from)
{
	struct oracle_entry *entry = calloc(n, sizeof(*entry));

	if (!entry)
		abort();
	for (uint64_t i = 0; i < n; i++)
		if (from[i])
			entry[i] = o->entry[from[i] - 1];
	oracle_reset(o, n);
	for (uint32_t i = 0; i < n; i++) {
		if (!from[i])
			continue;
		take(o, i, entry[i].v, entry[i].r);
		o->entry[i] = entry[i];
	}
	free(entry);
}

void oracle_written(struct oracle *o, uint32_t idx, uint64_t v, uint64_t r)
{
	if (o->entry[idx].v)
		drop(o, idx);
	if (v)
		take(o, idx, (v & ~V_HYPERVISOR) | V_VALID, r & ~R_RESERVED);
}

/* The VRMA: guest real 0 upwards, one bolted entry per page, in slot 7 of its PTEG. */
int oracle_vrma(struct oracle *o, unsigned shift, uint64_t bytes)
{
	const uint64_t hash = HPTP_VRMA_VSID ^ HPTP_VRMA_VSID << 25;
	struct oracle_host host;
	uint64_t pages;

	if (!(bytes >> shift))
		return HPTP_E_PARAM;
	if (!o->host(o->host_arg, 0, 1, &host))
		return HPTP_E_NOENT;
	pages = host.slot_n << o->frame_shift >> shift;
	if (pages > bytes >> shift)
		pages = bytes >> shift;
	if (pages > 1ull << (40 - shift))
		pages = 1ull << (40 - shift);
	if (pages > o->n / 8)
		pages = o->n / 8;
	for (uint64_t i = 0; i < pages; i++) {
		uint64_t va = HPTP_VRMA_VSID << 24 | i << shift >> 16; /* without its low 16 bits */
		uint64_t idx = ((hash ^ i) & (o->n / 8 - 1)) * 8 + 7;
		uint64_t v = HPTP_SLB_B_1T | (va & ~0x7full) | V_BOLTED | V_VALID;
		uint64_t r = i << shift | R_R | R_C | R_M;

		if (o->entry[idx].v)
			return HPTP_E_PTEG_FULL;
		take(o, (uint32_t)idx, shift > 12 ? v | V_LARGE : v, shift == 16 ? r | 0x1000 : r);
	}
	return 0;
}
