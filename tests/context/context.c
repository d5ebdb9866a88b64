// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * What a section without preemption is for: locks are held in it only, and nothing that
 * sleeps is called. The random operations of the oracle run on a library that is built so.
 */
#include "hptp_port.h"

#include <stdio.h>
#include <stdlib.h>

static _Thread_local unsigned depth;

static void must(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "context: %s\n", what);
	abort();
}

void context_must_be_atomic(const char *what)
{
	must(depth, what);
}

void hptp_port_atomic_begin(void)
{
	depth++;
}

void hptp_port_atomic_end(void)
{
	must(depth, "an atomic section ends that did not begin");
	depth--;
}

void __wrap_hptp_port_synchronize(void);
void __real_hptp_port_synchronize(void);

void __wrap_hptp_port_synchronize(void)
{
	must(!depth, "a grace period is waited for in an atomic section");
	__real_hptp_port_synchronize();
}

void *__wrap_hptp_mem_alloc(void *vm, size_t size);
void *__real_hptp_mem_alloc(void *vm, size_t size);

void *__wrap_hptp_mem_alloc(void *vm, size_t size)
{
	must(!depth, "memory is allocated in an atomic section");
	return __real_hptp_mem_alloc(vm, size);
}
