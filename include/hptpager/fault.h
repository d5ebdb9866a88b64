/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/**
 * @file fault.h
 * Guest storage interrupts that came to the hypervisor (HDSI, HISI), and the guest's
 * own translation for emulators and debuggers.
 *
 * hptp_fault() classifies, in the interrupt's context. When it says HPTP_TASK, the
 * host calls hptp_refault() where it may sleep; that one brings the page back.
 */
#ifndef HPTPAGER_FAULT_H
#define HPTPAGER_FAULT_H

#include "hptpager/vm.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The storage access that trapped, and what is to be done about it. */
struct hptp_fault {
	uint64_t ea;     /**< in: effective address */
	uint64_t slb_v;  /**< in: SLB VSID word that translates it (ASDR, slbfee., or the VRMA's) */
	uint64_t msr;    /**< in: HPTP_MSR_PR, HPTP_MSR_IR, HPTP_MSR_DR of the guest */
	uint64_t amr;    /**< in: authority mask register */
	uint32_t status; /**< in: HDSISR, or HSRR1's bits; out: to reflect in DSISR or SRR1 */
	bool fetch;      /**< in: an instruction fetch (HISI) */
	bool need_insn;  /**< out, HPTP_MMIO: translation was on, fetch the instruction first */
	bool store;      /**< out, HPTP_MMIO: the access is a store */
	uint64_t gpa;    /**< out, HPTP_MMIO: guest real address of the access */
	int error;       /**< out, HPTP_NOPAGE: what host_get said */
};

/** What a fault comes to. */
enum hptp_outcome {
	HPTP_RESUME = 0, /**< execute the guest again: repaired, or it must look anew */
	HPTP_REFLECT,    /**< give the guest a storage interrupt with fault->status */
	HPTP_TASK,       /**< call hptp_refault() with the same fault, in task context */
	HPTP_MMIO,       /**< emulate the access at fault->gpa */
	HPTP_NOPAGE,     /**< the host has no such page; fault->error */
	HPTP_TOO_LARGE,  /**< the guest page is larger than the host's mapping: make the host's
			       memory contiguous and resume, or end the guest */
	HPTP_NO_MEMORY   /**< no memory for the reverse map: free some and resume */
};

/**
 * Classify a guest storage interrupt. Permissions are the guest's own view's.
 * @param vcpu   the vCPU
 * @param fault  in and out; fill all "in" fields
 * @return RESUME, REFLECT, TASK, MMIO
 * @context R, A
 * @locks   none of the library
 * @order   none
 */
HPTP_MUST_CHECK enum hptp_outcome hptp_fault(struct hptp_vcpu *vcpu, struct hptp_fault *fault);

/**
 * Bring the page of the last HPTP_TASK back and make the entry valid, and up to eight
 * absent ones for the same frame with it; or find that somebody else changed something,
 * and let the guest look anew.
 * @param vcpu   the vCPU
 * @param fault  the same fault
 * @return RESUME, MMIO, NOPAGE, TOO_LARGE, NO_MEMORY
 * @context T; calls host_get with no lock and no read section held
 * @locks   none of the library
 * @order   the entry is visible to every table walk that begins after the return
 */
HPTP_MUST_CHECK enum hptp_outcome hptp_refault(struct hptp_vcpu *vcpu, struct hptp_fault *fault);

/** Where an effective address leads. */
struct hptp_translation {
	uint64_t gpa;                        /**< guest real address */
	uint8_t shift;                       /**< log2 of the page's actual size */
	bool may_read, may_write, may_fetch; /**< by the guest's view: PP, N, G, key */
};

/**
 * Translate an effective address as the guest's table says, present or absent.
 * @param vcpu   the vCPU
 * @param ea     effective address
 * @param slb_v  SLB VSID word that translates it
 * @param msr    HPTP_MSR_PR and HPTP_MSR_DR are looked at
 * @param amr    authority mask register
 * @param[out] out  filled in
 * @return 0, HPTP_E_NOENT
 * @context A
 * @locks   none of the library
 * @order   none
 */
HPTP_MUST_CHECK int hptp_translate(struct hptp_vcpu *vcpu, uint64_t ea, uint64_t slb_v,
				   uint64_t msr, uint64_t amr, struct hptp_translation *out);

#ifdef __cplusplus
}
#endif
#endif
