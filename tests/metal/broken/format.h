/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* A host that has entries in the old format on every processor. */
#include "hptpager/hptpager.h"

#define HPTP_FORMAT_3_0 HPTP_FORMAT_OLD
