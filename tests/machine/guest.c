// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Guest accesses: translate, check permission, access, all under the TLB lock; and when
 * hardware can not go on, the way a hypervisor takes: hptp_fault, hptp_refault, again.
 */
#include "impl.h"

enum kind { LOAD, STORE, FETCH };

/* ---- permission: PP under the segment's key, N and G, storage keys ---- */

static uint32_t refused(const struct machine_vcpu *vcpu, uint64_t slb_v, const struct tlb_entry *e,
			enum kind kind)
{
	bool problem = vcpu->regs.msr & HPTP_MSR_PR;
	bool k = slb_v & (problem ? HPTP_SLB_KP : HPTP_SLB_KS);
	uint64_t pp = e->r & (1ull << 63 | 3);
	unsigned key = (unsigned)((e->r & 0x3000000000000000ull) >> 57 | (e->r & 0xe00) >> 9);
	unsigned denied = (unsigned)(vcpu->regs.amr >> (62 - 2 * key)) & 3;
	bool may_read, may_write;

	may_read = !k || (pp >= MACHINE_PP_RWRX && pp <= MACHINE_PP_RXRX);
	may_write = k ? pp == MACHINE_PP_RWRW : pp <= MACHINE_PP_RWRW;
	if (kind == FETCH) {
		if (e->r & (MACHINE_PTE_N | MACHINE_PTE_G) || slb_v & HPTP_SLB_N)
			return HPTP_DSISR_NOEXEC;
		return may_read ? 0 : HPTP_DSISR_PROT;
	}
	if (kind == STORE ? !may_write : !may_read)
		return HPTP_DSISR_PROT;
	if (vcpu->regs.msr & HPTP_MSR_DR && denied & (kind == STORE ? 2 : 1))
		return HPTP_DSISR_KEY;
	return 0;
}

/* ---- one access, as hardware alone does it ---- */

static void copy(void *to, const void *from, size_t n)
{
	bool aligned = !(((uintptr_t)to | (uintptr_t)from) & (n - 1));

	if (n == 8 && aligned)
		__atomic_store_n((uint64_t *)to, __atomic_load_n((const uint64_t *)from, 0), 0);
	else if (n == 4 && aligned)
		__atomic_store_n((uint32_t *)to, __atomic_load_n((const uint32_t *)from, 0), 0);
	else if (n == 2 && aligned)
		__atomic_store_n((uint16_t *)to, __atomic_load_n((const uint16_t *)from, 0), 0);
	else if (n == 1)
		__atomic_store_n((uint8_t *)to, __atomic_load_n((const uint8_t *)from, 0), 0);
	else
		memcpy(to, from, n);
}

/* Translate with the TLB locked; NULL: *status says why not. */
static struct tlb_entry *translate(struct machine_vcpu *vcpu, uint64_t slb_v, uint64_t ea,
				   enum kind kind, uint32_t *status)
{
	struct tlb_entry *e = tlb_find(vcpu, slb_v, ea);
	struct tlb_entry found = { 0 };
	bool r;

	if (!e) {
		vcpu->stats.walks++;
		if (!walk(vcpu->m, slb_v, ea, &found, &r)) {
			*status = HPTP_DSISR_NOHPTE;
			return NULL;
		}
		*status = refused(vcpu, slb_v, &found, kind);
		if (*status)
			return NULL;
		if (machine_strict(vcpu->m))
			real_check(vcpu->m, found.real, found.actual, false);
		return tlb_fill(vcpu, slb_v, ea, &found, r);
	}
	vcpu->stats.tlb_hits++;
	*status = refused(vcpu, slb_v, e, kind);
	return *status ? NULL : e;
}

static uint32_t access_locked(struct machine_vcpu *vcpu, uint64_t slb_v, uint64_t ea, void *data,
			      size_t n, enum kind kind)
{
	uint32_t status = 0;
	struct tlb_entry *e = translate(vcpu, slb_v, ea, kind, &status);
	uint8_t *memory;

	if (!e)
		return status;
	memory = real_memory(vcpu->m, e->real, 1ull << e->base);
	machine_assert(memory, "access to real address %#jx: no memory there", (uintmax_t)e->real);
	memory += ea & ((1ull << e->base) - 1);
	if (kind != STORE) {
		copy(data, memory, n);
		return 0;
	}
	if (!e->c) {
		if (machine_strict(vcpu->m))
			real_check(vcpu->m, e->real, e->actual, true);
		tlb_changed(vcpu, e);
	}
	copy(memory, data, n);
	return 0;
}

/* n does not cross a base page. On failure vcpu->fault is ready for hptp_fault(). */
static enum machine_result access_once(struct machine_vcpu *vcpu, uint64_t ea, void *data, size_t n,
				       enum kind kind)
{
	uint64_t relocate = kind == FETCH ? HPTP_MSR_IR : HPTP_MSR_DR;
	uint64_t slb_v = vcpu->regs.vrma;
	uint32_t status;

