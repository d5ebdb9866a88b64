/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What Linux's two files of HPT code need of a kernel, in userspace: types with just the
 * fields they touch, atomics, locks, a flat host page table. Nothing here is Linux's; what
 * must be (some struct layouts, inline functions, constants) is cut out of its source when
 * the benchmark is built, into the build directory.
 *
 * It flatters Linux: real and virtual addresses are one, and ptesync costs nothing.
 */
#ifndef BENCH_LINUX_SHIM_H
#define BENCH_LINUX_SHIM_H
#include <stdint.h>
#include <stddef.h>
#include <stdbool.h>
#include <string.h>
#include <errno.h>
#include <sys/types.h>

/* ---- basic types ---- */
typedef uint8_t u8, __u8;
typedef uint16_t u16, __u16;
typedef uint32_t u32, __u32;
typedef unsigned long long u64, __u64;
typedef long long s64, __s64;
typedef int32_t s32;
typedef unsigned long long __be64;
typedef uint32_t __be32;
typedef uint16_t __be16;
typedef unsigned long gfn_t_, hva_t, gva_t, gpa_t, hpa_t, phys_addr_t, pfn_t_, kvm_pfn_t, ulong;
typedef unsigned long long gfn_t; /* u64 in the kernel */
typedef unsigned int gfp_t;
struct list_head {
	struct list_head *next, *prev;
};
struct hlist_node {
	struct hlist_node *next, **pprev;
};
struct hlist_head {
	struct hlist_node *first;
};
struct llist_node {
	struct llist_node *next;
};
struct rb_node {
	unsigned long __rb_parent_color;
	struct rb_node *rb_right, *rb_left;
} __attribute__((aligned(8)));
struct rb_root {
	struct rb_node *rb_node;
};
struct rb_root_cached {
	struct rb_root rb_root;
	struct rb_node *rb_leftmost;
};
struct interval_tree_node {
	struct rb_node rb;
	unsigned long start, last, __subtree_last;
};
#define DECLARE_HASHTABLE(name, bits) struct hlist_head name[1 << (bits)]
#define DECLARE_BITMAP(name, bits) unsigned long name[((bits) + 63) / 64]
typedef struct {
	int counter;
} atomic_t;
typedef struct {
	long counter;
} atomic64_t;
typedef atomic64_t atomic_long_t;
typedef struct {
	unsigned long bits[1];
} cpumask_t;
struct pt_regs;
struct mm_struct;

/* ---- compiler ---- */
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define READ_ONCE(x) (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))
#define container_of(p, t, m) ((t *)((char *)(p)-offsetof(t, m)))
#define llist_entry(p, t, m) container_of(p, t, m)
#define EXPORT_SYMBOL_GPL(x)
#define EXPORT_SYMBOL(x)
#define __user
#define __packed __attribute__((packed))
#define offsetofend(t, m) (offsetof(t, m) + sizeof(((t *)0)->m))
#define __init
#define __stringify_1(x...) #x
#define __stringify(x...) __stringify_1(x)
#define BUG() __builtin_trap()
#define BUG_ON(x)                                                                                  \
	do {                                                                                       \
		if (unlikely(x))                                                                   \
			BUG();                                                                     \
	} while (0)
#define WARN_ON(x)                                                                                 \
	({                                                                                         \
		int __w = !!(x);                                                                   \
		if (unlikely(__w))                                                                 \
			shim_warn(__FILE__, __LINE__);                                             \
		unlikely(__w);                                                                     \
	})
#define VM_WARN(c, ...)                                                                            \
	do {                                                                                       \
	} while (0)
#define ASM_CONST(x) (x##UL)
#define KERN_DEBUG
#define KERN_ERR
void shim_warn(const char *f, int l);
void shim_bug(const char *what) __attribute__((noreturn));
#define printk(...)                                                                                \
	do {                                                                                       \
	} while (0)
#define pr_err(...)                                                                                \
	do {                                                                                       \
	} while (0)
#define pr_debug(...)                                                                              \
	do {                                                                                       \
	} while (0)
