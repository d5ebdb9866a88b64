/* SPDX-License-Identifier: GPL-2.0-only */
/* NULL and size_t are Xen's own, and so is offsetof. */
#include <xen/lib.h>
#include <xen/types.h>
