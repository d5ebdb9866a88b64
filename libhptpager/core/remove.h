/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The end of an entry, for the calls that remove. */
#ifndef HPTP_REMOVE_H
#define HPTP_REMOVE_H

#include "vm.h"

/*
 * Free a locked entry whose translations are flushed: its last R and C go where they
 * belong. Returns the guest's dword 1.
 */
uint64_t hptp_retire(struct hptp_vm *vm, const struct hptp_locked *l);

#endif
