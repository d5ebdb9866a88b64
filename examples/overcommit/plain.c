// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The same computation on the file itself: the C library's qsort over an array of lines,
 * a recursive checksum tree over plain memory. Then both are compared, byte by byte.
 */
#include "run.h"

#include <stdlib.h>
#include <string.h>

struct text_line {
	const char *at;
	size_t length; /* without the newline */
};

static int compare(const void *a, const void *b)
{
	const struct text_line *x = a, *y = b;
	size_t shorter = x->length < y->length ? x->length : y->length;
	int order = memcmp(x->at, y->at, shorter);

	return order ? order : (x->length > y->length) - (x->length < y->length);
}

static char *sorted(const char *text, size_t size)
{
	struct text_line *lines = NULL;
	char *out = malloc(size), *to = out;
	size_t n = 0, i = 0;

	for (const char *at = text; at < text + size; n++)
		at = (const char *)memchr(at, '\n', (size_t)(text + size - at)) + 1;
	lines = malloc(n * sizeof(lines[0]));
	if (!lines || !out)
		abort();
	for (const char *at = text; at < text + size; i++) {
		const char *end = memchr(at, '\n', (size_t)(text + size - at));

		lines[i] = (struct text_line){ at, (size_t)(end - at) };
		at = end + 1;
	}
	qsort(lines, n, sizeof(lines[0]), compare);
	for (i = 0; i < n; i++) {
		memcpy(to, lines[i].at, lines[i].length + 1);
		to += lines[i].length + 1;
	}
	free(lines);
	return out;
}

/* The node that is number i of its level; level 0 are the leaves. */
static uint64_t node(const char *text, size_t size, unsigned level, size_t i)
{
	size_t span = BLOCK;
	uint64_t sum = i;

	if (level == 0) {
		size_t n = size - i * BLOCK < BLOCK ? size - i * BLOCK : BLOCK;

		return checksum_bytes(text + i * BLOCK, n, sum);
	}
	for (unsigned l = 1; l < level; l++)
		span *= FAN_OUT;
	for (size_t c = i * FAN_OUT; c < (i + 1) * FAN_OUT && c * span < size; c++) {
		uint64_t child = node(text, size, level - 1, c);

		sum = checksum_bytes(&child, sizeof(child), sum);
	}
	return sum;
}

static uint64_t root(const char *text, size_t size)
{
	unsigned level = 0;

	for (size_t span = BLOCK; span < size; span *= FAN_OUT)
		level++;
	return node(text, size, level, 0);
}

static const char *compare_text(struct run *run, const char *right)
{
	const struct layout *l = &run->job.layout;
	char piece[4096];

	for (uint64_t at = 0; at < l->size; at += sizeof(piece)) {
		size_t n = l->size - at < sizeof(piece) ? l->size - at : sizeof(piece);

		if (!guest_load(&run->job.cpu[0], l->text + at, piece, n))
			return "the guest's memory can not be read back";
		if (memcmp(piece, right + at, n))
			return "the sorted lines differ";
	}
	return NULL;
}

const char *plain_compare(struct run *run)
{
	const struct job *job = &run->job;
	char *text = malloc(job->layout.size), *right;
	const char *difference = NULL;

	if (!text)
		abort();
	job_text(job, 0, text, job->layout.size);
	right = sorted(text, job->layout.size);
	if (job->before != root(text, job->layout.size))
		difference = "the first checksum differs";
	else if (job->after != root(right, job->layout.size))
		difference = "the checksum of the sorted lines differs";
	else
		difference = compare_text(run, right);
	free(right);
	free(text);
	return difference;
}
