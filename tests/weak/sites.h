/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * Included before each file of the core: says which function of the core asks for an order,
 * and by what, so that --without leaves it out in one place and not in all. Arguments are
 * evaluated first, as they may have orders of their own.
 */
#ifndef WEAK_SITES_H
#define WEAK_SITES_H

#include "words.h"

#define weak_at_(what, call)                                                                       \
	({                                                                                         \
		weak_from(__func__, what);                                                         \
		call;                                                                              \
	})
#define weak_p_(what, p, ...)                                                                      \
	({                                                                                         \
		__auto_type p_ = (p);                                                              \
		weak_at_(what, __VA_ARGS__);                                                       \
	})
#define weak_px_(what, p, x, ...)                                                                  \
	({                                                                                         \
		__auto_type p_ = (p);                                                              \
		__auto_type x_ = (x);                                                              \
		weak_at_(what, __VA_ARGS__);                                                       \
	})
#define weak_pxy_(what, p, x, y, ...)                                                              \
	({                                                                                         \
		__auto_type p_ = (p);                                                              \
		__auto_type x_ = (x);                                                              \
		__auto_type y_ = (y);                                                              \
		weak_at_(what, __VA_ARGS__);                                                       \
	})

#define hptp_full_barrier() weak_at_("full_barrier", (hptp_full_barrier)())
#define hptp_full_barrier_after_add() hptp_full_barrier()
#define hptp_read_barrier() weak_at_("read_barrier", (hptp_read_barrier)())
#define hptp_store_barrier() weak_at_("store_barrier", (hptp_store_barrier)())
#define hptp_dw_load_acquire(p) weak_p_("load", p, (hptp_dw_load_acquire)(p_))
#define hptp_dw_store_release(p, x) weak_px_("store", p, x, (hptp_dw_store_release)(p_, x_))
#define hptp_pte_store_release(p, x) weak_px_("store", p, x, (hptp_pte_store_release)(p_, x_))
#define hptp_load32_acquire(p) weak_p_("load", p, (hptp_load32_acquire)(p_))
#define hptp_load64_acquire(p) weak_p_("load", p, (hptp_load64_acquire)(p_))
#define hptp_store32_release(p, x) weak_px_("store", p, x, (hptp_store32_release)(p_, x_))
#define hptp_add64_release(p, x) weak_px_("add", p, x, (hptp_add64_release)(p_, x_))
#define hptp_cas32(p, x, y) weak_pxy_("cas", p, x, y, (hptp_cas32)(p_, x_, y_))
#define hptp_cas64(p, x, y) weak_pxy_("cas", p, x, y, (hptp_cas64)(p_, x_, y_))
#define hptp_load_ptr(p) weak_p_("load", p, (hptp_load_ptr)(p_))
#define hptp_publish_ptr(p, x, y) weak_pxy_("cas", p, x, y, (hptp_publish_ptr)(p_, x_, y_))

#endif
