// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Xen's map and the operations of its memory paging, with a guest whose accesses are looked
 * up in the table as it lies there, and faults that come as Xen's exits do.
 */
#include "suite.h"

#include "hptp_guest.h"
#include "hptp_mem.h"

#define EA 0x5000ull
#define VSID 0x123ull
#define PTEG ((VSID ^ EA >> 12) * 8)
#define RANGE 4ul
#define DSISR_STORE 0x02000000ul
#define DSISR_NOHPTE 0x40000000ul
#define DSISR_PROT 0x08000000ul

static struct hptp_xen hx;
static struct hptp_xen_vcpu vcpu;
static struct hptp_xen_range *range;
static struct domain domain;
static unsigned int n_asked, n_released, n_flushes;
static uint64_t idx;

/* ---- Xen's side ---- */

void hptp_xen_tlb_flush(void *host, const struct hptp_flush *flush)
{
	require(host == &hx && (flush->all || flush->n));
	n_flushes++;
}

static mfn_t frame_of(uint64_t value)
{
	uint64_t *frame = hptp_xen_alloc(PAGE_SIZE);

	*frame = value;
	return _mfn(virt_to_mfn(frame));
}

static void asked(struct hptp_xen *h, gfn_t gfn)
{
	require(h == &hx && gfn_x(gfn) < RANGE);
	n_asked++;
}

static void release(struct hptp_xen *h, mfn_t mfn)
{
	hptp_xen_free(mfn_to_virt(mfn_x(mfn)), PAGE_SIZE);
	n_released++;
}

static mfn_t unshare(struct hptp_xen *h, mfn_t mfn)
{
	return frame_of(*(uint64_t *)mfn_to_virt(mfn_x(mfn)));
}

/* ---- the guest's side ---- */

/* A page of the guest's at EA, in its first frame. */
static void setup(bool readonly)
{
	hx = (struct hptp_xen){
		.d = &domain, .populate = asked, .release = release, .unshare = unshare
	};
	ck_assert_int_eq(hptp_xen_init(&hx, 18, &hptp_xen_ops), 0);
	ck_assert_int_eq(hptp_xen_range_add(&hx, _gfn(0), RANGE, readonly, &range), 0);
	ck_assert_int_eq(hptp_xen_vcpu_init(&hx, &vcpu), 0);
	vcpu.gpr[3] = HPTP_H_ENTER;
	vcpu.gpr[4] = 0;
	vcpu.gpr[5] = PTEG;
	vcpu.gpr[6] = VSID << 12 | 1;
	vcpu.gpr[7] = readonly ? 0x13 : 0x12;
	ck_assert(hptp_xen_hypercall(&vcpu));
	ck_assert_int_eq(vcpu.gpr[3], HPTP_H_SUCCESS);
	idx = vcpu.gpr[4];
}

static void teardown(void)
{
	struct hptp_check_result result;

	ck_assert_int_eq(hptp_check(hx.vm, &result), 0);
	ck_assert_int_eq(hptp_xen_range_remove(range), 0);
	hptp_xen_vcpu_fini(&vcpu);
	ck_assert_int_eq(hptp_xen_fini(&hx), 0);
	ck_assert_int_eq(hptp_xen_in_use(), 0);
}

/* What the table says now: the word at EA, or NULL and a status. */
static uint64_t *walk(bool store, uint64_t *status)
{
	struct hptp_entry e;

	*status = DSISR_NOHPTE | (store ? DSISR_STORE : 0);
	if (!hptp_entry_next(hx.vm, idx, &e) || e.idx.n != idx || e.state != HPTP_VALID)
		return NULL;
	*status = DSISR_PROT | DSISR_STORE;
	if (store && (e.real & 3) == 3)
		return NULL;
	return (uint64_t *)maddr_to_virt(e.real & 0x01fffffffffff000ull);
}

/* One access: its outcome, RESUME also when it only has to be tried again. */
static enum hptp_outcome access(bool store, uint64_t **at)
{
	uint64_t status;

	*at = walk(store, &status);
	if (*at)
		return HPTP_RESUME;
	vcpu.hdar = EA;
	vcpu.asdr = VSID << HPTP_SLB_SHIFT;
	vcpu.hdsisr = status;
	vcpu.msr = HPTP_MSR_DR;
	return hptp_xen_fault(&vcpu, HPTP_EXIT_HDSI);
}

static uint64_t *touch(bool store)
{
	uint64_t *at = NULL;

	for (unsigned i = 0; i < 4 && !at; i++)
		ck_assert_int_eq(access(store, &at), HPTP_RESUME);
	return at;
}

static int nominate(mfn_t *mfn, bool *dirty)
{
	return hptp_xen_nominate(&hx, _gfn(0), mfn, dirty);
}

/* ---- tests ---- */