#define array_size(a, b) ((size_t)(a) * (b))
#define SZ_4K 4096
#define L1_CACHE_BYTES 128
#define NR_CPUS 64
#define THIS_MODULE NULL

#define barrier() asm volatile("" ::: "memory")
#define cpu_to_be64(x) __builtin_bswap64(x)
#define be64_to_cpu(x) __builtin_bswap64(x)

/* ---- instructions ---- */

/* Assembler macros, so that inline assembly is taken as it is. Each counts itself. */
extern __thread unsigned long shim_ctr_tlbie, shim_ctr_tlbsync;
asm(".macro ptesync\n .endm\n"
    ".macro tlbsync\n incq %fs:shim_ctr_tlbsync@tpoff\n .endm\n"
    ".macro eieio\n .endm\n"
    ".macro isync\n .endm\n"
    ".macro shim_tlbie rb, rs\n incq %fs:shim_ctr_tlbie@tpoff\n .endm\n");
#define PPC_TLBIE_5(rb, rs, ric, prs, r) "shim_tlbie " __stringify(rb) ", " __stringify(rs)
#define PPC_TLBIEL(rb, rs, ric, prs, r) "shim_tlbie " __stringify(rb) ", " __stringify(rs)
#define PPC_RELEASE_BARRIER "" /* x86 stores are release stores */
#define PPC_BIT(n) (1UL << (63 - (n)))
#define ___PPC_RIC(x) 0
#define ___PPC_PRS(x) 0
#define ___PPC_R(x) 0
static inline void eieio(void)
{
	barrier();
}
#define smp_rmb() barrier()
#define smp_wmb() barrier()
#define smp_mb() __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define cpu_relax() __builtin_ia32_pause()
static inline unsigned long mfmsr(void)
{
	return 0;
}
static inline void dcbz(void *p)
{
	memset(p, 0, 128);
}

/* ---- atomics / bits ---- */
#define atomic_read(v) READ_ONCE((v)->counter)
#define atomic_set(v, i) WRITE_ONCE((v)->counter, i)
#define atomic64_read atomic_read
#define atomic64_set atomic_set
#define atomic_long_read atomic_read
#define atomic_long_set atomic_set
#define atomic_inc(v) ((void)__atomic_fetch_add(&(v)->counter, 1, __ATOMIC_RELAXED))
#define atomic_dec(v) ((void)__atomic_fetch_sub(&(v)->counter, 1, __ATOMIC_RELAXED))
#define atomic64_inc atomic_inc
#define BITS_PER_LONG 64
#define BITS_PER_BYTE 8
static inline int test_bit(int nr, const unsigned long *p)
{
	return (READ_ONCE(p[nr / 64]) >> (nr % 64)) & 1;
}
static inline int test_and_set_bit_lock(int nr, unsigned long *p)
{
	unsigned long m = 1UL << (nr % 64);
	return (__atomic_fetch_or(&p[nr / 64], m, __ATOMIC_ACQUIRE) & m) != 0;
}
static inline void __clear_bit_unlock(int nr, unsigned long *p)
{
	__atomic_store_n(&p[nr / 64], p[nr / 64] & ~(1UL << (nr % 64)), __ATOMIC_RELEASE);
}
static inline void set_bit_le(int nr, unsigned long *p)
{
	__atomic_fetch_or(&p[nr / 64], 1UL << (nr % 64), __ATOMIC_RELAXED);
}
static inline void __set_bit_le(int nr, unsigned long *p)
{
	p[nr / 64] |= 1UL << (nr % 64);
}
static inline void cpumask_setall(cpumask_t *m)
{
	m->bits[0] = ~0UL;
}
static inline void cpumask_clear_cpu(int c, cpumask_t *m)
{
	m->bits[0] &= ~(1UL << c);
}
#define array_index_nospec(i, n) (i) /* the powerpc fallback is a few ALU ops */

