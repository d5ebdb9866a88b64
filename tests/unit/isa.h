/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The hash translation as the Power ISA defines it, written from its definitions and
 * from virtual addresses upwards; it shares no code with the library, whose answers the
 * tests compare with it. It is slow and plain on purpose.
 */
#ifndef TEST_ISA_H
#define TEST_ISA_H

#include <stdbool.h>
#include <stdint.h>

/* Both doublewords of an entry, in the ISA 2.07 format. */
struct isa_pte {
	uint64_t v, r;
};

#define ISA_V 0x1ull
#define ISA_H 0x2ull
#define ISA_L 0x4ull
#define ISA_RC 0x180ull

/* Entry idx of a table in memory, big-endian bytes, whatever this machine is. */
struct isa_pte isa_pte_load(const void *table, uint64_t idx, bool isa3);
struct isa_pte isa_pte_from_3_0(struct isa_pte pte);
struct isa_pte isa_pte_to_3_0(struct isa_pte pte);

/* log2 of base and actual page size of an entry; false: no such encoding. */
bool isa_page_size(uint64_t v, uint64_t r, unsigned *base, unsigned *actual);
/* The LP byte of a pair of sizes, with the bits that belong to the page number 0. */
unsigned isa_lp(unsigned base, unsigned actual);

/* A virtual page: segment and offset in it. */
struct isa_va {
	uint64_t vsid;
	uint64_t off;
	bool seg_1t;
	unsigned base; /* log2 of the segment's base page size */
};

/* What an SLB VSID word and an effective address select; false: no such page size. */
bool isa_va_of(uint64_t slb_v, uint64_t ea, struct isa_va *va);
/* The SLB VSID word (no key, no N) of a segment. */
uint64_t isa_slb_of(const struct isa_va *va);
/* B and AVPN of dword 0. */
uint64_t isa_avpn(const struct isa_va *va);
/* PTEG of a table of 2^order bytes. */
uint64_t isa_pteg(const struct isa_va *va, unsigned order, bool secondary);
/* RB of tlbie for a page of actual size 2^actual, whose dword 1 is r. */
uint64_t isa_rb(const struct isa_va *va, unsigned actual, uint64_t r);

/*
 * The virtual page that a walk could reach entry idx by, searched by trying every one
 * that has its AVPN; false: it stands in no PTEG of its own hash, hardware never uses it.
 */
bool isa_reach(struct isa_pte pte, uint64_t idx, unsigned order, struct isa_va *va);

/* Is it a valid entry for the page? Its V counts, not where it lies. */
bool isa_translates(struct isa_pte pte, const struct isa_va *va, bool secondary);

/* Walk the table as hardware does: the first valid entry that translates, or -1. */
int64_t isa_walk(const void *table, unsigned order, bool isa3, uint64_t slb_v, uint64_t ea);

/* Protection: PP of dword 1 under the segment's key, and storage keys under AMR. */
bool isa_pp_allows(uint64_t r, bool key, bool store);
bool isa_amr_allows(uint64_t r, uint64_t amr, bool store);
unsigned isa_key(uint64_t r);

#endif
