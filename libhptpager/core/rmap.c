// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Sets of HPTE indices: the record, and the trie that large ones grow. */
#include "rmap.h"

/*
 * Trie nodes. A leaf is a chain of at most CHAIN_MAX nodes, each {next node and count, up
 * to 7 indices}, of which only the first may be not full. An inner node is 8 references.
 * A reference is a node's id, with INNER set for inner nodes; 0 is none. Level 0 tells
 * members apart by the top three bits of their hash, level 10 by the last two.
 */
#define INNER 0x80000000u
#define NODE_MAX (HPTP_NODE_WORDS - 1)
#define CHAIN_MAX 4u
#define LEAF_MAX (CHAIN_MAX * NODE_MAX)
#define COUNT_BITS 3u
#define COUNT_MASK ((1u << COUNT_BITS) - 1)
#define DEPTH 11u

_Static_assert(LEAF_MAX + HPTP_RECORD_PLACES <= HPTP_RMAP_COPY, "a walker takes whole leaves");
_Static_assert(NODE_MAX <= COUNT_MASK, "a node's count fits beside its link");

/* A bijection, so that two indices always part at some level. */
static uint32_t mix(const struct hptp_vm *vm, uint32_t x)
{
	x ^= vm->seed;
	x ^= x >> 16;
	x *= 0x7feb352du;
	x ^= x >> 15;
	x *= 0x846ca68bu;
	x ^= x >> 16;
	return x;
}

static unsigned digit(uint32_t hash, unsigned level)
{
	return hash << 3 * level >> 29;
}

static uint32_t get(const struct hptp_node *n, unsigned i)
{
	return hptp_load32(&n->w[i]);
}

static void set(struct hptp_node *n, unsigned i, uint32_t x)
{
	hptp_store32(&n->w[i], x);
}

static struct hptp_node *node(const struct hptp_vm *vm, uint32_t ref)
{
	return hptp_pool_node(&vm->table.pool, ref & ~INNER);
}

void hptp_rmap_prefetch_trie(struct hptp_vm *vm, const uint32_t *rec)
{
	uint32_t ref = hptp_load32(&rec[hptp_rmap_room(vm)]);

	/* A hint, read without the lock: the node may be anything by now. */
	if ((ref & ~INNER) <
	    hptp_load64(&vm->table.pool.chunks) * hptp_sparse_per_chunk(&vm->table.pool.nodes))
		hptp_prefetch_write(node(vm, ref));
}

/* ---- leaves ---- */

static uint32_t count_of(const struct hptp_node *n)
{
	return get(n, 0) & COUNT_MASK;
}

static uint32_t next_of(const struct hptp_node *n)
{
	return get(n, 0) >> COUNT_BITS;
}

static void set_link(struct hptp_node *n, uint32_t next, uint32_t count)
{
	set(n, 0, next << COUNT_BITS | count);
}

static void append(struct hptp_node *n, uint32_t idx)
{
	uint32_t link = get(n, 0) + 1;

	set(n, link & COUNT_MASK, idx);
	set(n, 0, link);
}

static unsigned chain_length(const struct hptp_vm *vm, uint32_t leaf)
{
	unsigned n = 0;

	for (; leaf; leaf = next_of(node(vm, leaf)))
		n++;
	return n;
}

/* Put idx into the leaf at *ref, which may need another node; false: there is none. */
static bool leaf_add(struct hptp_vm *vm, uint32_t *ref, uint32_t idx)
{
	uint32_t first = hptp_load32(ref), fresh;
	struct hptp_node *n = first ? node(vm, first) : NULL;

	if (!n || count_of(n) == NODE_MAX) {
		if (!hptp_pool_take(&vm->table.pool, &fresh, 1))
			return false;
		n = node(vm, fresh);
		set_link(n, first, 0);
		hptp_store32(ref, fresh);
	}
	append(n, idx);
	return true;
}

/* Where idx is in a leaf: its word, or NULL. */
static uint32_t *leaf_find(const struct hptp_vm *vm, uint32_t leaf, uint32_t idx)
{
	while (leaf) {
		struct hptp_node *n = node(vm, leaf);
		uint32_t link = get(n, 0);

		for (unsigned i = link & COUNT_MASK; i; i--)
			if (get(n, i) == idx)
				return &n->w[i];
		leaf = link >> COUNT_BITS;
	}
	return NULL;
}