/* ---- locks ---- */
/* fair like the kernel's queued spinlock: ticket lock */
typedef struct {
	union {
		struct {
			u16 owner, next;
		};
		u32 v;
	};
} arch_spinlock_t;
static inline void arch_spin_lock(arch_spinlock_t *l)
{
	u16 me = __atomic_fetch_add(&l->next, 1, __ATOMIC_ACQUIRE);
	while (__atomic_load_n(&l->owner, __ATOMIC_ACQUIRE) != me)
		cpu_relax();
}
static inline void arch_spin_unlock(arch_spinlock_t *l)
{
	__atomic_store_n(&l->owner, l->owner + 1, __ATOMIC_RELEASE);
}
typedef struct {
	union {
		struct {
			arch_spinlock_t raw_lock;
		} rlock;
	};
} spinlock_t;
static inline void spin_lock(spinlock_t *l)
{
	arch_spin_lock(&l->rlock.raw_lock);
}
static inline void spin_unlock(spinlock_t *l)
{
	arch_spin_unlock(&l->rlock.raw_lock);
}
#define spin_is_locked(l) ((l)->rlock.raw_lock.v)
struct mutex {
	long x[4];
};
#define mutex_lock(m)                                                                              \
	do {                                                                                       \
	} while (0)
#define mutex_unlock(m)                                                                            \
	do {                                                                                       \
	} while (0)
#define mutex_init(m)                                                                              \
	do {                                                                                       \
	} while (0)
#define mutex_is_locked(m) 1
#define mutex_lock_interruptible(m) 0
#define preempt_disable() barrier()
#define preempt_enable() barrier()
struct srcu_struct {
	int x;
};
#define srcu_read_lock(s) 0
#define srcu_read_unlock(s, i)                                                                     \
	do {                                                                                       \
		(void)(i);                                                                         \
	} while (0)
#define synchronize_srcu_expedited(s)                                                              \
	do {                                                                                       \
	} while (0)
#define rcu_dereference_raw_check(p) READ_ONCE(p)

/* ---- pages and host page tables ---- */
#define PAGE_SHIFT BENCH_PAGE_SHIFT
#define PAGE_SIZE (1UL << PAGE_SHIFT)
#define PAGE_MASK (~(PAGE_SIZE - 1))
#define SID_SHIFT 28
#define SID_SHIFT_1T 40
#define ESID_MASK 0xfffffffff0000000UL
#define ESID_MASK_1T 0xffffff0000000000UL
#define EA_MASK 0x0fffffffffffffffUL
#define H_PGTABLE_RANGE (1UL << 52)
#define MAX_EA_BITS_PER_CONTEXT 49
#define H_MAX_PHYSMEM_BITS 51
#define SLICE_NUM_HIGH 512
#define LINEAR_MAP_REGION_ID 1
#define get_region_id(ea) 1
#define is_kernel_addr(x) 0
enum { MMU_PAGE_4K, MMU_PAGE_64K, MMU_PAGE_16M, MMU_PAGE_COUNT };
struct mmu_psize_def {
	unsigned int shift;
	int penc[MMU_PAGE_COUNT];
	unsigned int tlbiel;
	unsigned long avpnm;
	unsigned long sllp, ap;
};
extern struct mmu_psize_def mmu_psize_defs[MMU_PAGE_COUNT];
#define MMU_FTR_68_BIT_VA 1
#define MMU_FTR_LOCKLESS_TLBIE 1
#define mmu_has_feature(x) 1
#define CPU_FTR_ARCH_206 1
#define CPU_FTR_ARCH_207S 2
#define CPU_FTR_ARCH_300 4
#define CPU_FTR_HVMODE 8
#define CPU_FTR_P9_TLBIE_ERAT_BUG 16
#define CPU_FTR_P9_TLBIE_STQ_BUG 32
/* jump labels in the kernel, hence compile-time constants here */
#define cpu_has_feature(x) (((1 | 2 | 8) & (x)) != 0) /* POWER8 */

