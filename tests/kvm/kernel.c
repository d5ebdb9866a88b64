// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The shim's kernel: locks that check, memory that counts, files, text and work. */
#include "host.h"

#include <check.h>
#include <stdio.h>

struct shim shim;
unsigned long shim_fail_at;
long shim_allocated;
int file_error;

void shim_fail(const char *file, int line, const char *what)
{
	ck_abort_msg("%s:%d: %s", strrchr(file, '/') ? strrchr(file, '/') + 1 : file, line, what);
}

bool shim_without(const char *what)
{
	static const char *which;

	if (!which)
		which = getenv("HPTP_KVM_WITHOUT");
	if (!which)
		which = "";
	return !strcmp(which, what);
}

void mutex_lock(struct mutex *lock)
{
	might_sleep();
	SHIM_REQUIRE(!lock->held && !(shim.mutexes >> lock->order));
	lock->held = true;
	shim.mutexes |= 1u << lock->order;
}

void mutex_unlock(struct mutex *lock)
{
	SHIM_REQUIRE(lock->held);
	lock->held = false;
	shim.mutexes &= ~(1u << lock->order);
}

/* The time for another CPU to come between, once: none of what this one holds is its own. */
void shim_irq_restore(unsigned int flags)
{
	void (*other)(void) = host.other_cpu;
	struct shim mine;

	shim.irqs_off = flags;
	if (!other || !host.looked)
		return;
	host.other_cpu = NULL;
	mine = shim;
	shim.preempt = shim.irqs_off = shim.rcu = shim.srcu = shim.spin = shim.mutexes = 0;
	other();
	shim.preempt = mine.preempt;
	shim.irqs_off = mine.irqs_off;
	shim.rcu = mine.rcu;
	shim.srcu = mine.srcu;
	shim.spin = mine.spin;
	shim.mutexes = mine.mutexes;
}

/* ---- memory ---- */

size_t roundup_pow_of_two(size_t n)
{
	size_t size = 1;

	while (size < n)
		size <<= 1;
	return size;
}

/* As slabs are: sizes that are powers of two are aligned to themselves. */
static void *alloc(size_t size, size_t align)
{
	void *memory;

	might_sleep();
	if (shim_fail_at && !--shim_fail_at)
		return NULL;
	SHIM_REQUIRE(!posix_memalign(&memory, align, size));
	memset(memory, 0, size);
	shim_allocated++;
	return memory;
}

void *shim_alloc(size_t size)
{
	size_t power = roundup_pow_of_two(size);

	return alloc(max_t(size_t, size, 1), power == size ? max_t(size_t, power, 16) : 16);
}

void shim_free(const void *memory)
{
	shim_allocated -= !!memory;
	free((void *)(uintptr_t)memory);
}

unsigned long __get_free_pages(gfp_t gfp, unsigned int order)
{
	SHIM_REQUIRE(gfp & __GFP_ZERO);
	return (unsigned long)alloc(PAGE_SIZE << order, PAGE_SIZE << order);
}

void free_pages(unsigned long virt, unsigned int order)
{
	(void)order;
	shim_free((void *)virt);
}

/* Not zeroed, as the contiguous area is not. */
struct page *kvm_alloc_hpt_cma(unsigned long n)
{
	if (!host.has_cma || host.cma_taken)
		return NULL;
	host.cma.data = alloc(n << PAGE_SHIFT, n << PAGE_SHIFT);
	if (!host.cma.data)
		return NULL;
	memset(host.cma.data, 0xff, n << PAGE_SHIFT);
	host.cma_taken = true;
	return &host.cma;
}

void kvm_free_hpt_cma(struct page *page, unsigned long n)
{
	SHIM_REQUIRE(host.cma_taken && page == &host.cma && n);
	host.cma_taken = false;
	shim_free(page->data);
}

/* The first page of addresses is not there. */
unsigned long shim_copy(void *to, const void *from, unsigned long n)
{
	if ((uintptr_t)to < PAGE_SIZE || (uintptr_t)from < PAGE_SIZE)
		return n;
	memcpy(to, from, n);
	return 0;
}

/* ---- work ---- */

static struct work_struct *waiting;

