/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Which guest pages have a frame: page-out, page-in, and the callbacks of the library. */
#ifndef METAL_PAGER_H
#define METAL_PAGER_H

#include "vm.h"

extern const struct hptp_ops pager_ops;

/* Guests compete for the frames. Before its slot goes a guest is removed: the clock passes
 * by; afterwards its pages are freed. */
void pager_add(struct vm *vm);
void pager_remove(struct vm *vm);
void pager_free(struct vm *vm);

/* Page a page out. False: it is not in, or held, or there is no room for it. */
bool pager_evict(struct vm *vm, uint64_t page, struct hptp_unmapped *result);

/* Page every page of the guest out that is in. */
void pager_evict_all(struct vm *vm);

/* Page a few of the coldest pages out, whosever they are. */
void pager_reclaim(void);

/* Copy into guest memory, as a loader does, and out of it. */
int pager_write(struct vm *vm, uint64_t gpa, const void *from, uint64_t bytes);
int pager_read(struct vm *vm, uint64_t gpa, void *to, uint64_t bytes);

#endif