START_TEST(round_trip)
{
	bool dirty = true;
	mfn_t mfn, first;
	uint64_t *at;

	setup(false);
	first = frame_of(7);
	ck_assert_int_eq(hptp_xen_add(&hx, _gfn(0), first), 0);
	ck_assert_int_eq(*touch(false), 7);
	ck_assert_int_eq(nominate(&mfn, &dirty), 0);
	ck_assert(!dirty && mfn_eq(mfn, first) && n_flushes == 1);
	ck_assert_int_eq(nominate(&mfn, &dirty), -EINVAL); /* no longer resident */
	ck_assert_int_eq(hptp_xen_evict(&hx, _gfn(0)), 0);
	ck_assert_int_eq(n_released, 1);
	/* The pager is asked once, the guest tries until the page is there. */
	for (unsigned i = 0; i < 3; i++)
		ck_assert(access(true, &at) == HPTP_RESUME && !at);
	ck_assert_int_eq(n_asked, 1);
	ck_assert_int_eq(hptp_xen_prepare(&hx, _gfn(0), frame_of(8)), 0);
	ck_assert_int_eq(*touch(true), 8);
	ck_assert_int_eq(nominate(&mfn, &dirty), 0);
	ck_assert(dirty);
	ck_assert_int_eq(hptp_xen_evict(&hx, _gfn(0)), 0);
	teardown();
}
END_TEST

START_TEST(touch_cancels)
{
	bool dirty;
	mfn_t mfn;

	setup(false);
	ck_assert_int_eq(hptp_xen_add(&hx, _gfn(0), frame_of(1)), 0);
	*touch(true) = 2;
	ck_assert_int_eq(nominate(&mfn, &dirty), 0);
	*touch(true) = 3;
	ck_assert_int_eq(hptp_xen_evict(&hx, _gfn(0)), -EBUSY);
	ck_assert(hx.cancelled == 1 && !n_asked && !n_released);
	ck_assert_int_eq(*touch(false), 3);
	teardown();
}
END_TEST

START_TEST(held_stays)
{
	bool dirty;
	mfn_t mfn;

	setup(false);
	ck_assert_int_eq(hptp_xen_add(&hx, _gfn(0), frame_of(1)), 0);
	ck_assert_int_eq(hptp_xen_get(&hx, _gfn(0), true, &mfn), 0);
	ck_assert_int_eq(nominate(&mfn, &dirty), -EBUSY);
	hptp_xen_put(&hx, _gfn(0), true);
	ck_assert_int_eq(nominate(&mfn, &dirty), 0);
	ck_assert(dirty); /* Xen's own write counts */
	ck_assert_int_eq(hptp_xen_get(&hx, _gfn(0), false, &mfn), 0);
	ck_assert_int_eq(hptp_xen_evict(&hx, _gfn(0)), -EBUSY);
	hptp_xen_put(&hx, _gfn(0), false);
	ck_assert_int_eq(hptp_xen_get(&hx, _gfn(RANGE), false, &mfn), -EINVAL);
	teardown();
}
END_TEST

START_TEST(dropped)
{
	uint64_t *at;
	mfn_t mfn;

	setup(false);
	ck_assert_int_eq(hptp_xen_add(&hx, _gfn(0), INVALID_MFN), 0);
	ck_assert_int_eq(hptp_xen_get(&hx, _gfn(0), false, &mfn), -EAGAIN);
	ck_assert_int_eq(hptp_xen_drop(&hx, _gfn(0)), 0);
	ck_assert_int_eq(hptp_xen_prepare(&hx, _gfn(0), _mfn(1)), -EBUSY);
	ck_assert_int_eq(access(false, &at), HPTP_NOPAGE);
	ck_assert_int_eq(hptp_xen_add(&hx, _gfn(0), frame_of(5)), 0);
	ck_assert_int_eq(hptp_xen_add(&hx, _gfn(0), _mfn(1)), -EBUSY);
	ck_assert_int_eq(*touch(false), 5);
	teardown();
}
END_TEST

START_TEST(shared)
{
	mfn_t mfn;
	bool dirty;

	setup(false);
	ck_assert_int_eq(hptp_xen_add_shared(&hx, _gfn(0), frame_of(4)), 0);
	ck_assert_int_eq(*touch(false), 4);
	ck_assert_int_eq(nominate(&mfn, &dirty), -EINVAL);
	*touch(true) = 5;
	ck_assert(n_released == 1 && n_flushes == 1);
	ck_assert_int_eq(*touch(false), 5);
	ck_assert_int_eq(nominate(&mfn, &dirty), 0);
	teardown();
}
END_TEST

START_TEST(read_only)
{
	mfn_t mfn;

	setup(true);
	ck_assert_int_eq(hptp_xen_add(&hx, _gfn(0), frame_of(4)), 0);
	ck_assert_int_eq(*touch(false), 4);
	ck_assert_int_eq(hptp_xen_get(&hx, _gfn(0), true, &mfn), -EINVAL);
	teardown();
}
END_TEST

SUITE("xen.map", CASE(round_trip), CASE(touch_cancels), CASE(held_stays), CASE(dropped),
      CASE(shared), CASE(read_only))
