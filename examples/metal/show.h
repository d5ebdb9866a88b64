/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What this hypervisor shows, and what the parts of the show share. */
#ifndef METAL_SHOW_H
#define METAL_SHOW_H

#include "vm.h"

/* Each makes its guests and its frames, and ends them. */
void show_paging(unsigned cpus);
void show_sort(unsigned cpus);
void show_guests(unsigned cpus);

/* A VM and n frames for it, or the end. */
void begin(struct vm *vm, const struct vm_config *config);

/* Its vCPUs wait for commands, translation off. */
void wait_for_boot(struct vm *vm);

/* Check the VM, add it to the counts, end it. */
void end(struct vm *vm);

/* Give a vCPU a command, wait for its answer; or only the one, only the other. */
uint64_t guest_do(struct vcpu *vcpu, const struct command *command);
void guest_begin(struct vcpu *vcpu, const struct command *command);
uint64_t guest_answer(struct vcpu *vcpu);

/* The same command to all vCPUs of a VM at once; the sum of the answers. */
uint64_t guests_do(struct vm *vm, const struct command *command);

/* A line with the counts of all VMs that ended. */
void show_counts(void);

#endif
