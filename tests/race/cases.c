// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The races that are known to be possible, and the rules that prevent them. */
#include "cases.h"
#include "stream.h"
#include "world.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OTHER_FRAME 50u
#define ALIASES 200u /* more than fit into one copy of a set, more than stay when absent */

static void page_in(uint64_t gfn)
{
	static uint64_t hfn = 0xa0000;

	world.frame[gfn].hfn = hfn++;
	world.frame[gfn].present = world.frame[gfn].writable = true;
	host_pte_changed(gfn);
}

/* ---- states ---- */

/* Memory for the reverse map is there, no entry of page 0 is. */
static void state_warm(void)
{
	guest_enter(9, WORLD_FRAME);
	guest_remove(9);
}

static void state_valid(void)
{
	guest_enter(0, WORLD_FRAME);
	guest_access(0, false);
}

static void state_stored(void)
{
	guest_enter(0, WORLD_FRAME);
	guest_access(0, true);
}

static void state_read_only(void)
{
	state_stored();
	world.frame[WORLD_FRAME].read_only = true;
	host_page_clean(WORLD_FRAME);
	guest_access(0, false);
}

static void state_absent(void)
{
	state_stored();
	host_page_out(WORLD_FRAME, 1);
}

/* Absent, and the host has the page again: a fault needs no task half of the host's. */
static void state_back(void)
{
	state_absent();
	page_in(WORLD_FRAME);
}

/* The same with an alias: it comes back with page 0. */
static void state_alias_back(void)
{
	state_stored();
	guest_enter(3, WORLD_FRAME);
	guest_access(3, true);
	host_page_out(WORLD_FRAME, 1);
	page_in(WORLD_FRAME);
}

/* A frame's entry and a huge page's, both of whose first frame it is. */
static void state_huge_alias_back(void)
{
	guest_enter(3, WORLD_HUGE);
	guest_access(3, true);
	guest_enter_huge(0, WORLD_HUGE);
	guest_access(0, true);
	host_page_out(WORLD_HUGE, WORLD_FRAMES - WORLD_HUGE);
	for (uint64_t gfn = WORLD_HUGE; gfn < WORLD_FRAMES; gfn++) {
		world.frame[gfn].present = world.frame[gfn].writable = true;
		host_pte_changed(gfn);
	}
}

static void state_orphan(void)
{
	state_warm();
	host_page_out(WORLD_FRAME, 1);
	guest_enter(0, WORLD_FRAME);
	page_in(WORLD_FRAME);
}

/* An orphan that may be written; where views of linked entries are stands that it may not. */
static void state_stale_view(void)
{
	state_stored();
	guest_protect(0, true);
	host_page_out(WORLD_FRAME, 1);
	guest_remove(0);
	guest_enter(0, WORLD_FRAME);
}

/* An entry whose slot is gone. */
static void state_slotless(void)
{
	state_orphan();
	host_slot_remove();
}

/* Sets of four frames that take one node each with the next member: 3 in the record, 16 beside. */
#define EDGE 19u
static void state_edges(void)
{
	for (unsigned p = 0; p < 4 * EDGE; p++)
		guest_enter(p, 10 + p / EDGE);
}

static void state_alias(void)
{
	state_stored();
	guest_enter(3, WORLD_FRAME);
	guest_access(3, true);
}

/* Two pages of one block for one frame, not bolted. */
static void state_loose(void)
{
	for (unsigned p = WORLD_LOOSE; p < WORLD_LOOSE + 4; p += 3) {
		guest_enter(p, WORLD_FRAME);
		guest_access(p, true);
	}
}

static void state_huge(void)
{
	guest_enter_huge(0, WORLD_HUGE);
	guest_access(0, true);
}

static void state_huge_warm(void)
{
	guest_enter_huge(9, WORLD_HUGE);
	guest_remove(9);
}

/* A frame whose record is full: page 0 is in the vector. */
static void state_vector(void)
{
	for (unsigned p = 3; p < 7; p++)
		guest_enter(p, WORLD_FRAME);
	guest_enter(0, WORLD_FRAME);
}

