// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Two vCPUs, page-out, aging and harvest, and a thread that resets and resizes the table
 * beneath them all. After each page-out no entry of the frame may be valid; at the end all
 * invariants hold and all memory is back.
 *
 * usage: stress_replace [SECONDS]
 */
#include "hptpager/hptpager.h"
#include "hptpager/userspace.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define FRAMES 256u
#define PAGES 512u /* of the guest, two for each frame */
#define FIRST_HFN 0x80000u
#define VSID 0xabcdeull
#define RPN 0x0ffffffffffff000ull

static struct hptp_vm *vm;
static struct hptp_slot *slot;
static uint8_t log_map[FRAMES / 8];
static bool over;
static unsigned long rounds, outs, commits, accesses;

#define must(condition)                                                                            \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "stress replace: line %d: %s\n", __LINE__, #condition);    \
			_exit(1);                                                                  \
		}                                                                                  \
	} while (0)

/* ---- the host: all frames are there, but while they are being paged out ---- */

static bool host_lookup(void *h, void *s, hptp_off off, unsigned how, struct hptp_host_page *page)
{
	(void)h, (void)s, (void)how;
	*page = (struct hptp_host_page){ { FIRST_HFN + off.n }, 12, HPTP_PAGE_WRITABLE, NULL };
	return true;
}

static int host_get(void *h, void *s, hptp_off off, unsigned how, struct hptp_host_page *page)
{
	host_lookup(h, s, off, how, page);
	return HPTP_OK;
}

static void host_put(void *h, void *s, hptp_off off, struct hptp_host_page *page, bool written)
{
	(void)h, (void)s, (void)off, (void)page, (void)written;
}

static void tlb_flush(void *h, const struct hptp_flush *flush)
{
	(void)h, (void)flush;
}

static void bug(void *h, const char *what)
{
	(void)h;
	fprintf(stderr, "stress replace: the library's own: %s\n", what);
	_exit(1);
}

static const struct hptp_ops ops = {
	.size = sizeof(ops),
	.host_lookup = host_lookup,
	.host_get = host_get,
	.host_put = host_put,
	.tlb_flush = tlb_flush,
	.table_alloc = hptp_userspace_table_alloc,
	.table_free = hptp_userspace_table_free,
	.mem_alloc = hptp_userspace_mem_alloc,
	.mem_free = hptp_userspace_mem_free,
	.bug = bug,
};

static bool go_on(void)
{
	return !__atomic_load_n(&over, __ATOMIC_RELAXED);
}

static void count(unsigned long *n)
{
	__atomic_fetch_add(n, 1, __ATOMIC_RELAXED);
}

/* ---- threads ---- */

/* The guest enters pages, removes them, touches them; every answer that is legal will do. */
static void guest_turn(struct hptp_vcpu *vcpu, unsigned *seed)
{
	uint64_t page = (uint64_t)rand_r(seed) % PAGES, idx = 0, out[2];
	uint64_t group = (page ^ VSID) & 2047, v = VSID << 12 | page >> 11 << 7;
	struct hptp_fault fault = { .ea = page << 12,
				    .slb_v = VSID << 12,
				    .msr = HPTP_MSR_DR,
				    .status = HPTP_DSISR_NOHPTE | HPTP_DSISR_STORE };
	enum hptp_outcome outcome;
	long code;

	code = hptp_h_enter(vcpu, 0, group * 8, v, page / 2 << 12 | 0x12, &idx);
	if (code == HPTP_H_TOO_HARD)
		code = hptp_hcall_task(vcpu, &idx);
	must(code == HPTP_H_SUCCESS || code == HPTP_H_PTEG_FULL);
	outcome = hptp_fault(vcpu, &fault);
	if (outcome == HPTP_TASK)
		outcome = hptp_refault(vcpu, &fault);
	must(outcome == HPTP_RESUME || outcome == HPTP_REFLECT);
	if (code == HPTP_H_SUCCESS && rand_r(seed) % 2)
		must(!hptp_h_remove(vcpu, 0, idx, 0, out));
	count(&accesses);
}

