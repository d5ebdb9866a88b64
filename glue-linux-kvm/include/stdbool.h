/* SPDX-License-Identifier: GPL-2.0-only */
/* bool, true and false are Linux's own. */
#include <linux/stddef.h>
#include <linux/types.h>
