/* SPDX-License-Identifier: GPL-2.0-only */
/* Xen is built without the compiler's headers; its own types are the C ones. */
#ifndef HPTP_XEN_STDINT_H
#define HPTP_XEN_STDINT_H

#include <xen/types.h>

#ifndef UINT64_MAX
#define UINT64_MAX (~(uint64_t)0)
#endif

#endif
