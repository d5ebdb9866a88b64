// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * A life of a guest in which the n-th allocation fails, for every n: what failed says ENOMEM,
 * nothing is lost or left over, and the same thing works when it is asked for again.
 */
#include "suite.h"
#include "world.h"

static bool failed(void)
{
	return !shim_fail_at;
}

/* Until it works; the first answer may be "no memory", if that was said just now. */
static bool works(long answer)
{
	if (!answer)
		return true;
	ck_assert_int_eq(answer, -ENOMEM);
	ck_assert(failed());
	return false;
}

static u64 *touch_anyway(unsigned int page)
{
	u64 *at = NULL;
	int result = -1;

	for (unsigned int i = 0; i < 8 && !at; i++) {
		at = access_once(page, true, &result);
		ck_assert(result == -1 || (result == -ENOMEM && failed()));
	}
	ck_assert(at);
	return at;
}

static int fd_anyway(u64 flags)
{
	int fd = htab_fd(flags);

	while (!works(fd < 0 ? fd : 0))
		fd = htab_fd(flags);
	return fd;
}

static void files(void)
{
	static char buf[65536];
	int fd = fd_anyway(0);
	ssize_t done;

	do
		done = file_of(fd)->f_op->read(file_of(fd), buf, sizeof(buf), NULL);
	while (!works(done < 0 ? done : 0));
	ck_assert_int_gt(done, 24);
	file_close(fd);
	fd = fd_anyway(KVM_GET_HTAB_WRITE);
	do
		done = file_of(fd)->f_op->write(file_of(fd), buf, 24, NULL);
	while (!works(done < 0 ? done : 0));
	file_close(fd);
}

/* The work says that there is no memory at the next question. */
static long resize_anyway(u32 shift)
{
	long error = resize(shift);

	return error == -ENXIO && failed() ? -ENOMEM : error;
}

static void live(enum processor cpu)
{
	unsigned long map;

	while (!works(vm_new(cpu)))
		;
	while (!works(vcpu_new(0)))
		;
	while (!works(region(0, 0, PAGES, 0, 0)))
		;
	while (!works(kvmppc_alloc_reset_hpt(&w.kvm, ORDER)))
		ck_assert(!w.kvm.arch.mmu_ready);
	ck_assert_int_eq(first_run(), 0);
	for (unsigned int i = 0; i < PAGES; i++) {
		ck_assert_int_eq(enter_page(i), HPTP_H_SUCCESS);
		*touch_anyway(i) = i;
	}
	while (!works(region(1, 20, 4, 20, KVM_MEM_LOG_DIRTY_PAGES)))
		;
	while (!works(region(0, 0, PAGES, 0, KVM_MEM_LOG_DIRTY_PAGES)))
		;
	host_invalidate(0, PAGES, HOST_EVICT, NULL);
	for (unsigned int i = 0; i < PAGES; i++)
		ck_assert_int_eq(*touch_anyway(i), i);
	ck_assert_int_eq(dirty_log(0, &map), 0);
	while (!works(region(1, 30, 4, 20, KVM_MEM_LOG_DIRTY_PAGES)))
		;
	while (!works(region(1, 0, 0, 0, 0)))
		;
	files();
	check();
	while (!works(resize_anyway(ORDER + 1)))
		check();
	while (!works(kvmppc_alloc_reset_hpt(&w.kvm, ORDER + 2)))
		check();
	ck_assert_int_eq(first_run(), 0);
	end();
}

START_TEST(each_allocation)
{
	unsigned long n = 0;

	do {
		shim_fail_at = ++n;
		live(_i ? POWER9 : POWER8);
	} while (failed());
	ck_assert_uint_gt(n, 30);
	ck_assert_uint_lt(n, 1000);
}
END_TEST

SUITE("kvm.failure", LOOP(each_allocation, 2))
