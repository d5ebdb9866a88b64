// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The callbacks. Each first asserts what its contract in op_list.h promises to the host,
 * then may fail on request, then does its work.
 */
#include "impl.h"

#include <urcu/urcu-bp.h>

#include "hptpager/userspace.h"

enum where { ANYWHERE, IN_READ_SECTION, MAY_SLEEP };

static struct machine *arrive(void *host, enum machine_op op, enum where where)
{
	struct machine *m = host;

	count(&m->calls[op]);
	if (where == IN_READ_SECTION)
		machine_assert(urcu_bp_read_ongoing(), "%s outside a read section",
			       machine_op_name(op));
	if (where != MAY_SLEEP)
		return m;
	machine_assert(!urcu_bp_read_ongoing(), "%s inside a read section", machine_op_name(op));
	machine_assert(machine_context_now() != MACHINE_CTX_A, "%s in atomic context",
		       machine_op_name(op));
	return m;
}

static struct unit *unit_of(struct machine *m, void *cookie, hptp_off off, enum machine_op op)
{
	struct machine_slot *slot = cookie;

	machine_assert(slot && slot->magic == SLOT_MAGIC && slot->m == m, "%s: not a slot's cookie",
		       machine_op_name(op));
	machine_assert(off.n < slot->n, "%s: frame %#jx is outside the slot", machine_op_name(op),
		       (uintmax_t)off.n);
	return &slot->unit[off.n >> (slot->shift - m->conf.frame_shift)];
}

static void alive(void *cookie, enum machine_op op)
{
	struct machine_slot *slot = cookie;

	machine_assert(!__atomic_load_n(&slot->dead, __ATOMIC_ACQUIRE), "%s: the slot is gone",
		       machine_op_name(op));
}

static void describe(const struct machine_slot *slot, hptp_off off, uint64_t pte,
		     struct hptp_host_page *page)
{
	uint64_t mask = (1ull << (slot->shift - slot->m->conf.frame_shift)) - 1;

	page->hfn.n = pte_frame(pte) + (off.n & mask);
	page->shift = (uint8_t)slot->shift;
	page->flags = slot->flags & MACHINE_SLOT_CI ? HPTP_PAGE_CI : 0;
	if (pte & PTE_WRITABLE && pte & PTE_DIRTY)
		page->flags |= HPTP_PAGE_WRITABLE;
}

/* ---- pages ---- */

/* Young and dirty are set by exchanging exactly the value that was looked at. */
static bool op_host_lookup(void *host, void *cookie, hptp_off off, unsigned how,
			   struct hptp_host_page *page)
{
	struct machine *m = arrive(host, MACHINE_OP_host_lookup, IN_READ_SECTION);
	struct unit *u = unit_of(m, cookie, off, MACHINE_OP_host_lookup);
	const struct machine_slot *slot = cookie;
	uint64_t pte, new;

	alive(cookie, MACHINE_OP_host_lookup);
	memset(page, 0, sizeof(*page));
	page->shift = (uint8_t)slot->shift;
	if (inject_hits(m, MACHINE_OP_host_lookup, NULL))
		return false;
	pte = __atomic_load_n(&u->pte, __ATOMIC_ACQUIRE);
	do {
		if (pte & PTE_LOCK || !(pte & PTE_PRESENT))
			return false;
		new = pte;
		if (how & HPTP_HOW_YOUNG)
			new |= PTE_YOUNG;
		if (how & HPTP_HOW_WRITE && pte & PTE_WRITABLE)
			new |= PTE_DIRTY;
	} while (new != pte && !__atomic_compare_exchange_n(&u->pte, &pte, new, false,
							    __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE));
	describe(slot, off, new, page);
	return true;
}

static int op_host_get(void *host, void *cookie, hptp_off off, unsigned how,
		       struct hptp_host_page *page)
{
	struct machine *m = arrive(host, MACHINE_OP_host_get, MAY_SLEEP);
	struct unit *u = unit_of(m, cookie, off, MACHINE_OP_host_get);
	struct machine_slot *slot = cookie;
	uint64_t pte;
	int err;

