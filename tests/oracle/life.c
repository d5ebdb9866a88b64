// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The table as a whole: reset, and resized by steps that come between everything else. The
 * oracle knows where each entry goes; where two meet and neither is bolted, either may stay.
 */
#include "world.h"

#include <stdlib.h>
#include <string.h>

static uint64_t entries_of(unsigned order)
{
	return 1ull << (order - 4);
}

static unsigned some_order(struct world *w)
{
	return WORLD_ORDER + (unsigned)world_random(w, WORLD_ORDER_MAX - WORLD_ORDER + 1);
}

/* For a resize, seldom the one that it has. */
static unsigned other_order(struct world *w)
{
	unsigned order = some_order(w);

	if (order != w->order || world_chance(w, 8))
		return order;
	return order == WORLD_ORDER ? WORLD_ORDER_MAX : WORLD_ORDER;
}

static void check(struct world *w, const char *name, int expected, int found)
{
	world_saw(w, "%s %d", name, found);
	world_add(w, " %s = %d", name, found);
	if (found != expected)
		world_fail(w, "%s: expected %d, found %d", name, expected, found);
}

/* Whatever follows, it finds another table. */
static void replaced(struct world *w, unsigned order)
{
	w->order = order;
	w->resize = (struct world_resize){ .order = 0 };
	w->stream.stale = w->stream.reader;
	machine_table_changed(w->m);
}

/* With a vCPU inside nothing of it is done. */
static void while_one_runs(struct world *w)
{
	struct hptp_vcpu *vcpu = machine_vcpu_handle(machine_vcpu(w->m, 1));
	struct hptp_vm *vm = machine_vm(w->m);

	hptp_vm_ready(vm);
	if (!hptp_vcpu_enter(vcpu))
		world_fail(w, "a vCPU is not let in");
	check(w, "reset", HPTP_E_BUSY, machine_in_t(hptp_vm_reset(vm, some_order(w))));
	check(w, "commit", HPTP_E_BUSY,
	      machine_in_t(hptp_resize_commit(vm, 0, some_order(w), NULL)));
	hptp_vcpu_leave(vcpu);
	if (hptp_vm_stop(vm) || hptp_vcpu_enter(vcpu))
		world_fail(w, "a vCPU does not stop");
}

/* No memory for a table of another order: all is as it was. */
static void reset_starved(struct world *w)
{
	unsigned order = w->order == WORLD_ORDER ? WORLD_ORDER + 1 : WORLD_ORDER;

	machine_inject(w->m, MACHINE_OP_table_alloc, 1, 0);
	check(w, "reset", HPTP_E_NOMEM, machine_in_t(hptp_vm_reset(machine_vm(w->m), order)));
	if (!machine_injected(w->m))
		world_fail(w, "the failure was not reached");
}

void op_reset(struct world *w)
{
	static const unsigned bad[] = { 1, WORLD_ORDER - 1, HPTP_MAX_ORDER + 1, 256 + WORLD_ORDER };
	struct hptp_vm *vm = machine_vm(w->m);
	unsigned order = some_order(w);

	world_note(w, "reset");
	switch (world_random(w, 4)) {
	case 0:
		check(w, "reset", HPTP_E_PARAM, machine_in_t(hptp_vm_reset(vm, bad[order % 4])));
		return;
	case 1: while_one_runs(w); return;
	case 2: reset_starved(w); return;
	}
	world_add(w, " to %u", order);
	if (world_chance(w, 4))
		check(w, "reset", HPTP_OK, machine_in_t(hptp_vm_reset(vm, 0)));
	check(w, "reset", HPTP_OK, machine_in_t(hptp_vm_reset(vm, order)));
	oracle_reset(&w->o, entries_of(order));
	for (uint64_t i = 0; i < w->o.n; i++)
		w->va[i].segment = WORLD_SEGMENTS;
	replaced(w, order);
	world_compare(w);
}

/* ---- resize ---- */

static void prepare(struct world *w)
{
	struct world_resize *r = &w->resize;
	unsigned order = r->order && !world_chance(w, 8) ? r->order : other_order(w);
	int ret, expected = HPTP_E_AGAIN; /* stands for: so many milliseconds */

	if (world_chance(w, 8)) {
		ret = machine_in_t(hptp_resize_prepare(machine_vm(w->m), world_chance(w, 2),
						       WORLD_ORDER - 1, w->step));
		check(w, "prepare", HPTP_E_PARAM, ret);
		return;
	}
	if (r->order && world_chance(w, 16))
		order = 0;
	world_add(w, " %u", order);
	if (!order)
		expected = HPTP_OK;
	else if (order == r->order && r->ended)
		expected = r->error;
	ret = machine_in_t(hptp_resize_prepare(machine_vm(w->m), 0, order, w->step));
	check(w, "prepare", expected, ret > 0 ? HPTP_E_AGAIN : ret);
	if (order != r->order || ret < 0)
		*r = (struct world_resize){ .order = ret < 0 ? 0 : order };
}

