/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What the hypervisor's time goes into, in instructions completed (PMC5). At each moment a
 * CPU's instructions are charged to one account.
 */
#ifndef METAL_METER_H
#define METAL_METER_H

#include "cpu.h"

/* Count from now on, on this CPU. */
void meter_start(void);

/* Charge what follows to another account; the one that was charged until now. */
enum account meter(enum account to);

/* The sum over all CPUs. */
uint64_t meter_total(enum account account);

#endif
