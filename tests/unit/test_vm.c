// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* VMs and vCPUs: what an embedder can get wrong is named, and nothing is left behind. */
#include "host.h"
#include "suite.h"

#include <stddef.h>
#include <string.h>

static struct host host;

static struct hptp_config good(void)
{
	static const struct host_config defaults;

	host_init(&host);
	return host_vm_config(&host, &defaults);
}

static int create(const struct hptp_config *config)
{
	struct hptp_vm *vm = (struct hptp_vm *)&host;
	int error = hptp_vm_create(config, &vm);

	if (error) {
		ck_assert_ptr_null(vm);
		ck_assert_uint_eq(host.blocks, 0);
		ck_assert_uint_eq(host.tables, 0);
	} else {
		ck_assert_int_eq(hptp_vm_destroy(vm), 0);
		ck_assert_uint_eq(host.blocks, 0);
		ck_assert_uint_eq(host.bytes, 0);
		ck_assert_uint_eq(host.tables, 0);
	}
	return error;
}

START_TEST(sizes_out_of_range)
{
	struct hptp_config c = good();

	ck_assert_int_eq(create(&c), 0);
	for (unsigned shift = 0; shift < 70; shift++) {
		c = good();
		c.frame_shift = (uint8_t)shift;
		ck_assert_int_eq(create(&c), shift == 12 || shift == 16 ? 0 : HPTP_E_PARAM);
	}
	for (unsigned order = 0; order < 256; order++) {
		c = good();
		c.order = (uint8_t)order;
		if (order && (order < HPTP_MIN_ORDER || order > HPTP_MAX_ORDER))
			ck_assert_int_eq(create(&c), HPTP_E_PARAM);
		else if (order < 25)
			ck_assert_int_eq(create(&c), 0);
	}
	c = good();
	c.format = 2;
	ck_assert_int_eq(create(&c), HPTP_E_PARAM);
	c = good();
	c.flags = 2;
	ck_assert_int_eq(create(&c), HPTP_E_PARAM);
}
END_TEST

START_TEST(unknown_structure_sizes)
{
	struct hptp_config c = good();

	c.size--;
	ck_assert_int_eq(create(&c), HPTP_E_VERSION);
	c.size = 0;
	ck_assert_int_eq(create(&c), HPTP_E_VERSION);
	c = good();
	host.ops.size = 0;
	ck_assert_int_eq(create(&c), HPTP_E_VERSION);
	c = good();
	c.ops = NULL;
	ck_assert_int_eq(create(&c), HPTP_E_OPS);
}
END_TEST

/* Each callback taken away in turn: required ones are named, the others are not missed. */
START_TEST(missing_callbacks_are_named)
{
	enum { REQUIRED, OPTIONAL, PINNED };
	static const struct {
		const char *name;
		int kind;
		size_t offset;
	} callbacks[] = {
#define HPTP_OP(kind, ret, name, args) { #name, kind, offsetof(struct hptp_ops, name) },
#include "hptpager/op_list.h"
#undef HPTP_OP
	};

	for (unsigned i = 0; i < sizeof(callbacks) / sizeof(callbacks[0]); i++) {
		for (int pinned = 0; pinned < 2; pinned++) {
			struct hptp_config c = good();
			bool needed = callbacks[i].kind == REQUIRED ||
				      (pinned && callbacks[i].kind == PINNED);

			c.flags = pinned ? HPTP_VM_PINNED : 0;
			ck_assert_ptr_null(hptp_ops_missing(&host.ops, pinned));
			memset((char *)&host.ops + callbacks[i].offset, 0, sizeof(void (*)(void)));
			if (needed)
				ck_assert_str_eq(hptp_ops_missing(&host.ops, pinned),
						 callbacks[i].name);
			else
				ck_assert_ptr_null(hptp_ops_missing(&host.ops, pinned));
			ck_assert_int_eq(create(&c), needed ? HPTP_E_OPS : 0);
		}
	}
}
END_TEST

static bool some_retry_begin(void *h, void *s, hptp_off o, uint64_t n, struct hptp_snapshot *snap)
{
	(void)h, (void)s, (void)o, (void)n, (void)snap;
	return true;
}

