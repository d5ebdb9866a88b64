// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The handshake: who is let in, who is waited for. */
#include "host.h"
#include "suite.h"

static struct host host;

START_TEST(a_vm_is_born_not_ready)
{
	host_start(&host, NULL);
	ck_assert(!hptp_vm_is_ready(host.vm));
	ck_assert(!hptp_vcpu_enter(host.vcpu));
	ck_assert_int_eq(hptp_vm_stop(host.vm), 0);
	hptp_vm_ready(host.vm);
	ck_assert(hptp_vm_is_ready(host.vm));
	ck_assert(hptp_vcpu_enter(host.vcpu));
	hptp_vcpu_leave(host.vcpu);
	host_stop(&host);
}
END_TEST

START_TEST(a_running_vcpu_is_waited_for)
{
	host_start(&host, NULL);
	hptp_vm_ready(host.vm);
	ck_assert(hptp_vcpu_enter(host.vcpu));
	ck_assert_int_eq(hptp_vm_stop(host.vm), HPTP_E_BUSY);
	ck_assert(!hptp_vm_is_ready(host.vm));
	ck_assert_int_eq(hptp_vm_stop(host.vm), HPTP_E_BUSY);
	hptp_vcpu_leave(host.vcpu);
	ck_assert_int_eq(hptp_vm_stop(host.vm), 0);
	ck_assert(!hptp_vcpu_enter(host.vcpu));
	ck_assert_int_eq(hptp_vm_stop(host.vm), 0);
	hptp_vm_ready(host.vm);
	ck_assert(hptp_vcpu_enter(host.vcpu));
	hptp_vcpu_leave(host.vcpu);
	hptp_vcpu_leave(host.vcpu); /* twice: nothing */
	ck_assert_int_eq(hptp_vm_stop(host.vm), 0);
	host_stop(&host);
}
END_TEST

START_TEST(each_vcpu_counts)
{
	struct hptp_vcpu *other;

	host_start(&host, NULL);
	hptp_vm_ready(host.vm);
	ck_assert_int_eq(hptp_vcpu_create(host.vm, NULL, &other), 0);
	ck_assert(hptp_vcpu_enter(host.vcpu));
	ck_assert(hptp_vcpu_enter(other));
	hptp_vcpu_leave(other);
	ck_assert_int_eq(hptp_vm_stop(host.vm), HPTP_E_BUSY);
	hptp_vcpu_leave(host.vcpu);
	ck_assert_int_eq(hptp_vm_stop(host.vm), 0);
	hptp_vcpu_destroy(other);
	host_stop(&host);
}
END_TEST

SUITE("ready", CASE(a_vm_is_born_not_ready), CASE(a_running_vcpu_is_waited_for),
      CASE(each_vcpu_counts))
