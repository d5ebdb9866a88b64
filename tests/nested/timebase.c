// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Preloaded into QEMU: the guest gets the host's time base as it is. With an offset, KVM
 * writes the upper 40 bits of the time base at each entry and exit and counts on less than
 * 32 ms between two instructions. An emulated CPU that has to wait for a real one takes
 * longer, the host's time jumps back, and Linux computes for ever what its clock shows.
 */
#include <dlfcn.h>
#include <linux/kvm.h>
#include <stdarg.h>
#include <stdint.h>

int ioctl(int fd, unsigned long request, ...)
{
	static int (*next)(int fd, unsigned long request, ...);
	const struct kvm_one_reg *reg;
	va_list rest;
	void *arg;

	va_start(rest, request);
	arg = va_arg(rest, void *);
	va_end(rest);
	reg = arg;
	/* QEMU passes an int, with its sign. */
	if ((uint32_t)request == (uint32_t)KVM_SET_ONE_REG && reg->id == KVM_REG_PPC_TB_OFFSET)
		return 0;
	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "ioctl");
	return next(fd, request, arg);
}
