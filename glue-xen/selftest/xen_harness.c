// SPDX-License-Identifier: GPL-2.0-only
/*
 * The scenarios' guest has no kernel: for each access Xen sets up the SLB and the MSR, and
 * enters it at a load or a store followed by a hypercall. The code lies in a range and a
 * segment of its own, far from the scenarios'. A fetch is an entry at the address itself:
 * what is found there is no instruction, and the interrupt that this causes says that it was
 * fetched.
 */
#include "xen_harness.h"

#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/string.h>

#include "sync.h"

#define CODE_GPA (1ull << 40)
#define CODE_EA 0xf005a5000ull
#define CODE_VSID 0x3f5aull
#define CODE_SLB (CODE_VSID << HPTP_SLB_SHIFT | HPTP_SLB_KP)
#define CODE_HASH (CODE_VSID ^ 0x5a5)
#define PTE_M_RW 0x12ull

#define TABLE_ORDER 18
#define FRAMES 64
#define LPID 1
#define MSR_CODE 0x8000000000001003ull /* 64-bit, ME, RI, LE: the code is Xen's own compiler's */
#define MAX_EXITS 1000

extern const char access_code[], access_store[], access_end[];

static unsigned long n_flushes;
static struct hptp_ops counting_ops;

static void fail(struct xen_harness *xh, const char *what)
{
	xh->harness.fail(xh, __FILE__, __LINE__, what);
}

/* ---- ranges and the host's own look ---- */

/* All frames begin as the pager's, or shared: of a frame of zeros each, which no store reaches. */
static int fill(struct pager *pager, struct hptp_xen_range *range, unsigned int flags)
{
	unsigned long i;
	int error = 0;

	for (i = 0; i < range->n && !error; i++) {
		gfn_t gfn = _gfn(range->first + i);

		if (flags & HARNESS_COW)
			error = hptp_xen_add_shared(&pager->hx, gfn, pager_frame(pager, NULL));
		else
			error = hptp_xen_add(&pager->hx, gfn, INVALID_MFN);
	}
	return error;
}

static void *slot_add(void *self, uint64_t gfn, uint64_t n, unsigned unit_shift, unsigned flags)
{
	struct xen_harness *xh = self;
	struct hptp_xen_range *range;

	if (unit_shift != PAGE_SHIFT ||
	    hptp_xen_range_add(&xh->pager.hx, _gfn(gfn), n, flags & HARNESS_READONLY, &range))
		return NULL;
	if (fill(&xh->pager, range, flags))
		fail(xh, "a range can not be filled");
	return range;
}

/* Its pages' contents are not to be found by a later range's. */
static void slot_remove(void *self, void *slot)
{
	struct xen_harness *xh = self;
	struct hptp_xen_range *range = slot;
	unsigned long first = range->first, n = range->n;

	if (hptp_xen_range_remove(range))
		fail(xh, "a range can not be removed");
	pager_forget(&xh->pager, _gfn(first), n);
}

static struct hptp_slot *slot_handle(void *self, void *slot)
{
	return ((struct hptp_xen_range *)slot)->slot;
}

static int other_vm(void *self, struct hptp_vm **vm)
{
	struct xen_harness *xh = self;
	struct hptp_config config = {
		.size = sizeof(config),
		.ops = &counting_ops,
		.host = &xh->pager.hx,
		.frame_shift = PAGE_SHIFT,
		.order = TABLE_ORDER,
		.format = HPTP_FORMAT_3_0,
	};

	return hptp_vm_create(&config, vm);
}

static void page_out(void *self, void *slot, uint64_t off)
{
	struct xen_harness *xh = self;
	struct hptp_xen_range *range = slot;

	if (pager_page_out(&xh->pager, _gfn(range->first + off)) == -EBUSY)
		fail(xh, "a page can not be paged out");
}

static uint64_t host_read(void *self, uint64_t gpa)
{
	struct xen_harness *xh = self;
	uint64_t *at = pager_reach(&xh->pager, gpa, false), value = 0;

	if (at) {
		value = *at;
		pager_drop(&xh->pager, gpa, false);
	} else {
		fail(xh, "the host can not read guest memory");
	}
	return value;
}

