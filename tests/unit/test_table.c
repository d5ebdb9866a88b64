// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
/* The HPTE lock, what each call does while somebody else holds it, and very large tables. */
#include "host.h"
#include "suite.h"

#include "find.h"
#include "rmap.h"
#include "table.h"
#include "vm.h"

#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

static struct host host;

static void setup(int kind)
{
	host_start(&host, host_kind(kind));
	host_map(&host, 0, HOST_FRAMES, true);
}

START_TEST(a_lock_excludes_and_keeps_the_entry)
{
	struct hptp_table *t;
	struct hptp_locked a, b;
	uint64_t idx, hash;

	setup(_i);
	t = &host.vm->table;
	idx = host_enter(&host, 7, 5);
	hash = host_table_hash(&host);
	ck_assert(hptp_hpte_trylock(t, idx, 0, &a));
	ck_assert(!hptp_hpte_trylock(t, idx, 0, &b));
	ck_assert_uint_eq(a.v, host_pte(&host, idx).v & ~0x40ull);
	ck_assert_uint_eq(a.r, host_pte(&host, idx).r);
	hptp_hpte_unlock(&a);
	ck_assert_uint_eq(host_table_hash(&host), hash);
	/* bits that must be clear */
	ck_assert(!hptp_hpte_trylock(t, idx, HPTP_V_VALID, &a));
	ck_assert(hptp_hpte_trylock(t, idx + 1, HPTP_V_VALID | HPTP_V_ABSENT, &a));
	hptp_hpte_unlock(&a);
	host_stop(&host);
}
END_TEST

/* The bytes of an entry, on a host of either endianness. */
START_TEST(the_table_is_big_endian)
{
	static const uint8_t old[] = { 0x40, 0, 0x0a, 0xbc, 0xde, 0, 0, 1, 0, 0, 0, 0 };
	const uint64_t v = 0x40000abcde000001,
		       r = host_kind(_i)->frame_shift == 12 ? 0x5012 : 0x50012;
	uint8_t *bytes, want[16] = { 0 };
	uint64_t idx, real;

	setup(_i);
	real = (uint64_t)(HOST_FIRST_HFN + 5) << host.frame_shift | 0x12;
	ck_assert_int_eq(host_h_enter(&host, HPTP_H_EXACT, 16, v, r, &idx), 0);
	bytes = (uint8_t *)&host.table.entries[16];
	memcpy(want, old, 8);
	for (unsigned i = 0; i < 8; i++)
		want[8 + i] = (uint8_t)(real >> (56 - 8 * i));
	if (host.isa3) { /* B moves to dword 1 */
		want[0] = 0;
		want[8] |= 4;
	}
	ck_assert_mem_eq(bytes, want, 16);
	host_stop(&host);
}
END_TEST

START_TEST(states_go_round)
{
	struct hptp_table *t;
	struct hptp_locked l;
	uint64_t v = 0x4000abcde1000080, r = 0x12345190;

	setup(_i);
	t = &host.vm->table;
	ck_assert(hptp_hpte_trylock(t, 3, 0, &l));
	hptp_hpte_set_absent(&l, v, HPTP_R_R);
	ck_assert(hptp_hpte_trylock(t, 3, 0, &l));
	ck_assert_int_eq(hptp_state_of(l.v, l.r), HPTP_ABSENT);
	ck_assert_uint_eq(l.v, v | HPTP_V_ABSENT);
	hptp_hpte_set_absent(&l, v, r | HPTP_R_TAG);
	ck_assert(hptp_hpte_trylock(t, 3, 0, &l));
	ck_assert_int_eq(hptp_state_of(l.v, l.r), HPTP_ORPHAN);
	hptp_hpte_publish(t, &l, l.v, r);
	ck_assert_uint_eq(host_pte(&host, 3).v, v | 1);
	ck_assert_uint_eq(host_pte(&host, 3).r, r);
	ck_assert(hptp_hpte_trylock(t, 3, 0, &l));
	ck_assert_int_eq(hptp_state_of(l.v, l.r), HPTP_VALID);
	/* in transit: no hole for the guest's other vCPUs, nothing for hardware */
	hptp_hpte_transit(&l, true);
	ck_assert_uint_eq(hptp_dw_load(&host.table.entries[3].v), v | 0x60);
	host_touch(&host, 3, 0x80);
	ck_assert_uint_eq(hptp_hpte_rc(&l), 0x180);
	hptp_hpte_free(&l);
	ck_assert_uint_eq(host.table.entries[3].v.be, 0);
	ck_assert_uint_eq(host.table.entries[3].r.be, 0);
	host_stop(&host);
}
END_TEST

