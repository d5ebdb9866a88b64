// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * What the host's memory management does to one unit: bring in, evict, clean, move,
 * protect, age. Each works under the unit's PTE lock; while it is held host_lookup finds
 * nothing, so inside a window no translation of the unit can become valid.
 */
#include "impl.h"

#include <sched.h>
#include <time.h>

bool unit_trylock(struct unit *u, uint64_t *pte)
{
	*pte = __atomic_load_n(&u->pte, __ATOMIC_RELAXED);
	return !(*pte & PTE_LOCK) &&
	       __atomic_compare_exchange_n(&u->pte, pte, *pte | PTE_LOCK, false, __ATOMIC_ACQUIRE,
					   __ATOMIC_RELAXED);
}

/* The PTE as it was, without the lock. */
uint64_t unit_lock(struct unit *u)
{
	uint64_t pte;

	while (!unit_trylock(u, &pte))
		sched_yield();
	return pte;
}

void unit_unlock(struct unit *u, uint64_t pte)
{
	__atomic_store_n(&u->pte, pte & ~PTE_LOCK, __ATOMIC_RELEASE);
}

static uint64_t frames_of(const struct machine_slot *slot)
{
	return 1ull << (slot->shift - slot->m->conf.frame_shift);
}

static void *unit_memory(const struct machine_slot *slot, uint64_t pte)
{
	return real_memory(slot->m, pte_frame(pte) << slot->m->conf.frame_shift,
			   1ull << slot->shift);
}

/* ---- in ---- */

/* Frames for the unit, evicting others if the machine was told to. */
static int find_frames(struct machine_slot *slot, uint64_t unit, uint64_t *first)
{
	struct machine *m = slot->m;

	while (!frames_take(m, slot, unit, first)) {
		if (!(m->conf.flags & MACHINE_RECLAIM) || !machine_reclaim(m))
			return HPTP_E_AGAIN;
	}
	return 0;
}

static int fill(struct machine_slot *slot, uint64_t unit, uint64_t *pte)
{
	struct unit *u = &slot->unit[unit];
	struct machine *m = slot->m;
	uint64_t first;
	int err = find_frames(slot, unit, &first);

	if (err)
		return err;
	*pte = first << PTE_FRAME_SHIFT | (*pte & (PTE_STORED | PTE_DENIED)) | PTE_PRESENT;
	if (*pte & PTE_STORED)
		err = swap_read(m, u, unit_memory(slot, *pte), 1ull << slot->shift);
	else
		memset(unit_memory(slot, *pte), 0, 1ull << slot->shift);
	if (err) {
		frames_give(m, first, frames_of(slot));
		*pte &= PTE_STORED | PTE_DENIED;
		return err;
	}
	if (!(slot->flags & (MACHINE_SLOT_COW | MACHINE_SLOT_READONLY)) && !(*pte & PTE_DENIED))
		*pte |= PTE_WRITABLE;
	count(&m->stats.page_ins);
	return 0;
}

static int move_locked(struct machine_slot *slot, uint64_t unit, uint64_t *pte);

static int copy_on_write(struct machine_slot *slot, uint64_t unit, uint64_t *pte)
{
	int err;

	if (__atomic_load_n(&slot->unit[unit].holds, __ATOMIC_ACQUIRE))
		return HPTP_E_AGAIN; /* somebody holds the frame we would leave */
	err = move_locked(slot, unit, pte);
	if (!err)
		*pte |= PTE_WRITABLE;
	return err;
}

/* With the PTE locked: make it present and, for `write`, writable and dirty. */
int unit_bring_in(struct machine_slot *slot, uint64_t unit, bool write, uint64_t *pte)
{
	int err = 0;

	if (*pte & PTE_DEAD)
		return HPTP_E_AGAIN; /* the library will look the slot up anew */
	if (write && (*pte & PTE_DENIED || slot->flags & MACHINE_SLOT_READONLY))
		return HPTP_E_NOPAGE;
	if (!(*pte & PTE_PRESENT))
		err = fill(slot, unit, pte);
	if (!err && write && !(*pte & PTE_WRITABLE))
		err = copy_on_write(slot, unit, pte);
	if (err)
		return err;
	*pte |= PTE_YOUNG;
	if (write && !(*pte & PTE_DIRTY)) {
		*pte |= PTE_DIRTY;
		count(&slot->m->stats.upgrades);
	}
	return 0;
}

int machine_page_in(struct machine_slot *slot, uint64_t unit, bool write)
{
	uint64_t pte = unit_lock(&slot->unit[unit]);
	int err = unit_bring_in(slot, unit, write, &pte);

	unit_unlock(&slot->unit[unit], pte);
	return err;
}

/* ---- windows ---- */

struct window {
	struct hptp_window window;
	struct hptp_slot *handle;
	hptp_off off;
	uint64_t n;
};

