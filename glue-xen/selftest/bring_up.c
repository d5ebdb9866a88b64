// SPDX-License-Identifier: GPL-2.0-only
/*
 * With import.sh --heap: as much of Xen's boot as its heap and its RCU need, which Xen's
 * PowerPC port does not do by itself yet. The heap gets a pool in Xen's image.
 */
#include "selftest.h"

#include <xen/cpumask.h>
#include <xen/init.h>
#include <xen/mm.h>
#include <xen/rcupdate.h>
#include <xen/timer.h>

#include <asm/processor.h>
#include <asm/regs.h>

#include "hptp_port.h"

#define POOL_SIZE MB(CONFIG_HPTPAGER_POOL_MB)
#define POOL_FRAMES (POOL_SIZE / PAGE_SIZE)

static uint8_t __aligned(MB(1)) pool[POOL_SIZE];
struct page_info hptp_frame_table[POOL_FRAMES];
unsigned long hptp_n_frames;

/* Asked for by Xen's page allocator once mfn_valid() can be true. */
int page_is_ram_type(unsigned long mfn, unsigned long type)
{
	return type == RAM_TYPE_CONVENTIONAL && mfn_valid(_mfn(mfn));
}

struct domain *page_get_owner_and_reference(struct page_info *page)
{
	return NULL;
}

static void __init heap(void)
{
	paddr_t start = virt_to_maddr(pool);

	frametable_base_pdx = paddr_to_pdx(start);
	hptp_n_frames = POOL_FRAMES;
	max_page = paddr_to_pfn(start + POOL_SIZE);
	total_pages = POOL_FRAMES;
	init_boot_pages(start, start + POOL_SIZE);
	end_boot_allocator();
}

static bool called;

static void callback(struct rcu_head *head)
{
	called = true;
}

bool __init bring_up(void)
{
	static struct rcu_head head;

	heap();
	/* RCU turns interrupts on. Nobody serves the decrementer: let it be large, and far. */
	mtspr(SPRN_LPCR, mfspr(SPRN_LPCR) | LPCR_LD);
	mtspr(SPRN_DEC, ~0ul >> 9);
	cpumask_set_cpu(0, &cpu_online_map);
	timer_init(); /* RCU has one for each CPU */
	rcu_init();
	call_rcu(&head, callback);
	hptp_port_synchronize();
	return called;
}
