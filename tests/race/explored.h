/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * What an explorer finds, kept where it outlives the processes that explore: a race that goes
 * wrong may end any of them.
 */
#ifndef RACE_EXPLORED_H
#define RACE_EXPLORED_H

#include "explore.h"

#include <sys/types.h>

/* Shared by all these processes. An explorer writes into `message` where it is: what went
 * wrong there is appended. */
extern struct explored *explored;

/* Wait for one of them to end; false: it went wrong. */
bool explored_well(pid_t pid);

/* The explorer's: the first of these processes. Ends with 0 if nothing went wrong. */
_Noreturn void explore_all(const struct explore *e);

#endif
