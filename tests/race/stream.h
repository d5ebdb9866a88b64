/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A reader of the migration stream beside the other CPU. It is made to believe that the
 * table has one group, so that a whole pass is short enough to be interrupted everywhere.
 */
#ifndef RACE_STREAM_H
#define RACE_STREAM_H

/* Let pages 0 and 1 have their entries in that group. */
void stream_place_pages(void);

void stream_open(void);
void stream_close(void);
/* Read until nothing has changed. */
void stream_drain(void);

/* Both CPUs have ended: is what was told, after one more reading, what the guest sees? */
void stream_verdict(void);

#endif
