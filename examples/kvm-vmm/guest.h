/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What the parts of the guest share. */
#ifndef VMM_GUEST_H
#define VMM_GUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol.h"

/* r3 to r11 from args and back. */
long hcall(uint64_t args[9]);
void data_translation(bool on);
void slb_insert(uint64_t vsid_word, uint64_t esid_word);
/* One load or store through the table; false: it trapped. */
bool touch(uint64_t ea, uint64_t value, bool store);

#define H_REMOVE 0x04
#define H_ENTER 0x08
#define H_READ 0x0c
#define H_CLEAR_MOD 0x10
#define H_CLEAR_REF 0x14
#define H_PROTECT 0x18
#define H_BULK_REMOVE 0x124
#define H_PAGE_INIT 0x2c
#define H_BLOCK_REMOVE 0x328
#define H_EXACT (1ull << 39)
#define H_AVPN (1ull << 31)
#define H_ANDCOND (1ull << 30)
#define H_ZERO_PAGE (1ull << 15)
#define H_COPY_PAGE (1ull << 14)

/* vsid of a 256 MiB segment: any number that differs */
#define VSID(ea) (0x1230 + ((ea) >> 28 & 0xff))
#define VRMA 0x4001ffffff000000ull /* a segment of 1 TiB from 0 */
#define SLB_VALID 0x08000000ull
#define SLB_64K 0x110ull
#define SLB_16M 0x100ull
#define HPTE_LARGE 4ull
#define HPTE_SECONDARY 2ull
#define HPTE_BOLTED 0x10ull /* stays when the table is resized */
#define HPTE_VALID 1ull
#define HPTE_M 0x10ull

extern uint64_t groups_mask; /* number of PTEGs - 1 */

/* dword 0 of the entry of an address, without V and H, and the group it hashes to */
uint64_t hpte_v(uint64_t ea, unsigned shift, uint64_t *group);

/* Hypercalls and accesses with whatever comes; how many succeeded. */
uint64_t hostile(uint64_t cpu, uint64_t seed, uint64_t rounds, uint64_t flags);

#endif
