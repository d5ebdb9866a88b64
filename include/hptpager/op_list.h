/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The one list of callbacks. Included several times on purpose (no guard): each
 * includer defines HPTP_OP(kind, ret, name, args), kind being REQUIRED, OPTIONAL
 * or PINNED (required for VMs in pinned mode). The struct, the check at creation,
 * docs/OPS.md and the tests' counters all come from here.
 *
 * A callback in task context has no read section, so the slot it names may be on its way
 * out: the host keeps the cookie recognisable until its own calls to hptp_refault() and
 * hptp_hcall_task() that began before the removal have returned, and answers for a slot
 * that is gone with HPTP_E_AGAIN.
 *
 * Contexts: R real mode or exception vector, A atomic, T task (may sleep).
 * `host` is hptp_config.host, `slot` is hptp_slot_config.host, `off` a frame of
 * that slot. Unless a contract says otherwise, no lock of the library is held.
 */

/**
 * The host's translation of a frame, now, without faulting it in.
 * @context A, R; interrupts off where the host's page tables need that to be walked
 * @locks   none of the library; called inside a read section
 * @order   an invalidation that begins after the call is noticed by retry_check
 * @how     HPTP_HOW_WRITE: a store is wanted. HPTP_HOW_YOUNG: mark the host page
 *          young. The host may set young and dirty, but never through a pointer
 *          that could have become something else than a leaf entry.
 * @return  true: page->hfn, page->shift (mapping size, >= the VM's frame shift) and
 *          page->flags are set. HPTP_PAGE_WRITABLE means: may be written without
 *          further notice until the next window opens, so it is write permission
 *          AND already accounted dirty. false: not there now, always allowed;
 *          page->shift may then say at which size the host maps here, 0 unknown.
 *          Values only: the frame is not referenced, and is never dereferenced.
 */
HPTP_OP(REQUIRED, bool, host_lookup,
	(void *host, void *slot, hptp_off off, unsigned how, struct hptp_host_page *page))

/**
 * Fault the host page in and hold it.
 * @context T; may sleep, reclaim, and re-enter the library from the same thread
 * @locks   none of the library, no read section
 * @order   none; the library looks the frame up again afterwards, under a new snapshot
 * @how     HPTP_HOW_WRITE: must be writable afterwards
 * @return  0: the page stays until host_put; page->hold is the host's to use.
 *          HPTP_E_AGAIN: try later, the guest executes again. HPTP_E_NOPAGE or
 *          HPTP_E_HOST(n): this access can not be satisfied; nothing is held.
 */
HPTP_OP(REQUIRED, int, host_get,
	(void *host, void *slot, hptp_off off, unsigned how, struct hptp_host_page *page))

/**
 * Drop what host_get held.
 * @context T
 * @locks   none of the library
 * @order   after the entry was published, or given up
 * @written the guest may write the page now: account it dirty
 * @return  nothing
 */
HPTP_OP(REQUIRED, void, host_put,
	(void *host, void *slot, hptp_off off, struct hptp_host_page *page, bool written))

/**
 * Fill a part of guest memory: with zeroes, or with another part's contents. Absent:
 * H_PAGE_INIT answers H_FUNCTION, and H_ENTER's zero flag is ignored.
 * @context T
 * @locks   none of the library, no read section
 * @order   both pages are held by host_get until after the return, `to` for writing; the
 *          library marks the dirty log afterwards
 * @to      what is written
 * @from    what is read; NULL: zeroes. May be `to` itself, or a part of the same page
 * @bytes   4096, or a frame; neither part crosses the end of its frame
 * @return  nothing
 */
HPTP_OP(OPTIONAL, void, page_init,
	(void *host, const struct hptp_part *to, const struct hptp_part *from, size_t bytes))

/**
 * Invalidate translations of this partition on every CPU.
 * @context A, R
 * @locks   HPTE locks may be held (up to HPTP_BATCH), preemption off. It must
 *          complete without help from a CPU that spins in library code
 * @order   before: the stores that took V (or R) away; the callback's own leading
 *          ptesync makes them visible. On return: no CPU uses an old translation,
 *          and all R and C updates made through one are in the table
 * @flush   n >= 1 operands in tlbie RB form, or `all`; never empty. `all` comes from reset
 *          and resize, in task context, with no lock held and no vCPU in the guest: the host
 *          may interrupt CPUs for it, or have each of them flush before a vCPU next enters
 *          the guest there, if no R or C is still to be written back. flush->vcpu is
 *          the host's cookie of the asking vCPU or NULL: the host decides whether
 *          a local flush is enough
 * @return  nothing; it can not fail
 */
