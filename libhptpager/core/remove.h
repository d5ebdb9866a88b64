/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The end of an entry, for the calls that remove, and for who puts another in its place. */
#ifndef HPTP_REMOVE_H
#define HPTP_REMOVE_H

#include "vm.h"

/*
 * Free a locked entry whose translations are flushed: its last R and C go where they
 * belong. Returns the guest's dword 1.
 */
uint64_t hptp_retire(struct hptp_vm *vm, const struct hptp_locked *l);

/*
 * Flush a locked entry that is not free if it is valid, hand its R and C on and take it
 * out of its set. It stays locked. Returns the guest's dword 1.
 */
uint64_t hptp_take_out(struct hptp_vm *vm, struct hptp_vcpu *vcpu, struct hptp_locked *l);

#endif
