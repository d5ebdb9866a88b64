// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Every operation of a trace as calls of the library; the answer goes to rp->found. */
#include "replay.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint64_t arg_hex(const struct words *words, unsigned i)
{
	uint64_t x;

	if (i >= words->n || !word_hex(words->w[i], &x))
		mismatch("line `%s`: word %u is no hexadecimal number", words->line, i);
	return x;
}

long arg_dec(const struct words *words, unsigned i)
{
	long x;

	if (i >= words->n || !word_dec(words->w[i], &x))
		mismatch("line `%s`: word %u is no decimal number", words->line, i);
	return x;
}

struct hptp_vcpu *arg_vcpu(struct replay *rp, unsigned i)
{
	long id = arg_dec(&rp->op, i);

	if (id < 0 || id >= (long)rp->vcpus)
		mismatch("no vCPU %ld", id);
	return rp->vcpu[id];
}

bool word_matches(const char *expected, const char *found)
{
	const char *slash = strchr(expected, '/');
	uint64_t want, mask, got;
	char *end;

	if (!slash)
		return !strcmp(expected, found);
	want = strtoull(expected, &end, 16);
	return end == slash && word_hex(slash + 1, &mask) && word_hex(found, &got) &&
	       !((want ^ got) & ~mask);
}

static void found(struct replay *rp, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Append to the answer. */
static void found(struct replay *rp, const char *format, ...)
{
	size_t len = strlen(rp->found);
	va_list args;

	va_start(args, format);
	vsnprintf(rp->found + len, sizeof(rp->found) - len, format, args);
	va_end(args);
}

static void found_words(struct replay *rp, const uint64_t *x, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		found(rp, " %" PRIx64, x[i]);
}

static void run_enter(struct replay *rp)
{
	const struct words *op = &rp->op;
	struct hptp_vcpu *vcpu = arg_vcpu(rp, 2);
	uint64_t idx = 0;
	long ret = hptp_h_enter(vcpu, arg_hex(op, 3), arg_hex(op, 4), arg_hex(op, 5),
				arg_hex(op, 6), &idx);

	if (ret == HPTP_H_TOO_HARD)
		ret = hptp_hcall_task(vcpu, &idx);
	found(rp, "%ld", ret);
	if (!ret)
		found_words(rp, &idx, 1);
}

static void run_remove(struct replay *rp)
{
	const struct words *op = &rp->op;
	uint64_t out[2];
	long ret =
		hptp_h_remove(arg_vcpu(rp, 2), arg_hex(op, 3), arg_hex(op, 4), arg_hex(op, 5), out);

	found(rp, "%ld", ret);
	if (!ret)
		found_words(rp, out, 2);
}

static void run_bulk(struct replay *rp)
{
	uint64_t args[8];

	for (unsigned i = 0; i < 8; i++)
		args[i] = arg_hex(&rp->op, 3 + i);
	found(rp, "%ld", hptp_h_bulk_remove(arg_vcpu(rp, 2), args));
	for (unsigned i = 0; i < 8; i += 2)
		found_words(rp, &args[i], 1);
}

static void run_protect(struct replay *rp)
{
	const struct words *op = &rp->op;

	found(rp, "%ld",
	      hptp_h_protect(arg_vcpu(rp, 2), arg_hex(op, 3), arg_hex(op, 4), arg_hex(op, 5)));
}

static void run_read(struct replay *rp)
{
	uint64_t out[8], flags = arg_hex(&rp->op, 3);
	long ret = hptp_h_read(arg_vcpu(rp, 2), flags, arg_hex(&rp->op, 4), out);

	found(rp, "%ld", ret);
	if (!ret)
		found_words(rp, out, flags & HPTP_H_READ_4 ? 8 : 2);
}

static void run_clear_ref(struct replay *rp)
{
	uint64_t out;
	long ret =
		hptp_h_clear_ref(arg_vcpu(rp, 2), arg_hex(&rp->op, 3), arg_hex(&rp->op, 4), &out);

	found(rp, "%ld", ret);
	if (!ret)
		found_words(rp, &out, 1);
}

static void run_clear_mod(struct replay *rp)
{
	uint64_t out;
	long ret =
		hptp_h_clear_mod(arg_vcpu(rp, 2), arg_hex(&rp->op, 3), arg_hex(&rp->op, 4), &out);

	found(rp, "%ld", ret);
	if (!ret)
		found_words(rp, &out, 1);
}

static void run_touch(struct replay *rp)
{
	host_touch(&rp->host, arg_hex(&rp->op, 2), arg_hex(&rp->op, 3));
	table_note_touch(rp, arg_hex(&rp->op, 2), arg_hex(&rp->op, 3));
}

static void run_begin(struct replay *rp)
{
	host_begin(&rp->host, arg_hex(&rp->op, 2), arg_hex(&rp->op, 3));
}

static void run_zap(struct replay *rp)
{
	host_zap(&rp->host, arg_hex(&rp->op, 2), arg_hex(&rp->op, 3));
}

static void run_end(struct replay *rp)
{
	host_end(&rp->host, arg_hex(&rp->op, 2), arg_hex(&rp->op, 3));
}

static void run_unmap(struct replay *rp)
{
	host_unmap(&rp->host, arg_hex(&rp->op, 2), arg_hex(&rp->op, 3));
}

static void run_write_protect(struct replay *rp)
{
	host_write_protect(&rp->host, arg_hex(&rp->op, 2), arg_hex(&rp->op, 3));
}

/* For each whole unit of the operation's range: the unit, and its offset in the range. */
static void for_units(struct replay *rp, void (*each)(struct replay *, struct unit *, uint64_t))
{
	struct part part[MAX_SLOTS];
	uint64_t gfn = arg_hex(&rp->op, 2);
	unsigned parts = host_parts(&rp->host, gfn, arg_hex(&rp->op, 3), part);

	for (unsigned i = 0; i < parts; i++) {
		struct memory *m = part[i].memory;

		for (uint64_t k = 0; k < part[i].n; k += m->per_unit)
			each(rp, memory_unit(m, part[i].off + k), m->base + part[i].off + k - gfn);
	}
}

static void map_unit(struct replay *rp, struct unit *unit, uint64_t offset)
{
	char mode = rp->op.w[4][0];

	unit->present = true;
	unit->writable = mode != 'r';
	unit->ci = mode == 'c';
	unit->pfn = unit->next = arg_hex(&rp->op, 5) + offset;
}

static void run_map(struct replay *rp)
{
	for_units(rp, map_unit);
}

enum policy policy_of(const char *word)
{
	static const char *const names[] = { "rw", "ci", "ro", "deny", "cow", "err" };

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(word, names[i]))
			return (enum policy)i;
	mismatch("no policy `%s`", word);
}

