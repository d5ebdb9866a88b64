/* SPDX-License-Identifier: GPL-2.0-only */
/* Trace events of the paging of hash guests: events/hptp in tracefs. */
#if !defined(TRACE_HPTP_H) || defined(TRACE_HEADER_MULTI_READ)
#define TRACE_HPTP_H

#include "hptpager/fault.h"

#include <linux/tracepoint.h>

#undef TRACE_SYSTEM
#define TRACE_SYSTEM hptp

/* clang-format off */
/* The host takes n frames away: entries that went, and frames found written. */
TRACE_EVENT(hptp_unmap,
	TP_PROTO(int lpid, u64 gfn, u64 n, u64 entries, u64 dirty),
	TP_ARGS(lpid, gfn, n, entries, dirty),
	TP_STRUCT__entry(
		__field(int, lpid)
		__field(u64, gfn)
		__field(u64, n)
		__field(u64, entries)
		__field(u64, dirty)
	),
	TP_fast_assign(
		__entry->lpid = lpid;
		__entry->gfn = gfn;
		__entry->n = n;
		__entry->entries = entries;
		__entry->dirty = dirty;
	),
	TP_printk("lpid %d gfn %llx n %llu entries %llu dirty %llu",
		__entry->lpid, __entry->gfn, __entry->n, __entry->entries, __entry->dirty)
);

/* A fault's second half: what it came to, and its time, the host's part included. */
TRACE_EVENT(hptp_refault,
	TP_PROTO(int lpid, int vcpu, u64 ea, bool store, int outcome, u64 ns),
	TP_ARGS(lpid, vcpu, ea, store, outcome, ns),
	TP_STRUCT__entry(
		__field(int, lpid)
		__field(int, vcpu)
		__field(u64, ea)
		__field(bool, store)
		__field(int, outcome)
		__field(u64, ns)
	),
	TP_fast_assign(
		__entry->lpid = lpid;
		__entry->vcpu = vcpu;
		__entry->ea = ea;
		__entry->store = store;
		__entry->outcome = outcome;
		__entry->ns = ns;
	),
	TP_printk("lpid %d vcpu %d ea %llx %s: %s, %llu ns",
		__entry->lpid, __entry->vcpu, __entry->ea, __entry->store ? "store" : "load",
		__print_symbolic(__entry->outcome,
			{ HPTP_RESUME, "resume" }, { HPTP_REFLECT, "reflect" },
			{ HPTP_MMIO, "mmio" }, { HPTP_NOPAGE, "no page" },
			{ HPTP_TOO_LARGE, "too large" }, { HPTP_NO_MEMORY, "no memory" }),
		__entry->ns)
);

/* A step of a resize's preparation; order 0: it was given up or committed meanwhile. */
TRACE_EVENT(hptp_resize,
	TP_PROTO(int lpid, unsigned int order, u64 done, u64 todo, int error),
	TP_ARGS(lpid, order, done, todo, error),
	TP_STRUCT__entry(
		__field(int, lpid)
		__field(unsigned int, order)
		__field(u64, done)
		__field(u64, todo)
		__field(int, error)
	),
	TP_fast_assign(
		__entry->lpid = lpid;
		__entry->order = order;
		__entry->done = done;
		__entry->todo = todo;
		__entry->error = error;
	),
	TP_printk("lpid %d order %u: %llu of %llu entries, %d",
		__entry->lpid, __entry->order, __entry->done, __entry->todo, __entry->error)
);

/* A commit, and what KVM answers to it. */
TRACE_EVENT(hptp_commit,
	TP_PROTO(int lpid, unsigned int order, u64 kept, u64 dropped, int error),
	TP_ARGS(lpid, order, kept, dropped, error),
	TP_STRUCT__entry(
		__field(int, lpid)
		__field(unsigned int, order)
		__field(u64, kept)
		__field(u64, dropped)
		__field(int, error)
	),
	TP_fast_assign(
		__entry->lpid = lpid;
		__entry->order = order;
		__entry->kept = kept;
		__entry->dropped = dropped;
		__entry->error = error;
	),
	TP_printk("lpid %d order %u: %llu entries kept, %llu dropped, %d",
		__entry->lpid, __entry->order, __entry->kept, __entry->dropped, __entry->error)
);
/* clang-format on */

#endif

/* The directory is on the include path. */
#undef TRACE_INCLUDE_PATH
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_PATH .
#define TRACE_INCLUDE_FILE trace_hptp
#include <trace/define_trace.h>
