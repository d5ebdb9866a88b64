/* SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause */
/* The other entries of a frame, when one of them is brought back. */
#ifndef HPTP_ALIAS_H
#define HPTP_ALIAS_H

#include "link.h"
#include "vm.h"

/*
 * An entry of `page` was made valid, for the host page that was looked up under the
 * snapshot: make absent entries of the same set valid as well, each as its own view says.
 * In the read section of that snapshot, with no lock held.
 */
void hptp_reinstate_aliases(struct hptp_vcpu *vcpu, const struct hptp_page *page,
			    const struct hptp_host_page *host, const struct hptp_snapshot *snap);

#endif