static bool some_retry_check(void *h, void *s, hptp_off o, uint64_t n,
			     const struct hptp_snapshot *snap)
{
	(void)h, (void)s, (void)o, (void)n, (void)snap;
	return false;
}

START_TEST(a_retry_state_has_two_halves)
{
	struct hptp_config c = good();

	host.ops.retry_begin = some_retry_begin;
	ck_assert_str_eq(hptp_ops_missing(&host.ops, false), "retry_check");
	ck_assert_int_eq(create(&c), HPTP_E_OPS);
	host.ops.retry_check = some_retry_check;
	ck_assert_ptr_null(hptp_ops_missing(&host.ops, false));
	ck_assert_int_eq(create(&c), 0);
	host.ops.retry_begin = NULL;
	ck_assert_str_eq(hptp_ops_missing(&host.ops, false), "retry_begin");
	ck_assert_int_eq(create(&c), HPTP_E_OPS);
}
END_TEST

/* The n-th allocation fails, for every n until none does. */
START_TEST(no_memory_at_creation)
{
	int error = HPTP_E_NOMEM;
	long n;

	for (n = 1; error; n++) {
		struct hptp_config c = good();

		c.order = 25;
		host.fail_in = n;
		error = create(&c);
		ck_assert(!error || error == HPTP_E_NOMEM || error == HPTP_E_HOST(12));
		ck_assert_int_lt(n, 100);
	}
	ck_assert_int_gt(n, 4);
}
END_TEST

START_TEST(no_memory_for_a_vcpu)
{
	struct hptp_vcpu *vcpu = (struct hptp_vcpu *)&host;

	host_start(&host, NULL);
	host.fail_in = 1;
	ck_assert_int_eq(hptp_vcpu_create(host.vm, NULL, &vcpu), HPTP_E_NOMEM);
	ck_assert_ptr_null(vcpu);
	host_stop(&host);
}
END_TEST

START_TEST(a_vm_in_use_does_not_end)
{
	struct hptp_vcpu *vcpus[3];

	host_start(&host, NULL);
	ck_assert_int_eq(hptp_vm_destroy(NULL), 0);
	hptp_vcpu_destroy(NULL);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(hptp_vcpu_create(host.vm, NULL, &vcpus[i]), 0);
	ck_assert_int_eq(hptp_slot_remove(host.slot), 0);
	host.slots[0].slot = NULL;
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(hptp_vm_destroy(host.vm), HPTP_E_STATE);
		hptp_vcpu_destroy(vcpus[(i + 1) % 3]);
	}
	ck_assert_int_eq(host_add_slot(&host, 0, 0, 16), 0);
	hptp_vcpu_destroy(host.vcpu);
	ck_assert_int_eq(hptp_vm_destroy(host.vm), HPTP_E_STATE);
	ck_assert_int_eq(hptp_vcpu_create(host.vm, NULL, &host.vcpu), 0);
	host_stop(&host);
}
END_TEST

START_TEST(the_table_is_described)
{
	struct hptp_table_info info;

	for (unsigned order = 18; order < 26; order++) {
		host_start(&host, &(struct host_config){ .order = order, .isa3 = order & 1 });
		hptp_vm_table(host.vm, &info);
		ck_assert_uint_eq(info.n, 1ull << (order - 4));
		ck_assert_uint_eq(info.order, order);
		ck_assert_uint_eq(info.format, order & 1);
		ck_assert_uint_eq(info.real, 0x40000000);
		ck_assert_uint_eq(info.sdr1, 0x40000000 | (order - 18));
		for (uint64_t i = 0; i < info.n; i++)
			require((info.entries[i].v.be | info.entries[i].r.be) == 0);
		host_stop(&host);
	}
}
END_TEST

