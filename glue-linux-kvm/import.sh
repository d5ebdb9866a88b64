#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016,SC2034 # make's variables in quotes; import-lib.sh uses ours
#
# Put libhptpager and its glue into a Linux 6.1 source tree, or take them out again.
#
# usage: import.sh [--undo] LINUX_TREE
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
. "$here/../scripts/import-lib.sh"

kvm=arch/powerpc/kvm
into=$kvm/hptpager
done_message='enable KVM_BOOK3S_HV_HPTPAGER'

check_tree() {
	[ -f "$tree/Makefile" ] || die "$tree: no Makefile; not a Linux tree"
	version=$(sed -n 's/^VERSION = //p; s/^PATCHLEVEL = //p' "$tree/Makefile" | paste -sd. -)
	[ "$version" = 6.1 ] || die "$tree: Linux ${version:-of unknown version}; known is 6.1"
	for file in book3s_64_mmu_hv.c book3s_hv_rm_mmu.c; do
		[ -f "$tree/$kvm/$file" ] ||
			die "$tree/$kvm/$file: missing; not a tree this script knows"
	done
}

# Places of KVM get a few lines each, and the compiler is told to count on as if they were
# not there: without the option, every object is what it was to the byte.
hook() {
	take "$1"
	[ -z "$undo" ] || return 0
	line=$(grep -nxF -- "$3" "$scratch/$1" | cut -d : -f 1)
	[ "$2" = before ] || line=$((line + 1))
	insert "$1" "$2" "$3" "$4
#line $line /* hptpager */"
}

# The same, for lines that are there with the option only.
hook_if() {
	hook "$1" "$2" "$3" "#ifdef CONFIG_KVM_BOOK3S_HV_HPTPAGER
$4
#endif /* hptpager */"
}

# The last place of a file comes first, so that lines are counted without the others.
insert_all() {
	host=arch/powerpc/include/asm/kvm_host.h
	hv=$kvm/book3s_hv.c
	insert $kvm/Kconfig before 'config KVM_BOOK3S_64_PR' \
		'source "arch/powerpc/kvm/hptpager/Kconfig"'
	insert $kvm/Makefile before 'obj-$(CONFIG_KVM_BOOK3S_64_HV) += kvm-hv.o' \
		'include $(srctree)/$(src)/hptpager/Kbuild'
	hook_if $host after '	unsigned long pgfault_hpte[2];' \
		'	struct hptp_kvm_vcpu *hptp; /* hptpager */'
	hook_if $host after '	struct kvm_hpt_info hpt;' '	struct hptp_kvm *hptp; /* hptpager */'
	hook_if $host after '	unsigned long *rmap;' '	struct hptp_kvm_slot *hptp; /* hptpager */'
	hook $hv after '	kvm_ops_hv.owner = THIS_MODULE;' \
		'	hptp_kvm_wrap(&kvm_ops_hv); /* hptpager */'
	hook_if $hv after '	H_BULK_REMOVE,' '	H_BLOCK_REMOVE, /* hptpager */'
	hook_if $hv before "	/* See if it's in the real-mode table */" \
		'	if (cmd == H_BLOCK_REMOVE) /* hptpager */
		return 1; /* hptpager */'
	hook $hv before '		ret = kvmppc_h_page_init(vcpu, kvmppc_get_gpr(vcpu, 4),' \
		'		if (hptp_kvm_page_init(vcpu, &ret)) /* hptpager */
			break; /* hptpager */'
	hook_if $hv before '	case H_BULK_REMOVE:' '	case H_BLOCK_REMOVE: /* hptpager */
		ret = hptp_kvm_hcall(vcpu, req); /* hptpager */
		break; /* hptpager */'
	hook $hv after '#include "book3s_hv.h"' '#include "hptpager/hooks.h"'
}

copy_glue() {
	cp -p "$here/Kbuild" "$dir/"
}

import_main "$@"
