// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The table as a file: read, written, cut off, wrong, and across a resize. */
#include "suite.h"
#include "world.h"

#define N (1u << (ORDER - 4))

static u8 buf[N * 16 + 65536];
static loff_t pos;

static ssize_t get(int fd, size_t size)
{
	struct file *file = file_of(fd);

	return file->f_op->read(file, (char *)buf, size, &pos);
}

static ssize_t put(int fd, const void *from, size_t size)
{
	struct file *file = file_of(fd);

	return file->f_op->write(file, from, size, &pos);
}

/* All that a pass tells of; how many valid entries. */
static unsigned int read_pass(int fd, size_t *used)
{
	unsigned int n = 0;
	ssize_t got;

	*used = 0;
	while ((got = get(fd, 4096)) > 0) {
		for (u8 *at = buf; at < buf + got;) {
			struct hptp_stream_header h;

			memcpy(&h, at, sizeof(h));
			n += h.n_valid;
			at += sizeof(h) + 16ul * h.n_valid;
		}
		*used += (size_t)got;
	}
	ck_assert_int_eq(got, 0);
	return n;
}

/* A record of n entries for pages from `page` on, at their places; the bytes of it. */
static size_t record(u8 *at, u32 index, unsigned int n, u64 v, unsigned int page)
{
	struct hptp_stream_header h = { .index = index, .n_valid = (u16)n };

	memcpy(at, &h, sizeof(h));
	for (unsigned int i = 0; i < n; i++) {
		u64 entry[2] = { __builtin_bswap64(v),
				 __builtin_bswap64((u64)(page + i) << PAGE_SHIFT | 0x192) };

		memcpy(at + sizeof(h) + 16 * i, entry, 16);
	}
	return sizeof(h) + 16 * n;
}

static u32 group_of(unsigned int page)
{
	return (u32)((VSID ^ (u64)page << 4) & 2047) * 8;
}

START_TEST(errnos)
{
	struct kvm_get_htab_fd ghf = { .flags = 8 };
	int fd;

	begin(POWER9, 1);
	ck_assert_int_eq(kvm_vm_ioctl_get_htab_fd(&w.kvm, &ghf), -EINVAL);
	file_error = -EMFILE;
	ck_assert_int_eq(htab_fd(0), -EMFILE);
	file_error = 0;
	ghf = (struct kvm_get_htab_fd){ .start_index = N };
	fd = kvm_vm_ioctl_get_htab_fd(&w.kvm, &ghf);
	ck_assert_int_eq(get(fd, 4096), 0); /* nothing has changed */
	file_close(fd);
	fd = htab_fd(0);
	ck_assert_int_eq(file_of(fd)->mode & O_ACCMODE, O_RDONLY);
	ck_assert_int_eq(get(fd, 24), 0); /* too small for anything, as stock has it */
	ck_assert_int_eq(file_of(fd)->f_op->read(file_of(fd), NULL, 4096, &pos), -EFAULT);
	ck_assert_int_gt(get(fd, 4096), 0); /* and nothing is lost by it */
	file_close(fd);
	fd = htab_fd(KVM_GET_HTAB_WRITE);
	ck_assert_int_eq(file_of(fd)->mode & O_ACCMODE, O_WRONLY);
	ck_assert_int_eq(put(fd, NULL, 24), -EFAULT);
	ck_assert_int_eq(put(fd, buf, 0), 0);
	w.kvm.arch.vcpus_running.n = 1;
	ck_assert_int_eq(put(fd, buf, 24), -EBUSY);
	/* Not ready: a vCPU that runs waits to make it so. */
	w.kvm.arch.mmu_ready = 0;
	ck_assert_int_eq(put(fd, buf, record(buf, 8, 1, VSID << 12 | 1, 1)), 24);
	w.kvm.arch.vcpus_running.n = 0;
	file_close(fd);
	end();
}
END_TEST

/* The file outlives every other reference to the guest. */
START_TEST(last_reference)
{
	size_t used;
	int fd;

	begin(POWER9, 3);
	fd = htab_fd(0);
	vm_put();
	ck_assert_int_eq(w.kvm.users, 1);
	ck_assert_uint_eq(read_pass(fd, &used), PAGES + 3); /* the VRMA's are there too */
	file_close(fd);
	ck_assert(w.kvm.users == 0 && shim_allocated == 0);
}
END_TEST

/* A file of a guest that has no table yet, and of a radix guest. */
START_TEST(no_table)
{
	size_t used;
	int fd;

	ck_assert_int_eq(vm_new(_i ? POWER9 : POWER8), 0);
	ck_assert_int_eq(vcpu_new(0), 0);
	fd = htab_fd(0);
	ck_assert_int_eq(get(fd, 4096), 0);
	ck_assert_int_eq(put(fd, buf, record(buf, 8, 1, VSID << 12 | 1, 1)), -EINVAL);
	ck_assert_int_eq(region(0, 0, PAGES, 0, 0), 0);
	ck_assert_int_eq(kvmppc_alloc_reset_hpt(&w.kvm, ORDER), 0);
	ck_assert_int_eq(first_run(), 0);
	ck_assert_uint_eq(read_pass(fd, &used), PAGES);
	file_close(fd);
	end();
}
END_TEST

START_TEST(bolted_only)
{
	size_t used;
	int fd;

	begin(POWER9, 3);
	fd = htab_fd(KVM_GET_HTAB_BOLTED_ONLY);
	ck_assert_uint_eq(read_pass(fd, &used), PAGES);
	file_close(fd);
	end();
}
END_TEST

