// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Guests, vCPUs and memslots come and go; the table is made, reset, resized; errnos. */
#include "suite.h"
#include "world.h"

#include <stdio.h>

START_TEST(empty_guest)
{
	ck_assert_int_eq(vm_new(_i ? POWER9 : POWER8), 0);
	vm_put();
	ck_assert_int_eq(shim_allocated, 0);
}
END_TEST

START_TEST(whole_life)
{
	begin(_i ? POWER9 : POWER8, PAGES);
	ck_assert_int_eq(vcpu_new(1), 0);
	for (unsigned int i = 0; i < PAGES; i++)
		*touch(i, true) = i;
	vcpu_end(1);
	for (unsigned int i = 0; i < PAGES; i++)
		ck_assert_int_eq(*touch(i, false), i);
	end();
}
END_TEST

START_TEST(vcpu_refused)
{
	begin(POWER9, 0);
	w.stock_error = -EINVAL;
	ck_assert_int_eq(vcpu_new(1), -EINVAL);
	w.stock_error = 0;
	end();
}
END_TEST

/* ---- memslots ---- */

START_TEST(slot_deleted)
{
	int result;

	begin(POWER9, 2);
	*touch(1, true) = 5;
	ck_assert_int_eq(region(0, 0, 0, 0, 0), 0);
	check();
	access_once(1, false, &result);
	ck_assert(result == -1 && !w.mmio); /* the instruction is a store by now */
	access_once(1, true, &result);
	ck_assert(result == RESUME_HOST && w.mmio == 1);
	/* There again, with other memory behind it: the entries are as the guest left them. */
	ck_assert_int_eq(region(0, 0, PAGES, 16, 0), 0);
	ck_assert_int_eq(*touch(1, false), 0);
	end();
}
END_TEST

START_TEST(slot_moved)
{
	unsigned long map;
	int result;

	begin(POWER9, 2);
	ck_assert_int_eq(region(1, 20, 4, 20, KVM_MEM_LOG_DIRTY_PAGES), 0);
	ck_assert_int_eq(enter_page(21), HPTP_H_SUCCESS);
	ck_assert_int_eq(enter_page(31), HPTP_H_SUCCESS);
	*touch(21, true) = 9;
	ck_assert_int_eq(region(1, 30, 4, 20, KVM_MEM_LOG_DIRTY_PAGES), 0);
	access_once(21, true, &result);
	ck_assert_int_eq(result, RESUME_HOST);
	ck_assert_int_eq(*touch(31, false), 9);
	/* What was written before the move is in the log still. */
	ck_assert_int_eq(dirty_log(1, &map), 0);
	ck_assert_uint_eq(map, 2);
	*touch(31, true) = 8;
	ck_assert_int_eq(dirty_log(1, &map), 0);
	ck_assert_uint_eq(map, 2);
	end();
}
END_TEST

/* A move that fails leaves the memslot where it was, and usable. */
START_TEST(move_refused)
{
	unsigned long map;

	begin(POWER9, 2);
	*touch(1, true) = 5;
	w.stock_error = -ENOMEM;
	ck_assert_int_eq(region(0, 32, PAGES, 0, 0), -ENOMEM);
	ck_assert_int_eq(region(1, 20, 4, 20, KVM_MEM_LOG_DIRTY_PAGES), -ENOMEM);
	ck_assert_int_eq(region(0, 0, PAGES, 0, KVM_MEM_LOG_DIRTY_PAGES), -ENOMEM);
	w.stock_error = 0;
	check();
	ck_assert_int_eq(*touch(1, false), 5);
	/* The log's memory is not the library's any more. */
	ck_assert_int_eq(region(0, 0, PAGES, 0, KVM_MEM_LOG_DIRTY_PAGES), 0);
	*touch(1, true) = 6;
	ck_assert_int_eq(dirty_log(0, &map), 0);
	ck_assert(map & 2);
	end();
}
END_TEST

START_TEST(log_on_and_off)
{
	unsigned long map;

	begin(POWER9, 3);
	for (int round = 0; round < 3; round++) {
		ck_assert_int_eq(region(0, 0, PAGES, 0, KVM_MEM_LOG_DIRTY_PAGES), 0);
		*touch(2, true) = 1;
		ck_assert_int_eq(dirty_log(0, &map), 0);
		ck_assert(map & 4);
		ck_assert_int_eq(region(0, 0, PAGES, 0, 0), 0);
		*touch(0, true) = 1;
	}
	end();
}
END_TEST

/* ---- the table ---- */