/* One frame with many aliases, and three of the next. */
static void state_crowd(void)
{
	for (unsigned p = 0; p < ALIASES; p++)
		guest_enter(p, WORLD_FRAME);
	for (unsigned p = ALIASES; p < ALIASES + 3; p++)
		guest_enter(p, WORLD_FRAME + 1);
}

/* The same for a huge page that begins before a range, and three at the range's begin. */
static void state_huge_crowd(void)
{
	for (unsigned p = 0; p < ALIASES; p++)
		guest_enter_huge(p, WORLD_HUGE);
	for (unsigned p = ALIASES; p < ALIASES + 3; p++)
		guest_enter(p, WORLD_HUGE + 1);
}

/* A batch of written pages, and after them a written one in a crowd. */
static void state_written_crowd(void)
{
	for (unsigned p = 0; p < 70; p++)
		guest_enter(p, 90);
	guest_access(0, true);
	for (unsigned p = 70; p < 70 + HPTP_BATCH; p++) {
		guest_enter(p, p - 70);
		guest_access(p, true);
	}
}

/* ---- the same with a reader of the stream, that has told of all ---- */

static void followed(void (*state)(void))
{
	stream_place_pages();
	state();
	stream_open();
	stream_drain();
}

static void state_told_warm(void)
{
	followed(state_warm);
}
static void state_told_valid(void)
{
	followed(state_valid);
}
static void state_told(void)
{
	followed(state_stored);
}
static void state_placed(void)
{
	stream_place_pages();
	state_stored();
}

/* R and C that nobody was told of, in an entry that is absent. */
static void state_told_pending(void)
{
	followed(state_valid);
	hardware_access(0, true, false);
	host_page_out(WORLD_FRAME, 1);
	page_in(WORLD_FRAME);
}

/* The reader has not begun. */
static void state_untold(void)
{
	stream_place_pages();
	state_valid();
	stream_open();
}

/* ---- tables that are about to be replaced ---- */

/* A crowd in a table of the next order, half of it where a smaller one has nothing. */
static void state_wide_crowd(void)
{
	host_reset(19);
	for (unsigned p = 0; p < ALIASES; p++)
		guest_enter(p, WORLD_FRAME);
	world.page[0].number = world.table.n / 16; /* an entry of the upper half */
	guest_enter(0, WORLD_FRAME + 1);
}

static void prepared_after(void (*state)(void), unsigned order)
{
	host_resize_prepare(order);
	state();
}

/* For a larger table, of which nothing is there yet. */
static void state_asked(void)
{
	state_stored();
	explore_must(hptp_resize_prepare(world.vm, 0, 20, 0) >= 0, "hptp_resize_prepare");
}

static void state_prepared(void)
{
	prepared_after(state_stored, 19);
}
static void state_prepared_back(void)
{
	prepared_after(state_back, 19);
}
static void state_prepared_warm(void)
{
	prepared_after(state_warm, 19);
}
static void state_prepared_crowd(void)
{
	prepared_after(state_written_crowd, 20);
}

/* Two bolted pages that have one place in the smaller table, the second entered last. */
static void state_meeting(void)
{
	host_reset(19);
	host_resize_prepare(18);
	guest_enter(0, WORLD_FRAME);
	guest_access(0, true);
	world.page[8].number = world.table.n / 16;
	guest_enter(8, WORLD_FRAME + 1);
	guest_access(8, true);
}

