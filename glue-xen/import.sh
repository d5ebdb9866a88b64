#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016,SC2034 # make's variables in quotes; import-lib.sh uses ours
#
# Put libhptpager and its glue into a Xen 4.20 source tree, or take them out again.
#
# usage: import.sh [--undo] [--heap] XEN_TREE
#
# --heap: also what the self-test needs to bring up Xen's own heap (HPTPAGER_HEAP)
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
. "$here/../scripts/import-lib.sh"

into=xen/common/hptpager
done_message='enable HPTPAGER'

heap=
import_option() {
	[ "$1" = --heap ] && heap=1
}

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
	insert xen/arch/ppc/ppc64/exceptions-asm.S before \
		'ISR exc_sysreset,   EXC_SYSTEM_RESET,   exception_common' \
		'#include "../../../common/hptpager/hptp_vectors.S"'
	mm=xen/arch/ppc/include/asm/mm.h
	take $mm
	[ -z "$heap" ] || insert $mm before '#endif /* _ASM_PPC_MM_H */' \
		'#include "../../../../common/hptpager/hptp_frames.h"'
}

copy_glue() {
	scenarios=$here/../tests/scenarios
	cp -p "$here/Makefile" "$here"/*.S "$dir/"
	mkdir "$dir/selftest" "$dir/scenarios" "$dir/guest"
	cp -p "$here"/selftest/* "$dir/selftest/"
	cp -p "$here"/../examples/metal/guest/* "$here"/../examples/metal/string.[ch] "$dir/guest/"
	cp -p "$scenarios"/*.[ch] "$scenarios/SOURCES" "$dir/scenarios/"
}

import_main "$@"
