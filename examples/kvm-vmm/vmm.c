// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vmm.h"
#include "world.h"

#define KVM_VM_HASH 1ul                 /* KVM_VM_PPC_HV */
#define GUEST_MSR 0x8000000000001001ull /* 64 bit, machine check, little-endian */
#define LPCR_ILE 0x02000000ull
#define SLB_64K 0x110ull /* KVM gives the VRMA the pages of the host's memory */

extern const uint8_t guest_begin[], guest_end[];

static int kvm = -1;

static int must(int result, const char *what)
{
	if (result < 0)
		die(what);
	return result;
}

static void start_vcpu(struct vm *vm, unsigned n)
{
	struct vcpu *vcpu = &vm->vcpus[n];
	struct kvm_enable_cap papr = { .cap = KVM_CAP_PPC_PAPR };
	struct kvm_one_reg lpcr = { .id = KVM_REG_PPC_LPCR_64 };
	struct kvm_regs regs;
	uint64_t value;

	vcpu->vm = vm;
	vcpu->fd = must(ioctl(vm->fd, KVM_CREATE_VCPU, n), "KVM_CREATE_VCPU");
	vcpu->run = mmap(NULL,
			 must(ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0), "KVM_GET_VCPU_MMAP_SIZE"),
			 PROT_READ | PROT_WRITE, MAP_SHARED, vcpu->fd, 0);
	if (vcpu->run == MAP_FAILED)
		die("the vCPU's memory");
	must(ioctl(vcpu->fd, KVM_ENABLE_CAP, &papr), "KVM_CAP_PPC_PAPR");
	lpcr.addr = (uintptr_t)&value;
	must(ioctl(vcpu->fd, KVM_GET_ONE_REG, &lpcr), "LPCR");
	value |= LPCR_ILE;
	must(ioctl(vcpu->fd, KVM_SET_ONE_REG, &lpcr), "LPCR");
	must(ioctl(vcpu->fd, KVM_GET_REGS, &regs), "KVM_GET_REGS");
	regs.pc = 0;
	regs.msr = GUEST_MSR;
	regs.gpr[3] = n;
	regs.gpr[4] = sysconf(_SC_PAGESIZE) == 4096 ? 0 : SLB_64K;
	must(ioctl(vcpu->fd, KVM_SET_REGS, &regs), "KVM_SET_REGS");
	vcpu->started = false;
}

int vm_memory(struct vm *vm, unsigned slot, uint64_t gpa, void *mem, size_t size, bool log)
{
	struct kvm_userspace_memory_region region = {
		.slot = slot,
		.flags = log ? KVM_MEM_LOG_DIRTY_PAGES : 0,
		.guest_phys_addr = gpa,
		.memory_size = size,
		.userspace_addr = (uintptr_t)mem,
	};

	return ioctl(vm->fd, KVM_SET_USER_MEMORY_REGION, &region) ? -errno : 0;
}

int vm_bare(void)
{
	if (kvm < 0)
		kvm = must(open("/dev/kvm", O_RDWR | O_CLOEXEC), "/dev/kvm");
	return must(ioctl(kvm, KVM_CREATE_VM, KVM_VM_HASH), "KVM_CREATE_VM");
}

/* Hypercalls on the table that KVM knows and does not answer by itself. */
static void answer_all(struct vm *vm)
{
	static const uint64_t numbers[] = { 0x10, 0x14, 0x2c }; /* H_CLEAR_MOD, _REF, H_PAGE_INIT */

	for (unsigned i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		struct kvm_enable_cap cap = { .cap = KVM_CAP_PPC_ENABLE_HCALL,
					      .args = { numbers[i], 1 } };

		must(ioctl(vm->fd, KVM_ENABLE_CAP, &cap), "KVM_CAP_PPC_ENABLE_HCALL");
	}
}

void vm_create(struct vm *vm, void *mem, size_t size, unsigned order)
{
	struct kvm_ppc_mmuv3_cfg hash = { 0 };
	uint32_t got = order;

	memset(vm, 0, sizeof(*vm));
	vm->fd = vm_bare();
	vm->mem = mem;
	vm->size = size;
	vm->order = order;
	errno = -vm_memory(vm, 0, 0, mem, size, false);
	if (errno)
		die("KVM_SET_USER_MEMORY_REGION");
	must(ioctl(vm->fd, KVM_PPC_ALLOCATE_HTAB, &got), "KVM_PPC_ALLOCATE_HTAB");
	/* POWER8 has no other MMU, and says so. */
	if (ioctl(vm->fd, KVM_PPC_CONFIGURE_V3_MMU, &hash) && errno != ENODEV)
		die("KVM_PPC_CONFIGURE_V3_MMU");
	answer_all(vm);
	memcpy(mem, guest_begin, guest_end - guest_begin);
	__builtin___clear_cache(mem, (char *)mem + (guest_end - guest_begin));
	for (unsigned n = 0; n < VCPUS; n++)
		start_vcpu(vm, n);
}

void vm_destroy(struct vm *vm)
{
	for (unsigned n = 0; n < VCPUS; n++) {
		munmap(vm->vcpus[n].run, ioctl(kvm, KVM_GET_VCPU_MMAP_SIZE, 0));
		close(vm->vcpus[n].fd);
	}
	close(vm->fd);
}

void vmm_end(void)
{
	close(kvm);
	kvm = -1;
}

