/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The table as a whole: made, ended, closed and opened again.
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

/* Task context, no read section. On return nobody is inside. */
void hptp_table_close(struct hptp_vm *vm);
/* Whoever comes in from now on sees the table as it is now. */
void hptp_table_open(struct hptp_vm *vm);

#endif