START_TEST(alloc_errno)
{
	static const int bad[] = { 0, 17, 37, 46, 64, -1 };

	begin(POWER9, 2);
	*touch(1, true) = 5;
	ck_assert_int_eq(kvmppc_alloc_reset_hpt(&w.kvm, bad[_i]), -EINVAL);
	/* The guest goes on with what it has. */
	ck_assert(w.kvm.arch.mmu_ready && w.kvm.arch.sdr1);
	ck_assert_int_eq(*touch(1, false), 5);
	w.kvm.arch.vcpus_running.n = 1;
	ck_assert_int_eq(kvmppc_alloc_reset_hpt(&w.kvm, ORDER), -EBUSY);
	ck_assert(w.kvm.arch.mmu_ready);
	w.kvm.arch.vcpus_running.n = 0;
	ck_assert_int_eq(kvmppc_alloc_reset_hpt(&w.kvm, ORDER + 1), 0);
	ck_assert(!w.kvm.arch.mmu_ready && w.kvm.arch.need_tlb_flush.all);
	ck_assert_int_eq(w.kvm.arch.hpt.order, ORDER + 1);
	ck_assert_int_eq(first_run(), 0);
	ck_assert_int_eq(enter_page(1), HPTP_H_SUCCESS);
	ck_assert_int_eq(*touch(1, false), 5);
	end();
}
END_TEST

/* KVM_RUN without KVM_PPC_ALLOCATE_HTAB: KVM allocates, and the library takes it. */
START_TEST(first_run_allocates)
{
	begin_without_table(POWER8);
	host.has_cma = _i;
	ck_assert_int_eq(first_run(), 0);
	ck_assert(w.kvm.arch.hpt.virt && host.cma_taken == _i);
	ck_assert_uint_eq(w.kvm.arch.sdr1, __pa(w.kvm.arch.hpt.virt) | (ORDER - 18));
	ck_assert_int_eq(enter_page(1), HPTP_H_SUCCESS);
	*touch(1, true) = 5;
	end();
}
END_TEST

/*
 * The table is there, and the library has no memory beside it: the guest is dead, and no
 * vCPU runs without a table, which would be at real address 0.
 */
START_TEST(no_room_beside_the_table)
{
	struct kvm_hpt_info info;
	int result;

	begin_without_table(POWER8);
	mutex_lock(&w.kvm.arch.mmu_setup_lock);
	ck_assert_int_eq(kvmppc_allocate_hpt(&info, ORDER), 0);
	shim_fail_at = 1;
	kvmppc_set_hpt(&w.kvm, &info);
	mutex_unlock(&w.kvm.arch.mmu_setup_lock);
	ck_assert(w.kvm.vm_dead && w.kvm.arch.sdr1);
	access_once(1, false, &result);
	ck_assert_int_eq(result, -EIO);
	end();
}
END_TEST

static long prepare(u64 flags, u32 shift)
{
	struct kvm_ppc_resize_hpt rhpt = { .flags = flags, .shift = shift };

	return kvm_vm_ioctl_resize_hpt_prepare(&w.kvm, &rhpt);
}

static long commit(u64 flags, u32 shift)
{
	struct kvm_ppc_resize_hpt rhpt = { .flags = flags, .shift = shift };

	return kvm_vm_ioctl_resize_hpt_commit(&w.kvm, &rhpt);
}

/* Growing keeps entries that are not bolted; shrinking keeps what does not meet. */
START_TEST(resized)
{
	begin(POWER9, PAGES);
	for (unsigned int i = 0; i < PAGES; i++)
		*touch(i, true) = i;
	ck_assert_int_eq(resize(ORDER + 2), 0);
	ck_assert_int_eq(w.kvm.arch.hpt.order, ORDER + 2);
	ck_assert(w.kvm.arch.mmu_ready && shim.kicks == 1 && w.partition_flushes);
	for (unsigned int i = 0; i < PAGES; i++) {
		unsigned long r[9] = { HPTP_H_AVPN, 0 };

		/* The same place of its group, in a table of four times the groups. */
		w.idx[i] = (VSID ^ (u64)i << 4) * 8 + w.idx[i] % 8;
		r[1] = w.idx[i];
		ck_assert_int_eq(hcall(H_READ, r), HPTP_H_SUCCESS);
		ck_assert(r[0] & 1);
		ck_assert_int_eq(*touch(i, false), i);
	}
	ck_assert_int_eq(resize(ORDER), 0);
	ck_assert_int_eq(*touch(0, false), 0);
	end();
}
END_TEST

START_TEST(resize_errno)
{
	begin_without_table(POWER9);
	ck_assert_int_eq(prepare(0, ORDER), -EINVAL); /* still of radix */
	ck_assert_int_eq(commit(0, ORDER), -EINVAL);
	ck_assert_int_eq(kvmppc_alloc_reset_hpt(&w.kvm, ORDER), 0);
	ck_assert_int_gt(prepare(0, ORDER + 1), 0);
	ck_assert_int_eq(commit(0, ORDER + 1), -EIO); /* not ready: no vCPU has run */
	ck_assert_int_eq(first_run(), 0);
	ck_assert_int_eq(commit(0, ORDER + 1), -EBUSY); /* not prepared yet; given up */
	ck_assert_int_eq(commit(0, ORDER + 1), -ENXIO);
	ck_assert_int_eq(prepare(1, ORDER), -EINVAL);
	ck_assert_int_eq(prepare(0, 17), -EINVAL);
	ck_assert_int_eq(prepare(0, 37), -EINVAL);
	ck_assert_int_eq(prepare(0, 0), 0);
	ck_assert_int_gt(prepare(0, ORDER + 1), 0);
	work_run();
	ck_assert_int_eq(prepare(0, ORDER + 1), 0);
	ck_assert_int_eq(commit(0, ORDER + 2), -ENXIO);
	ck_assert_int_eq(w.kvm.arch.hpt.order, ORDER);
	ck_assert(w.kvm.arch.mmu_ready);
	end();
}
END_TEST

