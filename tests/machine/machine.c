// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The machine as a whole: made, ended, and what all its files share.
 */
#include "impl.h"

#include <stdarg.h>
#include <stdio.h>

enum { TLB_ENTRIES = 256, MAX_FAULTS = 10000 };

static _Thread_local enum machine_context context;
_Thread_local bool machine_starved;

/* ---- assertions ---- */

static void print_and_abort(const char *what)
{
	fprintf(stderr, "machine: %s\n", what);
	abort();
}

void (*machine_failed)(const char *what) = print_and_abort;

void machine_fail(const char *format, ...)
{
	char what[256];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	machine_failed(what);
}

/* ---- contexts ---- */

enum machine_context machine_context_now(void)
{
	return context;
}

enum machine_context machine_context_enter(enum machine_context next)
{
	enum machine_context before = context;

	context = next;
	return before;
}

void machine_context_leave(enum machine_context before)
{
	context = before;
}

uint64_t machine_random(uint64_t *state)
{
	uint64_t step = 0x9e3779b97f4a7c15ull;
	uint64_t x = __atomic_add_fetch(state, step, __ATOMIC_RELAXED);

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ x >> 27) * 0x94d049bb133111ebull;
	return x ^ x >> 31;
}

/* ---- life ---- */

struct hptp_vm *machine_vm(struct machine *m)
{
	return m->vm;
}

const struct machine_config *machine_conf(const struct machine *m)
{
	return &m->conf;
}

void machine_stop(struct machine *m)
{
	__atomic_store_n(&m->stopped, true, __ATOMIC_RELAXED);
}

void machine_host_stats(struct machine *m, struct machine_host_stats *stats)
{
	const uint64_t *from = (const uint64_t *)&m->stats;
	uint64_t *to = (uint64_t *)stats;

	for (size_t i = 0; i < sizeof(*stats) / sizeof(*to); i++)
		to[i] = __atomic_load_n(&from[i], __ATOMIC_RELAXED);
	stats->resident = m->conf.frames - machine_frames_free(m);
}

int machine_vm_create(struct machine *m, struct hptp_vm **vm)
{
	struct hptp_config config = {
		.size = sizeof(config),
		.ops = &m->ops,
		.host = m,
		.frame_shift = m->conf.frame_shift,
		.order = m->conf.order,
		.format = m->conf.format,
		.flags = m->conf.flags & MACHINE_PINNED ? HPTP_VM_PINNED : 0,
	};

	return machine_in_t(hptp_vm_create(&config, vm));
}

void machine_table_changed(struct machine *m)
{
	hptp_vm_table(m->vm, &m->table);
}

static int make_vm(struct machine *m)
{
	int err = machine_vm_create(m, &m->vm);

	if (!err)
		machine_table_changed(m);
	return err;
}

static int make_vcpu(struct machine *m, struct machine_vcpu *vcpu, unsigned i)
{
	int err = tlb_init(&vcpu->tlb, m->conf.tlb_entries);

	vcpu->m = m;
	vcpu->random = m->conf.seed + i;
	vcpu->max_faults = MAX_FAULTS;
	vcpu->regs.msr = HPTP_MSR_IR | HPTP_MSR_DR;
	if (!err)
		err = machine_in_t(hptp_vcpu_create(m->vm, vcpu, &vcpu->handle));
	if (err)
		tlb_exit(&vcpu->tlb);
	return err;
}

static int make(struct machine *m)
{
	int err = frames_init(m);

	if (!err)
		err = swap_init(m);
	if (!err)
		err = make_vm(m);
	for (unsigned i = 0; !err && i < m->conf.vcpus; i++) {
		err = make_vcpu(m, &m->vcpu[i], i);
		if (!err)
			__atomic_store_n(&m->n_vcpus, i + 1, __ATOMIC_RELEASE);
	}
	return err;
}

int machine_create(const struct machine_config *config, struct machine **out)
{
	struct machine *m = calloc(1, sizeof(*m));
	int err;

	*out = NULL;
	if (!m)
		return HPTP_E_NOMEM;
	m->conf = *config;
	m->conf.vcpus = config->vcpus ? config->vcpus : 1;
	m->conf.tlb_entries = config->tlb_entries ? config->tlb_entries : TLB_ENTRIES;
	m->random = ~config->seed;
	m->swap_fd = -1;
	m->vcpu = calloc(m->conf.vcpus, sizeof(m->vcpu[0]));
	pthread_rwlock_init(&m->slots_lock, NULL);
	inject_created(m);
	ops_init(m);
	err = m->vcpu ? make(m) : HPTP_E_NOMEM;
	if (err)
		machine_destroy(m);
	else
		*out = m;
	return err;
}

static void end_vm(struct machine *m)
{
	enum machine_context before = machine_context_enter(MACHINE_CTX_T);
	int err;

	for (unsigned i = 0; i < m->n_vcpus; i++) {
		machine_tlb_evict(&m->vcpu[i]);
		hptp_vcpu_destroy(m->vcpu[i].handle);
	}
	err = hptp_vm_destroy(m->vm);
	machine_context_leave(before);
	machine_assert(!err, "hptp_vm_destroy: %s", hptp_strerror(err));
}

void machine_destroy(struct machine *m)
{
	if (!m)
		return;
	memset(m->inject, 0, sizeof(m->inject));
	for (unsigned i = 0; i < MACHINE_SLOTS; i++) {
		if (m->slot[i])
			machine_slot_remove(m->slot[i]);
	}
	end_vm(m);
	machine_assert(!m->mem_bytes, "the library still holds %ju bytes", (uintmax_t)m->mem_bytes);
	machine_assert(!m->tables, "the library still holds a table");
	while (m->graves) {
		struct machine_slot *slot = m->graves;

		m->graves = slot->next_grave;
		free(slot->unit);
		free(slot);
	}
	for (unsigned i = 0; i < m->n_vcpus; i++)
		tlb_exit(&m->vcpu[i].tlb);
	swap_exit(m);
	frames_exit(m);
	pthread_rwlock_destroy(&m->slots_lock);
	free(m->vcpu);
	free(m);
}
