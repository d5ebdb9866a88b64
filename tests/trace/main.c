// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * trace_replay FILE...: replay golden traces (tests/vectors/README.md) against the
 * library. The first difference is printed and ends the program with status 1.
 */
#include "replay.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct replay *current; /* for messages */

_Noreturn void mismatch(const char *format, ...)
{
	va_list args;

	fflush(stdout);
	fprintf(stderr, "%s:%zu: ", current->path, current->in.line);
	if (current->op.n)
		fprintf(stderr, "step %s\n  operation: %s\n  ", current->op.w[0], current->op.line);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

static void next_words(struct replay *rp, struct words *words)
{
	const char *line = reader_next(&rp->in);

	if (!line || !words_split(words, line))
		mismatch("the line is missing or too long");
}

/* ---- header ---- */

static void add_memory(struct replay *rp, const struct words *w)
{
	long id = arg_dec(w, 1);
	struct memory *m = &rp->host.memory[id];
	unsigned unit_shift;

	if (id < 0 || id >= MAX_SLOTS || m->units)
		mismatch("slot %ld is out of range or there twice", id);
	m->host = &rp->host;
	m->base = arg_hex(w, 2);
	m->n = arg_hex(w, 3);
	m->shift = (unsigned)arg_dec(w, 4);
	unit_shift = m->shift - rp->host.frame_shift;
	m->per_unit = 1ull << unit_shift;
	m->n_units = m->n >> unit_shift;
	if (m->shift < rp->host.frame_shift || !m->n_units || m->n_units << unit_shift != m->n)
		mismatch("a slot is made of whole units");
	m->units = calloc(m->n_units, sizeof(*m->units));
	m->log = calloc((m->n + 7) / 8, 1);
	m->carry = calloc((m->n + 7) / 8, 1);
	if (!m->units || !m->log || !m->carry)
		abort();
}

static void read_header(struct replay *rp)
{
	struct words w;
	const char *line;

	next_words(rp, &w);
	if (strcmp(w.line, "!hpttrace 1"))
		mismatch("not a trace of version 1");
	while ((line = reader_peek(&rp->in)) && *line == '!') {
		next_words(rp, &w);
		if (!strcmp(w.w[0], "!order"))
			rp->order = (unsigned)arg_dec(&w, 1);
		else if (!strcmp(w.w[0], "!hostshift"))
			host_init(&rp->host, (unsigned)arg_dec(&w, 1));
		else if (!strcmp(w.w[0], "!format"))
			rp->isa3 = w.n == 2 && !strcmp(w.w[1], "3.0");
		else if (!strcmp(w.w[0], "!vcpus"))
			rp->vcpus = (unsigned)arg_dec(&w, 1);
		else if (!strcmp(w.w[0], "!slot"))
			add_memory(rp, &w);
		else if (strcmp(w.w[0], "!digest"))
			mismatch("header `%s` is not known", line);
	}
	if (!rp->order || !rp->host.frame_shift || !rp->vcpus || rp->vcpus > MAX_VCPUS)
		mismatch("the header is not complete");
}

/* ---- the VM ---- */

static void must(int error, const char *what)
{
	if (error)
		mismatch("%s: %s", what, hptp_strerror(error));
}

static void create_vm(struct replay *rp)
{
	struct hptp_config config = {
		.size = sizeof(config),
		.ops = &rp->host.ops,
		.host = &rp->host,
		.frame_shift = (uint8_t)rp->host.frame_shift,
		.order = (uint8_t)rp->order,
		.format = rp->isa3 ? HPTP_FORMAT_3_0 : HPTP_FORMAT_OLD,
	};

	must(hptp_vm_create(&config, &rp->vm), "hptp_vm_create");
	rp->host.vm = rp->vm;
	for (unsigned i = 0; i < rp->vcpus; i++)
		must(hptp_vcpu_create(rp->vm, NULL, &rp->vcpu[i]), "hptp_vcpu_create");
	for (unsigned i = 0; i < MAX_SLOTS; i++) {
		struct memory *m = &rp->host.memory[i];
		struct hptp_slot_config slot = {
			.size = sizeof(slot),
			.base = { m->base },
			.n = m->n,
			.host = m,
		};

		if (!m->units)
			continue;
		must(hptp_slot_add(rp->vm, &slot, &m->slot), "hptp_slot_add");
		must(hptp_dirty_start(m->slot, m->log, (m->n + 7) / 8), "hptp_dirty_start");
	}
	rp->n = 1ull << (rp->order - 4);
	rp->expected = calloc(rp->n, sizeof(*rp->expected));
	rp->cached = calloc(rp->n, sizeof(*rp->cached));
	if (!rp->expected || !rp->cached)
		abort();
	for (uint64_t i = 0; i < rp->n; i++)
		rp->expected[i].state = 'F';
}

static void destroy_vm(struct replay *rp)
{
	for (unsigned i = 0; i < MAX_SLOTS; i++) {
		struct hptp_slot *slot = rp->host.memory[i].slot;

		if (!slot)
			continue;
		must(hptp_dirty_stop(slot), "hptp_dirty_stop");
		must(hptp_slot_remove(slot), "hptp_slot_remove");
		rp->host.memory[i].slot = NULL;
	}
	for (unsigned i = 0; i < rp->vcpus; i++)
		hptp_vcpu_destroy(rp->vcpu[i]);
	must(hptp_vm_destroy(rp->vm), "hptp_vm_destroy");
	if (rp->host.held || rp->host.blocks)
		mismatch("%lu pages and %lu pieces of memory are left", rp->host.held,
			 rp->host.blocks);
	free(rp->expected);
	free(rp->cached);
	host_free(&rp->host);
}

/* ---- a step ---- */

/* Cut "@lookup unmap GFN N", "@flush touch INDEX RC", "@mid remove INDEX" off. */
static void take_injection(struct replay *rp)
{
	struct injection *in = &rp->host.injection;
	struct words *op = &rp->op;
	unsigned at = 0;

	*in = (struct injection){ .kind = INJECT_NONE };
	while (at < op->n && op->w[at][0] != '@')
		at++;
	if (at == op->n)
		return;
	if (!strcmp(op->w[at], "@lookup"))
		in->kind = INJECT_LOOKUP;
	else if (!strcmp(op->w[at], "@flush"))
		in->kind = INJECT_FLUSH;
	else if (!strcmp(op->w[at], "@mid"))
		in->kind = INJECT_MID;
	else
		mismatch("no injection `%s`", op->w[at]);
	in->a = arg_hex(op, at + 2);
	in->b = in->kind == INJECT_MID ? 0 : arg_hex(op, at + 3);
	op->n = at;
}

/* Its place did not come: it happens right after the operation. */
static void finish_injection(struct replay *rp)
{
	struct injection *in = &rp->host.injection;
	uint64_t out[2];

	if (in->done)
		return;
	in->done = true;
	if (in->kind == INJECT_LOOKUP)
		host_unmap(&rp->host, in->a, in->b);
	else if (in->kind == INJECT_FLUSH && rp->expected[in->a].state == 'V' &&
		 (((uint8_t *)&rp->host.table[in->a])[7] & 1))
		host_touch(&rp->host, in->a, in->b);
	else if (in->kind == INJECT_MID)
		(void)!hptp_h_remove(rp->vcpu[0], 0, in->a, 0, out);
}

static void compare_result(struct replay *rp)
{
	struct words found;

	if (!strcmp(rp->op.w[1], "harvest"))
		return; /* compared frame by frame */
	if (!strcmp(rp->op.w[1], "fault")) {
		fault_compare(rp);
		return;
	}
	if (!rp->found[0] && !rp->result.n)
		return;
	if (!words_split(&found, rp->found) || found.n + 1 != rp->result.n)
		mismatch("result\n  expected: %s\n  found:    %s",
			 rp->result.n ? rp->result.line : "none", rp->found);
	for (unsigned i = 0; i < found.n; i++) {
		/* where the traced code says nothing of a free entry, the library says 0 */
		const char *want = strcmp(rp->result.w[i + 1], "*") ? rp->result.w[i + 1] : "0";

		if (!word_matches(want, found.w[i]))
			mismatch("result, word %u\n  expected: %s\n  found:    r %s", i + 1,
				 rp->result.line, rp->found);
		rp->comparisons++;
	}
}

/* `h GFN PFN MODE POLICY PFN`: what became of a unit. */
static void set_unit(struct replay *rp, struct unit *const old[MAX_SLOTS], const struct words *h)
{
	struct memory *m = host_memory(&rp->host, arg_hex(h, 1));
	struct unit *unit;

	if (!m || h->n != 6)
		mismatch("line `%s` is not understood", h->line);
	unit = &old[m - rp->host.memory][(arg_hex(h, 1) - m->base) / m->per_unit];
	unit->present = strcmp(h->w[2], "-");
	if (unit->present) {
		unit->pfn = arg_hex(h, 2);
		unit->writable = h->w[3][0] != 'r';
		unit->ci = h->w[3][0] == 'c';
	}
	unit->policy = policy_of(h->w[4]);
	unit->next = arg_hex(h, 5);
}

static void copy_units(const struct replay *rp, struct unit *to[MAX_SLOTS])
{
	for (unsigned i = 0; i < MAX_SLOTS; i++) {
		const struct memory *m = &rp->host.memory[i];

		to[i] = NULL;
		if (!m->slot)
			continue;
		to[i] = malloc(m->n_units * sizeof(*m->units));
		if (!to[i])
			abort();
		memcpy(to[i], m->units, m->n_units * sizeof(*m->units));
	}
}

static bool same_unit(const struct unit *a, const struct unit *b)
{
	return a->present == b->present && a->policy == b->policy && a->next == b->next &&
	       (!a->present || (a->pfn == b->pfn && a->writable == b->writable && a->ci == b->ci));
}

/* Make the host what it was in the trace, whatever the library asked it for. */
static void agree_with_host(struct replay *rp, struct unit *want[MAX_SLOTS])
{
	for (unsigned i = 0; i < MAX_SLOTS; i++) {
		struct memory *m = &rp->host.memory[i];

		for (uint64_t k = 0; want[i] && k < m->n_units; k++)
			if (!same_unit(&m->units[k], &want[i][k]))
				host_become(&rp->host, m, &m->units[k], &want[i][k]);
		free(want[i]);
	}
}

static bool next_is(struct replay *rp, char first)
{
	const char *line = reader_peek(&rp->in);

	return line && line[0] == first && line[1] == ' ';
}

static void run_operation(struct replay *rp)
{
	struct unit *want[MAX_SLOTS] = { NULL };
	bool fault = !strcmp(rp->op.w[1], "fault");
	struct words line;

	rp->found[0] = '\0';
	rp->host.n_operands = 0;
	rp->host.flushed_all = rp->host.got = false;
	if (fault)
		copy_units(rp, want);
	operation_run(rp);
	compare_result(rp);
	finish_injection(rp);
	while (next_is(rp, 'h')) {
		next_words(rp, &line);
		if (!fault)
			mismatch("only a fault changes host pages");
		set_unit(rp, want, &line);
	}
	if (fault)
		agree_with_host(rp, want);
}

static void compare_state(struct replay *rp)
{
	uint64_t listed = 0;
	struct words line;

	if (rp->host.injection.kind == INJECT_FLUSH)
		table_note_touch(rp, rp->host.injection.a, rp->host.injection.b);
	while (next_is(rp, 's')) {
		next_words(rp, &line);
		table_expect(rp, &line);
	}
	while (next_is(rp, 'l')) {
		next_words(rp, &line);
		table_compare_list(rp, &line, &listed);
	}
	if (!strcmp(rp->op.w[1], "fault"))
		fault_make_writable(rp);
	table_compare(rp);
	if (next_is(rp, 'd')) {
		next_words(rp, &line);
		table_compare_digest(rp, line.w[1]);
	}
}

static void check_invariants(struct replay *rp)
{
	struct hptp_check_result result;

	if (hptp_check(rp->vm, &result))
		mismatch("invariant I%u: %s (entry %" PRIx64 ", frame %" PRIx64 ")",
			 result.invariant, result.what, result.idx, result.gfn);
}

static void step(struct replay *rp)
{
	next_words(rp, &rp->op);
	if (rp->op.n < 2)
		mismatch("neither an operation nor known");
	if (arg_dec(&rp->op, 0) != (long)rp->steps + 1)
		mismatch("steps are not in order");
	take_injection(rp);
	rp->result.n = 0;
	if (next_is(rp, 'r'))
		next_words(rp, &rp->result);
	run_operation(rp);
	compare_state(rp);
	rp->steps++;
	if (rp->steps % rp->check_every == 0)
		check_invariants(rp);
}

static void replay(struct replay *rp)
{
	read_header(rp);
	create_vm(rp);
	while (reader_peek(&rp->in))
		step(rp);
	check_invariants(rp);
	harvest_rest(rp);
	if (!rp->steps)
		mismatch("no operation in the file");
	destroy_vm(rp);
	printf("%s: %" PRIu64 " steps, %" PRIu64 " comparisons\n", rp->path, rp->steps,
	       rp->comparisons);
	printf("  entries valid before the traced one: %" PRIu64
	       "; dirty frames reported later: %" PRIu64 ", more than traced: %" PRIu64 "\n",
	       rp->entries_ahead, rp->deferred, rp->overreported);
	printf("  straddling pages emulated where the traced code fails: %" PRIu64
	       "; reflected with KEY beside PROT: %" PRIu64 "\n",
	       rp->straddling, rp->key_too);
}

static int usage(const char *name)
{
	fprintf(stderr, "usage: %s [-c STEPS_BETWEEN_CHECKS] FILE...\n", name);
	return 2;
}

int main(int argc, char **argv)
{
	uint64_t steps = 0, comparisons = 0;
	long every = 256;
	int opt;

	while ((opt = getopt(argc, argv, "c:")) != -1) {
		if (opt != 'c' || !word_dec(optarg, &every) || every < 1)
			return usage(argv[0]);
	}
	for (int i = optind; i < argc; i++) {
		struct replay rp = { .path = argv[i], .check_every = (unsigned)every };

		current = &rp;
		if (!reader_open(&rp.in, argv[i]))
			return 1;
		replay(&rp);
		reader_close(&rp.in);
		steps += rp.steps;
		comparisons += rp.comparisons;
	}
	if (optind == argc)
		return usage(argv[0]);
	printf("%" PRIu64 " steps, %" PRIu64 " comparisons: all as traced\n%d passed, 0 failed\n",
	       steps, comparisons, argc - optind);
	return 0;
}
