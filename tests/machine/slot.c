// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Slots: added to the library's own, or (MACHINE_OWN_SLOTS) only made there and found
 * through our slot_find. A removed slot's cookie stays in memory as a grave, so that a
 * callback which names it is recognised instead of crashing.
 */
#include "impl.h"

struct hptp_slot *machine_slot_handle(const struct machine_slot *slot)
{
	return __atomic_load_n(&slot->handle, __ATOMIC_ACQUIRE);
}

uint64_t machine_slot_base(const struct machine_slot *slot)
{
	return __atomic_load_n(&slot->base, __ATOMIC_RELAXED);
}

uint64_t machine_slot_units(const struct machine_slot *slot)
{
	return slot->units;
}

unsigned machine_slot_shift(const struct machine_slot *slot)
{
	return slot->shift;
}

/* Borrow the handle until slot_used(); NULL: it is going away, try later. */
struct hptp_slot *slot_use(struct machine_slot *slot)
{
	struct hptp_slot *handle;

	if (pthread_rwlock_tryrdlock(&slot->handle_lock))
		return NULL;
	handle = machine_slot_handle(slot);
	if (!handle)
		pthread_rwlock_unlock(&slot->handle_lock);
	return handle;
}

void slot_used(struct machine_slot *slot)
{
	pthread_rwlock_unlock(&slot->handle_lock);
}

static int publish(struct machine_slot *slot, uint64_t base)
{
	struct machine *m = slot->m;
	struct hptp_slot_config config = {
		.size = sizeof(config),
		.base = { base },
		.n = slot->n,
		.host = slot,
	};
	struct hptp_slot *handle;
	bool own = m->conf.flags & MACHINE_OWN_SLOTS;
	int err;

	if (own)
		err = machine_in_t(hptp_slot_create(m->vm, &config, &handle));
	else
		err = machine_in_t(hptp_slot_add(m->vm, &config, &handle));
	if (err)
		return err;
	__atomic_store_n(&slot->base, base, __ATOMIC_RELAXED);
	__atomic_store_n(&slot->hidden, false, __ATOMIC_RELEASE);
	__atomic_store_n(&slot->handle, handle, __ATOMIC_RELEASE);
	if (own)
		hptp_mmio_changed(m->vm);
	return 0;
}

/* The four steps of removal for our own slots; the library's do them themselves. */
static int withdraw(struct machine_slot *slot)
{
	struct machine *m = slot->m;
	struct hptp_slot *handle = machine_slot_handle(slot);
	enum machine_context before;
	int err;

	if (!(m->conf.flags & MACHINE_OWN_SLOTS)) {
		err = machine_in_t(hptp_slot_remove(handle));
		if (!err)
			__atomic_store_n(&slot->handle, NULL, __ATOMIC_RELEASE);
		return err;
	}
	before = machine_context_enter(MACHINE_CTX_T);
	__atomic_store_n(&slot->hidden, true, __ATOMIC_RELEASE);
	hptp_slot_wait(handle);
	err = hptp_slot_flush(handle);
	/* Until here it was found by those who leave its sets. */
	__atomic_store_n(&slot->handle, NULL, __ATOMIC_RELEASE);
	hptp_slot_wait(handle);
	if (!err)
		err = hptp_slot_free(handle);
	machine_context_leave(before);
	machine_assert(!err, "removing a hidden slot: %s", hptp_strerror(err));
	return err;
}

/* ---- our list ---- */

static int list_add(struct machine_slot *slot)
{
	struct machine *m = slot->m;
	int err = HPTP_E_NOMEM;

	pthread_rwlock_wrlock(&m->slots_lock);
	for (unsigned i = 0; i < MACHINE_SLOTS && err; i++) {
		if (!m->slot[i]) {
			__atomic_store_n(&m->slot[i], slot, __ATOMIC_RELEASE);
			err = 0;
		}
	}
	pthread_rwlock_unlock(&m->slots_lock);
	return err;
}

static void list_remove(struct machine_slot *slot)
{
	struct machine *m = slot->m;

	pthread_rwlock_wrlock(&m->slots_lock);
	for (unsigned i = 0; i < MACHINE_SLOTS; i++) {
		if (m->slot[i] == slot)
			__atomic_store_n(&m->slot[i], NULL, __ATOMIC_RELEASE);
	}
	pthread_rwlock_unlock(&m->slots_lock);
}

