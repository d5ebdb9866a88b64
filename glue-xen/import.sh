#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck disable=SC2016 # what looks like a variable in quotes is make's
#
# Put libhptpager and its glue into a Xen 4.20 source tree, or take them out again.
set -eu

usage() {
	echo "usage: $0 [--undo] XEN_TREE" >&2
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
common=$tree/xen/common
dir=$common/hptpager

# The two lines that are added, each before a line that has to be there once.
kconfig_before='config LLC_COLORING'
kconfig_line='source "common/hptpager/Kconfig"'
makefile_before='obj-$(CONFIG_HYPFS) += hypfs.o'
makefile_line='obj-$(CONFIG_HPTPAGER) += hptpager/'

check_tree() {
	[ -f "$tree/xen/Makefile" ] || die "$tree: no xen/Makefile; not a Xen tree"
	version=$(sed -n 's/^export XEN_\(SUB\)\{0,1\}VERSION *= //p' "$tree/xen/Makefile" |
		paste -sd. -)
	[ "$version" = 4.20 ] || die "$tree: Xen ${version:-of unknown version}; known is 4.20"
	[ -d "$tree/xen/arch/ppc" ] || die "$tree: no xen/arch/ppc; not a tree this script knows"
	for file in Kconfig Makefile; do
		[ -f "$common/$file" ] || die "$common/$file: missing; not a tree this script knows"
	done
	check_anchor Kconfig "$kconfig_before"
	check_anchor Makefile "$makefile_before"
}

check_anchor() {
	[ "$(grep -cxF "$2" "$common/$1")" = 1 ] ||
		die "$common/$1: no single line '$2'; not a tree this script knows"
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
	cp -p "$here"/*.[ch] "$here/Makefile" "$here/Kconfig" "$dir/"
}

check_tree
if [ -n "$undo" ]; then
	rm -rf "$dir"
	drop_line "$common/Kconfig" "$kconfig_line"
	drop_line "$common/Makefile" "$makefile_line"
	echo "libhptpager taken out of $tree"
else
	copy_sources
	add_line "$common/Kconfig" "$kconfig_before" "$kconfig_line"
	add_line "$common/Makefile" "$makefile_before" "$makefile_line"
	echo "libhptpager put into $tree; enable HPTPAGER"
fi