typedef struct {
	unsigned long pte;
} pte_t; /* big-endian in memory, as on book3s64 */
typedef struct {
	unsigned long pgd;
} pgd_t;
typedef struct {
	unsigned long p4d;
} p4d_t;
typedef struct {
	unsigned long pud;
} pud_t;
typedef struct {
	unsigned long pmd;
} pmd_t;
typedef struct {
	unsigned long pd;
} hugepd_t;
struct mm_struct {
	pgd_t *pgd;
};
extern struct mm_struct init_mm;
#define SHIM_PTE_PRESENT (1UL << 63)
#define SHIM_PTE_WRITE 0x002UL
#define SHIM_PTE_CI 0x010UL
#define SHIM_PTE_DIRTY 0x080UL
#define SHIM_PTE_YOUNG 0x100UL
#define SHIM_PTE_RPN 0x01fffffffffff000UL
#define H_PAGE_BUSY (1UL << 62)
static inline pte_t __pte(unsigned long v)
{
	return (pte_t){ __builtin_bswap64(v) };
}
static inline unsigned long pte_val(pte_t p)
{
	return __builtin_bswap64(p.pte);
}
static inline int pte_present(pte_t p)
{
	return !!(p.pte & __builtin_bswap64(SHIM_PTE_PRESENT));
}
#define pte_protnone(p) 0
static inline int pte_write(pte_t p)
{
	return !!(p.pte & __builtin_bswap64(SHIM_PTE_WRITE));
}
#define __pte_write pte_write
static inline int pte_ci(pte_t p)
{
	return !!(p.pte & __builtin_bswap64(SHIM_PTE_CI));
}
static inline unsigned long pte_pfn(pte_t p)
{
	return (pte_val(p) & SHIM_PTE_RPN) >> PAGE_SHIFT;
}
static inline pte_t pte_mkyoung(pte_t p)
{
	return (pte_t){ p.pte | __builtin_bswap64(SHIM_PTE_YOUNG) };
}
static inline pte_t pte_mkdirty(pte_t p)
{
	return (pte_t){ p.pte | __builtin_bswap64(SHIM_PTE_DIRTY) };
}
static inline bool pte_xchg(pte_t *ptep, pte_t old, pte_t new)
{
	return __atomic_compare_exchange_n(&ptep->pte, &old.pte, new.pte, false, __ATOMIC_RELAXED,
					   __ATOMIC_RELAXED);
}
#define PFN_PHYS(x) ((unsigned long)(x) << PAGE_SHIFT)
#define __va(x) ((void *)(unsigned long)(x))
#define __pa(x) ((unsigned long)(x))

pte_t *__find_linux_pte(pgd_t *pgdir, unsigned long ea, bool *is_thp, unsigned *hshift);

/* vmalloc and linear addresses are the same thing here. */
static inline phys_addr_t ppc_find_vmap_phys(unsigned long addr)
{
	return addr;
}

struct page {
	atomic_t refcount;
	int flags;
	long pad[7];
}; /* 64 bytes, like struct page */
#define FOLL_WRITE 1
bool get_user_page_fast_only(unsigned long hva, unsigned flags, struct page **pagep);
void set_page_dirty_lock(struct page *page);
static inline void put_page(struct page *p)
{
	atomic_dec(&p->refcount);
}
int get_user_pages_fast(unsigned long hva, int n, unsigned flags, struct page **pages);
#define pfn_valid(x) 1
struct page *pfn_to_page(unsigned long pfn);
#define PageReserved(p) 0
#define page_address(p) ((void *)(p))
#define virt_to_page(p) ((struct page *)(p))
#define page_to_pfn(p) ((unsigned long)(p))
#define pfn_to_kaddr(p) ((void *)(p))
#define is_error_noslot_pfn(p) ((long)(p) < 0)

/* ---- upstream type slices ---- */
#include "gen/types.h"
#include "gen/constants.h"