/* A hash guest without a table has nothing to resize; the estimate goes by the size. */
START_TEST(resize_estimate)
{
	long left;

	begin_without_table(POWER8);
	ck_assert_int_eq(prepare(0, ORDER), -EINVAL);
	ck_assert_int_eq(first_run(), 0);
	left = prepare(0, ORDER + 2);
	ck_assert_int_gt(prepare(0, 30), 8 * left);
	end();
}
END_TEST

/* Two bolted entries that meet in the smaller table: said by the work, once. */
START_TEST(resize_full)
{
	begin(POWER9, 0);
	ck_assert_int_eq(kvmppc_alloc_reset_hpt(&w.kvm, ORDER + 1), 0);
	ck_assert_int_eq(first_run(), 0);
	for (unsigned int i = 0; i < 2; i++) {
		unsigned long r[9] = { HPTP_H_EXACT, (100 + i * 2048) * 8, VSID << 12 | 0x11,
				       0x12 };

		ck_assert_int_eq(hcall(H_ENTER, r), HPTP_H_SUCCESS);
	}
	ck_assert_int_gt(prepare(0, ORDER), 0);
	work_run();
	ck_assert_int_eq(prepare(0, ORDER), -ENOSPC);
	end();
}
END_TEST

/* The guest ends, or changes to another table, with the work queued, begun or done. */
START_TEST(work_is_left)
{
	begin(POWER9, 1);
	ck_assert_int_gt(prepare(0, ORDER + 1), 0);
	if (_i & 1)
		work_run();
	if (_i & 2)
		ck_assert_int_eq(kvmppc_alloc_reset_hpt(&w.kvm, ORDER + 2), 0);
	if (_i & 4) {
		mutex_lock(&w.kvm.arch.mmu_setup_lock);
		kvmppc_free_hpt(&w.kvm.arch.hpt);
		w.kvm.arch.mmu_ready = 0;
		mutex_unlock(&w.kvm.arch.mmu_setup_lock);
		ck_assert_int_eq(first_run(), 0);
	}
	end();
	ck_assert_int_eq(shim.queued, 0);
}
END_TEST

/* ---- what there is to read ---- */

START_TEST(debugfs)
{
	static struct text text;
	char line[80];

	begin(POWER9, 2);
	*touch(1, true) = 5;
	ck_assert(debugfs_read("htab", &text));
	snprintf(line, sizeof(line), "%6llx %.16llx", (unsigned long long)w.idx[1],
		 (unsigned long long)(VSID << 12 | 1));
	ck_assert_msg(strstr(text.buf, line), "%s not in\n%s", line, text.buf);
	host_invalidate(1, 1, HOST_EVICT, NULL);
	memset(&text, 0, sizeof(text));
	ck_assert(debugfs_read("htab", &text));
	snprintf(line, sizeof(line), "%6llx %.16llx", (unsigned long long)w.idx[1],
		 (unsigned long long)(VSID << 12 | 0x20));
	ck_assert_msg(strstr(text.buf, line), "%s not in\n%s", line, text.buf);
	memset(&text, 0, sizeof(text));
	ck_assert(debugfs_read("hptpager", &text));
	ck_assert(strstr(text.buf, "absent           1\n") && strstr(text.buf, "\nbytes  "));
	end();
	ck_assert(!debugfs_read("htab", &text));
}
END_TEST

START_TEST(processors)
{
	ck_assert_int_eq(vm_new(POWER9), 0);
	ck_assert_int_eq(kvmppc_mmu_hv_init(), 0);
	shim.features = 0;
	ck_assert_int_eq(kvmppc_mmu_hv_init(), -EINVAL);
	vm_put();
}
END_TEST

SUITE("kvm.life", LOOP(empty_guest, 2), LOOP(whole_life, 2), CASE(vcpu_refused), CASE(slot_deleted),
      CASE(slot_moved), CASE(move_refused), CASE(log_on_and_off), LOOP(alloc_errno, 6),
      LOOP(first_run_allocates, 2), CASE(no_room_beside_the_table), CASE(resized),
      CASE(resize_errno), CASE(resize_estimate), CASE(resize_full), LOOP(work_is_left, 8),
      CASE(debugfs), CASE(processors))
