# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# shellcheck shell=bash
#
# Building the library so that a program's environment says which rule of
# libhptpager/core/rules.h it lacks (HPTP_WITHOUT), and test programs on it. Source it
# after lib.sh, in $HPTP_ROOT, with OUT set.

includes=(include libhptpager/core libhptpager/arch/generic libhptpager/port/userspace
	tests/unit tests/machine)
cflags=(-std=gnu11 -O2 -g -D_GNU_SOURCE "${includes[@]/#/-I$HPTP_ROOT/}"
	"-DHPTP_VECTORS=\"$HPTP_ROOT/tests/vectors\"")
wraps=-Wl,--wrap=hptp_port_relax,--wrap=hptp_port_synchronize
wraps+=,--wrap=hptp_port_read_begin,--wrap=hptp_port_read_end

# compile DIR OPTION... -- FILE...: objects of some files, each named by its path.
compile() {
	local dir=$1 options=() file
	shift
	while [ "$1" != -- ]; do options+=("$1") && shift; done
	shift
	mkdir -p "$dir"
	for file; do
		printf '%s\0%s\0' "$dir/$(tr / _ <<<"${file%.c}").o" "$HPTP_ROOT/$file"
	done | xargs -0 -n 2 -P "$HPTP_JOBS" gcc "${cflags[@]}" "${options[@]}" -c -o
}

library() {
	local core
	mapfile -t core < <(grep -v '^#' libhptpager/SOURCES | sed 's,^,libhptpager/,')
	rm -rf "${OUT:?}/lib"
	mkdir -p "$OUT/lib"
	tests/mutant/rule-names libhptpager/core/rules.h >"$OUT/lib/rule_names.h"
	compile "$OUT/lib" -DHPTP_MUTANT=hptp_mutant -include tests/mutant/mutant.h -I"$OUT/lib" -- \
		"${core[@]}" libhptpager/port/userspace/*.c tests/mutant/mutant.c
}

# link NAME OPTION...: a suite's program on that library.
link() {
	local name=$1
	shift
	mkdir -p "$OUT/bin"
	gcc -o "$OUT/bin/$name" "$@" "$OUT"/lib/*.o "${libs[@]}"
}

# listed ROOM TARGET: the sources that CMakeLists.txt gives a target.
listed() {
	sed -nE "/^add_(executable|library)\($2 /,/\)/p" "tests/$1/CMakeLists.txt" |
		grep -oE '[a-z_./]+\.c\>' | sed "s,^,tests/$1/,"
}

read -ra libs <<<"$(pkg-config --libs check liburcu-bp jemalloc liblzma) -lpthread -ldl"
