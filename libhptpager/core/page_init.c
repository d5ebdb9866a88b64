// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Guest memory that the hypervisor fills. The pages are held through host_get, which faults
 * them in and refuses to write what the guest may not write; the host itself fills them.
 */
#include "page_init.h"

#define UNIT_SHIFT 12u /* of H_PAGE_INIT, whatever the size of frames */
#define PARTS_MAX 16u  /* 64K in frames of 4K */

#define FLAGS_KNOWN                                                                                \
	(HPTP_H_ZERO_PAGE | HPTP_H_COPY_PAGE | HPTP_H_ICACHE_INVALIDATE | HPTP_H_ICACHE_SYNC |     \
	 HPTP_H_CMO)

static bool is_memory(struct hptp_vm *vm, uint64_t gpa)
{
	return hptp_slot_of(vm, gpa >> vm->frame_shift, false);
}

/* Hold the frame of an address; SUCCESS, PARAMETER or AGAIN. */
static long hold(struct hptp_vm *vm, uint64_t gpa, unsigned how, struct hptp_part *p)
{
	uint64_t gfn = gpa >> vm->frame_shift;
	struct hptp_slot *slot;
	int error;

	hptp_port_read_begin();
	slot = hptp_slot_of(vm, gfn, false);
	if (slot) {
		p->slot = slot->host;
		p->off.n = gfn - slot->base;
	}
	hptp_port_read_end();
	if (!slot)
		return HPTP_H_PARAMETER;
	p->at = (uint32_t)(gpa & hptp_mask(vm->frame_shift));
	error = hptp_op(vm, host_get, p->slot, p->off, how, &p->page);
	if (error == HPTP_E_AGAIN)
		return HPTP_H_AGAIN;
	return error ? HPTP_H_PARAMETER : HPTP_H_SUCCESS;
}

static void drop(struct hptp_vm *vm, struct hptp_part *p, bool written)
{
	hptp_op(vm, host_put, p->slot, p->off, &p->page, written);
}

/* The log is told after the write: a harvest in between is followed by one that sees it. */
static void wrote(struct hptp_vm *vm, uint64_t gpa)
{
	uint64_t gfn = gpa >> vm->frame_shift;
	struct hptp_slot *slot;

	hptp_port_read_begin();
	slot = hptp_slot_of(vm, gfn, true);
	if (slot)
		hptp_slot_log(slot, gfn - slot->base, 1);
	hptp_port_read_end();
}

long hptp_zero_page(struct hptp_vm *vm, uint64_t gpa, unsigned shift)
{
	unsigned step = shift < vm->frame_shift ? shift : vm->frame_shift, n = 0;
	struct hptp_part part[PARTS_MAX];
	long code = HPTP_H_SUCCESS;

	/* All of it is held before the first byte is changed. */
	while (code == HPTP_H_SUCCESS && n < 1u << (shift - step)) {
		code = hold(vm, gpa + ((uint64_t)n << step), HPTP_HOW_WRITE, &part[n]);
		n += code == HPTP_H_SUCCESS;
	}
	for (unsigned i = 0; i < n; i++) {
		if (code == HPTP_H_SUCCESS) {
			hptp_op(vm, page_init, &part[i], NULL, (size_t)1 << step);
			wrote(vm, gpa + ((uint64_t)i << step));
		}
		drop(vm, &part[i], code == HPTP_H_SUCCESS);
	}
	return code;
}

static long copy(struct hptp_vm *vm, uint64_t dest, uint64_t src)
{
	struct hptp_part to, from;
	/* The destination first: writing may give it another frame, which its holder prevents. */
	long code = hold(vm, dest, HPTP_HOW_WRITE, &to);

	if (code != HPTP_H_SUCCESS)
		return code;
	code = hold(vm, src, 0, &from);
	if (code == HPTP_H_SUCCESS) {
		hptp_op(vm, page_init, &to, &from, (size_t)1 << UNIT_SHIFT);
		wrote(vm, dest);
		drop(vm, &from, false);
	}
	drop(vm, &to, code == HPTP_H_SUCCESS);
	return code;
}

long hptp_page_init_task(struct hptp_vcpu *vcpu)
{
	const struct hptp_page_init_args *a = &vcpu->page_init;

	if (a->flags & HPTP_H_COPY_PAGE)
		return copy(vcpu->vm, a->dest, a->src);
	return hptp_zero_page(vcpu->vm, a->dest, UNIT_SHIFT);
}

long hptp_h_page_init(struct hptp_vcpu *vcpu, uint64_t flags, uint64_t dest, uint64_t src)
{
	struct hptp_vm *vm = hptp_vcpu_vm(vcpu);
	bool with_src = flags & HPTP_H_COPY_PAGE, memory;

	vcpu->waiting = HPTP_WAITS_NOTHING;
	if (!hptp_op_given(vm, page_init))
		return HPTP_H_FUNCTION;
	if ((flags & ~FLAGS_KNOWN) || (dest & hptp_mask(UNIT_SHIFT)) ||
	    (with_src && (src & hptp_mask(UNIT_SHIFT))))
		return HPTP_H_PARAMETER;
	hptp_port_read_begin();
	memory = is_memory(vm, dest) && (!with_src || is_memory(vm, src));
	hptp_port_read_end();
	if (!memory)
		return HPTP_H_PARAMETER;
	if (!(flags & (HPTP_H_ZERO_PAGE | HPTP_H_COPY_PAGE)))
		return HPTP_H_SUCCESS;
	vcpu->page_init = (struct hptp_page_init_args){ flags, dest, src };
	vcpu->waiting = HPTP_WAITS_PAGE_INIT;
	return HPTP_H_TOO_HARD;
}