static void back_unit(struct replay *rp, struct unit *unit, uint64_t offset)
{
	unit->policy = policy_of(rp->op.w[4]);
	unit->next = arg_hex(&rp->op, 5) + offset;
	unit->copy = arg_hex(&rp->op, 6) + offset;
}

static void run_back(struct replay *rp)
{
	for_units(rp, back_unit);
}

static void run_make_writable(struct replay *rp)
{
	uint64_t gfn = arg_hex(&rp->op, 2);
	struct memory *m = host_memory(&rp->host, gfn);

	if (m)
		memory_unit(m, gfn - m->base)->writable = true;
}

/* 1 if any part of the range is young, by one of the two questions. */
static void ask_young(struct replay *rp, bool forget)
{
	struct part part[MAX_SLOTS];
	unsigned parts = host_parts(&rp->host, arg_hex(&rp->op, 2), arg_hex(&rp->op, 3), part);
	int young = 0;

	for (unsigned i = 0; i < parts; i++) {
		struct hptp_slot *slot = part[i].memory->slot;
		hptp_off off = { part[i].off };
		int ret = forget ? hptp_age_range(slot, off, part[i].n, NULL) :
				   hptp_test_age_range(slot, off, part[i].n);

		if (ret < 0)
			mismatch("age: %s", hptp_strerror(ret));
		young |= ret;
	}
	found(rp, "%d", young);
}

static void run_age(struct replay *rp)
{
	ask_young(rp, true);
}

static void run_test_age(struct replay *rp)
{
	ask_young(rp, false);
}

static void run_slotdel(struct replay *rp)
{
	long id = arg_dec(&rp->op, 2);
	struct memory *m = &rp->host.memory[id];
	int error;

	if (id < 0 || id >= MAX_SLOTS || !m->slot)
		mismatch("no slot %ld", id);
	error = hptp_dirty_stop(m->slot);
	if (!error)
		error = hptp_slot_remove(m->slot);
	if (error)
		mismatch("slot removal: %s", hptp_strerror(error));
	m->slot = NULL;
}

static void run_list(struct replay *rp)
{
	(void)rp; /* the l lines are compared after the operation */
}

static const struct {
	const char *name;
	unsigned words; /* at least */
	void (*run)(struct replay *rp);
} operations[] = {
	{ "enter", 7, run_enter },     { "remove", 6, run_remove },
	{ "bulk", 11, run_bulk },      { "protect", 6, run_protect },
	{ "read", 5, run_read },       { "clref", 5, run_clear_ref },
	{ "clmod", 5, run_clear_mod }, { "fault", 9, fault_run },
	{ "touch", 4, run_touch },     { "begin", 4, run_begin },
	{ "zap", 4, run_zap },         { "end", 4, run_end },
	{ "unmap", 4, run_unmap },     { "wprot", 4, run_write_protect },
	{ "map", 6, run_map },         { "wr", 3, run_make_writable },
	{ "back", 7, run_back },       { "age", 4, run_age },
	{ "tage", 4, run_test_age },   { "harvest", 4, harvest_run },
	{ "slotdel", 3, run_slotdel }, { "list", 2, run_list },
};

void operation_run(struct replay *rp)
{
	for (unsigned i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
		if (strcmp(rp->op.w[1], operations[i].name))
			continue;
		if (rp->op.n < operations[i].words)
			mismatch("too few words");
		operations[i].run(rp);
		return;
	}
	mismatch("no operation `%s`", rp->op.w[1]);
}
