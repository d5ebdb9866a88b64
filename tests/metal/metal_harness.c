// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The guest has no kernel: for each access the hypervisor sets up the SLB and the MSR,
 * and enters it at a load or a store followed by a hypercall. The code lies in a slot and
 * a segment of its own, far from the scenarios'. A fetch is an entry at the address
 * itself: what is found there is no instruction, and the interrupt that this causes says
 * that it was fetched.
 */
#include "metal_harness.h"

#include "heap.h"
#include "partition.h"
#include "ppc.h"
#include "string.h"

#define CODE_GPA (1ull << 40)
#define CODE_EA 0xf005a5000ull
#define CODE_VSID 0x3f5aull
#define CODE_SLB (CODE_VSID << HPTP_SLB_SHIFT | HPTP_SLB_KP)
#define CODE_HASH (CODE_VSID ^ 0x5a5)
#define PTE_M_RW 0x12ull
#define LPID 1
#define TABLE_ORDER 18

#define VECTOR_SC 0xc00
#define VECTOR_HDSI 0xe00
#define VECTOR_HISI 0xe20
#define VECTOR_HDEC 0x980
#define SRR1_STATUS 0x783f0000ull
#define MAX_EXITS 1000

extern const char access_code[], access_store[], access_end[];

static void fail(struct metal_harness *mh, const char *what)
{
	mh->harness.fail(mh, __FILE__, __LINE__, what);
}

/* ---- slots and the host's own look ---- */

static void *slot_add(void *self, uint64_t gfn, uint64_t n, unsigned unit_shift, unsigned flags)
{
	struct metal_harness *mh = self;
	struct memory *memory =
		memory_add(mh->vm.hptp, &(struct memory){
						.first = gfn,
						.n = n,
						.frame_shift = mh->harness.frame_shift,
						.unit_shift = unit_shift,
						.flags = flags,
						.next = mh->slots,
					});

	if (memory)
		mh->slots = memory;
	return memory;
}

static void slot_remove(void *self, void *slot)
{
	struct metal_harness *mh = self;
	struct memory **at = &mh->slots;

	while (*at != slot)
		at = &(*at)->next;
	*at = (*at)->next;
	memory_remove(slot);
}

static struct hptp_slot *slot_handle(void *self, void *slot)
{
	(void)self;
	return ((struct memory *)slot)->handle;
}

static int slot_move(void *self, void *slot, uint64_t gfn)
{
	struct memory *memory = slot;
	int error = hptp_slot_move(&memory->handle, (hptp_gfn){ gfn });

	(void)self;
	if (!error)
		memory->first = gfn;
	return error;
}

static int other_vm(void *self, struct hptp_vm **vm)
{
	struct metal_harness *mh = self;
	struct hptp_config config = {
		.size = sizeof(config),
		.ops = &memory_ops,
		.host = &mh->vm,
		.frame_shift = (uint8_t)mh->harness.frame_shift,
		.order = TABLE_ORDER,
		.format = partition_format(),
	};

	return hptp_vm_create(&config, vm);
}

static void page_out(void *self, void *slot, uint64_t off)
{
	(void)self;
	memory_page_out(slot, off);
}

static uint64_t *reach(struct metal_harness *mh, uint64_t gpa, bool write)
{
	for (struct memory *m = mh->slots; m; m = m->next) {
		uint64_t byte = gpa - (m->first << m->frame_shift);

		if (byte < m->n << m->frame_shift)
			return memory_reach(m, byte, write);
	}
	return NULL;
}

static uint64_t host_read(void *self, uint64_t gpa)
{
	uint64_t *at = reach(self, gpa, false);

	if (!at)
		fail(self, "the host can not read guest memory");
	return at ? *at : 0;
}

static void host_write(void *self, uint64_t gpa, uint64_t value)
{
	uint64_t *at = reach(self, gpa, true);

	if (at)
		*at = value;
	else
		fail(self, "the host can not write guest memory");
}

static uint64_t flushes(void *self)
{
	(void)self;
	return memory_flushes;
}

/* ---- the guest ---- */