	memset(page, 0, sizeof(*page));
	if (inject_hits(m, MACHINE_OP_host_get, &err))
		return err ? err : HPTP_E_NOPAGE;
	pte = unit_lock(u);
	err = unit_bring_in(slot, (uint64_t)(u - slot->unit), how & HPTP_HOW_WRITE, &pte);
	if (!err) {
		__atomic_fetch_add(&u->holds, 1, __ATOMIC_RELAXED);
		describe(slot, off, pte, page);
		page->hold = u;
	}
	unit_unlock(u, pte);
	machine_starved = err == HPTP_E_AGAIN;
	return err;
}

static void op_host_put(void *host, void *cookie, hptp_off off, struct hptp_host_page *page,
			bool written)
{
	struct machine *m = arrive(host, MACHINE_OP_host_put, MAY_SLEEP);
	struct unit *u = unit_of(m, cookie, off, MACHINE_OP_host_put);

	machine_assert(page->hold == u, "host_put of a page that host_get did not give");
	if (written) {
		uint64_t pte = unit_lock(u);

		machine_assert(pte & PTE_WRITABLE, "a read-only page was made writable");
		unit_unlock(u, pte | PTE_DIRTY);
	}
	machine_assert(__atomic_fetch_sub(&u->holds, 1, __ATOMIC_RELEASE) != 0,
		       "host_put without host_get");
}

static int op_pin(void *host, void *cookie, hptp_off off, unsigned shift,
		  struct hptp_host_page *page)
{
	struct machine *m = arrive(host, MACHINE_OP_pin, MAY_SLEEP);
	struct unit *u = unit_of(m, cookie, off, MACHINE_OP_pin);
	struct machine_slot *slot = cookie;
	uint64_t pte;
	int err;

	alive(cookie, MACHINE_OP_pin);
	machine_assert(m->conf.flags & MACHINE_PINNED, "pin: the VM is not pinned");
	machine_assert(!(off.n & ((1ull << shift >> m->conf.frame_shift) - 1)) ||
			       shift < m->conf.frame_shift,
		       "pin: frame %#jx is not the first of a page of 2^%u", (uintmax_t)off.n,
		       shift);
	memset(page, 0, sizeof(*page));
	if (inject_hits(m, MACHINE_OP_pin, &err))
		return err ? err : HPTP_E_NOPAGE;
	pte = unit_lock(u);
	err = unit_bring_in(slot, (uint64_t)(u - slot->unit),
			    !(slot->flags & MACHINE_SLOT_READONLY), &pte);
	if (!err) {
		__atomic_fetch_add(&u->pins, 1, __ATOMIC_RELAXED);
		describe(slot, off, pte, page);
		page->hold = u;
	}
	unit_unlock(u, pte);
	return err == HPTP_E_AGAIN ? HPTP_E_NOPAGE : err;
}

static void op_unpin(void *host, void *cookie, hptp_off off, struct hptp_host_page *page)
{
	struct machine *m = arrive(host, MACHINE_OP_unpin, MAY_SLEEP);
	struct unit *u = unit_of(m, cookie, off, MACHINE_OP_unpin);

	(void)page;
	machine_assert(__atomic_fetch_sub(&u->pins, 1, __ATOMIC_RELEASE) != 0, "unpin without pin");
}

/* Where a part of guest memory lies that the library must be holding. */
static uint64_t *part_memory(struct machine *m, const struct hptp_part *p, size_t bytes, bool write)
{
	struct unit *u = unit_of(m, p->slot, p->off, MACHINE_OP_page_init);
	uint64_t pte = __atomic_load_n(&u->pte, __ATOMIC_ACQUIRE);

	machine_assert(p->page.hold == u && __atomic_load_n(&u->holds, __ATOMIC_ACQUIRE),
		       "page_init of a page that is not held");
	machine_assert(!write || (pte & PTE_WRITABLE && pte & PTE_DIRTY),
		       "page_init writes a page that is read-only");
	machine_assert(!(p->at & 0xfff) && p->at + bytes <= 1u << m->conf.frame_shift,
		       "page_init of %zu bytes at %#x of a frame", bytes, p->at);
	return (uint64_t *)((char *)real_memory(m, p->page.hfn.n << m->conf.frame_shift, 1) +
			    p->at);
}