const struct race_part race_states[] = {
	{ "warm", state_warm },
	{ "valid", state_valid },
	{ "stored", state_stored },
	{ "read-only", state_read_only },
	{ "absent", state_absent },
	{ "back", state_back },
	{ "alias-back", state_alias_back },
	{ "huge-alias-back", state_huge_alias_back },
	{ "orphan", state_orphan },
	{ "stale-view", state_stale_view },
	{ "slotless", state_slotless },
	{ "edges", state_edges },
	{ "alias", state_alias },
	{ "loose", state_loose },
	{ "huge", state_huge },
	{ "huge-warm", state_huge_warm },
	{ "vector", state_vector },
	{ "crowd", state_crowd },
	{ "huge-crowd", state_huge_crowd },
	{ "written-crowd", state_written_crowd },
	{ "placed", state_placed },
	{ "told-warm", state_told_warm },
	{ "told-valid", state_told_valid },
	{ "told", state_told },
	{ "told-pending", state_told_pending },
	{ "untold", state_untold },
	{ "wide-crowd", state_wide_crowd },
	{ "asked", state_asked },
	{ "prepared", state_prepared },
	{ "prepared-back", state_prepared_back },
	{ "prepared-warm", state_prepared_warm },
	{ "prepared-crowd", state_prepared_crowd },
	{ "meeting", state_meeting },
	{ NULL, NULL },
};

/* ---- what a CPU does ---- */

static void do_enter(void)
{
	guest_enter(1, WORLD_FRAME);
}
static void do_enter_too(void)
{
	guest_enter(2, WORLD_FRAME);
}
static void do_enter_huge(void)
{
	guest_enter_huge(0, WORLD_HUGE);
}
static void do_remove(void)
{
	guest_remove(0);
}
static void do_bulk_remove(void)
{
	guest_bulk_remove(0, 3);
}
static void do_bulk_remove_back(void)
{
	guest_bulk_remove(3, 0);
}
static void do_block_remove(void)
{
	guest_block_remove(WORLD_LOOSE, WORLD_LOOSE + 3);
}
static void do_protect(void)
{
	guest_protect(0, true);
}
static void do_clear_ref(void)
{
	guest_clear_ref(0);
}
static void do_clear_mod(void)
{
	guest_clear_mod(0);
}
static void do_read(void)
{
	guest_read(0);
}
static void do_fault(void)
{
	guest_fault(0);
}
/* The same page again, as the guest may have it at any time. */
static void do_remake(void)
{
	guest_remove(0);
	explore_pause();
	guest_enter(0, WORLD_FRAME);
}
/* A node is taken, and one more. */
static void do_grow(void)
{
	guest_enter(4 * EDGE, 10);
	guest_enter(4 * EDGE + 1, 13);
}
/* The next two nodes are taken, and the first is given back. */
static void do_grow_others(void)
{
	guest_enter(4 * EDGE + 2, 11);
	guest_enter(4 * EDGE + 3, 12);
	guest_remove(4 * EDGE + 2);
}
static void do_translate(void)
{
	guest_translate(0);
}
static void do_load(void)
{
	guest_access(0, false);
}
static void do_load_small(void)
{
	guest_access(3, false);
}
static void do_remove_alias(void)
{
	guest_remove(3);
}
static void do_protect_alias(void)
{
	guest_protect(3, true);
}
static void do_store_alias(void)
{
	guest_access(3, true);
}
static void do_miss(void)
{
	hardware_forget(0);
	guest_access(0, false);
}
static void do_store(void)
{
	guest_access(0, true);
}
static void do_hardware(void)
{
	hardware_access(0, true, false);
}
static void do_hardware_late(void)
{
	hardware_access(0, true, true);
}
static void do_hardware_loose(void)
{
	hardware_access(WORLD_LOOSE, true, true);
}
static void do_page_out(void)
{
	host_page_out(WORLD_FRAME, 1);
}
static void do_page_out_two(void)
{
	host_page_out(WORLD_FRAME, 2);
}
static void do_page_out_inside(void)
{
	host_page_out(WORLD_HUGE + 1, 1);
}
static void do_move(void)
{
	host_page_move(WORLD_FRAME);
}
static void do_clean(void)
{
	host_page_clean(WORLD_FRAME);
}
static void do_age(void)
{
	host_age(WORLD_FRAME, 1);
}
static void do_harvest(void)
{
	host_harvest(0, 64, 0);
}
static void do_harvest_last(void)
{
	host_harvest(0, 100, HPTP_HARVEST_STOPPED);
}
static void do_page_out_crowd(void)
{
	host_page_out(90, 1);
}
static void do_log_off(void)
{
	host_log_off();
}
static void do_slot_remove(void)
{
	host_slot_remove();
}
static void do_slot_make(void)
{
	host_slot_make();
}
static void do_slot_move(void)
{
	host_slot_move();
}
static void do_slot_recreate(void)
{
	host_slot_recreate();
}

