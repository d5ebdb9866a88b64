/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * As much of Linux 6.1 as KVM's glue asks for, in a process: each <linux/...> and <asm/...>
 * header of its is this one. There is one thread, so a lock is a note of who holds it. What
 * the kernel would only warn of, or find out by a hang, ends the test: sleeping where that
 * is not allowed, a lock taken twice or in the wrong order, memslots looked at without
 * kvm->srcu, the host's page tables walked with interrupts on.
 */
#ifndef KVM_SHIM_H
#define KVM_SHIM_H

#include "hptpager/hcall.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64, gfn_t, kvm_pfn_t;
typedef unsigned long gva_t;
#define __user
#define THIS_MODULE NULL
#define EXPORT_SYMBOL_GPL(name) extern int shim_exported_##name

#define min_t(type, a, b) ((type)(a) < (type)(b) ? (type)(a) : (type)(b))
#define max_t(type, a, b) ((type)(a) > (type)(b) ? (type)(a) : (type)(b))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define max(a, b) max_t(u64, a, b)
#define DIV_ROUND_UP(n, d) (((n) + (d)-1) / (d))
#define container_of(p, type, member) ((type *)((char *)(p)-offsetof(type, member)))
#define READ_ONCE(x) (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, value) (*(volatile __typeof__(x) *)&(x) = (value))

/* ---- what the kernel would complain of: the test ends ---- */

