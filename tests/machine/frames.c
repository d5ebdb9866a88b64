// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The host's real memory: frames, who owns each, and flat pieces for devices and huge
 * mappings. A frame is given back only when no TLB holds a translation to it, and is
 * poisoned so that a late access shows in the guest's data.
 */
#include "impl.h"

#include <errno.h>
#include <sys/mman.h>
#include <time.h>

static uint64_t first_frame(const struct machine *m)
{
	return REAL_BASE >> m->conf.frame_shift;
}

static void *map_memory(size_t n)
{
	void *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		       -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

int frames_init(struct machine *m)
{
	size_t bytes = m->conf.frames << m->conf.frame_shift;

	pthread_mutex_init(&m->frames_lock, NULL);
	pthread_cond_init(&m->frames_freed, NULL);
	pthread_cond_init(&m->frames_wanted, NULL);
	m->mem_map_size = bytes + REAL_BASE;
	m->mem_map = map_memory(m->mem_map_size);
	m->frame = calloc(m->conf.frames, sizeof(m->frame[0]));
	if (!m->mem_map || !m->frame)
		return HPTP_E_NOMEM;
	/* Real address REAL_BASE lies at mem: as well aligned here as there. */
	m->mem = (uint8_t *)(((uintptr_t)m->mem_map + REAL_BASE - 1) & ~(REAL_BASE - 1));
	m->n_free = m->conf.frames;
	m->flat_next = REAL_FLAT;
	return 0;
}

void frames_exit(struct machine *m)
{
	if (m->mem_map)
		munmap(m->mem_map, m->mem_map_size);
	free(m->frame);
	pthread_mutex_destroy(&m->frames_lock);
	pthread_cond_destroy(&m->frames_freed);
	pthread_cond_destroy(&m->frames_wanted);
}

uint64_t machine_frames_free(struct machine *m)
{
	return __atomic_load_n(&m->n_free, __ATOMIC_RELAXED);
}

static bool all_free(const struct machine *m, uint64_t at, uint64_t n)
{
	for (uint64_t i = at; i < at + n; i++) {
		if (m->frame[i].slot)
			return false;
	}
	return true;
}

/* n contiguous frames, aligned to n, beginning the search where the last one ended. */
static bool find_free(struct machine *m, uint64_t n, uint64_t *at)
{
	uint64_t pieces = m->conf.frames / n, start = m->next / n;

	for (uint64_t i = 0; i < pieces; i++) {
		*at = (start + i) % pieces * n;
		if (all_free(m, *at, n))
			return true;
	}
	return false;
}

/* Frames for a unit; *first is a host frame number. */
bool frames_take(struct machine *m, struct machine_slot *slot, uint64_t unit, uint64_t *first)
{
	uint64_t n = 1ull << (slot->shift - m->conf.frame_shift), at = 0;
	bool found;

	pthread_mutex_lock(&m->frames_lock);
	found = m->n_free >= n && find_free(m, n, &at);
	if (found) {
		for (uint64_t i = 0; i < n; i++) {
			m->frame[at + i].unit = unit;
			__atomic_store_n(&m->frame[at + i].slot, slot, __ATOMIC_RELEASE);
		}
		m->next = at + n;
		if (__atomic_sub_fetch(&m->n_free, n, __ATOMIC_RELAXED) <= m->conf.frames / 32)
			pthread_cond_signal(&m->frames_wanted);
	}
	pthread_mutex_unlock(&m->frames_lock);
	*first = first_frame(m) + at;
	return found;
}

void frames_give(struct machine *m, uint64_t first, uint64_t n)
{
	uint64_t at = first - first_frame(m);

	if (machine_strict(m))
		tlb_assert_none(m, first << m->conf.frame_shift, n << m->conf.frame_shift);
	memset(m->mem + (at << m->conf.frame_shift), POISON_FRAME, n << m->conf.frame_shift);
	pthread_mutex_lock(&m->frames_lock);
	for (uint64_t i = at; i < at + n; i++) {
		machine_assert(m->frame[i].slot, "frame %#jx is freed twice", (uintmax_t)first);
		__atomic_store_n(&m->frame[i].slot, NULL, __ATOMIC_RELEASE);
	}
	__atomic_fetch_add(&m->n_free, n, __ATOMIC_RELAXED);
	pthread_cond_broadcast(&m->frames_freed);
	pthread_mutex_unlock(&m->frames_lock);
}

static void wait_for(pthread_cond_t *cond, pthread_mutex_t *lock, double seconds)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += (long)(seconds * 1e9) % 1000000000;
	until.tv_sec += (time_t)seconds + until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_cond_timedwait(cond, lock, &until);
}

