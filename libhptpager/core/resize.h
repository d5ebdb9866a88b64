/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* A resize that is under way: who owns it, and how it is ended. */
#ifndef HPTP_CORE_RESIZE_H
#define HPTP_CORE_RESIZE_H

#include "hptpager/resize.h"
#include "table.h"

/*
 * The VM's, until it is given up or committed; and the worker's while it is busy. A worker
 * that comes out of its step frees what was given up meanwhile. Both marks change, and the
 * VM's pointer to it, under the lock of the VM's lists.
 */
struct hptp_resize {
	struct hptp_table table; /* closed */
	uint32_t order;
	int error;           /* HPTP_E_AGAIN: not finished; 0: prepared; else what ended it */
	bool busy, given_up; /* under the lock */
	uint64_t generation; /* of the old table */
	uint64_t began;      /* the search, or before it the whole; milliseconds */
	uint64_t done, todo; /* entries of the old table that were searched, of how many */
	uint64_t meet;
};

/* Give up what is under way, if anything is. */
void hptp_resize_drop(struct hptp_vm *vm);

/* Take it away from the VM to commit it, or say why not. */
int hptp_resize_take(struct hptp_vm *vm, uint64_t order, struct hptp_resize **taken);

/* Free one that nobody else has; what is left of its table with it. */
void hptp_resize_free(struct hptp_vm *vm, struct hptp_resize *r);

#endif
