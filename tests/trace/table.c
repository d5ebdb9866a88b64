// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * After every step the whole table is compared with what the trace expects: the guest's
 * view exactly, the hardware's view as far as an implementation has no choice. Beside
 * that, every translation that ended or lost a right must have been flushed.
 */
#include "isa.h"
#include "replay.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SOFT_BITS 0x60ull /* lock and absent */
#define PP0 (1ull << 63)

static void expect_words(const struct words *line, unsigned n)
{
	if (line->n != n)
		mismatch("line `%s` has %u words, not %u", line->line, line->n, n);
}

void table_expect(struct replay *rp, const struct words *line)
{
	uint64_t idx = arg_hex(line, 1);
	char state = line->w[2][0];
	uint64_t must_rc;
	struct expected *e;
	unsigned alt;

	if (idx >= rp->n)
		mismatch("line `%s`: no such entry", line->line);
	e = &rp->expected[idx];
	must_rc = e->must_rc;
	memset(e, 0, sizeof(*e));
	e->state = state;
	if (state == 'F') {
		expect_words(line, 3);
		return;
	}
	e->v = arg_hex(line, 3);
	e->guest = arg_hex(line, 4);
	if (state == 'M') {
		expect_words(line, 5);
		return;
	}
	alt = state == 'V' ? 6 : 5;
	expect_words(line, alt + 1);
	if (state == 'V') {
		e->real = arg_hex(line, 5);
		e->must_rc = must_rc;
	}
	e->has_alt = strcmp(line->w[alt], "-");
	if (e->has_alt)
		e->alt = arg_hex(line, alt);
}

void table_note_touch(struct replay *rp, uint64_t idx, uint64_t rc)
{
	if (rp->expected[idx].state == 'V')
		rp->expected[idx].must_rc |= rc;
}

static const char *state_name(char state)
{
	return state == 'F' ? "free" : state == 'M' ? "MMIO" : state == 'A' ? "absent" : "valid";
}

static _Noreturn void entry_mismatch(const struct replay *rp, uint64_t idx,
				     const struct hptp_entry *found)
{
	static const char *const names[] = { "free", "valid", "absent", "orphan" };
	const struct expected *e = &rp->expected[idx];
	char alt[24] = "-";

	if (e->has_alt)
		snprintf(alt, sizeof(alt), "%" PRIx64, e->alt);
	mismatch("entry %" PRIx64 "\n  expected: %s dword0 %" PRIx64 " guest %" PRIx64
		 " real %" PRIx64 " (R, C needed: %" PRIx64 ") or %s\n"
		 "  found:    %s dword0 %" PRIx64 " guest %" PRIx64 " real %" PRIx64,
		 idx, state_name(e->state), e->v, e->guest, e->real, e->must_rc, alt,
		 names[found->state], found->v, found->guest, found->real);
}

bool table_pp_writable(uint64_t r)
{
	unsigned pp = (unsigned)(r & 3);

	return r & PP0 ? pp != 2 : pp != 3;
}

static uint64_t read_only(uint64_t r)
{
	return (r & PP0) || !(r & 3) ? (r & ~3ull) | PP0 | 2 : r | 3;
}

/* What hardware may see of the entry now. */
static bool real_fits(const struct expected *e, bool valid, uint64_t real)
{
	uint64_t r = real & ~ISA_RC;

	if (e->state == 'V')
		return valid && (real & e->must_rc) == e->must_rc &&
		       (r == (e->real & ~ISA_RC) || (e->has_alt && r == e->alt));
	if (e->state == 'A' && e->has_alt && valid)
		return r == e->alt || r == read_only(e->alt);
	return !valid;
}

static void compare_entry(struct replay *rp, const struct hptp_entry *found)
{
	struct expected *e = &rp->expected[found->idx.n];
	struct isa_pte raw = isa_pte_load(rp->host.table, found->idx.n, rp->isa3);
	bool valid = raw.v & ISA_V;
	bool fits;

	e->must_rc &= e->real; /* aging, harvest and the guest take R and C away */
	fits = e->v == found->v && e->guest == found->guest &&
	       (e->state == 'F') == (found->state == HPTP_FREE) && real_fits(e, valid, raw.r);

	/* what the library says of itself is what lies in memory */
	if (valid != (found->state == HPTP_VALID) ||
	    (valid && (found->real != raw.r || (raw.v & ~SOFT_BITS) != found->v)) || (raw.v & 0x40))
		mismatch("entry %x: the iterator says real %" PRIx64 ", memory has %" PRIx64
			 " %" PRIx64,
			 found->idx.n, found->real, raw.v, raw.r);
	if (!fits)
		entry_mismatch(rp, found->idx.n, found);
	if (valid && e->state != 'V')
		rp->entries_ahead++;
	rp->comparisons++;
}

