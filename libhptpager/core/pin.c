// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Pinned pages, by the first frame of each. */
#include "pin.h"
#include "vm.h"

enum { PIN_NONE, PIN_BUSY, PIN_HELD };

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

bool hptp_pin_find(struct hptp_slot *slot, uint64_t off, struct hptp_host_page *page)
{
	struct hptp_pin *pin = hptp_sparse_at(&slot->pins, off);

	if (!pin || __atomic_load_n(&pin->state, __ATOMIC_ACQUIRE) != PIN_HELD)
		return false;
	*page = pin->page;
	return true;
}

/* Record a pin. False: another thread was first, or the slot went. */
static bool record(struct hptp_vm *vm, uint64_t gfn, void *slot_host,
		   const struct hptp_host_page *page)
{
	struct hptp_slot *slot;
	struct hptp_pin *pin = NULL;
	bool recorded;

	hptp_port_read_begin();
	slot = hptp_slot_of(vm, gfn, false);
	if (slot && slot->host == slot_host)
		pin = hptp_sparse_at(&slot->pins, gfn - slot->base);
	recorded = pin && hptp_cas32(&pin->state, PIN_NONE, PIN_BUSY);
	if (recorded) {
		pin->page = *page;
		hptp_store32_release(&pin->state, PIN_HELD);
	}
	hptp_port_read_end();
	return recorded;
}

bool hptp_pin(struct hptp_vm *vm, uint64_t gfn, unsigned shift)
{
	struct hptp_host_page page = { .shift = 0 };
	struct hptp_slot *slot;
	void *host = NULL;
	hptp_off off = { 0 };

	if (!hptp_slot_provide(vm, gfn, HPTP_SLOT_PINS))
		return false;
	hptp_port_read_begin();
	slot = hptp_slot_of(vm, gfn, false);
	if (slot) {
		host = slot->host;
		off.n = gfn - slot->base;
	}
	hptp_port_read_end();
	if (!slot)
		return true; /* it became emulated MMIO meanwhile: nothing to pin */
	if (hptp_op(vm, pin, host, off, shift, &page) != HPTP_OK)
		return false;
	if (!record(vm, gfn, host, &page))
		hptp_op(vm, unpin, host, off, &page);
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
