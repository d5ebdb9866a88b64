// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Words, their stores, and the views of CPUs. See tests/models/memory.pmh. */
#include "memory.h"

#include <stdlib.h>
#include <string.h>

#define WORDS 2048u
#define BUCKETS 4096u

typedef uint16_t view_t[WORDS];

/* A store: its value and the view that it carries, of the words that there were. */
struct stored {
	uint64_t value;
	unsigned words;
	uint16_t *carried;
};

struct word {
	uintptr_t at;
	unsigned size, n, room;
	struct stored *store;
	int next; /* of its bucket, or -1 */
};

static struct word word[WORDS];
static unsigned words;
static int bucket[BUCKETS];
static view_t view[WEAK_CPUS], learned[WEAK_CPUS], told[WEAK_CPUS], barred, before, left;
static bool active;
static const char *from, *from_by;
static uint64_t random_state;

const char *weak_without;
unsigned long weak_stale, weak_left_out;

uint32_t weak_random(void)
{
	random_state = random_state * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(random_state >> 33);
}

static void raise_view(uint16_t *a, const uint16_t *b, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		a[i] = a[i] < b[i] ? b[i] : a[i];
}

/* ---- words ---- */

static uint64_t peek(uintptr_t at, unsigned size)
{
	uint64_t x = 0;

	memcpy(&x, (const void *)at, size); /* little-endian: the low bytes */
	return x;
}

static void append(struct word *w, uint64_t x, const uint16_t *carried)
{
	struct stored *s;

	if (w->n == w->room) {
		w->room = w->room ? 2 * w->room : 8;
		w->store = realloc(w->store, w->room * sizeof(*s));
	}
	if (!w->store || w->n == UINT16_MAX)
		abort();
	s = &w->store[w->n++];
	s->value = x;
	s->words = carried ? words : 0;
	s->carried = carried ? malloc(words * sizeof(uint16_t)) : NULL;
	if (carried)
		memcpy(s->carried, carried, words * sizeof(uint16_t));
}

static int *bucket_of(uintptr_t at)
{
	return &bucket[(at >> 3) * 2654435761u % BUCKETS];
}

/* The word that holds these bytes; NULL while nobody has stored to it. */
static struct word *find(uintptr_t at, unsigned size)
{
	for (int i = *bucket_of(at); i >= 0; i = word[i].next)
		if (word[i].at <= at && at + size <= word[i].at + word[i].size)
			return &word[i];
	return NULL;
}

/* ... made if there is room; without, the access is strongly ordered. */
static struct word *find_or_make(uintptr_t at, unsigned size)
{
	struct word *w = find(at, size);
	int *head = bucket_of(at);

	if (w)
		return w;
	if (words == WORDS)
		return NULL;
	w = &word[words];
	*w = (struct word){ .at = at, .size = size, .next = *head };
	*head = (int)words++;
	append(w, peek(at, size), NULL);
	return w;
}

/* Is it made of smaller ones? */
static bool in_pieces(uintptr_t at, unsigned size)
{
	for (int i = *bucket_of(at); i >= 0; i = word[i].next)
		if (word[i].at >= at && word[i].at < at + size && word[i].size < size)
			return true;
	return false;
}

/* What hardware, or code that knows nothing of this, has stored. */
static void catch_up(struct word *w)
{
	uint64_t now;

	if (!w->size)
		return;
	now = peek(w->at, w->size);
	if (now != w->store[w->n - 1].value)
		append(w, now, NULL);
}

static unsigned number(const struct word *w)
{
	return (unsigned)(w - word);
}

/* ---- orders ---- */

static void learn(int cpu)
{
	raise_view(view[cpu], learned[cpu], words);
}

static void tell(int cpu)
{
	memcpy(told[cpu], view[cpu], words * sizeof(uint16_t));
}

static void full(int cpu)
{
	learn(cpu);
	raise_view(barred, view[cpu], words);
	memcpy(view[cpu], barred, words * sizeof(uint16_t));
	memcpy(learned[cpu], barred, words * sizeof(uint16_t));
	tell(cpu);
}

