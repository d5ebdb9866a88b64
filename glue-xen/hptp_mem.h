/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory of the glue and the library: zeroed, from a page's size on aligned to its size, else
 * to 64 bytes. From Xen's heap, or while Xen's PowerPC port has none, from a static arena.
 */
#ifndef HPTP_MEM_H
#define HPTP_MEM_H

#include <xen/types.h>

void *hptp_xen_alloc(size_t size);
void hptp_xen_free(void *mem, size_t size);

/* Bytes that are allocated. */
size_t hptp_xen_in_use(void);

#endif
