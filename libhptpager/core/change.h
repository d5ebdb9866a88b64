/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Changes of what the guest sees of an entry, noted for the readers of the migration
 * stream. Who changes dword 0 or the guest's view, or moves a pending R or C to where a
 * reader would not find that it is new, notes it while the entry is locked.
 *
 * R and C that hardware set are not noted: a reader sees that dword 1 has them and the
 * view has not.
 */
#ifndef HPTP_CHANGE_H
#define HPTP_CHANGE_H

#include "hptpager/stream.h"
#include "rules.h"
#include "vm.h"

struct hptp_stream {
	struct hptp_vm *vm;
	struct hptp_stream *next;   /* among vm->streams; read under RCU */
	uint64_t generation, n;     /* of the table that it is about */
	struct hptp_sparse changed; /* bytes, a bit per entry: not told of as it is now */
	uint64_t at;                /* entry to go on with */
	uint32_t flags;
	bool first_pass;
};

/* Note it for all readers. */
hptp_cold void hptp_changed_for(struct hptp_stream *streams, uint64_t idx);

/* The entry is locked, and in a read section. */
static inline void hptp_changed(struct hptp_vm *vm, uint64_t idx)
{
	struct hptp_stream *streams = __atomic_load_n(&vm->streams, __ATOMIC_RELAXED);

	if (__builtin_expect(streams != NULL, 0) && hptp_keep(HPTP_RULE_NOTE_CHANGE))
		hptp_changed_for(hptp_port_reach(hptp_port_deref(&vm->streams)), idx);
}

/* Change the view of a linked entry from what lies there, in other bits than the place. */
static inline void hptp_view_edit(struct hptp_vm *vm, const struct hptp_locked *l, uint64_t was,
				  uint64_t now)
{
	if (was == now)
		return;
	hptp_changed(vm, l->idx);
	hptp_store64(l->view, now);
}

/*
 * Change the guest's view from what it was, as hptp_view_of() gave it, wherever it is kept
 * for an entry in this state.
 */
static inline void hptp_view_change(struct hptp_vm *vm, const struct hptp_locked *l, uint64_t was,
				    uint64_t g)
{
	if (was == g)
		return;
	hptp_changed(vm, l->idx);
	if (hptp_state_of(l->v, l->r) == HPTP_ORPHAN)
		hptp_dw_store(&l->hpte->r, g | HPTP_R_TAG);
	else
		hptp_view_init(l, g, hptp_view_place(l->view));
}

static inline void hptp_view_set(struct hptp_vm *vm, const struct hptp_locked *l, uint64_t g)
{
	hptp_view_change(vm, l, hptp_view_of(l), g);
}

#endif