	if (vcpu->regs.msr & relocate && !machine_slb_find(vcpu, ea, &slb_v))
		return MACHINE_SEGMENT;
	pthread_mutex_lock(&vcpu->tlb.lock);
	vcpu->stats.accesses++;
	status = access_locked(vcpu, slb_v, ea, data, n, kind);
	pthread_mutex_unlock(&vcpu->tlb.lock);
	if (!status)
		return MACHINE_OK;
	vcpu->fault = (struct hptp_fault){
		.ea = ea,
		.slb_v = slb_v,
		.msr = vcpu->regs.msr,
		.amr = vcpu->regs.amr,
		.status = status | (kind == STORE ? HPTP_DSISR_STORE : 0),
		.fetch = kind == FETCH,
	};
	return MACHINE_REFLECT;
}

/* ---- the hypervisor's part ---- */

static enum hptp_outcome repair(struct machine_vcpu *vcpu)
{
	enum hptp_outcome outcome;

	vcpu->stats.faults++;
	outcome = machine_in_a(hptp_fault(vcpu->handle, &vcpu->fault));
	if (outcome != HPTP_TASK)
		return outcome;
	vcpu->stats.refaults++;
	machine_starved = false;
	outcome = machine_in_t(hptp_refault(vcpu->handle, &vcpu->fault));
	if (outcome == HPTP_RESUME && machine_starved)
		machine_frames_wait(vcpu->m, 0.01);
	return outcome;
}

static enum machine_result result_of(struct machine_vcpu *vcpu, enum hptp_outcome outcome)
{
	switch (outcome) {
	case HPTP_REFLECT: vcpu->stats.reflected++; return MACHINE_REFLECT;
	case HPTP_MMIO: vcpu->stats.mmio++; return MACHINE_MMIO;
	case HPTP_NOPAGE: return MACHINE_NOPAGE;
	case HPTP_TOO_LARGE: return MACHINE_TOO_LARGE;
	case HPTP_NO_MEMORY: return MACHINE_NO_MEMORY;
	default: return MACHINE_OK;
	}
}

static enum machine_result access_piece(struct machine_vcpu *vcpu, uint64_t ea, void *data,
					size_t n, enum kind kind)
{
	for (unsigned turns = 0; !vcpu->max_faults || turns < vcpu->max_faults; turns++) {
		enum machine_result result = access_once(vcpu, ea, data, n, kind);

		if (result != MACHINE_REFLECT)
			return result;
		if (__atomic_load_n(&vcpu->m->stopped, __ATOMIC_RELAXED))
			return MACHINE_STUCK;
		result = result_of(vcpu, repair(vcpu));
		if (result != MACHINE_OK)
			return result;
	}
	return MACHINE_STUCK;
}

/* Every base page is at least 4K: pieces that stay inside 4K never cross one. */
static enum machine_result access_all(struct machine_vcpu *vcpu, uint64_t ea, void *data, size_t n,
				      enum kind kind)
{
	enum machine_result result = MACHINE_OK;
	char *at = data;

	while (n && !result) {
		size_t piece = 4096 - (ea & 4095);

		piece = piece < n ? piece : n;
		result = access_piece(vcpu, ea, at, piece, kind);
		ea += piece;
		at += piece;
		n -= piece;
	}
	return result;
}

enum machine_result machine_load(struct machine_vcpu *vcpu, uint64_t ea, void *to, size_t n)
{
	return access_all(vcpu, ea, to, n, LOAD);
}

enum machine_result machine_store(struct machine_vcpu *vcpu, uint64_t ea, const void *from,
				  size_t n)
{
	return access_all(vcpu, ea, (void *)(uintptr_t)from, n, STORE);
}

enum machine_result machine_fetch(struct machine_vcpu *vcpu, uint64_t ea, uint32_t *insn)
{
	return access_piece(vcpu, ea & ~3ull, insn, sizeof(*insn), FETCH);
}

enum machine_result machine_load64(struct machine_vcpu *vcpu, uint64_t ea, uint64_t *value)
{
	return access_all(vcpu, ea, value, sizeof(*value), LOAD);
}

enum machine_result machine_store64(struct machine_vcpu *vcpu, uint64_t ea, uint64_t value)
{
	return access_all(vcpu, ea, &value, sizeof(value), STORE);
}

enum machine_result machine_try(struct machine_vcpu *vcpu, uint64_t ea, void *data, size_t n,
				bool store, bool fetch)
{
	size_t room = 4096 - (ea & 4095);

	return access_once(vcpu, ea, data, n < room ? n : room,
			   store ? STORE :
			   fetch ? FETCH :
				   LOAD);
}
