/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What a run comes to: a line for each check, and the verdict. */
#ifndef METAL_VERDICT_H
#define METAL_VERDICT_H

#include <stdbool.h>

void check(bool good, const char *what);

/* Print RESULT PASS if every check was good, else RESULT FAIL; end the machine. */
_Noreturn void finish(void);

#endif