static void *guest(void *arg)
{
	struct hptp_vcpu *vcpu;
	unsigned seed = (unsigned)(uintptr_t)arg;

	must(!hptp_vcpu_create(vm, NULL, &vcpu));
	while (go_on()) {
		if (!hptp_vcpu_enter(vcpu)) {
			usleep(50);
			continue;
		}
		for (unsigned i = 0; i < 20; i++)
			guest_turn(vcpu, &seed);
		hptp_vcpu_leave(vcpu);
	}
	hptp_vcpu_destroy(vcpu);
	return NULL;
}

static void *page_out(void *arg)
{
	unsigned seed = 77;

	(void)arg;
	while (go_on()) {
		hptp_off off = { (uint64_t)rand_r(&seed) % FRAMES };
		struct hptp_window window;
		struct hptp_entry e;

		must(!hptp_invalidate_begin(slot, off, 1, &window));
		must(!hptp_unmap_range(slot, off, 1, NULL));
		for (uint64_t i = 0; outs % 64 == 0 && hptp_entry_next(vm, i, &e); i = e.idx.n + 1)
			must(e.state != HPTP_VALID || (e.guest & RPN) >> 12 != off.n);
		must(!hptp_invalidate_end(&window));
		outs++;
	}
	return NULL;
}

static void *watch(void *arg)
{
	uint8_t map[FRAMES / 8];

	(void)arg;
	while (go_on()) {
		must(hptp_age_range(slot, (hptp_off){ 0 }, FRAMES, NULL) >= 0);
		must(hptp_test_age_range(slot, (hptp_off){ 3 }, 1) >= 0);
		must(!hptp_dirty_harvest(slot, (hptp_off){ 0 }, FRAMES, map, 0));
	}
	return NULL;
}

static void *worker(void *arg)
{
	(void)arg;
	while (go_on())
		if (!hptp_resize_step(vm, 0))
			usleep(20);
	return NULL;
}

/* By turns: reset in place, to another order, a resize there and back, a preparation given up. */
static void replace(void)
{
	static const unsigned orders[] = { 18, 19, 20, 19, 18 };
	unsigned order = orders[rounds % 5];
	int left = hptp_resize_prepare(vm, 0, rounds % 7 ? order : 21, 0);

	for (unsigned i = 0; left > 0 && i < 2000; i++) {
		usleep(20);
		left = hptp_resize_prepare(vm, 0, rounds % 7 ? order : 21, 0);
	}
	must(left >= 0);
	while (hptp_vm_stop(vm))
		usleep(20);
	if (rounds % 3)
		must(!hptp_vm_reset(vm, order));
	else if (!hptp_resize_commit(vm, 0, order, NULL))
		commits++;
	hptp_vm_ready(vm);
	usleep(300);
	rounds++;
}

int main(int argc, char **argv)
{
	const struct hptp_config config = { sizeof(config), .ops = &ops, .frame_shift = 12,
					    .order = 18 };
	const struct hptp_slot_config memory = { sizeof(memory), .n = FRAMES };
	void *(*const jobs[])(void *) = { guest, guest, page_out, watch, worker };
	pthread_t thread[5];
	const char *given = argc > 1 ? argv[1] : getenv("HPTP_TEST_SECONDS");
	unsigned seconds = given ? (unsigned)atoi(given) : 2;
	time_t end = time(NULL) + seconds;
	struct hptp_check_result result;

	must(!hptp_vm_create(&config, &vm));
	must(!hptp_slot_add(vm, &memory, &slot));
	must(!hptp_dirty_start(slot, log_map, sizeof(log_map)));
	hptp_vm_ready(vm);
	for (uintptr_t i = 0; i < 5; i++)
		must(!pthread_create(&thread[i], NULL, jobs[i], (void *)(i + 1)));
	alarm(seconds + 100);
	while (time(NULL) < end || rounds < 20)
		replace();
	__atomic_store_n(&over, true, __ATOMIC_RELAXED);
	for (unsigned i = 0; i < 5; i++)
		must(!pthread_join(thread[i], NULL));
	must(!hptp_check(vm, &result));
	must(!hptp_slot_remove(slot));
	must(!hptp_vm_destroy(vm));
	must(rounds && outs && commits && accesses);
	printf("stress replace: %lu tables, %lu of them by resize, %lu page-outs, %lu accesses\n",
	       rounds, commits, outs, accesses);
	return 0;
}