void schedule_work(struct work_struct *work)
{
	SHIM_REQUIRE(!waiting || waiting == work);
	work->queued = true;
	waiting = work;
}

bool cancel_work_sync(struct work_struct *work)
{
	bool was = work->queued;

	might_sleep();
	work->queued = false;
	if (waiting == work)
		waiting = NULL;
	return was;
}

void work_run(void)
{
	struct work_struct *work = waiting;

	waiting = NULL;
	if (!work)
		return;
	work->queued = false;
	shim.task.mm = NULL; /* a thread of the kernel's */
	work->func(work);
	shim.task.mm = &host.mm;
}

/* ---- files ---- */

#define FILES 8
#define FD0 3
static struct file files[FILES];

int anon_inode_getfd(const char *name, const struct file_operations *fops, void *private, int flags)
{
	int i;

	(void)name;
	if (file_error)
		return file_error;
	for (i = 0; files[i].f_op; i++)
		SHIM_REQUIRE(i < FILES - 1);
	files[i] = (struct file){ .f_op = fops, .private_data = private, .mode = flags };
	SHIM_REQUIRE(flags & O_CLOEXEC);
	return FD0 + i;
}

struct file *file_of(int fd)
{
	SHIM_REQUIRE(fd >= FD0 && fd < FD0 + FILES && files[fd - FD0].f_op);
	return &files[fd - FD0];
}

void file_close(int fd)
{
	struct file *file = file_of(fd);
	struct inode inode = { 0 };

	file->f_op->release(&inode, file);
	file->f_op = NULL;
}

static struct {
	const char *name;
	void *data;
	const struct file_operations *fops;
} debugfs[4];

void debugfs_create_file(const char *name, int mode, void *dir, void *data,
			 const struct file_operations *fops)
{
	unsigned int i = 0;

	(void)dir;
	SHIM_REQUIRE(mode == 0400);
	while (debugfs[i].name)
		SHIM_REQUIRE(++i < sizeof(debugfs) / sizeof(debugfs[0]));
	debugfs[i].name = name;
	debugfs[i].data = data;
	debugfs[i].fops = fops;
}

void debugfs_gone(void)
{
	memset(debugfs, 0, sizeof(debugfs));
}

static struct seq_file seq;

void seq_printf(struct seq_file *m, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(m->buf + m->used, m->size - m->used, format, args);
	va_end(args);
	SHIM_REQUIRE(n >= 0 && m->used + (size_t)n < m->size);
	m->used += (size_t)n;
}

void *__seq_open_private(struct file *file, const struct seq_operations *op, int size)
{
	seq = (struct seq_file){ .op = op, .private = shim_alloc((size_t)size) };
	file->private_data = &seq;
	return seq.private;
}

int seq_release_private(struct inode *inode, struct file *file)
{
	struct seq_file *m = file->private_data;

	(void)inode;
	shim_free(m->private);
	return 0;
}

int single_open(struct file *file, int (*show)(struct seq_file *m, void *v), void *data)
{
	seq = (struct seq_file){ .show = show, .private = data };
	file->private_data = &seq;
	return 0;
}

ssize_t seq_read(struct file *file, char *to, size_t count, loff_t *pos)
{
	struct seq_file *m = file->private_data;
	void *v = NULL;

	m->buf = to;
	m->size = count;
	if (m->show)
		return m->show(m, v) ? -EINVAL : (ssize_t)m->used;
	for (v = m->op->start(m, pos); v; v = m->op->next(m, v, pos))
		m->op->show(m, v);
	m->op->stop(m, v);
	return (ssize_t)m->used;
}

bool debugfs_read(const char *name, struct text *text)
{
	for (unsigned int i = 0; i < sizeof(debugfs) / sizeof(debugfs[0]); i++) {
		struct inode inode = { .i_private = debugfs[i].data };
		struct file file = { 0 };
		loff_t pos = 0;

		if (!debugfs[i].name || strcmp(debugfs[i].name, name) != 0)
			continue;
		SHIM_REQUIRE(!debugfs[i].fops->open(&inode, &file));
		text->used =
			(size_t)debugfs[i].fops->read(&file, text->buf, sizeof(text->buf), &pos);
		if (debugfs[i].fops->release)
			debugfs[i].fops->release(&inode, &file);
		return true;
	}
	return false;
}
