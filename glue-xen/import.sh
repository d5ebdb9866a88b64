#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016,SC2034 # make's variables in quotes; import-lib.sh uses ours
#
# Put libhptpager and its glue into a Xen 4.20 source tree, or take them out again.
#
# usage: import.sh [--undo] XEN_TREE
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
. "$here/../scripts/import-lib.sh"

into=xen/common/hptpager
done_message='enable HPTPAGER'

check_tree() {
	[ -f "$tree/xen/Makefile" ] || die "$tree: no xen/Makefile; not a Xen tree"
	version=$(sed -n 's/^export XEN_\(SUB\)\{0,1\}VERSION *= //p' "$tree/xen/Makefile" |
		paste -sd. -)
	[ "$version" = 4.20 ] || die "$tree: Xen ${version:-of unknown version}; known is 4.20"
	[ -d "$tree/xen/arch/ppc" ] || die "$tree: no xen/arch/ppc; not a tree this script knows"
}

insert_all() {
	insert xen/common/Kconfig before 'config LLC_COLORING' \
		'source "common/hptpager/Kconfig"'
	insert xen/common/Makefile before 'obj-$(CONFIG_HYPFS) += hypfs.o' \
		'obj-$(CONFIG_HPTPAGER) += hptpager/'
}

copy_glue() {
	cp -p "$here/Makefile" "$dir/"
}

import_main "$@"
