/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Inside of the machine. Locks, outer to inner: slots (list), a unit's PTE lock, then
 * whatever the library takes, then one vCPU's TLB lock, then frames or swap. A thread
 * never calls the library with a TLB lock held, so a flush always gets there.
 */
#ifndef MACHINE_IMPL_H
#define MACHINE_IMPL_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "machine.h"

enum { MACHINE_SLOTS = 64, MACHINE_EVENTS = 8 };

/* Normal frames begin at this real address: a translation to 0 is never a right one. */
#define REAL_BASE (1ull << 24)
/* Flat slots lie from here on, each aligned to its unit. */
#define REAL_FLAT (1ull << 40)

/* A freed frame and freed library memory look like this. */
enum { POISON_FRAME = 0xdb, POISON_MEM = 0xd5 };

/* ---- the host's page table: one lockable PTE per unit ---- */

#define PTE_LOCK 1ull
#define PTE_PRESENT 2ull
#define PTE_WRITABLE 4ull /* the host lets it be written */
#define PTE_DIRTY 8ull    /* and has accounted it dirty */
#define PTE_YOUNG 16ull
#define PTE_STORED 32ull /* the swap file has this content, while not dirty */
#define PTE_DENIED 64ull /* never writable */
#define PTE_DEAD 128ull  /* the slot is gone */
#define PTE_FRAME_SHIFT 12u

static inline uint64_t pte_frame(uint64_t pte)
{
	return pte >> PTE_FRAME_SHIFT;
}

struct unit {
	uint64_t pte;   /* atomic */
	uint32_t holds; /* atomic: host_get without host_put yet */
	uint32_t pins;  /* atomic */
	uint64_t swap;  /* place in the swap file + 1, 0 none; under the PTE lock */
};

#define SLOT_MAGIC 0x6d616368736c6f74ull

struct machine_slot {
	uint64_t magic;
	struct machine *m;
	/* Held for writing while the handle goes away, for reading by who works with it. */
	pthread_rwlock_t handle_lock;
	struct hptp_slot *handle; /* atomic; NULL when there is none (yet, or any more) */
	bool hidden;              /* atomic: own slots, being removed */
	uint64_t base, n;         /* guest frames; base atomic */
	uint64_t units;
	unsigned shift; /* of a unit */
	unsigned flags;
	bool dead;          /* atomic: no callback may name it */
	uint64_t flat_real; /* flat and CI slots: where they lie */
	uint8_t *flat_mem;
	struct unit *unit;
	struct machine_slot *next_grave;
};

/* Whose a host frame is. Written under the owner's PTE lock. */
struct frame {
	struct machine_slot *slot; /* atomic; NULL: free */
	uint64_t unit;
};

struct inject {
	uint64_t left; /* atomic: calls until the failure, 0 off */
	int error;
};

/* ---- vCPUs ---- */

struct tlb_entry {
	uint64_t segment; /* B, VSID, L and LP of the VSID word */
	uint64_t page;    /* segment offset >> base page shift */
	uint64_t real;    /* of the base page */
	uint64_t v, r;    /* the entry as it was, ISA 2.07; r without R and C */
	uint64_t index;
	uint8_t base, actual;
	bool r_late, c_late; /* not in the table yet */
	bool c;              /* C is set, here or there */
};

#define RB_VALID 0x800ull /* an IS bit, 0 in every operand we accept: marks used entries */

struct tlb {
	pthread_mutex_t lock;
	unsigned n;
	uint64_t *rb; /* the operand that flushes entry i, | RB_VALID; 0 unused */
	struct tlb_entry *entry;
};

struct machine_vcpu {
	struct machine *m;
	struct hptp_vcpu *handle;
	struct machine_regs regs;
	uint64_t slb_e[MACHINE_SLB_ENTRIES], slb_v[MACHINE_SLB_ENTRIES];
	struct tlb tlb;
	struct hptp_fault fault;
	uint64_t random;
	unsigned max_faults;
	struct machine_vcpu_stats stats; /* flushed and late_rc under the TLB lock */
};

/* ---- the machine ---- */

struct machine {
	struct machine_config conf;
	struct hptp_ops ops;
	struct hptp_vm *vm;
	struct hptp_table_info table;
	struct machine_vcpu *vcpu; /* conf.vcpus */
	unsigned n_vcpus;          /* atomic: created */
	bool stopped;              /* atomic */

