/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Where start.S finds things in struct vcpu; vcpu.h asserts that C agrees.
 */
#ifndef METAL_VCPU_LAYOUT_H
#define METAL_VCPU_LAYOUT_H

#define VCPU_GPR(n) (8 * (n))
#define VCPU_LR 256
#define VCPU_CTR 264
#define VCPU_CR 272
#define VCPU_XER 280
#define VCPU_PC 288
#define VCPU_MSR 296
#define VCPU_SRR0 304
#define VCPU_SRR1 312
#define VCPU_HSRR0 320
#define VCPU_HSRR1 328
#define VCPU_HOST_SP 336 /* 0 while the hypervisor runs */
#define VCPU_SIZE 1024

#define STACK_SIZE 16384

#endif