/* By words, which a guest may look at meanwhile. */
static void op_page_init(void *host, const struct hptp_part *to, const struct hptp_part *from,
			 size_t bytes)
{
	struct machine *m = arrive(host, MACHINE_OP_page_init, MAY_SLEEP);
	uint64_t *a = part_memory(m, to, bytes, true);
	const uint64_t *b = from ? part_memory(m, from, bytes, false) : NULL;

	for (size_t i = 0; i < bytes / 8; i++)
		__atomic_store_n(&a[i], b ? __atomic_load_n(&b[i], __ATOMIC_RELAXED) : 0,
				 __ATOMIC_RELAXED);
}

/* ---- translations ---- */

static void op_tlb_flush(void *host, const struct hptp_flush *flush)
{
	struct machine *m = arrive(host, MACHINE_OP_tlb_flush, ANYWHERE);

	machine_assert(flush->all || (flush->n >= 1 && flush->n <= HPTP_BATCH && flush->rb),
		       "tlb_flush of %u operands", flush->n);
	for (uint32_t i = 0; !flush->all && i < flush->n; i++)
		machine_assert(!(flush->rb[i] & 0xc00), "tlbie operand %#jx: IS is not 0",
			       (uintmax_t)flush->rb[i]);
	machine_assert(!flush->vcpu ||
			       ((struct machine_vcpu *)flush->vcpu >= m->vcpu &&
				(struct machine_vcpu *)flush->vcpu < m->vcpu + m->conf.vcpus),
		       "tlb_flush: not a vCPU's cookie");
	tlb_flush_all_vcpus(m, flush);
}

static struct hptp_slot *op_slot_find(void *host, hptp_gfn gfn, bool hidden_too)
{
	struct machine *m = arrive(host, MACHINE_OP_slot_find, IN_READ_SECTION);

	if (inject_hits(m, MACHINE_OP_slot_find, NULL))
		return NULL;
	for (unsigned i = 0; i < MACHINE_SLOTS; i++) {
		struct machine_slot *s = __atomic_load_n(&m->slot[i], __ATOMIC_ACQUIRE);
		struct hptp_slot *handle = s ? machine_slot_handle(s) : NULL;

		if (!handle || gfn.n - hptp_slot_base(handle).n >= s->n)
			continue;
		if (hidden_too || !__atomic_load_n(&s->hidden, __ATOMIC_ACQUIRE))
			return handle;
	}
	return NULL;
}

/* Our own windows: one count and one sequence for the whole machine. */
void ops_window(struct machine *m, bool open)
{
	if (open) {
		__atomic_fetch_add(&m->windows_open, 1, __ATOMIC_SEQ_CST);
	} else {
		__atomic_fetch_add(&m->window_seq, 1, __ATOMIC_SEQ_CST);
		__atomic_fetch_sub(&m->windows_open, 1, __ATOMIC_SEQ_CST);
	}
}

static bool op_retry_begin(void *host, void *cookie, hptp_off off, uint64_t n,
			   struct hptp_snapshot *snap)
{
	struct machine *m = arrive(host, MACHINE_OP_retry_begin, IN_READ_SECTION);

	unit_of(m, cookie, off, MACHINE_OP_retry_begin);
	machine_assert(n, "retry_begin of no frames");
	snap->word[0] = __atomic_load_n(&m->window_seq, __ATOMIC_SEQ_CST);
	snap->word[1] = ~snap->word[0];
	if (inject_hits(m, MACHINE_OP_retry_begin, NULL))
		return false;
	return !__atomic_load_n(&m->windows_open, __ATOMIC_SEQ_CST);
}

static bool op_retry_check(void *host, void *cookie, hptp_off off, uint64_t n,
			   const struct hptp_snapshot *snap)
{
	struct machine *m = arrive(host, MACHINE_OP_retry_check, IN_READ_SECTION);

	unit_of(m, cookie, off, MACHINE_OP_retry_check);
	machine_assert(n && snap->word[1] == ~snap->word[0],
		       "retry_check: not a snapshot of retry_begin");
	if (inject_hits(m, MACHINE_OP_retry_check, NULL))
		return true;
	return __atomic_load_n(&m->windows_open, __ATOMIC_SEQ_CST) ||
	       __atomic_load_n(&m->window_seq, __ATOMIC_SEQ_CST) != snap->word[0];
}

