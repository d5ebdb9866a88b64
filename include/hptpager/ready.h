/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/**
 * @file ready.h
 * Optional: the handshake between vCPUs on their way into the guest and whoever needs
 * them all outside (reset, resize, a last harvest).
 *
 * A vCPU's loop brackets everything that it does for the guest, hypercalls and faults
 * included, by hptp_vcpu_enter() and hptp_vcpu_leave(). While the VM is not ready,
 * hptp_vcpu_enter() says no: the loop then takes the embedder's own mutex, does what is
 * missing (a table, the VRMA), calls hptp_vm_ready(), and asks again. A VM is born not
 * ready. Hosts with a handshake of their own use none of this, and keep their vCPUs out
 * where a function of the library asks for context Q.
 */
#ifndef HPTPAGER_READY_H
#define HPTPAGER_READY_H

#include "hptpager/vm.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * May this vCPU run?
 * @param vcpu  the vCPU, by its own thread
 * @return true: it counts as running until hptp_vcpu_leave(). false: the VM is not ready
 * @context A; never waits
 * @locks   none
 * @order   what was done before hptp_vm_ready() is visible. Against hptp_vm_stop(), one of
 *          the two sees the other: a full barrier
 */
HPTP_MUST_CHECK bool hptp_vcpu_enter(struct hptp_vcpu *vcpu);

/**
 * The vCPU has left the guest and the library.
 * @param vcpu  the vCPU; nothing happens when it is not running
 * @context A
 * @locks   none
 * @order   a release: who finds it stopped sees all that it did
 */
void hptp_vcpu_leave(struct hptp_vcpu *vcpu);

/**
 * Let no vCPU in any more, and see whether one is still inside.
 * @param vm  the VM
 * @return 0: none runs, and none will until hptp_vm_ready(). HPTP_E_BUSY: the VM is not
 *         ready any more, but some vCPU has not left yet: kick it and ask again, or give
 *         up by hptp_vm_ready()
 * @context A; stops and readies of one VM are serialised by the caller
 * @locks   none
 * @order   on 0, everything that the vCPUs did is visible
 */
HPTP_MUST_CHECK int hptp_vm_stop(struct hptp_vm *vm);

/**
 * Let vCPUs in.
 * @param vm  the VM
 * @context A; as hptp_vm_stop()
 * @locks   none
 * @order   a release: table, VRMA and registers that were set before are seen
 */
void hptp_vm_ready(struct hptp_vm *vm);

/**
 * Are vCPUs let in?
 * @param vm  the VM
 * @return the last word of hptp_vm_ready() or hptp_vm_stop()
 * @context any
 * @locks   none
 * @order   none
 */
bool hptp_vm_is_ready(const struct hptp_vm *vm);

#ifdef __cplusplus
}
#endif
#endif
