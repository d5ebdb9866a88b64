/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A vector of HPTE indices: what of a large set does not fit its record. Who joins is
 * pushed at the end; the last one fills the hole of who leaves, which is found through its
 * spot. So both take a few stores, however many members there are, and there is nothing
 * that a guest could make uneven.
 *
 * All of it is used under the lock of the vector's set.
 */
#ifndef HPTP_VECTOR_H
#define HPTP_VECTOR_H

#include "table.h"

/* A vector is named by its header node; one without members has none. */

/* The header then; `header` is 0 for the first member. 0: no node or no spot, nothing changed. */
uint32_t hptp_vector_push(struct hptp_table *t, uint32_t header, uint32_t idx);

#define HPTP_VECTOR_NOT_IN UINT32_MAX

/* How many members are left: with the last one the vector ends. NOT_IN: idx is in no vector. */
uint32_t hptp_vector_remove(struct hptp_table *t, uint32_t header, uint32_t idx);

/* Is idx in a vector? Whatever its spot says. */
bool hptp_vector_has(const struct hptp_table *t, uint32_t idx);

/*
 * Copy members below position *end, which moves down. Who stays moves down too, or not at
 * all: whoever goes on where he stopped misses nobody.
 */
unsigned hptp_vector_copy(const struct hptp_table *t, uint32_t header, uint32_t *end, uint32_t *out,
			  unsigned room);

/* Fetch what a look at a vector begins with. A hint: `header` may be anything. */
void hptp_vector_prefetch(const struct hptp_table *t, uint32_t header);

#endif
