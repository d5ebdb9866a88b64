/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * With import.sh --heap, included at the end of Xen's asm/mm.h: a frame table for a pool of
 * frames in Xen's own image, in place of one that nothing maps yet; and bodies for what has none.
 */
#ifndef HPTP_FRAMES_H
#define HPTP_FRAMES_H

extern struct page_info hptp_frame_table[];
extern unsigned long hptp_n_frames;

#undef frame_table
#define frame_table hptp_frame_table

#undef mfn_valid
#define mfn_valid(mfn) (mfn_to_pdx(mfn) - frametable_base_pdx < hptp_n_frames)

/* No map of machine frames to guest frames is kept. */
#undef set_gpfn_from_mfn
#define set_gpfn_from_mfn(mfn, pfn) ((void)(mfn), (void)(pfn))

/* Caches are coherent. */
#define flush_page_to_ram(mfn, sync_icache) ((void)(mfn), (void)(sync_icache))

#define virt_to_page(v) mfn_to_page(_mfn(virt_to_mfn(v)))
#define page_to_virt(pg) mfn_to_virt(mfn_x(page_to_mfn(pg)))

#endif
