// SPDX-License-Identifier: GPL-2.0-only
/* Waiting for a grace period: what Xen offers is a call at its end. */
#include "hptp_port.h"

#include <xen/cpumask.h>
#include <xen/lib.h>
#include <xen/softirq.h>

struct waiter {
	struct rcu_head head;
	bool over;
};

static void wake(struct rcu_head *head)
{
	ACCESS_ONCE(container_of(head, struct waiter, head)->over) = true;
}

/* Before Xen has brought its first CPU up, that one is alone, and here in no read section. */
void hptp_port_synchronize(void)
{
	struct waiter waiter = { .over = false };

	if (cpumask_empty(&cpu_online_map))
		return;
	call_rcu(&waiter.head, wake);
	while (!ACCESS_ONCE(waiter.over)) {
		process_pending_softirqs();
		cpu_relax();
	}
}
