/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The host of a trace: memory slots whose units are mapped or not, each with a policy
 * that says what happens when it is faulted in; and the callbacks that show it to the
 * library. Single-threaded, and strict: a callback that breaks its contract ends the
 * replay.
 */
#ifndef TRACE_HOST_H
#define TRACE_HOST_H

#include "hptpager/hptpager.h"

#define MAX_SLOTS 8
#define MAX_WINDOWS 64
#define MAX_OPERANDS 65536

enum policy { POLICY_RW, POLICY_CI, POLICY_RO, POLICY_DENY, POLICY_COW, POLICY_ERR };

/* What the host maps as a whole. */
struct unit {
	bool present, writable, ci;
	enum policy policy;
	uint64_t pfn;  /* mapped now */
	uint64_t next; /* comes with the next fault-in */
	uint64_t copy; /* comes with a copy on write */
};

struct memory {
	struct host *host;
	struct hptp_slot *slot; /* NULL: no such slot (any more) */
	uint64_t base, n;       /* frames */
	unsigned shift;         /* log2 of a unit's bytes */
	uint64_t per_unit;      /* frames of a unit */
	uint64_t n_units;
	struct unit *units;
	uint8_t *log;   /* the library's dirty log */
	uint8_t *carry; /* frames that a harvest may still owe */
};

/* A part of a range that lies in one slot. */
struct part {
	struct memory *memory;
	uint64_t off, n;
};

struct window {
	bool open;
	uint64_t gfn, n; /* as the trace has it */
	unsigned n_parts;
	struct hptp_window part[MAX_SLOTS];
};

/* An event that happens inside the next operation. */
struct injection {
	enum { INJECT_NONE, INJECT_LOOKUP, INJECT_FLUSH, INJECT_MID } kind;
	bool done;
	uint64_t a, b; /* GFN N, INDEX RC, INDEX */
};

struct host {
	struct hptp_vm *vm;
	struct hptp_ops ops;
	unsigned frame_shift;
	struct memory memory[MAX_SLOTS];
	struct window window[MAX_WINDOWS];
	struct injection injection;
	bool fault_under_way; /* a lookup that does not suffice is followed by host_get */
	bool got;             /* host_get was called in this operation */
	unsigned long held;   /* pages between host_get and host_put */
	unsigned long blocks; /* pieces of memory that the library has */
	struct hptp_hpte *table;
	uint64_t *operand; /* of this operation's flushes */
	unsigned n_operands;
	bool flushed_all;
};

void host_init(struct host *host, unsigned frame_shift);
void host_free(struct host *host);

struct memory *host_memory(struct host *host, uint64_t gfn);
struct unit *memory_unit(struct memory *memory, uint64_t off);
/* The parts of a range that lie in slots. */
unsigned host_parts(struct host *host, uint64_t gfn, uint64_t n, struct part part[MAX_SLOTS]);

/* The notifier protocol. */
void host_begin(struct host *host, uint64_t gfn, uint64_t n);
void host_zap(struct host *host, uint64_t gfn, uint64_t n);
void host_end(struct host *host, uint64_t gfn, uint64_t n);
void host_unmap(struct host *host, uint64_t gfn, uint64_t n);
void host_write_protect(struct host *host, uint64_t gfn, uint64_t n);
/* Make a unit as given, with the protocol where something is taken away. */
void host_become(struct host *host, struct memory *memory, struct unit *unit,
		 const struct unit *want);

/* Set R and C late, as hardware does: in an entry that is, or was until now, valid. */
void host_touch(struct host *host, uint64_t idx, uint64_t rc);

/* Print a message about the operation at hand and exit. */
_Noreturn void mismatch(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
