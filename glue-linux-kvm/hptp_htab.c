// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table as a file: what KVM_PPC_GET_HTAB_FD gives. Reads and writes go through a
 * buffer of the kernel's, since the library does not sleep for a page of the user's.
 */
#include "hptp_kvm.h"

#include <linux/anon_inodes.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <asm/cputable.h>
#include <asm/kvm_book3s.h>
#include <asm/kvm_ppc.h>
#include <asm/reg.h>

#define READ_MOST (64u << 10)
/* The longest record, and one more header. */
#define WRITE_MOST (65535u * 16 + 16)

struct htab {
	struct kvm *kvm;
	struct mutex lock; /* of the reader */
	struct hptp_stream *reader;
	u64 first;
	unsigned int flags;
};

/* The library's own table may come after the file, so the reader comes with the first read. */
static int reader_open(struct htab *h)
{
	unsigned int flags = h->flags & KVM_GET_HTAB_BOLTED_ONLY ? HPTP_STREAM_BOLTED : 0;

	if (h->reader)
		return 0;
	return hptp_stream_open(h->kvm->arch.hptp->vm, h->first, flags, &h->reader);
}

/* What was told is worth nothing: it is told anew, from the table's beginning. */
static void forget(struct htab *h)
{
	hptp_stream_close(h->reader);
	h->reader = NULL;
	h->first = 0;
}

/* Once more, if there is another table than before. */
static int read_some(struct htab *h, void *buf, size_t size, size_t *used)
{
	int error, tries;

	for (tries = 0; tries < 2; tries++) {
		error = reader_open(h);
		if (error)
			return error;
		error = hptp_stream_read(h->reader, buf, size, used);
		if (error != HPTP_E_STALE)
			return error;
		forget(h);
	}
	return error;
}

static ssize_t htab_read(struct file *file, char __user *to, size_t count, loff_t *ppos)
{
	struct htab *h = file->private_data;
	size_t size = min_t(size_t, count, READ_MOST), used = 0;
	void *buf;
	int error;

	if (kvm_is_radix(h->kvm) || count <= HPTP_STREAM_MIN)
		return 0;
	buf = kvmalloc(size, GFP_KERNEL);
	if (!buf)
		return -ENOMEM;
	mutex_lock(&h->lock);
	error = read_some(h, buf, size, &used);
	if (!error && copy_to_user(to, buf, used)) {
		forget(h);
		error = -EFAULT;
	}
	mutex_unlock(&h->lock);
	kvfree(buf);
	switch (error) {
	case 0: return used;
	case -EFAULT: return -EFAULT;
	case HPTP_E_STATE: return 0; /* no table */
	case HPTP_E_AGAIN: return -EAGAIN;
	default: return hptp_kvm_errno(error);
	}
}

/* A table that brings its own real mode area is ready for vCPUs. */
static void use_vrma(struct kvm *kvm, u64 slb_v)
{
	unsigned long size = slb_v & (SLB_VSID_L | SLB_VSID_LP);

	kvm->arch.vrma_slb_v = slb_v;
	if (cpu_has_feature(CPU_FTR_ARCH_300))
		kvmppc_setup_partition_table(kvm);
	else
		kvmppc_update_lpcr(kvm, size << (LPCR_VRMASD_SH - 4), LPCR_VRMASD);
}

/* All whole records. What is left over is the next write's. */
static ssize_t write_all(struct kvm *kvm, const char __user *from, size_t count, void *buf,
			 struct hptp_stream_written *w)
{
	size_t done = 0;
	int error;

	while (done < count) {
		size_t size = min_t(size_t, count - done, WRITE_MOST);

		if (copy_from_user(buf, from + done, size))
			return -EFAULT;
		error = hptp_stream_write(kvm->arch.hptp->vm, buf, size, w);
		if (error)
			return hptp_kvm_errno(error);
		if (!w->used)
			break;
		done += w->used;
		cond_resched();
	}
	return done;
}

static ssize_t htab_write(struct file *file, const char __user *from, size_t count, loff_t *ppos)
{
	struct htab *h = file->private_data;
	struct hptp_stream_written w = { .vrma = 0 };
	struct hptp_kvm_quiet quiet;
	ssize_t done = -EBUSY;
	int srcu;
	void *buf;

	if (kvm_is_radix(h->kvm))
		return -EINVAL;
	buf = kvmalloc(min_t(size_t, count, WRITE_MOST), GFP_KERNEL);
	if (!buf)
		return -ENOMEM;
	hptp_kvm_quiesce(h->kvm, &quiet);
	if (quiet.stopped) {
		srcu = srcu_read_lock(&h->kvm->srcu);
		done = write_all(h->kvm, from, count, buf, &w);
		srcu_read_unlock(&h->kvm->srcu, srcu);
	}
	if (w.vrma && !quiet.was_ready) {
		use_vrma(h->kvm, w.vrma);
		quiet.was_ready = true;
	}
	hptp_kvm_resume(h->kvm, &quiet);
	kvfree(buf);
	return done;
}

static int htab_release(struct inode *inode, struct file *file)
{
	struct htab *h = file->private_data;

	hptp_stream_close(h->reader);
	kvm_put_kvm(h->kvm);
	kfree(h);
	return 0;
}

static const struct file_operations htab_fops = {
	.owner = THIS_MODULE,
	.read = htab_read,
	.write = htab_write,
	.llseek = default_llseek,
	.release = htab_release,
};

int kvm_vm_ioctl_get_htab_fd(struct kvm *kvm, struct kvm_get_htab_fd *ghf)
{
	int fd, mode = ghf->flags & KVM_GET_HTAB_WRITE ? O_WRONLY : O_RDONLY;
	struct htab *h;

	if (ghf->flags & ~(KVM_GET_HTAB_BOLTED_ONLY | KVM_GET_HTAB_WRITE))
		return -EINVAL;
	h = kzalloc(sizeof(*h), GFP_KERNEL_ACCOUNT);
	if (!h)
		return -ENOMEM;
	mutex_init(&h->lock);
	h->kvm = kvm;
	h->first = ghf->start_index;
	h->flags = ghf->flags;
	kvm_get_kvm(kvm);
	fd = anon_inode_getfd("kvm-htab", &htab_fops, h, mode | O_CLOEXEC);
	if (fd < 0) {
		kvm_put_kvm_no_destroy(kvm);
		kfree(h);
	}
	return fd;
}
