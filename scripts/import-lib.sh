# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# shellcheck shell=sh
# shellcheck disable=SC2154 # variables of the script that sources this
#
# What the import.sh of each glue does: the library and the glue become one directory of a
# hypervisor's source tree, and lines are put into files of that tree. Each of these lines
# has the word "hptpager" in it, whatever its case: so --undo and a second import find them.
# The tree is not touched before everything is known to fit.
#
# The script sets, and then calls import_main "$@":
#   here         its own directory
#   into         the new directory, relative to the tree
#   check_tree   function: dies unless $tree is one that the script knows
#   insert_all   function: calls insert for every place
#   copy_glue    function: copies what is not the library's own into $dir
#   done_message what to do next
# If it has options of its own: import_option, a function that takes one, or fails.

die() {
	echo "$0: $*" >&2
	exit 1
}

# insert FILE before|after ANCHOR LINES: next to the one line that is exactly ANCHOR.
insert() {
	take "$1"
	[ -z "$undo" ] || return 0
	[ "$(grep -cxF -- "$3" "$scratch/$1")" = 1 ] ||
		die "$tree/$1: no single line '$3'; not a tree this script knows"
	! printf '%s\n' "$4" | grep -qiv hptpager || die "a line without the word hptpager: $4"
	WHERE=$2 ANCHOR=$3 LINES=$4 awk '
		$0 != ENVIRON["ANCHOR"] { print; next }
		ENVIRON["WHERE"] == "before" { print ENVIRON["LINES"] }
		{ print }
		ENVIRON["WHERE"] == "after" { print ENVIRON["LINES"] }
	' "$scratch/$1" >"$scratch/new"
	mv "$scratch/new" "$scratch/$1"
}

# The first time that a file is named: a copy, as it was without us.
take() {
	[ ! -f "$scratch/$1" ] || return 0
	[ -f "$tree/$1" ] || die "$tree/$1: missing; not a tree this script knows"
	mkdir -p "$scratch/$(dirname "$1")"
	grep -iv hptpager "$tree/$1" >"$scratch/$1" || die "$tree/$1: empty"
	taken="$taken $1"
}

# What changed goes back, into the file that is there: owner, mode and, else, time stay.
put_back() {
	for file in $taken; do
		cmp -s "$scratch/$file" "$tree/$file" || cat "$scratch/$file" >"$tree/$file"
	done
}

copy_library() {
	lib=$here/../libhptpager
	mkdir -p "$dir/include/hptpager"
	while read -r source; do
		mkdir -p "$dir/$(dirname "$source")"
		cp -p "$lib/$source" "$dir/$source"
	done <"$lib/SOURCES"
	cp -p "$lib"/core/*.h "$dir/core/"
	cp -p "$lib/SOURCES" "$lib"/arch/ppc64/*.h "$dir/"
	cp -p "$here/../include/hptpager"/*.h "$dir/include/hptpager/"
	cp -p "$here/include"/*.h "$dir/include/"
	cp -p "$here"/*.[ch] "$here/Kconfig" "$dir/"
}

import_main() {
	undo=
	while [ "${1#-}" != "$1" ]; do
		case $1 in
		--undo) undo=1 ;;
		*) import_option "$1" || import_usage ;;
		esac
		shift
	done
	[ $# -eq 1 ] || import_usage
	tree=$1
	dir=$tree/$into
	taken=
	scratch=$(mktemp -d)
	trap 'rm -rf "$scratch"' EXIT
	check_tree
	insert_all
	rm -rf "$dir"
	if [ -z "$undo" ]; then
		copy_library
		copy_glue
	fi
	put_back
	if [ -n "$undo" ]; then
		echo "libhptpager taken out of $tree"
	else
		echo "libhptpager put into $tree; $done_message"
	fi
}

import_usage() {
	sed -n 's/^# \(usage: .*\)/\1/p' "$0" >&2
	exit 2
}
