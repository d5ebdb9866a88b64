// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Pages of the benchmark's guest: 1 TiB segments, pages scattered or in order. */
#include "guest.h"

#include <stdio.h>
#include <stdlib.h>

#define EA_BITS 40u /* of a 1 TiB segment */
#define SLB_1T 0x4000000000000000ull
#define SLB_KP 0x400ull
#define SLB_L_64K 0x110ull
#define V_LARGE 4ull
#define R_LP_64K 0x1000ull
#define R_M 0x10ull
#define PP_RWRW 2ull

struct setup setup = { .order = 24, .aliases = 8, .threads = 2, .frames = 65536, .seconds = 1 };
struct mapping *maps;
uint64_t n_maps;

uint64_t rnd(uint64_t *s)
{
	*s ^= *s << 13;
	*s ^= *s >> 7;
	*s ^= *s << 17;
	return *s;
}

void check(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "%s: %s went wrong\n", be_name, what);
	exit(1);
}

static bool large(void)
{
	return be_page_shift == 16;
}

uint64_t map_ea(const struct mapping *m)
{
	return (uint64_t)m->page << be_page_shift;
}

uint64_t map_slb_v(const struct mapping *m)
{
	uint64_t vsid = ((m->alias + 1) * 0x9e3779ull) & 0xffffff;

	return SLB_1T | vsid << 24 | SLB_KP | (large() ? SLB_L_64K : 0);
}

uint64_t map_hash(const struct mapping *m)
{
	uint64_t vsid = (map_slb_v(m) & ~(3ull << 62)) >> 24;

	return (vsid ^ vsid << 25 ^ m->page) & (((uint64_t)1 << (setup.order - 7)) - 1);
}

uint64_t map_v(const struct mapping *m)
{
	uint64_t vsid = map_slb_v(m) & ~((1ull << 24) - 1);

	return vsid | ((map_ea(m) >> 16) & ~V_LOW) | (large() ? V_LARGE : 0);
}

uint64_t map_r(const struct mapping *m)
{
	uint64_t lp = large() ? R_LP_64K : 0;

	return (uint64_t)m->frame << be_page_shift | lp | R_BIT | C_BIT | R_M | PP_RWRW;
}

int map_enter(unsigned vcpu, struct mapping *m)
{
	uint64_t hash = map_hash(m), v = map_v(m) | V_VALID, r = map_r(m);
	uint64_t other = ~hash & (((uint64_t)1 << (setup.order - 7)) - 1);
	int error = be_enter(vcpu, 0, hash << 3, v, r, &m->idx);

	if (__builtin_expect(error == 1, 0)) {
		error = be_enter(vcpu, 0, other << 3, v | V_SECONDARY, r, &m->idx);
		if (error)
			m->idx = NO_IDX;
	}
	return error;
}

int map_remove(unsigned vcpu, const struct mapping *m)
{
	return be_remove(vcpu, H_AVPN, m->idx, map_avpn(m));
}

/* A bijection on page numbers, so that groups fill as a real hash would fill them. */
static uint32_t scatter(uint32_t frame, uint32_t alias)
{
	unsigned bits = EA_BITS - be_page_shift;
	uint32_t mask = (1u << bits) - 1, x = (frame ^ alias * 0x5bd1e995u) & mask;

	for (uint32_t k = 0; k < 3; k++) {
		x = (x * 0x2c9277b5u + 0x3c6ef372u * k) & mask;
		x ^= x >> (bits / 2);
	}
	return x;
}

void maps_build(uint64_t frames, unsigned aliases)
{
	n_maps = 0;
	for (uint32_t a = 0; a < aliases; a++)
		for (uint32_t f = 0; f < frames; f++)
			maps[n_maps++] = (struct mapping){
				.frame = f, .page = setup.sequential ? f : scatter(f, a), .alias = a
			};
}

void maps_build_hot(uint64_t n)
{
	for (n_maps = 0; n_maps < n; n_maps++)
		maps[n_maps] =
			(struct mapping){ .frame = 7, .page = 1234, .alias = (uint32_t)n_maps };
}

void shuffle(struct mapping *m, uint64_t n)
{
	for (uint64_t i = n; i > 1; i--) {
		uint64_t j = rnd(&setup.seed) % i;
		struct mapping t = m[i - 1];

		m[i - 1] = m[j];
		m[j] = t;
	}
}

void maps_shuffle(void)
{
	if (!setup.sequential)
		shuffle(maps, n_maps);
}

static int by_frame(const void *a, const void *b)
{
	const struct mapping *x = a, *y = b;

	if (x->frame != y->frame)
		return x->frame < y->frame ? -1 : 1;
	return x->alias < y->alias ? -1 : x->alias > y->alias;
}

void maps_sort_by_frame(void)
{
	qsort(maps, n_maps, sizeof(*maps), by_frame);
}

void maps_drop_failed(void)
{
	uint64_t n = 0;

	for (uint64_t i = 0; i < n_maps; i++)
		if (maps[i].idx != NO_IDX)
			maps[n++] = maps[i];
	n_maps = n;
}

void maps_enter_all(void)
{
	for (uint64_t i = 0; i < n_maps; i++)
		(void)map_enter(0, &maps[i]);
	maps_drop_failed();
}

void maps_touch(unsigned c)
{
	for (uint64_t i = 0; i < n_maps; i++)
		be_touch(maps[i].idx, R_BIT | (c && maps[i].idx % c == 0 ? C_BIT : 0));
}
