/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/**
 * @file hptpager.h
 * All of libhptpager's public interface.
 */
#ifndef HPTPAGER_HPTPAGER_H
#define HPTPAGER_HPTPAGER_H

#include "hptpager/check.h"
#include "hptpager/dirty.h"
#include "hptpager/error.h"
#include "hptpager/fault.h"
#include "hptpager/hcall.h"
#include "hptpager/host_pte.h"
#include "hptpager/notify.h"
#include "hptpager/ops.h"
#include "hptpager/ready.h"
#include "hptpager/reset.h"
#include "hptpager/resize.h"
#include "hptpager/slot.h"
#include "hptpager/stats.h"
#include "hptpager/stream.h"
#include "hptpager/types.h"
#include "hptpager/vm.h"

/** @name Version of this header @{ */
#define HPTP_VERSION_MAJOR 0
#define HPTP_VERSION_MINOR 1
#define HPTP_VERSION_PATCH 0
/** @} */

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Version of the library that is linked.
 * @return major * 10000 + minor * 100 + patch
 * @context any
 * @locks   none
 * @order   none
 */
unsigned hptp_version(void);

#ifdef __cplusplus
}
#endif
#endif
