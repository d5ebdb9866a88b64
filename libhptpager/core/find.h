/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Reading entries without their lock, and finding the one that translates an address. */
#ifndef HPTP_FIND_H
#define HPTP_FIND_H

#include "table.h"

struct hptp_vm;

/* An entry read without its lock; consistent in itself. */
struct hptp_peek {
	uint64_t idx;
	uint64_t v; /* old format, no lock bit */
	uint64_t r; /* dword 1 as it lies there; old format if valid */
	uint64_t g; /* guest's dword 1, without R and C pending in r */
};

/* False: it kept changing. */
bool hptp_peek(struct hptp_vm *vm, uint64_t idx, struct hptp_peek *p);

enum hptp_found { HPTP_FOUND, HPTP_NOT_FOUND, HPTP_LOOK_AGAIN };

/* The entry that translates (slb_v, ea), valid, or absent too if asked. */
enum hptp_found hptp_find(struct hptp_vm *vm, uint64_t slb_v, uint64_t ea, bool absent_too,
			  struct hptp_peek *p);

#endif
