// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * A vCPU's TLB. It keeps a translation until it is flushed by exactly the operand that
 * names it, or until another one takes its place; and it may owe R and C to the table
 * until then. Whoever uses it holds its lock, for the whole of a guest access, and never
 * calls the library meanwhile: so a flush completes whatever the vCPU is doing.
 */
#include "impl.h"

#define TAG (HPTP_SLB_B | HPTP_SLB_LLP | ~0xfffull)

int tlb_init(struct tlb *tlb, unsigned n)
{
	for (tlb->n = 1; tlb->n < n;)
		tlb->n <<= 1;
	pthread_mutex_init(&tlb->lock, NULL);
	tlb->rb = calloc(tlb->n, sizeof(tlb->rb[0]));
	tlb->entry = calloc(tlb->n, sizeof(tlb->entry[0]));
	return tlb->rb && tlb->entry ? 0 : HPTP_E_NOMEM;
}

void tlb_exit(struct tlb *tlb)
{
	free(tlb->rb);
	free(tlb->entry);
	pthread_mutex_destroy(&tlb->lock);
}

static unsigned slot_of(const struct tlb *tlb, uint64_t segment, uint64_t page)
{
	uint64_t mix = (page ^ segment >> 12) * 0x9e3779b97f4a7c15ull;

	return (unsigned)(mix >> 32) & (tlb->n - 1);
}

static uint64_t page_of(uint64_t slb_v, uint64_t ea)
{
	unsigned bits = slb_v & HPTP_SLB_B_1T ? 40 : 28;

	return (ea & ((1ull << bits) - 1)) >> machine_slb_base(slb_v);
}

/*
 * R and C that the table does not have yet. The entry must still be what was loaded: one
 * that changed without a flush in between would get the bits of another page.
 */
static void write_back(struct machine_vcpu *vcpu, struct tlb_entry *e)
{
	uint8_t *byte = (uint8_t *)walk_dword1(vcpu->m, e->index);

	if (e->r_late)
		__atomic_fetch_or(byte + 6, MACHINE_PTE_R >> 8, __ATOMIC_RELAXED);
	if (e->c_late)
		__atomic_fetch_or(byte + 7, MACHINE_PTE_C, __ATOMIC_RELAXED);
	e->r_late = e->c_late = false;
}

static void drop(struct machine_vcpu *vcpu, unsigned i)
{
	struct tlb *tlb = &vcpu->tlb;
	struct tlb_entry *e = &tlb->entry[i];

	if (!tlb->rb[i])
		return;
	if (walk_still(vcpu->m, e))
		write_back(vcpu, e);
	else
		machine_assert(!machine_strict(vcpu->m),
			       "entry %#jx changed while a TLB still held its translation",
			       (uintmax_t)e->index);
	tlb->rb[i] = 0;
}

struct tlb_entry *tlb_find(struct machine_vcpu *vcpu, uint64_t slb_v, uint64_t ea)
{
	struct tlb *tlb = &vcpu->tlb;
	uint64_t segment = slb_v & TAG, page = page_of(slb_v, ea);
	unsigned i = slot_of(tlb, segment, page);
	struct tlb_entry *e = &tlb->entry[i];

	if (tlb->rb[i] && e->segment == segment && e->page == page)
		return e;
	return NULL;
}

/* Late or at once, as hardware pleases. */
static bool late(struct machine_vcpu *vcpu)
{
	if (machine_random(&vcpu->random) & 1)
		return false;
	vcpu->stats.late_rc++;
	return true;
}

/* Keep a translation that the walk found; r: the table has R already. */
struct tlb_entry *tlb_fill(struct machine_vcpu *vcpu, uint64_t slb_v, uint64_t ea,
			   const struct tlb_entry *from, bool r)
{
	struct tlb *tlb = &vcpu->tlb;
	uint64_t segment = slb_v & TAG, page = page_of(slb_v, ea);
	unsigned i = slot_of(tlb, segment, page);
	struct tlb_entry *e = &tlb->entry[i];

	drop(vcpu, i);
	*e = *from;
	e->segment = segment;
	e->page = page;
	e->c_late = false;
	e->r_late = !r;
	if (!r && !late(vcpu))
		write_back(vcpu, e);
	tlb->rb[i] = machine_rb(slb_v, ea, e->actual) | RB_VALID;
	return e;
}

/* The first store through a translation: C. */
void tlb_changed(struct machine_vcpu *vcpu, struct tlb_entry *e)
{
	e->c = e->c_late = true;
	if (!late(vcpu))
		write_back(vcpu, e);
}

static void flush_one(struct machine_vcpu *vcpu, const struct hptp_flush *flush)
{
	struct tlb *tlb = &vcpu->tlb;

	for (unsigned j = 0; !flush->all && j < flush->n; j++) {
		uint64_t rb = flush->rb[j] | RB_VALID;

		for (unsigned i = 0; i < tlb->n; i++) {
			if (tlb->rb[i] != rb)
				continue;
			vcpu->stats.flushed++;
			drop(vcpu, i);
		}
	}
	for (unsigned i = 0; flush->all && i < tlb->n; i++)
		drop(vcpu, i);
}

void tlb_flush_all_vcpus(struct machine *m, const struct hptp_flush *flush)
{
	unsigned n = __atomic_load_n(&m->n_vcpus, __ATOMIC_ACQUIRE);

	for (unsigned i = 0; i < n; i++) {
		struct machine_vcpu *vcpu = &m->vcpu[i];

		pthread_mutex_lock(&vcpu->tlb.lock);
		flush_one(vcpu, flush);
		pthread_mutex_unlock(&vcpu->tlb.lock);
	}
}

void machine_tlb_evict(struct machine_vcpu *vcpu)
{
	pthread_mutex_lock(&vcpu->tlb.lock);
	for (unsigned i = 0; i < vcpu->tlb.n; i++)
		drop(vcpu, i);
	pthread_mutex_unlock(&vcpu->tlb.lock);
}

unsigned machine_tlb_used(struct machine_vcpu *vcpu)
{
	unsigned used = 0;

	pthread_mutex_lock(&vcpu->tlb.lock);
	for (unsigned i = 0; i < vcpu->tlb.n; i++)
		used += vcpu->tlb.rb[i] != 0;
	pthread_mutex_unlock(&vcpu->tlb.lock);
	return used;
}

/* Nobody translates to this memory any more: it is about to be used for something else. */
void tlb_assert_none(struct machine *m, uint64_t real, uint64_t n)
{
	unsigned vcpus = __atomic_load_n(&m->n_vcpus, __ATOMIC_ACQUIRE);

	for (unsigned v = 0; v < vcpus; v++) {
		struct tlb *tlb = &m->vcpu[v].tlb;

		pthread_mutex_lock(&tlb->lock);
		for (unsigned i = 0; i < tlb->n; i++) {
			const struct tlb_entry *e = &tlb->entry[i];

			machine_assert(!tlb->rb[i] || e->real >= real + n ||
					       e->real + (1ull << e->base) <= real,
				       "real memory %#jx is freed, vCPU %u still translates to it "
				       "through entry %#jx",
				       (uintmax_t)real, v, (uintmax_t)e->index);
		}
		pthread_mutex_unlock(&tlb->lock);
	}
}
