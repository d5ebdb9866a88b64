// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * What a program outside the tree does with an installed library: it makes a VM out of
 * the userspace callbacks and its own, enters one page, and ends the VM.
 */
#include <hptpager/hptpager.h>
#include <hptpager/userspace.h>
#include <stdio.h>

static bool lookup(void *host, void *slot, hptp_off off, unsigned how, struct hptp_host_page *page)
{
	(void)host, (void)slot, (void)how;
	page->hfn.n = 0x1000 + off.n;
	page->shift = 12;
	page->flags = HPTP_PAGE_WRITABLE;
	return true;
}

static int get(void *host, void *slot, hptp_off off, unsigned how, struct hptp_host_page *page)
{
	return lookup(host, slot, off, how, page) ? 0 : HPTP_E_NOPAGE;
}

static void put(void *host, void *slot, hptp_off off, struct hptp_host_page *page, bool written)
{
	(void)host, (void)slot, (void)off, (void)page, (void)written;
}

static void flush(void *host, const struct hptp_flush *flush)
{
	(void)host, (void)flush;
}

static const struct hptp_ops ops = {
	.size = sizeof(ops),
	.host_lookup = lookup,
	.host_get = get,
	.host_put = put,
	.tlb_flush = flush,
	.table_alloc = hptp_userspace_table_alloc,
	.table_free = hptp_userspace_table_free,
	.mem_alloc = hptp_userspace_mem_alloc,
	.mem_free = hptp_userspace_mem_free,
};

/* H_ENTER of guest frame 1; the task half brings the reverse map's first memory. */
static long enter(struct hptp_vcpu *vcpu, uint64_t *index)
{
	long answer = hptp_h_enter(vcpu, 0, 0, 0x1, 0x1190, index);

	return answer == HPTP_H_TOO_HARD ? hptp_hcall_task(vcpu, index) : answer;
}

int main(void)
{
	struct hptp_config config = {
		.size = sizeof(config), .ops = &ops, .frame_shift = 12, .order = HPTP_MIN_ORDER
	};
	struct hptp_slot_config memory = { .size = sizeof(memory), .n = 16 };
	unsigned version =
		HPTP_VERSION_MAJOR * 10000 + HPTP_VERSION_MINOR * 100 + HPTP_VERSION_PATCH;
	struct hptp_slot *slot;
	struct hptp_vcpu *vcpu;
	struct hptp_vm *vm;
	uint64_t index;

	if (hptp_version() != version)
		return puts("library and headers differ in version"), 1;
	if (hptp_vm_create(&config, &vm) || hptp_slot_add(vm, &memory, &slot) ||
	    hptp_vcpu_create(vm, NULL, &vcpu))
		return puts("no VM"), 1;
	if (enter(vcpu, &index) != HPTP_H_SUCCESS)
		return puts("H_ENTER refused"), 1;
	hptp_vcpu_destroy(vcpu);
	if (hptp_slot_remove(slot) || hptp_vm_destroy(vm))
		return puts("the VM does not end"), 1;
	puts("consumer works");
	return 0;
}
