/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/*
 * A receiver of the migration stream that is as simple as can be: an array of entries that
 * each record changes. It shares nothing with the library but the header's layout.
 */
#ifndef TEST_MIRROR_H
#define TEST_MIRROR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct mirror {
	uint64_t n;
	struct mirror_entry {
		uint64_t v, r; /* v 0: free */
	} * entry;
	uint64_t told, records; /* entries and records so far */
};

static inline uint64_t mirror_be64(const uint8_t *p)
{
	uint64_t x = 0;

	for (unsigned i = 0; i < 8; i++)
		x = x << 8 | p[i];
	return x;
}

/* Why the bytes are no stream that a reader may produce; NULL: they are. */
static inline const char *mirror_apply(struct mirror *m, const uint8_t *p, size_t size)
{
	uint64_t end = 0;

	while (size) {
		struct {
			uint32_t index;
			uint16_t n_valid, n_invalid;
		} h;

		if (size < sizeof(h))
			return "half a header";
		memcpy(&h, p, sizeof(h));
		p += sizeof(h);
		size -= sizeof(h);
		if (!h.n_valid && !h.n_invalid)
			return "an empty record";
		if (h.index < end)
			return "records are not in order";
		end = (uint64_t)h.index + h.n_valid + h.n_invalid;
		if (end > m->n)
			return "a record goes beyond the table";
		if (size / 16 < h.n_valid)
			return "half a record";
		m->records++;
		m->told += h.n_valid + h.n_invalid;
		for (uint64_t i = h.index; i < end; i++) {
			struct mirror_entry e = { 0, 0 };

			if (i - h.index < h.n_valid) {
				e = (struct mirror_entry){ mirror_be64(p), mirror_be64(p + 8) };
				p += 16;
				size -= 16;
				if (!(e.v & 1))
					return "an entry without V";
				if ((e.v & 0x60) || (e.r & 1ull << 62))
					return "a bit of the hypervisor's";
			}
			m->entry[i] = e;
		}
	}
	return NULL;
}

#endif