/* What was told of once is told of again only when it changed; paged out or not. */
START_TEST(changes_only)
{
	size_t used;
	int fd;

	begin(POWER9, PAGES);
	*touch(1, true) = 7;
	fd = htab_fd(0);
	host_invalidate(0, PAGES / 2, HOST_EVICT, NULL);
	ck_assert_uint_eq(read_pass(fd, &used), 2 * PAGES);
	ck_assert_uint_eq(read_pass(fd, &used), 0);
	touch(2, false); /* R */
	ck_assert_uint_eq(read_pass(fd, &used), 1);
	host_invalidate(2, 1, HOST_EVICT, NULL);
	ck_assert_uint_eq(read_pass(fd, &used), 0);
	file_close(fd);
	end();
}
END_TEST

/* Another table: it is told of from its beginning. */
START_TEST(across_resize)
{
	size_t used;
	int fd;

	begin(POWER9, PAGES);
	fd = htab_fd(0);
	ck_assert_int_gt(get(fd, 64), 0);
	ck_assert_int_eq(resize(ORDER + 1), 0);
	ck_assert_uint_eq(read_pass(fd, &used), 2 * PAGES);
	ck_assert_int_eq(kvmppc_alloc_reset_hpt(&w.kvm, ORDER), 0);
	ck_assert_uint_eq(read_pass(fd, &used), 0);
	file_close(fd);
	end();
}
END_TEST

/* To another guest; its memory is behind the entries at the first access. */
START_TEST(migrated)
{
	static u8 stream[sizeof(buf)];
	ssize_t got, size = 0;
	u64 idx[PAGES];
	int fd;

	begin(POWER9, PAGES);
	*touch(3, true) = 7;
	memcpy(idx, w.idx, sizeof(idx));
	fd = htab_fd(0);
	while ((got = get(fd, 65536)) > 0) {
		memcpy(stream + size, buf, (size_t)got);
		size += got;
	}
	file_close(fd);
	end();
	begin_without_table(_i ? POWER9 : POWER8);
	ck_assert_int_eq(kvmppc_alloc_reset_hpt(&w.kvm, ORDER), 0);
	memcpy(w.idx, idx, sizeof(idx));
	fd = htab_fd(KVM_GET_HTAB_WRITE);
	ck_assert_int_eq(put(fd, stream, (size_t)size), size);
	/* Its real mode area came along: vCPUs may run. */
	ck_assert(w.kvm.arch.mmu_ready &&
		  w.kvm.arch.vrma_slb_v ==
			  (SLB_VSID_B_1T | HPTP_VRMA_VSID << HPTP_SLB_SHIFT_1T | VRMA_64K));
	ck_assert_uint_eq(w.kvm.arch.lpcr,
			  _i ? 0 : (unsigned long)VRMA_64K << (LPCR_VRMASD_SH - 4));
	ck_assert(!w.table_at_0);
	for (unsigned int i = 0; i < PAGES; i++)
		ck_assert_int_eq(*touch(i, true), 0);
	file_close(fd);
	end();
}
END_TEST

/* Several records in one write: each takes effect; the rest of one is the next write's. */
START_TEST(several_records)
{
	struct hptp_entry e;
	size_t size = 0;
	int fd;

	begin(POWER9, 0);
	fd = htab_fd(KVM_GET_HTAB_WRITE);
	for (unsigned int i = 1; i < 4; i++)
		size += record(buf + size, group_of(i), 1, VSID << 12 | 1, i);
	ck_assert_int_eq(put(fd, buf, size - 1), (ssize_t)size - 24);
	for (unsigned int i = 1; i < 4; i++)
		w.idx[i] = group_of(i);
	*touch(1, true) = 1;
	*touch(2, true) = 2;
	ck_assert_int_eq(put(fd, buf + 48, 24), 24);
	*touch(3, true) = 3;
	for (unsigned int i = 0; i < 8; i++)
		ck_assert_int_eq(put(fd, buf, i), 0);
	/* Free again: the same record without entries. */
	memcpy(buf, &(struct hptp_stream_header){ group_of(1), 0, 8 }, 8);
	ck_assert_int_eq(put(fd, buf, 8), 8);
	ck_assert(!hptp_entry_next(w.kvm.arch.hptp->vm, w.idx[1], &e) || e.idx.n != w.idx[1]);
	file_close(fd);
	end();
}
END_TEST

/* Of a record with a bad entry nothing takes effect; what came before it did. */
START_TEST(bad_records)
{
	struct hptp_entry e;
	size_t size;
	int fd;

	begin(POWER9, 0);
	fd = htab_fd(KVM_GET_HTAB_WRITE);
	size = record(buf, group_of(1), 1, VSID << 12 | 1, 1);
	size += record(buf + size, 8 * 100, 2, VSID << 12 | 1, 2);
	memset(buf + size - 16, 0, 16); /* its second entry is not valid */
	ck_assert_int_eq(put(fd, buf, size), -EINVAL);
	ck_assert(!hptp_entry_next(w.kvm.arch.hptp->vm, 8 * 100, &e) || e.idx.n >= 8 * 101);
	w.idx[1] = group_of(1);
	*touch(1, true) = 1;
	ck_assert_int_eq(put(fd, buf, record(buf, N - 1, 2, VSID << 12 | 1, 2)), -EINVAL);
	ck_assert_int_eq(put(fd, buf, record(buf, N, 0, 0, 0)), -EINVAL);
	ck_assert_int_eq(put(fd, buf, record(buf, ~0u, 1, VSID << 12 | 1, 2)), -EINVAL);
	file_close(fd);
	end();
}
END_TEST

SUITE("kvm.htab", CASE(errnos), CASE(last_reference), LOOP(no_table, 2), CASE(bolted_only),
      CASE(changes_only), CASE(across_resize), LOOP(migrated, 2), CASE(several_records),
      CASE(bad_records))
