// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The virtual real mode area: bolted entries for guest real addresses from 0. */
#include "enter.h"

#define VRMA_MAX ((uint64_t)1 << 40)

static bool encoding(unsigned shift, uint64_t *slb, uint64_t *v, uint64_t *r)
{
	*slb = shift == 12 ? 0 : shift == 16 ? HPTP_SLB_L | 0x10 : HPTP_SLB_L;
	*v = shift == 12 ? 0 : HPTP_V_LARGE;
	*r = shift == 16 ? 0x1000 : 0; /* LP */
	return shift == 12 || shift == 16 || shift == 24;
}

/* Pages to map: the slot's, one segment's, one per group, and no more than asked for. */
static uint64_t pages(struct hptp_vm *vm, unsigned shift, uint64_t bytes)
{
	struct hptp_slot *slot;

	hptp_port_read_begin();
	slot = hptp_slot_of(vm, 0, false);
	if (slot && slot->n << vm->frame_shift < bytes)
		bytes = slot->n << vm->frame_shift;
	hptp_port_read_end();
	if (!slot)
		return 0;
	if (bytes > VRMA_MAX)
		bytes = VRMA_MAX;
	bytes >>= shift;
	return bytes < vm->table.groups ? bytes : vm->table.groups;
}

int hptp_vrma_map(struct hptp_vcpu *vcpu, unsigned page_shift, uint64_t bytes, uint64_t *slb_v)
{
	const uint64_t segment = HPTP_V_1T | HPTP_VRMA_VSID << HPTP_SLB_SHIFT_1T;
	struct hptp_vm *vm = vcpu->vm;
	const uint64_t mask = vm->table.groups - 1;
	uint64_t slb, v, r, out, n;

	if (!encoding(page_shift, &slb, &v, &r) || bytes >> page_shift == 0)
		return HPTP_E_PARAM;
	if (!vm->table.n)
		return HPTP_E_STATE;
	n = pages(vm, page_shift, bytes);
	if (!n)
		return HPTP_E_NOENT;
	*slb_v = segment | slb;
	for (uint64_t i = 0; i < n; i++) {
		uint64_t addr = i << page_shift;
		uint64_t hash = i ^ HPTP_VRMA_VSID ^ (HPTP_VRMA_VSID << 25);
		struct hptp_enter_args args = {
			.flags = HPTP_H_EXACT,
			.ptex = (hash & mask) * HPTP_PER_GROUP + 7,
			.pteh = segment | HPTP_V_BOLTED | v | ((addr >> 16) & ~HPTP_V_LOW),
			.ptel = r | HPTP_R_RC | HPTP_R_M | HPTP_PP_RWXX | addr,
		};
		long code = hptp_enter_task(vcpu, &args, &out);

		if (code == HPTP_H_PTEG_FULL)
			return HPTP_E_PTEG_FULL;
		if (code != HPTP_H_SUCCESS)
			return HPTP_E_NOPAGE;
	}
	return HPTP_OK;
}
