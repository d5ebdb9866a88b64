// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Sparse arrays: directories at creation, chunks on demand. */
#include "sparse.h"
#include "vm.h"

static uint64_t dir_entries(const struct hptp_sparse *s, uint64_t dir)
{
	uint64_t left = s->chunks - (dir << HPTP_DIR_SHIFT);
	uint64_t full = (uint64_t)1 << HPTP_DIR_SHIFT;

	return left < full ? left : full;
}

static uint64_t dir_count(const struct hptp_sparse *s)
{
	return (s->chunks + ((uint64_t)1 << HPTP_DIR_SHIFT) - 1) >> HPTP_DIR_SHIFT;
}

int hptp_sparse_init(struct hptp_vm *vm, struct hptp_sparse *s, uint64_t n, unsigned elem_shift,
		     unsigned chunk_shift)
{
	unsigned per = chunk_shift - elem_shift;

	if (!n)
		return HPTP_OK;
	s->elem_shift = (uint8_t)elem_shift;
	s->chunk_shift = (uint8_t)chunk_shift;
	s->chunks = (n + ((uint64_t)1 << per) - 1) >> per;
	if (dir_count(s) > (uint64_t)1 << HPTP_DIR_SHIFT)
		return HPTP_E_PARAM;
	s->dirs = hptp_mem_alloc(vm, dir_count(s) * sizeof(void **));
	if (!s->dirs)
		return HPTP_E_NOMEM;
	for (uint64_t d = 0; d < dir_count(s); d++) {
		s->dirs[d] = hptp_mem_alloc(vm, dir_entries(s, d) * sizeof(void *));
		if (!s->dirs[d]) {
			hptp_sparse_free(vm, s);
			return HPTP_E_NOMEM;
		}
	}
	s->first = s->dirs[0];
	return HPTP_OK;
}

void hptp_sparse_free(struct hptp_vm *vm, struct hptp_sparse *s)
{
	if (!s->dirs)
		return;
	for (uint64_t d = 0; d < dir_count(s); d++) {
		if (!s->dirs[d])
			continue;
		for (uint64_t i = 0; i < dir_entries(s, d); i++)
			if (s->dirs[d][i])
				hptp_mem_free(vm, s->dirs[d][i], (size_t)1 << s->chunk_shift);
		hptp_mem_free(vm, s->dirs[d], dir_entries(s, d) * sizeof(void *));
	}
	hptp_mem_free(vm, s->dirs, dir_count(s) * sizeof(void **));
	s->dirs = NULL;
}

/* A chunk that is still missing, by the size that it has; 0: none. */
static size_t missing(struct hptp_vm *vm, hptp_sparse_where *where, uint64_t key, unsigned which)
{
	struct hptp_sparse *s;
	size_t size = 0;
	uint64_t i;

	hptp_port_read_begin();
	s = where(vm, key, which, &i);
	if (s && !hptp_sparse_at(s, i))
		size = (size_t)1 << s->chunk_shift;
	hptp_port_read_end();
	return size;
}

/* False: it is not wanted any more, or another thread was first. */
static bool install(struct hptp_vm *vm, hptp_sparse_where *where, uint64_t key, unsigned which,
		    void *mem)
{
	struct hptp_sparse *s;
	bool taken;
	uint64_t i;

	hptp_port_read_begin();
	s = where(vm, key, which, &i);
	taken = s && hptp_publish_ptr(hptp_sparse_entry(s, i >> (s->chunk_shift - s->elem_shift)),
				      NULL, mem);
	hptp_port_read_end();
	return taken;
}

bool hptp_sparse_provide(struct hptp_vm *vm, hptp_sparse_where *where, uint64_t key, unsigned which)
{
	size_t size = missing(vm, where, key, which);
	void *mem;

	if (!size)
		return true;
	mem = hptp_mem_alloc(vm, size);
	if (!mem)
		return false;
	if (!install(vm, where, key, which, mem))
		hptp_mem_free(vm, mem, size);
	return true;
}
