/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* One trace being replayed: its file, the VM, and the state that every entry must have. */
#ifndef TRACE_REPLAY_H
#define TRACE_REPLAY_H

#include "host.h"
#include "reader.h"

#define MAX_VCPUS 8

/* An entry as an s or l line has it. */
struct expected {
	char state; /* F, M, A or V */
	bool has_alt;
	uint64_t v, guest, real, alt;
	uint64_t must_rc; /* R and C that the hardware set since the entry became valid */
};

/* A translation that a TLB may hold since the last step. */
struct cached {
	bool reachable;
	uint64_t v, r, rb;
};

struct replay {
	const char *path;
	struct reader in;
	struct host host;
	struct hptp_vm *vm;
	struct hptp_vcpu *vcpu[MAX_VCPUS];
	unsigned order, vcpus;
	bool isa3;
	uint64_t n; /* entries */
	struct expected *expected;
	struct cached *cached;

	struct words op;     /* the operation at hand */
	struct words result; /* its r line; n is 0 without one */
	char found[512];     /* what the library answered, in the words of an r line */
	bool derived;        /* a fault's status is not the file's */

	uint64_t steps, comparisons, deferred, overreported, entries_ahead;
	uint64_t straddling; /* faults emulated on pages that begin in no slot */
	uint64_t key_too;    /* faults reflected with the key's bit beside PP's */
	unsigned check_every;
};

/* table.c: the state of the table. */
void table_expect(struct replay *rp, const struct words *line);
void table_note_touch(struct replay *rp, uint64_t idx, uint64_t rc);
void table_compare(struct replay *rp);
void table_compare_digest(struct replay *rp, const char *digest);
void table_compare_list(struct replay *rp, const struct words *line, uint64_t *next);
bool table_pp_writable(uint64_t r);

/* fault.c */
void fault_run(struct replay *rp);
void fault_compare(struct replay *rp);
void fault_make_writable(struct replay *rp);

/* harvest.c */
void harvest_run(struct replay *rp);
void harvest_rest(struct replay *rp);

/* operations.c */
void operation_run(struct replay *rp);

/* Numbers of an operation line that must be there. */
uint64_t arg_hex(const struct words *words, unsigned i);
long arg_dec(const struct words *words, unsigned i);
struct hptp_vcpu *arg_vcpu(struct replay *rp, unsigned i);
enum policy policy_of(const char *word);
/* A literal result against a word of the file; a mask after '/' is honoured. */
bool word_matches(const char *expected, const char *found);

#endif