/* Hardware sets C after the entry was locked: clearing R must not take it along. */
START_TEST(clearing_r_leaves_c_alone)
{
	struct hptp_table *t;
	struct hptp_locked l;
	uint64_t idx;

	setup(_i);
	t = &host.vm->table;
	idx = host_enter(&host, 7, 5);
	host_touch(&host, idx, 0x100);
	ck_assert(hptp_hpte_trylock(t, idx, 0, &l));
	host_touch(&host, idx, 0x80);
	hptp_hpte_clear_r(t, &l);
	hptp_hpte_unlock(&l);
	ck_assert_uint_eq(host_pte(&host, idx).r & 0x180, 0x80);
	ck_assert_uint_eq(host_pte(&host, idx).r & ~0x180ull,
			  host_r(&host, HOST_FIRST_HFN + 5, 12, 12, 2));
	host_stop(&host);
}
END_TEST

/* ---- while translations are flushed, the entry is locked, invalid, and in its set ---- */

static uint64_t flushing;
static bool flush_seen, hole_allowed;

static void look_at_transit(struct host *h)
{
	uint64_t v = hptp_dw_load(&h->table.entries[flushing].v);
	struct hptp_rmap_locked rl = hptp_rmap_lock(hptp_set_word(h->slot, 5));
	unsigned place = hptp_rmap_find(h->vm, rl.word, hptp_record(h->slot, 5), flushing);

	ck_assert_uint_eq(v & (HPTP_V_VALID | HPTP_V_HVLOCK), HPTP_V_HVLOCK);
	ck_assert(hole_allowed || (v & HPTP_V_ABSENT));
	ck_assert_uint_ne(place, HPTP_PLACE_NONE);
	hptp_rmap_unlock(&rl);
	flush_seen = true;
}

static void transit_remove(void)
{
	ck_assert_int_eq(hptp_h_remove(host.vcpu, 0, flushing, 0, (uint64_t[2]){ 0 }), 0);
}

static void transit_bulk(void)
{
	uint64_t args[8] = { 0x4000000000000000 | flushing, 0, 0xc000000000000000 };

	ck_assert_int_eq(hptp_h_bulk_remove(host.vcpu, args), 0);
}

static void transit_protect(void)
{
	ck_assert_int_eq(hptp_h_protect(host.vcpu, 3, flushing, 0), 0);
}

static void transit_clear_mod(void)
{
	ck_assert_int_eq(hptp_h_clear_mod(host.vcpu, 0, flushing, &(uint64_t){ 0 }), 0);
}

static void transit_unmap(void)
{
	host_unmap(&host, 5, 1);
}

static void transit_harvest(void)
{
	host_touch(&host, flushing, 0x180);
	ck_assert_int_eq(hptp_dirty_harvest(host.slot, (hptp_off){ 5 }, 1, &(uint8_t){ 0 }, 0), 0);
}

static void transit_upgrade(void)
{
	ck_assert_int_eq(host_access(&host, 7, true), HPTP_RESUME);
}

static const struct {
	void (*change)(void);
	bool guests; /* asked for by a vCPU */
} transits[] = {
	{ transit_remove, true },    { transit_bulk, true },   { transit_protect, true },
	{ transit_clear_mod, true }, { transit_unmap, false }, { transit_harvest, false },
	{ transit_upgrade, true },
};
#define N_TRANSITS 7