/* ---- memory: a header in front remembers what was asked for ---- */

enum { HEADER = 64, MAX_ALLOC = 64 << 10 };
#define MEM_MAGIC 0x6d616368206d656dull

static void *op_mem_alloc(void *host, size_t size)
{
	struct machine *m = arrive(host, MACHINE_OP_mem_alloc, MAY_SLEEP);
	uint64_t *header;

	machine_assert(size >= 1 && size <= MAX_ALLOC, "mem_alloc of %zu bytes", size);
	if (inject_hits(m, MACHINE_OP_mem_alloc, NULL))
		return NULL;
	header = hptp_userspace_mem_alloc(NULL, size + HEADER);
	if (!header)
		return NULL;
	header[0] = MEM_MAGIC;
	header[1] = size;
	__atomic_fetch_add(&m->mem_bytes, size, __ATOMIC_RELAXED);
	return (char *)header + HEADER;
}

static void op_mem_free(void *host, void *mem, size_t size)
{
	struct machine *m = arrive(host, MACHINE_OP_mem_free, MAY_SLEEP);
	uint64_t *header;

	machine_assert(mem, "mem_free of NULL");
	header = (uint64_t *)((char *)mem - HEADER);
	machine_assert(header[0] == MEM_MAGIC, "mem_free of what mem_alloc did not give");
	machine_assert(header[1] == size, "mem_free of %zu bytes, allocated were %ju", size,
		       (uintmax_t)header[1]);
	__atomic_fetch_sub(&m->mem_bytes, size, __ATOMIC_RELAXED);
	memset(header, POISON_MEM, size + HEADER);
	hptp_userspace_mem_free(NULL, header, size + HEADER);
}

static int op_table_alloc(void *host, unsigned order, struct hptp_table_mem *mem)
{
	struct machine *m = arrive(host, MACHINE_OP_table_alloc, MAY_SLEEP);
	int err;

	machine_assert(order >= HPTP_MIN_ORDER && order <= HPTP_MAX_ORDER,
		       "table_alloc of order %u", order);
	if (inject_hits(m, MACHINE_OP_table_alloc, NULL))
		return HPTP_E_NOMEM;
	err = hptp_userspace_table_alloc(NULL, order, mem);
	if (!err)
		__atomic_fetch_add(&m->tables, 1, __ATOMIC_RELAXED);
	return err;
}

static void op_table_free(void *host, unsigned order, struct hptp_table_mem *mem)
{
	struct machine *m = arrive(host, MACHINE_OP_table_free, MAY_SLEEP);

	__atomic_fetch_sub(&m->tables, 1, __ATOMIC_RELAXED);
	hptp_userspace_table_free(NULL, order, mem);
}

/* ---- events ---- */

static void op_trace(void *host, enum hptp_event event, uint64_t a, uint64_t b)
{
	struct machine *m = arrive(host, MACHINE_OP_trace, ANYWHERE);

	(void)a;
	(void)b;
	machine_assert((int)event > 0 && (int)event < MACHINE_EVENTS, "trace of event %u", event);
	count(&m->events[(unsigned)event % MACHINE_EVENTS]);
}

static void op_bug(void *host, const char *what)
{
	arrive(host, MACHINE_OP_bug, ANYWHERE);
	machine_fail("the library says: %s", what);
}

void ops_init(struct machine *m)
{
	m->ops.size = sizeof(m->ops);
#define HPTP_OP(kind, ret, name, args) m->ops.name = op_##name;
#include "hptpager/op_list.h"
#undef HPTP_OP
	if (!(m->conf.flags & MACHINE_OWN_SLOTS))
		m->ops.slot_find = NULL;
	if (!(m->conf.flags & MACHINE_OWN_WINDOWS)) {
		m->ops.retry_begin = NULL;
		m->ops.retry_check = NULL;
	}
	if (!(m->conf.flags & MACHINE_PINNED)) {
		m->ops.pin = NULL;
		m->ops.unpin = NULL;
	}
}
