/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Telling the guest what to do, on this CPU or another. */
#ifndef METAL_COMMAND_H
#define METAL_COMMAND_H

#include "vm.h"

/* Hand the waiting guest a command, run it until it asks for the next; its answer. */
uint64_t command_run(struct vcpu *vcpu, const struct command *command);

/* For the hypervisor of the other CPU, not its guest: pager_hunt(). */
#define DO_HUNT 0

/* The same on the CPU of another vCPU: post it, and wait for the answer. */
void command_post(struct vcpu *vcpu, const struct command *command);
uint64_t command_answer(struct vcpu *vcpu);

/* What the other CPUs do for ever: wait for a command, run it, answer. */
_Noreturn void command_serve(struct vcpu *vcpu, struct vm *vm);

/* main.c */
void check(bool good, const char *what);
_Noreturn void finish(void);

#endif