static void do_unprotect(void)
{
	guest_protect(0, true);
	guest_protect(0, false);
}

/* The index is used again, for a page of another frame. */
static void do_reuse(void)
{
	guest_remove(0);
	guest_enter_at(2, OTHER_FRAME, 0);
	hardware_access(2, false, false);
}

/* The same in a crowd, and its place in the set is another's then. */
static void do_supersede(void)
{
	guest_remove(0);
	guest_enter_at(200, OTHER_FRAME, 0);
	guest_enter(201, 90);
}

static void do_remove_crowd(void)
{
	for (unsigned p = 0; p < ALIASES; p++)
		guest_remove(p);
}

static void do_tell(void)
{
	stream_drain();
}
static void do_follow(void)
{
	stream_open();
	stream_drain();
}
static void do_unfollow(void)
{
	stream_close();
}

static void do_reset(void)
{
	host_reset(18);
}
static void do_reset_larger(void)
{
	host_reset(19);
}
static void do_resize(void)
{
	host_resize(19, HPTP_OK);
}
static void do_resize_crowd(void)
{
	host_resize(20, HPTP_OK);
}
static void do_resize_fails(void)
{
	host_resize(18, HPTP_E_PTEG_FULL);
}
static void do_prepare(void)
{
	host_resize_prepare(20);
}
static void do_give_up(void)
{
	explore_must(!hptp_resize_prepare(world.vm, 0, 0, 0), "giving a resize up");
}
static void do_work(void)
{
	while (hptp_resize_step(world.vm, 0))
		;
}
static void do_stop(void)
{
	host_stop_vcpus();
}
static void do_page_out_all(void)
{
	host_page_out(0, 100);
}

/* As a vCPU does it that is stopped while the table is changed. */
static void inside(void (*what)(void))
{
	guest_in();
	what();
	guest_out();
}

static void do_in_enter(void)
{
	inside(do_enter);
}
static void do_in_remove(void)
{
	inside(do_remove);
}
static void do_in_store(void)
{
	guest_in();
	if (world.page[0].entered)
		guest_access(0, true);
	guest_out();
}
/* So often that a coarse stride comes to each of its few instructions. */
static void do_come_and_go(void)
{
	for (unsigned i = 0; i < 64 && hptp_vcpu_enter(world.vcpu[0]); i++) {
		explore_must(!world.stopped, "a vCPU is let in, and none was seen to run");
		guest_out();
	}
}
static void do_in_hardware(void)
{
	inside(do_hardware_late);
}

