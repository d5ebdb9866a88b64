// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* A program of the build host: what the sorting guest has to come to, as a header. */
#include "records.h"

#include <stdio.h>
#include <stdlib.h>

static int compare(const void *left, const void *right)
{
	uint64_t l = ((const struct record *)left)->key, r = ((const struct record *)right)->key;

	return (l > r) - (l < r);
}

int main(void)
{
	struct record *record = malloc(RECORDS * sizeof(*record));

	if (!record)
		return 1;
	for (uint64_t i = 0; i < RECORDS; i++)
		record_make(&record[i], i);
	qsort(record, RECORDS, sizeof(*record), compare);
	printf("#define SORTED_SUM 0x%llxull\n",
	       (unsigned long long)records_join(records_sum(record, RECORDS / 2),
						records_sum(record + RECORDS / 2, RECORDS / 2)));
	free(record);
	return 0;
}
