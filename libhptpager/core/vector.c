// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Vectors of HPTE indices, in nodes of eight words. */
#include "vector.h"

/*
 * The header says how many members there are, and where the tree of nodes begins and its
 * last leaf is. All leaves but the last have 8 members; above them, as soon as there
 * are two, are nodes of 8 references. Position p is word p % 8 of leaf p / 8, and a leaf's
 * number is its path, three bits for each level.
 */
enum { SIZE, ROOT, LAST };

#define WORD_BITS 3u
#define WORD_MASK (HPTP_NODE_WORDS - 1)
/* As many members as a table has entries at most, 2^32. */
#define HEIGHT_MAX 10u

_Static_assert(HPTP_NODE_WORDS == 1u << WORD_BITS, "a digit of a path for each word");

static hptp_inline uint32_t *words(const struct hptp_table *t, uint32_t id)
{
	return hptp_pool_node(&t->pool, id)->w;
}

/* Is there a node of this id? */
static bool made(const struct hptp_table *t, uint32_t id)
{
	return id < hptp_load64(&t->pool.chunks) * hptp_sparse_per_chunk(&t->pool.nodes);
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

static uint32_t child(const struct hptp_table *t, uint32_t id, uint32_t leaf, unsigned level)
{
	return hptp_load32(&words(t, id)[digit(leaf, level)]);
}

static uint32_t find_leaf(const struct hptp_table *t, uint32_t root, uint32_t leaf, unsigned height)
{
	while (height--)
		root = child(t, root, leaf, height);
	return root;
}

/* Nodes at the lower end of the last leaf's path that are there for that leaf only. */
static unsigned own_nodes(uint32_t leaf)
{
	return leaf ? (unsigned)__builtin_ctz(leaf) / WORD_BITS + 1 : 1;
}

/* Is the root there for it only too, with all other leaves below its first word? */
static bool has_own_root(uint32_t leaf)
{
	return leaf && !(leaf & (leaf - 1)) && !((unsigned)__builtin_ctz(leaf) % WORD_BITS);
}

/* One more leaf, number `leaf`, at the end. False: no nodes. */
static hptp_apart bool grow(struct hptp_table *t, uint32_t *header, uint32_t leaf)
{
	unsigned own = own_nodes(leaf), need = own + has_own_root(leaf);
	uint32_t at = hptp_load32(&header[ROOT]), path[HEIGHT_MAX + 1];

	if (!hptp_pool_take(&t->pool, path, need))
		return false;
	if (need > own)
		hptp_store32(&words(t, path[own])[0], at);
	if (need > own || !leaf) {
		at = path[need - 1];
		hptp_store32(&header[ROOT], at);
	}
	for (unsigned level = height(leaf + 1); level--;) {
		if (level < own)
			hptp_store32(&words(t, at)[digit(leaf, level)], path[level]);
		at = child(t, at, leaf, level);
	}
	hptp_store32(&header[LAST], at);
	return true;
}

/* The last leaf, number `leaf` and not the first, is empty. */
static hptp_apart void shrink(struct hptp_table *t, uint32_t *header, uint32_t leaf)
{
	unsigned own = own_nodes(leaf), top = height(leaf + 1);
	uint32_t root = hptp_load32(&header[ROOT]), path[HEIGHT_MAX + 1];

	path[top] = root;
	for (unsigned level = top; level--;)
		path[level] = child(t, path[level + 1], leaf, level);
	if (has_own_root(leaf)) {
		own++;
		root = hptp_load32(&words(t, root)[0]);
		hptp_store32(&header[ROOT], root);
	}
	hptp_store32(&header[LAST], find_leaf(t, root, leaf - 1, height(leaf)));
	while (own--)
		hptp_pool_give(&t->pool, path[own]);
}

static hptp_apart uint32_t begin(struct hptp_table *t)
{
	uint32_t header;

	if (!hptp_pool_take(&t->pool, &header, 1))
		return 0;
	hptp_store32(&words(t, header)[SIZE], 0);
	return header;
}

static hptp_apart void end(struct hptp_table *t, uint32_t header)
{
	hptp_pool_give(&t->pool, hptp_load32(&words(t, header)[ROOT]));
	hptp_pool_give(&t->pool, header);
}

uint32_t hptp_vector_push(struct hptp_table *t, uint32_t header, uint32_t idx)
{
	uint32_t *spot = hptp_spot(t, idx), id = header, *h, size, last;

	if (!spot)
		return 0;
	if (!id)
		id = begin(t);
	if (!id)
		return 0;
	h = words(t, id);
	size = hptp_load32(&h[SIZE]);
	if (!(size & WORD_MASK) && !grow(t, h, size >> WORD_BITS)) {
		if (!header)
			hptp_pool_give(&t->pool, id);
		return 0;
	}
	last = hptp_load32(&h[LAST]);
	hptp_store32(&words(t, last)[size & WORD_MASK], idx);
	hptp_store32(&h[SIZE], size + 1);
	hptp_store32(spot, last << WORD_BITS | (size & WORD_MASK));
	return id;
}

/* The word that a spot names. */
static hptp_inline uint32_t *word_at(const struct hptp_table *t, uint32_t spot)
{
	return &words(t, spot >> WORD_BITS)[spot & WORD_MASK];
}

bool hptp_vector_has(const struct hptp_table *t, uint32_t idx)
{
	const uint32_t *spot = hptp_spot(t, idx);
	uint32_t at = spot ? hptp_load32(spot) : 0;

	return at && made(t, at >> WORD_BITS) && hptp_load32(word_at(t, at)) == idx;
}

uint32_t hptp_vector_remove(struct hptp_table *t, uint32_t header, uint32_t idx)
{
	uint32_t *spot = hptp_spot(t, idx), at = spot ? hptp_load32(spot) : 0, *hole, moved;
	uint32_t *h = words(t, header), size = hptp_load32(&h[SIZE]) - 1;

	if (hptp_unlikely(!at))
		return HPTP_VECTOR_NOT_IN;
	hole = word_at(t, at);
	if (hptp_unlikely(hptp_load32(hole) != idx))
		return HPTP_VECTOR_NOT_IN;
	moved = hptp_load32(&words(t, hptp_load32(&h[LAST]))[size & WORD_MASK]);
	hptp_store32(hole, moved);
	hptp_store32(hptp_spot(t, moved), at);
	hptp_store32(spot, 0); /* after the one moved, which may be the same */
	hptp_store32(&h[SIZE], size);
	if (!size)
		end(t, header);
	else if (!(size & WORD_MASK))
		shrink(t, h, size >> WORD_BITS);
	return size;
}

unsigned hptp_vector_copy(const struct hptp_table *t, uint32_t header, uint32_t *end, uint32_t *out,
			  unsigned room)
{
	const uint32_t *h = words(t, header);
	uint32_t size = hptp_load32(&h[SIZE]), at = *end < size ? *end : size;
	unsigned top = height(((size - 1) >> WORD_BITS) + 1), n = 0;

	/* Leaves as a whole: the next copy does not begin in the middle of one. */
	while (at && room - n >= HPTP_NODE_WORDS) {
		uint32_t root = hptp_load32(&h[ROOT]);
		uint32_t *leaf = words(t, find_leaf(t, root, (at - 1) >> WORD_BITS, top));

		do
			out[n++] = hptp_load32(&leaf[--at & WORD_MASK]);
		while (at & WORD_MASK);
	}
	*end = at;
	return n;
}

void hptp_vector_prefetch(const struct hptp_table *t, uint32_t header)
{
	if (made(t, header))
		hptp_prefetch_write(words(t, header));
}
