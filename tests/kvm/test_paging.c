// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Pages go and come beneath a guest that runs, and it can not tell; the hypercalls. */
#include "suite.h"
#include "world.h"

static u64 stat_of(size_t offset)
{
	struct hptp_stats stats;

	hptp_stats_read(w.kvm.arch.hptp->vm, &stats);
	return *(u64 *)((char *)&stats + offset);
}
#define STAT(name) stat_of(offsetof(struct hptp_stats, name))

/* ---- page-out and back ---- */

START_TEST(round_trip)
{
	begin(_i ? POWER9 : POWER8, PAGES);
	for (unsigned int round = 1; round < 4; round++) {
		for (unsigned int i = 0; i < PAGES; i++)
			*touch(i, true) = i * 10 + round;
		host_invalidate(0, PAGES, HOST_EVICT, NULL);
		check();
		for (unsigned int i = 0; i < PAGES; i++)
			ck_assert_int_eq(*touch(i, false), i * 10 + round);
	}
	host_invalidate(3, 2, HOST_DROP, NULL);
	ck_assert(*touch(3, false) == 0 && *touch(5, false) == 53);
	ck_assert_int_ge(STAT(absent), 3 * PAGES);
	end();
}
END_TEST

/* A page is evicted clean only if nobody wrote it since it was written out. */
START_TEST(clean_and_dirty)
{
	begin(POWER9, 2);
	*touch(1, true) = 7;
	host_invalidate(1, 1, HOST_EVICT, NULL);
	ck_assert_int_eq(*touch(1, false), 7);
	host_invalidate(1, 1, HOST_EVICT, NULL);
	touch(1, false);
	*touch(1, true) = 8; /* was read-only in the table, for the host had it clean */
	host_invalidate(1, 1, HOST_EVICT, NULL);
	ck_assert_int_eq(*touch(1, false), 8);
	end();
}
END_TEST

START_TEST(shared_until_written)
{
	unsigned int faults;

	begin(POWER9, 2);
	*touch(1, true) = 7;
	host_invalidate(1, 1, HOST_SHARE, NULL);
	ck_assert_int_eq(*touch(1, false), 7);
	faults = host.faults;
	*touch(1, true) = 8; /* the copy's own invalidation comes from within host_get */
	ck_assert_int_eq(host.faults, faults + 1);
	ck_assert_int_eq(*touch(1, false), 8);
	end();
}
END_TEST

START_TEST(exchanged)
{
	begin(POWER9, 2);
	*touch(1, true) = 7;
	host_exchange(1);
	ck_assert_int_eq(*touch(1, false), 7);
	end();
}
END_TEST

START_TEST(not_there)
{
	int result;

	begin(_i ? POWER9 : POWER8, 2);
	host_invalidate(1, 1, HOST_DROP, NULL);
	host.none[1] = true;
	access_once(1, false, &result);
	ck_assert_int_eq(result, -EFAULT);
	host.none[1] = false;
	host.readonly[1] = true;
	ck_assert_int_eq(*touch(1, false), 0);
	access_once(1, true, &result);
	ck_assert_int_eq(result, -EFAULT);
	end();
}
END_TEST

static void try_both(void)
{
	int result;

	ck_assert(!access_once(1, false, &result));
	ck_assert_int_eq(result, -1);
	ck_assert(!access_once(1, true, &result));
	ck_assert_int_eq(result, -1);
	ck_assert_int_eq(enter_page(9), HPTP_H_SUCCESS);
}

/* While an invalidation of it is open, a page does not come back; nor is it entered valid. */
START_TEST(while_open)
{
	begin(_i ? POWER9 : POWER8, 2);
	*touch(1, true) = 7;
	host_invalidate(0, PAGES, HOST_EVICT, try_both);
	check();
	ck_assert_int_eq(*touch(1, false), 7);
	ck_assert_int_eq(*touch(9, false), 0);
	end();
}
END_TEST

static void evict_1(void)
{
	host_invalidate(1, 1, HOST_EVICT, NULL);
}

static void evict_5(void)
{
	host_invalidate(5, 1, HOST_EVICT, NULL);
}

/* It goes again when the host has just brought it. */
START_TEST(goes_meanwhile)
{
	begin(_i ? POWER9 : POWER8, 2);
	*touch(1, true) = 7;
	evict_1();
	host.meanwhile = evict_1;
	ck_assert_int_eq(*touch(1, false), 7);
	check();
	end();
}
END_TEST

