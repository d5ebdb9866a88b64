// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Read sections and waiting in a process. liburcu's flavour is "bp", see hptp_port.h.
 */
#include "hptp_port.h"

#include <sched.h>
/* Have liburcu's read side inlined: its licence allows that to code under ours. */
#define _LGPL_SOURCE
#include <urcu/urcu-bp.h>

#ifdef HPTP_TSAN
#include <sanitizer/tsan_interface.h>

/* What hptp_full_barrier() reads and writes where ThreadSanitizer can not see fences. */
uint64_t hptp_tsan_fence_word;

/*
 * ThreadSanitizer does not see a grace period either: tell it that what a section did
 * happens before the return of a synchronize that waited for it. One tag for all
 * sections orders more than RCU does, never less than a correct program relies on.
 */
static char grace_tag;
#define section_ends() __tsan_release(&grace_tag)
#define grace_ended() __tsan_acquire(&grace_tag)
/* Nor that a section which sees what comes after a grace period sees all before it. */
static char section_tag;
#define grace_begins() __tsan_release(&section_tag)
#define section_begun() __tsan_acquire(&section_tag)
#else
#define section_ends() ((void)0)
#define grace_ended() ((void)0)
#define grace_begins() ((void)0)
#define section_begun() ((void)0)
#endif

void hptp_port_read_begin(void)
{
	urcu_bp_read_lock();
	section_begun();
}

void hptp_port_read_end(void)
{
	section_ends();
	urcu_bp_read_unlock();
}

void hptp_port_synchronize(void)
{
	grace_begins();
	urcu_bp_synchronize_rcu();
	grace_ended();
}

/* The thread that is waited for may not be running: give it the CPU now and then. */
void hptp_port_relax(void)
{
	enum { SPINS = 64 };
	static _Thread_local unsigned turns;

	if (++turns % SPINS == 0) {
		sched_yield();
		return;
	}
#if defined(__x86_64__) || defined(__i386__)
	__builtin_ia32_pause();
#endif
}
