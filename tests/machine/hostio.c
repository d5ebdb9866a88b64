// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The host's own access to guest memory: page in, hold, copy, tell the dirty log.
 */
#include "impl.h"

static struct machine_slot *find(struct machine *m, uint64_t gfn)
{
	for (unsigned i = 0; i < MACHINE_SLOTS; i++) {
		struct machine_slot *s = m->slot[i];

		if (s && gfn - machine_slot_base(s) < s->n)
			return s;
	}
	return NULL;
}

static uint8_t *memory_at(const struct machine_slot *slot, uint64_t pte, uint64_t at)
{
	uint64_t real = pte_frame(pte) << slot->m->conf.frame_shift;

	return (uint8_t *)real_memory(slot->m, real, 1) + (at & ((1ull << slot->shift) - 1));
}

/* The guest may store into the same words meanwhile. */
static void copy_shared(void *to, const void *from, size_t n)
{
	char *t = to;
	const char *f = from;

	for (; n >= 8 && !(((uintptr_t)t | (uintptr_t)f) & 7); n -= 8, t += 8, f += 8)
		__atomic_store_n((uint64_t *)t, __atomic_load_n((const uint64_t *)f, 0), 0);
	for (; n; n--, t++, f++)
		__atomic_store_n(t, __atomic_load_n(f, 0), 0);
}

/* n does not leave the unit. */
static int copy_piece(struct machine_slot *slot, uint64_t at, void *data, size_t n, bool write)
{
	unsigned frame_shift = slot->m->conf.frame_shift;
	uint64_t unit = at >> slot->shift, first = at >> frame_shift;
	uint64_t pte = unit_lock(&slot->unit[unit]);
	int err = unit_bring_in(slot, unit, write, &pte);
	struct hptp_slot *handle = err ? NULL : slot_use(slot);

	if (!err && !handle)
		err = HPTP_E_AGAIN;
	if (!err && !write)
		copy_shared(data, memory_at(slot, pte, at), n);
	if (!err && write) {
		copy_shared(memory_at(slot, pte, at), data, n);
		hptp_dirty_mark(handle, (hptp_off){ first },
				((at + n - 1) >> frame_shift) - first + 1);
	}
	if (handle)
		slot_used(slot);
	unit_unlock(&slot->unit[unit], pte);
	return err;
}

static int copy_all(struct machine *m, uint64_t gpa, void *data, size_t n, bool write)
{
	char *at = data;
	int err = 0;

	pthread_rwlock_rdlock(&m->slots_lock);
	while (n && !err) {
		struct machine_slot *slot = find(m, gpa >> m->conf.frame_shift);
		uint64_t in_slot = slot ? gpa - (machine_slot_base(slot) << m->conf.frame_shift) :
					  0;
		size_t piece =
			slot ? (1ull << slot->shift) - (in_slot & ((1ull << slot->shift) - 1)) : 0;

		piece = piece < n ? piece : n;
		err = slot ? copy_piece(slot, in_slot, at, piece, write) : HPTP_E_NOPAGE;
		gpa += piece;
		at += piece;
		n -= piece;
	}
	pthread_rwlock_unlock(&m->slots_lock);
	return err;
}

int machine_host_read(struct machine *m, uint64_t gpa, void *to, size_t n)
{
	return copy_all(m, gpa, to, n, false);
}

int machine_host_write(struct machine *m, uint64_t gpa, const void *from, size_t n)
{
	return copy_all(m, gpa, (void *)(uintptr_t)from, n, true);
}
