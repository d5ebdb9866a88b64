// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The library's trace events: written when they are on and only then, and in agreement with
 * what the guest did, with the library's counters and with its list of entries.
 */
#include "checks.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define EVENTS TRACING "events/hptp"

/* What a recording holds. */
struct seen {
	const char *odd; /* the last implausible line says what is wrong with it */
	int lpid;
	unsigned lines, unmaps, mapped, loads, stores, prepared;
	uint64_t entries, dirty, ns, searched;
	struct commit {
		unsigned order;
		uint64_t kept, dropped;
		int error;
	} commit;
	unsigned commits;
};

static void unmap_event(struct seen *s, const char *fields)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), gfn, n, entries, dirty;

	if (sscanf(fields, "gfn %" SCNx64 " n %" SCNu64 " entries %" SCNu64 " dirty %" SCNu64, &gfn,
		   &n, &entries, &dirty) != 4) {
		s->odd = "hptp_unmap has other fields";
		return;
	}
	if (!n || gfn < PLAY / page || gfn + n > (PLAY + SPAN) / page)
		s->odd = "hptp_unmap of frames that nobody took away";
	s->unmaps++;
	s->mapped += entries > 0;
	s->entries += entries;
	s->dirty += dirty;
}

/* vCPU 0 fills, and vCPU 1 compares. */
static void refault_event(struct seen *s, const char *fields)
{
	char access[8], outcome[16];
	unsigned vcpu;
	uint64_t ea, ns;

	if (sscanf(fields, "vcpu %u ea %" SCNx64 " %7[a-z]: %15[a-z ], %" SCNu64 " ns", &vcpu, &ea,
		   access, outcome, &ns) != 5) {
		s->odd = "hptp_refault has other fields";
		return;
	}
	if (ea < EA_HOST || ea >= EA_HOST + SPAN)
		s->odd = "hptp_refault of an address that nobody touched";
	if (vcpu >= VCPUS || strcmp(access, vcpu ? "load" : "store"))
		s->odd = "hptp_refault of an access that the vCPU did not make";
	if (strcmp(outcome, "resume"))
		s->odd = "hptp_refault did not bring the page back";
	s->loads += vcpu == 1;
	s->stores += vcpu == 0;
	s->ns += ns;
}

static void resize_event(struct seen *s, const char *fields)
{
	uint64_t done, todo;
	unsigned order;
	int error;

	if (sscanf(fields, "order %u: %" SCNu64 " of %" SCNu64 " entries, %d", &order, &done, &todo,
		   &error) != 4) {
		s->odd = "hptp_resize has other fields";
		return;
	}
	if (done > todo)
		s->odd = "hptp_resize looked at more entries than there are";
	if (done < todo || error)
		return;
	s->prepared = order;
	s->searched = done;
}

static void commit_event(struct seen *s, const char *fields)
{
	struct commit *c = &s->commit;

	if (sscanf(fields, "order %u: %" SCNu64 " entries kept, %" SCNu64 " dropped, %d", &c->order,
		   &c->kept, &c->dropped, &c->error) != 4)
		s->odd = "hptp_commit has other fields";
	s->commits++;
}

static const struct {
	const char *name;
	void (*look)(struct seen *s, const char *fields);
} events[] = {
	{ " hptp_unmap: ", unmap_event },
	{ " hptp_refault: ", refault_event },
	{ " hptp_resize: ", resize_event },
	{ " hptp_commit: ", commit_event },
};

/* One guest does all of it. */
static void look_at(struct seen *s, const char *line)
{
	for (unsigned i = 0; i < sizeof(events) / sizeof(*events); i++) {
		const char *fields = strstr(line, events[i].name);
		int lpid, length = 0;

		if (!fields)
			continue;
		fields += strlen(events[i].name);
		if (sscanf(fields, "lpid %d %n", &lpid, &length) != 1 || lpid <= 0 ||
		    (s->lpid && lpid != s->lpid))
			s->odd = "an event of another guest";
		s->lpid = lpid;
		s->lines++;
		events[i].look(s, fields + length);
	}
}

static void look(struct seen *s)
{
	FILE *file = fopen(TRACING "trace", "re");
	char line[512];

	memset(s, 0, sizeof(*s));
	while (file && fgets(line, sizeof(line), file))
		look_at(s, line);
	if (file)
		fclose(file);
	else
		s->odd = "no trace to read";
}

/* Opening it so is what forgets what is in it. */
static void forget(void)
{
	close(open(TRACING "trace", O_WRONLY | O_TRUNC | O_CLOEXEC));
}

