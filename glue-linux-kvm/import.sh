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

insert_all() {
	insert $kvm/Kconfig before 'config KVM_BOOK3S_64_PR' \
		'source "arch/powerpc/kvm/hptpager/Kconfig"'
	insert $kvm/Makefile before 'obj-$(CONFIG_KVM_BOOK3S_64_HV) += kvm-hv.o' \
		'obj-$(CONFIG_KVM_BOOK3S_HV_HPTPAGER) += hptpager/'
}

copy_glue() {
	cp -p "$here/Kbuild" "$dir/"
}

import_main "$@"
