/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The host's memory, as the shim's kernel has it: one process with a table of pages, frames
 * that are counted and whose contents are lost when nobody said that they were written, and
 * a swap file. What takes a page away goes through KVM's notifiers, as mm/ does.
 */
#ifndef KVM_HOST_H
#define KVM_HOST_H

#include "kvm_shim.h"

#define HOST_PAGES 64u
#define HOST_FRAMES 512u
#define HOST_HVA 0x7f0000000000ul
#define HOST_PFN 0x1000ul /* of the first frame */

extern struct host {
	pte_t pte[HOST_PAGES];
	pgd_t pgd;
	struct mm_struct mm;
	u64 swap[HOST_PAGES]; /* first word of each page, as last written out */
	bool readonly[HOST_PAGES], none[HOST_PAGES];
	struct page frame[HOST_FRAMES];
	struct page cma;
	bool cma_taken, has_cma;
	/* Called once: in the middle of the next look for a page; and by another CPU, when the
	 * host's page table was looked at, a page found, and nothing published yet. */
	void (*meanwhile)(void);
	void (*other_cpu)(void);
	bool looked;
	struct kvm *kvm; /* whose notifiers are called; one */
	unsigned int faults;
} host;

/* What the notified side of an invalidation does to a page. */
enum host_change {
	HOST_EVICT,    /* to the swap file, if it was written */
	HOST_DROP,     /* MADV_DONTNEED */
	HOST_SHARE,    /* read-only from now on, until a write makes a copy (KSM, fork) */
	HOST_LOOK_ONLY /* nothing, in the end */
};

void host_init(void);
/* Invalidate [first, first + n) of the host's pages; `open` is called before the change. */
void host_invalidate(unsigned int first, unsigned int n, enum host_change change,
		     void (*open)(void));
/* The same in three: KVM counts it, and its handlers; the change; the end. */
void host_open(unsigned int first, unsigned int n);
void host_change(unsigned int first, unsigned int n, enum host_change change);
void host_close(unsigned int first, unsigned int n);
/* What change_pte does to a page that is in an open invalidation. */
void host_set_spte(unsigned int page);
/* The page table entry is replaced by another frame's, told of by change_pte. */
void host_exchange(unsigned int page);
bool host_age(unsigned int page, bool test_only);
struct page *host_frame(kvm_pfn_t pfn);
/* Every frame that nobody should hold any more is free. */
void host_check_idle(void);

/* ---- the test's, for the host ---- */

/* No translation of this frame may be left, in the table or in a TLB. */
void guest_check_gone(kvm_pfn_t pfn);

/* ---- files and text of the shim ---- */

struct text {
	char buf[65536];
	size_t used;
};
/* The file that the glue made in debugfs; false: there is none. */
bool debugfs_read(const char *name, struct text *text);
void debugfs_gone(void);
struct file *file_of(int fd);
void file_close(int fd);
extern int file_error; /* what anon_inode_getfd() says next; 0: it works */
void work_run(void);

#endif