/* It goes between the look at the host's page table and the publishing. */
START_TEST(goes_at_the_last_moment)
{
	u64 retries;

	begin(_i ? POWER9 : POWER8, 2);
	*touch(1, true) = 7;
	evict_1();
	retries = STAT(retry);
	host.other_cpu = evict_1;
	ck_assert_int_eq(*touch(1, false), 7);
	check();
	ck_assert_uint_eq(STAT(retry), retries + 1);
	/* The same at H_ENTER of a page that is there: the entry is made absent. */
	kvmppc_unpin_guest_page(&w.kvm, kvmppc_pin_guest_page(&w.kvm, 5ul << PAGE_SHIFT, NULL),
				5ul << PAGE_SHIFT, false);
	host.other_cpu = evict_5;
	ck_assert_int_eq(enter_page(5), HPTP_H_SUCCESS);
	check();
	ck_assert(!host.other_cpu && STAT(retry) == retries + 2);
	ck_assert_int_eq(*touch(5, false), 0);
	end();
}
END_TEST

/* ---- which invalidations a frame is disturbed by ---- */

/* A guest with two pages more, far from those at 0. */
#define FAR 32u
#define MANY 16u /* more pages than an invalidation stamps one by one */

static void begin_far(unsigned int other)
{
	begin(POWER9, 2);
	ck_assert_int_eq(region(1, FAR, other - FAR + 1, 32, 0), 0);
	ck_assert_int_eq(enter_page(FAR), HPTP_H_SUCCESS);
	ck_assert_int_eq(enter_page(other), HPTP_H_SUCCESS);
	*touch(FAR, true) = 7;
	*touch(other, true) = 8;
}

/* One that is open elsewhere, or was meanwhile, disturbs nobody. */
START_TEST(elsewhere)
{
	u64 retries;
	int result;

	begin_far(FAR + 1);
	host_invalidate(FAR, 2, HOST_EVICT, NULL);
	retries = STAT(retry);
	host_open(0, 4);
	access_once(FAR, false, &result);
	ck_assert_int_eq(*access_once(FAR, false, &result), 7);
	host_close(0, 4);
	host.other_cpu = evict_1;
	access_once(FAR + 1, false, &result);
	ck_assert_int_eq(*access_once(FAR + 1, false, &result), 8);
	ck_assert(!host.other_cpu);
	ck_assert_uint_eq(STAT(retry), retries);
	end();
}
END_TEST

static void nobody_gets(unsigned int page)
{
	int result;

	ck_assert(!access_once(page, false, &result) && !access_once(page, false, &result));
}

/* Two that overlap: ours stays open when the other ends, whichever began first. */
START_TEST(overlapping)
{
	begin_far(FAR + MANY);
	if (_i & 1)
		host_open(0, 4);
	host_open(FAR, MANY + 1);
	if (!(_i & 1))
		host_open(0, 4);
	host_close(0, 4);
	/* Only the first of a chain sets its epoch; the entry's change comes in its middle. */
	if (_i & 2)
		host_set_spte(FAR);
	nobody_gets(FAR + MANY);
	host_open(8, 1);
	nobody_gets(FAR);
	host_close(8, 1);
	nobody_gets(FAR + MANY);
	host_change(FAR, MANY + 1, HOST_EVICT);
	host_close(FAR, MANY + 1);
	ck_assert(*touch(FAR, false) == 7 && *touch(FAR + MANY, false) == 8);
	end();
}
END_TEST

/* The host's page is behind two memslots: its handler is called twice in one invalidation. */
START_TEST(two_memslots)
{
	begin_far(FAR + 1);
	ck_assert_int_eq(region(2, 48, 4, 32, 0), 0);
	ck_assert_int_eq(enter_page(48), HPTP_H_SUCCESS);
	ck_assert_int_eq(*touch(48, false), 7);
	host_open(FAR, 1);
	nobody_gets(FAR);
	nobody_gets(48);
	host_change(FAR, 1, HOST_EVICT);
	host_close(FAR, 1);
	ck_assert(*touch(48, false) == 7 && *touch(FAR, false) == 7);
	end();
}
END_TEST

/* Opened as a radix guest's, ended as a hash guest's. */
START_TEST(becomes_hash)
{
	begin_without_table(POWER9);
	host_invalidate(4, 1, HOST_EVICT, NULL);
	host_open(1, 1);
	ck_assert_int_eq(kvmppc_alloc_reset_hpt(&w.kvm, ORDER), 0);
	ck_assert_int_eq(first_run(), 0);
	ck_assert_int_eq(enter_page(1), HPTP_H_SUCCESS);
	nobody_gets(1);
	host_change(1, 1, HOST_EVICT);
	host_close(1, 1);
	touch(1, true);
	end();
}
END_TEST

