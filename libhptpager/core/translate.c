// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The guest's own translation of an address, for emulators and debuggers. */
#include "fault.h"

static bool permits(const struct hptp_fault *f, uint64_t g, bool store, bool fetch)
{
	struct hptp_fault access = *f;

	access.fetch = fetch;
	access.status = store ? HPTP_DSISR_STORE : 0;
	return !hptp_access_denied(&access, g);
}

int hptp_translate(struct hptp_vcpu *vcpu, uint64_t ea, uint64_t slb_v, uint64_t msr, uint64_t amr,
		   struct hptp_translation *out)
{
	struct hptp_fault f = { .ea = ea, .slb_v = slb_v, .msr = msr, .amr = amr };
	enum hptp_found found = HPTP_NOT_FOUND;
	struct hptp_peek p;

	hptp_port_read_begin();
	hptp_port_atomic_begin();
	while (hptp_table_usable(&vcpu->vm->table)) {
		found = hptp_find(vcpu->vm, slb_v, ea, true, &p);
		if (found == HPTP_NOT_FOUND ||
		    (found == HPTP_FOUND && hptp_confirm(vcpu->vm, &p, &vcpu->count)))
			break;
	}
	hptp_port_atomic_end();
	hptp_port_read_end();
	if (found != HPTP_FOUND)
		return HPTP_E_NOENT;
	out->gpa = hptp_fault_gpa(&p, ea);
	out->shift = hptp_hpte_psize(p.v, p.g).actual;
	out->may_read = permits(&f, p.g, false, false);
	out->may_write = permits(&f, p.g, true, false);
	out->may_fetch = permits(&f, p.g, false, true);
	return HPTP_OK;
}
