/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/**
 * @file types.h
 * The words of the field: frames, offsets, indices, the in-memory HPTE, and the
 * bits that the Power ISA and PAPR give names to.
 *
 * Quantities that are easily mixed up have distinct types. A doubleword of the
 * table is always big-endian in memory, on every host, so it is a type that
 * cannot be used without a conversion.
 */
#ifndef HPTPAGER_TYPES_H
#define HPTPAGER_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Guest frame number: guest real address >> the VM's frame shift. */
typedef struct {
	uint64_t n;
} hptp_gfn;
/** Host frame number: host real address >> the VM's frame shift. */
typedef struct {
	uint64_t n;
} hptp_hfn;
/** Offset of a frame inside its slot, in frames. */
typedef struct {
	uint64_t n;
} hptp_off;
/** Index of an entry in the hashed page table. */
typedef struct {
	uint32_t n;
} hptp_idx;
/** A doubleword of the table as it lies in memory. */
typedef struct {
	uint64_t be;
} hptp_be64;

/** One entry of the table (Power ISA 2.07 Book III-S 5.7.7.1, ISA 3.0 5.7.9.2). */
struct hptp_hpte {
	hptp_be64 v; /**< dword 0: B, AVPN, software bits, L, H, V */
	hptp_be64 r; /**< dword 1: PP0, key, RPN and LP, R, C, WIMG, N, PP */
};

/** @name Storage access as the guest's MSR had it @{ */
#define HPTP_MSR_PR 0x4000ull /**< problem state */
#define HPTP_MSR_IR 0x20ull   /**< instruction translation on */
#define HPTP_MSR_DR 0x10ull   /**< data translation on */
/** @} */

/** @name HDSISR, HSRR1 and what is reflected in DSISR, SRR1 @{ */
#define HPTP_DSISR_NOHPTE 0x40000000u /**< no valid entry translates the address */
#define HPTP_DSISR_NOEXEC 0x10000000u /**< fetch from a no-execute or guarded page */
#define HPTP_DSISR_PROT 0x08000000u   /**< the access is not permitted */
#define HPTP_DSISR_STORE 0x02000000u  /**< the access was a store */
#define HPTP_DSISR_KEY 0x00200000u    /**< a storage key forbids it */
#define HPTP_HDSISR_CANARY 0x7fffu    /**< HDSISR was not updated (some POWER9): execute again */
/** @} */

/** @name SLB VSID word, as slbmte's RS and as ASDR give it @{ */
#define HPTP_SLB_B 0xc000000000000000ull
#define HPTP_SLB_B_1T 0x4000000000000000ull
#define HPTP_SLB_KS 0x800ull
#define HPTP_SLB_KP 0x400ull
#define HPTP_SLB_N 0x200ull
#define HPTP_SLB_L 0x100ull
#define HPTP_SLB_LP 0x30ull
#define HPTP_SLB_LLP (HPTP_SLB_L | HPTP_SLB_LP)
#define HPTP_SLB_SHIFT 12u    /**< of the VSID, 256 MiB segment */
#define HPTP_SLB_SHIFT_1T 24u /**< of the VSID, 1 TiB segment */
/** @} */

/** The virtual segment that real-mode accesses of a guest go through. */
#define HPTP_VRMA_VSID 0x1ffffffull

#ifdef __cplusplus
}
#endif
#endif
