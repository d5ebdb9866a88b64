/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Guest memory that the hypervisor fills: H_PAGE_INIT, and H_ENTER's zero flag. */
#ifndef HPTP_PAGE_INIT_H
#define HPTP_PAGE_INIT_H

#include "vm.h"

/*
 * Zero a page of at most 64K in task context. SUCCESS; PARAMETER: it is no memory, or the
 * guest may not write it, and nothing was changed; AGAIN.
 */
long hptp_zero_page(struct hptp_vm *vm, uint64_t gpa, unsigned shift);
long hptp_page_init_task(struct hptp_vcpu *vcpu);

#endif