static void device_access(struct vm *vm, struct kvm_run *run)
{
	vm->touched++;
	if (run->mmio.phys_addr != DEVICE && !vm->hostile) {
		printf("an access to %lx, where nothing is\n", (unsigned long)run->mmio.phys_addr);
		exit(1);
	}
	if (run->mmio.is_write)
		memcpy(&vm->device, run->mmio.data, run->mmio.len);
	else
		memcpy(run->mmio.data, &vm->device, run->mmio.len);
}

/* PAPR's answers to a resize; what is left of a preparation is a time. */
static int64_t resize(struct vm *vm, const struct kvm_run *run)
{
	struct kvm_ppc_resize_hpt to = { .flags = run->papr_hcall.args[0],
					 .shift = (uint32_t)run->papr_hcall.args[1] };
	bool commit = run->papr_hcall.nr == H_RESIZE_HPT_COMMIT;
	int left =
		ioctl(vm->fd, commit ? KVM_PPC_RESIZE_HPT_COMMIT : KVM_PPC_RESIZE_HPT_PREPARE, &to);

	if (left > 0)
		return 9900; /* H_LONG_BUSY_ORDER_1_MSEC */
	if (!left && commit)
		vm->order = to.shift;
	if (!left)
		return run->papr_hcall.args[1] >> 32 ? -4 : 0;
	return errno == EINVAL ? -4 : errno == ENXIO ? 2 : errno == EBUSY ? 1 : -1;
}

static int lost(const struct vcpu *vcpu, const char *why)
{
	const __u64 *said = vcpu->run->papr_hcall.args;

	if (vcpu->vm->hostile)
		return ECANCELED;
	printf("%s: the guest took %lx at %lx, DAR %lx, DSISR %lx; exit %u\n", why,
	       (unsigned long)said[0], (unsigned long)said[1], (unsigned long)said[2],
	       (unsigned long)said[3], vcpu->run->exit_reason);
	exit(1);
}

/* KVM_RUN failed: 0 to run again, or an errno. */
static int run_failed(struct vcpu *vcpu, int error)
{
	struct kvm_regs regs;

	if (error == EINTR && vcpu->vm->stop)
		return EINTR;
	if (error == EINTR || error == EAGAIN)
		return 0;
	if (!vcpu->vm->hostile || error != EFAULT)
		return error;
	/* An access through the table that the host can not satisfy is passed over. */
	must(ioctl(vcpu->fd, KVM_GET_REGS, &regs), "KVM_GET_REGS");
	if (regs.gpr[13] == 1) {
		regs.pc += 4;
		regs.gpr[13] = 2;
		must(ioctl(vcpu->fd, KVM_SET_REGS, &regs), "KVM_SET_REGS");
	}
	return vcpu->vm->stop ? EINTR : 0;
}

/* Run until the guest asks for work. 0, or the errno of KVM_RUN. */
static int until_idle(struct vcpu *vcpu, uint64_t *answer)
{
	struct kvm_run *run = vcpu->run;

	for (;;) {
		if (ioctl(vcpu->fd, KVM_RUN, 0)) {
			int error = run_failed(vcpu, errno);

			if (error)
				return error;
			continue;
		}
		if (run->exit_reason == KVM_EXIT_MMIO) {
			device_access(vcpu->vm, run);
			continue;
		}
		if (run->exit_reason != KVM_EXIT_PAPR_HCALL)
			return lost(vcpu, "an exit");
		switch (run->papr_hcall.nr) {
		case H_WORK: *answer = run->papr_hcall.args[0]; return 0;
		case H_CRASH: return lost(vcpu, "a crash");
		case H_RESIZE_HPT_PREPARE:
		case H_RESIZE_HPT_COMMIT:
			run->papr_hcall.ret = (uint64_t)resize(vcpu->vm, run);
			break;
		default: run->papr_hcall.ret = -2; /* H_FUNCTION */
		}
	}
}

int work_error(struct vcpu *vcpu, uint64_t what, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	struct kvm_run *run = vcpu->run;
	uint64_t answer;
	int error;

	if (!vcpu->started) {
		error = until_idle(vcpu, &answer);
		if (error)
			return error;
		vcpu->started = true;
	}
	run->papr_hcall.ret = 0;
	run->papr_hcall.args[0] = what;
	run->papr_hcall.args[1] = a;
	run->papr_hcall.args[2] = b;
	run->papr_hcall.args[3] = c;
	run->papr_hcall.args[4] = d;
	return until_idle(vcpu, &answer);
}

uint64_t work(struct vcpu *vcpu, uint64_t what, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
	errno = work_error(vcpu, what, a, b, c, d);
	if (errno)
		die("KVM_RUN");
	return vcpu->run->papr_hcall.args[0];
}

long vm_debugfs(const struct vm *vm, const char *file, char *text, size_t size)
{
	char path[128];
	ssize_t got = 0, n;
	int fd;

	snprintf(path, sizeof(path), "/sys/kernel/debug/kvm/%d-%d/%s", getpid(), vm->fd, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	while ((n = read(fd, text + got, size - 1 - (size_t)got)) > 0)
		got += n;
	if (n < 0)
		got = -errno;
	text[got > 0 ? got : 0] = 0;
	close(fd);
	return got;
}

uint64_t vm_counter(const struct vm *vm, const char *name)
{
	size_t length = strlen(name);
	char text[4096];

	if (vm_debugfs(vm, "hptpager", text, sizeof(text)) < 0)
		return ~0ull;
	for (char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, name, length) && line[length] == ' ')
			return strtoull(line + length, NULL, 10);
	}
	return ~0ull;
}

bool vm_ours(const struct vm *vm)
{
	return vm_counter(vm, "absent") != ~0ull;
}
