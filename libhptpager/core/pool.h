/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Nodes for the larger reverse-map sets: 32 bytes each, type-stable (a node stays a node
 * until the table is replaced), so a stale pointer never reaches anything else. Taken and given
 * back without a lock; more of them are made in task context only.
 */
#ifndef HPTP_POOL_H
#define HPTP_POOL_H

#include "sparse.h"

#define HPTP_NODE_SHIFT 5u
#define HPTP_NODE_WORDS 8u
#define HPTP_NODES_MAX ((uint64_t)1 << 29)

/* The first word doubles as the link of the free list, so all accesses are atomic. */
struct hptp_node {
	uint32_t w[HPTP_NODE_WORDS];
};

struct hptp_pool {
	struct hptp_sparse nodes;
	uint64_t head;   /* {tag, id} of the first free node; id 0: none */
	uint64_t chunks; /* made so far */
	uint64_t used;   /* nodes in sets */
};

/* As many as a table of so many entries has at most; ids share a word of 32 bits with 3 others. */
static inline uint64_t hptp_pool_nodes(uint64_t entries)
{
	return entries / 2 < HPTP_NODES_MAX ? entries / 2 : HPTP_NODES_MAX;
}

int hptp_pool_init(struct hptp_vm *vm, struct hptp_pool *pool, uint64_t entries);
/* Have nodes for any one link free. Task context. False: no memory, or all nodes made. */
bool hptp_pool_reserve(struct hptp_vm *vm);
/* Take n nodes, all or none; their contents are undefined. */
bool hptp_pool_take(struct hptp_pool *pool, uint32_t *ids, unsigned n);
void hptp_pool_give(struct hptp_pool *pool, uint32_t id);

static inline struct hptp_node *hptp_pool_node(const struct hptp_pool *pool, uint32_t id)
{
	return hptp_sparse_made(&pool->nodes, id, HPTP_NODE_SHIFT, HPTP_CHUNK_SHIFT);
}

#endif
