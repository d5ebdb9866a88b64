/* SPDX-License-Identifier: GPL-2.0-only */
/* bool, true and false are Xen's own. */
#include <xen/stdbool.h>