/* Open a window over the unit and take the guest's translations of it away. */
static int take_away(struct machine_slot *slot, uint64_t unit, struct window *w)
{
	struct machine *m = slot->m;
	struct hptp_unmapped done = { 0 };
	uint64_t pte = __atomic_load_n(&slot->unit[unit].pte, __ATOMIC_RELAXED);
	int err = 0;

	w->handle = slot_use(slot);
	w->n = frames_of(slot);
	w->off.n = unit * w->n;
	if (!w->handle)
		return HPTP_E_AGAIN; /* the slot is being removed or moved */
	if (m->conf.flags & MACHINE_OWN_WINDOWS)
		ops_window(m, true);
	else
		err = machine_in_a(hptp_invalidate_begin(w->handle, w->off, w->n, &w->window));
	machine_assert(!err, "hptp_invalidate_begin: %s", hptp_strerror(err));
	err = machine_in_a(hptp_unmap_range(w->handle, w->off, w->n, &done));
	machine_assert(!err || (err == HPTP_E_PINNED && m->conf.flags & MACHINE_PINNED),
		       "hptp_unmap_range: %s", hptp_strerror(err));
	if (machine_strict(m) && !err && !(slot->flags & (MACHINE_SLOT_FLAT | MACHINE_SLOT_CI)))
		machine_assert(!done.n_dirty || pte & PTE_DIRTY,
			       "the guest wrote a page that the host has as clean");
	return 0;
}

static void give_back(struct machine_slot *slot, struct window *w)
{
	int err = 0;

	if (slot->m->conf.flags & MACHINE_OWN_WINDOWS)
		ops_window(slot->m, false);
	else
		err = machine_in_a(hptp_invalidate_end(&w->window));
	machine_assert(!err, "hptp_invalidate_end: %s", hptp_strerror(err));
	slot_used(slot);
}

/* ---- out ---- */

static int store_if_dirty(struct machine_slot *slot, uint64_t unit, uint64_t *pte)
{
	int err;

	if (!(*pte & PTE_DIRTY)) {
		count(&slot->m->stats.dropped_clean);
		return 0;
	}
	err = swap_write(slot->m, &slot->unit[unit], unit_memory(slot, *pte), 1ull << slot->shift);
	if (!err)
		*pte = (*pte & ~PTE_DIRTY) | PTE_STORED;
	return err;
}

/* What all operations on a resident unit begin with. On success its PTE is locked. */
static int begin(struct machine_slot *slot, uint64_t unit, uint64_t *pte)
{
	struct unit *u = &slot->unit[unit];

	if (slot->flags & (MACHINE_SLOT_FLAT | MACHINE_SLOT_CI))
		return HPTP_E_NOPAGE;
	if (!unit_trylock(u, pte))
		return HPTP_E_AGAIN;
	if (!(*pte & PTE_PRESENT)) {
		unit_unlock(u, *pte);
		return HPTP_E_NOPAGE;
	}
	if (__atomic_load_n(&u->holds, __ATOMIC_ACQUIRE) ||
	    __atomic_load_n(&u->pins, __ATOMIC_ACQUIRE)) {
		unit_unlock(u, *pte);
		return HPTP_E_AGAIN;
	}
	return 0;
}

static void free_frames(struct machine_slot *slot, uint64_t *pte)
{
	frames_give(slot->m, pte_frame(*pte), frames_of(slot));
	*pte &= PTE_STORED | PTE_DENIED | PTE_DEAD;
}

/* The window is closed before the swap file is written: the PTE lock is enough then. */
int machine_page_out(struct machine_slot *slot, uint64_t unit)
{
	struct window w;
	uint64_t pte;
	int err = begin(slot, unit, &pte);

	if (err)
		return err;
	err = take_away(slot, unit, &w);
	if (!err) {
		__atomic_store_n(&slot->unit[unit].pte, (pte & ~PTE_PRESENT) | PTE_LOCK,
				 __ATOMIC_RELEASE);
		give_back(slot, &w);
		err = store_if_dirty(slot, unit, &pte);
	}
	if (!err) {
		free_frames(slot, &pte);
		count(&slot->m->stats.evictions);
	}
	unit_unlock(&slot->unit[unit], pte);
	return err;
}

int machine_page_clean(struct machine_slot *slot, uint64_t unit)
{
	struct window w;
	uint64_t pte;
	int err = begin(slot, unit, &pte);

	if (err)
		return err;
	err = take_away(slot, unit, &w);
	if (!err) {
		if (pte & PTE_DIRTY)
			err = store_if_dirty(slot, unit, &pte);
		give_back(slot, &w);
	}
	unit_unlock(&slot->unit[unit], pte);
	return err;
}

