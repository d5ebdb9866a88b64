/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* Page-out of all of a slot, for its removal. */
#ifndef HPTP_UNMAP_H
#define HPTP_UNMAP_H

#include "slot.h"

/* Make every entry of a hidden slot absent, and an orphan. */
void hptp_unmap_and_unlink(struct hptp_slot *slot);

#endif