/* Every size of range, and the whole of memory. */
START_TEST(any_range)
{
	static const unsigned int n[] = { 1, 2, 17, 64 };

	begin_far(FAR + 1);
	host_open(HOST_PAGES - n[_i] < FAR ? HOST_PAGES - n[_i] : FAR, n[_i]);
	nobody_gets(FAR);
	host_close(FAR, 1);
	ck_assert_int_eq(*touch(FAR, false), 7);
	end();
}
END_TEST

START_TEST(aged)
{
	begin(POWER9, 3);
	ck_assert(!host_age(1, false));
	touch(1, false);
	ck_assert(host_age(1, true) && host_age(1, true));
	ck_assert(host_age(1, false));
	ck_assert(!host_age(1, true) && !host_age(1, false));
	touch(1, false); /* the translation was flushed, so R is set anew */
	ck_assert(host_age(1, false));
	end();
}
END_TEST

/* The handler is called for what KVM finds: a memslot of a radix guest, too. */
START_TEST(radix)
{
	begin_without_table(POWER9);
	host_invalidate(0, PAGES, HOST_EVICT, NULL);
	ck_assert(host_age(0, false) && host_age(0, true));
	w.kvm.arch.mmu_ready = 1;
	ck_assert_int_eq(enter_page(1), HPTP_H_FUNCTION);
	ck_assert_int_eq(region(0, 0, 0, 0, 0), 0);
	end();
}
END_TEST

/* ---- the dirty log ---- */

START_TEST(logged)
{
	unsigned long map;

	begin(POWER9, PAGES);
	ck_assert_int_eq(region(0, 0, PAGES, 0, KVM_MEM_LOG_DIRTY_PAGES), 0);
	ck_assert_int_eq(dirty_log(0, &map), 0);
	*touch(2, true) = 1;
	*touch(4, true) = 1;
	touch(5, false);
	host_invalidate(4, 1, HOST_EVICT, NULL);
	w.kvm.arch.vcpus_running.n = _i;
	ck_assert_int_eq(dirty_log(0, &map), 0);
	ck_assert(w.kvm.arch.mmu_ready);
	w.kvm.arch.vcpus_running.n = 0;
	ck_assert_uint_eq(map, 0x14);
	ck_assert_int_eq(dirty_log(0, &map), 0);
	ck_assert_uint_eq(map, 0);
	end();
}
END_TEST

/* What KVM itself writes, and its registered areas. */
START_TEST(kvm_writes)
{
	struct kvmppc_vpa vpa = { .gpa = 3ul << PAGE_SHIFT, .pinned_addr = &vpa, .dirty = true };
	unsigned long map = 0, left;
	void *at;

	begin(POWER9, 1);
	ck_assert_int_eq(region(0, 0, PAGES, 0, KVM_MEM_LOG_DIRTY_PAGES), 0);
	at = kvmppc_pin_guest_page(&w.kvm, (5ul << PAGE_SHIFT) + 24, &left);
	ck_assert(at && left == PAGE_SIZE - 24);
	kvmppc_unpin_guest_page(&w.kvm, at, 5ul << PAGE_SHIFT, true);
	ck_assert(!kvmppc_pin_guest_page(&w.kvm, 30ul << PAGE_SHIFT, NULL));
	ck_assert_int_eq(dirty_log(0, &map), 0);
	ck_assert_uint_eq(map, 0x20);
	map = 0;
	kvmppc_harvest_vpa_dirty(&vpa, w.kvm.memslots.slot[0], &map);
	ck_assert(map == 8 && !vpa.dirty);
	end();
}
END_TEST

/* ---- hypercalls ---- */

