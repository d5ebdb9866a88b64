/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* vCPUs take turns on the CPU that they live on. */
#ifndef METAL_SCHEDULE_H
#define METAL_SCHEDULE_H

#include "vm.h"

void schedule_add(struct vcpu *vcpu);
void schedule_remove(struct vcpu *vcpu); /* while it waits */

/* Give a waiting vCPU its next command. From any CPU. */
void schedule_post(struct vcpu *vcpu, const struct command *command);

/* How it stands, from any CPU. */
enum vcpu_state schedule_state(const struct vcpu *vcpu);

/* Run this CPU's vCPUs until that one, here or elsewhere, is not ready any more; its state. */
enum vcpu_state schedule_until_done(const struct vcpu *vcpu);

/* The next ready vCPU of this CPU gets its turn, if there is one. */
void schedule_turn(void);

#endif
