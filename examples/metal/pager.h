/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Host frames, the store behind them, and the callbacks that the library asks for. */
#ifndef METAL_PAGER_H
#define METAL_PAGER_H

#include "vm.h"

#define MAX_FRAMES 1024
#define POISON 0xde

extern const struct hptp_ops pager_ops;

/* Give the pager n frames, all free; whatever it had is forgotten. */
void pager_init(unsigned n);

/* Page a page out. False: it is not in, or held, or the library refused. */
bool pager_evict(struct vm *vm, uint64_t page, struct hptp_unmapped *result);

/* Page every page out that is in. */
void pager_evict_all(struct vm *vm);

/* Page the coldest page out. */
bool pager_evict_one(struct vm *vm);

/*
 * A rare race, made common: while vm->hunting, host_lookup names its page to this loop on
 * another CPU, which pages it out before the library can use what it was told.
 */
void pager_hunt(struct vm *vm);

/* Copy into guest memory, as a loader does, and out of it. */
int pager_write(struct vm *vm, uint64_t gpa, const void *from, uint64_t bytes);
int pager_read(struct vm *vm, uint64_t gpa, void *to, uint64_t bytes);

#endif
