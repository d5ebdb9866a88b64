// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Lines in guest memory. Only small pieces are ever held outside it.
 */
#include "job.h"

#include <string.h>

enum { PIECE = 128 };

/* The end of the line that begins at `at`, its newline included; at most `end`. */
uint64_t line_next(struct cpu *cpu, uint64_t at, uint64_t end)
{
	char piece[PIECE];

	while (at < end) {
		size_t n = end - at < PIECE ? end - at : PIECE;
		const char *newline;

		if (!guest_load(cpu, at, piece, n))
			return end;
		newline = memchr(piece, '\n', n);
		if (newline)
			return at + (uint64_t)(newline - piece) + 1;
		at += n;
	}
	return end;
}

/* The first line that begins at `at` or behind, in an area whose first line is at `begin`. */
uint64_t line_start(struct cpu *cpu, uint64_t at, uint64_t begin, uint64_t end)
{
	if (at <= begin)
		return begin;
	return at >= end ? end : line_next(cpu, at - 1, end);
}

/* Order of two lines: byte by byte without their newline, a shorter one first. */
int line_compare(struct cpu *cpu, uint64_t a, uint64_t b)
{
	uint64_t end = cpu->guest->size;
	char x[PIECE], y[PIECE];

	for (size_t done = 0;; done += PIECE) {
		size_t n = PIECE;

		n = end - a - done < n ? end - a - done : n;
		n = end - b - done < n ? end - b - done : n;
		if (!n || !guest_load(cpu, a + done, x, n) || !guest_load(cpu, b + done, y, n))
			return 0;
		for (size_t i = 0; i < n; i++) {
			if (x[i] == y[i] && x[i] != '\n')
				continue;
			if (x[i] == '\n' || y[i] == '\n')
				return (y[i] == '\n') - (x[i] == '\n');
			return (unsigned char)x[i] < (unsigned char)y[i] ? -1 : 1;
		}
	}
}

void line_copy(struct cpu *cpu, uint64_t to, uint64_t from, uint64_t n)
{
	char piece[1024];

	while (n && !stopped(cpu)) {
		size_t part = n < sizeof(piece) ? n : sizeof(piece);

		if (guest_load(cpu, from, piece, part))
			guest_store(cpu, to, piece, part);
		from += part;
		to += part;
		n -= part;
	}
}
