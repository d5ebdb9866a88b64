// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest's files in debugfs: `htab`, every entry that is not free in stock KVM's columns
 * (index, dword 0 with 0x1 valid or 0x20 absent, the hardware's dword 1, the guest's),
 * `hptpager`, the library's counters, and `hptpager_check`, which verifies its invariants.
 */
#include "hptp_kvm.h"

#include <linux/debugfs.h>
#include <linux/seq_file.h>
#include <asm/kvm_book3s_64.h>

/* What an open `htab` lists from; the position is the index to begin at. */
struct lister {
	struct kvm *kvm;
	struct hptp_entry entry;
};

static void *htab_start(struct seq_file *m, loff_t *pos)
{
	struct lister *list = m->private;

	if (kvm_is_radix(list->kvm) ||
	    !hptp_entry_next(list->kvm->arch.hptp->vm, *pos, &list->entry))
		return NULL;
	*pos = list->entry.idx.n;
	return &list->entry;
}

static void *htab_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	return htab_start(m, pos);
}

static void htab_stop(struct seq_file *m, void *v) {}

static int htab_show(struct seq_file *m, void *v)
{
	const struct hptp_entry *e = v;
	u64 dword = (e->v & ~1ull) | (e->state == HPTP_VALID ? 0x1 : 0x20);

	seq_printf(m, "%6llx %.16llx %.16llx %.16llx\n", (u64)e->idx.n, dword, (u64)e->real,
		   (u64)e->guest);
	return 0;
}

static const struct seq_operations htab_ops = {
	.start = htab_start,
	.next = htab_next,
	.stop = htab_stop,
	.show = htab_show,
};

/* The directory is removed, and its open files dead, before the guest is. */
static int htab_open(struct inode *inode, struct file *file)
{
	struct lister *list = __seq_open_private(file, &htab_ops, sizeof(*list));

	if (!list)
		return -ENOMEM;
	list->kvm = inode->i_private;
	return 0;
}

static const struct file_operations htab_fops = {
	.owner = THIS_MODULE,
	.open = htab_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = seq_release_private,
};

static const struct {
	const char *name;
	size_t at;
} counters[] = {
#define COUNTER(name, text) { #name, offsetof(struct hptp_stats, name) },
	HPTP_STATS(COUNTER)
#undef COUNTER
};

static int counters_show(struct seq_file *m, void *v)
{
	struct kvm *kvm = m->private;
	struct hptp_stats stats;
	unsigned int i;

	hptp_stats_read(kvm->arch.hptp->vm, &stats);
	for (i = 0; i < ARRAY_SIZE(counters); i++)
		seq_printf(m, "%-16s %llu\n", counters[i].name,
			   *(u64 *)((char *)&stats + counters[i].at));
	seq_printf(m, "%-16s %llu\n", "bytes", (u64)stats.bytes);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(counters);

/* No vCPU, and no page-out: nothing else is in the library then. EBUSY while a vCPU runs. */
static int verify(struct kvm *kvm, struct hptp_check_result *broken)
{
	struct hptp_kvm_quiet quiet;
	int error = -EBUSY, srcu;

	hptp_kvm_quiesce(kvm, &quiet);
	if (quiet.stopped) {
		srcu = srcu_read_lock(&kvm->srcu);
		spin_lock(&kvm->mmu_lock);
		error = hptp_check(kvm->arch.hptp->vm, broken);
		spin_unlock(&kvm->mmu_lock);
		srcu_read_unlock(&kvm->srcu, srcu);
	}
	hptp_kvm_resume(kvm, &quiet);
	return error;
}

static int check_show(struct seq_file *m, void *v)
{
	struct hptp_check_result broken;
	int error = verify(m->private, &broken);

	if (error == -EBUSY)
		return error;
	if (!error) {
		seq_puts(m, "sound\n");
		return 0;
	}
	WARN_ONCE(1, "hptpager: %s\n", broken.what);
	seq_printf(m, "I%u, entry %llx, frame %llx: %s\n", broken.invariant, (u64)broken.idx,
		   (u64)broken.gfn, broken.what);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(check);

void kvmppc_mmu_debugfs_init(struct kvm *kvm)
{
	debugfs_create_file("htab", 0400, kvm->debugfs_dentry, kvm, &htab_fops);
	debugfs_create_file("hptpager", 0400, kvm->debugfs_dentry, kvm, &counters_fops);
	debugfs_create_file("hptpager_check", 0400, kvm->debugfs_dentry, kvm, &check_fops);
}
