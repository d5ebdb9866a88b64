// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Slots: handles, and the library's own published set of them. */
#include "slot.h"
#include "bitmap.h"
#include "pin.h"
#include "rmap.h"
#include "rules.h"
#include "unmap.h"
#include "vm.h"

const uint8_t hptp_huge_shift[HPTP_HUGE_SIZES] = { 16, 24, 34 };

/* Bytes of R history come in chunks of this size: 32768 frames. */
#define YOUNG_CHUNK_SHIFT 12u

static struct hptp_sparse *slot_array(struct hptp_slot *slot, enum hptp_slot_array array)
{
	return array == HPTP_SLOT_RECORDS ? &slot->records :
	       array == HPTP_SLOT_YOUNG   ? &slot->young :
					    &slot->pins;
}

/* With mem NULL: is a chunk missing? Else: put it in, and true if it was taken. */
static bool slot_chunk(struct hptp_vm *vm, uint64_t gfn, enum hptp_slot_array array, void *mem,
		       size_t *size)
{
	struct hptp_slot *slot;
	bool done = false;

	hptp_port_read_begin();
	slot = hptp_slot_of(vm, gfn, false);
	if (slot) {
		struct hptp_sparse *s = slot_array(slot, array);
		uint64_t i = (gfn - slot->base) >> (array == HPTP_SLOT_YOUNG ? 3 : 0);

		*size = (size_t)1 << s->chunk_shift;
		done = mem ? hptp_sparse_install(s, i, mem) : !hptp_sparse_at(s, i);
	}
	hptp_port_read_end();
	return done;
}

bool hptp_slot_provide(struct hptp_vm *vm, uint64_t gfn, enum hptp_slot_array array)
{
	size_t size, again;
	void *mem;

	if (!slot_chunk(vm, gfn, array, NULL, &size))
		return true;
	mem = hptp_mem_alloc(vm, size);
	if (!mem)
		return false;
	if (!slot_chunk(vm, gfn, array, mem, &again))
		hptp_mem_free(vm, mem, size);
	return true;
}

static void slot_release(struct hptp_slot *slot)
{
	struct hptp_vm *vm = slot->vm;

	hptp_sparse_free(vm, &slot->records);
	hptp_sparse_free(vm, &slot->young);
	hptp_sparse_free(vm, &slot->pins);
	hptp_mem_free(vm, slot, sizeof(*slot));
	hptp_add64(&vm->slots_alive, (uint64_t)-1);
}

static bool config_ok(const struct hptp_vm *vm, const struct hptp_slot_config *config)
{
	uint64_t frames = (uint64_t)1 << (60 - vm->frame_shift);

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
	error = hptp_sparse_init(vm, &slot->records, slot->n, HPTP_RECORD_SHIFT, HPTP_CHUNK_SHIFT);
	if (!error)
		error = hptp_sparse_init(vm, &slot->young, (slot->n >> 3) + 1, 0,
					 YOUNG_CHUNK_SHIFT);
	if (!error && hptp_pinned(vm))
		error = hptp_pin_init(slot);
	if (error) {
		slot_release(slot);
		return error;
	}
	*out = slot;
	return HPTP_OK;
}

bool hptp_slot_any_linked(const struct hptp_slot *slot)
{
	uint64_t per = hptp_sparse_per_chunk(&slot->records);

	for (uint64_t c = 0; c < slot->records.chunks; c++) {
		const struct hptp_record *rec = hptp_sparse_chunk(&slot->records, c);

		for (uint64_t i = 0; rec && i < per; i++)
			if (hptp_rmap_count(hptp_load32(&rec[i].word)))
				return true;
	}
	return false;
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
	t = hptp_mem_alloc(vm, *size);
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
	/* All that can fail comes first; the new table is made again below, in this memory. */
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
	for (uint32_t i = 0; i < t->n; i++)
		if (t->entry[i].slot == from)
			t->entry[i].slot = NULL;
	error = hptp_slot_remove(from);
	table_publish(to->vm, to, t, size);
	*slotp = to;
	return error;
}

struct hptp_slot *hptp_slot_of(struct hptp_vm *vm, uint64_t gfn, bool hidden_too)
{
	const struct hptp_slot_table *t;
	uint32_t lo = 0, hi;

	if (hptp_op_given(vm, slot_find))
		return hptp_op(vm, slot_find, (hptp_gfn){ gfn }, hidden_too);
	t = hptp_port_deref(&vm->slots);
	hi = t ? t->n : 0;
	/* The last entry that begins at or before the frame. */
	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (t->entry[mid].base <= gfn)
			lo = mid + 1;
		else
			hi = mid;
	}
	/* A slot that took the place of a removed one may share its base: look at both. */
	while (lo-- && gfn >= t->entry[lo].base) {
		struct hptp_slot *slot = hptp_port_deref(&t->entry[lo].slot);

		if (slot && gfn - t->entry[lo].base < t->entry[lo].n &&
		    (hidden_too || !__atomic_load_n(&slot->hidden, __ATOMIC_ACQUIRE)))
			return slot;
		if (slot)
			break;
	}
	return NULL;
}

struct hptp_slot *hptp_slot_find(struct hptp_vm *vm, hptp_gfn gfn)
{
	return hptp_slot_of(vm, gfn.n, false);
}

hptp_gfn hptp_slot_base(const struct hptp_slot *slot)
{
	return (hptp_gfn){ slot->base };
}

uint64_t hptp_slot_frames(const struct hptp_slot *slot)
{
	return slot->n;
}

void *hptp_slot_host(const struct hptp_slot *slot)
{
	return slot->host;
}

void hptp_mmio_changed(struct hptp_vm *vm)
{
	/* Release: who sees the new generation sees the new slots. */
	hptp_add64_release(&vm->mmio_generation, 1);
}

void hptp_slot_set_young(struct hptp_slot *slot, uint64_t off)
{
	uint8_t *byte = hptp_sparse_at(&slot->young, off >> 3);
	uint8_t bit = (uint8_t)(1u << (off & 7));

	if (byte && !(hptp_load8(byte) & bit))
		hptp_or8(byte, bit);
}

void hptp_slot_log(struct hptp_slot *slot, uint64_t off, uint64_t n)
{
	uint8_t *log = __atomic_load_n(&slot->log, __ATOMIC_ACQUIRE);

	if (log)
		hptp_bitmap_set(log, off, n);
}