int machine_page_writable(struct machine_slot *slot, uint64_t unit, bool writable)
{
	struct window w;
	uint64_t pte;
	int err = begin(slot, unit, &pte);

	if (err)
		return err;
	err = take_away(slot, unit, &w);
	if (!err) {
		pte = writable ? (pte & ~PTE_DENIED) | PTE_WRITABLE :
				 (pte & ~PTE_WRITABLE) | PTE_DENIED;
		if (!writable && pte & PTE_DIRTY)
			err = store_if_dirty(slot, unit, &pte);
		give_back(slot, &w);
	}
	unit_unlock(&slot->unit[unit], pte);
	return err;
}

/* ---- elsewhere ---- */

static int move_locked(struct machine_slot *slot, uint64_t unit, uint64_t *pte)
{
	uint64_t first, old = pte_frame(*pte);
	struct window w;
	int err = find_frames(slot, unit, &first);

	if (err)
		return err;
	err = take_away(slot, unit, &w);
	if (err) {
		frames_give(slot->m, first, frames_of(slot));
		return err;
	}
	memcpy(unit_memory(slot, first << PTE_FRAME_SHIFT), unit_memory(slot, *pte),
	       1ull << slot->shift);
	*pte = (*pte & ((1ull << PTE_FRAME_SHIFT) - 1)) | first << PTE_FRAME_SHIFT;
	__atomic_store_n(&slot->unit[unit].pte, *pte | PTE_LOCK, __ATOMIC_RELEASE);
	give_back(slot, &w);
	frames_give(slot->m, old, frames_of(slot));
	count(&slot->m->stats.moves);
	return 0;
}

int machine_page_move(struct machine_slot *slot, uint64_t unit)
{
	uint64_t pte;
	int err = begin(slot, unit, &pte);

	if (err)
		return err;
	err = move_locked(slot, unit, &pte);
	unit_unlock(&slot->unit[unit], pte);
	return err;
}

/* ---- the rest ---- */

int machine_page_age(struct machine_slot *slot, uint64_t unit)
{
	struct hptp_slot *handle = slot_use(slot);
	uint64_t n = frames_of(slot), pte;
	int young;

	if (!handle)
		return HPTP_E_AGAIN;
	young = machine_in_a(hptp_age_range(handle, (hptp_off){ unit * n }, n, NULL));
	slot_used(slot);
	pte = __atomic_fetch_and(&slot->unit[unit].pte, ~PTE_YOUNG, __ATOMIC_RELAXED);
	return young < 0 ? young : young || pte & PTE_YOUNG;
}

enum machine_unit_state machine_unit_state(const struct machine_slot *slot, uint64_t unit)
{
	uint64_t pte = __atomic_load_n(&slot->unit[unit].pte, __ATOMIC_RELAXED);

	if (pte & PTE_PRESENT)
		return pte & PTE_DIRTY ? MACHINE_UNIT_DIRTY : MACHINE_UNIT_CLEAN;
	return pte & PTE_STORED ? MACHINE_UNIT_SWAPPED : MACHINE_UNIT_NEVER;
}

/* The slot is gone: nobody can translate to the unit any more. */
void unit_free(struct machine_slot *slot, uint64_t unit)
{
	struct unit *u = &slot->unit[unit];
	uint64_t pte;

	/* host_put takes the lock too: wait for it with the lock free. */
	for (unsigned turns = 0;; turns++) {
		static const struct timespec pause = { .tv_nsec = 100000 };

		pte = unit_lock(u);
		if (!__atomic_load_n(&u->holds, __ATOMIC_ACQUIRE))
			break;
		unit_unlock(u, pte);
		machine_assert(turns < 300000, "host_get without host_put, unit %ju",
			       (uintmax_t)unit);
		nanosleep(&pause, NULL);
	}
	machine_assert(!__atomic_load_n(&u->pins, __ATOMIC_ACQUIRE), "pin without unpin, unit %ju",
		       (uintmax_t)unit);
	if (pte & PTE_PRESENT && !slot->flat_mem)
		free_frames(slot, &pte);
	swap_release(slot->m, u, frames_of(slot));
	unit_unlock(u, PTE_DEAD);
}

/* Evict something, anything, beginning at a random place. False: nothing can be evicted. */
bool machine_reclaim(struct machine *m)
{
	uint64_t random = machine_random(&m->random);
	bool done = false;

	pthread_rwlock_rdlock(&m->slots_lock);
	for (unsigned i = 0; i < MACHINE_SLOTS && !done; i++) {
		struct machine_slot *slot = m->slot[(random + i) % MACHINE_SLOTS];

		for (uint64_t j = 0; slot && !slot->flat_mem && j < slot->units && !done; j++)
			done = !machine_page_out(slot, ((random >> 8) + j) % slot->units);
	}
	pthread_rwlock_unlock(&m->slots_lock);
	return done;
}
