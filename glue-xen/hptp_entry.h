/* SPDX-License-Identifier: GPL-2.0-only */
/* Where hptp_entry.S finds things in struct hptp_xen_vcpu; hptp_guest.c asserts that C agrees. */
#ifndef HPTP_ENTRY_H
#define HPTP_ENTRY_H

#define HPTP_GPR(n) (8 * (n))
#define HPTP_LR 256
#define HPTP_CTR 264
#define HPTP_CR 272
#define HPTP_XER 280
#define HPTP_PC 288
#define HPTP_MSR 296
#define HPTP_SRR0 304
#define HPTP_SRR1 312
#define HPTP_DAR 320
#define HPTP_DSISR 328
#define HPTP_AMR 336
#define HPTP_HDAR 344
#define HPTP_HDSISR 352
#define HPTP_ASDR 360
#define HPTP_GUEST_LPCR 368
#define HPTP_HOST_LPCR 376
#define HPTP_HOST_MSR 384
#define HPTP_HOST_SP 392

/* Interrupts that leave the guest. */
#define HPTP_EXIT_HDEC 0x980
#define HPTP_EXIT_SC 0xc00
#define HPTP_EXIT_HDSI 0xe00
#define HPTP_EXIT_HISI 0xe20

#endif