START_TEST(the_need_of_memory)
{
	struct hptp_config c = good();
	struct hptp_need small, large;

	c.ops = NULL;
	ck_assert_int_eq(hptp_vm_need(&c, 1000, &small), 0);
	ck_assert_uint_eq(small.table, 1 << 18);
	ck_assert_uint_le(small.fixed, small.half_full);
	ck_assert_uint_le(small.half_full, small.worst);
	c.order = 36;
	ck_assert_int_eq(hptp_vm_need(&c, 1ull << 30, &large), 0);
	ck_assert_uint_eq(large.table, 1ull << 36);
	ck_assert_uint_gt(large.worst, small.worst);
	c.order = 0;
	ck_assert_int_eq(hptp_vm_need(&c, 1000, &small), 0);
	ck_assert_uint_eq(small.table, 0);
	c.order = 37;
	ck_assert_int_eq(hptp_vm_need(&c, 1000, &large), HPTP_E_PARAM);
	c.size = 1;
	ck_assert_int_eq(hptp_vm_need(&c, 1000, &large), HPTP_E_VERSION);
}
END_TEST

/* The promise is kept: a table full of valid entries needs no more than `worst`. */
START_TEST(the_need_is_enough)
{
	struct hptp_config c;
	struct hptp_need need;
	uint64_t idx;

	host_start(&host, NULL);
	c = host_vm_config(&host, &(struct host_config){ 0 });
	ck_assert_int_eq(hptp_vm_need(&c, HOST_FRAMES, &need), 0);
	ck_assert_uint_le(host_stats(&host).bytes, need.fixed + 65536);
	host_map(&host, 0, HOST_FRAMES, true);
	for (uint64_t i = 0; i < host.table.n; i++) {
		struct isa_va va = host_va(i / 8, 12);

		require(host_h_enter(
				&host, HPTP_H_EXACT, host_idx(&host, &va, i & 7), host_v(&va, 12),
				host_r(&host, i & 1 ? i % HOST_FRAMES : 3, 12, 12, 2), &idx) == 0);
		require(host_valid(&host, idx));
	}
	ck_assert_uint_le(host_stats(&host).bytes, need.worst);
	ck_assert_uint_eq(host_stats(&host).bytes, host.bytes);
	host_stop(&host);
}
END_TEST

/* One of a group's entries. */
static uint64_t enter_in_group(uint64_t group, unsigned k, uint64_t gfn)
{
	struct isa_va va = host_va(group, 12);
	uint64_t idx;

	require(host_h_enter(&host, HPTP_H_EXACT, host_idx(&host, &va, k), host_v(&va, 12),
			     host_r(&host, gfn, 12, 12, 2), &idx) == 0);
	return idx;
}

/*
 * The most of everything: sets whose one member is the fourth, for which the record had no
 * place when it came. Each takes two nodes, and there are more such sets than nodes.
 */
START_TEST(the_need_is_enough_for_a_guest_that_means_harm)
{
	struct hptp_config c;
	struct hptp_need need;
	uint64_t out[2], set = 0;

	host_start(&host, NULL);
	c = host_vm_config(&host, &(struct host_config){ 0 });
	ck_assert_int_eq(hptp_vm_need(&c, HOST_FRAMES, &need), 0);
	host_map(&host, 0, HOST_FRAMES, true);
	for (uint64_t group = 0; group < host.table.n / 8; group++) {
		for (unsigned k = 3; k < 8; k++, set++) {
			uint64_t gfn = set * 3 % HOST_FRAMES, idx[3];

			for (unsigned i = 0; i < 3; i++)
				idx[i] = enter_in_group(group, i, gfn);
			(void)enter_in_group(group, k, gfn);
			for (unsigned i = 0; i < 3; i++)
				require(hptp_h_remove(host.vcpu, 0, idx[i], 0, out) == 0);
		}
	}
	ck_assert_uint_gt(2 * set, host.table.n / 2);
	/* All of it is there, beside it a slot and a vCPU. */
	ck_assert_uint_ge(host_stats(&host).bytes, need.worst);
	ck_assert_uint_le(host_stats(&host).bytes, need.worst + 4096);
	host_check(&host);
	host_stop(&host);
}
END_TEST