/* Fill the hole from the first node, and drop that node when it gets empty. */
static void leaf_del(struct hptp_vm *vm, uint32_t *ref, uint32_t *hole)
{
	uint32_t first = hptp_load32(ref);
	struct hptp_node *n = node(vm, first);
	uint32_t last = count_of(n), next = next_of(n);

	hptp_store32(hole, get(n, last));
	set_link(n, next, last - 1);
	if (last == 1) {
		hptp_store32(ref, next);
		hptp_pool_give(&vm->table.pool, first);
	}
}

/* ---- trie ---- */

/* Spread a full leaf over the children of a new inner node, which takes its place at *ref. */
static bool leaf_split(struct hptp_vm *vm, uint32_t *ref, uint32_t leaf, unsigned level)
{
	uint32_t ids[1 + HPTP_NODE_WORDS + CHAIN_MAX], next;
	unsigned count[HPTP_NODE_WORDS] = { 0 }, need = 1;
	struct hptp_node *inner;

	for (uint32_t at = leaf; at; at = next_of(node(vm, at)))
		for (unsigned i = 1; i <= count_of(node(vm, at)); i++)
			if (!(count[digit(mix(vm, get(node(vm, at), i)), level)]++ % NODE_MAX))
				need++;
	if (!hptp_pool_take(&vm->table.pool, ids, need))
		return false;
	inner = node(vm, ids[0]);
	for (unsigned d = 0; d < HPTP_NODE_WORDS; d++)
		set(inner, d, 0);
	for (uint32_t at = leaf; at; at = next) {
		for (unsigned i = 1; i <= count_of(node(vm, at)); i++) {
			uint32_t idx = get(node(vm, at), i);
			uint32_t *child = &inner->w[digit(mix(vm, idx), level)];

			if (!hptp_load32(child) ||
			    count_of(node(vm, hptp_load32(child))) == NODE_MAX) {
				set_link(node(vm, ids[--need]), hptp_load32(child), 0);
				hptp_store32(child, ids[need]);
			}
			append(node(vm, hptp_load32(child)), idx);
		}
		next = next_of(node(vm, at));
		hptp_pool_give(&vm->table.pool, at);
	}
	hptp_store32(ref, ids[0] | INNER);
	return true;
}

static bool trie_add(struct hptp_vm *vm, uint32_t *ref, uint32_t idx)
{
	uint32_t hash = mix(vm, idx);
	unsigned level = 0;

	for (;;) {
		uint32_t at = hptp_load32(ref);

		if (at & INNER)
			ref = &node(vm, at)->w[digit(hash, level++)];
		else if (!at || count_of(node(vm, at)) < NODE_MAX ||
			 chain_length(vm, at) < CHAIN_MAX)
			return leaf_add(vm, ref, idx);
		else if (!leaf_split(vm, ref, at, level))
			return false;
	}
}

/* Take inner nodes without children away, from below upwards. */
static void trie_prune(struct hptp_vm *vm, uint32_t **path, unsigned depth)
{
	while (!hptp_load32(path[depth]) && depth) {
		uint32_t ref = hptp_load32(path[--depth]);

		for (unsigned d = 0; d < HPTP_NODE_WORDS; d++)
			if (get(node(vm, ref), d))
				return;
		hptp_store32(path[depth], 0);
		hptp_pool_give(&vm->table.pool, ref & ~INNER);
	}
}

static bool trie_del(struct hptp_vm *vm, uint32_t *root, uint32_t idx)
{
	uint32_t *path[DEPTH + 1], *hole, at = hptp_load32(root);
	unsigned depth = 0;

	path[0] = root;
	if (at & INNER) {
		uint32_t hash = mix(vm, idx);

		for (; at & INNER; at = hptp_load32(path[depth])) {
			path[depth + 1] = &node(vm, at)->w[digit(hash, depth)];
			depth++;
		}
	}
	hole = leaf_find(vm, at, idx);
	if (!hole)
		return false;
	leaf_del(vm, path[depth], hole);
	trie_prune(vm, path, depth);
	return true;
}

/*
 * The first leaf whose hashes reach up to `from` or beyond, in order of hash; *end is
 * the hash after its last. 0: none.
 */
