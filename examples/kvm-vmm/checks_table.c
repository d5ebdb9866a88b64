// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Entries, the dirty log, and the table as a whole. */
#include "checks.h"

#include <errno.h>
#include <linux/kvm.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

static long enter_64k(struct vm *vm)
{
	memset(play(vm), 1, 0x10000); /* memory that is not there yet is entered at any size */
	return (long)work(&vm->vcpus[0], WORK_MAP, EA_SLOT, PLAY, 0x10000, how(vm, 16, 2));
}

const char *check_enter(struct vm *vm)
{
	if (host_shift() < 16 && enter_64k(vm) != H_PARAMETER)
		return "an entry that is larger than the host's pages was not refused";
	return map_names(vm, SPAN);
}

static const char *one_memory(struct vm *vm, uint64_t ea)
{
	uint64_t seed = fill(vm, ea);

	if (!holds(vm, 0, ea, seed))
		return "vCPU 0 reads something else than it wrote";
	return holds(vm, 1, ea, seed) ? NULL : "vCPU 1 reads something else than vCPU 0 wrote";
}

const char *check_memory(struct vm *vm)
{
	return by_each_name(vm, one_memory);
}

const char *check_device(struct vm *vm)
{
	vm->device = 0;
	vm->touched = 0;
	if (work(&vm->vcpus[0], WORK_MAP, EA_DEVICE, DEVICE, 0x1000, how(vm, 12, 2)))
		return "H_ENTER of a device";
	work(&vm->vcpus[0], WORK_STORE32, EA_DEVICE, 0x12345678, 0, 0);
	if (vm->device != 0x12345678)
		return "the store did not arrive";
	vm->device = 0xcafebabe;
	if (work(&vm->vcpus[0], WORK_LOAD32, EA_DEVICE, 0, 0, 0) != 0xcafebabe)
		return "the load got something else";
	for (unsigned i = 0; i < 100; i++)
		work(&vm->vcpus[0], WORK_LOAD32, EA_DEVICE, 0, 0, 0);
	if (vm->touched != 102)
		return "not one exit for each access";
	return work(&vm->vcpus[0], WORK_UNMAP, EA_DEVICE, 0x1000, 12, 0) == ~0ull ? "H_REMOVE" :
										    NULL;
}

const char *check_torture(struct vm *vm)
{
	uint64_t good;

	/*
	 * No accesses through what comes of them: where an emulator and KVM disagree on an entry,
	 * a guest faults on it for ever. No resizes: stock KVM ends in a BUG_ON() of its own.
	 */
	good = work(&vm->vcpus[1], WORK_HOSTILE, 12345, 20000,
		    host_shift() << HOSTILE_SHIFT | HOSTILE_CALLS | HOSTILE_STAYS, 0);
	if (!good)
		return "no random hypercall succeeded";
	uint64_t seed = fill(vm, PLAY);
	return holds(vm, 0, PLAY, seed) ? NULL : "memory is not what was written";
}

const char *check_unmap(struct vm *vm)
{
	fill(vm, EA_4K);
	if (work(&vm->vcpus[0], WORK_UNMAP, EA_HOST, SPAN, host_shift(), 0) == ~0ull)
		return "H_REMOVE of 64K entries";
	/* 4K entries were written just now: R and C have to come back. */
	if (work(&vm->vcpus[0], WORK_UNMAP, EA_4K, SPAN, 12, 0) != 0x180)
		return "H_REMOVE of 4K entries, or their R and C";
	return NULL;
}

static const char *dirty_pages(struct vm *vm, size_t first, size_t n, size_t *set)
{
	size_t pages = vm->size / (size_t)sysconf(_SC_PAGESIZE);
	uint8_t *map = calloc(1, (pages + 63) / 64 * 8);
	struct kvm_dirty_log log = { .slot = 0, .dirty_bitmap = map };
	int failed = ioctl(vm->fd, KVM_GET_DIRTY_LOG, &log);

	*set = 0;
	for (size_t i = first; i < first + n; i++)
		*set += map[i / 8] >> (i % 8) & 1;
	free(map);
	return failed ? "KVM_GET_DIRTY_LOG" : NULL;
}

const char *check_dirty_log(struct vm *vm)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), first = PLAY / page, n = SPAN / page, set;
	const char *wrong;

	fill(vm, EA_HOST);
	if (vm_memory(vm, 0, 0, vm->mem, vm->size, true))
		return "KVM_MEM_LOG_DIRTY_PAGES";
	wrong = dirty_pages(vm, first, n, &set); /* what was written before may be reported */
	if (!wrong)
		wrong = dirty_pages(vm, first, n, &set);
	if (!wrong && set)
		wrong = "clean memory is reported as dirty";
	work(&vm->vcpus[0], WORK_STORE, EA_4K + 3 * page, 1, 0, 0);
	work(&vm->vcpus[1], WORK_STORE, EA_HOST + 9 * page, 1, 0, 0);
	if (!wrong)
		wrong = dirty_pages(vm, first, n, &set);
	if (!wrong && set != 2)
		wrong = "not the two pages that were written";
	work(&vm->vcpus[0], WORK_STORE, EA_4K + 5 * page, 1, 0, 0);
	page_out(vm);
	if (!wrong)
		wrong = dirty_pages(vm, first + 5, 1, &set);
	if (!wrong && set != 1)
		wrong = "a write was forgotten when its page went out";
	return vm_memory(vm, 0, 0, vm->mem, vm->size, false) ? "logging off" : wrong;
}