/* Each hypercall at an index that a table would have. */
static void no_hypercall_works(void)
{
	uint64_t out[8], args[8] = { 1ull << 62 | 8, 0, 1ull << 62 | 16, 0, ~0ull, 0, 0, 0 };

	ck_assert_int_eq(hptp_h_enter(host.vcpu, 0, 8, 0x123000, 0x3012, out), HPTP_H_PARAMETER);
	ck_assert_int_eq(hptp_h_enter(host.vcpu, HPTP_H_EXACT, 0, 0, 0x12, out), HPTP_H_PARAMETER);
	ck_assert_int_eq(hptp_hcall_task(host.vcpu, out), HPTP_H_PARAMETER);
	ck_assert_int_eq(hptp_h_remove(host.vcpu, 0, 0, 0, out), HPTP_H_PARAMETER);
	ck_assert_int_eq(hptp_h_bulk_remove(host.vcpu, args), HPTP_H_PARAMETER);
	ck_assert_uint_eq(args[0] >> 56, 0xa0);
	ck_assert_uint_eq(args[2], 1ull << 62 | 16);
	ck_assert_int_eq(hptp_h_protect(host.vcpu, 0, 8, 0), HPTP_H_PARAMETER);
	ck_assert_int_eq(hptp_h_read(host.vcpu, HPTP_H_READ_4, 4, out), HPTP_H_PARAMETER);
	ck_assert_int_eq(hptp_h_clear_ref(host.vcpu, 0, 8, out), HPTP_H_PARAMETER);
	ck_assert_int_eq(hptp_h_clear_mod(host.vcpu, 0, 8, out), HPTP_H_PARAMETER);
}

START_TEST(a_vm_without_a_table)
{
	static uint8_t map[HOST_FRAMES / 8];
	struct isa_va va = host_va(5, 12);
	struct hptp_fault f = host_fault_for(&va, true);
	struct hptp_translation t;
	struct hptp_entry e;
	uint64_t slb;

	host_start(&host, &(struct host_config){ .no_table = true });
	ck_assert_ptr_null(host.table.entries);
	ck_assert_uint_eq(host.table.n, 0);
	ck_assert_uint_eq(host.table.sdr1, 0);
	ck_assert_uint_eq(host.tables, 0);
	host_map(&host, 0, 16, true);
	no_hypercall_works();
	ck_assert_int_eq(hptp_fault(host.vcpu, &f), HPTP_RESUME);
	ck_assert_int_eq(hptp_refault(host.vcpu, &f), HPTP_RESUME);
	ck_assert_int_eq(hptp_translate(host.vcpu, f.ea, f.slb_v, f.msr, 0, &t), HPTP_E_NOENT);
	ck_assert_int_eq(hptp_vrma_map(host.vcpu, 12, 4096, &slb), HPTP_E_STATE);
	ck_assert(!hptp_entry_next(host.vm, 0, &e));
	host_unmap(&host, 0, 16);
	ck_assert_int_eq(hptp_age_range(host.slot, (hptp_off){ 0 }, HOST_FRAMES, NULL), 0);
	ck_assert_int_eq(hptp_test_age_range(host.slot, (hptp_off){ 0 }, 16), 0);
	ck_assert_int_eq(hptp_dirty_start(host.slot, map, sizeof(map)), 0);
	ck_assert_int_eq(hptp_dirty_harvest(host.slot, (hptp_off){ 0 }, 16, map, 0), 0);
	ck_assert_int_eq(hptp_dirty_stop(host.slot), 0);
	ck_assert_uint_eq(host.calls[HOST_OP_tlb_flush], 0);
	host_stop(&host);
}
END_TEST

SUITE("vm", CASE(sizes_out_of_range), CASE(unknown_structure_sizes),
      CASE(missing_callbacks_are_named), CASE(a_retry_state_has_two_halves),
      CASE(no_memory_at_creation), CASE(no_memory_for_a_vcpu), CASE(a_vm_in_use_does_not_end),
      CASE(the_table_is_described), CASE(the_need_of_memory), CASE(the_need_is_enough),
      CASE(the_need_is_enough_for_a_guest_that_means_harm), CASE(a_vm_without_a_table))
