/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The guest, the hardware and the host around the library, small enough to be looked at
 * whole: one slot, some guest pages, a TLB that keeps what it has until it is flushed.
 * What must hold at every instant is asserted where it could break: an access that the
 * hardware lets through reaches a frame that the page has, and a store one that is writable.
 * world_verdict() asserts what must hold when both CPUs have ended.
 */
#ifndef RACE_WORLD_H
#define RACE_WORLD_H

#include "hptpager/hptpager.h"

#include <stdbool.h>
#include <stdint.h>

#define WORLD_FRAMES 0x2000u /* of the slot, from guest frame 0 */
#define WORLD_HUGE 0x1000u   /* first frame of a range that the host maps by 16M */
#define WORLD_PAGES 256u     /* guest pages that operations may use */
#define WORLD_LOOSE 240u     /* pages from here on are not bolted */
#define WORLD_FRAME 5u       /* the frame that most of them are about */

/* A guest page: what the guest knows of its entry, and what the hardware remembers. */
struct world_page {
	bool entered;     /* and not removed; what is removed is so before the hypercall */
	bool changing;    /* its permission is: both are right */
	bool read_only;   /* by the guest */
	unsigned removed; /* so often */
	uint64_t idx, gfn;
	uint64_t number; /* in its segment; 0: as in this array */
	unsigned shift;  /* of the page */
	bool stored;     /* the guest wrote through it, and was not told by now */
	struct {
		bool on, writable;
		uint64_t hfn, rb;
		uint64_t late; /* R and C that the hardware has not written back */
	} tlb;
};

/* A frame of guest memory on the host's side. */
struct world_frame {
	uint64_t hfn;
	bool present, writable;
	uint64_t pte;          /* these, as host_lookup sees them */
	bool read_only;        /* for good */
	bool referenced, aged; /* by the guest; and that was reported */
	bool stored;           /* through an entry, so it must be in the dirty log at the end */
};

/* hfn, present or writable of a frame has changed. */
void host_pte_changed(uint64_t gfn);

struct world {
	struct hptp_vm *vm;
	struct hptp_vcpu *vcpu[2];
	struct hptp_slot *slot;
	struct hptp_table_info table;
	bool isa_3_0;
	bool own;         /* the host brings slot_find, retry_begin and retry_check */
	bool slot_hidden; /* in that case */
	bool slot_went;   /* its history went with it */
	bool stopped;     /* no vCPU is in the guest: hardware walks nothing */
	struct world_page page[WORLD_PAGES];
	struct world_frame frame[WORLD_FRAMES];
	uint8_t dirty[WORLD_FRAMES / 8]; /* the library's log */
	uint8_t after[WORLD_FRAMES / 8]; /* the log as it was when it was given back */
	bool log_off;
	uint8_t reported[WORLD_FRAMES / 8]; /* what was harvested */
};

extern struct world world;

void world_start(bool isa_3_0, bool own);
void world_verdict(void);

/* ---- the guest: p is a page, of the segment or of its hypercalls ---- */

void guest_enter(unsigned p, uint64_t gfn);
void guest_enter_huge(unsigned p, uint64_t gfn);
/* At the index that page `at` has or had. */
void guest_enter_at(unsigned p, uint64_t gfn, unsigned at);
void guest_remove(unsigned p);
void guest_bulk_remove(unsigned p, unsigned q);
void guest_block_remove(unsigned p, unsigned q);
void guest_protect(unsigned p, bool read_only);
void guest_clear_ref(unsigned p);
void guest_clear_mod(unsigned p);
void guest_read(unsigned p);
void guest_translate(unsigned p);
/* A store that no entry was found for, as far as the vCPU's loop goes without sleeping. */
void guest_fault(unsigned p);
/* An access, faults repaired, until it is done or the guest may not. */
void guest_access(unsigned p, bool store);
/* An access that hardware does or does not, without a fault. late: it writes R and C back
 * when the translation is flushed. */
void hardware_access(unsigned p, bool store, bool late);

/* Into the guest and out again, as a vCPU's loop does, around any of these. */
void guest_in(void);
void guest_out(void);

/* The table is another: its size, and where the guest finds its entries, if it still has any. */
void world_table_changed(bool empty);

/* The TLB drops page p, as it may at any time. */
void hardware_forget(unsigned p);
/* Does hardware find a valid entry for page p that reads, or writes? */
bool hardware_finds(unsigned p, bool store);

/* ---- the host ---- */

void host_page_out(uint64_t gfn, uint64_t n);
/* The same page gets another frame; is write-protected. */
void host_page_move(uint64_t gfn);
void host_page_clean(uint64_t gfn);
void host_age(uint64_t gfn, uint64_t n);
void host_harvest(uint64_t gfn, uint64_t n, unsigned flags);
/* The last harvest, and the log is the host's own again. */
void host_log_off(void);
void host_stop_vcpus(void);
void host_reset(unsigned order);
void host_resize_prepare(unsigned order);
/* ... and commit, which says this. */
void host_resize(unsigned order, int error);
void host_slot_remove(void);
/* It is back, with all of its memory. */
void host_slot_make(void);
void host_slot_recreate(void);
/* To other guest frames and back, with its memory. */
void host_slot_move(void);

#endif
