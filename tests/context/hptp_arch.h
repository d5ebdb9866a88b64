/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The generic machine, whose HPTE locks are taken where the contract allows it, or fail. */
#ifndef CONTEXT_HPTP_ARCH_H
#define CONTEXT_HPTP_ARCH_H

#define hptp_dw_trylock context_dw_trylock
#include "../../libhptpager/arch/generic/hptp_arch.h"
#undef hptp_dw_trylock

/* In an atomic section: nobody preempts who holds the lock that another spins for. */
void context_must_be_atomic(const char *what);

static inline bool hptp_dw_trylock(hptp_be64 *p, uint64_t clear, uint64_t set, uint64_t *seen)
{
	context_must_be_atomic("an HPTE lock is tried outside of an atomic section");
	return context_dw_trylock(p, clear, set, seen);
}

#endif
