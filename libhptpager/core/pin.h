/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Pinned mode: guest pages are held in memory from their first map to their slot's end. */
#ifndef HPTP_PIN_H
#define HPTP_PIN_H

#include "slot.h"

int hptp_pin_init(struct hptp_slot *slot);

/* What a page of this size is pinned to; false: it is not yet. In a read section. */
bool hptp_pin_find(struct hptp_slot *slot, uint64_t off, unsigned shift,
		   struct hptp_host_page *page);

/* Pin the page of this size at a frame. Task context. False: it can not be pinned. */
bool hptp_pin(struct hptp_vm *vm, uint64_t gfn, unsigned shift);

/* Undo all pins of a slot that nobody can find any more. */
void hptp_unpin_all(struct hptp_slot *slot);

#endif
