// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Failures on request, and the counters of callbacks.
 */
#include "impl.h"

static const char *const names[] = {
#define HPTP_OP(kind, ret, name, args) #name,
#include "hptpager/op_list.h"
#undef HPTP_OP
};

/* What machine_inject_create() asked for, until the machine is there. */
static _Thread_local struct inject created[MACHINE_OPS + 1];

const char *machine_op_name(enum machine_op op)
{
	return op < MACHINE_OPS ? names[op] : "any";
}

uint64_t machine_op_calls(const struct machine *m, enum machine_op op)
{
	return __atomic_load_n(&m->calls[op], __ATOMIC_RELAXED);
}

uint64_t machine_mem_bytes(const struct machine *m)
{
	return __atomic_load_n(&m->mem_bytes, __ATOMIC_RELAXED);
}

uint64_t machine_events(const struct machine *m, enum hptp_event event)
{
	return (unsigned)event < MACHINE_EVENTS ?
		       __atomic_load_n(&m->events[event], __ATOMIC_RELAXED) :
		       0;
}

bool machine_op_can_fail(enum machine_op op)
{
	switch (op) {
	case MACHINE_OP_host_lookup:
	case MACHINE_OP_host_get:
	case MACHINE_OP_table_alloc:
	case MACHINE_OP_mem_alloc:
	case MACHINE_OP_slot_find:
	case MACHINE_OP_retry_begin:
	case MACHINE_OP_retry_check:
	case MACHINE_OP_pin: return true;
	default: return false;
	}
}

void machine_inject(struct machine *m, enum machine_op op, uint64_t n, int error)
{
	m->inject[op].error = error;
	__atomic_store_n(&m->injected, false, __ATOMIC_RELAXED);
	__atomic_store_n(&m->inject[op].left, n, __ATOMIC_RELEASE);
}

void machine_inject_create(enum machine_op op, uint64_t n, int error)
{
	created[op] = (struct inject){ .left = n, .error = error };
}

void inject_created(struct machine *m)
{
	memcpy(m->inject, created, sizeof(m->inject));
	memset(created, 0, sizeof(created));
}

bool machine_injected(struct machine *m)
{
	return __atomic_exchange_n(&m->injected, false, __ATOMIC_RELAXED);
}

/* Count down; true for the caller that reaches the end. */
static bool reached(struct inject *in)
{
	uint64_t left = __atomic_load_n(&in->left, __ATOMIC_ACQUIRE);

	while (left) {
		if (__atomic_compare_exchange_n(&in->left, &left, left - 1, false, __ATOMIC_ACQ_REL,
						__ATOMIC_ACQUIRE))
			return left == 1;
	}
	return false;
}

bool inject_hits(struct machine *m, enum machine_op op, int *error)
{
	struct inject *in = &m->inject[op];

	if (!reached(in)) {
		in = &m->inject[MACHINE_OPS];
		if (!reached(in))
			return false;
	}
	if (error)
		*error = in->error;
	__atomic_store_n(&m->injected, true, __ATOMIC_RELAXED);
	return true;
}
