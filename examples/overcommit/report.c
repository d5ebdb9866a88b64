// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The table at the end.
 */
#include "run.h"

#include <stdio.h>

static void row(const char *what, uint64_t n, const char *more)
{
	printf("  %-34s %14ju  %s\n", what, (uintmax_t)n, more);
}

static struct machine_vcpu_stats sum_vcpus(struct run *run, bool *all_refaulted)
{
	struct machine_vcpu_stats sum = { 0 }, one;

	*all_refaulted = true;
	for (unsigned i = 0; i < run->job.vcpus; i++) {
		machine_vcpu_stats(run->job.cpu[i].vcpu, &one);
		sum.accesses += one.accesses;
		sum.tlb_hits += one.tlb_hits;
		sum.walks += one.walks;
		sum.faults += one.faults;
		sum.refaults += one.refaults;
		sum.flushed += one.flushed;
		sum.late_rc += one.late_rc;
		*all_refaulted &= one.refaults > 0;
	}
	return sum;
}

static void vcpu_rows(struct run *run)
{
	struct machine_vcpu_stats one;

	printf("\n  vCPU      accesses      TLB hits         walks      refaults   H_ENTER  "
	       "replaced\n");
	for (unsigned i = 0; i < run->job.vcpus; i++) {
		const struct cpu *cpu = &run->job.cpu[i];

		machine_vcpu_stats(cpu->vcpu, &one);
		printf("  %4u %13ju %13ju %13ju %13ju %9ju %9ju\n", i, (uintmax_t)one.accesses,
		       (uintmax_t)one.tlb_hits, (uintmax_t)one.walks, (uintmax_t)one.refaults,
		       (uintmax_t)cpu->entered, (uintmax_t)cpu->replaced);
	}
}

static void library_rows(struct run *run)
{
	struct hptp_stats stats;

	hptp_stats_read(machine_vm(run->machine), &stats);
	printf("\nthe library\n");
#define HPTP_ROW(name, text) row(#name, stats.name, text);
	HPTP_STATS(HPTP_ROW)
#undef HPTP_ROW
	row("bytes", stats.bytes, "of memory beside the table, now");
}

bool report(struct run *run, const char *difference)
{
	const struct options *o = &run->options;
	uint64_t frames = o->host >> o->page_shift;
	struct machine_host_stats host;
	struct machine_vcpu_stats sum;
	char times[64];
	bool all_refaulted, active;

	machine_host_stats(run->machine, &host);
	sum = sum_vcpus(run, &all_refaulted);
	snprintf(times, sizeof(times), "%.1f times the host's frames",
		 (double)host.evictions / (double)frames);
	printf("\nthe machine\n");
	row("guest accesses", sum.accesses, "each through TLB or hash walk");
	row("TLB hits", sum.tlb_hits, "");
	row("hash walks", sum.walks, "");
	row("storage interrupts", sum.faults, "");
	row("translations flushed", sum.flushed, "out of a TLB, by their tlbie operand");
	row("late R and C", sum.late_rc, "written to the table after the access");
	row("evictions", host.evictions, times);
	row("written to the swap file", host.swap_writes, "");
	row("read from the swap file", host.swap_reads, "");
	row("dropped clean", host.dropped_clean, "");
	row("spared by the clock", run->pager.spared, "");
	vcpu_rows(run);
	library_rows(run);

	/* A small text is done before it is paged much; any other must show what it is for. */
	active = (host.evictions >= 10 * frames && all_refaulted) || o->guest < 4 * o->host ||
		 run->job.layout.size < 1 << 20;
	printf("\n%.1f s, guest %s on %s of host memory (%.1f : 1), %u vCPUs, %u KiB pages, "
	       "table %s\n",
	       run->seconds, size_text(o->guest), size_text(o->host),
	       (double)o->guest / (double)o->host, run->job.vcpus, 1u << o->page_shift >> 10,
	       size_text(1ull << run->job.guest.order));
	if (!active)
		printf("FAILED: too few evictions or a vCPU without refault: nothing was shown\n");
	if (difference)
		printf("FAILED: the result is wrong: %s\n", difference);
	else
		printf("the result is right: checksum %016jx, sorted %016jx\n",
		       (uintmax_t)run->job.before, (uintmax_t)run->job.after);
	return !difference && active;
}