/* ---- kvm / vcpu (only the fields the code touches) ---- */
struct kvm;
struct kvm_vcpu;
struct kvm_resize_hpt;
struct dentry;
struct kvm_arch {
	unsigned int lpid;
	struct kvm_hpt_info hpt;
	atomic64_t mmio_update;
	unsigned long sdr1, lpcr, vrma_slb_v;
	int mmu_ready;
	atomic_t vcpus_running;
	u32 online_vcores;
	atomic_t hpte_mod_interest;
	cpumask_t need_tlb_flush;
	u8 radix;
	pgd_t *pgtable;
	struct kvm_resize_hpt *resize_hpt;
	struct mutex mmu_setup_lock;
};
struct kvm {
	spinlock_t mmu_lock;
	struct mutex slots_lock, slots_arch_lock;
	struct mm_struct *mm;
	unsigned long nr_memslot_pages;
	struct kvm_memslots __memslots[1][2];
	struct kvm_memslots *memslots[1];
	struct srcu_struct srcu;
	unsigned long mmu_invalidate_seq;
	long mmu_invalidate_in_progress;
	struct dentry *debugfs_dentry;
	struct kvm_arch arch;
};
struct kvmppc_slb {
	u64 esid, vsid, orige, origv;
};
struct kvmppc_pte {
	u64 eaddr, vpage, raddr;
	bool may_read, may_write, may_execute;
};
struct kvmppc_mmu {
	int (*xlate)(struct kvm_vcpu *, gva_t, struct kvmppc_pte *, bool, bool);
};
struct kvmppc_vpa {
	unsigned long gpa;
	void *pinned_addr;
	bool dirty;
};
struct kvm_nested_guest_;
struct kvm_vcpu {
	struct kvm *kvm;
	struct {
		struct {
			unsigned long gpr[32], ccr, xer, link, ctr;
		} regs;
		pgd_t *pgdir;
		struct mmio_hpte_cache mmio_cache;
		unsigned long pgfault_addr;
		long pgfault_index;
		unsigned long pgfault_hpte[2];
		struct mmio_hpte_cache_entry *pgfault_cache;
		struct {
			u64 msr;
		} shregs;
		unsigned long amr;
		struct kvmppc_slb slb[64];
		int slb_nr;
		struct kvmppc_mmu mmu;
		u32 hflags;
		unsigned long paddr_accessed, vaddr_accessed;
		struct kvm_nested_guest *nested;
	} arch;
};
#define BOOK3S_HFLAG_SLB 2
#define LPCR_VRMASD_SH 52
#define LPCR_VRMASD 0
#define SPRN_LPID 0
#define mfspr(x) 0
#define mmu_lpid_bits 12
#define KVM_MAX_NESTED_GUESTS_SHIFT 12
#define KVM_MEMSLOT_INVALID (1UL << 16)
#define KVM_MEM_LOG_DIRTY_PAGES 1
struct kvm_vcore_ {
	int pcpu;
};
struct paca_struct {
	struct {
		struct kvm_vcpu *kvm_vcpu;
		struct kvm_vcore_ *kvm_vcore;
	} kvm_hstate;
	u32 lock_token, paca_index;
};
extern struct paca_struct shim_paca;
#define local_paca (&shim_paca)
#define get_paca() (&shim_paca)

#include "gen/inlines.h"
struct kvm_memory_slot *gfn_to_memslot(struct kvm *kvm, gfn_t gfn);
#define gfn_to_hva_memslot(s, g) __gfn_to_hva_memslot(s, g)
#define kvm_memslots(k) ((k)->memslots[0])
#define kvm_for_each_memslot(ms, bkt, slots)                                                       \
	for (bkt = 0, ms = container_of((slots)->gfn_tree.rb_node, struct kvm_memory_slot,         \
					gfn_node[(slots)->node_idx]);                              \
	     bkt < 1; bkt++)
kvm_pfn_t __gfn_to_pfn_memslot(const struct kvm_memory_slot *, gfn_t, bool, bool *, bool, bool *,
			       hva_t *);

/* ---- stubs: never executed by the benchmark ---- */
struct file {
	void *private_data;
	struct kvm *dummy;
};
struct inode {
	void *i_private;
};
struct file_operations {
	void *owner;
	ssize_t (*read)(struct file *, char *, size_t, loff_t *);
	ssize_t (*write)(struct file *, const char *, size_t, loff_t *);
	void *llseek;
	int (*open)(struct inode *, struct file *);
	int (*release)(struct inode *, struct file *);
};
#define default_llseek NULL
#define generic_file_llseek NULL
#define nonseekable_open(i, f) 0
#define debugfs_create_file(...)                                                                   \
	do {                                                                                       \
	} while (0)