/* The code's own entry, in a table that is new or was emptied. */
static int enter_code(struct metal_harness *mh)
{
	struct hptp_translation found;
	struct hptp_table_info table;
	uint64_t idx;
	long code;

	if (!hptp_translate(mh->harness.vcpu, CODE_EA, CODE_SLB, HPTP_MSR_IR, 0, &found))
		return 0;
	hptp_vm_table(mh->vm.hptp, &table);
	code = hptp_h_enter(mh->harness.vcpu, 0, (CODE_HASH & (table.n / 8 - 1)) * 8,
			    CODE_VSID << 12 | ((CODE_EA & 0xfffffff) >> 16 & ~0x7full) | 1,
			    CODE_GPA | PTE_M_RW, &idx);
	if (code == HPTP_H_TOO_HARD)
		code = hptp_hcall_task(mh->harness.vcpu, &idx);
	return code ? HPTP_E_STATE : 0;
}

/* Only when the segment changes: emptying the SLB may take translations with it, and
 * what the library forgot to flush has to stay. */
static void set_segments(struct metal_harness *mh, const struct harness_access *a)
{
	uint64_t span = a->slb_v & HPTP_SLB_B_1T ? 40 : 28;
	uint64_t esid = a->ea >> span << span;

	if (mh->slb_v == a->slb_v && mh->esid == esid)
		return;
	mh->slb_v = a->slb_v;
	mh->esid = esid;
	__asm__ volatile("slbmte %0,%0\n\tslbia\n\tslbmte %1,%2"
			 :
			 : "r"(0ull), "r"(CODE_SLB), "r"((CODE_EA & ~0xfffffffull) | SLB_VALID)
			 : "memory");
	if (a->msr & HPTP_MSR_DR) /* real mode has no segment */
		__asm__ volatile("slbmte %0,%1"
				 :
				 : "r"(a->slb_v), "r"(esid | SLB_VALID | 1)
				 : "memory");
	__asm__ volatile("isync" : : : "memory");
}

/* Tell the MMU of the table and of the segment that real mode goes through, if either changed. */
static void set_partition(struct metal_harness *mh, const struct harness_access *a)
{
	struct hptp_table_info table;
	uint64_t vrma = a->msr & (HPTP_MSR_IR | HPTP_MSR_DR) ? mh->vm.vrma : a->slb_v;

	hptp_vm_table(mh->vm.hptp, &table);
	if (mh->sdr1 == table.sdr1 && mh->vm.vrma == vrma)
		return;
	mh->sdr1 = table.sdr1;
	mh->vm.vrma = vrma;
	partition_create(&mh->vm);
	partition_enter(&mh->vm);
}

/* For a load or a store, instructions are translated always: their code is not in the VRMA. */
static void set_guest(struct metal_harness *mh, const struct harness_access *a)
{
	const char *entry = a->kind == HARNESS_STORE ? access_store : access_code;
	struct vcpu *vcpu = &mh->vcpu;

	vcpu->pc = CODE_EA + (uint64_t)(entry - access_code);
	vcpu->msr = MSR_SF | MSR_ME | MSR_RI | HPTP_MSR_IR | a->msr;
	if (a->kind == HARNESS_FETCH) {
		vcpu->pc = a->ea;
		vcpu->msr = MSR_SF | MSR_ME | MSR_RI | a->msr;
	}
	vcpu->gpr[3] = a->ea;
	vcpu->gpr[4] = a->value;
	set_partition(mh, a);
	set_segments(mh, a);
	mtspr(SPR_DEC, 0x7fffffff); /* problem state has interrupts on: none is due */
	mtspr(SPR_AMR, a->amr);
}

static const enum harness_what ends[] = {
	[HPTP_RESUME] = HARNESS_ELSE,    [HPTP_REFLECT] = HARNESS_REFLECTED,
	[HPTP_TASK] = HARNESS_ELSE,      [HPTP_MMIO] = HARNESS_MMIO,
	[HPTP_NOPAGE] = HARNESS_NOPAGE,  [HPTP_TOO_LARGE] = HARNESS_TOO_LARGE,
	[HPTP_NO_MEMORY] = HARNESS_ELSE,
};

/* RESUME: enter again. Everything else is what came of the access. */
static enum hptp_outcome storage_interrupt(struct metal_harness *mh, bool fetch)
{
	struct vcpu *vcpu = &mh->vcpu;
	struct hptp_fault *fault = &vcpu->fault;
	uint64_t ea = fetch ? vcpu->hsrr0 : mfspr(SPR_HDAR);
	enum hptp_outcome outcome;

