/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The list of a VM's vCPUs. */
#ifndef HPTP_VCPU_H
#define HPTP_VCPU_H

#include "vm.h"

/* Short and never held across a call out of the library. */
void hptp_vcpus_lock(struct hptp_vm *vm);
void hptp_vcpus_unlock(struct hptp_vm *vm);

#endif
