/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What a hot path tells the compiler. */
#ifndef HPTP_COMPILER_H
#define HPTP_COMPILER_H

/* For its parts: what they are given then stays in registers. */
#define hptp_inline inline __attribute__((__always_inline__))

/* For what is beside it, and would take registers from it. */
#define hptp_apart __attribute__((__noinline__))

/* For what is rare: the branch to a call of it too. */
#define hptp_cold __attribute__((__noinline__, __cold__))

/* Which way a branch nearly always goes. */
#define hptp_likely(x) __builtin_expect(!!(x), 1)
#define hptp_unlikely(x) __builtin_expect(!!(x), 0)

#endif