START_TEST(an_entry_in_transit)
{
	int kind = _i % HOST_KINDS, which = _i / HOST_KINDS;

	setup(kind);
	if (transits[which].change == transit_upgrade)
		host_protect(&host, 5, 1);
	flushing = host_enter(&host, 7, 5);
	hole_allowed = which < 2; /* the guest itself takes it away */
	host.in_flush = look_at_transit;
	transits[which].change();
	ck_assert(flush_seen);
	/* the host is told who asks, so that it can flush locally where that suffices */
	ck_assert_ptr_eq(host.flush_vcpu, transits[which].guests ? &host : NULL);
	host_stop(&host);
}
END_TEST

START_TEST(the_guest_never_sees_software_bits)
{
	for (uint64_t bits = 0; bits < 0x80; bits++)
		ck_assert_uint_eq(hptp_guest_v(0x4000000000001000 | bits),
				  0x4000000000001001 | (bits & 0x1e));
}
END_TEST

/* ---- somebody else holds the lock for a while ---- */

static uint64_t held_idx;
static bool released, waited_with_a_lock;

/* Who waits for the one that is held has none itself. */
static bool another_is_held(void)
{
	for (uint64_t i = 0; i < host.table.n; i++)
		if (i != held_idx && (hptp_dw_load(&host.table.entries[i].v) & HPTP_V_HVLOCK))
			return true;
	return false;
}

static void *release_later(void *arg)
{
	const struct timespec ms20 = { .tv_nsec = 20000000 };
	struct hptp_hpte *hpte = &host.table.entries[held_idx];

	(void)arg;
	nanosleep(&ms20, NULL);
	waited_with_a_lock = another_is_held();
	__atomic_store_n(&released, true, __ATOMIC_SEQ_CST);
	hptp_dw_store_release(&hpte->v, hptp_dw_load(&hpte->v) & ~(uint64_t)HPTP_V_HVLOCK);
	return NULL;
}

static void hold(uint64_t idx, pthread_t *thread)
{
	struct hptp_hpte *hpte = &host.table.entries[idx];

	held_idx = idx;
	released = false;
	hptp_dw_store(&hpte->v, hptp_dw_load(&hpte->v) | HPTP_V_HVLOCK);
	ck_assert_int_eq(pthread_create(thread, NULL, release_later, NULL), 0);
}

static uint64_t scratch[8];

static long call_remove(uint64_t idx)
{
	return hptp_h_remove(host.vcpu, 0, idx, 0, scratch);
}

static long call_protect(uint64_t idx)
{
	return hptp_h_protect(host.vcpu, 3, idx, 0);
}

static long call_read(uint64_t idx)
{
	return hptp_h_read(host.vcpu, 0, idx, scratch);
}

static long call_clear_ref(uint64_t idx)
{
	return hptp_h_clear_ref(host.vcpu, 0, idx, scratch);
}

static long call_clear_mod(uint64_t idx)
{
	return hptp_h_clear_mod(host.vcpu, 0, idx, scratch);
}

/* Exact, into an entry that is on its way out, or not. */
static long call_enter(uint64_t idx)
{
	struct isa_va va = host_va(7, 12);

	return host_h_enter(&host, HPTP_H_EXACT, idx, host_v(&va, 12), host_r(&host, 6, 12, 12, 2),
			    scratch) == HPTP_H_PTEG_FULL ?
		       0 :
		       -1;
}

/* The second of a batch is held: the first must be finished before it is waited for. */
static long call_bulk(uint64_t idx)
{
	uint64_t other = host_enter(&host, 20, 9), args[8] = { 0 };

	args[0] = 0x4000000000000000 | other;
	args[2] = 0x4000000000000000 | idx;
	args[4] = 0xc000000000000000;
	return hptp_h_bulk_remove(host.vcpu, args) || args[2] >> 56 != 0x80;
}

static long call_unmap(uint64_t idx)
{
	host_unmap(&host, 0, 64);
	return host_valid(&host, idx);
}

static long call_unmap_one(uint64_t idx)
{
	host_unmap(&host, 5, 1);
	return host_valid(&host, idx);
}

static long call_age(uint64_t idx)
{
	host_touch(&host, idx, 0x100);
	return hptp_age_range(host.slot, (hptp_off){ 5 }, 1, NULL) != 1;
}

