/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/**
 * @file userspace.h
 * Ready-made memory callbacks for hosts that are ordinary processes. They come with the
 * userspace port; put them into struct hptp_ops as they are. The `host` argument is not
 * used. Memory is jemalloc's, or with the build option HPTP_PLAIN_ALLOC the C library's,
 * which is what sanitizers watch.
 */
#ifndef HPTPAGER_USERSPACE_H
#define HPTPAGER_USERSPACE_H

#include "hptpager/error.h"
#include "hptpager/ops.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * hptp_ops.table_alloc: zeroed memory, aligned to its size. There is no real mode in a
 * process: mem->real is the address itself.
 * @param host   not used
 * @param order  log2 of the size
 * @param[out] mem  where it lies
 * @return 0, HPTP_E_NOMEM
 * @context T
 * @locks   none
 * @order   none
 */
HPTP_MUST_CHECK int hptp_userspace_table_alloc(void *host, unsigned order,
					       struct hptp_table_mem *mem);

/**
 * hptp_ops.table_free.
 * @param host   not used
 * @param order  as at allocation
 * @param mem    from hptp_userspace_table_alloc()
 * @context T, Q
 * @locks   none
 * @order   none
 */
void hptp_userspace_table_free(void *host, unsigned order, struct hptp_table_mem *mem);

/**
 * hptp_ops.mem_alloc: zeroed memory, aligned to 64.
 * @param host  not used
 * @param size  bytes, at least 1
 * @return the memory or NULL
 * @context T
 * @locks   none
 * @order   none
 */
HPTP_MUST_CHECK void *hptp_userspace_mem_alloc(void *host, size_t size);

/**
 * hptp_ops.mem_free.
 * @param host  not used
 * @param mem   from hptp_userspace_mem_alloc()
 * @param size  as at allocation
 * @context T
 * @locks   none
 * @order   none
 */
void hptp_userspace_mem_free(void *host, void *mem, size_t size);

#ifdef __cplusplus
}
#endif
#endif
