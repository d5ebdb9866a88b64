/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/**
 * @file reset.h
 * A VM's table emptied, made in another size, or taken away.
 */
#ifndef HPTPAGER_RESET_H
#define HPTPAGER_RESET_H

#include "hptpager/vm.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Empty the table, as at a reboot of the guest. With its own order it keeps its memory
 * and can not fail for want of it; with another a new one is allocated before anything
 * is touched, and the old one freed last; with 0 it is taken away. Where both do not fit
 * into memory at once, reset to 0 first.
 *
 * What hardware had noted of R and C goes to the slots' history and dirty logs. Page-out,
 * aging and harvest may run meanwhile: they find the old table, none, or the new one. A
 * resize that was prepared is given up. All translations of the partition are flushed
 * (ops->tlb_flush with `all`). Afterwards the VM is not ready (ready.h): point the MMU
 * at the table (hptp_vm_table()), map the VRMA, and only then let a vCPU in.
 *
 * @param vm     the VM
 * @param order  HPTP_MIN_ORDER..HPTP_MAX_ORDER, or 0
 * @return 0; HPTP_E_PARAM; HPTP_E_BUSY when a vCPU runs (ready.h); HPTP_E_NOMEM or what
 *         table_alloc said. On failure all is as it was, readiness too
 * @context T, Q; resets, resizes, stops and VRMA maps of one VM are serialised by the caller
 * @locks   none, no read section
 * @order   two grace periods; on return nobody uses the old table
 */
HPTP_MUST_CHECK int hptp_vm_reset(struct hptp_vm *vm, unsigned order);

/**
 * The page size for hptp_vrma_map() that suits a host mapping: the largest of 4 KiB,
 * 64 KiB and 16 MiB that is not larger.
 * @param host_shift  log2 of the size of the host's mapping of guest real 0, from 12
 * @return 12, 16 or 24; 0 for a mapping below 4 KiB
 * @context any
 * @locks   none
 * @order   none
 */
unsigned hptp_vrma_page_shift(unsigned host_shift);

#ifdef __cplusplus
}
#endif
#endif
