# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
# shellcheck shell=bash
#
# Functions that the scripts share. Source it first: . "$(dirname "$0")/lib.sh"

HPTP_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
HPTP_BUILD=${HPTP_BUILD:-$HPTP_ROOT/build} # every build directory and log is below it
HPTP_JOBS=${HPTP_JOBS:-$(nproc)}
export HPTP_ROOT HPTP_BUILD HPTP_JOBS

# What was fetched and is not the project's: outside the clone.
# shellcheck disable=SC2034
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/libhptpager

# On a terminal, colours; in a log, plain lines.
# shellcheck disable=SC2034
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
	c_good=$'\e[32m' c_bad=$'\e[31m' c_note=$'\e[33m' c_off=$'\e[0m'
else
	c_good='' c_bad='' c_note='' c_off=''
fi

say() { printf '%s\n' "$*"; }
die() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# For tests and steps: say why they can not run, and end as skipped.
skip() {
	printf 'skipped: %s\n' "$*"
	exit 77
}

# need COMMAND...: end as skipped when one is not installed.
need() {
	local command
	for command; do
		have "$command" || skip "$command is not installed"
	done
}

# sources PATTERN...: files of the tree whose names match, without what builds left there.
sources() {
	local pattern names=()
	for pattern; do
		names+=(-o -name "$pattern")
	done
	(cd "$HPTP_ROOT" && find . \( -name .git -o -path ./build -o -path ./.cache \) -prune \
		-o -type f \( "${names[@]:1}" \) -printf '%P\n' | LC_ALL=C sort)
}

# quietly LOG COMMAND...: run a command; if it fails, show what failed first, or the end.
quietly() {
	local log=$1
	shift
	mkdir -p "$(dirname "$log")"
	"$@" >"$log" 2>&1 && return
	if grep -q '^FAILED' "$log"; then
		sed -n '/^FAILED/,$p' "$log" | head -n 20
	else
		tail -n 20 "$log"
	fi
	say "the whole log: $log"
	return 1
}

# cached DIR COMMAND...: unless DIR is there, run COMMAND DIR.new and keep what it made.
cached() {
	local dir=$1
	shift
	if [ -e "$dir" ]; then
		echo "note: cached, ${dir##*/}"
		return
	fi
	rm -rf "$dir.new"
	mkdir -p "$dir.new"
	"$@" "$dir.new"
	mv "$dir.new" "$dir"
	echo "note: built, ${dir##*/}"
}

# build_preset PRESET [TARGET...]: configure and build in $HPTP_BUILD/PRESET, one at a time.
build_preset() {
	local preset=$1 dir=$HPTP_BUILD/$1 log=$HPTP_BUILD/log
	shift
	mkdir -p "$log"
	(
		flock 9
		cd "$HPTP_ROOT" || exit
		quietly "$log/configure-$preset.log" cmake --preset "$preset" -B "$dir" || exit
		quietly "$log/build-$preset.log" \
			cmake --build "$dir" --parallel "$HPTP_JOBS" ${1:+--target "$@"}
	) 9>"$log/$preset.lock"
}
