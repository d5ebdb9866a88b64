// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "hunt.h"

#include "pager.h"
#include "ppc.h"

#define PATIENCE 1000

static struct {
	bool on;
	struct vm *vm; /* NULL: nothing is offered */
	uint64_t page;
} hunt;

void hunt_begin(void)
{
	__atomic_store_n(&hunt.on, true, __ATOMIC_RELEASE);
}

void hunt_end(void)
{
	__atomic_store_n(&hunt.on, false, __ATOMIC_RELEASE);
	while (__atomic_load_n(&hunt.vm, __ATOMIC_ACQUIRE))
		cpu_relax();
}

void hunt_offer(struct vm *vm, uint64_t page)
{
	if (!__atomic_load_n(&hunt.on, __ATOMIC_RELAXED))
		return;
	hunt.page = page;
	__atomic_store_n(&hunt.vm, vm, __ATOMIC_RELEASE);
	for (unsigned i = 0; i < PATIENCE && __atomic_load_n(&hunt.vm, __ATOMIC_ACQUIRE); i++)
		cpu_relax();
}

void hunt_serve(void)
{
	struct vm *vm = __atomic_load_n(&hunt.vm, __ATOMIC_ACQUIRE);

	if (!vm)
		return;
	pager_evict(vm, hunt.page, NULL);
	__atomic_store_n(&hunt.vm, NULL, __ATOMIC_RELEASE);
}
