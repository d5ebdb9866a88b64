// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "reader.h"

#include <errno.h>
#include <lzma.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *read_whole(const char *path, size_t *size)
{
	FILE *f = fopen(path, "rb");
	char *data = NULL;
	size_t room = 0, got;

	*size = 0;
	if (!f)
		return NULL;
	do {
		if (room - *size < 65536) {
			room = room ? room * 2 : 1 << 20;
			data = realloc(data, room);
			if (!data)
				abort();
		}
		got = fread(data + *size, 1, room - *size - 1, f);
		*size += got;
	} while (got);
	if (ferror(f)) {
		free(data);
		data = NULL;
	}
	fclose(f);
	return data;
}

/* Decompress to a new buffer with room for a final NUL; NULL: not an xz file. */
static char *unpack(const char *packed, size_t packed_size, size_t *size)
{
	size_t room = packed_size * 8 + 4096;
	char *out = NULL;

	for (;;) {
		uint64_t memory = UINT64_MAX;
		size_t in_pos = 0, out_pos = 0;
		lzma_ret ret;

		out = realloc(out, room);
		if (!out)
			abort();
		ret = lzma_stream_buffer_decode(&memory, 0, NULL, (const uint8_t *)packed, &in_pos,
						packed_size, (uint8_t *)out, &out_pos, room - 1);
		if (ret == LZMA_OK) {
			*size = out_pos;
			return out;
		}
		if (ret != LZMA_BUF_ERROR || room > (1u << 30)) {
			free(out);
			return NULL;
		}
		room *= 2;
	}
}

bool reader_open(struct reader *in, const char *path)
{
	size_t len = strlen(path);

	memset(in, 0, sizeof(*in));
	in->text = read_whole(path, &in->size);
	if (!in->text) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return false;
	}
	if (len > 3 && !strcmp(path + len - 3, ".xz")) {
		char *packed = in->text;

		in->text = unpack(packed, in->size, &in->size);
		free(packed);
		if (!in->text) {
			fprintf(stderr, "%s: not a complete xz file\n", path);
			return false;
		}
	}
	in->text[in->size] = '\0';
	for (size_t i = 0; i < in->size; i++)
		if (in->text[i] == '\n')
			in->text[i] = '\0';
	return true;
}

void reader_close(struct reader *in)
{
	free(in->text);
	in->text = NULL;
}

const char *reader_peek(struct reader *in)
{
	while (in->pos < in->size && (in->text[in->pos] == '#' || !in->text[in->pos])) {
		in->pos += strlen(in->text + in->pos) + 1;
		in->line++;
	}
	return in->pos < in->size ? in->text + in->pos : NULL;
}

const char *reader_next(struct reader *in)
{
	const char *line = reader_peek(in);

	if (line) {
		in->pos += strlen(line) + 1;
		in->line++;
	}
	return line;
}

bool words_split(struct words *words, const char *line)
{
	char *save = NULL;

	words->line = line;
	words->n = 0;
	if (strlen(line) >= sizeof(words->buf))
		return false;
	strcpy(words->buf, line);
	for (char *w = strtok_r(words->buf, " ", &save); w; w = strtok_r(NULL, " ", &save)) {
		if (words->n == MAX_WORDS)
			return false;
		words->w[words->n++] = w;
	}
	return words->n > 0;
}

bool word_hex(const char *word, uint64_t *out)
{
	char *end;

	errno = 0;
	*out = strtoull(word, &end, 16);
	return end != word && !*end && !errno && *word != '-' && *word != '+';
}

bool word_dec(const char *word, long *out)
{
	char *end;

	errno = 0;
	*out = strtol(word, &end, 10);
	return end != word && !*end && !errno;
}
