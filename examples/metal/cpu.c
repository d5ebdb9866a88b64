// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "cpu.h"

#include "vcpu.h"

struct cpu cpus[MAX_CPUS];
struct vcpu nobody;
