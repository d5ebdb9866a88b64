// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Vectors of HPTE indices, in nodes of eight words. */
#include "vector.h"

/*
 * The header says how many members there are, and where the first and the last of the tree
 * of nodes are: leaves of 8 members, all full but the last one, and above them, as soon as
 * there are two, nodes of 8 references. Position p is word p % 8 of leaf p / 8; a leaf's
 * number is its path, three bits for each level.
 */
enum { SIZE, ROOT, LAST };

#define WORD_BITS 3u
#define WORD_MASK (HPTP_NODE_WORDS - 1)
/* As many members as a table has entries at most, 2^32. */
#define HEIGHT_MAX 10u

_Static_assert(HPTP_NODE_WORDS == 1u << WORD_BITS, "a digit of a path for each word");

static struct hptp_node *node(const struct hptp_table *t, uint32_t id)
{
	return hptp_pool_node(&t->pool, id);
}

/* Is there a node of this id? */
static bool made(const struct hptp_table *t, uint32_t id)
{
	return id < hptp_load64(&t->pool.chunks) * hptp_sparse_per_chunk(&t->pool.nodes);
}

static uint32_t get(const struct hptp_table *t, uint32_t id, unsigned i)
{
	return hptp_load32(&node(t, id)->w[i]);
}

static void set(const struct hptp_table *t, uint32_t id, unsigned i, uint32_t x)
{
	hptp_store32(&node(t, id)->w[i], x);
}

/* Levels of references above so many leaves. */
static unsigned height(uint32_t leaves)
{
	unsigned h = 0;

	while ((leaves - 1) >> WORD_BITS * h)
		h++;
	return h;
}

static unsigned digit(uint32_t leaf, unsigned level)
{
	return leaf >> WORD_BITS * level & WORD_MASK;
}

/* The nodes of a leaf's path, up to and with path[height]; the leaf is path[0]. */
static void find_path(const struct hptp_table *t, uint32_t root, uint32_t leaf, unsigned height,
		      uint32_t *path)
{
	path[height] = root;
	for (unsigned level = height; level--;)
		path[level] = get(t, path[level + 1], digit(leaf, level));
}

static uint32_t find_leaf(const struct hptp_table *t, uint32_t root, uint32_t leaf, unsigned height)
{
	while (height--)
		root = get(t, root, digit(leaf, height));
	return root;
}

/*
 * How many nodes of the last leaf's path are there for that leaf only, from below: those in
 * which it is first; and of a new root, which is there since this leaf, the first is another.
 */
static unsigned own_nodes(uint32_t leaf)
{
	return leaf ? (unsigned)__builtin_ctz(leaf) / WORD_BITS + 1 : 1;
}

static bool has_own_root(uint32_t leaf)
{
	return leaf && height(leaf + 1) > height(leaf);
}

/* One more leaf, number `leaf`, at the end. False: no nodes. */
static bool grow(struct hptp_table *t, uint32_t header, uint32_t leaf)
{
	unsigned top = height(leaf + 1), own = own_nodes(leaf), need = own + has_own_root(leaf);
	uint32_t root = get(t, header, ROOT), path[HEIGHT_MAX + 1];

	if (!hptp_pool_take(&t->pool, path, need))
		return false;
	if (need > own) {
		set(t, path[own], 0, root);
		root = path[own];
	} else if (!leaf) {
		root = path[0];
	}
	set(t, header, ROOT, root);
	set(t, header, LAST, path[0]);
	for (unsigned level = top; level--;) {
		if (level < own)
			set(t, root, digit(leaf, level), path[level]);
		root = get(t, root, digit(leaf, level));
	}
	return true;
}

