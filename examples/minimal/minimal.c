// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
// A guest page is mapped, paged out beneath the guest, and brought back by its next access.
#include <err.h>
#include <hptpager/hptpager.h>
#include <hptpager/userspace.h>
#include <stdio.h>

// The host's page table: in which host frame each of eight guest frames lies; 0: nowhere.
static uint64_t page_table[8] = { [3] = 70 };

static bool host_lookup(void *h, void *slot, hptp_off off, unsigned how, struct hptp_host_page *p)
{
	(void)h, (void)slot, (void)how;
	*p = (struct hptp_host_page){ { page_table[off.n] }, 12, HPTP_PAGE_WRITABLE, NULL };
	return page_table[off.n] != 0;
}

static int host_get(void *h, void *slot, hptp_off off, unsigned how, struct hptp_host_page *p)
{
	page_table[off.n] = 71; // a real host finds a free frame and reads the swap file
	printf("  host: guest frame %d comes in, to host frame 71\n", (int)off.n);
	return host_lookup(h, slot, off, how, p) ? HPTP_OK : HPTP_E_NOPAGE;
}

static void host_put(void *h, void *slot, hptp_off off, struct hptp_host_page *p, bool written)
{
	(void)h, (void)slot, (void)off, (void)p, (void)written;
}

static void tlb_flush(void *h, const struct hptp_flush *flush)
{
	(void)h;
	printf("  host: tlbie %#jx\n", flush->rb[0]);
}

static const struct hptp_ops ops = {
	.size = sizeof(ops),
	.host_lookup = host_lookup,
	.host_get = host_get,
	.host_put = host_put,
	.tlb_flush = tlb_flush,
	.mem_alloc = hptp_userspace_mem_alloc,
	.mem_free = hptp_userspace_mem_free,
	.table_alloc = hptp_userspace_table_alloc,
	.table_free = hptp_userspace_table_free,
};

static void must(int bad, const char *what)
{
	if (bad)
		errx(1, "%s: %s", what, hptp_strerror(bad));
}

static void show(struct hptp_vm *vm, const char *when)
{
	static const char *const state[] = { "free", "valid", "absent", "orphan" };
	struct hptp_entry e;

	must(!hptp_entry_next(vm, 0, &e), "finding the entry");
	printf("%s: %s, guest sees %#jx, hardware %#jx\n", when, state[e.state], e.guest, e.real);
}

int main(void)
{
	struct hptp_config config = { sizeof(config), .ops = &ops, .frame_shift = 12, .order = 18 };
	struct hptp_slot_config memory = { sizeof(memory), .n = 8 };
	struct hptp_fault fault = {
		.ea = 0x5000, .slb_v = 0x123000, .msr = HPTP_MSR_DR, .status = HPTP_DSISR_NOHPTE
	};
	struct hptp_window window;
	hptp_off off = { 3 };
	struct hptp_vm *vm;
	struct hptp_vcpu *vcpu;
	struct hptp_slot *slot;
	uint64_t index;

	must(hptp_vm_create(&config, &vm), "hptp_vm_create");
	must(hptp_vcpu_create(vm, NULL, &vcpu), "hptp_vcpu_create");
	must(hptp_slot_add(vm, &memory, &slot), "hptp_slot_add");

	// H_ENTER: address 0x5000 of virtual segment 0x123 is guest frame 3, read and write.
	if (hptp_h_enter(vcpu, 0, (0x123 ^ 5) * 8, 0x123001, 0x3012, &index) == HPTP_H_TOO_HARD)
		must(hptp_hcall_task(vcpu, &index), "H_ENTER"); // it wanted memory first
	show(vm, "entered  ");

	must(hptp_invalidate_begin(slot, off, 1, &window), "hptp_invalidate_begin");
	must(hptp_unmap_range(slot, off, 1, NULL), "hptp_unmap_range");
	page_table[3] = 0; // no CPU uses the frame any more: it is the host's again
	must(hptp_invalidate_end(&window), "hptp_invalidate_end");
	show(vm, "paged out");

	// The guest loads from 0x5000, and traps: hypervisor data storage interrupt.
	must(hptp_fault(vcpu, &fault) != HPTP_TASK, "hptp_fault");
	must(hptp_refault(vcpu, &fault) != HPTP_RESUME, "hptp_refault");
	show(vm, "refaulted");

	must(hptp_slot_remove(slot), "hptp_slot_remove");
	hptp_vcpu_destroy(vcpu);
	must(hptp_vm_destroy(vm), "hptp_vm_destroy");
}