void shim_fail(const char *file, int line, const char *what) __attribute__((noreturn));
#define SHIM_REQUIRE(cond) ((cond) ? (void)0 : shim_fail(__FILE__, __LINE__, #cond))
#define WARN_ON(bad)                                                                               \
	({                                                                                         \
		bool bad_ = (bad);                                                                 \
		if (bad_)                                                                          \
			shim_fail(__FILE__, __LINE__, #bad);                                       \
		bad_;                                                                              \
	})
#define WARN_ON_ONCE WARN_ON
#define WARN_ONCE(bad, ...) WARN_ON(bad)
#define pr_err(...) ((void)shim.errors++)
#define pr_debug(...) ((void)0)

/* The one CPU and its one thread. */
struct mm_struct;
extern struct shim {
	unsigned int preempt, irqs_off, rcu, srcu, spin, mutexes;
	unsigned int errors; /* pr_err() */
	unsigned int kicks;  /* on_each_cpu() */
	unsigned int queued; /* work items that wait */
	bool signal;
	bool radix_host;
	unsigned long features;
	unsigned long msr;
	u64 ms;
	struct {
		struct mm_struct *mm;
	} task;
} shim;

static inline void might_sleep(void)
{
	SHIM_REQUIRE(!shim.preempt && !shim.irqs_off && !shim.rcu && !shim.spin);
}

/* A glue that lacks something, named in the environment: the tests have to notice. */
bool shim_without(const char *what);

/* ---- locks, RCU, preemption ---- */

struct mutex {
	bool held;
	unsigned int order; /* what is held already must be less */
};
typedef struct {
	bool held;
} spinlock_t;
struct srcu_struct {
	int dummy;
};

void mutex_lock(struct mutex *lock);
void mutex_unlock(struct mutex *lock);
#define mutex_init(lock) ((lock)->held = false, (lock)->order = 31)
#define mutex_is_locked(lock) ((lock)->held)

static inline void spin_lock(spinlock_t *lock)
{
	SHIM_REQUIRE(!lock->held);
	lock->held = true;
	shim.spin++;
}

static inline void spin_unlock(spinlock_t *lock)
{
	SHIM_REQUIRE(lock->held);
	lock->held = false;
	shim.spin--;
}
#define lockdep_assert_held(lock) SHIM_REQUIRE((lock)->held)

#define srcu_read_lock(domain) ((void)(domain), shim_without("SRCU") ? 0 : (int)shim.srcu++)
#define srcu_read_unlock(domain, idx)                                                              \
	(shim_without("SRCU") ? (void)(idx) :                                                      \
				(SHIM_REQUIRE((int)shim.srcu == (idx) + 1), (void)shim.srcu--))
#define rcu_read_lock() ((void)shim.rcu++)
#define rcu_read_unlock() ((void)shim.rcu--)
#define synchronize_rcu() might_sleep()
#define preempt_disable() ((void)shim.preempt++)
#define preempt_enable() ((void)shim.preempt--)
#define cond_resched() might_sleep()
#define local_irq_save(flags) ((flags) = shim.irqs_off, shim.irqs_off = !shim_without("IRQ_OFF"))
#define local_irq_restore(flags) shim_irq_restore((unsigned int)(flags))
void shim_irq_restore(unsigned int flags);
#define smp_mb() __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define smp_rmb smp_mb
#define smp_wmb smp_mb
#define smp_store_release(p, v) __atomic_store_n((p), (v), __ATOMIC_RELEASE)
/* COUNT: nobody looks how many invalidations are open. */
#define smp_load_acquire(p)                                                                        \
	_Generic(*(p), long : shim_without("COUNT") ? 0 : *(p), default : *(volatile u64 *)(p))
#define cpu_relax() ((void)0)
#define on_each_cpu(f, arg, wait) (might_sleep(), (f)(arg), (void)shim.kicks++)
#define current (&shim.task)
#define signal_pending(task) ((void)(task), shim.signal)
typedef struct {
	int n;
} atomic_t;
#define atomic_read(a) READ_ONCE((a)->n)
typedef struct {
	bool all;
} cpumask_t;
#define cpumask_setall(mask) ((mask)->all = true)

/* ---- memory: the n-th allocation can be made to fail, what is left over is counted ---- */

typedef unsigned int gfp_t;
#define GFP_KERNEL 1u
#define GFP_KERNEL_ACCOUNT 2u
#define __GFP_ZERO 4u
#define __GFP_RETRY_MAYFAIL 8u
#define __GFP_NOWARN 16u
void *shim_alloc(size_t size);
void shim_free(const void *memory);
extern unsigned long shim_fail_at; /* counts down; 0: none fails */
extern long shim_allocated;
#define kzalloc(size, gfp) ((void)(gfp), shim_alloc(size))
#define kvmalloc kzalloc
#define kfree shim_free
#define kvfree shim_free
size_t roundup_pow_of_two(size_t n);

#define PAGE_SHIFT 16
#define PAGE_SIZE (1ul << PAGE_SHIFT)
#define offset_in_page(address) ((unsigned long)(address) & (PAGE_SIZE - 1))
#define __pa(virt) ((unsigned long)(virt))
struct page {
	u64 *data; /* PAGE_SIZE bytes */
	int refs;  /* who holds it; the page table counts as one */
	bool dirty, freed;
};
struct page *virt_to_page(unsigned long virt);
#define virt_to_page(virt) (virt_to_page)((unsigned long)(virt))
void *page_address(const struct page *page);
void put_page(struct page *page);
#define FOLL_WRITE 1u
int get_user_pages_fast(unsigned long hva, int n, unsigned int flags, struct page **pages);
unsigned long __get_free_pages(gfp_t gfp, unsigned int order);
void free_pages(unsigned long virt, unsigned int order);
/* From a contiguous area, when the test has one. */
struct page *kvm_alloc_hpt_cma(unsigned long n);
void kvm_free_hpt_cma(struct page *page, unsigned long n);

#define copy_from_user(to, from, n) (might_sleep(), shim_copy(to, from, n))
#define copy_to_user(to, from, n) (might_sleep(), shim_copy(to, from, n))
unsigned long shim_copy(void *to, const void *from, unsigned long n);
unsigned long clear_user(void *to, unsigned long n);
unsigned long raw_copy_in_user(void *to, const void *from, unsigned long n);

/* ---- the host's page table: one level, big-endian ---- */

typedef struct {
	u64 pte;
} pte_t;
typedef struct {
	pte_t *pte;
} pgd_t;
struct mm_struct {
	pgd_t *pgd;
};
#define _PAGE_PRESENT (1ull << 63)
#define _PAGE_PTE (1ull << 62)
#define _PAGE_READ 4ull
#define _PAGE_WRITE 2ull
#define _PAGE_DIRTY 0x80ull
#define _PAGE_ACCESSED 0x100ull
#define H_PAGE_BUSY (1ull << 59)
#define SHIM_PFN 0x00fffffffff00000ull
#define __pte(value) ((pte_t){ __builtin_bswap64(value) })
#define pte_val(p) __builtin_bswap64((p).pte)
#define pte_pfn(p) ((pte_val(p) & SHIM_PFN) >> 20)
#define __pte_write(p) (!!(pte_val(p) & _PAGE_WRITE))
#define pte_dirty(p) (!!(pte_val(p) & _PAGE_DIRTY))
#define pte_ci(p) false
pte_t *find_linux_pte(pgd_t *pgd, unsigned long hva, bool *is_thp, unsigned int *shift);
#define radix_enabled() shim.radix_host

/* ---- the processor ---- */

#define CPU_FTR_ARCH_300 1ul
#define CPU_FTR_HVMODE 2ul
#define CPU_FTR_P9_TLBIE_ERAT_BUG 4ul
#define CPU_FTR_P9_TLBIE_STQ_BUG 8ul
#define MMU_FTR_LOCKLESS_TLBIE 16ul
#define cpu_has_feature(feature) (!!(shim.features & (feature)))
#define mmu_has_feature cpu_has_feature
#define mmu_lpid_bits 12
#define PPC_MIN_HPT_ORDER 18
#define PPC_MAX_HPT_ORDER 46
#define MSR_IR HPTP_MSR_IR
#define MSR_DR HPTP_MSR_DR
#define mfmsr() shim.msr
#define SPRN_LPID 319
#define mfspr(spr) (0ul * (spr))
#define PPC_BIT(n) (1ul << (63 - (n)))
#define SLB_VSID_B_1T HPTP_SLB_B_1T
#define SLB_VSID_L HPTP_SLB_L
#define SLB_VSID_LP HPTP_SLB_LP
#define SLB_ESID_V 0x08000000ul
#define SID_SHIFT 28
#define SID_SHIFT_1T 40
#define LPCR_VRMASD_SH 47
#define LPCR_VRMASD 0x0008000000000000ul

/* ---- files ---- */

struct inode {
	void *i_private;
};
struct file {
	void *private_data;
	const struct file_operations *f_op;
	unsigned int mode;
};
struct file_operations {
	void *owner;
	int (*open)(struct inode *inode, struct file *file);
	ssize_t (*read)(struct file *file, char *to, size_t count, loff_t *pos);
	ssize_t (*write)(struct file *file, const char *from, size_t count, loff_t *pos);
	loff_t (*llseek)(struct file *file, loff_t pos, int whence);
	int (*release)(struct inode *inode, struct file *file);
};
#define default_llseek NULL
int anon_inode_getfd(const char *name, const struct file_operations *fops, void *private,
		     int flags);

struct seq_file {
	char *buf; /* the test's, text accumulates */
	size_t size, used;
	void *private;
	const struct seq_operations *op;
	int (*show)(struct seq_file *m, void *v);
};
struct seq_operations {
	void *(*start)(struct seq_file *m, loff_t *pos);
	void *(*next)(struct seq_file *m, void *v, loff_t *pos);
	void (*stop)(struct seq_file *m, void *v);
	int (*show)(struct seq_file *m, void *v);
};
void seq_printf(struct seq_file *m, const char *format, ...);
#define seq_puts(m, text) seq_printf(m, text)
void *__seq_open_private(struct file *file, const struct seq_operations *op, int size);
int seq_release_private(struct inode *inode, struct file *file);
int single_open(struct file *file, int (*show)(struct seq_file *m, void *v), void *data);
ssize_t seq_read(struct file *file, char *to, size_t count, loff_t *pos);
#define seq_lseek NULL
#define DEFINE_SHOW_ATTRIBUTE(name)                                                                \
	static int name##_open(struct inode *inode, struct file *file)                             \
	{                                                                                          \
		return single_open(file, name##_show, inode->i_private);                           \
	}                                                                                          \
	static const struct file_operations name##_fops = { .open = name##_open, .read = seq_read }
void debugfs_create_file(const char *name, int mode, void *dir, void *data,
			 const struct file_operations *fops);

/* ---- work, time, chance ---- */

struct work_struct {
	void (*func)(struct work_struct *work);
	bool queued;
};
#define INIT_WORK(work, f) ((work)->func = (f), (work)->queued = false)
void schedule_work(struct work_struct *work);
bool cancel_work_sync(struct work_struct *work);
#define get_jiffies_64() shim.ms
#define jiffies_to_msecs(jiffies) (jiffies)
#define get_random_u64() 0x123456789abcdefull

static inline void set_bit_le(unsigned long n, void *map)
{
	((u8 *)map)[n >> 3] |= (u8)(1u << (n & 7));
}
#define __set_bit_le set_bit_le

/* ---- KVM ---- */

struct kvm_memory_slot {
	gfn_t base_gfn;
	unsigned long npages;
	unsigned long *dirty_bitmap;
	struct {
		unsigned long *rmap;
		struct hptp_kvm_slot *hptp;
	} arch;
	unsigned long userspace_addr;
	u32 flags;
	short id;
};
#define KVM_MEM_LOG_DIRTY_PAGES 1u
#define KVM_MEMSLOT_INVALID (1u << 16)
enum kvm_mr_change { KVM_MR_CREATE, KVM_MR_DELETE, KVM_MR_MOVE, KVM_MR_FLAGS_ONLY };
#define SHIM_SLOTS 4
struct kvm_memslots {
	struct kvm_memory_slot *slot[SHIM_SLOTS];
};

struct kvm_hpt_info {
	unsigned long virt;
	u32 order;
	int cma;
};

struct kvm {
	spinlock_t mmu_lock;
	struct mutex slots_lock;
	struct mm_struct *mm;
	struct srcu_struct srcu;
	struct kvm_memslots memslots;
	unsigned long mmu_invalidate_seq;
	long mmu_invalidate_in_progress;
	int users;
	bool vm_dead;
	void *debugfs_dentry;
	struct {
		unsigned int lpid;
		bool radix;
		int mmu_ready;
		atomic_t vcpus_running;
		struct mutex mmu_setup_lock;
		struct kvm_hpt_info hpt;
		struct hptp_kvm *hptp;
		u64 sdr1, vrma_slb_v, lpcr;
		cpumask_t need_tlb_flush;
	} arch;
};

struct kvmppc_slb {
	u64 orige, origv;
};
struct kvmppc_pte {
	gva_t eaddr;
	u64 vpage;
	u64 raddr;
	bool may_read, may_write, may_execute;
};
struct kvmppc_vpa {
	unsigned long gpa;
	void *pinned_addr;
	bool dirty;
};
struct kvm_vcpu {
	struct kvm *kvm;
	int vcpu_id;
	struct {
		unsigned long gpr[32], pc;
		struct {
			u64 msr;
		} shregs;
		u64 amr;
		struct kvmppc_slb slb[64];
		int slb_nr;
		struct {
			int (*xlate)(struct kvm_vcpu *vcpu, gva_t ea, struct kvmppc_pte *pte,
				     bool data, bool store);
		} mmu;
		unsigned int hflags;
		gva_t paddr_accessed, vaddr_accessed;
		struct hptp_kvm_vcpu *hptp;
		u32 queued; /* status of the interrupt that was given to the guest */
	} arch;
};
#define BOOK3S_HFLAG_SLB 1u

struct kvmppc_ops {
	int (*init_vm)(struct kvm *kvm);
	void (*destroy_vm)(struct kvm *kvm);
	int (*vcpu_create)(struct kvm_vcpu *vcpu);
	void (*vcpu_free)(struct kvm_vcpu *vcpu);
	int (*prepare_memory_region)(struct kvm *kvm, const struct kvm_memory_slot *old,
				     struct kvm_memory_slot *new, enum kvm_mr_change change);
	void (*commit_memory_region)(struct kvm *kvm, struct kvm_memory_slot *old,
				     const struct kvm_memory_slot *new, enum kvm_mr_change change);
	void (*free_memslot)(struct kvm_memory_slot *slot);
};

struct kvm_gfn_range {
	struct kvm_memory_slot *slot;
	gfn_t start, end;
	pte_t pte;
	bool may_block;
};

struct kvm_get_htab_fd {
	u64 flags, start_index, reserved[2];
};
#define KVM_GET_HTAB_BOLTED_ONLY 1ull
#define KVM_GET_HTAB_WRITE 2ull
struct kvm_ppc_resize_hpt {
	u64 flags;
	u32 shift, pad;
};

#define kvm_is_radix(kvm) ((kvm)->arch.radix)
#define __kvm_memslots(kvm, as)                                                                    \
	(SHIM_REQUIRE(shim.srcu || (kvm)->slots_lock.held || !(kvm)->users), &(kvm)->memslots)
#define kvm_for_each_memslot(memslot, i, slots)                                                    \
	for ((i) = 0; (i) < SHIM_SLOTS; (i)++)                                                     \
		if (((memslot) = (slots)->slot[i]))
struct kvm_memory_slot *gfn_to_memslot(struct kvm *kvm, gfn_t gfn);
#define gfn_to_hva_memslot(memslot, gfn)                                                           \
	((memslot)->userspace_addr + (((gfn) - (memslot)->base_gfn) << PAGE_SHIFT))
kvm_pfn_t __gfn_to_pfn_memslot(const struct kvm_memory_slot *memslot, gfn_t gfn, bool atomic,
			       bool *async, bool write, bool *writable, gva_t *hva);
#define is_error_noslot_pfn(pfn) ((pfn) == ~0ull)
void kvm_release_pfn_clean(kvm_pfn_t pfn);
void kvm_release_pfn_dirty(kvm_pfn_t pfn);
#define kvm_get_kvm(kvm) ((void)(kvm)->users++)
void kvm_put_kvm(struct kvm *kvm);
#define kvm_put_kvm_no_destroy(kvm) (SHIM_REQUIRE((kvm)->users > 1), (void)(kvm)->users--)
#define kvm_vm_dead(kvm) ((void)((kvm)->vm_dead = true))

#define kvmppc_get_gpr(vcpu, n) ((vcpu)->arch.gpr[n])
#define kvmppc_set_gpr(vcpu, n, value) ((void)((vcpu)->arch.gpr[n] = (value)))
#define kvmppc_get_pc(vcpu) ((vcpu)->arch.pc)
#define kvmppc_set_pc(vcpu, value) ((void)((vcpu)->arch.pc = (value)))
enum { RESUME_GUEST, RESUME_HOST = 2, EMULATE_DONE = 0, EMULATE_AGAIN = 1 };
enum { KVM_FAST_MMIO_BUS = 3, INST_GENERIC = 0 };
int kvm_io_bus_write(struct kvm_vcpu *vcpu, int bus, u64 gpa, int n, const void *value);
int kvmppc_get_last_inst(struct kvm_vcpu *vcpu, int kind, u32 *insn);
int kvmppc_emulate_mmio(struct kvm_vcpu *vcpu);
void kvmppc_core_queue_inst_storage(struct kvm_vcpu *vcpu, u64 status);
void kvmppc_core_queue_data_storage(struct kvm_vcpu *vcpu, u64 ea, u64 status);
void kvmppc_setup_partition_table(struct kvm *kvm);
void kvmppc_update_lpcr(struct kvm *kvm, unsigned long lpcr, unsigned long mask);
int kvmppc_switch_mmu_to_hpt(struct kvm *kvm);
#define KVM_MAX_NESTED_GUESTS_SHIFT 12
#define kvmppc_init_lpid(n) ((void)(n))

/* Of radix guests: seen, and nothing else. */
#define kvm_unmap_radix(kvm, slot, gfn) ((void)(kvm), (void)(slot), (void)(gfn))
#define kvm_age_radix(kvm, slot, gfn) ((void)(kvm), (void)(slot), (void)(gfn), true)
#define kvm_test_age_radix kvm_age_radix
#define kvmppc_radix_flush_memslot(kvm, slot) ((void)(kvm), (void)(slot))
#define kvmppc_book3s_radix_page_fault(vcpu, ea, dsisr) ((void)(ea), (void)(dsisr), RESUME_GUEST)
#define kvmppc_mmu_radix_xlate(vcpu, ea, pte, data, store) (-EINVAL)

/* ---- what the glue gives KVM ---- */

bool kvm_unmap_gfn_range_hv(struct kvm *kvm, struct kvm_gfn_range *range);
bool kvm_set_spte_gfn_hv(struct kvm *kvm, struct kvm_gfn_range *range);
bool kvm_age_gfn_hv(struct kvm *kvm, struct kvm_gfn_range *range);
bool kvm_test_age_gfn_hv(struct kvm *kvm, struct kvm_gfn_range *range);
void kvmppc_core_flush_memslot_hv(struct kvm *kvm, struct kvm_memory_slot *memslot);
long kvmppc_hv_get_dirty_log_hpt(struct kvm *kvm, struct kvm_memory_slot *memslot,
				 unsigned long *map);
void kvmppc_harvest_vpa_dirty(struct kvmppc_vpa *vpa, struct kvm_memory_slot *memslot,
			      unsigned long *map);
void *kvmppc_pin_guest_page(struct kvm *kvm, unsigned long gpa, unsigned long *nb);
void kvmppc_unpin_guest_page(struct kvm *kvm, void *va, unsigned long gpa, bool dirty);
void kvmppc_update_dirty_map(const struct kvm_memory_slot *memslot, unsigned long gfn,
			     unsigned long psize);
int kvmppc_book3s_hv_page_fault(struct kvm_vcpu *vcpu, unsigned long ea, unsigned long dsisr);
int kvmppc_hv_emulate_mmio(struct kvm_vcpu *vcpu, unsigned long gpa, gva_t ea, int is_store);
void kvmppc_mmu_book3s_hv_init(struct kvm_vcpu *vcpu);
int kvmppc_mmu_hv_init(void);
void kvmppc_mmu_debugfs_init(struct kvm *kvm);
int kvm_vm_ioctl_get_htab_fd(struct kvm *kvm, struct kvm_get_htab_fd *ghf);
long kvm_vm_ioctl_resize_hpt_prepare(struct kvm *kvm, struct kvm_ppc_resize_hpt *rhpt);
long kvm_vm_ioctl_resize_hpt_commit(struct kvm *kvm, struct kvm_ppc_resize_hpt *rhpt);
long kvmppc_alloc_reset_hpt(struct kvm *kvm, int order);
int kvmppc_allocate_hpt(struct kvm_hpt_info *info, u32 order);
void kvmppc_set_hpt(struct kvm *kvm, struct kvm_hpt_info *info);
void kvmppc_free_hpt(struct kvm_hpt_info *info);
void kvmppc_rmap_reset(struct kvm *kvm);
void kvmppc_map_vrma(struct kvm_vcpu *vcpu, struct kvm_memory_slot *memslot, unsigned long porder);
long kvmppc_h_enter(struct kvm_vcpu *vcpu, unsigned long flags, long ptex, unsigned long pteh,
		    unsigned long ptel);
long kvmppc_h_remove(struct kvm_vcpu *vcpu, unsigned long flags, unsigned long ptex,
		     unsigned long avpn);
long kvmppc_h_bulk_remove(struct kvm_vcpu *vcpu);
long kvmppc_h_protect(struct kvm_vcpu *vcpu, unsigned long flags, unsigned long ptex,
		      unsigned long avpn);
long kvmppc_h_read(struct kvm_vcpu *vcpu, unsigned long flags, unsigned long ptex);
long kvmppc_h_clear_ref(struct kvm_vcpu *vcpu, unsigned long flags, unsigned long ptex);
long kvmppc_h_clear_mod(struct kvm_vcpu *vcpu, unsigned long flags, unsigned long ptex);
long kvmppc_rm_h_page_init(struct kvm_vcpu *vcpu, unsigned long flags, unsigned long dest,
			   unsigned long src);
long kvmppc_hpte_hv_fault(struct kvm_vcpu *vcpu, unsigned long ea, unsigned long slb_v,
			  unsigned int status, bool data);

/* Trace events are on, and go nowhere. */
#define ktime_get_ns() (shim.ms * 1000000 + 1)
#define TP_PROTO(...) __VA_ARGS__
#define TRACE_EVENT(name, proto, ...)                                                              \
	static inline void trace_##name(proto) {}                                                  \
	static inline bool trace_##name##_enabled(void)                                            \
	{                                                                                          \
		return true;                                                                       \
	}

/* PAPR's numbers are the library's. */
#define H_TOO_HARD HPTP_H_TOO_HARD
#define H_FUNCTION HPTP_H_FUNCTION
#define H_HARDWARE (-1L)
#define H_REMOVE HPTP_H_REMOVE
#define H_ENTER HPTP_H_ENTER
#define H_READ HPTP_H_READ
#define H_CLEAR_MOD HPTP_H_CLEAR_MOD
#define H_CLEAR_REF HPTP_H_CLEAR_REF
#define H_PROTECT HPTP_H_PROTECT
#define H_PAGE_INIT HPTP_H_PAGE_INIT
#define H_BULK_REMOVE HPTP_H_BULK_REMOVE

#endif
