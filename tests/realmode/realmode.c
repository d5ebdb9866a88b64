// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * A real mode in a process. All memory that the test's host gives the library is mapped
 * twice; each entry point that may be called in real mode is called with the first mapping
 * inaccessible, and hptp_port_reach() leads to the second. REALMODE_SITES names a file that
 * gets the places in the library that translated something, REALMODE_FORGET a place that
 * fails to.
 */
#include "hptp_port.h"
#include "hptpager/hptpager.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define ARENA (1ul << 30) /* of address space */
#define BLOCKS 4096u

struct block {
	void *mem;
	size_t size, align;
	bool free;
};

static struct {
	char *virtual, *real;
	size_t used;
	bool on;
	unsigned n;
	struct block block[BLOCKS];
} arena;

static bool inside(const char *base, const void *p)
{
	return base && (const char *)p >= base && (const char *)p < base + ARENA;
}

/* ---- memory ---- */

static void make_arena(void)
{
	int fd = memfd_create("arena", 0);

	if (fd < 0 || ftruncate(fd, ARENA))
		abort();
	arena.virtual = mmap(NULL, ARENA, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd,
			     0);
	arena.real = mmap(NULL, ARENA, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
	if (arena.virtual == MAP_FAILED || arena.real == MAP_FAILED)
		abort();
}

void *__wrap_aligned_alloc(size_t align, size_t size);
void *__wrap_aligned_alloc(size_t align, size_t size)
{
	if (!arena.virtual)
		make_arena();
	/* A switch of modes takes the longer the more pages are in use: use old ones again. */
	for (unsigned i = 0; i < arena.n; i++) {
		struct block *b = &arena.block[i];

		if (b->free && b->size == size && b->align == align) {
			b->free = false;
			return b->mem;
		}
	}
	arena.used = (arena.used + align - 1) & ~(align - 1);
	if (arena.n == BLOCKS || size > ARENA - arena.used)
		return NULL;
	arena.block[arena.n++] = (struct block){ arena.virtual + arena.used, size, align, false };
	arena.used += size;
	return arena.block[arena.n - 1].mem;
}

void __real_free(void *mem);
void __wrap_free(void *mem);
void __wrap_free(void *mem)
{
	for (unsigned i = 0; i < arena.n; i++)
		if (arena.block[i].mem == mem)
			arena.block[i].free = true;
	if (!inside(arena.virtual, mem))
		__real_free(mem);
}

/* ---- the mode ---- */

static void switch_to(bool on)
{
	if (arena.on == on ||
	    mprotect(arena.virtual, ARENA, on ? PROT_NONE : PROT_READ | PROT_WRITE))
		abort();
	arena.on = on;
}

bool realmode_suspend(void)
{
	static const char *callbacks;
	bool on = arena.on;

	if (!callbacks)
		callbacks = getenv("REALMODE_CALLBACKS") ? getenv("REALMODE_CALLBACKS") : "";
	if (on && !strcmp(callbacks, "virtual"))
		switch_to(false);
	return on;
}

void realmode_resume(bool *on)
{
	if (*on && !arena.on)
		switch_to(true);
}

/* Each place once; a test has a few dozen. */
static void note(const char *file, int line)
{
	static struct {
		const char *file;
		int line;
	} seen[256];
	unsigned i = 0;
	FILE *out;

	while (seen[i].file && (seen[i].file != file || seen[i].line != line))
		i++;
	if (seen[i].file)
		return;
	seen[i].file = file;
	seen[i].line = line;
	out = getenv("REALMODE_SITES") ? fopen(getenv("REALMODE_SITES"), "a") : NULL;
	if (out && (fprintf(out, "%s:%d\n", file, line) < 0 || fclose(out)))
		abort();
}

static bool forgotten(const char *file, int line)
{
	static const char *forget;
	char place[4096];

	if (!forget)
		forget = getenv("REALMODE_FORGET") ? getenv("REALMODE_FORGET") : "";
	snprintf(place, sizeof(place), "%s:%d", file, line);
	return *forget && !strcmp(forget, place);
}

void *realmode_reach(const void *p, const char *file, int line)
{
	if (!arena.on || !inside(arena.virtual, p))
		return (void *)(uintptr_t)p;
	if (forgotten(file, line))
		return (void *)(uintptr_t)p;
	if (*file)
		note(file, line);
	return arena.real + ((const char *)p - arena.virtual);
}

/* ---- the entry points ---- */

#define VCPU ((struct hptp_vcpu *)realmode_reach(vcpu, "", 0))

#define IN_REAL_MODE(type, name, params, ...)                                                      \
	type __real_##name params;                                                                 \
	type __wrap_##name params;                                                                 \
	type __wrap_##name params                                                                  \
	{                                                                                          \
		type answer;                                                                       \
                                                                                                   \
		switch_to(true);                                                                   \
		answer = __real_##name(__VA_ARGS__);                                               \
		switch_to(false);                                                                  \
		return answer;                                                                     \
	}

IN_REAL_MODE(long, hptp_h_enter,
	     (struct hptp_vcpu * vcpu, uint64_t flags, uint64_t ptex, uint64_t v, uint64_t r,
	      uint64_t *out),
	     VCPU, flags, ptex, v, r, out)
IN_REAL_MODE(long, hptp_h_remove,
	     (struct hptp_vcpu * vcpu, uint64_t flags, uint64_t ptex, uint64_t avpn,
	      uint64_t out[2]),
	     VCPU, flags, ptex, avpn, out)
IN_REAL_MODE(long, hptp_h_bulk_remove, (struct hptp_vcpu * vcpu, uint64_t args[8]), VCPU, args)
IN_REAL_MODE(long, hptp_h_block_remove, (struct hptp_vcpu * vcpu, uint64_t args[9]), VCPU, args)
IN_REAL_MODE(long, hptp_h_protect,
	     (struct hptp_vcpu * vcpu, uint64_t flags, uint64_t ptex, uint64_t avpn), VCPU, flags,
	     ptex, avpn)
IN_REAL_MODE(long, hptp_h_read,
	     (struct hptp_vcpu * vcpu, uint64_t flags, uint64_t ptex, uint64_t out[8]), VCPU, flags,
	     ptex, out)
IN_REAL_MODE(long, hptp_h_page_init,
	     (struct hptp_vcpu * vcpu, uint64_t flags, uint64_t dest, uint64_t src), VCPU, flags,
	     dest, src)
IN_REAL_MODE(long, hptp_h_clear_ref,
	     (struct hptp_vcpu * vcpu, uint64_t flags, uint64_t ptex, uint64_t *out), VCPU, flags,
	     ptex, out)
IN_REAL_MODE(long, hptp_h_clear_mod,
	     (struct hptp_vcpu * vcpu, uint64_t flags, uint64_t ptex, uint64_t *out), VCPU, flags,
	     ptex, out)
IN_REAL_MODE(enum hptp_outcome, hptp_fault, (struct hptp_vcpu * vcpu, struct hptp_fault *fault),
	     VCPU, fault)
