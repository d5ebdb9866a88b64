// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Hypercalls as a hypervisor makes them: the atomic half, and the task half when the
 * first says so. The answer TOO_HARD never reaches the guest.
 */
#include "impl.h"

#include <sched.h>

enum { ATTEMPTS = 1000000 };

static long answer(struct machine_vcpu *vcpu, long first, uint64_t *out)
{
	machine_assert(first != HPTP_H_AGAIN, "the atomic half of a hypercall says AGAIN");
	if (first != HPTP_H_TOO_HARD)
		return first;
	first = machine_in_t(hptp_hcall_task(vcpu->handle, out));
	machine_assert(first != HPTP_H_TOO_HARD, "the task half of a hypercall says TOO_HARD");
	return first;
}

/* The guest executes it again while the host has no frame for it. */
#define until_done(vcpu, call, out)                                                                \
	__extension__({                                                                            \
		long answer_ = HPTP_H_AGAIN;                                                       \
		for (unsigned i_ = 0; answer_ == HPTP_H_AGAIN && i_ < ATTEMPTS; i_++) {            \
			if (i_)                                                                    \
				sched_yield();                                                     \
			answer_ = answer(vcpu, machine_in_a(call), out);                           \
		}                                                                                  \
		machine_assert(answer_ != HPTP_H_AGAIN, "a hypercall is repeated for ever");       \
		answer_;                                                                           \
	})

long machine_h_enter(struct machine_vcpu *vcpu, uint64_t flags, uint64_t ptex, uint64_t pteh,
		     uint64_t ptel, uint64_t *out)
{
	return until_done(vcpu, hptp_h_enter(vcpu->handle, flags, ptex, pteh, ptel, out), out);
}

long machine_h_remove(struct machine_vcpu *vcpu, uint64_t flags, uint64_t ptex, uint64_t avpn,
		      uint64_t out[2])
{
	return answer(vcpu, machine_in_a(hptp_h_remove(vcpu->handle, flags, ptex, avpn, out)), out);
}

long machine_h_bulk_remove(struct machine_vcpu *vcpu, uint64_t args[8])
{
	return answer(vcpu, machine_in_a(hptp_h_bulk_remove(vcpu->handle, args)), args);
}

long machine_h_block_remove(struct machine_vcpu *vcpu, uint64_t args[9])
{
	return answer(vcpu, machine_in_a(hptp_h_block_remove(vcpu->handle, args)), args);
}

long machine_h_protect(struct machine_vcpu *vcpu, uint64_t flags, uint64_t ptex, uint64_t avpn)
{
	return answer(vcpu, machine_in_a(hptp_h_protect(vcpu->handle, flags, ptex, avpn)), NULL);
}

long machine_h_read(struct machine_vcpu *vcpu, uint64_t flags, uint64_t ptex, uint64_t out[8])
{
	return answer(vcpu, machine_in_a(hptp_h_read(vcpu->handle, flags, ptex, out)), out);
}

long machine_h_clear_ref(struct machine_vcpu *vcpu, uint64_t flags, uint64_t ptex, uint64_t *out)
{
	return answer(vcpu, machine_in_a(hptp_h_clear_ref(vcpu->handle, flags, ptex, out)), out);
}

long machine_h_clear_mod(struct machine_vcpu *vcpu, uint64_t flags, uint64_t ptex, uint64_t *out)
{
	return answer(vcpu, machine_in_a(hptp_h_clear_mod(vcpu->handle, flags, ptex, out)), out);
}

long machine_h_page_init(struct machine_vcpu *vcpu, uint64_t flags, uint64_t dest, uint64_t src)
{
	return until_done(vcpu, hptp_h_page_init(vcpu->handle, flags, dest, src), NULL);
}
