/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What world.c needs of host.c and the other way round. */
#ifndef RACE_HOST_H
#define RACE_HOST_H

#include <stdbool.h>
#include <stdint.h>

void host_start(void);
/* Ends the VM: what it was given must have come back. */
void host_stop(void);

/* R and C into dword 1 of page p's entry, as hardware stores them. */
void hardware_write_back(unsigned p, uint64_t rc);

#endif
