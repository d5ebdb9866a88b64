// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Preparing a resize: the new table, and for a smaller one a search for entries that would
 * meet in it. Done in steps by the embedder's worker, and given up at any time.
 */
#include "resize.h"
#include "replace.h"
#include "vcpu.h"

/* Entries that a step of the search looks at. */
#define STEP 16384u
/* Before anything was measured: a table is made at 1 MiB, and searched by so many, per ms. */
#define MADE_SHIFT 20u
#define SEARCHED_SHIFT 16u

/* ---- who owns it ---- */

void hptp_resize_free(struct hptp_vm *vm, struct hptp_resize *r)
{
	hptp_table_end(vm, &r->table);
	hptp_mem_free(vm, r, sizeof(*r));
}

void hptp_resize_drop(struct hptp_vm *vm)
{
	struct hptp_resize *r;

	hptp_vcpus_lock(vm);
	r = vm->resize;
	vm->resize = NULL;
	if (r && r->busy && hptp_keep(HPTP_RULE_WORKER_FREES)) {
		r->given_up = true;
		r = NULL;
	}
	hptp_vcpus_unlock(vm);
	if (r)
		hptp_resize_free(vm, r);
}

int hptp_resize_take(struct hptp_vm *vm, uint64_t order, struct hptp_resize **taken)
{
	struct hptp_resize *r;
	int error = HPTP_OK;

	hptp_vcpus_lock(vm);
	r = vm->resize;
	if (!r || r->order != order)
		error = HPTP_E_CLOSED;
	else if (r->busy || r->error == HPTP_E_AGAIN)
		error = HPTP_E_BUSY;
	else
		vm->resize = NULL;
	hptp_vcpus_unlock(vm);
	*taken = r;
	return error;
}

/* The worker goes in, if there is something to do. */
static struct hptp_resize *worker_begin(struct hptp_vm *vm)
{
	struct hptp_resize *r;

	hptp_vcpus_lock(vm);
	r = vm->resize;
	if (r && (r->busy || r->error != HPTP_E_AGAIN))
		r = NULL;
	if (r)
		r->busy = true;
	hptp_vcpus_unlock(vm);
	return r;
}

/* ... and comes out; false: it was given up meanwhile, and is the worker's to free. */
static bool worker_end(struct hptp_vm *vm, struct hptp_resize *r, int error)
{
	bool given_up;

	hptp_vcpus_lock(vm);
	r->busy = false;
	r->error = error;
	given_up = r->given_up;
	hptp_vcpus_unlock(vm);
	return !given_up;
}

/* ---- the work ---- */

/* The search begins, or begins anew because the table was replaced meanwhile. */
static void search_begin(struct hptp_vm *vm, struct hptp_resize *r, uint64_t now)
{
	r->generation = hptp_load64(&vm->table.generation);
	hptp_store64(&r->began, now);
	hptp_store64(&r->done, 0);
	hptp_store64(&r->meet, 0);
	hptp_store64(&r->todo, vm->table.n > r->table.n ? vm->table.n : 0);
}

/* The entries of the old table that have this place in the new one. Decides by unlocked
 * looks: what changes meanwhile is seen by the commit. */
static bool search_one(struct hptp_vm *vm, struct hptp_resize *r, uint64_t to)
{
	unsigned used = 0, bolted = 0;

	for (uint64_t i = to; i < vm->table.n; i += r->table.n) {
		uint64_t v = hptp_dw_load(&vm->table.hpte[i].v);

		if (!(v & (HPTP_V_VALID | HPTP_V_ABSENT)))
			continue;
		used++;
		bolted += !!(v & HPTP_V_BOLTED);
	}
	if (used > 1)
		hptp_store64(&r->meet, r->meet + used - 1);
	return bolted < 2;
}

static int search(struct hptp_vm *vm, struct hptp_resize *r, uint64_t now)
{
	int error = HPTP_E_AGAIN;

	hptp_port_read_begin();
	if (!hptp_table_usable(&vm->table)) {
		r->generation = 0; /* being replaced: it begins anew, or is given up */
	} else if (hptp_load64(&vm->table.generation) != r->generation) {
		search_begin(vm, r, now);
	} else {
		uint64_t each = r->todo / r->table.n;

		for (unsigned looks = 0; looks < STEP && r->done < r->todo; looks += each) {
			if (!search_one(vm, r, r->done / each)) {
				error = HPTP_E_PTEG_FULL;
				break;
			}
			hptp_store64(&r->done, r->done + each);
		}
		if (r->done == r->todo)
			error = HPTP_OK;
	}
	hptp_port_read_end();
	return error;
}