	mh->exits++;
	vcpu->pc = vcpu->hsrr0;
	vcpu->msr = vcpu->hsrr1 & ~SRR1_STATUS;
	*fault = (struct hptp_fault){
		.ea = ea,
		.slb_v = partition_segment_of(&mh->vm, ea,
					      vcpu->msr & (fetch ? HPTP_MSR_IR : HPTP_MSR_DR)),
		.msr = vcpu->msr & (HPTP_MSR_PR | HPTP_MSR_IR | HPTP_MSR_DR),
		.amr = mfspr(SPR_AMR),
		.status = fetch ? vcpu->hsrr1 & SRR1_STATUS : mfspr(SPR_HDSISR),
		.fetch = fetch,
	};
	outcome = hptp_fault(vcpu->hptp, fault);
	return outcome == HPTP_TASK ? hptp_refault(vcpu->hptp, fault) : outcome;
}

static struct harness_end access(void *self, struct harness_access *a)
{
	struct metal_harness *mh = self;
	struct vcpu *vcpu = &mh->vcpu;
	enum hptp_outcome outcome = HPTP_RESUME;
	uint64_t vector;

	if (enter_code(mh))
		fail(mh, "there is no place for the code");
	set_guest(mh, a);
	for (unsigned i = 0; i < MAX_EXITS && outcome == HPTP_RESUME; i++) {
		vector = vcpu_enter(vcpu);
		if (vector == VECTOR_HDEC) {
			partition_set_tick();
			vcpu->pc = vcpu->hsrr0;
			vcpu->msr = vcpu->hsrr1 & ~SRR1_STATUS;
		} else if (vector == VECTOR_HDSI) {
			outcome = storage_interrupt(mh, false);
		} else if (vector == VECTOR_HISI && vcpu->hsrr0 == vcpu->pc) {
			outcome = storage_interrupt(mh, true);
		} else if (vector == VECTOR_SC || a->kind == HARNESS_FETCH) {
			a->value = vcpu->gpr[4];
			return (struct harness_end){ .what = HARNESS_DONE };
		} else {
			fail(mh, "the guest stopped for another reason");
			break;
		}
	}
	return harness_end(ends[outcome], &vcpu->fault);
}

/* ---- life ---- */

static int add_code(struct metal_harness *mh)
{
	unsigned shift = mh->harness.frame_shift;
	void *at;

	mh->code = memory_add(mh->vm.hptp, &(struct memory){
						   .first = CODE_GPA >> shift,
						   .n = 1,
						   .frame_shift = shift,
						   .unit_shift = shift,
						   .flags = HARNESS_RESIDENT,
					   });
	if (!mh->code)
		return HPTP_E_NOMEM;
	at = memory_reach(mh->code, 0, true);
	memcpy(at, access_code, (size_t)(access_end - access_code));
	cache_sync(at, (uint64_t)(access_end - access_code));
	return enter_code(mh);
}

int metal_harness_init(struct metal_harness *mh, unsigned frame_shift,
		       void (*on_failure)(void *self, const char *file, int line, const char *what))
{
	struct hptp_config config = {
		.size = sizeof(config),
		.ops = &memory_ops,
		.host = &mh->vm,
		.frame_shift = (uint8_t)frame_shift,
		.order = TABLE_ORDER,
		.format = partition_format(),
	};
	int error;

	memset(mh, 0, sizeof(*mh));
	error = hptp_vm_create(&config, &mh->vm.hptp);
	if (!error)
		error = hptp_vcpu_create(mh->vm.hptp, NULL, &mh->vcpu.hptp);
	if (error)
		return error;
	mh->harness = (struct harness){
		.self = mh,
		.vm = mh->vm.hptp,
		.vcpu = mh->vcpu.hptp,
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
	mh->vm.lpid = LPID;
	return add_code(mh);
}

void metal_harness_exit(struct metal_harness *mh, struct hptp_stats *sum)
{
	struct hptp_check_result result;
	struct hptp_stats stats;

	if (hptp_check(mh->vm.hptp, &result))
		fail(mh, result.what);
	hptp_stats_read(mh->vm.hptp, &stats);
	sum->refault += stats.refault;
	sum->sync += stats.sync;
	while (mh->slots)
		slot_remove(mh, mh->slots);
	memory_remove(mh->code);
	hptp_vcpu_destroy(mh->harness.vcpu);
	if (hptp_vm_destroy(mh->vm.hptp))
		fail(mh, "the VM does not end");
}
