/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Port template for hypervisors that call the library with translation off, where neither
 * a module's code nor a pointer outside the linear map is good. It is port/freestanding
 * with two parts filled in otherwise: memory is reached at its real address, and each
 * callback is a function of a fixed name, bound at link time. Compile with
 * -fno-jump-tables and without floating point or vector registers; tests/realmode/check
 * shows that nothing else gets in.
 *
 * Hypercalls, hptp_fault() and what they call are for real mode; pointers that are given to
 * them (vCPU, fault, results) are as the current mode reaches them.
 */
#ifndef HPTP_PORT_REALMODE_H
#define HPTP_PORT_REALMODE_H

#include "../freestanding/hptp_port.h"

#undef hptp_port_reach
#undef hptp_op
#undef hptp_op_given

/* The linear map: the real address, and high bits that tell the map. */
#define HPTP_REAL_ADDRESS 0x0fffffffffffffffull
#define hptp_port_reach(p) ((__typeof__(p))((uintptr_t)(p)&HPTP_REAL_ADDRESS))

/* Callback `x` is the function hptp_bound_x. The table in hptp_config names the same ones. */
#define HPTP_OP(kind, ret, name, args) ret hptp_bound_##name args;
#include "hptpager/op_list.h"
#undef HPTP_OP

#define hptp_op(vm, name, ...) hptp_bound_##name((vm)->host, ##__VA_ARGS__)

/* Which of the optional ones there are: of the others not even a call is compiled. */
#define hptp_op_given(vm, name) ((void)(vm), HPTP_HOST_HAS_##name)
enum {
	HPTP_HOST_HAS_slot_find = 0,
	HPTP_HOST_HAS_retry_begin = 0,
	HPTP_HOST_HAS_trace = 0,
	HPTP_HOST_HAS_page_init = 0,
	HPTP_HOST_HAS_bug = 1,
};

#endif
