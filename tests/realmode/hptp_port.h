/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * The userspace port with a real mode to try the library in: while it is on, the library's
 * memory lies somewhere else, and a pointer that was not translated leads nowhere.
 */
#ifndef REALMODE_PORT_H
#define REALMODE_PORT_H

#include "../../libhptpager/port/userspace/hptp_port.h"

void *realmode_reach(const void *p, const char *file, int line);

#undef hptp_port_reach
#define hptp_port_reach(p) ((__typeof__(p))realmode_reach((p), __FILE__, __LINE__))

/*
 * With REALMODE_CALLBACKS=virtual callbacks run with translation on: those of the unit tests
 * touch the library's memory as hardware and other CPUs do, which know no real mode.
 */
bool realmode_suspend(void);
void realmode_resume(bool *on);

#undef hptp_op
#define hptp_op(vm, name, ...)                                                                     \
	({                                                                                         \
		bool on_ __attribute__((cleanup(realmode_resume))) = realmode_suspend();           \
		(vm)->ops->name((vm)->host, ##__VA_ARGS__);                                        \
	})

#endif