#define anon_inode_getfd(n, f, c, fl) ((void)(f), -1)
#define O_RDONLY 0
#define O_WRONLY 1
#define O_CLOEXEC 02000000
#define access_ok(b, n) 1
#define __put_user(v, p) (*(p) = (v), 0)
#define __get_user(v, p) ((v) = *(p), 0)
#define __copy_to_user(d, s, n) (memcpy((void *)(d), s, n), 0)
#define __copy_from_user(d, s, n) (memcpy(d, (const void *)(s), n), 0)
#define copy_to_user(d, s, n) (memcpy((void *)(d), s, n), 0)
#define scnprintf(b, n, ...) 0
#define GFP_KERNEL 0
#define __GFP_ZERO 0
#define __GFP_RETRY_MAYFAIL 0
#define __GFP_NOWARN 0
void *shim_alloc(size_t n);
void shim_free(void *p);
#define kzalloc(n, f) shim_alloc(n)
#define kfree(p) shim_free((void *)(p))
#define vmalloc(n) shim_alloc(n)
#define vfree(p) shim_free(p)
#define __get_free_pages(f, o) ((unsigned long)shim_alloc(PAGE_SIZE << (o)))
#define free_pages(p, o) shim_free((void *)(p))
#define kvm_alloc_hpt_cma(n) NULL
#define kvm_free_hpt_cma(p, n)                                                                     \
	do {                                                                                       \
	} while (0)
#define kvm_get_kvm(k)                                                                             \
	do {                                                                                       \
	} while (0)
#define kvm_put_kvm(k)                                                                             \
	do {                                                                                       \
	} while (0)
#define kvm_put_kvm_no_destroy(k)                                                                  \
	do {                                                                                       \
	} while (0)
struct kvm_ppc_resize_hpt {
	__u64 flags;
	__u32 shift, pad;
};
struct work_struct {
	int x;
};
#define INIT_WORK(w, f) ((void)(f))
#define schedule_work(w)                                                                           \
	do {                                                                                       \
	} while (0)
#define on_each_cpu(f, a, w) ((void)(f))
#define kvmppc_init_lpid(n)                                                                        \
	do {                                                                                       \
	} while (0)
#define kvmppc_switch_mmu_to_hpt(k) 0
#define kvmppc_update_lpcr(k, a, b)                                                                \
	do {                                                                                       \
	} while (0)
#define kvmppc_setup_partition_table(k)                                                            \
	do {                                                                                       \
	} while (0)
#define kvmppc_mmu_radix_xlate(...) (-1)
#define kvmppc_book3s_radix_page_fault(...) (-1)
#define kvmppc_radix_flush_memslot(k, m)                                                           \
	do {                                                                                       \
	} while (0)
#define kvm_unmap_radix(...)                                                                       \
	do {                                                                                       \
	} while (0)
#define kvm_age_radix(...) false
#define kvm_test_age_radix(...) false
#define KVM_FAST_MMIO_BUS 0
#define INST_GENERIC 0
#define EMULATE_DONE 0
#define kvm_io_bus_write(...) (-1)
#define kvmppc_set_pc(v, x)                                                                        \
	do {                                                                                       \
	} while (0)
#define kvmppc_get_pc(v) 0
static inline int kvmppc_get_last_inst(struct kvm_vcpu *v, int t, u32 *i)
{
	*i = 0;
	shim_bug("mmio");
}
static inline int kvmppc_emulate_mmio(struct kvm_vcpu *v)
{
	shim_bug("mmio");
}
#define trace_kvm_page_fault_enter(...)                                                            \
	do {                                                                                       \
	} while (0) /* static-key nops upstream */
#define trace_kvm_page_fault_exit(...)                                                             \
	do {                                                                                       \
	} while (0)
#endif
