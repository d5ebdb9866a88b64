/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The MMU: the table that it walks for a guest, and taking translations back. */
#ifndef METAL_PARTITION_H
#define METAL_PARTITION_H

#include "vm.h"

/* How this processor wants valid entries: enum hptp_format. */
uint8_t partition_format(void);

/* Describe the guest to the MMU: table and VRMA. Nothing of its LPID is cached on return. */
void partition_create(struct vm *vm);

/* This CPU's MMU translates for the guest from now on. */
void partition_enter(const struct vm *vm);

/* When the hypervisor decrementer takes the CPU back next. */
void partition_set_tick(void);

/* hptp_ops.tlb_flush; `host` is the struct vm. */
void partition_flush(void *host, const struct hptp_flush *flush);

/* The SLB VSID word that translates `ea` for the guest whose segments the CPU holds; 0: none. */
uint64_t partition_segment_of(const struct vm *vm, uint64_t ea, bool translated);

#endif