START_TEST(hypercalls)
{
	unsigned long r[9] = { 0 };

	begin(_i ? POWER9 : POWER8, 4);
	*touch(1, true) = 7;
	r[1] = w.idx[1];
	ck_assert_int_eq(hcall(H_READ, r), HPTP_H_SUCCESS);
	ck_assert((r[0] & 1) && (r[1] & 0x180) == 0x180);
	memcpy(r, (unsigned long[]){ 0, w.idx[1] }, 16);
	ck_assert_int_eq(hcall(H_CLEAR_MOD, r), HPTP_H_SUCCESS);
	memcpy(r, (unsigned long[]){ 0, w.idx[1] }, 16);
	ck_assert_int_eq(hcall(H_CLEAR_REF, r), HPTP_H_SUCCESS);
	ck_assert(!(r[0] & 0x80) && (r[0] & 0x100));
	memcpy(r, (unsigned long[]){ 3, w.idx[1], 0 }, 24);
	ck_assert_int_eq(hcall(H_PROTECT, r), HPTP_H_SUCCESS);
	memcpy(r, (unsigned long[]){ 0, w.idx[1], 0 }, 24);
	ck_assert_int_eq(hcall(H_REMOVE, r), HPTP_H_SUCCESS);
	ck_assert_int_eq(r[1] & 3, 3);
	memcpy(r, (unsigned long[]){ 0, w.idx[1], 0 }, 24);
	ck_assert_int_eq(hcall(H_REMOVE, r), HPTP_H_NOT_FOUND);
	memcpy(r, (unsigned long[]){ 0x4000000000000000ul | w.idx[2], 0, 0xc000000000000000ul },
	       24);
	ck_assert_int_eq(hcall(H_BULK_REMOVE, r), HPTP_H_SUCCESS);
	ck_assert_uint_eq(r[0] >> 56, 0x80);
	ck_assert_int_eq(hptp_kvm_hcall(&w.vcpu[0], 0x999), HPTP_H_FUNCTION);
	end();
}
END_TEST

/* Which stock KVM has not. Specifiers of type 1 are an index each; type 3 ends them. */
START_TEST(block_remove)
{
	unsigned long r[9] = { 0 };
	struct hptp_entry e;

	begin(_i ? POWER9 : POWER8, 2);
	*touch(0, true) = 7;
	r[1] = 1ul << 62 | w.idx[0];
	r[2] = 3ul << 62;
	ck_assert_int_eq(hcall(HPTP_H_BLOCK_REMOVE, r), HPTP_H_SUCCESS);
	ck_assert_uint_eq(r[0] >> 56, 0x86); /* removed, R and C */
	ck_assert(!hptp_entry_next(w.kvm.arch.hptp->vm, w.idx[0], &e) || e.idx.n != w.idx[0]);
	end();
}
END_TEST

static long page_init(u64 flags, u64 dest, u64 src)
{
	unsigned long r[9] = { flags, dest, src };

	return hcall(H_PAGE_INIT, r);
}

START_TEST(pages_filled)
{
	unsigned long map;

	begin(_i ? POWER9 : POWER8, PAGES);
	*touch(1, true) = 7;
	*touch(PAGES - 1, true) = 8;
	ck_assert_int_eq(region(0, 0, PAGES, 0, KVM_MEM_LOG_DIRTY_PAGES), 0);
	ck_assert_int_eq(dirty_log(0, &map), 0);
	/* The memslot's last page, too. */
	ck_assert_int_eq(page_init(HPTP_H_COPY_PAGE, (PAGES - 1ul) << PAGE_SHIFT,
				   1ul << PAGE_SHIFT),
			 HPTP_H_SUCCESS);
	ck_assert_int_eq(page_init(HPTP_H_ZERO_PAGE, 1ul << PAGE_SHIFT, 0), HPTP_H_SUCCESS);
	ck_assert(*touch(PAGES - 1, false) == 7 && *touch(1, false) == 0);
	ck_assert_int_eq(page_init(HPTP_H_ZERO_PAGE, (u64)PAGES << PAGE_SHIFT, 0),
			 HPTP_H_PARAMETER);
	ck_assert_int_eq(page_init(HPTP_H_ZERO_PAGE, 8, 0), HPTP_H_PARAMETER);
	ck_assert_int_eq(dirty_log(0, &map), 0);
	ck_assert_uint_eq(map, 1ul << (PAGES - 1) | 2);
	end();
}
END_TEST

START_TEST(entered_zeroed)
{
	unsigned long r[9] = { HPTP_H_ZERO_PAGE, 0, VSID << 12 | 1, 1ul << PAGE_SHIFT | 0x12 };

	begin(POWER9, 2);
	*touch(1, true) = 7;
	r[1] = w.idx[1] & ~7ul;
	ck_assert_int_eq(hcall(H_ENTER, r), HPTP_H_SUCCESS);
	ck_assert_int_eq(*touch(1, false), 0);
	end();
}
END_TEST