const struct race_part race_ops[] = {
	{ "enter", do_enter },
	{ "enter-too", do_enter_too },
	{ "enter-huge", do_enter_huge },
	{ "remove", do_remove },
	{ "bulk-remove", do_bulk_remove },
	{ "bulk-remove-back", do_bulk_remove_back },
	{ "block-remove", do_block_remove },
	{ "protect", do_protect },
	{ "unprotect", do_unprotect },
	{ "clear-ref", do_clear_ref },
	{ "clear-mod", do_clear_mod },
	{ "read", do_read },
	{ "translate", do_translate },
	{ "fault", do_fault },
	{ "remake", do_remake },
	{ "grow", do_grow },
	{ "grow-others", do_grow_others },
	{ "load", do_load },
	{ "load-small", do_load_small },
	{ "remove-alias", do_remove_alias },
	{ "protect-alias", do_protect_alias },
	{ "store-alias", do_store_alias },
	{ "load-miss", do_miss },
	{ "store", do_store },
	{ "hardware", do_hardware },
	{ "hardware-late", do_hardware_late },
	{ "hardware-loose", do_hardware_loose },
	{ "reuse", do_reuse },
	{ "supersede", do_supersede },
	{ "page-out", do_page_out },
	{ "page-out-two", do_page_out_two },
	{ "page-out-inside", do_page_out_inside },
	{ "move", do_move },
	{ "clean", do_clean },
	{ "age", do_age },
	{ "harvest", do_harvest },
	{ "harvest-last", do_harvest_last },
	{ "page-out-crowd", do_page_out_crowd },
	{ "log-off", do_log_off },
	{ "slot-remove", do_slot_remove },
	{ "slot-recreate", do_slot_recreate },
	{ "slot-make", do_slot_make },
	{ "slot-move", do_slot_move },
	{ "remove-crowd", do_remove_crowd },
	{ "tell", do_tell },
	{ "follow", do_follow },
	{ "unfollow", do_unfollow },
	{ "reset", do_reset },
	{ "reset-larger", do_reset_larger },
	{ "resize", do_resize },
	{ "resize-crowd", do_resize_crowd },
	{ "resize-fails", do_resize_fails },
	{ "prepare", do_prepare },
	{ "give-up", do_give_up },
	{ "work", do_work },
	{ "stop", do_stop },
	{ "page-out-all", do_page_out_all },
	{ "in-enter", do_in_enter },
	{ "in-remove", do_in_remove },
	{ "in-store", do_in_store },
	{ "come-and-go", do_come_and_go },
	{ "in-hardware", do_in_hardware },
	{ NULL, NULL },
};

/* ---- the pairs ---- */

