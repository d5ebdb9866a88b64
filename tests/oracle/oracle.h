/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The oracle: what a guest must see, computed from the Power ISA, PAPR and docs/SPEC.md
 * by the most obvious sequential code there is. It knows a table as a list of entries
 * that are there or not, memory as cells that hold what was stored last, and nothing at
 * all about valid, absent, locks, sets or flushes.
 */
#ifndef ORACLE_H
#define ORACLE_H

#include "hptpager/types.h"

/** What the host has behind a guest frame, as far as a guest can come to feel it. */
struct oracle_host {
	uint64_t slot_base, slot_n; /**< the slot, in frames */
	unsigned map_shift;         /**< size of the host's mappings in this slot */
	bool tells_shift;           /**< the host says so although nothing is mapped */
	bool congruent;             /**< host and guest real address agree modulo the mapping */
	bool mapped, writable, ci;
	bool window;              /**< an invalidation of the page is open */
	bool any_window;          /**< one of any page is: an implementation may mix them up */
	bool can_load, can_store; /**< a fault-in for this would succeed */
	bool get_ci;              /**< a fault-in would make it cache-inhibited */
	int error;                /**< what a fault-in that fails says */
};

/** Ask for the `n` frames of a page at gfn. False: no slot there. */
typedef bool oracle_host_fn(void *arg, uint64_t gfn, uint64_t n, struct oracle_host *host);

/** An entry as the guest sees it. */
struct oracle_entry {
	uint64_t v, r;   /**< both 0: free */
	uint64_t late;   /**< R and C that some processor may still hold back */
	uint64_t maybe;  /**< those that the table need not show before the next flush */
	uint64_t unsure; /**< R that was held back while the guest cleared it: there or not */
};

struct oracle {
	unsigned frame_shift;
	uint64_t n; /**< entries; of a table that is resized at most those of oracle_init() */
	struct oracle_entry *entry;
	uint32_t *used, *used_at; /**< indices of entries in use; where each stands there */
	uint64_t n_used;
	oracle_host_fn *host;
	void *host_arg;
};

/** What a hypercall must answer. Bits in `loose` may be set or clear. */
struct oracle_answer {
	long ret;
	bool or_parameter; /**< H_PARAMETER is right too: a window hides the host's page */
	unsigned n;
	uint64_t out[8], loose[8];
};

enum oracle_kind { ORACLE_LOAD, ORACLE_STORE, ORACLE_FETCH };

struct oracle_access {
	uint64_t ea, slb_v, msr, amr;
	enum oracle_kind kind;
};

/** What a guest's access comes to. */
enum oracle_end {
	ORACLE_DONE,
	ORACLE_REFLECT,
	ORACLE_MMIO,
	ORACLE_NOPAGE,
	ORACLE_TOO_LARGE,
	ORACLE_RETRY,  /**< an invalidation is open: the guest tries again and again */
	ORACLE_UNSAID, /**< the architecture does not say: several entries match, ... */
	ORACLE_ENDS
};

struct oracle_expect {
	unsigned ends;      /**< set of 1 << enum oracle_end */
	uint32_t must, may; /**< REFLECT: status bits that must, that may be there */
	uint64_t gpa;       /**< where the access leads, whenever an entry matched */
	int error;
	uint32_t idx;
	uint64_t page; /**< DONE: first byte and size of the guest page */
	unsigned shift;
};

bool oracle_init(struct oracle *o, unsigned frame_shift, uint64_t n, oracle_host_fn *host,
		 void *arg);
void oracle_exit(struct oracle *o);

/** Actual and base page size of an entry; 0: no such size. */
unsigned oracle_page_shift(uint64_t v, uint64_t r, unsigned *base);
/** PTEG of an address, primary or secondary. */
uint64_t oracle_pteg(const struct oracle *o, uint64_t ea, uint64_t slb_v, bool secondary);
/** Dword 0 of a well-formed entry for an address. */
uint64_t oracle_dword0(uint64_t ea, uint64_t slb_v, bool secondary, bool large);
/** log2 of the base page size of a segment, 0 when it is none. */
unsigned oracle_slb_shift(uint64_t slb_v);
/** Entries that translate an address; *idx is one of them. */
unsigned oracle_find(const struct oracle *o, uint64_t ea, uint64_t slb_v, uint32_t *idx);

/* The hypercalls: the answer that is due. Call before the library acts, then commit. */
void oracle_enter(const struct oracle *o, uint64_t flags, uint64_t ptex, uint64_t pteh,
		  uint64_t ptel, struct oracle_answer *answer);
void oracle_entered(struct oracle *o, uint64_t idx, uint64_t pteh, uint64_t ptel);
void oracle_page_init(const struct oracle *o, uint64_t flags, uint64_t dest, uint64_t src,
		      struct oracle_answer *answer);
void oracle_remove(struct oracle *o, uint64_t flags, uint64_t ptex, uint64_t avpn,
		   struct oracle_answer *answer);
void oracle_bulk_remove(struct oracle *o, const uint64_t args[8], struct oracle_answer *answer);
void oracle_block_remove(struct oracle *o, const uint64_t args[9], struct oracle_answer *answer);
void oracle_protect(struct oracle *o, uint64_t flags, uint64_t ptex, uint64_t avpn,
		    struct oracle_answer *answer);
void oracle_read(const struct oracle *o, uint64_t flags, uint64_t ptex,
		 struct oracle_answer *answer);
void oracle_clear(struct oracle *o, uint64_t bit, uint64_t ptex, struct oracle_answer *answer);
/** Reset: an empty table of n entries. */
void oracle_reset(struct oracle *o, uint64_t n);
/** Resize: where an entry goes in a table of n. */
uint64_t oracle_place(const struct oracle *o, uint32_t idx, uint64_t n);
/** Do two bolted entries meet there? */
bool oracle_meet(const struct oracle *o, uint64_t n);
/** Entries that are left; from[place]: one that may be there, plus one. */
uint64_t oracle_moves(const struct oracle *o, uint64_t n, uint32_t *from);
/** It is done. */
void oracle_move(struct oracle *o, uint64_t n, const uint32_t *from);
/** The migration stream's writer: an entry is this one, or free (v 0). */
void oracle_written(struct oracle *o, uint32_t idx, uint64_t v, uint64_t r);
/** VRMA: entries made; *ret the library's code. */
int oracle_vrma(struct oracle *o, unsigned shift, uint64_t bytes);

/** Does the guest's own entry at idx allow it? */
bool oracle_allows(const struct oracle *o, uint32_t idx, const struct oracle_access *access);
/** A guest's access: what must come of it. */
void oracle_access(const struct oracle *o, const struct oracle_access *access,
		   struct oracle_expect *expect);
/** It was done: R and C, which the hardware may write back later. */
void oracle_accessed(struct oracle *o, uint32_t idx, enum oracle_kind kind);
/** R and C of every entry that maps any of these bytes are in the table by now. */
void oracle_settle(struct oracle *o, uint64_t gpa, uint64_t bytes);
/** The table says that they are there. */
void oracle_learn(struct oracle *o, uint32_t idx, uint64_t dword1);

/** Does an answer fit? */
bool oracle_fits(const struct oracle_answer *answer, long ret, const uint64_t *out);

#endif
