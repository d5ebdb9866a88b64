// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Pinned pages, by the first frame of each. */
#include "pin.h"
#include "vm.h"

/*
 * `state` is the log2 of the size that is pinned, or one of these two. A pin only ever
 * gives way to a larger one, so a reader who finds the same size before and after it
 * copied the page has copied one page.
 */
enum { PIN_NONE, PIN_BUSY };

struct hptp_pin {
	struct hptp_host_page page;
	uint32_t state;
	uint32_t pad;
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
	uint32_t state = pin ? hptp_load32(&pin->state) : PIN_NONE;

	if (state < shift)
		return false;
	hptp_read_barrier();
	page->hfn.n = hptp_load64(&pin->page.hfn.n);
	page->shift = hptp_load8(&pin->page.shift);
	page->flags = hptp_load8(&pin->page.flags);
	hptp_read_barrier();
	return hptp_load32(&pin->state) == state;
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

static void pin_store(struct hptp_pin *pin, const struct hptp_host_page *page, unsigned shift)
{
	hptp_store_barrier(); /* the state is seen to be busy before the page changes */
	hptp_store64(&pin->page.hfn.n, page->hfn.n);
	__atomic_store_n(&pin->page.shift, page->shift, __ATOMIC_RELAXED);
	__atomic_store_n(&pin->page.flags, page->flags, __ATOMIC_RELAXED);
	pin->page.hold = page->hold;
	hptp_store32_release(&pin->state, shift);
}

/*
 * Record a pin, in place of a smaller one if there is. *page is then what has to be
 * unpinned: the smaller one, or this one when another thread was first or the slot went.
 * False: nothing has to be.
 */
static bool record(struct hptp_vm *vm, uint64_t gfn, const struct place *then, unsigned shift,
		   struct hptp_host_page *page)
{
	struct hptp_host_page mine = *page;
	struct hptp_pin *pin = NULL;
	uint32_t state = PIN_BUSY;
	struct hptp_slot *slot;
	struct place now;

	hptp_port_read_begin();
	now = place_of(vm, gfn, &slot);
	if (same_place(&now, then))
		pin = hptp_sparse_at(&slot->pins, gfn - slot->base);
	if (pin)
		state = hptp_load32(&pin->state);
	if (state != PIN_BUSY && state < shift && hptp_cas32(&pin->state, state, PIN_BUSY)) {
		*page = pin->page;
		pin_store(pin, &mine, shift);
	} else {
		state = PIN_BUSY;
	}
	hptp_port_read_end();
	return state != PIN_NONE;
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
			if (pin->state > PIN_BUSY)
				hptp_op(slot->vm, unpin, slot->host, (hptp_off){ off }, &pin->page);
			pin->state = PIN_NONE;
		}
	}
}
