/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Console and power switch of the powernv machines. */
#ifndef METAL_CONSOLE_H
#define METAL_CONSOLE_H

#include <stdbool.h>
#include <stdint.h>

void console_init(void);
void console_putc(char c);

/* Just enough of printf: %s, %d (int64_t), %x (uint64_t), %%. */
void print(const char *format, ...);

/* Switch the machine off. Where the emulator can, its exit status says whether it failed. */
_Noreturn void power_off(bool failed);

#endif