static bool acquires(int order)
{
	return order != __ATOMIC_RELAXED && order != __ATOMIC_RELEASE;
}

static bool releases(int order)
{
	return order == __ATOMIC_RELEASE || order == __ATOMIC_ACQ_REL || order == __ATOMIC_SEQ_CST;
}

void weak_from(const char *caller, const char *by)
{
	from = caller;
	from_by = by;
}

/* Is "function", or "function:by", in the list? */
static bool left_out(const char *function, const char *by)
{
	size_t n = strlen(function), m = strlen(by);

	for (const char *s = weak_without; s; s = strchr(s, ',')) {
		s += *s == ',';
		if (strncmp(s, function, n))
			continue;
		if (s[n] == ':' && !strncmp(s + n + 1, by, m) && strchr(",", s[n + 1 + m]))
			return true;
		if (strchr(",", s[n]))
			return true;
	}
	return false;
}

/* The order that counts, which is none where it is left out. */
static int order_of(int order, const char *in, const char *by)
{
	if (from) {
		in = from;
		by = from_by;
		from = NULL;
	}
	if (!weak_without || order == __ATOMIC_RELAXED || !left_out(in, by))
		return order;
	weak_left_out++;
	return __ATOMIC_RELAXED;
}

void weak_fence(int order, const char *in)
{
	int cpu = weak_cpu();

	order = order_of(order, in, "fence");
	if (!active)
		return;
	weak_yield();
	if (order == __ATOMIC_SEQ_CST)
		full(cpu);
	if (acquires(order))
		learn(cpu);
	if (releases(order))
		tell(cpu);
}

/* ---- accesses ---- */

static void see(int cpu, const struct word *w, unsigned k)
{
	const struct stored *s = &w->store[k];

	view[cpu][number(w)] = (uint16_t)k;
	if (learned[cpu][number(w)] < k)
		learned[cpu][number(w)] = (uint16_t)k;
	raise_view(learned[cpu], s->carried, s->words);
}

static void put(int cpu, struct word *w, uint64_t x)
{
	uint16_t k = (uint16_t)w->n;

	memcpy((void *)w->at, &x, w->size);
	append(w, x, told[cpu]);
	w->store[k].carried[number(w)] = k;
	view[cpu][number(w)] = learned[cpu][number(w)] = k;
}

/* Some bytes of a word get a value. */
static uint64_t merged(const struct word *w, uintptr_t at, unsigned size, uint64_t x)
{
	uint64_t all = w->store[w->n - 1].value;

	memcpy((char *)&all + (at - w->at), &x, size);
	return all;
}

static uint64_t load_one(int cpu, uintptr_t at, unsigned size)
{
	struct word *w = find(at, size);
	unsigned oldest, k;

	if (!w)
		return peek(at, size);
	catch_up(w);
	oldest = view[cpu][number(w)];
	k = w->n - 1;
	if (oldest < k && weak_random() % 2)
		k = oldest + weak_random() % (k - oldest);
	weak_stale += k != w->n - 1;
	see(cpu, w, k);
	return w->store[k].value >> 8 * (at - w->at) & (~0ull >> (64 - 8 * size));
}

uint64_t weak_load(const void *p, unsigned size, int order, const char *in)
{
	uintptr_t at = (uintptr_t)p;
	int cpu = weak_cpu();
	uint64_t x = 0;

	order = order_of(order, in, "load");
	if (!active || weak_private(p))
		return peek(at, size);
	weak_yield();
	if (in_pieces(at, size))
		for (unsigned i = 0; i < size; i++)
			x |= load_one(cpu, at + i, 1) << 8 * i;
	else
		x = load_one(cpu, at, size);
	if (acquires(order))
		learn(cpu);
	return x;
}