/* ---- add, remove, move ---- */

static struct machine_slot *make(struct machine *m, uint64_t n, unsigned shift, unsigned flags)
{
	struct machine_slot *slot = calloc(1, sizeof(*slot));
	unsigned per = shift - m->conf.frame_shift;

	if (!slot)
		return NULL;
	pthread_rwlock_init(&slot->handle_lock, NULL);
	slot->magic = SLOT_MAGIC;
	slot->m = m;
	slot->n = n;
	slot->shift = shift;
	slot->flags = flags;
	slot->units = n >> per;
	slot->unit = calloc(slot->units, sizeof(slot->unit[0]));
	if (slot->unit && flags & (MACHINE_SLOT_FLAT | MACHINE_SLOT_CI) && frames_flat(m, slot)) {
		free(slot->unit);
		slot->unit = NULL;
	}
	if (!slot->unit) {
		free(slot);
		return NULL;
	}
	for (uint64_t i = 0; slot->flat_mem && i < slot->units; i++) {
		uint64_t frame = (slot->flat_real >> m->conf.frame_shift) + (i << per) +
				 !!(flags & MACHINE_SLOT_ASKEW);

		slot->unit[i].pte = frame << PTE_FRAME_SHIFT | PTE_PRESENT | PTE_YOUNG |
				    (flags & MACHINE_SLOT_READONLY ? 0 : PTE_WRITABLE | PTE_DIRTY);
	}
	return slot;
}

static void bury(struct machine_slot *slot)
{
	struct machine *m = slot->m;

	__atomic_store_n(&slot->dead, true, __ATOMIC_RELEASE);
	for (uint64_t i = 0; i < slot->units; i++)
		unit_free(slot, i);
	frames_unflat(m, slot);
	pthread_rwlock_wrlock(&m->slots_lock);
	slot->next_grave = m->graves;
	m->graves = slot;
	pthread_rwlock_unlock(&m->slots_lock);
}

int machine_slot_add(struct machine *m, uint64_t base, uint64_t n, unsigned shift, unsigned flags,
		     struct machine_slot **slot)
{
	unsigned per;
	int err;

	*slot = NULL;
	shift = shift ? shift : m->conf.frame_shift;
	per = shift - m->conf.frame_shift;
	if (shift < m->conf.frame_shift || shift > 34 || !n || (base | n) & ((1ull << per) - 1))
		return HPTP_E_PARAM;
	*slot = make(m, n, shift, flags);
	if (!*slot)
		return HPTP_E_NOMEM;
	err = list_add(*slot);
	if (!err)
		err = publish(*slot, base);
	if (err) {
		list_remove(*slot);
		bury(*slot);
		*slot = NULL;
	}
	return err;
}

int machine_slot_remove(struct machine_slot *slot)
{
	int err;

	pthread_rwlock_wrlock(&slot->handle_lock);
	err = withdraw(slot);
	pthread_rwlock_unlock(&slot->handle_lock);
	if (err)
		return err;
	list_remove(slot);
	bury(slot);
	return 0;
}

static int move(struct machine_slot *slot, uint64_t base)
{
	struct hptp_slot *handle = machine_slot_handle(slot);
	uint64_t old = machine_slot_base(slot);
	int err;

	if (!(slot->m->conf.flags & MACHINE_OWN_SLOTS)) {
		err = machine_in_t(hptp_slot_move(&handle, (hptp_gfn){ base }));
		__atomic_store_n(&slot->handle, handle, __ATOMIC_RELEASE);
		if (!err)
			__atomic_store_n(&slot->base, base, __ATOMIC_RELAXED);
		return err;
	}
	err = withdraw(slot);
	if (!err)
		err = publish(slot, base);
	if (err && !machine_slot_handle(slot))
		machine_assert(!publish(slot, old), "a slot can not be put back");
	return err;
}

int machine_slot_move(struct machine_slot *slot, uint64_t base)
{
	int err;

	pthread_rwlock_wrlock(&slot->handle_lock);
	err = move(slot, base);
	pthread_rwlock_unlock(&slot->handle_lock);
	return err;
}
