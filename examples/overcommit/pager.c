// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The host's pager, a clock: its hand goes round the guest's memory; a unit that was used
 * since the hand came by last is spared once, any other is evicted.
 */
#include "run.h"

#include <errno.h>

void pager_init(struct pager *p, struct guest *g, uint64_t frames, unsigned vcpus)
{
	*p = (struct pager){ .guest = g };
	p->low = frames / 32 + 1;
	if (p->low < vcpus / 2)
		p->low = vcpus / 2;
	p->high = 2 * p->low;
}

static void evict(struct pager *p, uint64_t unit)
{
	switch (machine_page_out(p->guest->slot, unit)) {
	case HPTP_E_HOST(ENOSPC): guest_stop(p->guest, "the swap file is full"); break;
	case HPTP_OK:
	case HPTP_E_AGAIN:
	case HPTP_E_NOPAGE: break;
	default: guest_stop(p->guest, "writing the swap file failed");
	}
}

static void turn(struct pager *p)
{
	struct machine_slot *slot = p->guest->slot;
	uint64_t unit = p->hand;
	enum machine_unit_state state = machine_unit_state(slot, unit);

	p->hand = (unit + 1) % machine_slot_units(slot);
	if (state != MACHINE_UNIT_CLEAN && state != MACHINE_UNIT_DIRTY)
		return;
	if (machine_page_age(slot, unit) > 0)
		__atomic_fetch_add(&p->spared, 1, __ATOMIC_RELAXED);
	else
		evict(p, unit);
}

void pager_run(struct pager *p, const atomic_bool *done)
{
	struct machine *m = p->guest->machine;

	while (!atomic_load(done) && !atomic_load(&p->guest->stop)) {
		if (machine_frames_free(m) >= p->low)
			machine_pager_wait(m, 0.01);
		else
			while (machine_frames_free(m) < p->high && !atomic_load(done) &&
			       !atomic_load(&p->guest->stop))
				turn(p);
	}
}
