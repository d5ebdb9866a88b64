/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The guest that the benchmark plays: which pages it has, where their entries go, and the
 * two hypercalls as a guest kernel makes them.
 */
#ifndef BENCH_GUEST_H
#define BENCH_GUEST_H

#include "backend.h"

#define R_BIT 0x100u
#define C_BIT 0x080u
#define H_EXACT (1ull << 39)
#define H_AVPN (1ull << 31)
#define V_VALID 1ull
#define V_SECONDARY 2ull
#define V_LOW 0x7full
#define NO_IDX (~(uint32_t)0)

/* One mapping: a frame, seen at a page of the segment `alias`. */
struct mapping {
	uint32_t frame, page, alias, idx;
};

/* What is run, from the command line. */
struct setup {
	unsigned order, aliases, threads;
	uint64_t frames, seed;
	bool sequential;
	bool apart;     /* each call ends before the next begins */
	double seconds; /* of each mixed run */
};

extern struct setup setup;
extern struct mapping *maps;
extern uint64_t n_maps;

uint64_t rnd(uint64_t *state);
void check(bool ok, const char *what);

/* All mappings, in order of alias and frame, none entered. */
void maps_build(uint64_t frames, unsigned aliases);
/* As many of one frame. */
void maps_build_hot(uint64_t n);
/* Random order, unless the run is sequential. */
void maps_shuffle(void);
void shuffle(struct mapping *m, uint64_t n);
void maps_sort_by_frame(void);
/* Forget those for which both groups were full. */
void maps_drop_failed(void);
void maps_enter_all(void);
/* The hardware sets R of all, and C of every cth entry; 0: of none. */
void maps_touch(unsigned c);

uint64_t map_ea(const struct mapping *m);
uint64_t map_slb_v(const struct mapping *m);
uint64_t map_hash(const struct mapping *m);
uint64_t map_v(const struct mapping *m);
uint64_t map_r(const struct mapping *m);

static inline uint64_t map_avpn(const struct mapping *m)
{
	return map_v(m) & ~V_LOW;
}

/*
 * A call of a guest is over. On hardware nothing of the next one can have begun, since its sc
 * and the rfid before it are context synchronizing; without this, calls that have nothing to
 * do with each other overlap.
 */
static inline void call_ends(void)
{
	if (!setup.apart)
		return;
#if defined(__x86_64__)
	__asm__ volatile("lfence" : : : "memory");
#elif defined(__powerpc64__)
	__asm__ volatile("isync" : : : "memory");
#else
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
#endif
}

/* The primary group, then the secondary one. */
int map_enter(unsigned vcpu, struct mapping *m);
int map_remove(unsigned vcpu, const struct mapping *m);

#endif
