/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A small VMM for hash guests on /dev/kvm: one piece of guest memory, vCPUs that do what
 * they are asked for. No floating point: KVM_RUN may clobber it.
 */
#ifndef VMM_H
#define VMM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol.h"

#define VCPUS 2

struct vcpu {
	struct vm *vm;
	int fd;
	struct kvm_run *run;
	bool started;
};

struct vm {
	int fd;
	uint8_t *mem; /* guest real 0 upwards */
	size_t size;
	unsigned order; /* of the hashed page table */
	struct vcpu vcpus[VCPUS];
	uint64_t device;    /* what a store to the device left, and loads give back */
	unsigned touched;   /* accesses to the device */
	bool hostile;       /* the guest may do anything: see work_error() */
	volatile bool stop; /* a signal ends KVM_RUN for good */
	const char *why;    /* what went wrong last */
};

/* Where the device is: guest real, and no memslot. */
#define DEVICE DEVICE_REAL

/* A guest with `size` bytes at `mem`. Ends the program when KVM does not do its part. */
void vm_create(struct vm *vm, void *mem, size_t size, unsigned order);
/* A guest's descriptor: no memory, no table, no vCPU. */
int vm_bare(void);
void vm_destroy(struct vm *vm);
/* After the last guest: nothing of KVM is in use any more. */
void vmm_end(void);
/* The memslot: `size` 0 deletes it; `log` asks for the dirty log. 0 or -errno. */
int vm_memory(struct vm *vm, unsigned slot, uint64_t gpa, void *mem, size_t size, bool log);

/* One piece of work on a vCPU; its answer. work_fails: KVM_RUN has to fail with this errno. */
uint64_t work(struct vcpu *vcpu, uint64_t what, uint64_t a, uint64_t b, uint64_t c, uint64_t d);
int work_error(struct vcpu *vcpu, uint64_t what, uint64_t a, uint64_t b, uint64_t c, uint64_t d);
/*
 * Of a hostile guest: accesses that the host can not satisfy are passed over, devices are
 * everywhere; EINTR after vm->stop, ECANCELED when the guest has lost itself.
 */

/* A line of the library's counters in debugfs; ~0 on a kernel without the library. */
uint64_t vm_counter(const struct vm *vm, const char *name);
bool vm_ours(const struct vm *vm);
/* Text of a debugfs file of this guest; its length, or -errno. */
long vm_debugfs(const struct vm *vm, const char *file, char *text, size_t size);

#endif