static int work(struct hptp_vm *vm, struct hptp_resize *r, uint64_t now)
{
	int error;

	if (r->table.n)
		return search(vm, r, now);
	error = hptp_table_make(vm, &r->table, r->order);
	return error ? error : HPTP_E_AGAIN;
}

int hptp_resize_step(struct hptp_vm *vm, uint64_t now)
{
	struct hptp_resize *r = worker_begin(vm);
	int error;

	if (!r)
		return HPTP_OK;
	error = work(vm, r, now);
	if (worker_end(vm, r, error))
		return error == HPTP_E_AGAIN ? HPTP_E_AGAIN : HPTP_OK;
	hptp_resize_free(vm, r);
	return HPTP_E_AGAIN; /* there may be another by now */
}

/* ---- what the guest is told ---- */

/* Milliseconds: what is left by the rate so far; as long again where a guess was too low. */
static uint64_t left(const struct hptp_resize *r, uint64_t now)
{
	uint64_t began = hptp_load64(&r->began), done = hptp_load64(&r->done);
	uint64_t todo = hptp_load64(&r->todo), spent = now > began ? now - began : 0, guess;

	if (done)
		return spent * (todo - done) / done;
	guess = todo ? todo >> SEARCHED_SHIFT : ((uint64_t)1 << r->order) >> MADE_SHIFT;
	return guess > spent ? guess - spent : spent;
}

/* How far is it? True: it failed, which is told once. Under the lock. */
static bool tell(const struct hptp_resize *r, uint64_t now, int *answer)
{
	uint64_t ms;

	*answer = r->error;
	if (r->error != HPTP_E_AGAIN)
		return r->error;
	ms = left(r, now);
	*answer = ms < 1 ? 1 : ms > INT32_MAX ? INT32_MAX : (int)ms;
	return false;
}

static int begin(struct hptp_vm *vm, uint64_t order, uint64_t now)
{
	struct hptp_resize *r = hptp_mem_alloc(vm, sizeof(*r));
	int answer;

	if (!r)
		return HPTP_E_NOMEM;
	r->order = (uint32_t)order;
	r->error = HPTP_E_AGAIN;
	r->began = now;
	tell(r, now, &answer);
	hptp_vcpus_lock(vm);
	vm->resize = r;
	hptp_vcpus_unlock(vm);
	return answer;
}

static bool args_ok(uint64_t flags, uint64_t order)
{
	return !flags && order <= HPTP_MAX_ORDER && hptp_order_ok((unsigned)order);
}

int hptp_resize_prepare(struct hptp_vm *vm, uint64_t flags, uint64_t order, uint64_t now)
{
	const struct hptp_resize *r;
	int answer = HPTP_OK;
	bool same, failed = false;

	if (!args_ok(flags, order))
		return HPTP_E_PARAM;
	if (hptp_pinned(vm))
		return HPTP_E_PINNED;
	if (!vm->table.n)
		return order ? HPTP_E_STATE : HPTP_OK;
	hptp_vcpus_lock(vm);
	r = vm->resize;
	same = r && r->order == order;
	if (same)
		failed = tell(r, now, &answer);
	hptp_vcpus_unlock(vm);
	if (same && !failed)
		return answer;
	hptp_resize_drop(vm);
	return order && !same ? begin(vm, order, now) : answer;
}

void hptp_resize_status(struct hptp_vm *vm, struct hptp_resize_status *status)
{
	const struct hptp_resize *r;

	*status = (struct hptp_resize_status){ .order = 0 };
	hptp_vcpus_lock(vm);
	r = vm->resize;
	if (r)
		*status = (struct hptp_resize_status){
			.order = r->order,
			.error = r->error,
			.done = hptp_load64(&r->done),
			.todo = hptp_load64(&r->todo),
			.meet = hptp_load64(&r->meet),
		};
	hptp_vcpus_unlock(vm);
}

static long long_busy(int ms)
{
	long code = HPTP_H_LONG_BUSY;

	for (; ms >= 10 && code < HPTP_H_LONG_BUSY + 5; ms /= 10)
		code++;
	return code;
}

long hptp_resize_answer(int result)
{
	switch (result) {
	case HPTP_OK: return HPTP_H_SUCCESS;
	case HPTP_E_PARAM: return HPTP_H_PARAMETER;
	case HPTP_E_PINNED: return HPTP_H_NOT_AVAILABLE;
	case HPTP_E_NOMEM: return HPTP_H_NO_MEM;
	case HPTP_E_CLOSED: return HPTP_H_CLOSED;
	case HPTP_E_BUSY: return HPTP_H_BUSY;
	case HPTP_E_PTEG_FULL: return HPTP_H_PTEG_FULL;
	default: return result > 0 ? long_busy(result) : HPTP_H_HARDWARE;
	}
}