static bool was_flushed(const struct host *host, uint64_t rb)
{
	for (unsigned i = 0; i < host->n_operands; i++)
		if (host->operand[i] == rb)
			return true;
	return host->flushed_all;
}

/* Did the entry change in a way that a TLB must be told? */
static bool needs_flush(const struct cached *old, struct isa_pte now)
{
	if (!old->reachable)
		return false;
	return !(now.v & ISA_V) || ((old->v ^ now.v) & ~(SOFT_BITS | 0x18)) ||
	       ((old->r ^ now.r) & ~ISA_RC) || (old->r & ~now.r & ISA_RC);
}

static void check_flush(struct replay *rp, uint64_t idx)
{
	struct cached *c = &rp->cached[idx];
	struct isa_pte now = isa_pte_load(rp->host.table, idx, rp->isa3);
	unsigned base, actual;
	struct isa_va va;

	if (now.v == c->v && now.r == c->r)
		return;
	if (needs_flush(c, now)) {
		rp->comparisons++;
		if (!was_flushed(&rp->host, c->rb))
			mismatch("entry %" PRIx64 " changed from %" PRIx64 " %" PRIx64
				 " to %" PRIx64 " %" PRIx64 " without tlbie %" PRIx64,
				 idx, c->v, c->r, now.v, now.r, c->rb);
	}
	*c = (struct cached){ .v = now.v, .r = now.r };
	if ((now.v & ISA_V) && isa_reach(now, idx, rp->order, &va)) {
		isa_page_size(now.v, now.r, &base, &actual);
		c->reachable = true;
		c->rb = isa_rb(&va, actual, now.r);
	}
}

void table_compare(struct replay *rp)
{
	struct hptp_entry found;
	uint64_t next = 0;

	for (uint64_t i = 0; i < rp->n; i++)
		check_flush(rp, i);
	while (next < rp->n) {
		if (!hptp_entry_next(rp->vm, next, &found))
			found = (struct hptp_entry){ .idx.n = (uint32_t)rp->n };
		for (; next < found.idx.n; next++)
			if (rp->expected[next].state != 'F')
				entry_mismatch(rp, next,
					       &(struct hptp_entry){ .idx.n = (uint32_t)next });
		if (next < rp->n)
			compare_entry(rp, &found);
		next++;
	}
}

static uint64_t fnv1a(const char *text)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 0x100000001b3;
	return hash;
}

void table_compare_digest(struct replay *rp, const char *digest)
{
	struct hptp_entry e;
	uint64_t sum = 0, want, next = 0;
	char text[64];

	while (next < rp->n && hptp_entry_next(rp->vm, next, &e)) {
		snprintf(text, sizeof(text), "%x %" PRIx64 " %" PRIx64, e.idx.n, e.v, e.guest);
		sum ^= fnv1a(text);
		next = (uint64_t)e.idx.n + 1;
	}
	if (!word_hex(digest, &want) || want != sum)
		mismatch("digest of the guest's view\n  expected: %s\n  found:    %016" PRIx64,
			 digest, sum);
	rp->comparisons++;
}

/* The l lines must name every entry that is not free, in order, as expected till now. */
void table_compare_list(struct replay *rp, const struct words *line, uint64_t *next)
{
	uint64_t idx = arg_hex(line, 1);
	struct expected before;

	if (idx >= rp->n || idx < *next)
		mismatch("line `%s` is out of order", line->line);
	for (; *next < idx; ++*next)
		if (rp->expected[*next].state != 'F')
			mismatch("the list lacks entry %" PRIx64, *next);
	before = rp->expected[idx];
	table_expect(rp, line);
	if (memcmp(&before, &rp->expected[idx], sizeof(before)))
		mismatch("line `%s` differs from the s lines before it", line->line);
	rp->comparisons++;
	++*next;
}
