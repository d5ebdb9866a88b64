/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* A trace file as lines and words; .xz files are decompressed. */
#ifndef TRACE_READER_H
#define TRACE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct reader {
	char *text; /* the whole file, lines ended by NUL */
	size_t size;
	size_t pos;  /* of the next line */
	size_t line; /* number of the line that was read last */
};

#define MAX_WORDS 32

struct words {
	const char *line; /* as it stands in the file */
	unsigned n;
	char *w[MAX_WORDS];
	char buf[512];
};

/* false: the file can not be read or decompressed; errno-like reason on stderr. */
bool reader_open(struct reader *in, const char *path);
void reader_close(struct reader *in);
/* The next line that is no comment, NULL at the end; reader_next() moves on. */
const char *reader_peek(struct reader *in);
const char *reader_next(struct reader *in);

/* Split at blanks; false: too many words, or too long. */
bool words_split(struct words *words, const char *line);
/* Numbers; a word that is none is answered with false. */
bool word_hex(const char *word, uint64_t *out);
bool word_dec(const char *word, long *out);

#endif
