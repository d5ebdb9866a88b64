/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The userspace port with atomic sections that are counted, and grace periods that check. */
#ifndef CONTEXT_HPTP_PORT_H
#define CONTEXT_HPTP_PORT_H

#define hptp_port_atomic_begin context_no_begin
#define hptp_port_atomic_end context_no_end
#include "../../libhptpager/port/userspace/hptp_port.h"
#undef hptp_port_atomic_begin
#undef hptp_port_atomic_end

void hptp_port_atomic_begin(void);
void hptp_port_atomic_end(void);

#endif