static void record(bool on)
{
	put(EVENTS "/enable", on ? "1" : "0");
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/* ---- paging ---- */

/* Written by vCPU 0, taken away, read by vCPU 1. Returns nanoseconds. */
static uint64_t out_and_back(struct vm *vm, const char **wrong)
{
	uint64_t began = now_ns(), seed = fill(vm, EA_HOST);

	page_out(vm);
	if (!holds(vm, 1, EA_HOST, seed))
		*wrong = "memory that came back from swap is not what it was";
	return now_ns() - began;
}

/* Faults' second halves: done, or given up since something had changed. */
static uint64_t second_halves(const struct vm *vm)
{
	return vm_counter(vm, "refault") + vm_counter(vm, "retry") + vm_counter(vm, "changed");
}

static const char *silent(struct vm *vm)
{
	uint64_t absent = vm_counter(vm, "absent");
	const char *wrong = NULL;
	struct seen s;

	record(false);
	forget();
	out_and_back(vm, &wrong);
	look(&s);
	if (!wrong && vm_counter(vm, "absent") == absent)
		wrong = "nothing was paged out";
	return wrong ? wrong : s.lines ? "events are written though they are off" : s.odd;
}

static const char *paging(struct vm *vm)
{
	uint64_t absent, halves, ns;
	const char *wrong = NULL;
	struct seen s;

	page_out(vm); /* so that stores fault, too */
	absent = vm_counter(vm, "absent");
	halves = second_halves(vm);
	forget();
	record(true);
	ns = out_and_back(vm, &wrong);
	record(false);
	look(&s);
	printf("events: %u unmap, %" PRIu64 " entries, %" PRIu64
	       " dirty; %u loads, %u stores, %" PRIu64 " of %" PRIu64 " ns\n",
	       s.unmaps, s.entries, s.dirty, s.loads, s.stores, s.ns, ns);
	if (wrong || s.odd)
		return wrong ? wrong : s.odd;
	if (!s.mapped || !s.loads || !s.stores)
		return "events are missing";
	if (s.dirty != s.mapped) /* by one of its names */
		return "hptp_unmap does not tell of each page that was written";
	if (s.entries != vm_counter(vm, "absent") - absent)
		return "hptp_unmap and the counter of absent entries do not agree";
	if (s.loads + s.stores != second_halves(vm) - halves)
		return "hptp_refault and the counter of refaults do not agree";
	return !s.ns || s.ns > ns ? "hptp_refault's times are not those of the faults" : NULL;
}

/* What came back was only read since. */
static const char *clean(struct vm *vm)
{
	struct seen s;

	forget();
	record(true);
	page_out(vm);
	record(false);
	look(&s);
	if (!s.mapped || s.dirty)
		return "hptp_unmap tells of writes to pages that were only read";
	return s.odd;
}

/* ---- resizing ---- */

/* Lines of the list of entries. */
static uint64_t listed(const struct vm *vm)
{
	const size_t room = 4 * MB;
	char *text = malloc(room);
	long length = vm_debugfs(vm, "htab", text, room);
	uint64_t n = 0;

	for (long i = 0; i < length; i++)
		n += text[i] == '\n';
	free(text);
	return n;
}

/*
 * The worker writes its last event after KVM has told that the table is prepared. Entries
 * can meet, and are looked at, in a table that is smaller only.
 */
static bool prepared(const struct vm *vm, unsigned order)
{
	uint64_t todo = order < vm->order ? 1ull << (vm->order - 4) : 0;
	struct seen s;

	for (unsigned tries = 0; tries < 100; tries++) {
		look(&s);
		if (s.prepared == order)
			return s.searched == todo;
		usleep(10000);
	}
	return false;
}

static const char *resize_seen(struct vm *vm, unsigned order)
{
	bool grows = order > vm->order;
	uint64_t before = listed(vm);
	const char *wrong;
	struct seen s;

	forget();
	wrong = resize_prepare(vm, order);
	if (!wrong && !prepared(vm, order))
		wrong = "hptp_resize does not tell that the table is prepared";
	if (!wrong)
		wrong = resize_commit(vm, order);
	look(&s);
	if (wrong || s.odd)
		return wrong ? wrong : s.odd;
	if (s.commits != 1 || s.commit.order != order || s.commit.error)
		return "hptp_commit does not tell of the resize";
	if (s.commit.kept != listed(vm) || s.commit.kept + s.commit.dropped != before ||
	    (grows && s.commit.dropped))
		return "hptp_commit and the list of entries do not agree";
	return NULL;
}

static const char *failure_seen(struct vm *vm)
{
	struct kvm_ppc_resize_hpt other = { .shift = vm->order + 2 };
	struct seen s;

	forget();
	if (!ioctl(vm->fd, KVM_PPC_RESIZE_HPT_COMMIT, &other) || errno != ENXIO)
		return "committing what was not prepared is not ENXIO";
	look(&s);
	if (s.commits != 1 || s.commit.order != other.shift || s.commit.error != -ENXIO)
		return "hptp_commit does not tell of a failure";
	return s.odd;
}

static const char *resizing(struct vm *vm)
{
	unsigned order = vm->order;
	const char *wrong;

	/* Not the faults of a table where every entry is absent. */
	put(EVENTS "/hptp_resize/enable", "1");
	put(EVENTS "/hptp_commit/enable", "1");
	wrong = resize_seen(vm, order + 1);
	if (!wrong)
		wrong = resize_seen(vm, order);
	if (!wrong)
		wrong = failure_seen(vm);
	record(false);
	return wrong;
}

const char *check_trace(struct vm *vm)
{
	const char *wrong;

	if (!vm_ours(vm))
		return "skipped: the events are the library's";
	if (access(TRACING "trace", R_OK))
		return "skipped: no tracefs";
	if (access(EVENTS "/enable", W_OK))
		return "no events of the library";
	wrong = silent(vm);
	if (!wrong)
		wrong = paging(vm);
	if (!wrong)
		wrong = clean(vm);
	return wrong ? wrong : resizing(vm);
}