static void host_write(void *self, uint64_t gpa, uint64_t value)
{
	struct xen_harness *xh = self;
	uint64_t *at = pager_reach(&xh->pager, gpa, true);

	if (at) {
		*at = value;
		pager_drop(&xh->pager, gpa, true);
	} else {
		fail(xh, "the host can not write guest memory");
	}
}

static uint64_t flushes(void *self)
{
	return n_flushes;
}

/* ---- the guest ---- */

/* The code's own entry, in a table that is new or was emptied. */
static int enter_code(struct xen_harness *xh)
{
	struct hptp_translation found;
	struct hptp_table_info table;
	uint64_t idx;
	long ret;

	if (!hptp_translate(xh->vcpu.hptp, CODE_EA, CODE_SLB, HPTP_MSR_IR, 0, &found))
		return 0;
	hptp_vm_table(xh->pager.hx.vm, &table);
	ret = hptp_h_enter(xh->vcpu.hptp, 0, (CODE_HASH & (table.n / 8 - 1)) * 8,
			   CODE_VSID << 12 | ((CODE_EA & 0xfffffff) >> 16 & ~0x7full) | 1,
			   CODE_GPA | PTE_M_RW, &idx);
	if (ret == HPTP_H_TOO_HARD)
		ret = hptp_hcall_task(xh->vcpu.hptp, &idx);
	return ret ? -EINVAL : 0;
}

/*
 * Only when the segment changes: emptying the SLB may take translations with it, and what
 * the library forgot to flush has to stay.
 */
static void set_segments(struct xen_harness *xh, const struct harness_access *a)
{
	unsigned int span = a->slb_v & HPTP_SLB_B_1T ? 40 : 28;
	uint64_t esid = a->ea >> span << span;

	if (xh->slb_v == a->slb_v && xh->esid == esid)
		return;
	xh->slb_v = a->slb_v;
	xh->esid = esid;
	slb_clear();
	slb_set(0, CODE_SLB, CODE_EA & ~0xfffffffull);
	if (a->msr & HPTP_MSR_DR) /* real mode has no segment */
		slb_set(1, a->slb_v, esid);
}

/* Tell the MMU of the table and of the VRMA's segment, if either changed. */
static void set_partition(struct xen_harness *xh, const struct harness_access *a)
{
	struct hptp_xen *hx = &xh->pager.hx;
	struct hptp_table_info table;

	hptp_vm_table(hx->vm, &table);
	if (!(a->msr & (HPTP_MSR_IR | HPTP_MSR_DR)) && hx->vrma != a->slb_v) {
		hx->vrma = a->slb_v;
		xh->sdr1 = 0;
	}
	if (xh->sdr1 != table.sdr1)
		hptp_xen_partition_enter(hx);
	xh->sdr1 = table.sdr1;
}

/* For a load or a store, instructions are translated always: their code is not in the VRMA. */
static void set_guest(struct xen_harness *xh, const struct harness_access *a)
{
	const char *entry = a->kind == HARNESS_STORE ? access_store : access_code;
	struct hptp_xen_vcpu *v = &xh->vcpu;

	v->pc = CODE_EA + (entry - access_code);
	v->msr = MSR_CODE | HPTP_MSR_IR | a->msr;
	if (a->kind == HARNESS_FETCH) {
		v->pc = a->ea;
		v->msr = MSR_CODE | a->msr;
	}
	v->gpr[3] = a->ea;
	v->gpr[4] = a->value;
	v->amr = a->amr;
	set_partition(xh, a);
	set_segments(xh, a);
}

static const enum harness_what ends[] = {
	[HPTP_RESUME] = HARNESS_ELSE,    [HPTP_REFLECT] = HARNESS_REFLECTED,
	[HPTP_TASK] = HARNESS_ELSE,      [HPTP_MMIO] = HARNESS_MMIO,
	[HPTP_NOPAGE] = HARNESS_NOPAGE,  [HPTP_TOO_LARGE] = HARNESS_TOO_LARGE,
	[HPTP_NO_MEMORY] = HARNESS_ELSE,
};

