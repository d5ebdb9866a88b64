// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Writing the migration stream. A record is checked as a whole before any of it takes
 * effect, and nothing can go wrong after that: its entries become orphans, which need no
 * memory and no page of the host's.
 */
#include "change.h"
#include "remove.h"

struct record {
	struct hptp_stream_header h;
	const uint8_t *entries;
};

struct stream_entry {
	uint64_t v, g;
};

static struct stream_entry entry_at(const struct record *r, uint64_t i)
{
	struct hptp_hpte e;

	memcpy(&e, r->entries + i * sizeof(e), sizeof(e));
	return (struct stream_entry){ hptp_be64_to_cpu(e.v), hptp_be64_to_cpu(e.r) };
}

/* False: not all of it is there. */
static bool record_at(const uint8_t *at, size_t left, struct record *r)
{
	if (left < sizeof(r->h))
		return false;
	memcpy(&r->h, at, sizeof(r->h));
	r->entries = at + sizeof(r->h);
	return r->h.n_valid <= (left - sizeof(r->h)) / sizeof(struct hptp_hpte);
}

/* Could the guest have entered it? Where its page lies is asked when it is used. */
static bool entry_ok(const struct stream_entry *e)
{
	return (e->v & HPTP_V_VALID) && !(e->v & HPTP_V_B_RESERVED) &&
	       hptp_hpte_psize(e->v, e->g).actual;
}

static bool header_ok(const struct hptp_vm *vm, const struct hptp_stream_header *h)
{
	return h->index < vm->table.n &&
	       (uint64_t)h->index + h->n_valid + h->n_invalid <= vm->table.n;
}

static int check(const struct hptp_vm *vm, const struct record *r, struct hptp_stream_written *w)
{
	w->idx = ~(uint64_t)0;
	if (!header_ok(vm, &r->h))
		return HPTP_E_PARAM;
	for (uint64_t i = 0; i < r->h.n_valid; i++) {
		struct stream_entry e = entry_at(r, i);

		if (!entry_ok(&e)) {
			w->idx = r->h.index + i;
			return HPTP_E_PARAM;
		}
	}
	return HPTP_OK;
}

/* The SLB VSID word of the VRMA, from an entry of it; or 0. */
static uint64_t vrma_of(const struct stream_entry *e)
{
	const uint64_t segment = HPTP_SLB_B_1T | HPTP_VRMA_VSID << HPTP_SLB_SHIFT_1T;

	if ((e->v & ~hptp_mask(HPTP_SLB_SHIFT_1T)) != segment)
		return 0;
	switch (hptp_hpte_psize(e->v, e->g).base) {
	case 12: return segment;
	case 16: return segment | HPTP_SLB_L | 0x10;
	case 24: return segment | HPTP_SLB_L;
	default: return segment | HPTP_SLB_L | 0x20;
	}
}

/* Let the entry be this one, or free if it has no V. */
static void put(struct hptp_vm *vm, uint64_t idx, struct stream_entry e)
{
	const uint64_t common = vm->table.isa_3_0 ? HPTP_V_3_0 | HPTP_V_B : ~(uint64_t)0;
	struct hptp_locked l;

	if (!(e.v & HPTP_V_VALID) && !hptp_dw_load(&vm->table.hpte[idx].v))
		return;
	hptp_hpte_lock(&vm->table, idx, &l, &vm->host_count);
	if (hptp_state_of(l.v, l.r) != HPTP_FREE)
		(void)hptp_take_out(vm, NULL, &l);
	hptp_changed(vm, idx);
	if (e.v & HPTP_V_VALID)
		hptp_hpte_set_absent(&l, e.v & common & ~HPTP_V_HVLOCK, e.g | HPTP_R_TAG);
	else
		hptp_hpte_free(&l);
}

/* False: the table went, which the caller should have prevented. */
static bool apply(struct hptp_vm *vm, const struct record *r, struct hptp_stream_written *w)
{
	uint32_t n = (uint32_t)r->h.n_valid + r->h.n_invalid;

	for (uint32_t i = 0; i < n; i++) {
		struct stream_entry e = { 0, 0 };

		if (i < r->h.n_valid) {
			e = entry_at(r, i);
			if (vrma_of(&e))
				w->vrma = vrma_of(&e);
		}
		put(vm, r->h.index + (uint64_t)i, e);
		if ((i + 1) % HPTP_SCAN_SLICE == 0 && !hptp_yield_point(vm))
			return false;
	}
	return true;
}

static int write_records(struct hptp_vm *vm, const uint8_t *at, size_t size,
			 struct hptp_stream_written *w)
{
	struct record r;
	int error;

	if (!hptp_table_usable(&vm->table))
		return HPTP_E_STATE;
	while (record_at(at + w->used, size - w->used, &r)) {
		error = check(vm, &r, w);
		if (error)
			return error;
		if (!apply(vm, &r, w))
			return HPTP_E_STALE;
		w->used += sizeof(r.h) + r.h.n_valid * sizeof(struct hptp_hpte);
		if (!hptp_yield_point(vm))
			return HPTP_E_STALE;
	}
	return HPTP_OK;
}

int hptp_stream_write(struct hptp_vm *vm, const void *buf, size_t size,
		      struct hptp_stream_written *w)
{
	int error;

	w->used = 0;
	w->idx = ~(uint64_t)0;
	if (hptp_pinned(vm))
		return HPTP_E_PINNED;
	if (!buf && size)
		return HPTP_E_PARAM;
	hptp_port_read_begin();
	hptp_port_atomic_begin();
	error = write_records(vm, buf, size, w);
	hptp_port_atomic_end();
	hptp_port_read_end();
	return error;
}