static long call_harvest(uint64_t idx)
{
	uint8_t map = 0;

	host_touch(&host, host_enter(&host, 21, 4), 0x80);
	host_touch(&host, idx, 0x80);
	return hptp_dirty_harvest(host.slot, (hptp_off){ 0 }, 8, &map, 0) || map != 0x30;
}

static long call_next(uint64_t idx)
{
	struct hptp_entry e;

	return !hptp_entry_next(host.vm, idx, &e) || e.idx.n != idx;
}

static long call_translate(uint64_t idx)
{
	struct isa_va va = host_va(7, 12);
	struct hptp_translation t;

	(void)idx;
	return hptp_translate(host.vcpu, va.off, isa_slb_of(&va), 0, 0, &t);
}

static const struct {
	long (*call)(uint64_t idx);
} calls[] = {
	{ call_remove },    { call_protect },   { call_read },    { call_clear_ref },
	{ call_enter },     { call_bulk },      { call_unmap },   { call_age },
	{ call_next },      { call_translate }, { call_harvest }, { call_clear_mod },
	{ call_unmap_one },
};
#define N_CALLS 13

START_TEST(a_held_lock_is_waited_for)
{
	pthread_t thread;
	uint64_t idx;

	setup(_i % HOST_KINDS);
	(void)host_enter(&host, 22, 3);
	(void)host_enter(&host, 23, 5); /* in the same set, and before it */
	idx = host_enter(&host, 7, 5);
	hold(idx, &thread);
	ck_assert_int_eq(calls[_i].call(idx), 0);
	/* none but a reader without a lock is done before the holder was */
	ck_assert(__atomic_load_n(&released, __ATOMIC_SEQ_CST) || calls[_i].call == call_enter);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	ck_assert(!waited_with_a_lock);
	host_stop(&host);
}
END_TEST

/* A free entry that somebody holds: it is waited for, and taken or not as it then is. */
static void *free_or_fill_later(void *arg)
{
	const struct timespec ms20 = { .tv_nsec = 20000000 };
	struct hptp_hpte *hpte = &host.table.entries[held_idx];

	nanosleep(&ms20, NULL);
	if (arg)
		hptp_dw_store(&hpte->r, 1ull << 62);
	hptp_dw_store_release(&hpte->v, arg ? 0x4000000000000020 : 0);
	return NULL;
}

START_TEST(a_held_free_entry_is_taken_if_it_stays_free)
{
	bool filled = _i & 1, exact = _i & 2;
	struct isa_va va = host_va(7, 12);
	uint64_t first, idx;
	pthread_t thread;

	setup(0);
	first = host_idx(&host, &va, 0);
	for (unsigned k = 0; k < 8; k++)
		if (k != 3)
			ck_assert_int_eq(host_h_enter(&host, HPTP_H_EXACT, first + k,
						      host_v(&va, 12), host_r(&host, k, 12, 12, 2),
						      &idx),
					 0);
	held_idx = first + 3;
	hptp_dw_store(&host.table.entries[held_idx].v, HPTP_V_HVLOCK);
	ck_assert_int_eq(pthread_create(&thread, NULL, free_or_fill_later, filled ? &thread : NULL),
			 0);
	ck_assert_int_eq(host_h_enter(&host, exact ? HPTP_H_EXACT : 0, exact ? held_idx : first,
				      host_v(&va, 12), host_r(&host, 9, 12, 12, 2), &idx),
			 filled ? HPTP_H_PTEG_FULL : 0);
	if (!filled)
		ck_assert_uint_eq(idx, held_idx);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	host_stop(&host);
}
END_TEST

/* A fault never waits for long: the guest executes again. */
START_TEST(a_fault_on_a_held_entry_resumes)
{
	struct isa_va va = host_va(7, 12);
	struct hptp_fault f = host_fault_for(&va, true);
	struct hptp_locked l;
	struct hptp_peek p;
	uint64_t idx;

	setup(_i);
	idx = host_enter(&host, 7, 5);
	host_unmap(&host, 5, 1);
	ck_assert(hptp_hpte_trylock(&host.vm->table, idx, 0, &l));
	ck_assert(!hptp_peek(host.vm, idx, &p));
	ck_assert_int_eq(hptp_fault(host.vcpu, &f), HPTP_RESUME);
	hptp_hpte_unlock(&l);
	ck_assert(hptp_peek(host.vm, idx, &p));
	host_stop(&host);
}
END_TEST

