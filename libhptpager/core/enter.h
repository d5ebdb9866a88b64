/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* H_ENTER for the library's own use. */
#ifndef HPTP_ENTER_H
#define HPTP_ENTER_H

#include "vm.h"

/* Enter, in task context, with whatever memory and pins that takes. */
long hptp_enter_task(struct hptp_vcpu *vcpu, const struct hptp_enter_args *args, uint64_t *out);

#endif
