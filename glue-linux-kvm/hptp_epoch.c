// SPDX-License-Identifier: GPL-2.0-only
/*
 * Has a frame been invalidated since a snapshot? KVM's own sequence and count are of the
 * whole guest, and tell of an invalidation's beginning and end; arch code hears of the
 * beginning only, by its unmap hook. That is enough:
 *
 * Invalidations that overlap in time are a chain. Its first one sets the epoch to KVM's
 * sequence + 1, which no chain had before; each stamps its frames with the epoch. A frame
 * whose stamp is newer than a snapshot's epoch was invalidated since. One with the snapshot's
 * own epoch may have been, and may still be, if any invalidation was open then: if none was,
 * the chain had ended, and what it changed in the host's page table was visible.
 *
 * Writers hold mmu_lock. Frames share stamps, at three sizes of granule: a collision makes
 * somebody try again, never miss.
 */
#include "hptp_kvm.h"

#include <asm/barrier.h>

/* For a negative control. */
#ifndef HPTPAGER_WITHOUT_STAMP
#define HPTPAGER_WITHOUT_STAMP 0
#endif

#define WORDS HPTP_KVM_STAMPS
#define MOST 8 /* stamps that an invalidation sets at one level */

static unsigned int granule_shift(unsigned int level)
{
	return 6 * level;
}

static void stamp(struct hptp_kvm_epochs *e, gfn_t first, gfn_t last)
{
	unsigned int level;

	for (level = 0; level < HPTP_KVM_LEVELS; level++) {
		u64 a = first >> granule_shift(level), z = last >> granule_shift(level);

		if (z - a >= MOST)
			continue;
		for (; a <= z; a++)
			WRITE_ONCE(e->stamp[level][a % WORDS], e->epoch);
		return;
	}
	WRITE_ONCE(e->all, e->epoch);
}

/*
 * An invalidation of frames begins, and KVM has counted it; called before they are unmapped.
 * Only the one that was counted first sets the epoch, in each of its memslots to the same.
 */
void hptp_kvm_invalidate(struct kvm *kvm, gfn_t first, gfn_t last)
{
	struct hptp_kvm_epochs *e = &kvm->arch.hptp->epochs;

	lockdep_assert_held(&kvm->mmu_lock);
	if (kvm->mmu_invalidate_in_progress == 1)
		/* Who sees the epoch sees the count. */
		smp_store_release(&e->epoch, kvm->mmu_invalidate_seq + 1);
	if (!HPTPAGER_WITHOUT_STAMP)
		stamp(e, first, last);
	smp_mb(); /* the stamps before the look for entries; hptp_retry_check() the other way */
}

/* The newest stamp of any of the frames. */
static u64 newest(const struct hptp_kvm_epochs *e, gfn_t first, gfn_t last)
{
	u64 most = READ_ONCE(e->all);
	unsigned int level;

	for (level = 0; level < HPTP_KVM_LEVELS; level++) {
		u64 a = first >> granule_shift(level), z = last >> granule_shift(level);

		if (z - a >= WORDS)
			a = z - WORDS + 1; /* every word */
		for (; a <= z; a++)
			most = max(most, READ_ONCE(e->stamp[level][a % WORDS]));
	}
	return most;
}

bool hptp_kvm_retry_check(void *host, void *slot, hptp_off off, u64 n,
			  const struct hptp_snapshot *snap)
{
	const struct hptp_kvm *hk = host;
	const struct hptp_kvm_slot *s = slot;
	gfn_t first = s->base + off.n;
	u64 most = newest(&hk->epochs, first, first + n - 1);

	return most > snap->word[0] || (most == snap->word[0] && snap->word[1]);
}

bool hptp_kvm_retry_begin(void *host, void *slot, hptp_off off, u64 n, struct hptp_snapshot *snap)
{
	struct hptp_kvm *hk = host;

	/* The epoch comes before the count, */
	snap->word[0] = smp_load_acquire(&hk->epochs.epoch);
	/* and both before what is looked up afterwards. */
	snap->word[1] = smp_load_acquire(&hk->kvm->mmu_invalidate_in_progress);
	return !hptp_kvm_retry_check(host, slot, off, n, snap);
}