/* ---- 2^30 entries: an index does not fit 31 bits, nor its byte offset 32 ---- */

#define LARGE_ORDER 34u

static int large_alloc(void *h, unsigned order, struct hptp_table_mem *mem)
{
	(void)h;
	mem->virt = mmap(NULL, (size_t)1 << order, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	mem->real = 0x1000000000;
	return mem->virt == MAP_FAILED ? HPTP_E_NOMEM : 0;
}

static void large_free(void *h, unsigned order, struct hptp_table_mem *mem)
{
	(void)h;
	munmap(mem->virt, (size_t)1 << order);
}

START_TEST(indices_beyond_31_bits)
{
	struct host_config kind = { .order = LARGE_ORDER, .isa3 = _i };
	struct hptp_config config;
	struct hptp_translation t;
	struct isa_va va = { .off = 0x1234567000, .seg_1t = true, .base = 12 };
	struct hptp_fault f;
	uint64_t idx, out[2];

	host_init(&host);
	host.ops.table_alloc = large_alloc;
	host.ops.table_free = large_free;
	config = host_vm_config(&host, &kind);
	host.frame_shift = 12;
	host.isa3 = _i;
	ck_assert_int_eq(hptp_vm_create(&config, &host.vm), 0);
	hptp_vm_table(host.vm, &host.table);
	ck_assert_int_eq(hptp_vcpu_create(host.vm, &host, &host.vcpu), 0);
	ck_assert_int_eq(host_add_slot(&host, 0, 0, HOST_FRAMES), 0);
	host.slot = host.slots[0].slot;
	host_map(&host, 0, 16, true);
	while (isa_pteg(&va, LARGE_ORDER, false) < host.table.n / 8 - 4)
		va.vsid++; /* one of the last groups */
	ck_assert_int_eq(host_h_enter(&host, 0, host_idx(&host, &va, 5), host_v(&va, 12),
				      host_r(&host, 5, 12, 12, 2), &idx),
			 0);
	ck_assert_uint_ge(idx, (1ull << 30) - 32);
	ck_assert(host_valid(&host, idx));
	ck_assert_int_eq(hptp_translate(host.vcpu, va.off, isa_slb_of(&va), 0, 0, &t), 0);
	ck_assert_uint_eq(t.gpa, 5 << 12);
	host_unmap(&host, 5, 1);
	ck_assert(!host_valid(&host, idx));
	ck_assert(host_was_flushed(&host, isa_rb(&va, 12, 0)));
	f = host_fault_for(&va, true);
	ck_assert_int_eq(host_fault(&host, &f), HPTP_RESUME);
	ck_assert(host_valid(&host, idx));
	ck_assert_int_eq(hptp_h_remove(host.vcpu, 0, idx, 0, out), 0);
	ck_assert_int_eq(hptp_slot_remove(host.slot), 0);
	hptp_vcpu_destroy(host.vcpu);
	ck_assert_int_eq(hptp_vm_destroy(host.vm), 0);
	ck_assert_uint_eq(host.blocks, 0);
}
END_TEST

SUITE("table", LOOP(a_lock_excludes_and_keeps_the_entry, HOST_KINDS),
      LOOP(the_table_is_big_endian, HOST_KINDS), LOOP(states_go_round, HOST_KINDS),
      LOOP(clearing_r_leaves_c_alone, HOST_KINDS),
      LOOP(an_entry_in_transit, N_TRANSITS *HOST_KINDS), CASE(the_guest_never_sees_software_bits),
      LOOP(a_held_lock_is_waited_for, N_CALLS),
      LOOP(a_held_free_entry_is_taken_if_it_stays_free, 4),
      LOOP(a_fault_on_a_held_entry_resumes, HOST_KINDS), LOOP(indices_beyond_31_bits, 2))
