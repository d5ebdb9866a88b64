/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The flat device tree that the machine hands over at reset. */
#ifndef METAL_FDT_H
#define METAL_FDT_H

#include <stdint.h>

/* Number of CPU nodes: cores, which is threads where each core has one. */
unsigned fdt_cpus(const void *fdt);

#endif
