/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
#ifndef BENCH_SERIAL_H
#define BENCH_SERIAL_H

void run_serial(void);
void run_hot(void); /* one frame that 32768 entries map */

#endif
