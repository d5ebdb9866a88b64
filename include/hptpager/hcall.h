/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/**
 * @file hcall.h
 * The PAPR hypercalls on the hashed page table.
 *
 * Each has two halves. The functions named after a hypercall are the atomic half:
 * they answer, or they say HPTP_H_TOO_HARD, which never reaches the guest: nothing
 * has changed, and hptp_hcall_task() in task context brings what was missing
 * (memory for a first map, a pinned page, a page to be filled) and gives the answer.
 * hptp_hcall() is all of them behind the hypercall's number.
 *
 * Index and flags are the guest's, unchecked; any value is answered.
 */
#ifndef HPTPAGER_HCALL_H
#define HPTPAGER_HCALL_H

#include "hptpager/vm.h"

#ifdef __cplusplus
extern "C" {
#endif

/** @name PAPR return codes that the library gives @{ */
#define HPTP_H_SUCCESS 0L
#define HPTP_H_PARTIAL 5L
#define HPTP_H_FUNCTION (-2L)
#define HPTP_H_PARAMETER (-4L)
#define HPTP_H_PTEG_FULL (-6L)
#define HPTP_H_NOT_FOUND (-7L)
#define HPTP_H_TOO_BIG (-64L)
/** internal, of the task half only: let the guest execute the hypercall again, later */
#define HPTP_H_AGAIN 9998L
#define HPTP_H_TOO_HARD 9999L /**< internal: call hptp_hcall_task() */
/** @} */

/** @name PAPR flags @{ */
#define HPTP_H_EXACT (1ull << 39)
#define HPTP_H_R_XLATE (1ull << 38)
#define HPTP_H_READ_4 (1ull << 37)
#define HPTP_H_AVPN (1ull << 31)
#define HPTP_H_ANDCOND (1ull << 30)
#define HPTP_H_ICACHE_INVALIDATE (1ull << 23)
#define HPTP_H_ICACHE_SYNC (1ull << 22)
#define HPTP_H_ZERO_PAGE (1ull << 15)
#define HPTP_H_COPY_PAGE (1ull << 14)
#define HPTP_H_CMO (0xfull << 32) /**< page usage state: accepted, no effect */
/** @} */

/** @name PAPR numbers of the hypercalls @{ */
#define HPTP_H_REMOVE 0x04u
#define HPTP_H_ENTER 0x08u
#define HPTP_H_READ 0x0cu
#define HPTP_H_CLEAR_MOD 0x10u
#define HPTP_H_CLEAR_REF 0x14u
#define HPTP_H_PROTECT 0x18u
#define HPTP_H_PAGE_INIT 0x2cu
#define HPTP_H_BULK_REMOVE 0x124u
#define HPTP_H_BLOCK_REMOVE 0x328u
/** @} */

/**
 * The atomic half of whichever hypercall has this number.
 * @param vcpu  the calling vCPU
 * @param number  r3
 * @param regs  r4..r12; what the hypercall gives back stands in r4 and on
 * @return as the hypercall, for r3; FUNCTION: none of this library's. TOO_HARD: go on with
 *         hptp_hcall_task(vcpu, regs)
 * @context R, A
 * @locks   none of the library
 * @order   as the hypercall
 */
HPTP_MUST_CHECK long hptp_hcall(struct hptp_vcpu *vcpu, uint64_t number, uint64_t regs[9]);

/**
 * H_ENTER (LoPAR 14.5.4.1.2): make an entry. Where the host has no page now, the
 * entry is absent, which the guest can not tell; it never fails for that.
 * @param vcpu   the calling vCPU
 * @param flags  HPTP_H_EXACT is honoured; HPTP_H_ZERO_PAGE: the page is memory and is zeroed
 *               first, in the task half; the I-cache flags are accepted: the host keeps
 *               what it brings in coherent
 * @param ptex   index; without EXACT the low 3 bits are ignored and the first free
 *               entry of the PTEG is taken
 * @param pteh   dword 0 in the ISA 2.07 format, whatever the table's format
 * @param ptel   dword 1 in the ISA 2.07 format, with a guest real page number
 * @param[out] out  the index used
 * @return SUCCESS; PARAMETER (B, page size, page not inside its slot, host mapping
 *         smaller than the page, cache attributes, index); PTEG_FULL; TOO_BIG (zero or
 *         I-cache flags for a page of more than 64K); TOO_HARD
 * @context R, A
 * @locks   none of the library; the host's mm lock is allowed
 * @order   the entry is visible to every table walk that begins after the return
 */
HPTP_MUST_CHECK long hptp_h_enter(struct hptp_vcpu *vcpu, uint64_t flags, uint64_t ptex,
				  uint64_t pteh, uint64_t ptel, uint64_t *out);

/**
 * H_REMOVE (LoPAR 14.5.4.1.1): take an entry away.
 * @param vcpu   the calling vCPU
 * @param flags  HPTP_H_AVPN, HPTP_H_ANDCOND
 * @param ptex   index
 * @param avpn   compared with dword 0, software bits of the hypervisor apart
 * @param[out] out  dword 0 and dword 1 as the guest last knew them, with R and C
 * @return SUCCESS, NOT_FOUND, PARAMETER
 * @context R, A
 * @locks   none of the library
 * @order   on return no CPU uses the translation; out holds R and C of every access
 *          made through it
 */
HPTP_MUST_CHECK long hptp_h_remove(struct hptp_vcpu *vcpu, uint64_t flags, uint64_t ptex,
				   uint64_t avpn, uint64_t out[2]);

/**
 * H_BULK_REMOVE (LoPAR 14.5.4.1.7): up to four removals, one TLB sequence.
 * @param vcpu  the calling vCPU
 * @param args  r4..r11: pairs of specifier and avpn; specifiers are answered in place
 * @return SUCCESS, PARAMETER (what stood before the bad specifier is done)
 * @context R, A
 * @locks   none of the library
 * @order   as hptp_h_remove()
 */
HPTP_MUST_CHECK long hptp_h_bulk_remove(struct hptp_vcpu *vcpu, uint64_t args[8]);

/**
 * H_BLOCK_REMOVE (LoPAR 14.5.4.1.8): up to eight removals of one aligned block of eight
 * virtual pages of one size, one TLB sequence. Bolted entries are not removed, locks are
 * not waited for.
 * @param vcpu  the calling vCPU
 * @param args  in: r4, the AVPN; r5..r12, translation specifiers. Out: r4..r11, the
 *              specifiers with their answers; all as it was on PARAMETER
 * @return SUCCESS; PARTIAL: the answers tell which were not removed; PARAMETER (a specifier's
 *         type: nothing is done)
 * @context R, A
 * @locks   none of the library
 * @order   as hptp_h_remove()
 */
HPTP_MUST_CHECK long hptp_h_block_remove(struct hptp_vcpu *vcpu, uint64_t args[9]);

/**
 * H_PROTECT (LoPAR 14.5.4.1.6): change PP, N and key of an entry. Never makes a page
 * writable that the host keeps read-only.
 * @param vcpu   the calling vCPU
 * @param flags  HPTP_H_AVPN; PP0 at bit 8, key at 13:12 and 11:9, N at 2, PP at 1:0
 * @param ptex   index
 * @param avpn   compared when HPTP_H_AVPN is set
 * @return SUCCESS, NOT_FOUND, PARAMETER
 * @context R, A
 * @locks   none of the library
 * @order   on return no CPU uses the old permission
 */
HPTP_MUST_CHECK long hptp_h_protect(struct hptp_vcpu *vcpu, uint64_t flags, uint64_t ptex,
				    uint64_t avpn);

/**
 * H_READ (LoPAR 14.5.4.1.5): read one entry, or four with HPTP_H_READ_4 (the low two
 * bits of the index are then ignored). A free entry reads as 0, 0.
 * @param vcpu   the calling vCPU
 * @param flags  HPTP_H_READ_4
 * @param ptex   index
 * @param[out] out  dword 0 and dword 1 of each: 2 or 8 values
 * @return SUCCESS, PARAMETER
 * @context R, A
 * @locks   none of the library
 * @order   R and C of every access that completed before the call
 */
HPTP_MUST_CHECK long hptp_h_read(struct hptp_vcpu *vcpu, uint64_t flags, uint64_t ptex,
				 uint64_t out[8]);

/**
 * H_CLEAR_REF (LoPAR 14.5.4.1.4): clear R of an entry; the host's history keeps it.
 * @param vcpu   the calling vCPU
 * @param flags  ignored
 * @param ptex   index
 * @param[out] out  dword 1 before
 * @return SUCCESS, NOT_FOUND, PARAMETER
 * @context R, A
 * @locks   none of the library
 * @order   a later access sets R anew
 */
HPTP_MUST_CHECK long hptp_h_clear_ref(struct hptp_vcpu *vcpu, uint64_t flags, uint64_t ptex,
				      uint64_t *out);

/**
 * H_CLEAR_MOD (LoPAR 14.5.4.1.3): clear C of an entry; the dirty log keeps it.
 * @param vcpu   the calling vCPU
 * @param flags  ignored
 * @param ptex   index
 * @param[out] out  dword 1 before
 * @return SUCCESS, NOT_FOUND, PARAMETER
 * @context R, A
 * @locks   none of the library
 * @order   a later store sets C anew
 */
HPTP_MUST_CHECK long hptp_h_clear_mod(struct hptp_vcpu *vcpu, uint64_t flags, uint64_t ptex,
				      uint64_t *out);

/**
 * H_PAGE_INIT (LoPAR 14.5.4.3): zero 4 KiB of guest memory, or copy them from elsewhere.
 * Never writes what the host does not let the guest write.
 * @param vcpu   the calling vCPU
 * @param flags  HPTP_H_ZERO_PAGE, HPTP_H_COPY_PAGE (which wins), the I-cache and CMO flags,
 *               which have no effect
 * @param dest   guest real address, a multiple of 4096
 * @param src    the same of the source; looked at with HPTP_H_COPY_PAGE
 * @return SUCCESS (nothing to fill); PARAMETER (flags, alignment, no memory there);
 *         FUNCTION without the callback page_init; TOO_HARD: the task half fills the page
 * @context R, A
 * @locks   none of the library
 * @order   none; after the task half the contents are visible to the guest and the page is in
 *          the dirty log
 */
HPTP_MUST_CHECK long hptp_h_page_init(struct hptp_vcpu *vcpu, uint64_t flags, uint64_t dest,
				      uint64_t src);

/**
 * The task half of the hypercall that answered HPTP_H_TOO_HARD last on this vCPU:
 * bring what was missing, and answer. It does not answer TOO_HARD again.
 * @param vcpu  the calling vCPU
 * @param[out] out  what the hypercall's own out is
 * @return as the hypercall; HPTP_H_PARAMETER when none is waiting; HPTP_H_AGAIN when host_get
 *         said HPTP_E_AGAIN for a page that is to be filled
 * @context T
 * @locks   none of the library, no read section
 * @order   as the hypercall
 */
HPTP_MUST_CHECK long hptp_hcall_task(struct hptp_vcpu *vcpu, uint64_t *out);

#ifdef __cplusplus
}
#endif
#endif