void weak_store(void *p, unsigned size, uint64_t x, int order, const char *in)
{
	int cpu = weak_cpu();
	struct word *w;

	order = order_of(order, in, "store");
	if (!active || weak_private(p)) {
		memcpy(p, &x, size);
		return;
	}
	weak_yield();
	w = find_or_make((uintptr_t)p, size);
	if (!w) {
		memcpy(p, &x, size);
		return;
	}
	catch_up(w);
	if (releases(order))
		tell(cpu);
	put(cpu, w, merged(w, (uintptr_t)p, size, x));
}

/* The second half of a read-modify-write. */
static void replace(int cpu, struct word *w, uint64_t all, int order)
{
	unsigned k = w->n - 1;

	if (releases(order))
		tell(cpu);
	see(cpu, w, k);
	put(cpu, w, all);
	raise_view(w->store[k + 1].carried, w->store[k].carried, w->store[k].words);
	if (acquires(order))
		learn(cpu);
}

bool weak_cas(void *p, unsigned size, void *old, uint64_t x, int order, const char *in)
{
	int cpu = weak_cpu();
	struct word *w;

	order = order_of(order, in, "cas");
	if (active)
		weak_yield();
	if (memcmp(p, old, size)) {
		memcpy(old, p, size);
		return false;
	}
	w = active ? find_or_make((uintptr_t)p, size) : NULL;
	if (!w) {
		memcpy(p, &x, size);
		return true;
	}
	catch_up(w);
	replace(cpu, w, merged(w, (uintptr_t)p, size, x), order);
	return true;
}

uint64_t weak_rmw(void *p, unsigned size, enum weak_op op, uint64_t x, int order, const char *in)
{
	int cpu = weak_cpu();
	uint64_t old, new_;
	struct word *w;

	order = order_of(order, in, "add");
	if (active)
		weak_yield();
	old = peek((uintptr_t)p, size);
	new_ = op == WEAK_ADD ? old + x : op == WEAK_OR ? old | x : old & x;
	w = active ? find_or_make((uintptr_t)p, size) : NULL;
	if (!w) {
		memcpy(p, &new_, size);
		return old;
	}
	catch_up(w);
	replace(cpu, w, merged(w, (uintptr_t)p, size, new_), order);
	return old;
}

/* ---- as a whole ---- */

static void clear(uint16_t *v)
{
	memset(v, 0, sizeof(view_t));
}

void weak_stop(void)
{
	active = false;
	for (unsigned i = 0; i < words; i++) {
		for (unsigned k = 0; k < word[i].n; k++)
			free(word[i].store[k].carried);
		free(word[i].store);
	}
	words = 0;
}

void weak_start(uint64_t seed)
{
	weak_stop();
	random_state = seed * 2862933555777941757ull + 3037000493ull;
	memset(bucket, -1, sizeof(bucket));
	for (unsigned i = 0; i < WEAK_CPUS; i++) {
		clear(view[i]);
		clear(learned[i]);
		clear(told[i]);
	}
	clear(barred);
	clear(before);
	clear(left);
	active = true;
}

void weak_forget(const void *p, size_t size)
{
	for (unsigned i = 0; i < words; i++)
		if (word[i].at - (uintptr_t)p < size)
			word[i].size = 0;
}

void weak_see_all(void)
{
	int cpu = weak_cpu();

	if (!active)
		return;
	for (unsigned i = 0; i < words; i++) {
		catch_up(&word[i]);
		view[cpu][i] = (uint16_t)(word[i].n - 1);
	}
	full(cpu);
}

void weak_section_begins(void)
{
	if (active)
		raise_view(view[weak_cpu()], before, words);
}

void weak_section_ends(void)
{
	if (active)
		raise_view(left, view[weak_cpu()], words);
}

void weak_grace_begins(void)
{
	if (!active)
		return;
	full(weak_cpu());
	raise_view(before, view[weak_cpu()], words);
}

void weak_grace_ended(void)
{
	if (active)
		raise_view(view[weak_cpu()], left, words);
}
