/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * As much of Xen as its glue asks for, in a process: each <xen/...> and <asm/...> header is
 * this one. A lock that is taken twice ends the test, since there is one thread.
 */
#ifndef XEN_SHIM_H
#define XEN_SHIM_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* lib.h, compiler.h */
#define printk printf
#define XENLOG_ERR ""
#define BUG_ON(bad) ((bad) ? abort() : (void)0)
#define BUILD_BUG_ON(bad) _Static_assert(!(bad), #bad)
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define container_of(p, type, member) ((type *)((char *)(p)-offsetof(type, member)))
#define ACCESS_ONCE(x) (*(volatile __typeof__(x) *)&(x))
#define IS_ENABLED(option) 0
#define MB(n) ((size_t)(n) << 20)
#define __aligned(n) __attribute__((aligned(n)))
#define __init
#define __constructor
#define cpu_to_be64 __builtin_bswap64

static inline void machine_halt(void)
{
	abort();
}

/* spinlock.h */
typedef struct {
	bool taken;
} spinlock_t;
#define DEFINE_SPINLOCK(name) spinlock_t name
#define spin_lock_init(lock) ((lock)->taken = false)
#define spin_lock(lock) (BUG_ON((lock)->taken), (void)((lock)->taken = true))
#define spin_unlock(lock) (BUG_ON(!(lock)->taken), (void)((lock)->taken = false))

/* mm.h, sched.h: machine frames are host memory, in pages of 64K as on PowerPC */
#define PAGE_SHIFT 16
#define PAGE_SIZE (1ul << PAGE_SHIFT)
#define PAGE_MASK (~(PAGE_SIZE - 1))
typedef uint64_t paddr_t;
typedef struct {
	unsigned long n;
} mfn_t, gfn_t;
#define _mfn(x) ((mfn_t){ x })
#define _gfn(x) ((gfn_t){ x })
#define mfn_x(mfn) ((mfn).n)
#define gfn_x(gfn) ((gfn).n)
#define INVALID_MFN _mfn(~0ul)
#define gaddr_to_gfn(gpa) _gfn((gpa) >> PAGE_SHIFT)
#define virt_to_maddr(va) ((paddr_t)(uintptr_t)(va))
#define maddr_to_virt(ma) ((void *)(uintptr_t)(ma))
#define virt_to_mfn(va) (virt_to_maddr(va) >> PAGE_SHIFT)
#define mfn_to_virt(mfn) ((char *)maddr_to_virt((paddr_t)(mfn) << PAGE_SHIFT))

static inline bool mfn_eq(mfn_t a, mfn_t b)
{
	return a.n == b.n;
}

static inline bool gfn_eq(gfn_t a, gfn_t b)
{
	return a.n == b.n;
}

struct domain {
	unsigned int domain_id;
};

/* rcupdate.h, preempt.h, cpumask.h, softirq.h */
typedef struct {
	int n;
} cpumask_t;
struct rcu_head {
	struct rcu_head *next;
};
static const cpumask_t cpu_online_map __attribute__((unused));
#define cpumask_empty(mask) (!(mask)->n)
#define call_rcu(head, f) ((f)(head))
#define rcu_read_lock(lock) ((void)0)
#define rcu_read_unlock(lock) ((void)0)
#define preempt_disable() ((void)0)
#define preempt_enable() ((void)0)
#define process_pending_softirqs() ((void)0)

/* processor.h, regs.h, system.h */
#define SPRN_DEC 22
#define SPRN_HDEC 310
#define SPRN_LPIDR 319
#define SPRN_PTCR 464
#define mfspr(spr) ((unsigned long)(spr))
#define mtspr(spr, value) ((void)(spr), (void)(value))
#define local_irq_save(flags) ((flags) = 0)
#define local_irq_restore(flags) ((void)(flags))
#define cpu_relax() ((void)0)

#endif
