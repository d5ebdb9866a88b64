/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What the host does to the guest's memory and table, and what the guest must see then.
 * Guest memory begins with the guest itself: what the checks play with comes after, and the
 * guest has three names for it: real, by 4K entries, and by entries of the host's page size.
 */
#ifndef VMM_CHECKS_H
#define VMM_CHECKS_H

#include <unistd.h>

#include "vmm.h"
#include "world.h"

#define MB 0x100000ull
#define PLAY MB
#define SPAN (2 * MB)

/* NULL: passed; else what was wrong. Starting with "skipped: ": it could not run. */
typedef const char *check_fn(struct vm *vm);

extern const struct check {
	const char *name;
	check_fn *run;
} checks[];
extern const unsigned n_checks;

static inline uint8_t *play(struct vm *vm)
{
	return vm->mem + PLAY;
}

/* Larger entries than the host's pages are refused: their memory is in pieces. */
static inline unsigned host_shift(void)
{
	return (unsigned)__builtin_ctzl((unsigned long)sysconf(_SC_PAGESIZE));
}

/* The argument of WORK_MAP. */
static inline uint64_t how(const struct vm *vm, unsigned shift, unsigned pp)
{
	return (uint64_t)(vm->order - 7) << 32 | pp << 8 | shift;
}

/* By vCPU 0, with a pattern that depends on the address and on what is returned. */
uint64_t fill(struct vm *vm, uint64_t ea);
bool holds(struct vm *vm, unsigned cpu, uint64_t ea, uint64_t seed);
/* The same by each of the three names. */
const char *by_each_name(struct vm *vm, const char *(*what)(struct vm *vm, uint64_t ea));
/* Segments, and with `bytes` entries, for the name with 4K and the one with host pages. */
const char *map_names(struct vm *vm, uint64_t bytes);
/* To swap, as far as the host wants to. */
void page_out(struct vm *vm);
/* To a table of another order, in two steps; then vCPUs know of it, too. */
const char *resize_prepare(struct vm *vm, unsigned order);
const char *resize_commit(struct vm *vm, unsigned order);
void put(const char *path, const char *text);

check_fn check_enter, check_memory, check_device, check_unmap, check_torture;
check_fn check_dontneed, check_pageout, check_mprotect, check_map_fixed, check_mremap, check_fork,
	check_ksm, check_thp, check_hugetlb, check_userfaultfd;
check_fn check_dirty_log, check_resize, check_htab, check_trace;
check_fn check_stress, check_one_by_one, check_slots, check_bad, check_slot_in_use, check_move;

#endif