static struct harness_end access(void *self, struct harness_access *a)
{
	struct xen_harness *xh = self;
	struct hptp_xen_vcpu *v = &xh->vcpu;
	enum hptp_outcome outcome = HPTP_RESUME;
	unsigned int i, vector;
	uint64_t pc;

	if (enter_code(xh))
		fail(xh, "there is no place for the code");
	set_guest(xh, a);
	pc = v->pc;
	for (i = 0; i < MAX_EXITS && outcome == HPTP_RESUME; i++) {
		vector = hptp_xen_run(v);
		if (vector == HPTP_EXIT_HDEC)
			continue;
		if (vector == HPTP_EXIT_HDSI || (vector == HPTP_EXIT_HISI && v->pc == pc)) {
			outcome = hptp_xen_fault(v, vector);
		} else if (vector == HPTP_EXIT_SC || a->kind == HARNESS_FETCH) {
			a->value = v->gpr[4];
			return (struct harness_end){ .what = HARNESS_DONE };
		} else {
			printk("exit %x: pc %lx msr %lx\n", vector, v->pc, v->msr);
			fail(xh, "the guest stopped for another reason");
			break;
		}
	}
	return harness_end(ends[outcome], &v->fault);
}

/* ---- life ---- */

static void count_flush(void *host, const struct hptp_flush *flush)
{
	n_flushes++;
	hptp_xen_ops.tlb_flush(host, flush);
}

static int add_code(struct xen_harness *xh)
{
	void *code;

	xh->code = slot_add(xh, gfn_x(gaddr_to_gfn(CODE_GPA)), 1, PAGE_SHIFT, 0);
	code = xh->code ? pager_reach(&xh->pager, CODE_GPA, true) : NULL;
	if (!code)
		return -ENOMEM;
	memcpy(code, access_code, access_end - access_code);
	sync_instructions(code, access_end - access_code);
	pager_drop(&xh->pager, CODE_GPA, true);
	return enter_code(xh);
}

int xen_harness_init(struct xen_harness *xh, struct domain *d,
		     void (*on_failure)(void *self, const char *file, int line, const char *what))
{
	struct hptp_xen *hx = &xh->pager.hx;
	int error;

	memset(xh, 0, sizeof(*xh));
	pager_init(&xh->pager, FRAMES);
	xh->pager.prompt = true; /* the scenarios' hypercalls do not come from the guest */
	hx->d = d;
	hx->lpid = LPID;
	counting_ops = hptp_xen_ops;
	counting_ops.tlb_flush = count_flush;
	error = hptp_xen_init(hx, TABLE_ORDER, &counting_ops);
	if (!error)
		error = hptp_xen_vcpu_init(hx, &xh->vcpu);
	if (error)
		return error;
	xh->harness = (struct harness){
		.self = xh,
		.vm = hx->vm,
		.vcpu = xh->vcpu.hptp,
		.frame_shift = PAGE_SHIFT,
		.max_unit_shift = PAGE_SHIFT,
		.slot_add = slot_add,
		.slot_remove = slot_remove,
		.slot_handle = slot_handle,
		.vm_create = other_vm,
		.access = access,
		.page_out = page_out,
		.host_read = host_read,
		.host_write = host_write,
		.flushes = flushes,
		.fail = on_failure,
	};
	return add_code(xh);
}

unsigned long xen_harness_fini(struct xen_harness *xh)
{
	struct hptp_xen *hx = &xh->pager.hx;
	struct hptp_check_result result;
	struct hptp_stats stats;

	if (hptp_check(hx->vm, &result))
		fail(xh, result.what);
	hptp_stats_read(hx->vm, &stats);
	hptp_xen_partition_leave(hx);
	while (hx->ranges)
		slot_remove(xh, hx->ranges);
	hptp_xen_vcpu_fini(&xh->vcpu);
	if (hptp_xen_fini(hx))
		fail(xh, "the domain does not end");
	pager_fini(&xh->pager);
	return stats.refault;
}