void machine_frames_wait(struct machine *m, double seconds)
{
	pthread_mutex_lock(&m->frames_lock);
	pthread_cond_broadcast(&m->frames_wanted);
	if (!m->n_free)
		wait_for(&m->frames_freed, &m->frames_lock, seconds);
	pthread_mutex_unlock(&m->frames_lock);
}

void machine_pager_wait(struct machine *m, double seconds)
{
	pthread_mutex_lock(&m->frames_lock);
	if (m->n_free)
		wait_for(&m->frames_wanted, &m->frames_lock, seconds);
	pthread_mutex_unlock(&m->frames_lock);
}

/* A slot that is askew begins at the second of them. */
static uint64_t flat_bytes(const struct machine *m, const struct machine_slot *slot)
{
	return (slot->n + 1) << m->conf.frame_shift;
}

/* Memory of a flat slot: its own piece of the real address space, taken on touch. */
int frames_flat(struct machine *m, struct machine_slot *slot)
{
	uint64_t unit = 1ull << slot->shift, bytes = flat_bytes(m, slot);

	slot->flat_mem = map_memory(bytes);
	if (!slot->flat_mem)
		return HPTP_E_HOST(errno);
	pthread_mutex_lock(&m->frames_lock);
	slot->flat_real = (m->flat_next + unit - 1) & ~(unit - 1);
	m->flat_next = slot->flat_real + bytes;
	pthread_mutex_unlock(&m->frames_lock);
	return 0;
}

void frames_unflat(struct machine *m, struct machine_slot *slot)
{
	uint64_t bytes = flat_bytes(m, slot);

	if (!slot->flat_mem)
		return;
	if (machine_strict(m))
		tlb_assert_none(m, slot->flat_real, bytes);
	munmap(slot->flat_mem, bytes);
}

static struct machine_slot *flat_slot(struct machine *m, uint64_t real)
{
	for (unsigned i = 0; i < MACHINE_SLOTS; i++) {
		struct machine_slot *s = __atomic_load_n(&m->slot[i], __ATOMIC_ACQUIRE);

		if (s && s->flat_mem && real - s->flat_real < flat_bytes(m, s))
			return s;
	}
	return NULL;
}

/* Where real memory lies in this process; NULL: there is none. */
void *real_memory(struct machine *m, uint64_t real, uint64_t n)
{
	uint64_t bytes = m->conf.frames << m->conf.frame_shift;
	struct machine_slot *flat;

	if (real >= REAL_BASE && real + n <= REAL_BASE + bytes)
		return m->mem + (real - REAL_BASE);
	flat = flat_slot(m, real);
	return flat ? flat->flat_mem + (real - flat->flat_real) : NULL;
}

/*
 * A translation to `real` was found in the table, or is about to be stored through: the
 * frame must belong to somebody, be mapped as one piece of at least the page's size,
 * and be accounted dirty before it is written.
 */
void real_check(struct machine *m, uint64_t real, unsigned actual, bool store)
{
	uint64_t bytes = m->conf.frames << m->conf.frame_shift;
	struct machine_slot *slot;
	struct frame *f;

	if (real < REAL_BASE || real >= REAL_BASE + bytes) {
		slot = flat_slot(m, real);
		machine_assert(slot, "translation to real address %#jx: no memory there",
			       (uintmax_t)real);
		machine_assert(!slot || slot->shift >= actual,
			       "guest page of 2^%u on a host mapping of 2^%u", actual,
			       slot ? slot->shift : 0);
		return;
	}
	f = &m->frame[(real - REAL_BASE) >> m->conf.frame_shift];
	slot = __atomic_load_n(&f->slot, __ATOMIC_ACQUIRE);
	machine_assert(slot, "translation to the free frame at %#jx", (uintmax_t)real);
	if (!slot)
		return;
	machine_assert(slot->shift >= actual, "guest page of 2^%u on a host mapping of 2^%u",
		       actual, slot->shift);
	if (store) {
		uint64_t pte = __atomic_load_n(&slot->unit[f->unit].pte, __ATOMIC_ACQUIRE);

		machine_assert(pte & PTE_DIRTY,
			       "store through a translation whose page the host has as clean");
	}
}
