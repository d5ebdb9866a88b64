// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The node pool: a lock-free list of free nodes, grown by chunks. */
#include "pool.h"
#include "rules.h"
#include "vm.h"

#define HEAD_ID(head) ((uint32_t)(head))
#define HEAD_TAG ((uint64_t)hptp_keep(HPTP_RULE_POOL_TAG) << 32)

int hptp_pool_init(struct hptp_vm *vm, struct hptp_pool *pool, uint64_t entries)
{
	return hptp_sparse_init(vm, &pool->nodes, hptp_pool_nodes(entries), HPTP_NODE_SHIFT,
				HPTP_CHUNK_SHIFT);
}

/* Put a chain of nodes, already linked from `first` to `last`, on the list. */
static void push(struct hptp_pool *pool, uint32_t first, struct hptp_node *last)
{
	uint64_t head;

	do {
		head = hptp_load64(&pool->head);
		hptp_store32(&last->w[0], HEAD_ID(head));
	} while (!hptp_cas64(&pool->head, head,
			     ((head + HEAD_TAG) & ~(uint64_t)UINT32_MAX) | first));
}

/* The next chunk, if there is one more. */
static struct hptp_sparse *chunk_where(struct hptp_vm *vm, uint64_t key, unsigned which,
				       uint64_t *i)
{
	struct hptp_pool *pool = &vm->table.pool;
	uint64_t chunk = hptp_load64(&pool->chunks);

	(void)key, (void)which;
	*i = chunk * hptp_sparse_per_chunk(&pool->nodes);
	return hptp_table_usable(&vm->table) && chunk < pool->nodes.chunks ? &pool->nodes : NULL;
}

/* Put the nodes of the next chunk on the list; false: there is no further chunk. */
static bool grow(struct hptp_vm *vm)
{
	struct hptp_pool *pool = &vm->table.pool;
	uint64_t id, last, chunk = hptp_load64(&pool->chunks);

	if (!chunk_where(vm, 0, 0, &id))
		return false;
	last = id + hptp_sparse_per_chunk(&pool->nodes) - 1;
	if (!hptp_sparse_at(&pool->nodes, id) || !hptp_cas64(&pool->chunks, chunk, chunk + 1))
		return true; /* another thread was here meanwhile, and pushes nodes */
	id += !id;           /* id 0 stands for "none" */
	for (uint64_t i = id; i < last; i++)
		hptp_store32(&hptp_pool_node(pool, (uint32_t)i)->w[0], (uint32_t)i + 1);
	push(pool, (uint32_t)id, hptp_pool_node(pool, (uint32_t)last));
	return true;
}

/* A link takes at most 11: a leaf's whole path. The others are for who links meanwhile. */
#define RESERVE 128u

static bool enough(struct hptp_vm *vm)
{
	const struct hptp_pool *pool = &vm->table.pool;
	uint64_t made = hptp_load64(&pool->chunks) * hptp_sparse_per_chunk(&pool->nodes);

	return made >= hptp_load64(&pool->used) + RESERVE;
}

bool hptp_pool_reserve(struct hptp_vm *vm)
{
	bool done;

	hptp_port_read_begin();
	done = !hptp_table_usable(&vm->table) || enough(vm);
	hptp_port_read_end();
	if (done)
		return true;
	if (!hptp_sparse_provide(vm, chunk_where, 0, 0))
		return false;
	hptp_port_read_begin();
	done = !hptp_table_usable(&vm->table) || grow(vm);
	hptp_port_read_end();
	return done;
}

static uint32_t pop(struct hptp_pool *pool)
{
	for (;;) {
		uint64_t head = hptp_load64_acquire(&pool->head);
		uint32_t id = HEAD_ID(head), next;

		if (!id)
			return 0;
		/* May be read after another took the node: the tag has changed then. */
		next = hptp_load32(&hptp_pool_node(pool, id)->w[0]);
		if (hptp_cas64(&pool->head, head,
			       ((head + HEAD_TAG) & ~(uint64_t)UINT32_MAX) | next))
			return id;
	}
}

bool hptp_pool_take(struct hptp_pool *pool, uint32_t *ids, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		ids[i] = pop(pool);
		if (!ids[i]) {
			while (i--)
				push(pool, ids[i], hptp_pool_node(pool, ids[i]));
			return false;
		}
	}
	hptp_add64(&pool->used, n);
	return true;
}

void hptp_pool_give(struct hptp_pool *pool, uint32_t id)
{
	push(pool, id, hptp_pool_node(pool, id));
	hptp_add64(&pool->used, (uint64_t)-1);
}