/* ---- the table as a whole ---- */
const char *resize_prepare(struct vm *vm, unsigned order)
{
	struct kvm_ppc_resize_hpt to = { .shift = order };
	int left;

	/* What is left is a time in milliseconds. */
	for (unsigned tries = 0; (left = ioctl(vm->fd, KVM_PPC_RESIZE_HPT_PREPARE, &to)) > 0;
	     tries++) {
		if (tries == 1000)
			return "a resize is never prepared";
		usleep(1000u * (left < 10 ? (unsigned)left : 10));
	}
	return left < 0 ? "KVM_PPC_RESIZE_HPT_PREPARE" : NULL;
}

const char *resize_commit(struct vm *vm, unsigned order)
{
	struct kvm_ppc_resize_hpt to = { .shift = order };

	if (ioctl(vm->fd, KVM_PPC_RESIZE_HPT_COMMIT, &to))
		return "KVM_PPC_RESIZE_HPT_COMMIT";
	vm->order = order;
	return map_names(vm, 0); /* the guest, too, has to know how many groups there are */
}

static const char *resize_to(struct vm *vm, unsigned order)
{
	const char *wrong = resize_prepare(vm, order);

	return wrong ? wrong : resize_commit(vm, order);
}

static const char *bad_resizes(struct vm *vm)
{
	struct kvm_ppc_resize_hpt small = { .shift = 17 }, flags = { .flags = 1, .shift = 20 };
	struct kvm_ppc_resize_hpt other = { .shift = 22 };

	if (!ioctl(vm->fd, KVM_PPC_RESIZE_HPT_PREPARE, &small) || errno != EINVAL ||
	    !ioctl(vm->fd, KVM_PPC_RESIZE_HPT_PREPARE, &flags) || errno != EINVAL)
		return "bad arguments of a resize are not EINVAL";
	if (!ioctl(vm->fd, KVM_PPC_RESIZE_HPT_COMMIT, &other) || errno != ENXIO)
		return "committing what was not prepared is not ENXIO";
	return NULL;
}

const char *check_resize(struct vm *vm)
{
	unsigned order = vm->order;
	uint64_t seed = fill(vm, EA_HOST);
	const char *wrong = bad_resizes(vm);

	if (!wrong)
		wrong = resize_to(vm, order + 1);
	if (!wrong && !holds(vm, 1, EA_HOST, seed))
		wrong = "memory is not the same by a larger table";
	seed = fill(vm, EA_4K);
	page_out(vm);
	if (!wrong)
		wrong = resize_to(vm, order);
	if (!wrong && !holds(vm, 1, EA_4K, seed))
		wrong = "memory is not the same by a smaller table";
	return wrong;
}

static int htab_fd(struct vm *vm, unsigned flags)
{
	struct kvm_get_htab_fd ask = { .flags = flags };
	int fd = ioctl(vm->fd, KVM_PPC_GET_HTAB_FD, &ask);

	if (fd < 0)
		die("KVM_PPC_GET_HTAB_FD");
	return fd;
}

/* All entries: the first pass goes to the table's end. */
static size_t save(struct vm *vm, uint8_t *to, size_t size)
{
	uint64_t entries = 1ull << (vm->order - 4), seen = 0;
	int fd = htab_fd(vm, 0);
	size_t used = 0;

	while (seen < entries) {
		ssize_t got = read(fd, to + used, size - used);

		if (got <= 0)
			die("reading the table");
		for (ssize_t at = 0; at < got;) {
			struct kvm_get_htab_header h;

			memcpy(&h, to + used + at, sizeof(h));
			seen = (uint64_t)h.index + h.n_valid + h.n_invalid;
			at += (ssize_t)sizeof(h) + h.n_valid * 16;
		}
		used += (size_t)got;
	}
	close(fd);
	return used;
}

static size_t record_size(const uint8_t *record)
{
	struct kvm_get_htab_header h;

	memcpy(&h, record, sizeof(h));
	return sizeof(h) + h.n_valid * 16;
}

/* One record at a time: stock KVM goes wrong with more. */
static const char *restore(struct vm *vm, const uint8_t *from, size_t size)
{
	/* A record of one entry that is not valid. */
	struct {
		struct kvm_get_htab_header header;
		uint64_t dwords[2];
	} bad = { .header = { .n_valid = 1 } };
	int fd = htab_fd(vm, KVM_GET_HTAB_WRITE);
	const char *wrong = NULL;

	if (write(fd, &bad, sizeof(bad)) != -1 || errno != EINVAL)
		wrong = "a bad record is not EINVAL";
	for (size_t at = 0; !wrong && at < size; at += record_size(from + at)) {
		size_t n = record_size(from + at);

		if (write(fd, from + at, n) != (ssize_t)n)
			wrong = "writing the table";
	}
	close(fd);
	return wrong;
}

const char *check_htab(struct vm *vm)
{
	size_t room = 4 * MB, used;
	uint8_t *stream = malloc(room);
	void *mem =
		mmap(NULL, vm->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t seed = fill(vm, EA_4K);
	const char *wrong;
	struct vm other;

	page_out(vm);
	used = save(vm, stream, room);
	memcpy(mem, vm->mem, vm->size);
	vm_create(&other, mem, vm->size, vm->order);
	wrong = restore(&other, stream, used);
	if (!wrong)
		wrong = map_names(&other, 0);
	if (!wrong && !holds(&other, 1, EA_4K, seed))
		wrong = "memory is not the same by the copied table";
	if (!wrong) {
		fill(&other, EA_HOST);
		if (!holds(vm, 0, EA_4K, seed))
			wrong = "the copy writes into the original";
	}
	vm_destroy(&other);
	munmap(mem, vm->size);
	free(stream);
	return wrong;
}
