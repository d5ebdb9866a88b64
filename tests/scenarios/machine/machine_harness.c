// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "machine_harness.h"

#include <string.h>

static void fail(struct machine_harness *mh, const char *what)
{
	mh->harness.fail(mh, __FILE__, __LINE__, what);
}

/* ---- slots ---- */

static void *slot_add(void *self, uint64_t gfn, uint64_t n, unsigned unit_shift, unsigned flags)
{
	struct machine_harness *mh = self;
	struct machine_slot *slot;
	unsigned f = 0;

	if (flags & HARNESS_READONLY)
		f |= MACHINE_SLOT_READONLY;
	if (flags & HARNESS_COW)
		f |= MACHINE_SLOT_COW;
	if (flags & HARNESS_RESIDENT)
		f |= MACHINE_SLOT_FLAT;
	if (flags & HARNESS_ASKEW)
		f |= MACHINE_SLOT_FLAT | MACHINE_SLOT_ASKEW;
	return machine_slot_add(mh->m, gfn, n, unit_shift, f, &slot) ? NULL : slot;
}

static void slot_remove(void *self, void *slot)
{
	if (machine_slot_remove(slot))
		fail(self, "the slot can not be removed");
}

static struct hptp_slot *slot_handle(void *self, void *slot)
{
	(void)self;
	return machine_slot_handle(slot);
}

static int slot_move(void *self, void *slot, uint64_t gfn)
{
	(void)self;
	return machine_slot_move(slot, gfn);
}

static int other_vm(void *self, struct hptp_vm **vm)
{
	struct machine_harness *mh = self;

	return machine_vm_create(mh->m, vm);
}

/* ---- the guest ---- */

/* The segment register file is filled as needed; real mode uses the VRMA's word. */
static void translate_by(struct machine_vcpu *vcpu, const struct harness_access *a)
{
	uint64_t slb_v;

	machine_regs(vcpu)->msr = a->msr;
	machine_regs(vcpu)->amr = a->amr;
	if (!(a->msr & (HPTP_MSR_IR | HPTP_MSR_DR)))
		machine_regs(vcpu)->vrma = a->slb_v;
	else if (!machine_slb_find(vcpu, a->ea, &slb_v) || slb_v != a->slb_v)
		machine_slbmte(vcpu, a->ea >> 28 & (MACHINE_SLB_ENTRIES - 1), a->ea, a->slb_v);
}

static const enum harness_what ends[] = {
	[MACHINE_OK] = HARNESS_DONE,           [MACHINE_SEGMENT] = HARNESS_ELSE,
	[MACHINE_REFLECT] = HARNESS_REFLECTED, [MACHINE_MMIO] = HARNESS_MMIO,
	[MACHINE_NOPAGE] = HARNESS_NOPAGE,     [MACHINE_TOO_LARGE] = HARNESS_TOO_LARGE,
	[MACHINE_NO_MEMORY] = HARNESS_ELSE,    [MACHINE_STUCK] = HARNESS_ELSE,
};

static struct harness_end access(void *self, struct harness_access *a)
{
	struct machine_harness *mh = self;
	struct machine_vcpu *vcpu = machine_vcpu(mh->m, 0);
	enum machine_result result;
	uint32_t insn = 0;

	machine_table_changed(mh->m);
	translate_by(vcpu, a);
	switch (a->kind) {
	case HARNESS_LOAD: result = machine_load64(vcpu, a->ea, &a->value); break;
	case HARNESS_STORE: result = machine_store64(vcpu, a->ea, a->value); break;
	default:
		result = machine_fetch(vcpu, a->ea, &insn);
		a->value = insn;
		break;
	}
	return harness_end(ends[result], machine_fault(vcpu));
}

/* ---- the host ---- */

static void page_out(void *self, void *slot, uint64_t off)
{
	struct machine_harness *mh = self;
	unsigned shift = machine_slot_shift(slot) - mh->harness.frame_shift;
	int err = machine_page_out(slot, off >> shift);

	if (err && err != HPTP_E_NOPAGE)
		fail(self, hptp_strerror(err));
}

static uint64_t host_read(void *self, uint64_t gpa)
{
	struct machine_harness *mh = self;
	uint64_t value = 0;

	if (machine_host_read(mh->m, gpa, &value, sizeof(value)))
		fail(self, "the host can not read guest memory");
	return value;
}

static void host_write(void *self, uint64_t gpa, uint64_t value)
{
	struct machine_harness *mh = self;

	if (machine_host_write(mh->m, gpa, &value, sizeof(value)))
		fail(self, "the host can not write guest memory");
}

static uint64_t flushes(void *self)
{
	struct machine_harness *mh = self;

	return machine_op_calls(mh->m, MACHINE_OP_tlb_flush);
}

/* ---- life ---- */

int machine_harness_init(struct machine_harness *mh, unsigned frame_shift, unsigned format,
			 void (*on_failure)(void *self, const char *file, int line,
					    const char *what))
{
	struct machine_config config = {
		.frames = (8ull << 20) >> frame_shift,
		.seed = 1,
		.frame_shift = (uint8_t)frame_shift,
		.order = 18,
		.format = (uint8_t)format,
		.vcpus = 1,
	};
	int err;

	memset(mh, 0, sizeof(*mh));
	err = machine_create(&config, &mh->m);
	if (err)
		return err;
	machine_max_faults(machine_vcpu(mh->m, 0), 1000);
	mh->harness = (struct harness){
		.self = mh,
		.vm = machine_vm(mh->m),
		.vcpu = machine_vcpu_handle(machine_vcpu(mh->m, 0)),
		.frame_shift = frame_shift,
		.max_unit_shift = 24,
		.slot_add = slot_add,
		.slot_remove = slot_remove,
		.slot_handle = slot_handle,
		.slot_move = slot_move,
		.vm_create = other_vm,
		.access = access,
		.page_out = page_out,
		.host_read = host_read,
		.host_write = host_write,
		.flushes = flushes,
		.fail = on_failure,
	};
	return 0;
}

void machine_harness_exit(struct machine_harness *mh)
{
	struct hptp_check_result result;

	if (hptp_check(machine_vm(mh->m), &result))
		fail(mh, result.what);
	machine_destroy(mh->m);
}
