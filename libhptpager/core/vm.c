// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* A VM: created, described, ended; its memory accounted. */
#include "hptpager/hptpager.h"
#include "replace.h"
#include "resize.h"
#include "rmap.h"

unsigned hptp_version(void)
{
	return HPTP_VERSION_MAJOR * 10000 + HPTP_VERSION_MINOR * 100 + HPTP_VERSION_PATCH;
}

enum op_kind { REQUIRED, OPTIONAL, PINNED };

const char *hptp_ops_missing(const struct hptp_ops *ops, bool pinned)
{
#define HPTP_OP(kind, ret, name, args)                                                             \
	if (!ops->name && (kind == REQUIRED || (kind == PINNED && pinned)))                        \
		return #name;
#include "hptpager/op_list.h"
#undef HPTP_OP
	/* A snapshot without its check, or the other way round, is no retry state. */
	if (!ops->retry_begin != !ops->retry_check)
		return ops->retry_begin ? "retry_check" : "retry_begin";
	return NULL;
}

static int config_check(const struct hptp_config *c)
{
	if (c->size != sizeof(*c))
		return HPTP_E_VERSION;
	if ((c->frame_shift != 12 && c->frame_shift != 16) || !hptp_order_ok(c->order) ||
	    c->format > HPTP_FORMAT_3_0 || (c->flags & ~HPTP_VM_PINNED))
		return HPTP_E_PARAM;
	return HPTP_OK;
}

static int ops_check(const struct hptp_config *c)
{
	if (!c->ops)
		return HPTP_E_OPS;
	if (c->ops->size != sizeof(*c->ops))
		return HPTP_E_VERSION;
	return hptp_ops_missing(c->ops, c->flags & HPTP_VM_PINNED) ? HPTP_E_OPS : HPTP_OK;
}

static int vm_init(struct hptp_vm *vm, const struct hptp_config *c)
{
	struct hptp_table table;
	int error;

	vm->flags = c->flags;
	vm->frame_shift = c->frame_shift;
	vm->mmio_generation = 1;
	vm->host_count.shared = true;
	vm->table.isa_3_0 = c->format == HPTP_FORMAT_3_0;
	error = hptp_table_make(vm, &table, c->order);
	if (error)
		return error;
	vm->table = table;
	vm->table.limit = table.n; /* nobody is there yet */
	vm->table.generation = 1;
	return HPTP_OK;
}

/* What there is of a VM, at its end or when its creation failed. */
static void vm_release(struct hptp_vm *vm)
{
	if (vm->slots)
		hptp_mem_free(vm, vm->slots, vm->slots_size);
	hptp_table_end(vm, &vm->table);
	vm->ops->mem_free(vm->host, vm, sizeof(*vm));
}

int hptp_vm_create(const struct hptp_config *config, struct hptp_vm **out)
{
	struct hptp_vm *vm;
	int error = config_check(config);

	*out = NULL;
	if (!error)
		error = ops_check(config);
	if (error)
		return error;
	vm = config->ops->mem_alloc(config->host, sizeof(*vm));
	if (!vm)
		return HPTP_E_NOMEM;
	vm->ops = config->ops;
	vm->host = config->host;
	vm->bytes = sizeof(*vm);
	error = vm_init(vm, config);
	if (error) {
		vm_release(vm);
		return error;
	}
	*out = vm;
	return HPTP_OK;
}

static bool any_slot(const struct hptp_vm *vm)
{
	for (uint32_t i = 0; vm->slots && i < vm->slots->n; i++)
		if (vm->slots->entry[i].slot)
			return true;
	return false;
}

int hptp_vm_destroy(struct hptp_vm *vm)
{
	if (!vm)
		return HPTP_OK;
	if (vm->vcpus || vm->streams || vm->slots_alive || any_slot(vm))
		return HPTP_E_STATE;
	hptp_resize_drop(vm);
	vm_release(vm);
	return HPTP_OK;
}

void hptp_vm_table(const struct hptp_vm *vm, struct hptp_table_info *info)
{
	*info = (struct hptp_table_info){
		.entries = vm->table.hpte,
		.real = vm->table.mem.real,
		.sdr1 = vm->table.order ? vm->table.mem.real | (vm->table.order - HPTP_MIN_ORDER) :
					  0,
		.n = vm->table.n,
		.order = vm->table.order,
		.format = vm->table.isa_3_0 ? HPTP_FORMAT_3_0 : HPTP_FORMAT_OLD,
	};
}

int hptp_vm_need(const struct hptp_config *c, uint64_t frames, struct hptp_need *need)
{
	int error = config_check(c);
	uint64_t entries, views, in_sets, records, bytes;

	if (error)
		return error;
	entries = c->order ? (uint64_t)1 << (c->order - 4) : 0;
	views = entries << HPTP_VIEW_SHIFT;
	/* Of large sets: a spot for each entry, and as many nodes as there can be. */
	in_sets = (entries << HPTP_SPOT_SHIFT) + (hptp_pool_nodes(entries) << HPTP_NODE_SHIFT);
	records = frames << HPTP_RECORD_SHIFT(c->frame_shift);
	bytes = (frames << HPTP_WORD_SHIFT) + frames + frames / 8; /* hints, R history */
	need->table = entries << 4;
	/* Directories: a pointer per chunk. */
	need->fixed = sizeof(struct hptp_vm) +
		      ((views + in_sets + records) >> (HPTP_CHUNK_SHIFT - 3)) +
		      (bytes >> (HPTP_BYTES_CHUNK_SHIFT - 3));
	need->half_full = need->fixed + views + records + bytes;
	need->worst = need->half_full + in_sets;
	return HPTP_OK;
}
