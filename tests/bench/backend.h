/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What the workload asks of a pager. Two backends implement it, the library's and that of
 * Linux's own code, so that one workload with the same seeds times both.
 */
#ifndef BENCH_BACKEND_H
#define BENCH_BACKEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

extern const char *const be_name;
extern const unsigned be_page_shift;

/* Given by the workload: zeroed memory in huge pages, touched. */
void *be_memory(size_t size);

void be_create(unsigned order, uint64_t frames, unsigned vcpus);
/* Empty table and reverse map, all host pages present. */
void be_reset(void);

/* Hypercalls. 0 success, 1 the group is full, else an error. */
int be_enter(unsigned vcpu, uint64_t flags, uint64_t ptex, uint64_t v, uint64_t r, uint32_t *idx);
int be_remove(unsigned vcpu, uint64_t flags, uint64_t ptex, uint64_t avpn);
int be_bulk_remove(unsigned vcpu, uint64_t args[8]);
int be_protect(unsigned vcpu, uint64_t flags, uint64_t ptex, uint64_t avpn);

/* The host's side; each call does the whole protocol of an invalidation. */
void be_unmap(uint64_t from, uint64_t to);
/* The same of which the host has no page: without be_unmap_host(). */
void be_unmap_absent(uint64_t from, uint64_t to);
void be_mapin(uint64_t from, uint64_t to); /* host pages only */
/* Of be_unmap(), what the host does to its own page table. */
void be_unmap_host(uint64_t from, uint64_t to);
int be_age(uint64_t from, uint64_t to);
int be_test_age(uint64_t frame);
void be_harvest(uint8_t *bitmap, bool vcpus_run);

/* An access that found no valid entry. 0: execute again; else an error. */
int be_fault(unsigned vcpu, uint64_t ea, uint64_t slb_v, bool store);
/* Its first half: 0 nothing to do, -1 a page is to be brought back. */
int be_lookup(unsigned vcpu, uint64_t ea, uint64_t slb_v, bool store);

/* The hardware's side: is an entry valid; set R (0x100) and C (0x80) in it. */
bool be_valid(uint32_t idx);
void be_touch(uint32_t idx, unsigned rc);

/* What hardware was asked for by this thread so far. */
struct be_counters {
	uint64_t tlbie; /* translations invalidated */
	uint64_t sync;  /* sequences that waited for it */
};
struct be_counters be_counters(void);

/* Memory beside the table now, in bytes. */
uint64_t be_bytes(void);

#endif
