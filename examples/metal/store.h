/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Where pages are while they are out: compressed, in the hypervisor's heap. */
#ifndef METAL_STORE_H
#define METAL_STORE_H

#include "vm.h"

/* Keep a copy of the frame for the page, instead of what it had. False: no memory, and what
 * it had is what it has. */
bool store_put(struct page *page, const void *frame);

/* Fill the frame with the page's contents. */
void store_get(const struct page *page, void *frame);

void store_forget(struct page *page);

#endif
