/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The rules that make the protocol sound, each of which a mutant build can remove
 * (-DHPTP_MUTANT=HPTP_RULE_x) so that the tests can show that they would notice.
 * In a product build hptp_keep() is the constant 1.
 */
#ifndef HPTP_RULES_H
#define HPTP_RULES_H

enum hptp_rule {
	HPTP_RULE_NONE,
	HPTP_RULE_FLUSH,            /* L1: translations are flushed at all */
	HPTP_RULE_GRACE,            /* L2: a grace period before a slot's memory is freed */
	HPTP_RULE_HPTE_LOCK,        /* L3: the HPTE lock excludes */
	HPTP_RULE_RMAP_LOCK,        /* L4: the rmap lock excludes */
	HPTP_RULE_RETRY_CHECK,      /* L5: the invalidation state is checked before publishing */
	HPTP_RULE_RETRY_UNDER_LOCK, /* L6: ... once the entry is in its set, not before */
	HPTP_RULE_FLUSH_BEFORE_HARVEST, /* L7: R and C are read after the flush */
	HPTP_RULE_UNLINK_AFTER_FLUSH,   /* L8: an entry leaves its set after the flush */
	HPTP_RULE_LINK_BEFORE_PUBLISH,  /* L9: an entry joins its set before it is valid */
	HPTP_RULE_R_BYTE,               /* L10: R is cleared by a single-byte store */
	HPTP_RULE_LOG_LAST,             /* L11: a harvest takes the log after the entries */
	HPTP_RULE_REVALIDATE,           /* L12: a walker re-validates under the HPTE lock */
	HPTP_RULE_ONE_SHOT,             /* L13: valid to in-transit is one store */
	HPTP_RULE_HUGE_BASE,            /* L14: huge pages before the range are visited */
	HPTP_RULE_READ_ONLY,            /* L15: a host-read-only page never becomes writable */
	HPTP_RULE_HINT_BEFORE_CHECK,    /* L16: page-out is told of the frame before that check */
	HPTP_RULE_CURSOR,               /* L17: a walk begins each set at its beginning */
	HPTP_RULE_SNAPSHOT_FIRST,       /* L18: the snapshot comes before the host's page */
	HPTP_RULE_HINT_LAST,            /* L19: page-out clears a hint after the flush */
	HPTP_RULE_TRY_OTHERS,           /* L21: of a batch only the first lock is waited for */
	HPTP_RULE_WAIT_IN_TRANSIT,      /* L26: page-out waits for what is in transit */
	HPTP_RULE_POOL_TAG,             /* L29: the head of the free nodes is tagged */
	HPTP_RULE_LOG_GRACE,            /* L30: starting and stopping a log waits for readers */
	HPTP_RULE_MMIO_ORDER,           /* L31: the MMIO generation is read before the slots */
	HPTP_RULE_PTE_BUSY,             /* L33: a host PTE is marked by who holds its busy bit */
	HPTP_RULE_PTE_LEAF,             /* L34: a host PTE is marked while it is a leaf */
	HPTP_RULE_ALIAS_CHECK,          /* L50: each alias that comes back has its own check */
	HPTP_RULE_ALIAS_COVERED,        /* L51: ... and is covered by the page that was checked */
	HPTP_RULE_GENERATION,           /* L60: a kept index is used in its generation only */
	HPTP_RULE_CLOSE,                /* L61: a table is changed after its readers have left */
	HPTP_RULE_NOTE_CHANGE,          /* L40: readers are told of what the guest sees change */
	HPTP_RULE_UNTOLD_LAST,          /* L41: a reader forgets a change under the entry's lock */
	HPTP_RULE_TOLD_RC,              /* L42: R and C that hardware set are told of */
	HPTP_RULE_READY_ORDER,          /* L62: a vCPU says that it enters, and looks then */
	HPTP_RULE_ABSENT_AGAIN,         /* L63: a resize that fails leaves no entry valid */
	HPTP_RULE_WORKER_FREES,         /* L64: what a worker is inside of is freed by it */
	HPTP_RULE_CONFIRM,              /* L65: what was read of an absent entry is confirmed */
};

#ifndef HPTP_MUTANT
#define HPTP_MUTANT HPTP_RULE_NONE
#endif

#define hptp_keep(rule) (HPTP_MUTANT != (rule))

#endif
