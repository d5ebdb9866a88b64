// SPDX-License-Identifier: GPL-2.0-only
/*
 * Run at Xen's boot, as a constructor: the conformance scenarios, then a guest with a kernel
 * of its own on fewer frames than it has pages. Ends with one line, PASS or FAIL.
 */
#include "all.h"
#include "selftest.h"
#include "xen_harness.h"

#include <xen/init.h>
#include <xen/lib.h>

#include "hptp_mem.h"

static unsigned long failures;
static struct counts counts;
static struct domain owner;

static void failed(void *self, const char *file, int line, const char *what)
{
	printk("hptpager: %s:%d: %s\n", file, line, what);
	failures++;
}

/* False: Xen can not show what it is about. */
static bool run(const struct scenario *s)
{
	static struct xen_harness xh;
	unsigned long before = failures;

	if (xen_harness_init(&xh, &owner, failed)) {
		failed(NULL, s->name, 0, "no domain");
	} else {
		s->run(&xh.harness);
		count(&counts, &xh.pager, xen_harness_fini(&xh));
	}
	if (xh.harness.left_out && failures == before) {
		printk("hptpager: scenario %s: left out, %s\n", s->name, xh.harness.left_out);
		return false;
	}
	printk("hptpager: scenario %s: %s\n", s->name, failures == before ? "ok" : "FAILED");
	return true;
}

static unsigned int run_scenarios(void)
{
	unsigned int i, n = 0;

	for (i = 0; i < N_SCENARIOS; i++)
		n += run(&scenarios[i]);
	return n;
}

static void __init __constructor hptpager_selftest(void)
{
	size_t memory = hptp_xen_in_use();
	unsigned int n;

	if (IS_ENABLED(CONFIG_HPTPAGER_HEAP)) {
		if (!bring_up())
			failed(NULL, "bring_up", 0, "an RCU callback was not called");
		printk("hptpager: memory from Xen's heap, grace periods from its RCU\n");
	}
	owner.domain_id = 1;
	n = run_scenarios();
	kernel_run(&owner, &counts, failed);
	if (hptp_xen_in_use() != memory)
		failed(NULL, "memory", 0, "some was not given back");
	if (!counts.evictions || !counts.cancelled || !counts.refaults)
		failed(NULL, "counts", 0, "something never happened");
	printk("hptpager: self-test %s: %u of %u scenarios, %lu evictions, %lu cancelled, "
	       "%lu refaults\n",
	       failures ? "FAIL" : "PASS", n, N_SCENARIOS, counts.evictions, counts.cancelled,
	       counts.refaults);
}
