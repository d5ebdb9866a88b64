// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * What is going on, several times a second on a terminal, once a second in a log.
 */
#include "run.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

double seconds_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

struct view {
	double at;
	uint64_t bytes, refaults, evictions;
};

static void line(struct run *run, const struct view *before, const struct view *now,
		 const struct machine_host_stats *host)
{
	unsigned i = atomic_load(&run->job.now);
	const struct phase *p = &run->job.phase[i < run->job.n_phases ? i : run->job.n_phases - 1];
	uint64_t next = atomic_load(&run->job.next);
	double span = now->at - before->at > 0.001 ? now->at - before->at : 0.001;
	unsigned percent =
		p->tasks ? (unsigned)(100 * (next < p->tasks ? next : p->tasks) / p->tasks) : 100;

	printf("%2u/%u %-8s %3u%%  %6.1f MB/s  resident %ju  absent %ju  refaults %.0f/s  "
	       "evictions %.0f/s",
	       i < run->job.n_phases ? i + 1 : i, run->job.n_phases, p->name, percent,
	       (double)(now->bytes - before->bytes) / 1e6 / span, (uintmax_t)host->resident,
	       (uintmax_t)(host->evictions - host->swap_reads),
	       (double)(now->refaults - before->refaults) / span,
	       (double)(now->evictions - before->evictions) / span);
}

void progress(struct run *run, bool last)
{
	static struct view before;
	static bool drawn;
	bool terminal = isatty(STDOUT_FILENO);
	struct machine_host_stats host;
	struct hptp_stats stats;
	struct view now = { .at = seconds_now() };

	if (!before.at)
		before.at = now.at;
	if (!last && now.at - before.at < (terminal ? 0.2 : 1.0))
		return;
	if (!last) {
		machine_host_stats(run->machine, &host);
		hptp_stats_read(machine_vm(run->machine), &stats);
		now.bytes = atomic_load(&run->job.guest.bytes);
		now.refaults = stats.refault;
		now.evictions = host.evictions;
		fputs(terminal ? "\r\033[K" : "", stdout);
		line(run, &before, &now, &host);
		fputs(terminal ? "" : "\n", stdout);
		drawn = true;
		before = now;
	} else if (terminal && drawn) {
		fputs("\r\033[K", stdout);
	}
	fflush(stdout);
}
