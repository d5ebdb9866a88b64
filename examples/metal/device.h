/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The guest's only device, emulated access by access. */
#ifndef METAL_DEVICE_H
#define METAL_DEVICE_H

#include "vm.h"

/* Do the access of vcpu->fault (HPTP_MMIO) and step over it. False: it can not be done. */
bool device_access(struct vcpu *vcpu);

#endif
