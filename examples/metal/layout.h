/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Where start.S finds things in struct cpu and struct vcpu; cpu.h and vcpu.h assert that C
 * agrees.
 */
#ifndef METAL_LAYOUT_H
#define METAL_LAYOUT_H

#define CPU_VCPU 0    /* whose registers go where at the next exit */
#define CPU_HOST_SP 8 /* 0 while the hypervisor runs */
#define CPU_R11 16    /* the guest's, on the way out */
#define CPU_R12 24
#define CPU_SIZE 256

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

#define STACK_SIZE 16384

#endif
