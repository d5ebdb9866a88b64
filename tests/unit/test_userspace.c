// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The ready-made memory callbacks of the userspace port. */
#include "hptpager/hptpager.h"
#include "hptpager/userspace.h"
#include "suite.h"

#include <stdint.h>
#include <string.h>

static bool zero(const unsigned char *p, size_t n)
{
	while (n && !*p) {
		p++;
		n--;
	}
	return !n;
}

START_TEST(memory_is_zeroed_and_aligned)
{
	static const size_t sizes[] = { 1, 63, 64, 65, 4096, 65535, 65536 };

	for (int round = 0; round < 3; round++) {
		for (unsigned i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			unsigned char *mem = hptp_userspace_mem_alloc(NULL, sizes[i]);

			ck_assert_ptr_nonnull(mem);
			ck_assert_uint_eq((uintptr_t)mem % 64, 0);
			ck_assert(zero(mem, sizes[i]));
			memset(mem, 0xff, sizes[i]); /* the next must be zeroed all the same */
			hptp_userspace_mem_free(NULL, mem, sizes[i]);
		}
	}
}
END_TEST

START_TEST(tables_are_aligned_to_their_size)
{
	for (unsigned order = 18; order <= 24; order++) {
		struct hptp_table_mem mem;
		size_t size = (size_t)1 << order;

		ck_assert_int_eq(hptp_userspace_table_alloc(NULL, order, &mem), 0);
		ck_assert_uint_eq((uintptr_t)mem.virt % size, 0);
		ck_assert_uint_eq(mem.real, (uintptr_t)mem.virt);
		ck_assert(zero(mem.virt, size));
		memset(mem.virt, 0xff, size);
		hptp_userspace_table_free(NULL, order, &mem);
	}
}
END_TEST

SUITE("userspace", CASE(memory_is_zeroed_and_aligned), CASE(tables_are_aligned_to_their_size))
