/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Reading entries without their lock, and finding the one that translates an address. */
#ifndef HPTP_FIND_H
#define HPTP_FIND_H

#include "table.h"

struct hptp_vm;
struct hptp_shard;

/* An entry read without its lock; consistent in itself. */
struct hptp_peek {
	uint64_t idx;
	uint64_t v; /* old format, no lock bit */
	uint64_t r; /* dword 1 as it lies there; old format if valid */
	uint64_t g; /* guest's dword 1, without R and C pending in r */
};

/* False: it kept changing. */
bool hptp_peek(struct hptp_vm *vm, uint64_t idx, struct hptp_peek *p);

/*
 * Is what was read of an absent entry so? The entry may have been removed and made again
 * with the same dword 0 meanwhile: its dword 1 of between, 0, then looks like that of an
 * absent one, whose view is nobody's. Asked before the guest is told; takes the lock.
 */
bool hptp_confirm(struct hptp_vm *vm, const struct hptp_peek *p, struct hptp_shard *count);

enum hptp_found { HPTP_FOUND, HPTP_NOT_FOUND, HPTP_LOOK_AGAIN };

/* The entry that translates (slb_v, ea), valid, or absent too if asked. */
enum hptp_found hptp_find(struct hptp_vm *vm, uint64_t slb_v, uint64_t ea, bool absent_too,
			  struct hptp_peek *p);

#endif
