// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The guest: hypercalls as KVM passes them on, and accesses as the processor makes them. */
#include "world.h"

#include "hptp_builtin.h"

#include <check.h>

#define R_BYTE 14 /* of an entry: R is bit 0 of it, C bit 7 of the next */

/* As hcall_try_real_mode does with those of its table, and kvmppc_pseries_do_hcall. */
static long pass_on(struct kvm_vcpu *vcpu, unsigned long number, const unsigned long *r)
{
	switch (number) {
	case H_ENTER: return kvmppc_h_enter(vcpu, r[0], (long)r[1], r[2], r[3]);
	case H_REMOVE: return kvmppc_h_remove(vcpu, r[0], r[1], r[2]);
	case H_PROTECT: return kvmppc_h_protect(vcpu, r[0], r[1], r[2]);
	case H_READ: return kvmppc_h_read(vcpu, r[0], r[1]);
	case H_CLEAR_REF: return kvmppc_h_clear_ref(vcpu, r[0], r[1]);
	case H_CLEAR_MOD: return kvmppc_h_clear_mod(vcpu, r[0], r[1]);
	case H_BULK_REMOVE: return kvmppc_h_bulk_remove(vcpu);
	default: return hptp_kvm_hcall(vcpu, number);
	}
}

long hcall(unsigned long number, unsigned long *r)
{
	struct kvm_vcpu *vcpu = &w.vcpu[0];
	unsigned long answer;

	memcpy(&vcpu->arch.gpr[4], r, 9 * sizeof(*r));
	if (w.cpu == POWER8 && number != HPTP_H_BLOCK_REMOVE) {
		shim.msr = 0;
		ck_assert_int_eq(number == H_PAGE_INIT ? kvmppc_rm_h_page_init(vcpu, 0, 0, 0) :
							 pass_on(vcpu, number, r),
				 H_TOO_HARD);
		shim.msr = MSR_IR | MSR_DR;
	}
	if (number == H_PAGE_INIT)
		ck_assert(hptp_kvm_page_init(vcpu, &answer));
	else
		answer = (unsigned long)pass_on(vcpu, number, r);
	memcpy(r, &vcpu->arch.gpr[4], 9 * sizeof(*r));
	return (long)answer;
}

long enter(unsigned int page, u64 pteh, u64 ptel)
{
	unsigned long r[9] = { 0, ((VSID ^ (u64)page << (PAGE_SHIFT - 12)) & 2047) * 8, pteh,
			       ptel };
	long answer = hcall(H_ENTER, r);

	if (!answer)
		w.idx[page] = r[0];
	return answer;
}

long enter_page(unsigned int page)
{
	return enter(page, VSID << 12 | 1, (u64)page << PAGE_SHIFT | 0x12);
}

/* ---- accesses ---- */

void guest_check_gone(kvm_pfn_t pfn)
{
	struct hptp_entry e;
	unsigned int i;

	for (i = 0; i < 64; i++)
		ck_assert_msg(w.tlb[i].pfn != pfn, "a TLB holds page %u", i);
	if (!host.kvm)
		return;
	for (u64 at = 0; hptp_entry_next(w.kvm.arch.hptp->vm, at, &e); at = e.idx.n + 1)
		ck_assert_msg(e.state != HPTP_VALID ||
				      (e.real & 0x0ffffffffffff000ull) >> PAGE_SHIFT != pfn,
			      "entry %u maps a freed frame", e.idx.n);
}

/* The walk: a TLB entry, or the status of the interrupt. */
static u32 walk(unsigned int page, bool store)
{
	u8 *entry = (u8 *)w.kvm.arch.hpt.virt + w.idx[page] * 16;
	u32 status = store ? HPTP_DSISR_STORE : 0;
	struct hptp_entry e;

	if (!w.kvm.arch.hpt.virt || !w.idx[page] ||
	    !hptp_entry_next(w.kvm.arch.hptp->vm, w.idx[page], &e) || e.idx.n != w.idx[page] ||
	    e.state != HPTP_VALID)
		return status | HPTP_DSISR_NOHPTE;
	if (store && (e.real & 3) == 3)
		return status | HPTP_DSISR_PROT;
	entry[R_BYTE] |= 1;
	entry[R_BYTE + 1] |= store ? 0x80 : 0;
	w.tlb[page].pfn = (e.real & 0x0ffffffffffff000ull) >> PAGE_SHIFT;
	w.tlb[page].writable = store;
	return 0;
}

static int interrupt(unsigned int page, u32 status)
{
	struct kvm_vcpu *vcpu = &w.vcpu[0];
	unsigned long ea = (unsigned long)page << PAGE_SHIFT;
	long r;
	int srcu, result;

	vcpu->arch.shregs.msr = MSR_DR | MSR_IR;
	vcpu->arch.queued = 0;
	if (w.cpu == POWER8)
		shim.msr = 0;
	r = kvmppc_hpte_hv_fault(vcpu, ea, SLB_V, status, true);
	shim.msr = MSR_IR | MSR_DR;
	if (!r)
		return -1;
	if (r > 0) {
		kvmppc_core_queue_data_storage(vcpu, ea, (u64)r);
		return RESUME_GUEST;
	}
	srcu = srcu_read_lock(&w.kvm.srcu);
	result = kvmppc_book3s_hv_page_fault(vcpu, ea, status);
	srcu_read_unlock(&w.kvm.srcu, srcu);
	return result == RESUME_GUEST && !vcpu->arch.queued ? -1 : result;
}

u64 *access_once(unsigned int page, bool store, int *result)
{
	struct page *frame;
	u32 status = 0;

	*result = -1;
	if (!w.tlb[page].pfn || (store && !w.tlb[page].writable))
		status = walk(page, store);
	if (status) {
		*result = interrupt(page, status);
		return NULL;
	}
	frame = host_frame(w.tlb[page].pfn);
	ck_assert(!frame->freed);
	return frame->data;
}

u64 *touch(unsigned int page, bool store)
{
	u64 *at = NULL;
	int result;

	for (unsigned int i = 0; i < 8 && !at; i++) {
		at = access_once(page, store, &result);
		ck_assert_int_eq(result, -1);
	}
	ck_assert(at);
	return at;
}

/* ---- interrupts and MMIO, as the rest of KVM takes them ---- */

void kvmppc_core_queue_inst_storage(struct kvm_vcpu *vcpu, u64 status)
{
	vcpu->arch.queued = (u32)status;
}

void kvmppc_core_queue_data_storage(struct kvm_vcpu *vcpu, u64 ea, u64 status)
{
	(void)ea;
	vcpu->arch.queued = (u32)status;
}

int kvm_io_bus_write(struct kvm_vcpu *vcpu, int bus, u64 gpa, int n, const void *value)
{
	(void)vcpu, (void)bus, (void)gpa, (void)n, (void)value;
	SHIM_REQUIRE(shim.srcu);
	return -EOPNOTSUPP;
}

static u32 last_insn = 0x90000000; /* stw */

int kvmppc_get_last_inst(struct kvm_vcpu *vcpu, int kind, u32 *insn)
{
	(void)vcpu, (void)kind;
	*insn = last_insn;
	return EMULATE_DONE;
}

int kvmppc_emulate_mmio(struct kvm_vcpu *vcpu)
{
	(void)vcpu;
	w.mmio++;
	return RESUME_HOST;
}
