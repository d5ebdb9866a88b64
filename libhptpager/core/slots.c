// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Slots: made, published among the library's own, removed in four steps, moved. */
#include "slot.h"
#include "pin.h"
#include "rmap.h"
#include "rules.h"
#include "unmap.h"
#include "vm.h"

static void slot_release(struct hptp_slot *slot)
{
	struct hptp_vm *vm = slot->vm;

	hptp_sparse_free(vm, &slot->records);
	hptp_sparse_free(vm, &slot->words);
	hptp_sparse_free(vm, &slot->hints);
	hptp_sparse_free(vm, &slot->young);
	hptp_sparse_free(vm, &slot->pins);
	hptp_mem_free(vm, slot, sizeof(*slot));
	hptp_add64(&vm->slots_alive, (uint64_t)-1);
}

static bool config_ok(const struct hptp_vm *vm, const struct hptp_slot_config *config)
{
	/* Above it a view has the entry's place. */
	uint64_t frames = (uint64_t)1 << (HPTP_VIEW_PLACE_SHIFT - vm->frame_shift);

	return config->n && config->base.n < frames && config->n <= frames - config->base.n &&
	       !config->flags;
}

int hptp_slot_create(struct hptp_vm *vm, const struct hptp_slot_config *config,
		     struct hptp_slot **out)
{
	struct hptp_slot *slot;
	int error;

	*out = NULL;
	if (config->size != sizeof(*config))
		return HPTP_E_VERSION;
	if (!config_ok(vm, config))
		return HPTP_E_PARAM;
	slot = hptp_mem_alloc(vm, sizeof(*slot));
	if (!slot)
		return HPTP_E_NOMEM;
	hptp_add64(&vm->slots_alive, 1);
	slot->vm = vm;
	slot->base = config->base.n;
	slot->n = config->n;
	slot->host = config->host;
	error = hptp_sparse_init(vm, &slot->records, slot->n, HPTP_RECORD_SHIFT(vm->frame_shift),
				 HPTP_CHUNK_SHIFT);
	if (!error)
		error = hptp_sparse_init(vm, &slot->words, slot->n, HPTP_WORD_SHIFT,
					 HPTP_BYTES_CHUNK_SHIFT);
	if (!error)
		error = hptp_sparse_init(vm, &slot->hints, slot->n, 0, HPTP_BYTES_CHUNK_SHIFT);
	if (!error)
		error = hptp_sparse_init(vm, &slot->young, (slot->n >> 3) + 1, 0,
					 HPTP_BYTES_CHUNK_SHIFT);
	if (!error && hptp_pinned(vm))
		error = hptp_pin_init(slot);
	if (error) {
		slot_release(slot);
		return error;
	}
	*out = slot;
	return HPTP_OK;
}

/* Drop a slot from the library's table; look-ups that are under way may still hold it. */
static void table_drop(struct hptp_slot *slot)
{
	struct hptp_slot_table *t = slot->vm->slots;

	for (uint32_t i = 0; t && i < t->n; i++)
		if (t->entry[i].slot == slot)
			hptp_port_publish(&t->entry[i].slot, NULL);
	if (hptp_keep(HPTP_RULE_GRACE))
		hptp_port_synchronize();
}

int hptp_slot_free(struct hptp_slot *slot)
{
	if (!slot)
		return HPTP_OK;
	if (slot->published || hptp_slot_any_linked(slot))
		return HPTP_E_STATE;
	if (slot->hidden)
		table_drop(slot);
	slot_release(slot);
	return HPTP_OK;
}

int hptp_slot_flush(struct hptp_slot *slot)
{
	struct hptp_window window;
	int error;

	if (slot->published)
		return HPTP_E_STATE;
	/* The window, not the grace period, keeps late enters and refaults from linking. */
	error = hptp_invalidate_begin(slot, (hptp_off){ 0 }, slot->n, &window);
	if (error)
		return error;
	hptp_unmap_and_unlink(slot);
	hptp_unpin_all(slot);
	return hptp_invalidate_end(&window);
}

/* A table with one more slot, in order of base; NULL: no memory. */
static struct hptp_slot_table *table_with(struct hptp_vm *vm, struct hptp_slot *slot, size_t *size)
{
	const struct hptp_slot_table *old = vm->slots;
	struct hptp_slot_table *t;
	uint32_t n = old ? old->n : 0, i = 0;
	bool placed = false;