HPTP_OP(REQUIRED, void, tlb_flush, (void *host, const struct hptp_flush *flush))

/**
 * Memory for a table of 2^order bytes: physically contiguous, zeroed, aligned to
 * its size (256 KiB suffices on ISA 3.0).
 * @context T
 * @locks   none
 * @order   none
 * @return  0 with mem->virt and mem->real set, or HPTP_E_NOMEM, HPTP_E_HOST(n)
 */
HPTP_OP(REQUIRED, int, table_alloc, (void *host, unsigned order, struct hptp_table_mem *mem))

/**
 * Give a table back.
 * @context T, Q
 * @locks   none
 * @order   no CPU walks it any more
 * @return  nothing
 */
HPTP_OP(REQUIRED, void, table_free, (void *host, unsigned order, struct hptp_table_mem *mem))

/**
 * Zeroed memory, 1 byte to 64 KiB, aligned to 64, reachable in real mode if the
 * library is called there.
 * @context T; may sleep, reclaim, and re-enter the library
 * @locks   none
 * @order   none
 * @return  the memory or NULL
 */
HPTP_OP(REQUIRED, void *, mem_alloc, (void *host, size_t size))

/**
 * Give back what mem_alloc gave.
 * @context T
 * @locks   none
 * @order   no reader is left: the library has waited for them
 * @return  nothing
 */
HPTP_OP(REQUIRED, void, mem_free, (void *host, void *mem, size_t size))

/**
 * The slot of a guest frame, for hosts with their own memory slots. Absent: the
 * library's slots (hptp_slot_add) are used.
 * @hidden_too also a slot that is being removed and was not flushed yet: an entry may
 *          still be member of its sets, and must find them to leave
 * @context A, R
 * @locks   HPTE locks may be held, up to 4; called inside a read section
 * @order   the slot stays until the read section ends
 * @return  the slot's handle or NULL
 */
HPTP_OP(OPTIONAL, struct hptp_slot *, slot_find, (void *host, hptp_gfn gfn, bool hidden_too))

/**
 * Take a snapshot of the host's own invalidation state for n frames. Given with
 * retry_check or not at all; absent: the library's windows are used.
 * @context A, R
 * @locks   none; called inside a read section
 * @order   the snapshot is taken before anything that is read after the call
 * @return  false: an invalidation of these frames is open now
 */
HPTP_OP(OPTIONAL, bool, retry_begin,
	(void *host, void *slot, hptp_off off, uint64_t n, struct hptp_snapshot *snap))

/**
 * May one of the n frames have been invalidated since the snapshot?
 * @context A, R
 * @locks   an HPTE lock is held
 * @order   a full barrier stands between the library's stores and this call
 * @return  true: yes, or can not tell. The entry is then not published
 */
HPTP_OP(OPTIONAL, bool, retry_check,
	(void *host, void *slot, hptp_off off, uint64_t n, const struct hptp_snapshot *snap))

/**
 * Pin the frames of a guest page for as long as the slot lives.
 * @context T
 * @locks   none of the library, no read section
 * @order   none
 * @shift   size of the guest page; off is its first frame
 * @return  0: page->hfn, shift and flags are set. HPTP_E_NOPAGE or HPTP_E_HOST(n). The
 *          same frames may be pinned again at a larger size; the smaller pin is then undone
 */
HPTP_OP(PINNED, int, pin,
	(void *host, void *slot, hptp_off off, unsigned shift, struct hptp_host_page *page))

/**
 * Undo one pin: at slot removal or at the VM's end.
 * @context T
 * @locks   none
 * @order   no translation of the page is left on any CPU
 * @return  nothing
 */
HPTP_OP(PINNED, void, unpin, (void *host, void *slot, hptp_off off, struct hptp_host_page *page))

/**
 * An event, for tracing. Must not lock, sleep or call the library.
 * @context any
 * @locks   any
 * @order   none
 * @return  nothing
 */
HPTP_OP(OPTIONAL, void, trace, (void *host, enum hptp_event event, uint64_t a, uint64_t b))

/**
 * The library found its own invariant broken. Nothing that a guest or an embedder
 * does leads here. The library goes on as safely as it can if the call returns.
 * @context any
 * @locks   any
 * @order   none
 * @return  nothing
 */
HPTP_OP(OPTIONAL, void, bug, (void *host, const char *what))