/* The last leaf, number `leaf` and not the first, is empty. */
static void shrink(struct hptp_table *t, uint32_t header, uint32_t leaf)
{
	unsigned top = height(leaf + 1), own = own_nodes(leaf);
	uint32_t root = get(t, header, ROOT), path[HEIGHT_MAX + 1];

	find_path(t, root, leaf, top, path);
	if (has_own_root(leaf)) {
		own++;
		root = get(t, root, 0);
		set(t, header, ROOT, root);
	}
	set(t, header, LAST, find_leaf(t, root, leaf - 1, height(leaf)));
	while (own--)
		hptp_pool_give(&t->pool, path[own]);
}

uint32_t hptp_vector_push(struct hptp_table *t, uint32_t header, uint32_t idx)
{
	uint32_t *spot = hptp_spot(t, idx), size, last, fresh = 0;

	if (!spot)
		return 0;
	if (!header) {
		if (!hptp_pool_take(&t->pool, &fresh, 1))
			return 0;
		set(t, fresh, SIZE, 0);
		header = fresh;
	}
	size = get(t, header, SIZE);
	if (!(size & WORD_MASK) && !grow(t, header, size >> WORD_BITS)) {
		if (fresh)
			hptp_pool_give(&t->pool, fresh);
		return 0;
	}
	last = get(t, header, LAST);
	set(t, last, size & WORD_MASK, idx);
	set(t, header, SIZE, size + 1);
	hptp_store32(spot, last << WORD_BITS | (size & WORD_MASK));
	return header;
}

uint32_t hptp_vector_size(const struct hptp_table *t, uint32_t header)
{
	return get(t, header, SIZE);
}

/* Where a spot says that idx is; NULL: it is not there. */
static uint32_t *word_of(const struct hptp_table *t, const uint32_t *spot, uint32_t idx)
{
	uint32_t at = spot ? hptp_load32(spot) : 0, *word;

	if (!at)
		return NULL;
	word = &node(t, at >> WORD_BITS)->w[at & WORD_MASK];
	return hptp_load32(word) == idx ? word : NULL;
}

bool hptp_vector_has(const struct hptp_table *t, uint32_t idx)
{
	const uint32_t *spot = hptp_spot(t, idx);

	return spot && made(t, hptp_load32(spot) >> WORD_BITS) && word_of(t, spot, idx);
}

bool hptp_vector_remove(struct hptp_table *t, uint32_t header, uint32_t idx)
{
	uint32_t *spot = hptp_spot(t, idx), *hole = word_of(t, spot, idx), size, moved;

	if (!hole)
		return false;
	size = get(t, header, SIZE) - 1;
	moved = get(t, get(t, header, LAST), size & WORD_MASK);
	hptp_store32(hole, moved);
	hptp_store32(hptp_spot(t, moved), hptp_load32(spot));
	hptp_store32(spot, 0); /* after the last one's, which may be the same */
	set(t, header, SIZE, size);
	if (!size) {
		hptp_pool_give(&t->pool, get(t, header, ROOT));
		hptp_pool_give(&t->pool, header);
	} else if (!(size & WORD_MASK)) {
		shrink(t, header, size >> WORD_BITS);
	}
	return true;
}

unsigned hptp_vector_copy(const struct hptp_table *t, uint32_t header, uint32_t *end, uint32_t *out,
			  unsigned room)
{
	uint32_t size = get(t, header, SIZE), at = *end < size ? *end : size;
	unsigned top = height((size - 1) / HPTP_NODE_WORDS + 1), n = 0;

	/* Leaves as a whole: the next copy does not begin in the middle of one. */
	while (at && room - n >= HPTP_NODE_WORDS) {
		uint32_t leaf = (at - 1) >> WORD_BITS;
		uint32_t id = find_leaf(t, get(t, header, ROOT), leaf, top);

		do
			out[n++] = get(t, id, --at & WORD_MASK);
		while (at & WORD_MASK);
	}
	*end = at;
	return n;
}

void hptp_vector_prefetch(const struct hptp_table *t, uint32_t header)
{
	if (made(t, header))
		hptp_prefetch_write(node(t, header));
}