static void work(struct world *w)
{
	struct world_resize *r = &w->resize;
	struct hptp_resize_status status;
	int ret = 0;

	for (uint64_t n = 1 + world_random(w, 6); n; n--) {
		ret = machine_in_t(hptp_resize_step(machine_vm(w->m), w->step));
		if (ret && (!r->order || r->ended))
			world_fail(w, "there is nothing to do");
		world_saw(w, "step %d", ret);
	}
	hptp_resize_status(machine_vm(w->m), &status);
	if (status.order != r->order)
		world_fail(w, "resize to %u: expected %u", status.order, r->order);
	if (!r->order || r->ended)
		return;
	r->ended = status.error != HPTP_E_AGAIN;
	r->error = status.error;
	if (r->ended && ret)
		world_fail(w, "it has ended, and there is more to do");
	/* Entries that meet were there when they were looked at, which was just now. */
	if (r->ended && r->error &&
	    (r->error != HPTP_E_PTEG_FULL || !oracle_meet(&w->o, entries_of(r->order))))
		world_fail(w, "resize to %u: %s", r->order, hptp_strerror(r->error));
}

static bool is_entry(const struct oracle_entry *x, const struct hptp_entry *e)
{
	return e->v == x->v && !((e->guest ^ x->r) & ~x->unsure);
}

/* Of two that meet the library has kept one: which? */
static void choose(struct world *w, uint64_t n, uint32_t *from)
{
	for (uint64_t k = 0; k < w->o.n_used; k++) {
		uint32_t i = w->o.used[k];
		uint64_t place = oracle_place(&w->o, i, n);
		struct hptp_entry e;

		if (from[place] == i + 1 || w->o.entry[from[place] - 1].v & 0x10)
			continue;
		if (!hptp_entry_next(machine_vm(w->m), place, &e) || e.idx.n != place)
			world_fail(w, "of two entries that meet at %jx none is left",
				   (uintmax_t)place);
		if (is_entry(&w->o.entry[i], &e))
			from[place] = i + 1;
	}
}

static void moved(struct world *w, unsigned order, const struct hptp_resized *result)
{
	uint64_t n = entries_of(order), before = w->o.n_used, kept;
	uint32_t *from = calloc(n, sizeof(*from));
	struct world_va *va = calloc(n, sizeof(*va));

	if (!from || !va)
		abort();
	kept = oracle_moves(&w->o, n, from);
	if (result->kept != kept || result->dropped != before - kept)
		world_fail(w, "kept %ju, dropped %ju; expected %ju of %ju", (uintmax_t)result->kept,
			   (uintmax_t)result->dropped, (uintmax_t)kept, (uintmax_t)before);
	choose(w, n, from);
	for (uint64_t i = 0; i < n; i++)
		va[i] = from[i] ? w->va[from[i] - 1] : (struct world_va){ 0, WORLD_SEGMENTS };
	memcpy(w->va, va, n * sizeof(*va));
	oracle_move(&w->o, n, from);
	world_saw(w, "resize %s",
		  order > w->order ? "larger" :
		  order < w->order ? "smaller" :
				     "same");
	if (kept < before)
		world_saw(w, "resize drops");
	free(from);
	free(va);
}

static void commit(struct world *w)
{
	struct world_resize *r = &w->resize;
	unsigned order = r->order && !world_chance(w, 8) ? r->order : some_order(w);
	struct hptp_vm *vm = machine_vm(w->m);
	int expected = HPTP_OK, ret;
	struct hptp_resized result;

	world_add(w, " %u", order);
	if (world_chance(w, 8)) {
		ret = machine_in_t(
			hptp_resize_commit(vm, world_chance(w, 2), WORLD_ORDER - 1, NULL));
		check(w, "commit", HPTP_E_PARAM, ret);
		return;
	}
	if (order != r->order)
		expected = HPTP_E_CLOSED;
	else if (!r->ended)
		expected = HPTP_E_BUSY;
	else if (r->error || oracle_meet(&w->o, entries_of(order)))
		expected = HPTP_E_PTEG_FULL;
	ret = machine_in_t(hptp_resize_commit(vm, 0, order, &result));
	check(w, "commit", expected, ret);
	if (ret == HPTP_E_CLOSED || ret == HPTP_E_BUSY)
		return;
	*r = (struct world_resize){ .order = 0 };
	world_evict_tlbs(w); /* where it was not done by the flush of all */
	if (!ret) {
		moved(w, order, &result);
		replaced(w, order);
	}
	world_compare(w);
}

void op_resize(struct world *w)
{
	uint64_t what = world_random(w, 4);

	world_note(w, "resize %s", what == 0 ? "prepare" : what == 1 ? "commit" : "step");
	if (what == 0)
		prepare(w);
	else if (what == 1)
		commit(w);
	else
		work(w);
}