	*size = sizeof(*t) + (n + 1) * sizeof(t->entry[0]);
	t = *size >> HPTP_CHUNK_SHIFT ? NULL : hptp_mem_alloc(vm, *size);
	if (!t)
		return NULL;
	for (uint32_t k = 0; k <= n; k++) {
		if (!placed && (k == n || old->entry[k].base > slot->base)) {
			t->entry[i].base = slot->base;
			t->entry[i].n = slot->n;
			t->entry[i++].slot = slot;
			placed = true;
		}
		if (k < n && old->entry[k].slot)
			t->entry[i++] = old->entry[k];
	}
	t->n = i;
	return t;
}

static bool overlaps(const struct hptp_vm *vm, const struct hptp_slot *slot, uint64_t base,
		     const struct hptp_slot *apart)
{
	const struct hptp_slot_table *t = vm->slots;

	for (uint32_t i = 0; t && i < t->n; i++)
		if (t->entry[i].slot && t->entry[i].slot != apart &&
		    base < t->entry[i].base + t->entry[i].n && t->entry[i].base < base + slot->n)
			return true;
	return false;
}

static void table_publish(struct hptp_vm *vm, struct hptp_slot *slot, struct hptp_slot_table *t,
			  size_t size)
{
	struct hptp_slot_table *old = vm->slots;
	size_t old_size = vm->slots_size;

	slot->published = 1;
	hptp_port_publish(&vm->slots, t);
	vm->slots_size = size;
	hptp_mmio_changed(vm);
	if (old) {
		if (hptp_keep(HPTP_RULE_GRACE))
			hptp_port_synchronize();
		hptp_mem_free(vm, old, old_size);
	}
}

int hptp_slot_publish(struct hptp_slot *slot)
{
	struct hptp_slot_table *t;
	size_t size;

	if (slot->published || slot->hidden)
		return HPTP_E_STATE;
	if (overlaps(slot->vm, slot, slot->base, NULL))
		return HPTP_E_OVERLAP;
	t = table_with(slot->vm, slot, &size);
	if (!t)
		return HPTP_E_NOMEM;
	table_publish(slot->vm, slot, t, size);
	return HPTP_OK;
}

int hptp_slot_hide(struct hptp_slot *slot)
{
	if (!slot->published)
		return HPTP_E_STATE;
	slot->published = 0;
	__atomic_store_n(&slot->hidden, 1, __ATOMIC_RELEASE);
	return HPTP_OK;
}

void hptp_slot_wait(struct hptp_slot *slot)
{
	(void)slot;
	if (hptp_keep(HPTP_RULE_GRACE))
		hptp_port_synchronize();
}

int hptp_slot_add(struct hptp_vm *vm, const struct hptp_slot_config *config, struct hptp_slot **out)
{
	struct hptp_slot *slot;
	int error = hptp_slot_create(vm, config, &slot);

	*out = NULL;
	if (error)
		return error;
	error = hptp_slot_publish(slot);
	if (error)
		slot_release(slot);
	else
		*out = slot;
	return error;
}

int hptp_slot_remove(struct hptp_slot *slot)
{
	int error = hptp_slot_hide(slot);

	if (error)
		return error;
	hptp_slot_wait(slot);
	error = hptp_slot_flush(slot);
	return error ? error : hptp_slot_free(slot);
}

int hptp_slot_move(struct hptp_slot **slotp, hptp_gfn base)
{
	struct hptp_slot *from = *slotp, *to;
	struct hptp_slot_config config = {
		.size = sizeof(config),
		.base = base,
		.n = from->n,
		.host = from->host,
	};
	struct hptp_slot_table *t;
	size_t size;
	int error;

	if (!from->published)
		return HPTP_E_STATE;
	error = hptp_slot_create(from->vm, &config, &to);
	if (error)
		return error;
	/* All that can fail comes first, and leaves the slot where it is. */
	if (overlaps(from->vm, to, base.n, from)) {
		slot_release(to);
		return HPTP_E_OVERLAP;
	}
	t = table_with(from->vm, to, &size);
	if (!t) {
		slot_release(to);
		return HPTP_E_NOMEM;
	}
	to->log = from->log;
	/* The new table is published when the old slot is gone, so it must not name it. */
	for (uint32_t i = 0; i < t->n; i++)
		if (t->entry[i].slot == from)
			t->entry[i].slot = NULL;
	error = hptp_slot_remove(from);
	table_publish(to->vm, to, t, size);
	*slotp = to;
	return error;
}

void hptp_mmio_changed(struct hptp_vm *vm)
{
	/* Release: who sees the new generation sees the new slots. */
	hptp_add64_release(&vm->mmio_generation, 1);
}
