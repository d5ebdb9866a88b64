/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A rare race, made common: while a hunt is on, host_lookup names its page to another CPU,
 * which pages it out before the library can use what it was told.
 */
#ifndef METAL_HUNT_H
#define METAL_HUNT_H

#include "vm.h"

/* From host_lookup: this is the page. Waits a while for it to be gone. */
void hunt_offer(struct vm *vm, uint64_t page);

/* Another CPU has to serve it. */
void hunt_begin(void);
void hunt_end(void);

/* From the other CPUs, between turns: take what was offered. */
void hunt_serve(void);

#endif
