// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* H_READ: without a lock where that gives a consistent answer. */
#include "table.h"
#include "vm.h"

static void read_locked(struct hptp_vcpu *vcpu, uint64_t idx, uint64_t out[2])
{
	struct hptp_locked l;

	hptp_port_atomic_begin();
	hptp_hpte_lock(&hptp_vcpu_vm(vcpu)->table, idx, &l, &vcpu->count);
	out[0] = out[1] = 0;
	if (hptp_state_of(l.v, l.r) != HPTP_FREE) {
		out[0] = hptp_guest_v(l.v);
		out[1] = hptp_view_of(&l) | (l.r & HPTP_R_RC);
	}
	hptp_hpte_unlock(&l);
	hptp_port_atomic_end();
}

static void read_one(struct hptp_vcpu *vcpu, uint64_t idx, uint64_t out[2])
{
	struct hptp_peek p;

	/* Of an absent one the two dwords may be of different times: see hptp_confirm(). */
	if (!hptp_peek(hptp_vcpu_vm(vcpu), idx, &p) || hptp_state_of(p.v, p.r) == HPTP_ABSENT) {
		read_locked(vcpu, idx, out);
		return;
	}
	out[0] = out[1] = 0;
	if (hptp_state_of(p.v, p.r) != HPTP_FREE) {
		out[0] = hptp_guest_v(p.v);
		out[1] = p.g | (p.r & HPTP_R_RC);
	}
}

long hptp_h_read(struct hptp_vcpu *vcpu, uint64_t flags, uint64_t ptex, uint64_t out[8])
{
	unsigned n = (flags & HPTP_H_READ_4) ? 4 : 1;
	long code = HPTP_H_PARAMETER;

	hptp_port_read_begin();
	if (hptp_table_has(&hptp_vcpu_vm(vcpu)->table, ptex)) {
		ptex &= ~(uint64_t)(n - 1);
		for (unsigned i = 0; i < n; i++)
			read_one(vcpu, ptex + i, &out[2 * i]);
		code = HPTP_H_SUCCESS;
	}
	hptp_port_read_end();
	return code;
}
