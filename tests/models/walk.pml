// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * A page-out of two frames, whose walk copies one member of a set at a time, while members
 * leave the first set: copy_set(), next_linked(), hptp_rmap_del(). No memory order here.
 *
 * Promise: a member of the second set that stays is visited.
 *
 * config walk
 *
 * witness walk left_midway
 *
 * twin CURSOR_KEPT          walk           L17     the next set begins where the last one ended
 */
byte n[2]; /* members */
bool visited[2], left_midway;

proctype walker()
{
	byte frame, last, cursor;

	do
	:: frame == 2 -> break
	:: else ->
		atomic { /* next_linked(), copy_set() under the set's lock */
			if
			:: !n[frame] ->
				left_midway = left_midway || cursor;
				frame++
			:: else ->
#ifndef CURSOR_KEPT
				if
				:: last != frame -> cursor = 0
				:: else
				fi;
#endif
				last = frame;
				if
				:: frame == 1 && cursor < 2 -> visited[cursor] = 1
				:: else
				fi;
				cursor++;
				if
				:: cursor >= n[frame] ->
					cursor = 0;
					frame++
				:: else
				fi
			fi
		}
	od
}

proctype remover()
{
	do
	:: n[0] -> n[0]--
	:: break
	od
}

init {
	atomic {
		n[0] = 2;
		n[1] = 2;
		run walker();
		run remover()
	}
	_nr_pr == 1;
	assert(visited[0] && visited[1]);
#include "witness.pmh"
}
