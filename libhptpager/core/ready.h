/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The handshake, as reset and resize ask it. */
#ifndef HPTP_CORE_READY_H
#define HPTP_CORE_READY_H

#include "hptpager/ready.h"

/* Is some vCPU inside? Asked after a full barrier. */
bool hptp_any_running(struct hptp_vm *vm);

#endif