static void slot_goes(void)
{
	w.kvm.memslots.slot[0]->flags |= KVM_MEMSLOT_INVALID;
}

/* The memslot is on its way out when its second page is asked for: tried anew, and not there. */
START_TEST(slot_goes_meanwhile)
{
	begin(POWER9, 2);
	host.meanwhile = slot_goes;
	ck_assert_int_eq(page_init(HPTP_H_COPY_PAGE, 3ul << PAGE_SHIFT, 1ul << PAGE_SHIFT),
			 HPTP_H_PARAMETER);
	ck_assert(!host.meanwhile);
	w.kvm.memslots.slot[0]->flags = 0;
	end();
}
END_TEST

/* ---- faults that are not the host's ---- */

START_TEST(reflected)
{
	int result;

	begin(_i ? POWER9 : POWER8, 2);
	w.idx[5] = 0;
	access_once(5, true, &result);
	ck_assert(result == RESUME_GUEST &&
		  w.vcpu[0].arch.queued == (HPTP_DSISR_NOHPTE | HPTP_DSISR_STORE));
	/* The guest's own protection. */
	ck_assert_int_eq(enter(6, VSID << 12 | 1, 6ul << PAGE_SHIFT | 0x13), HPTP_H_SUCCESS);
	touch(6, false);
	access_once(6, true, &result);
	ck_assert(result == RESUME_GUEST &&
		  w.vcpu[0].arch.queued == (HPTP_DSISR_PROT | HPTP_DSISR_STORE));
	end();
}
END_TEST

START_TEST(mmio)
{
	int result;

	begin(_i ? POWER9 : POWER8, 1);
	ck_assert_int_eq(enter_page(MMIO_PAGE), HPTP_H_SUCCESS);
	access_once(MMIO_PAGE, true, &result);
	ck_assert(result == RESUME_HOST && w.mmio == 1);
	ck_assert_uint_eq(w.vcpu[0].arch.paddr_accessed, (unsigned long)MMIO_PAGE << PAGE_SHIFT);
	/* Memory comes there, and what was known of it is forgotten. */
	ck_assert_int_eq(region(1, MMIO_PAGE, 4, 40, 0), 0);
	*touch(MMIO_PAGE, true) = 3;
	end();
}
END_TEST

START_TEST(translated)
{
	struct kvmppc_pte pte;
	struct kvm_vcpu *vcpu = &w.vcpu[0];

	begin(POWER9, 2);
	vcpu->arch.shregs.msr = MSR_DR | MSR_IR;
	ck_assert_int_eq(vcpu->arch.mmu.xlate(vcpu, 1ul << PAGE_SHIFT, &pte, true, true), -EINVAL);
	vcpu->arch.slb_nr = 1;
	vcpu->arch.slb[0].orige = SLB_ESID_V;
	vcpu->arch.slb[0].origv = SLB_V;
	host_invalidate(0, PAGES, HOST_DROP, NULL);
	ck_assert_int_eq(vcpu->arch.mmu.xlate(vcpu, (1ul << PAGE_SHIFT) + 8, &pte, true, true), 0);
	ck_assert(pte.raddr == (1ul << PAGE_SHIFT) + 8 && pte.may_read && pte.may_write);
	ck_assert_int_eq(vcpu->arch.mmu.xlate(vcpu, 3ul << PAGE_SHIFT, &pte, true, true), -ENOENT);
	/* Real mode, through the VRMA. */
	vcpu->arch.shregs.msr = 0;
	ck_assert_int_eq(vcpu->arch.mmu.xlate(vcpu, 3ul << PAGE_SHIFT, &pte, true, true), 0);
	end();
}
END_TEST

SUITE("kvm.paging", LOOP(round_trip, 2), CASE(clean_and_dirty), CASE(shared_until_written),
      CASE(exchanged), LOOP(not_there, 2), LOOP(while_open, 2), LOOP(goes_meanwhile, 2),
      LOOP(goes_at_the_last_moment, 2), CASE(elsewhere), LOOP(overlapping, 4), CASE(two_memslots),
      CASE(becomes_hash), LOOP(any_range, 4), CASE(aged), CASE(radix), LOOP(logged, 2),
      CASE(kvm_writes), LOOP(hypercalls, 2), LOOP(block_remove, 2), LOOP(pages_filled, 2),
      CASE(entered_zeroed), CASE(slot_goes_meanwhile), LOOP(reflected, 2), LOOP(mmio, 2),
      CASE(translated))
