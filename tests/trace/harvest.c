// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The dirty log. A harvest must report every frame that was written since the last one;
 * while vCPUs run it may leave some to a later call, which is then held to it.
 */
#include "replay.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static bool bit(const uint8_t *map, uint64_t i)
{
	return map[i >> 3] >> (i & 7) & 1;
}

static void set_bit(uint8_t *map, uint64_t i, bool value)
{
	map[i >> 3] = (uint8_t)((map[i >> 3] & ~(1u << (i & 7))) | (unsigned)value << (i & 7));
}

/* "a-b,c" of guest frames, or "-". */
static void parse_set(const struct memory *m, const char *text, uint8_t *map)
{
	if (!strcmp(text, "-"))
		return;
	for (const char *p = text; *p; p += *p == ',') {
		char *end;
		uint64_t first = strtoull(p, &end, 16), last = first;

		if (*end == '-')
			last = strtoull(end + 1, &end, 16);
		if (end == p || (*end && *end != ',') || first < m->base || last < first ||
		    last >= m->base + m->n)
			mismatch("`%s` is no set of the slot's frames", text);
		for (; first <= last; first++)
			set_bit(map, first - m->base, true);
		p = end;
	}
}

static uint8_t *new_map(const struct memory *m)
{
	uint8_t *map = calloc((m->n + 7) / 8, 1);

	if (!map)
		abort();
	return map;
}

static uint8_t *harvest(const struct memory *m, bool running)
{
	uint8_t *map = new_map(m);
	int error = hptp_dirty_harvest(m->slot, (hptp_off){ 0 }, m->n, map,
				       running ? 0 : HPTP_HARVEST_STOPPED);

	if (error)
		mismatch("hptp_dirty_harvest: %s", hptp_strerror(error));
	return map;
}

static struct memory *arg_memory(struct replay *rp, unsigned i)
{
	long id = arg_dec(&rp->op, i);

	if (id < 0 || id >= MAX_SLOTS || !rp->host.memory[id].slot)
		mismatch("no slot %ld", id);
	return &rp->host.memory[id];
}

void harvest_run(struct replay *rp)
{
	struct memory *m = arg_memory(rp, 2);
	bool running = arg_dec(&rp->op, 3);
	uint8_t *must = new_map(m), *may = new_map(m), *found = harvest(m, running);

	if (rp->result.n != 5 || strcmp(rp->result.w[1], "must") || strcmp(rp->result.w[3], "got"))
		mismatch("the result of a harvest is not `must SET got SET`");
	parse_set(m, rp->result.w[2], must);
	parse_set(m, rp->result.w[4], may);
	for (uint64_t i = 0; i < m->n; i++) {
		bool owed = bit(must, i) || bit(m->carry, i);

		if (owed && !bit(found, i) && !running)
			mismatch("frame %#" PRIx64 " was written and is not in the dirty log",
				 m->base + i);
		if (bit(found, i) && !owed && !bit(may, i))
			rp->overreported++;
		rp->deferred += owed && !bit(found, i);
		set_bit(m->carry, i, owed && !bit(found, i));
		rp->comparisons++;
	}
	free(must);
	free(may);
	free(found);
}

/* At the end nothing may be owed any more. */
void harvest_rest(struct replay *rp)
{
	for (unsigned k = 0; k < MAX_SLOTS; k++) {
		struct memory *m = &rp->host.memory[k];
		uint8_t *found;

		if (!m->slot)
			continue;
		found = harvest(m, false);
		for (uint64_t i = 0; i < m->n; i++)
			if (bit(m->carry, i) && !bit(found, i))
				mismatch("frame %#" PRIx64 " was deferred and never reported",
					 m->base + i);
		free(found);
	}
}
