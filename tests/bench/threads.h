/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
#ifndef BENCH_THREADS_H
#define BENCH_THREADS_H

/* H_ENTER by one thread, then by setup.threads: on frames of their own, on shared ones. */
void run_threads(void);
/* A vCPU that faults, removes and enters, while another thread unmaps frames at a pace. */
void run_mixed(void);

#endif
