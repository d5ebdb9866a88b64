/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
#ifndef VMM_HOSTILE_H
#define VMM_HOSTILE_H

/* Guests that mean harm, for so long; NULL, or what was wrong. */
const char *hostile_guests(unsigned seconds);

#endif