const struct race_case race_cases[] = {
	/* Entering and bringing back against page-out: an entry on a frame that went. */
	{ "L1", "stored", "page-out", "read", EXPLORE_INSTRUCTIONS },
	{ "L5 L6 L9 L16 L18", "warm", "enter", "page-out", EXPLORE_INSTRUCTIONS },
	{ "L5 L6", "warm", "enter", "move", EXPLORE_INSTRUCTIONS },
	{ "L5 L6 L16 L18", "back", "load", "page-out", EXPLORE_INSTRUCTIONS },
	{ "L5 L6 L16", "orphan", "load", "move", EXPLORE_INSTRUCTIONS },
	{ "L5 L15", "back", "store", "clean", EXPLORE_INSTRUCTIONS },
	{ "L3 L5", "stored", "page-out", "load", EXPLORE_INSTRUCTIONS },
	{ "L3", "back", "store", "load", EXPLORE_INSTRUCTIONS },
	{ "L3 L5", "valid", "clean", "store", EXPLORE_INSTRUCTIONS },
	{ "L4", "warm", "enter", "enter-too", EXPLORE_INSTRUCTIONS },
	{ "L4", "valid", "remove", "enter", EXPLORE_INSTRUCTIONS },
	{ "L4", "vector", "remove", "enter", EXPLORE_INSTRUCTIONS },
	{ "L4", "vector", "enter", "enter-too", EXPLORE_INSTRUCTIONS },
	/* Removal against page-out: a TLB that still has the frame. */
	{ "L1 L8", "stored", "remove", "page-out", EXPLORE_INSTRUCTIONS },
	{ "L3", "stored", "page-out", "remove", EXPLORE_INSTRUCTIONS },
	{ "L3", "alias", "bulk-remove", "page-out", EXPLORE_INSTRUCTIONS },
	{ "L3", "alias", "page-out", "bulk-remove", EXPLORE_INSTRUCTIONS },
	{ "L1 L8", "loose", "block-remove", "page-out", EXPLORE_INSTRUCTIONS },
	{ "L3", "loose", "page-out", "block-remove", EXPLORE_INSTRUCTIONS },
	{ "L7", "loose", "block-remove", "hardware-loose", EXPLORE_INSTRUCTIONS },
	/* R and C that hardware sets in between, or writes back at the flush. */
	{ "L7", "valid", "page-out", "hardware-late", EXPLORE_INSTRUCTIONS },
	{ "L7", "valid", "remove", "hardware-late", EXPLORE_INSTRUCTIONS },
	{ "L7", "valid", "harvest", "hardware", EXPLORE_INSTRUCTIONS },
	{ "L7", "valid", "clear-mod", "hardware-late", EXPLORE_INSTRUCTIONS },
	{ "L7", "valid", "protect", "hardware", EXPLORE_INSTRUCTIONS },
	{ "L10", "valid", "clear-ref", "hardware", EXPLORE_INSTRUCTIONS },
	{ "L10", "valid", "age", "hardware", EXPLORE_INSTRUCTIONS },
	{ "L11", "written-crowd", "harvest-last", "page-out-crowd", EXPLORE_YIELDS },
	/* What a walker copied is something else by now. */
	{ "L12", "stored", "age", "reuse", EXPLORE_INSTRUCTIONS },
	{ "L3 L12", "stored", "page-out", "reuse", EXPLORE_INSTRUCTIONS },
	{ "L12", "written-crowd", "page-out-crowd", "supersede", EXPLORE_INSTRUCTIONS },
	{ "L3", "stored", "harvest", "reuse", EXPLORE_INSTRUCTIONS },
	{ "L17", "crowd", "page-out-two", "remove-crowd", EXPLORE_YIELDS },
	{ "L17", "huge-crowd", "page-out-inside", "remove-crowd", EXPLORE_YIELDS },
	/* A bolted page is never missing, whoever has its entry in transit. */
	{ "L13", "stored", "protect", "load-miss", EXPLORE_INSTRUCTIONS },
	{ "L13", "stored", "page-out", "load-miss", EXPLORE_INSTRUCTIONS },
	{ "L13", "stored", "harvest", "load-miss", EXPLORE_INSTRUCTIONS },
	{ "L13", "stored", "clear-mod", "load-miss", EXPLORE_INSTRUCTIONS },
	/* In transit, and to become valid again: page-out waits. */
	{ "L3 L26", "stored", "harvest", "page-out", EXPLORE_INSTRUCTIONS },
	{ "L3 L26", "stored", "protect", "page-out", EXPLORE_INSTRUCTIONS },
	{ "L3 L26", "stored", "clear-mod", "page-out", EXPLORE_INSTRUCTIONS },
	/* Two page-outs: who comes second finds what is in transit, or waits for it. */
	{ "L19", "stored", "page-out", "page-out", EXPLORE_INSTRUCTIONS },
	/* Entries are locked in either order; free nodes come and go. */
	{ "L21", "alias", "bulk-remove", "bulk-remove-back", EXPLORE_INSTRUCTIONS },
	{ "L29", "edges", "grow", "grow-others", EXPLORE_INSTRUCTIONS },
	/* What is read without a lock while the entry goes and comes again. */
	{ "L65", "stale-view", "fault", "remake", EXPLORE_PAUSES },
	{ "L65", "stale-view", "translate", "remake", EXPLORE_PAUSES },
	{ "L3 L5", "back", "load", "protect", EXPLORE_INSTRUCTIONS },
	/* Huge pages and a range inside them; the host's permission. */
	{ "L14", "huge", "page-out-inside", "read", EXPLORE_INSTRUCTIONS },
	{ "L5 L14", "huge-warm", "enter-huge", "page-out-inside", EXPLORE_INSTRUCTIONS },
	/* Aliases that come back with the one that faulted. */
	{ "L50", "alias-back", "load", "page-out", EXPLORE_INSTRUCTIONS },
	{ "L50", "alias-back", "load", "move", EXPLORE_INSTRUCTIONS },
	{ "L15 L50", "alias-back", "store", "clean", EXPLORE_INSTRUCTIONS },
	{ "L50", "alias-back", "load", "remove-alias", EXPLORE_INSTRUCTIONS },
	{ "L50", "alias-back", "store", "protect-alias", EXPLORE_INSTRUCTIONS },
	{ "L50", "alias-back", "load", "store-alias", EXPLORE_INSTRUCTIONS },
	{ "L50", "alias-back", "protect-alias", "load", EXPLORE_INSTRUCTIONS },
	{ "L50", "alias-back", "page-out", "load", EXPLORE_INSTRUCTIONS },
	{ "L2 L50", "alias-back", "load", "slot-remove", EXPLORE_INSTRUCTIONS },
	{ "L51", "huge-alias-back", "load-small", "page-out-inside", EXPLORE_INSTRUCTIONS },
	{ "L15", "read-only", "unprotect", "hardware", EXPLORE_INSTRUCTIONS },
	{ "L15", "read-only", "store", "clean", EXPLORE_INSTRUCTIONS },
	/* A log that is given back. */
	{ "L30", "stored", "remove", "log-off", EXPLORE_INSTRUCTIONS },
	{ "L30", "absent", "load", "log-off", EXPLORE_INSTRUCTIONS },
	/* A slot that goes. */
	{ "L2", "warm", "enter", "slot-remove", EXPLORE_INSTRUCTIONS },
	{ "L2", "back", "load", "slot-remove", EXPLORE_INSTRUCTIONS },
	{ "L2", "orphan", "load", "slot-recreate", EXPLORE_INSTRUCTIONS },
	{ "L2", "stored", "remove", "slot-remove", EXPLORE_INSTRUCTIONS },
	{ "L2", "warm", "enter", "slot-move", EXPLORE_INSTRUCTIONS },
	{ "L2", "back", "load", "slot-move", EXPLORE_INSTRUCTIONS },
	{ "L2", "stored", "remove", "slot-move", EXPLORE_INSTRUCTIONS },
	{ "L2", "huge", "slot-move", "store", EXPLORE_YIELDS },
	{ "L31", "slotless", "load", "slot-make", EXPLORE_INSTRUCTIONS },
	{ "L3", "stored", "slot-remove", "remove", EXPLORE_YIELDS },
	{ "L5", "stored", "slot-recreate", "load", EXPLORE_YIELDS },
	{ "L5", "stored", "slot-recreate", "enter", EXPLORE_YIELDS },
	/* A reader of the stream: every change is told of in the end. */
	{ "L41", "told", "tell", "protect", EXPLORE_INSTRUCTIONS },
	{ "L41", "untold", "tell", "protect", EXPLORE_INSTRUCTIONS },
	{ "L40 L41", "untold", "tell", "remove", EXPLORE_INSTRUCTIONS },
	{ "L40 L41", "untold", "tell", "enter", EXPLORE_INSTRUCTIONS },
	{ "L42", "told-valid", "tell", "hardware", EXPLORE_INSTRUCTIONS },
	{ "L42", "untold", "tell", "hardware", EXPLORE_INSTRUCTIONS },
	{ "L42", "untold", "tell", "page-out", EXPLORE_INSTRUCTIONS },
	{ "L40", "told", "protect", "tell", EXPLORE_INSTRUCTIONS },
	{ "L40", "told", "remove", "tell", EXPLORE_INSTRUCTIONS },
	{ "L40", "told-warm", "enter", "tell", EXPLORE_INSTRUCTIONS },
	{ "L40", "told", "clear-mod", "tell", EXPLORE_INSTRUCTIONS },
	{ "L40", "told-pending", "load", "tell", EXPLORE_INSTRUCTIONS },
	{ "L40", "told-pending", "harvest", "tell", EXPLORE_INSTRUCTIONS },
	{ "L40", "told-pending", "age", "tell", EXPLORE_INSTRUCTIONS },
	{ "L42", "told-valid", "page-out", "hardware-late", EXPLORE_INSTRUCTIONS },
	{ "L40", "placed", "protect", "follow", EXPLORE_INSTRUCTIONS },
	{ "L40", "placed", "remove", "follow", EXPLORE_INSTRUCTIONS },
	{ "L40", "placed", "follow", "remove", EXPLORE_INSTRUCTIONS },
	{ "L2", "told", "protect", "unfollow", EXPLORE_INSTRUCTIONS },
	{ "L2", "told", "remove", "unfollow", EXPLORE_INSTRUCTIONS },
	/* A table that is replaced under whoever is not a vCPU, and has it no more. */
	{ "L61", "stored", "page-out", "reset", EXPLORE_INSTRUCTIONS },
	{ "L61", "stored", "page-out", "reset-larger", EXPLORE_INSTRUCTIONS },
	{ "L61", "stored", "age", "reset", EXPLORE_INSTRUCTIONS },
	{ "L61", "stored", "harvest", "reset-larger", EXPLORE_INSTRUCTIONS },
	{ "L61", "prepared", "page-out", "resize", EXPLORE_INSTRUCTIONS },
	{ "L61", "prepared", "harvest", "resize", EXPLORE_INSTRUCTIONS },
	{ "L61", "prepared", "age", "resize", EXPLORE_INSTRUCTIONS },
	{ "L61 L63", "meeting", "page-out", "resize-fails", EXPLORE_INSTRUCTIONS },
	{ "L60 L61", "wide-crowd", "page-out-all", "reset", EXPLORE_YIELDS },
	{ "L61", "prepared-crowd", "page-out-all", "resize-crowd", EXPLORE_YIELDS },
	{ "L61", "prepared-crowd", "harvest", "resize-crowd", EXPLORE_YIELDS },
	{ "L61", "stored", "reset", "page-out", EXPLORE_YIELDS },
	{ "L61", "stored", "reset-larger", "page-out", EXPLORE_YIELDS },
	{ "L61", "stored", "reset-larger", "slot-remove", EXPLORE_YIELDS },
	{ "L61", "stored", "reset", "harvest", EXPLORE_YIELDS },
	{ "L61", "stored", "reset", "age", EXPLORE_YIELDS },
	{ "L61", "prepared", "resize", "page-out", EXPLORE_YIELDS },
	{ "L61", "prepared", "resize", "move", EXPLORE_YIELDS },
	{ "L61", "prepared", "resize", "harvest", EXPLORE_YIELDS },
	{ "L61", "prepared", "resize", "slot-recreate", EXPLORE_YIELDS },
	{ "L61 L63", "meeting", "resize-fails", "page-out", EXPLORE_YIELDS },
	{ "L61 L63", "meeting", "resize-fails", "clean", EXPLORE_YIELDS },
	/* A vCPU is in before the table is changed, or after. */
	{ "L62", "stored", "come-and-go", "stop", EXPLORE_INSTRUCTIONS },
	{ "L62", "warm", "in-enter", "reset", EXPLORE_INSTRUCTIONS },
	{ "L62", "stored", "in-remove", "reset-larger", EXPLORE_INSTRUCTIONS },
	{ "L62", "prepared-warm", "in-enter", "resize", EXPLORE_INSTRUCTIONS },
	{ "L62", "prepared-back", "in-store", "resize", EXPLORE_INSTRUCTIONS },
	{ "L62", "prepared", "resize", "in-remove", EXPLORE_YIELDS },
	{ "L62", "prepared", "resize", "in-hardware", EXPLORE_YIELDS },
	{ "L62", "stored", "reset", "in-enter", EXPLORE_YIELDS },
	/* The worker, and what it works on. */
	{ "L64", "asked", "work", "give-up", EXPLORE_YIELDS },
	{ "L64", "asked", "work", "reset", EXPLORE_YIELDS },
	{ "L64", "asked", "work", "prepare", EXPLORE_YIELDS },
	{ 0 },
};

void (*race_part(const struct race_part *parts, const char *name))(void)
{
	for (; parts->name; parts++)
		if (!strcmp(parts->name, name))
			return parts->run;
	fprintf(stderr, "races: no '%s'\n", name);
	exit(2);
}