static uint32_t trie_leaf_from(struct hptp_vm *vm, uint32_t root, uint64_t from, uint64_t *end)
{
	if (!(root & INNER)) {
		*end = HPTP_RMAP_DONE;
		return root;
	}
	while (from < HPTP_RMAP_DONE) {
		uint32_t ref = root;
		unsigned level = 0, shift = 32;

		while (ref & INNER) {
			ref = get(node(vm, ref), digit((uint32_t)from, level));
			level++;
			shift = level < DEPTH ? 32 - 3 * level : 0;
		}
		/* The stretch of hashes that share the digits taken so far. */
		*end = ((from >> shift) + 1) << shift;
		if (ref)
			return ref;
		from = *end;
	}
	*end = HPTP_RMAP_DONE;
	return 0;
}

/* ---- sets ---- */

uint32_t hptp_rmap_add_trie(struct hptp_vm *vm, uint32_t word, uint32_t *rec, uint32_t idx)
{
	uint32_t *root = &rec[hptp_rmap_room(vm)];

	if (!(word & HPTP_SET_TRIE))
		hptp_store32(root, 0);
	if (!trie_add(vm, root, idx))
		return HPTP_SET_LOCK;
	return hptp_rmap_more(word) | HPTP_SET_TRIE;
}

/* Of a set without a trie, which may have had too many members to count. */
static uint32_t counted(uint32_t word)
{
	unsigned places = hptp_rmap_places(word), n = 0;

	for (; places; n++)
		(void)hptp_rmap_next_place(&places);
	return (word & (HPTP_SET_MEMBER - 1)) + n * HPTP_SET_MEMBER;
}

uint32_t hptp_rmap_del_trie(struct hptp_vm *vm, uint32_t word, uint32_t *rec, uint32_t idx)
{
	uint32_t *root = &rec[hptp_rmap_room(vm)];

	if (!(word & HPTP_SET_TRIE) || !trie_del(vm, root, idx))
		return HPTP_SET_LOCK;
	if (!hptp_load32(root))
		return counted(word & ~HPTP_SET_TRIE);
	return hptp_rmap_less(word);
}

unsigned hptp_rmap_find(struct hptp_vm *vm, uint32_t word, uint32_t *rec, uint64_t idx)
{
	uint64_t end, hash = mix(vm, (uint32_t)idx);
	unsigned places = hptp_rmap_places(word);
	uint32_t leaf;

	while (places) {
		unsigned place = hptp_rmap_next_place(&places);

		if (hptp_load32(&rec[place]) == (uint32_t)idx)
			return place;
	}
	if (!(word & HPTP_SET_TRIE))
		return HPTP_PLACE_NONE;
	leaf = trie_leaf_from(vm, hptp_load32(&rec[hptp_rmap_room(vm)]), hash, &end);
	if (!leaf || hash >= end || !leaf_find(vm, leaf, (uint32_t)idx))
		return HPTP_PLACE_NONE;
	return HPTP_PLACE_TRIE;
}

static unsigned leaf_copy(struct hptp_vm *vm, uint32_t leaf, uint32_t *out)
{
	unsigned n = 0;

	while (leaf) {
		const struct hptp_node *at = node(vm, leaf);
		uint32_t link = get(at, 0);

		for (unsigned i = link & COUNT_MASK; i; i--)
			out[n++] = get(at, i);
		leaf = link >> COUNT_BITS;
	}
	return n;
}

unsigned hptp_rmap_copy_trie(struct hptp_vm *vm, uint32_t word, const uint32_t *rec,
			     uint64_t *cursor, uint32_t *out, unsigned room)
{
	unsigned places = hptp_rmap_places(word), n = 0;
	uint32_t root;

	/* Wherever a member sits, it is copied while its hash is still to come. */
	while (places) {
		uint32_t idx = hptp_load32(&rec[hptp_rmap_next_place(&places)]);

		if (!*cursor || mix(vm, idx) >= *cursor)
			out[n++] = idx;
	}
	if (!(word & HPTP_SET_TRIE)) {
		*cursor = HPTP_RMAP_DONE;
		return n;
	}
	root = hptp_load32(&rec[hptp_rmap_room(vm)]);
	while (*cursor < HPTP_RMAP_DONE && room - n >= LEAF_MAX)
		n += leaf_copy(vm, trie_leaf_from(vm, root, *cursor, cursor), &out[n]);
	return n;
}
