/* SPDX-License-Identifier: GPL-2.0-only */
/* NULL, offsetof, size_t and ptrdiff_t are Linux's own. */
#include <linux/stddef.h>
#include <linux/types.h>
