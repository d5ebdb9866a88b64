// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest with a kernel of its own (examples/metal/guest): it enters its page table by
 * hypercalls, turns translation on, and does what it is told, while its pages go and come. It
 * has fewer frames than pages.
 */
#include "selftest.h"

#include <xen/errno.h>
#include <xen/lib.h>
#include <xen/string.h>

#include "abi.h"
#include "hptp_guest.h"

#define LPID 2
#define TABLE_ORDER 18
#define PAGES 64ul /* of Xen's size: 4 MiB */
#define FRAMES 24  /* that the domain may have */
#define GUEST_PAGE 4096ul
#define GUEST_PAGES (PAGES * PAGE_SIZE / GUEST_PAGE)
#define GUEST_ENTRY 0x1000

#define AREA 0x100000ul
#define CHURN 0x200000ul
#define CHURN_PAGES 512
#define CHURN_ROUNDS 8

extern const char guest_image[];
extern const unsigned int guest_image_size;

static struct {
	struct pager pager;
	struct hptp_xen_vcpu vcpu;
	struct hptp_xen_range *memory;
	bool pressure; /* every tick takes a page away */
	void (*failed)(void *self, const char *file, int line, const char *what);
} kernel;

#define check(condition)                                                                           \
	do {                                                                                       \
		if (!(condition))                                                                  \
			kernel.failed(NULL, __FILE__, __LINE__, #condition);                       \
	} while (0)

/* ---- running it ---- */

static bool storage_interrupt(unsigned int vector)
{
	enum hptp_outcome outcome = hptp_xen_fault(&kernel.vcpu, vector);

	if (outcome == HPTP_REFLECT)
		hptp_xen_reflect(&kernel.vcpu);
	return outcome == HPTP_RESUME || outcome == HPTP_REFLECT;
}

/* Deal with an exit. False: it is none that the guest should come back with. */
static bool handle(unsigned int vector)
{
	bool good = true;

	switch (vector) {
	case HPTP_EXIT_HDEC:
		if (kernel.pressure)
			pager_evict_one(&kernel.pager);
		break;
	case HPTP_EXIT_SC: good = hptp_xen_hypercall(&kernel.vcpu); break;
	case HPTP_EXIT_HDSI:
	case HPTP_EXIT_HISI: good = storage_interrupt(vector); break;
	default: good = false;
	}
	pager_serve(&kernel.pager);
	return good;
}

/* Until it waits for a command. False: it went wrong. */
static bool run(void)
{
	struct hptp_xen_vcpu *v = &kernel.vcpu;
	unsigned int vector;

	do {
		vector = hptp_xen_run(v);
		if (vector == HPTP_EXIT_SC && v->gpr[3] == H_NEXT_COMMAND)
			return true;
	} while (handle(vector));
	printk("hptpager: exit %x: pc %lx msr %lx r3 %lx r4 %lx r5 %lx r6 %lx\n", vector, v->pc,
	       v->msr, v->gpr[3], v->gpr[4], v->gpr[5], v->gpr[6]);
	return false;
}

/* A command, and what the guest answers; all ones when it did not. */
static uint64_t command(uint64_t op, uint64_t address, uint64_t n, uint64_t stride, uint64_t value)
{
	uint64_t *r = kernel.vcpu.gpr;

	r[3] = 0;
	r[4] = op;
	r[5] = address;
	r[6] = n;
	r[7] = stride;
	r[8] = value;
	return run() ? r[4] : ~0ul;
}

/* ---- what it shows ---- */

static void load_image(void)
{
	char *at = pager_reach(&kernel.pager, 0, true);

	check(at && guest_image_size <= PAGE_SIZE);
	memcpy(at, guest_image, guest_image_size);
	pager_drop(&kernel.pager, 0, true);
}

static void boot(void)
{
	unsigned long i;

	for (i = 0; i < PAGES; i++)
		check(!hptp_xen_add(&kernel.pager.hx, _gfn(i), INVALID_MFN));
	load_image();
	check(!hptp_vrma_map(kernel.vcpu.hptp, 12, PAGES * PAGE_SIZE, &kernel.pager.hx.vrma));
	hptp_xen_partition_enter(&kernel.pager.hx);
	check(!pager_page_out(&kernel.pager, _gfn(0)));
	kernel.vcpu.pc = GUEST_ENTRY;
	kernel.vcpu.gpr[4] = (1ul << (TABLE_ORDER - 7)) - 1; /* its PTEGs, less one */
	check(run());                                        /* in real mode */
	check(command(DO_MAP, 0, GUEST_PAGES, 0, 0) == 0);
	check(command(DO_VIRTUAL, 0, 0, 0, 0) == 0);
}

static void show_paging(void)
{
	gfn_t gfn = gaddr_to_gfn(AREA);

	check(command(DO_STORE, AREA, 16, GUEST_PAGE, 0xabc) == 0);
	check(!pager_page_out(&kernel.pager, gfn));
	check(command(DO_LOAD, AREA, 16, GUEST_PAGE, 0xabc) == 0);
	/* Only read since: it need not be written out again. */
	kernel.pager.written = 0;
	check(!pager_page_out(&kernel.pager, gfn) && !kernel.pager.written);
	check(command(DO_LOAD, AREA, 16, GUEST_PAGE, 0xabc) == 0);
}

/* A touch between nominate and evict takes the page back, and what it stored stays. */
static void show_cancel(void)
{
	gfn_t gfn = gaddr_to_gfn(AREA);

	check(command(DO_STORE, AREA, 1, 8, 1) == 0);
	check(!pager_begin(&kernel.pager, gfn));
	check(command(DO_STORE, AREA, 1, 8, 2) == 0);
	check(pager_finish(&kernel.pager, gfn) == -EBUSY);
	check(command(DO_LOAD, AREA, 1, 8, 2) == 0);
	check(!pager_page_out(&kernel.pager, gfn));
	check(command(DO_LOAD, AREA, 1, 8, 2) == 0);
}

/* A page that the guest gave back while it was out: its next frame is another. */
static void show_drop(void)
{
	gfn_t gfn = gaddr_to_gfn(AREA);

	check(!pager_page_out(&kernel.pager, gfn));
	check(!hptp_xen_drop(&kernel.pager.hx, gfn));
	pager_forget(&kernel.pager, gfn, 1);
	check(hptp_xen_prepare(&kernel.pager.hx, gfn, INVALID_MFN) == -EBUSY);
	check(!hptp_xen_add(&kernel.pager.hx, gfn, INVALID_MFN));
	check(command(DO_LOAD, AREA, 1, 8, 0) == 0);
}

/* A hypercall that needs a page waits for the pager as an access does. */
static void show_hypercall(void)
{
	check(command(DO_STORE, AREA, 1, 8, 3) == 0);
	check(!pager_page_out(&kernel.pager, gaddr_to_gfn(AREA)));
	check(command(DO_ZERO, AREA, 1, 0, 0) == 0);
	check(command(DO_LOAD, AREA, 1, 8, 0) == 0);
}

static void show_overcommit(void)
{
	unsigned long before = kernel.pager.evictions;

	kernel.pressure = true;
	check(command(DO_CHURN, CHURN, CHURN_PAGES, 0, CHURN_ROUNDS) == 0);
	kernel.pressure = false;
	check(kernel.pager.evictions > before + PAGES);
}

/* ---- life ---- */

static void end(struct counts *counts)
{
	struct hptp_xen *hx = &kernel.pager.hx;
	struct hptp_check_result result = { .what = "" };
	struct hptp_stats stats;

	if (hptp_check(hx->vm, &result))
		kernel.failed(NULL, __FILE__, __LINE__, result.what);
	hptp_stats_read(hx->vm, &stats);
	hptp_xen_partition_leave(hx);
	check(!hptp_xen_range_remove(kernel.memory));
	hptp_xen_vcpu_fini(&kernel.vcpu);
	check(!hptp_xen_fini(hx));
	pager_fini(&kernel.pager);
	check(kernel.pager.free == FRAMES);
	count(counts, &kernel.pager, stats.refault);
}

void kernel_run(struct domain *d, struct counts *counts,
		void (*failed)(void *self, const char *file, int line, const char *what))
{
	struct hptp_xen *hx = &kernel.pager.hx;

	kernel.failed = failed;
	pager_init(&kernel.pager, FRAMES);
	hx->d = d;
	hx->lpid = LPID;
	if (hptp_xen_init(hx, TABLE_ORDER, &hptp_xen_ops) || hptp_xen_vcpu_init(hx, &kernel.vcpu) ||
	    hptp_xen_range_add(hx, _gfn(0), PAGES, false, &kernel.memory)) {
		failed(NULL, __FILE__, __LINE__, "no domain");
		return;
	}
	boot();
	show_paging();
	show_cancel();
	show_drop();
	show_hypercall();
	show_overcommit();
	end(counts);
}
