/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The table as a whole: made, ended, closed, emptied and opened again.
 *
 * Between close and open it is the caller's alone, and so are the sets of all slots; see
 * table.h for what readers do. Calls that close are serialised by the embedder.
 */
#ifndef HPTP_REPLACE_H
#define HPTP_REPLACE_H

#include "vm.h"

/* Make an empty table, closed; order 0: none. All of its memory is there, or none of it. */
int hptp_table_make(struct hptp_vm *vm, struct hptp_table *t, unsigned order);
void hptp_table_end(struct hptp_vm *vm, struct hptp_table *t);

/*
 * Task context, no read section, no vCPU in the guest. On return no translation is left on
 * any CPU, R and C are in the table, and nobody is inside.
 */
void hptp_table_close(struct hptp_vm *vm);
/* Whoever comes in from now on sees the table as it is now. */
void hptp_table_open(struct hptp_vm *vm);

/*
 * Take the entries of the closed table out of their sets, R and C to where they belong,
 * and call `then`, if given, for each that is not free, with the guest's dword 1 as of now.
 * The entries themselves are left as they are.
 */
typedef void hptp_retired(void *arg, const struct hptp_locked *l, uint64_t g);
void hptp_table_retire(struct hptp_vm *vm, hptp_retired *then, void *arg);

/* The closed table gives way to another, which is closed too; `old` is what it was. */
void hptp_table_swap(struct hptp_vm *vm, const struct hptp_table *fresh, struct hptp_table *old);

#endif