	/* frames.c */
	pthread_mutex_t frames_lock;
	pthread_cond_t frames_freed, frames_wanted;
	uint8_t *mem, *mem_map;
	size_t mem_map_size;
	struct frame *frame;
	uint64_t n_free, next; /* n_free atomic */
	uint64_t flat_next;

	/* swap.c */
	pthread_mutex_t swap_lock;
	int swap_fd;
	uint64_t swap_used, swap_top; /* frames, without and with the freed places */
	uint64_t *swap_free;          /* freed places of one frame's size */
	size_t n_swap_free, max_swap_free;

	/* slot.c */
	pthread_rwlock_t slots_lock;
	struct machine_slot *slot[MACHINE_SLOTS];
	struct machine_slot *graves; /* dead slots, kept to recognise their cookies */
	uint64_t random;

	/* ops.c: own windows */
	uint64_t window_seq, windows_open;

	/* accounts, atomic */
	uint64_t calls[MACHINE_OPS], events[MACHINE_EVENTS];
	struct inject inject[MACHINE_OPS + 1];
	bool injected;
	uint64_t mem_bytes, tables;
	struct machine_host_stats stats;
};

/* ---- what one file offers the others ---- */

void machine_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
#define machine_assert(condition, ...)                                                             \
	do {                                                                                       \
		if (!(condition))                                                                  \
			machine_fail(__VA_ARGS__);                                                 \
	} while (0)

static inline bool machine_strict(const struct machine *m)
{
	return !(m->conf.flags & MACHINE_LENIENT);
}

static inline void count(uint64_t *counter)
{
	__atomic_fetch_add(counter, 1, __ATOMIC_RELAXED);
}

enum machine_context machine_context_now(void);
extern _Thread_local bool machine_starved; /* host_get found no frame */

/* frames.c */
int frames_init(struct machine *m);
void frames_exit(struct machine *m);
bool frames_take(struct machine *m, struct machine_slot *slot, uint64_t unit, uint64_t *first);
void frames_give(struct machine *m, uint64_t first, uint64_t n);
int frames_flat(struct machine *m, struct machine_slot *slot);
void frames_unflat(struct machine *m, struct machine_slot *slot);
void *real_memory(struct machine *m, uint64_t real, uint64_t n);
void real_check(struct machine *m, uint64_t real, unsigned actual, bool store);

/* swap.c */
int swap_init(struct machine *m);
void swap_exit(struct machine *m);
int swap_write(struct machine *m, struct unit *u, const void *from, size_t n);
int swap_read(struct machine *m, struct unit *u, void *to, size_t n);
void swap_release(struct machine *m, struct unit *u, size_t n);

/* slot.c */
struct hptp_slot *slot_use(struct machine_slot *slot);
void slot_used(struct machine_slot *slot);

/* page.c */
uint64_t unit_lock(struct unit *u);
bool unit_trylock(struct unit *u, uint64_t *pte);
void unit_unlock(struct unit *u, uint64_t pte);
int unit_bring_in(struct machine_slot *slot, uint64_t unit, bool write, uint64_t *pte);
void unit_free(struct machine_slot *slot, uint64_t unit);
bool machine_reclaim(struct machine *m);

/* ops.c */
void ops_init(struct machine *m);
void ops_window(struct machine *m, bool open);

/* tlb.c */
int tlb_init(struct tlb *tlb, unsigned n);
void tlb_exit(struct tlb *tlb);
struct tlb_entry *tlb_find(struct machine_vcpu *vcpu, uint64_t slb_v, uint64_t ea);
struct tlb_entry *tlb_fill(struct machine_vcpu *vcpu, uint64_t slb_v, uint64_t ea,
			   const struct tlb_entry *from, bool r);
void tlb_changed(struct machine_vcpu *vcpu, struct tlb_entry *e);
void tlb_flush_all_vcpus(struct machine *m, const struct hptp_flush *flush);
void tlb_assert_none(struct machine *m, uint64_t real, uint64_t n);

/* walk.c */
bool walk(struct machine *m, uint64_t slb_v, uint64_t ea, struct tlb_entry *e, bool *r);
hptp_be64 *walk_dword1(struct machine *m, uint64_t index);
bool walk_still(struct machine *m, const struct tlb_entry *e);

/* inject.c */
bool inject_hits(struct machine *m, enum machine_op op, int *error);
void inject_created(struct machine *m);

#endif
