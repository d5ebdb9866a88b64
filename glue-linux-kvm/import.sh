#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016 # what looks like a variable in quotes is make's
#
# Put libhptpager and its glue into a Linux 6.1 source tree, or take them out again.
set -eu

usage() {
	echo "usage: $0 [--undo] LINUX_TREE" >&2
	exit 2
}

die() {
	echo "$0: $*" >&2
	exit 1
}

undo=
if [ "${1:-}" = --undo ]; then
	undo=1
	shift
fi
[ $# -eq 1 ] || usage

tree=$1
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
lib=$here/../libhptpager
kvm=$tree/arch/powerpc/kvm
dir=$kvm/hptpager

# The two lines that are added, each before a line that has to be there once.
kconfig_before='config KVM_BOOK3S_64_PR'
kconfig_line='source "arch/powerpc/kvm/hptpager/Kconfig"'
makefile_before='obj-$(CONFIG_KVM_BOOK3S_64_HV) += kvm-hv.o'
makefile_line='obj-$(CONFIG_KVM_BOOK3S_HV_HPTPAGER) += hptpager/'

check_tree() {
	[ -f "$tree/Makefile" ] || die "$tree: no Makefile; not a Linux tree"
	version=$(sed -n 's/^VERSION = //p; s/^PATCHLEVEL = //p' "$tree/Makefile" | paste -sd. -)
	[ "$version" = 6.1 ] || die "$tree: Linux ${version:-of unknown version}; known is 6.1"
	for file in Kconfig Makefile book3s_64_mmu_hv.c book3s_hv_rm_mmu.c; do
		[ -f "$kvm/$file" ] || die "$kvm/$file: missing; not a tree this script knows"
	done
	check_anchor Kconfig "$kconfig_before"
	check_anchor Makefile "$makefile_before"
}

check_anchor() {
	[ "$(grep -cxF "$2" "$kvm/$1")" = 1 ] ||
		die "$kvm/$1: no single line '$2'; not a tree this script knows"
}

# add_line FILE BEFORE LINE, drop_line FILE LINE: whole lines, as fixed strings.
add_line() {
	grep -qxF "$3" "$1" && return
	BEFORE=$2 LINE=$3 awk '$0 == ENVIRON["BEFORE"] { print ENVIRON["LINE"] } { print }' \
		"$1" >"$1.new"
	replace "$1"
}

drop_line() {
	grep -qxF "$2" "$1" || return 0
	LINE=$2 awk '$0 != ENVIRON["LINE"]' "$1" >"$1.new"
	replace "$1"
}

# Keeps the owner and the mode of the file.
replace() {
	cat "$1.new" >"$1"
	rm "$1.new"
}

copy_sources() {
	rm -rf "$dir"
	mkdir -p "$dir/include/hptpager"
	while read -r source; do
		mkdir -p "$dir/$(dirname "$source")"
		cp -p "$lib/$source" "$dir/$source"
	done <"$lib/SOURCES"
	cp -p "$lib"/core/*.h "$dir/core/"
	cp -p "$lib/SOURCES" "$lib/arch/ppc64/hptp_arch.h" "$dir/"
	cp -p "$here/../include/hptpager"/*.h "$dir/include/hptpager/"
	cp -p "$here/include"/*.h "$dir/include/"
	cp -p "$here"/*.[ch] "$here/Kbuild" "$here/Kconfig" "$dir/"
}

check_tree
if [ -n "$undo" ]; then
	rm -rf "$dir"
	drop_line "$kvm/Kconfig" "$kconfig_line"
	drop_line "$kvm/Makefile" "$makefile_line"
	echo "libhptpager taken out of $tree"
else
	copy_sources
	add_line "$kvm/Kconfig" "$kconfig_before" "$kconfig_line"
	add_line "$kvm/Makefile" "$makefile_before" "$makefile_line"
	echo "libhptpager put into $tree; enable KVM_BOOK3S_HV_HPTPAGER"
fi
