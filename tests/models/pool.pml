// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The list of free nodes: pop() and push() of pool.c, on three CPUs. A word holds the head:
 * node and tag; each free node's first word names the next.
 *
 * Promise: a node is in one set at a time, and what its owner put into it stays.
 *
 * config pool
 * long   three     -DNODES=3
 *
 * An operation that lost its head for the third time is looked at no further.
 *
 * witness pool ran_out
 * witness pool both
 *
 * twin NO_TAG               pool           L29     the head carries no tag
 * twin PLAIN_PUSH           pool           M18     the head is stored without release
 * twin PLAIN_POP            pool           M18     ... and read without acquire
 */
#ifndef NODES
#define NODES 2
#endif
#ifndef ROUNDS
#define ROUNDS 1
#endif
#define HEAD 0 /* and 1 to NODES: the nodes' first words */
#define WORDS (NODES + 1)
#define STORES 16

#define CPUS 2

#include "memory.pmh"

#define ID(head) ((head) & 3)
#ifdef NO_TAG
#define TAGGED(head, id) (id)
#else
#define TAGGED(head, id) ((((head) + 4) & 252) | (id))
#endif
#define MINE (16 + me) /* what an owner stores in its node */

byte owner[NODES + 1]; /* 0: none, else CPU + 1 */
bool ran_out, both;

/* Acquire and release on success; one attempt. */
inline swap(done, head, new)
{
	d_step {
		done = NEWEST(HEAD) == head;
		if
		:: done ->
			BOUND(HEAD);
			WITH(HEAD, new);
#ifdef PLAIN_PUSH
			c_code { learn(); replace(); };
#elif defined(PLAIN_POP)
			c_code { tell(); replace(); };
#else
			c_code { learn(); tell(); replace(); learn(); };
#endif
			DONE
		:: else
		fi
	}
}

inline pop(id, head, next, done, lost)
{
	do
	:: load(head, HEAD);
#ifndef PLAIN_POP
		acquire();
#endif
		id = ID(head);
		if
		:: !id -> break
		:: else
		fi;
		load(next, id);
		swap(done, head, TAGGED(head, ID(next)));
		if
		:: done -> break
		:: !done && lost < 2 -> lost++
		:: else -> goto enough
		fi
	od;
	lost = 0
}

inline push(id, head, next, done, lost)
{
	do
	:: load(head, HEAD);
		store(id, ID(head));
		swap(done, head, TAGGED(head, id));
		if
		:: done -> break
		:: !done && lost < 2 -> lost++
		:: else -> goto enough
		fi
	od;
	lost = 0
}

proctype user(byte me)
{
	byte id, other, head, next, n, lost;
	bool done;

	do
	:: n < ROUNDS ->
		n++;
		pop(id, head, next, done, lost);
		if
		:: id ->
			d_step {
				MUST(!owner[id]);
				owner[id] = me + 1
			}
			store(id, MINE);
			if /* perhaps a second one */
			:: pop(other, head, next, done, lost);
				if
				:: other ->
					both = 1;
					d_step {
						MUST(!owner[other]);
						owner[other] = me + 1
					}
				:: else -> ran_out = 1
				fi
			:: other = 0
			fi;
			load(next, id);
			MUST(next == MINE);
			d_step {
				MUST(owner[id] == me + 1);
				owner[id] = 0
			}
			push(id, head, next, done, lost)
		:: else -> ran_out = 1
		fi
	:: else -> break
	od;
enough:	skip
}

init {
	atomic {
		initial(HEAD, 1);
		initial(1, 2);
#if NODES > 2
		initial(2, 3);
		initial(3, 0);
#else
		initial(2, 0);
#endif
		run user(0);
		run user(1);
	}
	_nr_pr == 1;
#include "witness.pmh"
}
