/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* What the program does instead of its suite, if it is asked to. NULL, or what was wrong. */
#ifndef VMM_MODES_H
#define VMM_MODES_H

/* Guests that mean harm, for so long. */
const char *hostile_guests(unsigned seconds);
/* A guest's HTAB stream, as text. */
const char *capture(void);
/* How much it takes to page a guest: counts and instructions, for both kernels alike. */
const char *measure(void);

#endif
