// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * A tree of checksums over the text: leaves over blocks, nodes over FAN_OUT children,
 * level after level in one array of guest memory.
 */
#include "job.h"

#include <string.h>

/* FNV-1a over words: not for adversaries, but every bit and its place counts. */
uint64_t checksum_bytes(const void *from, size_t n, uint64_t sum)
{
	const char *at = from;

	for (; n; n -= n < 8 ? n : 8, at += 8) {
		uint64_t word = 0;

		memcpy(&word, at, n < 8 ? n : 8);
		sum = (sum ^ word) * 0x100000001b3ull;
		sum ^= sum >> 29;
	}
	return sum;
}

bool checksum_leaf(struct cpu *cpu, struct job *job, const struct phase *phase, uint64_t task)
{
	uint64_t end = (task + 1) * BLOCK, sum = task;
	char piece[1024];

	end = end < job->layout.size ? end : job->layout.size;
	for (uint64_t at = task * BLOCK; at < end && !stopped(cpu); at += sizeof(piece)) {
		size_t n = end - at < sizeof(piece) ? end - at : sizeof(piece);

		guest_load(cpu, phase->from + at, piece, n);
		sum = checksum_bytes(piece, n, sum);
	}
	guest_set64(cpu, job->layout.tree + 8 * task, sum);
	return !stopped(cpu);
}

bool checksum_root(struct cpu *cpu, struct job *job, const struct phase *phase, uint64_t task)
{
	uint64_t level = job->layout.tree, n = layout_blocks(&job->layout);

	(void)task;
	while (n > 1 && !stopped(cpu)) {
		uint64_t parents = (n + FAN_OUT - 1) / FAN_OUT;

		for (uint64_t i = 0; i < parents; i++) {
			uint64_t sum = i;

			for (uint64_t c = i * FAN_OUT; c < n && c < (i + 1) * FAN_OUT; c++) {
				uint64_t child = guest_get64(cpu, level + 8 * c);

				sum = checksum_bytes(&child, sizeof(child), sum);
			}
			guest_set64(cpu, level + 8 * (n + i), sum);
		}
		level += 8 * n;
		n = parents;
	}
	*phase->result = guest_get64(cpu, level);
	return !stopped(cpu);
}
