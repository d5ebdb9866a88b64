// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Pinned pages, by the first frame of each. */
#include "pin.h"
#include "vm.h"

enum { PIN_NONE, PIN_BUSY, PIN_HELD };

struct hptp_pin {
	struct hptp_host_page page;
	uint32_t state;
	uint32_t shift; /* log2 of the size that was asked to be pinned */
};

#define PIN_SHIFT 5u
_Static_assert(sizeof(struct hptp_pin) == 1u << PIN_SHIFT, "an element of a sparse array");

int hptp_pin_init(struct hptp_slot *slot)
{
	return hptp_sparse_init(slot->vm, &slot->pins, slot->n, PIN_SHIFT, HPTP_CHUNK_SHIFT);
}

bool hptp_pin_find(struct hptp_slot *slot, uint64_t off, unsigned shift,
		   struct hptp_host_page *page)
{
	struct hptp_pin *pin = hptp_sparse_at(&slot->pins, off);

	if (!pin || __atomic_load_n(&pin->state, __ATOMIC_ACQUIRE) != PIN_HELD ||
	    pin->shift < shift)
		return false;
	*page = pin->page;
	return true;
}

/* The slot of a frame as it was when its page was pinned. */
struct place {
	uint64_t base, n;
	void *host;
	bool found;
};

static struct place place_of(struct hptp_vm *vm, uint64_t gfn, struct hptp_slot **slot)
{
	struct place p = { .found = false };

	*slot = hptp_slot_of(vm, gfn, false);
	if (*slot)
		p = (struct place){ (*slot)->base, (*slot)->n, (*slot)->host, true };
	return p;
}

static bool same_place(const struct place *a, const struct place *b)
{
	return a->found && b->found && a->base == b->base && a->n == b->n && a->host == b->host;
}

/*
 * Record a pin, in place of a smaller one if there is. *page is then what has to be
 * unpinned: the smaller one, or this one when another thread was first or the slot went.
 * False: nothing has to be.
 */
static bool record(struct hptp_vm *vm, uint64_t gfn, const struct place *then, unsigned shift,
		   struct hptp_host_page *page)
{
	struct hptp_slot *slot;
	struct hptp_pin *pin = NULL;
	struct hptp_host_page old;
	struct place now;
	bool left_over = true;

	hptp_port_read_begin();
	now = place_of(vm, gfn, &slot);
	if (same_place(&now, then))
		pin = hptp_sparse_at(&slot->pins, gfn - slot->base);
	if (pin && hptp_cas32(&pin->state, PIN_NONE, PIN_BUSY)) {
		pin->page = *page;
		pin->shift = shift;
		hptp_store32_release(&pin->state, PIN_HELD);
		left_over = false;
	} else if (pin && pin->shift < shift && hptp_cas32(&pin->state, PIN_HELD, PIN_BUSY)) {
		old = pin->page;
		pin->page = *page;
		pin->shift = shift;
		hptp_store32_release(&pin->state, PIN_HELD);
		*page = old;
	}
	hptp_port_read_end();
	return left_over;
}

bool hptp_pin(struct hptp_vm *vm, uint64_t gfn, unsigned shift)
{
	struct hptp_host_page page = { .shift = 0 };
	struct hptp_slot *slot;
	struct place place;
	hptp_off off;

	if (!hptp_slot_provide(vm, gfn, HPTP_SLOT_PINS))
		return false;
	hptp_port_read_begin();
	place = place_of(vm, gfn, &slot);
	hptp_port_read_end();
	if (!place.found)
		return true; /* it became emulated MMIO meanwhile: nothing to pin */
	off.n = gfn - place.base;
	if (hptp_op(vm, pin, place.host, off, shift, &page) != HPTP_OK)
		return false;
	if (record(vm, gfn, &place, shift, &page))
		hptp_op(vm, unpin, place.host, off, &page);
	return true;
}

void hptp_unpin_all(struct hptp_slot *slot)
{
	uint64_t per, off = 0;

	if (!hptp_pinned(slot->vm))
		return;
	per = hptp_sparse_per_chunk(&slot->pins);
	for (uint64_t c = 0; c < slot->pins.chunks; c++) {
		struct hptp_pin *pin = hptp_sparse_chunk(&slot->pins, c);

		for (uint64_t i = 0; pin && i < per; i++, pin++) {
			off = c * per + i;
			if (pin->state == PIN_HELD)
				hptp_op(slot->vm, unpin, slot->host, (hptp_off){ off }, &pin->page);
			pin->state = PIN_NONE;
		}
	}
}
